/**
 * What a GS1 code says: which product or place it names, and its lot and date for the eye. The server reads the same, and more
 * closely: what it refuses for its data (lists, other check digits, formats of what isn't shown) passes here, and warnings are its own. Pure.
 */

const GS = '\u001d';
/** All identifiers, by the length of their data where that is predefined (a test holds them equal to the server's); a point is any digit. */
const TABLE = ':10|2(35|4[0-3]|5[01345]|[12])|3(9(4[0-3]|5[0-5]|[0-3].)|[07])|4(0[0-3]|2[0-7]|3(2[0-6]|3[0-3]|[01].))|7(0(0[1-9]|2[0-3]|3.|[14][01])|1[0-7]|2(4[0-2]|[35].))|8(0(0[1-9]|1[01234789]|2[06]|30|4[0-3])|11[0-2]|200)|9.;13:41[0-7];14:0[1-3];18:00;2:20;6:1[123567]|3(1[0-6][0-5]|[246].[0-5]|[35][0-7][0-5])';
const ROWS = TABLE.split(';').map((row) => {
  const [length, ais] = row.split(':');
  const data = length ? '([0-9]{' + length + '})' + GS + '?' : '([!%-?A-Z_a-z"]{1,90})(?:' + GS + '|$)';
  return new RegExp('(' + ais.replace(/\(/g, '(?:').replace(/\./g, '[0-9]') + ')' + data, 'y');
});
/** @type {Object.<string, string>} the words that old links have for identifiers */
const WORDS = { gtin: '01', lot: '10', ser: '21', cpv: '22' };
/** @type {Object.<string, string>} what may follow a key in a link, in this order; other keys name nothing here */
const PATHS = { '00': '', '01': '22,10,21,235', 414: '254', 8006: '22,10,21' };

/**
 * @typedef {Object} Message
 * @property {string} [gtin]
 * @property {string} [lot]
 * @property {string} [expiry] ISO date
 * @property {string} [serial]
 * @property {string} [place] the extension of a location
 */

/** @param {string} text as scanned @param {number} year the current one @param {(digits: string) => boolean} holds whether a check digit is right
 * @returns {Message | null} null: not GS1 */
export function read(text, year, holds) {
  const [, aim, linear, code] = /** @type {RegExpExecArray} */ (/^(\][A-Za-z][0-9A-Za-z])?(?:([0-9]+)\|\]e0)?([^]*)$/.exec(text));
  const carrier = /^\](C1|e|d2|Q3|J1)/.test(aim || '');
  const pairs = carrier ? null : code[0] === '(' ? bracketed(code) : /^(https?|HTTPS?):/.test(code) ? linked(code) : null;
  const found = elements(pairs ? pairs.map(([ai, data]) => ai + data + GS).join('') : code);
  if (!found[0] || (pairs && String(pairs.map(first)) !== String(found.map(first)))) return null;
  const data = new Map(found);
  if (found.some(([ai, value]) => data.get(ai) !== value)) return null;
  const sure = pairs || linear || code.indexOf(GS) >= 0 || carrier;
  return sure || found.some(([ai]) => /^(0|25[35]|402|41|80(0[36]|1[78]|26))/.test(ai)) ? meaning(data, year, holds, linear) : null;
}

/** @param {string[]} pair @returns {string} */
function first(pair) {
  return pair[0];
}

/** @param {string} text @returns {[string, string][]} identifiers and data; none: not all of it is */
function elements(text) {
  /** @type {[string, string][]} */
  const found = [];
  for (let at = text[0] === GS ? 1 : 0, end = at; at < text.length; at = end) {
    ROWS.some((row) => {
      row.lastIndex = at;
      const one = row.exec(text);
      if (one && fits(one[1], one[2])) {
        end = row.lastIndex;
        found.push([one[1], one[2]]);
      }
      return end > at;
    });
    if (end === at) return [];
  }
  return found;
}

