/**
 * The outbox: every scan is stored here, on the disk, before the device beeps; it leaves only when the server has named
 * its id in a receipt. Answered scans stay in the archive, so that a server that was restored can be told again. What the browser
 * loses of it is put back from this page's memory and from the second copy.
 */
import { openDatabase, transact, done, walk } from './db.js';
import { NOTHING, uuid4, uuid7, xorId } from './ids.js';

export const ARCHIVE_DAYS = 14;
export const ARCHIVE_MOST = 50000;
const DAY = 86400000;
const VERSION = 1;
/** How long a scan waits for the second copy to say what it knows. */
const PATIENCE = 3000;
/** How long it may take to store a scan, before it is said to be not saved. */
export const TOO_LONG = 5000;
/** So many scans in a row that seem older are older: a clock that was wrong for a while dates fewer. */
const ASTRAY = 500;
const STORES = ['meta', 'outbox', 'aside', 'archive'];

/**
 * @typedef {Object.<string, any>} ScanFields what the device says, as it goes over the wire
 *
 * @typedef {Object} Kept one scan on the device
 * @property {number} n order on this device, over all its streams
 * @property {string} stream
 * @property {ScanFields} scan
 * @property {number} saved device clock, milliseconds
 * @property {{why: string, build: string} | null} [aside]
 * @property {any} [receipt]
 * @property {number} [answered]
 *
 * @typedef {Object} Stream
 * @property {string} id
 * @property {number} made
 * @property {string} xor
 *
 * @typedef {Object} Waiting
 * @property {number} count scans the server has not confirmed
 * @property {number | null} oldest when the oldest of them was saved
 * @property {number} aside how many of them the server would not take
 *
 * @typedef {Object} Batch
 * @property {Stream} stream
 * @property {Kept[]} kept
 *
 * @typedef {Object} Platform
 * @property {IDBFactory} factory
 * @property {string} [name]
 * @property {() => number} now
 * @property {import('./ids.js').RandomBytes} bytes
 * @property {import('./second.js').Second} [second]
 * @property {() => void} [onOutdated] a newer version of the app took the database over
 *
 * @typedef {ReturnType<typeof makeOutbox>} Outbox
 */

/** @param {IDBDatabase} db @param {number} from */
function upgrade(db, from) {
  if (from < 1) {
    db.createObjectStore('meta');
    db.createObjectStore('outbox', { keyPath: 'n' });
    db.createObjectStore('aside', { keyPath: 'n' });
    db.createObjectStore('archive', { keyPath: 'n' }).createIndex('id', 'scan.id');
    db.createObjectStore('chunks');
  }
}

/** @param {(name: string) => IDBObjectStore} store @returns {Promise<Kept[]>} all that waits */
async function everything(store) {
  return (await done(store('outbox').getAll())).concat(await done(store('aside').getAll()));
}

/** Open the outbox of this browser.
 * @param {Platform} platform
 * @returns {Promise<Outbox>} */
export async function openOutbox(platform) {
  const outbox = makeOutbox(platform);
  await outbox.begin();
  return outbox;
}

