/**
 * The texts of the screens: one file of messages for phone and server. A text that is missing shows its key.
 */

/** @type {any} */
let all = {};
let locale = 'en';
let group = ',';
let decimal = '.';
/** @type {Intl.DateTimeFormat} */
let dates;

/** Take the texts of one or more files of messages. @param {...any} files */
export function useTexts(...files) {
  all = files.reduce(merged, {});
}

/** Write numbers and dates as a language does. @param {string} tag as 'de-AT' */
export function useLocale(tag) {
  const [first, last] = new Intl.NumberFormat(tag + '-u-nu-latn').format(12345.5).replace(/[0-9]/g, '');
  locale = tag;
  group = last ? first : '';
  decimal = last || first;
  dates = /** @type {any} */ (undefined);
}

/** The sign before decimals. @returns {string} */
export function point() {
  return decimal;
}

/** @param {any} into @param {any} more @returns {any} both, and where both have a text, the second one's */
function merged(into, more) {
  const out = Object.assign({}, into);
  Object.keys(more).forEach((key) => { out[key] = typeof more[key] === 'object' ? merged(out[key], more[key]) : more[key]; });
  return out;
}

/** Give a text by its path, with `{names}` filled in and `{name|one|many}` chosen by number. @param {string} path @param {Object.<string, any>} [values] @returns {string} */
export function t(path, values) {
  const found = path.split('.').reduce((node, part) => (node === undefined ? undefined : node[part]), all);
  const text = typeof found === 'string' ? found : path.split('.').slice(1).join(' ').replace(/_/g, ' ') || path;
  const numbered = values ? text.replace(/\{([a-z]+)\|([^|}]*)\|([^|}]*)\}/g, (_, name, one, many) => (String(values[name]) === '1' ? one : many)) : text;
  return values ? numbered.replace(/\{([a-z]+)\}/g, (whole, name) => (name in values ? String(values[name]) : whole)) : numbered;
}

/** Whether there is a text. @param {string} path @returns {boolean} */
export function has(path) {
  return typeof path.split('.').reduce((node, part) => (node === undefined ? undefined : node[part]), all) === 'string';
}

/** Write a whole number or a decimal text the way people here read it. @param {number | string | null | undefined} value @returns {string} */
export function amount(value) {
  if (value === null || value === undefined || value === '') return '';
  const [whole, part] = String(value).split('.');
  const rest = (part || '').replace(/0+$/, '');
  return rest ? grouped(whole) + decimal + rest : grouped(whole);
}

/** @param {string} whole @returns {string} */
function grouped(whole) {
  return whole.replace(/\B(?=([0-9]{3})+$)/g, group);
}

/** How long ago, in words. @param {number} ms @returns {string} */
export function ago(ms) {
  const s = Math.max(0, Math.round(ms / 1000));
  if (s < 60) return t('ui.seconds', { n: s });
  if (s < 3600) return t('ui.minutes', { n: Math.floor(s / 60) });
  if (s < 172800) return t('ui.hours', { n: Math.floor(s / 3600) });
  return t('ui.days', { n: Math.floor(s / 86400) });
}

/** A time of day on this device. @param {number | string | null | undefined} at @returns {string} */
export function clock(at) {
  if (at === null || at === undefined) return '';
  const date = new Date(at);
  return ('0' + date.getHours()).slice(-2) + ':' + ('0' + date.getMinutes()).slice(-2);
}

/** A date and time on this device. @param {number | string | null | undefined} at @returns {string} */
export function when(at) {
  if (at === null || at === undefined) return '';
  dates = dates || new Intl.DateTimeFormat(locale, { year: 'numeric', month: 'short', day: 'numeric' });
  return dates.format(new Date(at)) + ' ' + clock(at);
}

/** Show what was read without its AIM id, control characters as glyphs. @param {any} raw @returns {string} */
export function visible(raw) {
  return String(raw === null || raw === undefined ? '' : raw)
    .replace(/^\][A-Za-z][0-9A-Za-z](?=.)/, '')
    .replace(/[\u0000-\u001f]/g, (c) => String.fromCharCode(0x2400 + c.charCodeAt(0)))
    .replace(/[\u007f-\u009f\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]/g, '\u2423');
}
