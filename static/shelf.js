/**
 * Tens of thousands of rows in little memory, there at once: texts of lines as they are stored, an index of hashed keys,
 * and what changed since beside them. A row is read only when it is asked for. Pure.
 */

/** How many rows a text holds; all but the last are full. */
export const BOX = 2000;
const ROWS = 2097152;
const PART = '\t';
const CODE = '\u001f';

/**
 * @typedef {Object} Row
 * @property {string} id
 * @property {string} name
 * @property {{code: string, quantity: string}[]} codes
 * @property {string[]} more
 *
 * @typedef {ReturnType<typeof makeShelf>} Shelf
 */

/** What two spellings of a code share. @param {string} code */
export function folded(code) {
  return code.normalize('NFC').toLowerCase();
}

/** @param {string} text */
function bare(text) {
  return /[\u0000-\u001f]/.test(text) ? text.replace(/[\u0000-\u001f]/g, ' ') : text;
}

/** One line of a text: what is searched stands first. @param {Row} row @returns {string} */
export function line(row) {
  return [bare(row.id), bare(row.name), row.codes.map((one) => bare(one.code)).join(CODE), row.codes.map((one) => bare(one.quantity)).join(CODE)].concat(row.more.map(bare)).join(PART);
}

/** @param {string} text a line @returns {Row} */
export function row(text) {
  const parts = text.split(PART);
  const quantities = parts[3].split(CODE);
  return { id: parts[0], name: parts[1], codes: parts[2] === '' ? [] : parts[2].split(CODE).map((code, i) => ({ code, quantity: quantities[i] })), more: parts.slice(4) };
}

/** The keys under which a line is found. @param {string} text @returns {string[]} */
function keys(text) {
  const parts = text.split(PART, 3);
  return (parts[2] === '' ? [] : parts[2].split(CODE)).concat(parts[0]).map(folded);
}

/** FNV-1a. @param {string} key @returns {number} 32 bits */
function hash(key) {
  let sum = 2166136261;
  for (let i = 0; i < key.length; i += 1) sum = Math.imul(sum ^ key.charCodeAt(i), 16777619);
  return sum >>> 0;
}

/** Make the index of texts, one after the other. */
export function makeIndex() {
  /** @type {number[]} */
  const entries = [];
  let n = 0;
  /** @param {string} text */
  function add(text) {
    text.split('\n').forEach((one) => {
      keys(one).forEach((key) => entries.push(hash(key) * ROWS + n));
      n += 1;
    });
  }
  return { add, done: () => Float64Array.from(entries).sort(), rows: () => n };
}

/** Rows in the order in which they were stored, and those that changed since. */
export function makeShelf() {
  /** @type {string[]} */
  let texts = [];
  /** @type {Float64Array} */
  let index = new Float64Array(0);
  /** Where each line of a text begins, once a line of it was asked for. @type {number[][]} */
  let starts = [];
  /** @type {Map<string, string>} line by id */
  let changed = new Map();
  /** @type {Map<string, Set<string>>} ids by key */
  let changedKeys = new Map();

  /** Take what is stored. @param {string[]} stored @param {Float64Array} [made] */
  function fill(stored, made) {
    texts = stored;
    index = made || new Float64Array(0);
    starts = [];
    changed = new Map();
    changedKeys = new Map();
  }

  /** Take lines of rows that changed. @param {string[]} lines */
  function change(lines) {
    lines.forEach((one) => {
      const id = one.slice(0, one.indexOf(PART));
      changed.set(id, one);
      keys(one).forEach((key) => changedKeys.set(key, (changedKeys.get(key) || new Set()).add(id)));
    });
  }

  /** @param {number} n @returns {string} */
  function at(n) {
    const box = Math.floor(n / BOX);
    const text = texts[box];
    if (!starts[box]) {
      const list = [0];
      for (let end = text.indexOf('\n'); end >= 0; end = text.indexOf('\n', end + 1)) list.push(end + 1);
      starts[box] = list;
    }
    const from = starts[box][n % BOX];
    const to = starts[box][(n % BOX) + 1];
    return text.slice(from, to === undefined ? undefined : to - 1);
  }

  /** The rows that have a code or id of this spelling, as they are now. @param {string} code @returns {Row[]} */
  function find(code) {
    const key = folded(code);
    /** @type {Map<string, string>} */
    const found = new Map();
    const first = hash(key) * ROWS;
    for (let i = below(index, first); i < index.length && index[i] < first + ROWS; i += 1) {
      const one = at(index[i] - first);
      const id = one.slice(0, one.indexOf(PART));
      found.set(id, changed.get(id) || one);
    }
    (changedKeys.get(key) || new Set()).forEach((id) => found.set(id, /** @type {string} */ (changed.get(id))));
    return Array.from(found.values()).filter((one) => keys(one).indexOf(key) >= 0).map(row);
  }

  /** All lines as they are now, a text at a time; the last holds those that are new or changed. @returns {string[][]} */
  function lists() {
    const fresh = Array.from(changed.values());
    return texts.map((text) => (changed.size === 0 ? text.split('\n') : text.split('\n').filter((one) => !changed.has(one.slice(0, one.indexOf(PART)))))).concat([fresh]);
  }

  return { fill, change, find, lists, changes: () => changed.size };
}

/** Where the first number that is not below `least` stands. @param {Float64Array} list @param {number} least */
function below(list, least) {
  let from = 0;
  let to = list.length;
  while (from < to) {
    const middle = (from + to) >> 1;
    if (list[middle] < least) from = middle + 1;
    else to = middle;
  }
  return from;
}