/** Whether data may be that of an identifier that is shown, or that often swallows what comes after it. @param {string} ai @param {string} data @returns {boolean} */
function fits(ai, data) {
  if (/^(10|21|254)$/.test(ai)) return data.length < 21;
  if (/^3[07]$/.test(ai)) return /^[0-9]{1,8}$/.test(data);
  return !/^(1[1-7]|7003)$/.test(ai) || (date(data, 2000) !== '' && (ai !== '7003' || /^[0-9]{6}([01][0-9]|2[0-3])[0-5][0-9]$/.test(data)));
}

/** @param {string} text @returns {string[][]} */
function bracketed(text) {
  const parts = text.match(/\([0-9]+\)(\\\(|[^(])*/g) || [];
  return parts.join('') === text ? parts.map((part) => [part.slice(1, part.indexOf(')')), part.slice(part.indexOf(')') + 1).trim().replace(/\\\(/g, '(')]) : [];
}

/** @param {string} text @returns {string[][]} */
function linked(text) {
  const [, path, query] = /^[^/]+\/\/[^/?#]+([^?#]*)\??([^#]*)/.exec(text) || ['', '', ''];
  const parts = path.split('/').slice(1).map((part) => WORDS[part] || part);
  let at = parts.length - 2;
  while (at >= 0 && !(parts[at] in PATHS)) at -= 2;
  if (at < 0) return [];
  const key = parts[at];
  const pairs = [[key, key === '01' ? padded(parts[at + 1]) : parts[at + 1]]];
  while ((at += 2) < parts.length) pairs.push(parts.slice(at, at + 2));
  const order = PATHS[key].split(',');
  if (order.filter((ai) => pairs.map(first).indexOf(ai) > 0).join() !== pairs.map(first).slice(1).join()) return [];
  query.split(/[&;]/).map((part) => part.replace(/\+/g, ' ').replace(/^exp=/, '17=').split('=')).forEach(([ai, data]) => {
    if (/^[0-9]+$/.test(ai) && data) pairs.push(order.indexOf(ai) < 0 ? [ai, /^0[123]$/.test(ai) ? padded(data) : data] : []);
  });
  try {
    return pairs.map((pair) => pair.map(decodeURIComponent));
  } catch (error) {
    return [];
  }
}

/** @param {string} digits @returns {string} */
function padded(digits) {
  return /^([0-9]{8}|[0-9]{12,13})$/.test(digits) ? ('000000' + digits).slice(-14) : digits;
}

/** @param {Map<string, string>} data @param {number} year @param {(digits: string) => boolean} holds @param {string | undefined} linear
 * @returns {Message} */
function meaning(data, year, holds, linear) {
  const any = (/** @type {string[]} */ ...ais) => ais.map((ai) => data.get(ai) || '').filter(Boolean)[0] || '';
  const gtin = linear ? padded(linear) : any('01', '02', '03') || any('8006', '8026').slice(0, 14);
  /** @type {any} */
  const said = { gtin: holds(gtin) && gtin, lot: any('10'), expiry: date(any('17', '7003', '15', '16'), year), serial: any('21'), place: any('254') };
  Object.keys(said).forEach((name) => said[name] || delete said[name]);
  return said;
}

/** The date of YYMMDD in the nearest century; day 00 is the last. @param {string} digits @param {number} year @returns {string} '': none */
function date(digits, year) {
  const [near, month, day] = [0, 2, 4].map((at) => Number(digits.slice(at, at + 2)));
  const full = near + Math.ceil((year - 49 - near) / 100) * 100;
  const last = month === 2 ? (full % 4 || (full % 100 === 0 && full % 400) ? 28 : 29) : 30 + ((month + (month >> 3)) & 1);
  return digits && month > 0 && month < 13 && day <= last ? full + '-' + digits.slice(2, 4) + '-' + (day ? digits.slice(4, 6) : last) : '';
}
