/**
 * What is to be counted, and what is expected there where that may be told; the last answers serve while the server can't
 * be reached.
 */

/** So long an answer of what is expected serves; of so many locations it is asked ahead. */
export const FRESH = 1800000;
export const AHEAD = 200;

/**
 * @typedef {Object} Sheet
 * @property {string} code
 * @property {string} location
 * @property {number} sequence
 * @property {string | null} operator null: nobody's yet
 * @property {{sku: string, name: string}[] | null} lines of a recount; null: all that is there
 * @property {boolean} [blind]
 *
 * @typedef {import('./dialog.js').Page & {at: number}} Page
 *
 * @typedef {ReturnType<typeof makeSheets>} Sheets
 */

/** @param {{outbox: import('./outbox.js').Outbox, api: import('./api.js').Api, now: () => number, onChange: () => void}} platform */
export function makeSheets({ outbox, api, now, onChange }) {
  /** @type {{rows: Sheet[], book: Page[], at: number}} */
  const state = { rows: [], book: [], at: 0 };

  /** Take what is on the disk. */
  async function load() {
    Object.assign(state, await outbox.get('sheets'));
  }

  /** @param {string} code @returns {Sheet | undefined} */
  function find(code) {
    return state.rows.filter((sheet) => sheet.code === code)[0];
  }

  /** Whether a sheet says that its counter may not know what is expected at a location. @param {string} location */
  function hides(location) {
    return state.rows.some((sheet) => sheet.location === location && sheet.blind !== false);
  }

  /** Fetch an operator's sheets and nobody's but for those that somebody else has to count, and what is expected there. @param {string} operator */
  async function refresh(operator) {
    const asked = now();
    /** @type {Sheet[]} */
    let rows = [];
    for (let after = ''; after !== null;) {
      const data = await ask('sheets', { status: 'open', limit: 500, operator, after });
      if (!data) return;
      rows = rows.concat(data.rows.filter((/** @type {any} */ row) => row.may_count !== false));
      after = data.next;
    }
    Object.assign(state, { rows, at: asked });
    state.book = state.book.filter((page) => Math.abs(asked - page.at) < FRESH && !hides(page.location));
    onChange();
    for (const { location } of rows.filter((sheet) => sheet.blind === false).slice(0, AHEAD)) {
      if (!state.book.some((page) => page.location === location) && !(await open(location))) break;
    }
    await outbox.set('sheets', state);
  }

  /** Fetch what is expected at a location. Where no sheet says that it may be told, an answer without rows may hide them.
   * @param {string} location @returns {Promise<boolean>} whether the server answered */
  async function open(location) {
    const data = await ask('stock', { location, limit: 500 });
    if (!data) return false;
    const [sheet] = state.rows.filter((one) => one.location === location);
    const told = data.next === null && data.rows.every((/** @type {any} */ row) => row.quantity !== null) && !hides(location) && (sheet || data.rows.length > 0);
    /** @type {Map<string, import('./dialog.js').Expected>} */
    const rows = new Map();
    data.rows.filter((/** @type {any} */ row) => row.location === location).forEach((/** @type {any} */ { sku, name, quantity }) => {
      const sum = Number(quantity) + (rows.get(sku) || { quantity: 0 }).quantity;
      rows.set(sku, { sku, name, quantity: Math.round(sum * 1e6) / 1e6 });
    });
    const only = sheet && sheet.lines ? sheet.lines.map((line) => line.sku) : null;
    state.book = state.book.filter((page) => page.location !== location).concat(told ? { location, at: now(), rows: Array.from(rows.values()), only } : []);
    onChange();
    return true;
  }

  /** @param {string} path @param {any} query @returns {Promise<any>} null: not now */
  async function ask(path, query) {
    const answer = await api('GET', '/api/v1/' + path, { query, timeout: 8000 });
    return answer.status === 200 ? answer.data : null;
  }

  return { state, load, find, refresh, open };
}
