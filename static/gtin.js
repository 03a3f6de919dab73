/**
 * Trade item numbers: the check digit, and one spelling (14 digits) for all lengths. Pure.
 */

/** Say whether the last digit of a GTIN or SSCC is its GS1 check digit.
 * @param {string} digits
 * @returns {boolean} */
export function checkDigitHolds(digits) {
  if (!/^[0-9]{8,18}$/.test(digits)) return false;
  let sum = 0;
  for (let i = digits.length - 2, weight = 3; i >= 0; i -= 1, weight = 4 - weight) sum += Number(digits[i]) * weight;
  return (10 - (sum % 10)) % 10 === Number(digits[digits.length - 1]);
}

/** Spell a GTIN of 8, 12, 13 or 14 digits with 14; null for anything else.
 * @param {string} text
 * @returns {string | null} */
export function gtin14(text) {
  if (!/^([0-9]{8}|[0-9]{12,14})$/.test(text) || !checkDigitHolds(text)) return null;
  return ('000000' + text).slice(-14);
}

/** Take off an AIM symbology id (`]C1`, `]E0`, ...) in front of what was read, and blanks around it: no code on file has any.
 * @param {string} text
 * @returns {string} */
export function withoutAim(text) {
  return text.replace(/^\][A-Za-z][0-9A-Za-z]/, '').trim();
}

/** What a number may be: a GTIN of its length, and for 8 digits that begin with 0 or 1 also a UPC-E. The catalogue decides.
 * @param {string} text @returns {string[]} spelled with 14 digits */
export function gtins(text) {
  const upcA = /^[01][0-9]{7}$/.test(text) ? gtin14(expanded(text)) : null;
  return [gtin14(text), upcA].filter((found) => found !== null).map(String);
}

/** The UPC-A that a UPC-E stands for. @param {string} e 8 digits */
function expanded(e) {
  const last = Number(e[6]);
  if (last < 3) return e.slice(0, 3) + e[6] + '0000' + e.slice(3, 6) + e[7];
  if (last === 3) return e.slice(0, 4) + '00000' + e.slice(4, 6) + e[7];
  return last === 4 ? e.slice(0, 5) + '00000' + e[5] + e[7] : e.slice(0, 6) + '0000' + e.slice(6);
}

/** The GTIN-8s whose digits are also a UPC-E of one of these numbers. @param {string[]} numbers @returns {string[]} spelled with 14 digits */
export function alike(numbers) {
  return numbers.reduce((/** @type {string[]} */ all, gtin) => all.concat(shortened(gtin).map((short) => '000000' + short)), []);
}

/** The product's number in a shop's own code, which tells a weight or a price: with zeros in its place.
 * @param {string} gtin @param {string} patterns as `21iiiiiwwwwwc=kg3` (docs/barcodes.md) @returns {string[]} none, or one of 14 digits */
export function weighed(gtin, patterns) {
  const [found] = patterns.split(/[ ,]+/).map((one) => /^([0-9]+)i+(v?[wp]+)c=/.exec(one)).filter((one) => one && gtin.indexOf('0' + one[1]) === 0);
  const body = found ? gtin.slice(0, -1 - found[2].length) + found[2].replace(/./g, '0') : '';
  return body ? Array.from('0123456789', (digit) => body + digit).filter(checkDigitHolds) : [];
}

/** The UPC-E of a UPC-A. @param {string} gtin @returns {string[]} 8 digits each */
function shortened(gtin) {
  return [gtin.replace(/^00([01]..)([0-2])0000(...)(.)$/, '$1$3$2$4'), gtin.replace(/^00([01]...)00000(..)(.)$/, '$1$23$3'),
    gtin.replace(/^00([01]....)00000(.)(.)$/, '$1$24$3'), gtin.replace(/^00([01].....)0000([5-9].)$/, '$1$2')].filter((short) => short.length === 8);
}

/** The spellings of a GTIN-14: with as many zeros in front as it may have lost. @param {string} gtin @returns {string[]} */
export function spellings(gtin) {
  return [14, 13, 12, 8].filter((length) => /^0*$/.test(gtin.slice(0, 14 - length))).map((length) => gtin.slice(14 - length));
}

/** Take off the digits of an add-on (AIM id `]E3`): two or five of them. @param {string} digits @returns {string} */
export function withoutAddon(digits) {
  return digits.slice(0, [12, 13, 0, 12, 13][digits.length - 14] || digits.length);
}