/** @param {Platform} platform */
function makeOutbox(platform) {
  const { factory, now, bytes, second } = platform;
  const name = platform.name || 'scanledger';
  /** @type {IDBDatabase | null} */
  let db = null;
  /** Scans that this page confirmed and the server has not, should the browser lose the database.
   * @type {Map<string, Kept>} */
  const memory = new Map();
  /** What the device must know to go on after that.
   * @type {Map<string, any>} */
  const remembered = new Map();
  /** The database may lack what this page or the second copy knows. */
  let lost = true;
  /** @type {Promise<void> | null} */
  let healing = null;

  /** What was put back; `seen` is false until somebody took note.
   * @type {{device: boolean, scans: number, seen?: boolean}} */
  const recovered = { device: false, scans: 0 };
  let fresh = false;
  /** The stream of the last scan: most likely that of the next one too, so that its numbers are asked for at once. */
  let last = '';
  /** New scans wait for this, so that none takes a number that was given before. @type {Promise<any>} */
  let ready = Promise.resolve();

  async function open() {
    db = await openDatabase(factory, name, VERSION, (made, from) => {
      fresh = from === 0;
      upgrade(made, from);
    }, () => { db = null; lost = true; }, platform.onOutdated);
  }

  /** Open, and put back what the second copy knows and the database has not. */
  async function begin() {
    await open();
    ready = heal();
    if (fresh) await ready;
  }

  /** @param {string} key @param {any} value */
  function remember(key, value) {
    const before = remembered.get(key);
    if (!before || !(before.made > value.made)) remembered.set(key, value);
  }

  /** @template T @param {string[]} stores @param {'strict' | 'relaxed' | 'read'} how
   * @param {(store: (name: string) => IDBObjectStore) => T | Promise<T>} work @returns {Promise<T>} */
  async function run(stores, how, work) {
    if (db === null) await open();
    try {
      return await transact(/** @type {IDBDatabase} */ (db), stores, how, work);
    } catch (error) {
      if (!(error instanceof Error || error instanceof DOMException) || error.name !== 'InvalidStateError') throw error;
      await open();
      return transact(/** @type {IDBDatabase} */ (db), stores, how, work);
    }
  }

  /** Store one scan and number it. Resolves when it is on the disk; rejects when it is not.
   * @param {ScanFields} fields everything but id and seq
   * @returns {Promise<Kept>} */
  async function add(fields) {
    return (await addAll([fields]))[0];
  }

  /** Store many at once: all of them or none. What the browser stores only after this failed doesn't count: it is voided.
   * @param {ScanFields[]} list @returns {Promise<Kept[]>} */
  function addAll(list) {
    let late = false;
    const stored = store(list, () => late);
    return soon(stored, TOO_LONG, () => {
      late = true;
      stored.then((all) => disown(all.filter((kept) => kept.scan.quantity)), () => undefined);
    });
  }

  /** Void what nobody was told of. @param {Kept[]} all @returns {Promise<any> | undefined} */
  function disown(all) {
    if (all.length === 0) return undefined;
    const voids = all.map(({ scan }) => ({ scanned_at: scan.scanned_at, operator: scan.operator, via: scan.via, task: 'void', voids: scan.id }));
    return store(voids, () => false).catch(() => { setTimeout(disown, TOO_LONG, all); });
  }

  /** A browser that neither does it nor fails has failed. @template T @param {Promise<T>} work @param {number} ms @param {() => void} [onLate] @returns {Promise<T>} */
  function soon(work, ms, onLate) {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        reject(new DOMException('', 'TimeoutError'));
        if (onLate) onLate();
      }, ms);
      work.then(resolve, reject).then(() => clearTimeout(timer));
    });
  }

  /** @param {ScanFields[]} list @param {() => boolean} late @returns {Promise<Kept[]>} */
  async function store(list, late) {
    await ready;
    const all = await run(['meta', 'outbox'], 'strict', async (store) => {
      const out = [];
      for (const fields of list) out.push(await put(store, fields, late));
      return out;
    });
    all.forEach(({ kept, stream }) => {
      memory.set(kept.scan.id, kept);
      remember('streams/' + stream.id, stream);
    });
    const stream = all[all.length - 1].stream;
    if (second) second.keep(all.map((one) => one.kept), [['streams/' + stream.id, stream]]);
    return all.map((one) => one.kept);
  }

  /** @param {(name: string) => IDBObjectStore} store @param {ScanFields} fields @param {() => boolean} late @returns {Promise<{kept: Kept, stream: Stream}>} */
  async function put(store, fields, late) {
    const meta = store('meta');
    const guess = last;
    const [order, current, likely] = await Promise.all(['order', 'stream', 'streams/' + guess].map((key) => done(meta.get(key))));
    if (late()) throw new Error();
    last = current;
    const n = (order || 0) + 1;
    /** @type {Stream} */
    const stream = (current && (current === guess ? likely : await done(meta.get('streams/' + current)))) || { id: uuid4(bytes), made: 0, xor: NOTHING };
    const id = uuid7(now(), bytes);
    const next = { id: stream.id, made: stream.made + 1, xor: xorId(stream.xor, id) };
    /** @type {Kept} */
    const kept = { n, stream: stream.id, scan: Object.assign({ id, seq: next.made }, fields), saved: now() };
    meta.put(n, 'order');
    if (stream.id !== current) meta.put(stream.id, 'stream');
    meta.put(next, 'streams/' + stream.id);
    store('outbox').put(kept);
    return { kept, stream: next };
  }

  /** What waits: count, age, and what the server would not take.
   * @returns {Promise<Waiting>} */
  function waiting() {
    return run(['outbox', 'aside'], 'read', async (store) => {
      const [out, aside] = await Promise.all([done(store('outbox').count()), done(store('aside').count())]);
      /** @type {number | null} */
      let oldest = null;
      /** @param {IDBCursorWithValue} cursor */
      const first = (cursor) => {
        oldest = oldest === null ? cursor.value.saved : Math.min(oldest, cursor.value.saved);
        return false;
      };
      await walk(store('outbox'), null, 'next', first);
      await walk(store('aside'), null, 'next', first);
      return { count: out + aside, oldest, aside };
    });
  }

  /** The next scans to send: in order, of one stream, bounded in number and size. Null when nothing can be sent.
   * @param {number} most @param {number} mostBytes
   * @returns {Promise<Batch | null>} */
  function batch(most, mostBytes) {
    return run(['meta', 'outbox'], 'read', async (store) => {
      /** @type {Kept[]} */
      const first = await done(store('outbox').getAll(null, most));
      if (first.length === 0) return null;
      const stream = first[0].stream;
      const kept = [];
      let size = 500;
      for (const one of first) {
        size += JSON.stringify(one.scan).length * 3;
        if (one.stream !== stream || (kept.length > 0 && size > mostBytes * 3)) break;
        kept.push(one);
      }
      return { stream: await done(store('meta').get('streams/' + stream)), kept };
    });
  }

  /** Move the scans that the server named to the archive. The rest stays.
   * @param {Kept[]} sent @param {Map<string, any>} receipts by lower-case id
   * @returns {Promise<Kept[]>} those that left */
  async function settle(sent, receipts) {
    const left = sent.filter((kept) => receipts.has(kept.scan.id));
    const at = now();
    await run(['outbox', 'aside', 'archive'], 'relaxed', (store) => {
      left.forEach((kept) => {
        store('outbox').delete(kept.n);
        store('aside').delete(kept.n);
        store('archive').put({ n: kept.n, stream: kept.stream, scan: kept.scan, saved: kept.saved, receipt: receipts.get(kept.scan.id), answered: at });
      });
    });
    forget(left.map((kept) => kept.scan.id));
    return left.map((kept) => Object.assign({}, kept, { receipt: receipts.get(kept.scan.id), answered: at }));
  }

  /** Put a scan that the server would not take where people see it; it is tried again by the next build.
   * @param {Kept} kept @param {string} why @param {string} build */
  async function setAside(kept, why, build) {
    await run(['outbox', 'aside'], 'strict', (store) => {
      store('outbox').delete(kept.n);
      store('aside').put(Object.assign({}, kept, { aside: { why, build } }));
    });
  }

  /** Put scans that another build set aside (or all of them) back into the queue.
   * @param {string | null} build the build whose verdict still stands; null: none
   * @returns {Promise<number>} */
  function takeBack(build) {
    return run(['outbox', 'aside'], 'strict', async (store) => {
      /** @type {Kept[]} */
      const all = await done(store('aside').getAll());
      const back = all.filter((kept) => !kept.aside || kept.aside.build !== build);
      back.forEach((kept) => {
        store('aside').delete(kept.n);
        store('outbox').put({ n: kept.n, stream: kept.stream, scan: kept.scan, saved: kept.saved });
      });
      return back.length;
    });
  }

  /** Queue archived scans again, because the server lost them; remember which server that was.
   * @param {(kept: Kept) => boolean} wanted
   * @param {{epoch: string, journal: number} | null} mark stored in the same transaction
   * @returns {Promise<number>} */
  function sendAgain(wanted, mark) {
    return run(STORES, 'strict', async (store) => {
      let count = 0;
      await walk(store('archive'), null, 'next', (cursor) => {
        const kept = cursor.value;
        if (!wanted(kept)) return;
        store('outbox').put({ n: kept.n, stream: kept.stream, scan: kept.scan, saved: kept.saved });
        cursor.delete();
        count += 1;
      });
      if (mark) store('meta').put(mark, 'server');
      return count;
    });
  }

  /** From now on number new scans in a new stream. What was said keeps its number.
   * @param {string} [only] do it only while this stream is the current one */
  function rotate(only) {
    return run(['meta'], 'strict', async (store) => {
      const current = await done(store('meta').get('stream'));
      if (only && current !== only) return;
      const id = uuid4(bytes);
      store('meta').put(id, 'stream');
      store('meta').put({ id, made: 0, xor: NOTHING }, 'streams/' + id);
    });
  }

  /** All streams of this device, with what of them still waits.
   * @returns {Promise<(Stream & {current: boolean, waiting: number, answeredXor: string})[]>} */
  function streams() {
    return run(['meta', 'outbox', 'aside'], 'read', async (store) => {
      /** @type {Stream[]} */
      const list = await done(store('meta').getAll(IDBKeyRange.bound('streams/', 'streams/\uffff')));
      const current = await done(store('meta').get('stream'));
      const open = await everything(store);
      return list.map((stream) => {
        const mine = open.filter((kept) => kept.stream === stream.id);
        return Object.assign({}, stream, {
          current: stream.id === current,
          waiting: mine.length,
          answeredXor: mine.reduce((xor, kept) => xorId(xor, kept.scan.id), stream.xor),
        });
      });
    });
  }

  /** The last scans of this device, newest first: waiting and answered.
   * @param {number} most @returns {Promise<Kept[]>} */
  function recent(most) {
    return run(['meta', 'outbox', 'aside', 'archive'], 'read', async (store) => {
      const newest = IDBKeyRange.lowerBound(((await done(store('meta').get('order'))) || 0) - most, true);
      /** @type {Kept[][]} */
      const all = await Promise.all(['outbox', 'aside', 'archive'].map((name) => done(store(name).getAll(newest))));
      return all[0].concat(all[1], all[2]).sort((a, b) => b.n - a.n);
    });
  }

  /** Who scanned on this device since a time, and how often: each scan has its own author, whoever holds the device now.
   * @param {number} since @returns {Promise<{operator: string, scans: number}[]>} */
  function authors(since) {
    return run(['outbox', 'aside', 'archive'], 'read', async (store) => {
      /** @type {Map<string, number>} */
      const counts = new Map();
      for (const name of ['archive', 'aside', 'outbox']) {
        let older = 0;
        await walk(store(name), null, 'prev', (cursor) => {
          const { saved, scan } = cursor.value;
          older = saved >= since ? 0 : older + 1;
          if (older === 0) counts.set(scan.operator, (counts.get(scan.operator) || 0) + 1);
          return older < ASTRAY;
        });
      }
      return Array.from(counts, ([operator, scans]) => ({ operator, scans }));
    });
  }

  /** Everything that waits, oldest first.
   * @param {number} [most] @returns {Promise<Kept[]>} */
  function queue(most) {
    return run(['outbox', 'aside'], 'read', async (store) => {
      /** @type {Kept[]} */
      const all = (await done(store('aside').getAll(null, most))).concat(await done(store('outbox').getAll(null, most)));
      return all.sort((a, b) => a.n - b.n);
    });
  }

  /** Drop the oldest archived scans, but only beyond the bound and older than the archive must reach.
   * @returns {Promise<number>} */
  function trim() {
    return run(['archive'], 'relaxed', async (store) => {
      let over = (await done(store('archive').count())) - ARCHIVE_MOST;
      let dropped = 0;
      if (over <= 0) return 0;
      await walk(store('archive'), null, 'next', (cursor) => {
        if (cursor.value.answered < now() - ARCHIVE_DAYS * DAY) {
          cursor.delete();
          over -= 1;
          dropped += 1;
        }
        return over > 0;
      });
      return dropped;
    });
  }

  /** Give back what the browser lost: scans and settings that this page or the second copy still knows. A copy that is slow to
   * answer is not waited for.
   * @returns {Promise<any>} */
  function heal() {
    if (lost && healing === null) {
      lost = false;
      healing = putBack().catch(() => { lost = true; }).then(() => { healing = null; });
    }
    return healing === null ? Promise.resolve() : soon(healing, PATIENCE).catch(() => undefined);
  }

  async function putBack() {
    if (db === null) await open();
    const known = second ? await second.missing(name) : [];
    known.forEach(({ kept, key, value }) => (kept ? memory.set(kept.scan.id, kept) : remember(key, value)));
    if (memory.size === 0 && remembered.size === 0) return;
    /** @type {string[]} */
    const answered = [];
    const count = await run(STORES, 'strict', async (store) => {
      const meta = store('meta');
      for (const [key, value] of remembered) {
        const there = await done(meta.get(key));
        if (there !== undefined && !(there.made < value.made)) continue;
        meta.put(value, key);
        if (value.id === (await done(meta.get('stream')))) meta.delete('stream');
      }
      const waits = new Set((await everything(store)).map((kept) => kept.scan.id));
      let order = (await done(meta.get('order'))) || 0;
      let back = 0;
      for (const [id, kept] of memory) {
        if (waits.has(id)) continue;
        if ((await done(store('archive').index('id').getKey(id))) !== undefined) {
          answered.push(id);
          continue;
        }
        order += 1;
        back += 1;
        store('outbox').put({ n: order, stream: kept.stream, scan: kept.scan, saved: kept.saved });
        meta.put(order, 'order');
      }
      return back;
    });
    forget(answered);
    recovered.scans += count;
    recovered.device = fresh && remembered.has('device');
    if (recovered.device || count > 0) recovered.seen = false;
  }

  /** @param {string[]} ids the server has these */
  function forget(ids) {
    ids.forEach((id) => memory.delete(id));
    if (second && ids.length > 0) second.drop(ids);
  }

  /** Read one setting. @param {string} key @returns {Promise<any>} */
  async function get(key) {
    const value = await run(['meta'], 'read', (store) => done(store('meta').get(key)));
    if (key === 'device' && value) remembered.set(key, value);
    return value;
  }

  /** Keep one setting. @param {string} key @param {any} value @returns {Promise<void>} */
  async function set(key, value) {
    await soon(run(['meta'], 'strict', (store) => { store('meta').put(value, key); }), TOO_LONG);
    if (key !== 'device') return;
    remembered.set(key, value);
    if (second) await second.keep([], [[key, value]]);
  }

  /** Change one setting in one transaction: `change` gets the value and gives the next one.
   * @param {string} key @param {(value: any) => any} change @returns {Promise<any>} */
  function update(key, change) {
    return run(['meta'], 'strict', async (store) => {
      const next = change(await done(store('meta').get(key)));
      store('meta').put(next, key);
      return next;
    });
  }

  /** Change chunks and settings in one transaction: drop the keys from one to another, put chunks, keep settings.
   * @param {{drop?: [string, string][], put?: [string, any][], keep?: [string, any][]}} change @returns {Promise<void>} */
  function shelve(change) {
    return run(['chunks', 'meta'], 'relaxed', (store) => {
      (change.drop || []).forEach(([from, to]) => store('chunks').delete(IDBKeyRange.bound(from, to, false, true)));
      (change.put || []).forEach(([key, chunk]) => store('chunks').put(chunk, key));
      (change.keep || []).forEach(([key, value]) => store('meta').put(value, key));
    });
  }

  /** @param {string} prefix @returns {Promise<any[]>} */
  function getChunks(prefix) {
    return run(['chunks'], 'read', (store) => done(store('chunks').getAll(IDBKeyRange.bound(prefix, prefix + '\uffff'))));
  }

  function close() {
    if (db) db.close();
    db = null;
  }

  return { begin, recovered, close, add, addAll, waiting, batch, settle, setAside, takeBack, sendAgain, rotate, streams, recent, authors, queue, trim, heal, get, set, update, shelve, getChunks, memory };
}
