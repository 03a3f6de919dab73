/**
 * The second copy: what waits, and what this device must know to send it, in a file beside IndexedDB, for the day on which the
 * browser loses that. It never holds up a scan, and where the engine has no such files there is none.
 */

/**
 * @typedef {[string, any]} Fact a setting: its key and value
 *
 * @typedef {Object} Second
 * @property {(database: string) => Promise<{kept?: import('./outbox.js').Kept, key: string, value?: any}[]>} missing what the copy knows and this database has not: scans and facts
 * @property {(scans: import('./outbox.js').Kept[], facts: Fact[]) => Promise<void>} keep
 * @property {(ids: string[]) => Promise<void>} drop
 * @property {() => '' | 'none' | 'on' | 'failing'} state '' until it is open
 */

/** Start the copy. @param {(() => Worker) | null} start null: this engine has no such files
 * @param {() => number} now @returns {Second} */
export function makeSecond(start, now) {
  /** @type {'' | 'none' | 'on' | 'failing'} */
  let state = start ? '' : 'none';
  /** @type {Worker | null} */
  let worker = null;
  /** @type {Map<number, (answer: any) => void>} */
  const asked = new Map();
  let last = 0;
  /** What a write that failed left behind. @type {import('./outbox.js').Kept[]} */
  let owed = [];

  /** @param {string} call @param {any} data @returns {Promise<any>} */
  function ask(call, data) {
    const to = worker;
    if (to === null) return Promise.resolve({});
    last += 1;
    const id = last;
    return new Promise((resolve) => {
      asked.set(id, resolve);
      to.postMessage({ id, call, data });
    });
  }

  /** Compare; that is done beside the page, however much waits. @param {string} database */
  async function missing(database) {
    if (start === null || state === 'none') return [];
    if (worker === null) begin(start);
    const said = await ask('compare', database);
    if (said.error && state === '') worker = null;
    if (state === '') state = said.error ? 'none' : 'on';
    return said.answer || [];
  }

  /** @param {() => Worker} make */
  function begin(make) {
    try {
      worker = make();
    } catch (cannot) {
      state = 'none';
      return;
    }
    worker.onmessage = (event) => {
      const answer = asked.get(event.data.id);
      asked.delete(event.data.id);
      if (answer) answer(event.data);
    };
    worker.onerror = () => {
      asked.forEach((answer) => answer({ error: 'Error' }));
      asked.clear();
    };
  }

  /** @param {import('./outbox.js').Kept[]} scans @param {Fact[]} facts */
  async function keep(scans, facts) {
    const all = owed.concat(scans);
    owed = [];
    const said = await ask('keep', { scans: all, facts, at: now() });
    if (said.error) owed = all.concat(owed);
    if (worker !== null) state = said.error ? 'failing' : 'on';
  }

  /** @param {string[]} ids */
  async function drop(ids) {
    const gone = new Set(ids);
    owed = owed.filter((kept) => !gone.has(kept.scan.id));
    await ask('drop', ids);
  }

  return { missing, keep, drop, state: () => state };
}
