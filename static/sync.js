/**
 * Brings the outbox to the server, for ever: no maximum age, no number of attempts. A scan leaves the outbox only for
 * HTTP 200, JSON, our batch echoed, and a receipt with its id. Everything else changes nothing and is tried again.
 */
import { shiftCode, uuid4 } from './ids.js';

export const MOST = 500;
/** As many go first to a server that may not be there: a batch costs a slow gun time that its operator's next beep would have. */
const FEW = 50;
const MOST_BYTES = 900000;
export const AFTER_SCAN = 1500;
export const EVERY = 30000;
const FIRST_WAIT = 1000;
const LONGEST_WAIT = 60000;
const PAUSE = 300000;
const ASIDES_IN_A_ROW = 5;
export const HOURS = 50;

/**
 * @typedef {Object} SyncState
 * @property {'idle' | 'sending' | 'waiting' | 'paused'} phase
 * @property {string} why the code of the last hindrance, '' when there is none: a key of `messages.json` ui.sync
 * @property {number | null} next when it is tried again
 * @property {number | null} heard when the server last answered
 * @property {boolean} revoked
 *
 * @typedef {Object} Platform
 * @property {import('./outbox.js').Outbox} outbox
 * @property {import('./api.js').Api} api
 * @property {string} build
 * @property {() => number} now
 * @property {() => number} [steady] milliseconds of a clock that nobody can set: a wait must not last until a clock that was put back has caught up
 * @property {() => number} random
 * @property {import('./ids.js').RandomBytes} bytes
 * @property {() => string | null} token
 * @property {any} [locks] navigator.locks, where there are any
 * @property {(run: () => void, ms: number) => any} [later]
 * @property {(state: SyncState) => void} [onState]
 * @property {(left: import('./outbox.js').Kept[]) => void} [onAnswered]
 */

/** How long to wait after a number of failures in a row: full jitter between 1 s and a ceiling that doubles up to 60 s.
 * @param {number} failures @param {number} random 0 to 1 @returns {number} milliseconds */
export function backoff(failures, random) {
  const ceiling = Math.min(LONGEST_WAIT, FIRST_WAIT * Math.pow(2, Math.min(failures, 10)));
  return FIRST_WAIT + random * (ceiling - FIRST_WAIT);
}

/** Keep a checkpoint of the server's past: the newest of each hour, so that none given later replaces all.
 * @param {Object.<string, string> | undefined} seals by hour @param {any} checkpoint @param {number} at @returns {Object.<string, string>} */
function kept(seals, checkpoint, at) {
  const next = Object.assign({}, seals);
  if (checkpoint) next[new Date(at).toISOString().slice(0, 13)] = checkpoint;
  Object.keys(next).sort().slice(0, -HOURS).forEach((hour) => delete next[hour]);
  return next;
}

/** Make the one sender of a page. @param {Platform} platform */
export function makeSync(platform) {
  const { outbox, api, now, random, bytes } = platform;
  const steady = platform.steady || now;
  const later = platform.later || ((run, ms) => setTimeout(run, ms));
  /** @type {SyncState} */
  const state = { phase: 'idle', why: '', next: null, heard: null, revoked: false };
  const holder = uuid4(bytes);
  let failures = 0;
  let size = FEW;
  let asides = 0;
  /** The build whose verdict on set-aside scans still stands at the next run; null: none does; undefined: leave them.
   * @type {string | null | undefined} */
  let standing = platform.build;
  /** @type {Promise<void> | null} */
  let current = null;
  let again = false;
  let notBefore = 0;
  /** @type {number | null} */
  let alarm = null;

  /** @param {Partial<SyncState>} change */
  function say(change) {
    Object.assign(state, change);
    if (platform.onState) platform.onState(Object.assign({}, state));
  }

  /** Something happened that may let scans through.
   * @param {'scan' | 'tick' | 'online' | 'visible' | 'start' | 'user'} trigger */
  function kick(trigger) {
    if (trigger === 'scan') return wake(AFTER_SCAN);
    if (trigger === 'user') {
      standing = null;
      asides = 0;
    }
    if (trigger === 'user' || trigger === 'online' || trigger === 'start') notBefore = 0;
    if (steady() >= notBefore) return run().then(() => undefined);
    return wake(notBefore - steady());
  }

  /** @param {number} ms */
  function wake(ms) {
    const at = Math.max(steady() + ms, notBefore);
    if (alarm !== null && alarm <= at && alarm > steady()) return Promise.resolve();
    alarm = at;
    later(() => {
      if (alarm !== at) return;
      alarm = null;
      if (steady() >= notBefore) run();
      else wake(notBefore - steady());
    }, at - steady());
    return Promise.resolve();
  }

  /** Send until nothing waits or something hinders; one run at a time, in one tab at a time.
   * @returns {Promise<void>} resolves when the run that is under way ends */
  function run() {
    if (current !== null) {
      again = true;
      return current;
    }
    current = rounds(drain).then(() => { current = null; });
    return current;
  }

  /** @param {() => Promise<void>} work */
  async function rounds(work) {
    try {
      await alone(work);
      while (again && steady() >= notBefore) {
        again = false;
        await alone(drain);
      }
    } catch (error) {
      hindered('storage', null);
    }
    again = false;
  }

  /** @param {() => Promise<void>} work */
  async function alone(work) {
    if (platform.locks && platform.locks.request) {
      await platform.locks.request('scanledger-sync', { ifAvailable: true }, (/** @type {any} */ lock) => (lock ? work() : undefined));
      return;
    }
    const mine = await outbox.update('lease', (lease) => (lease && lease.holder !== holder && lease.until > now() && lease.until < now() + 120000 ? lease : { holder, until: now() + 90000 }));
    if (mine.holder !== holder) return;
    try {
      await work();
    } finally {
      await outbox.update('lease', (lease) => (lease && lease.holder === holder ? null : lease));
    }
  }

  async function drain() {
    await outbox.heal();
    if (standing !== undefined) await outbox.takeBack(standing);
    standing = undefined;
    /** @type {Set<string>} */
    const resent = new Set();
    for (;;) {
      if (!platform.token()) return say({ phase: 'paused', why: 'not_enrolled', next: null });
      const batch = await outbox.batch(size, MOST_BYTES);
      if (!batch) return say({ phase: 'idle', why: '', next: null });
      say({ phase: 'sending', next: null });
      const goOn = await send(batch, resent);
      if (!goOn) return undefined;
    }
  }

  /** Send one batch and obey the answer. @param {import('./outbox.js').Batch} batch @param {Set<string>} resent
   * @returns {Promise<boolean>} true: go on at once */
  async function send(batch, resent) {
    const id = uuid4(bytes);
    const answer = await api('POST', '/api/v1/scans', {
      gzip: true,
      body: { batch: id, stream: batch.stream.id, made: batch.stream.made, xor: batch.stream.xor, sent_at: new Date(now()).toISOString(), app: platform.build, scans: batch.kept.map((kept) => kept.scan) },
    });
    const ours = answer.data !== null && typeof answer.data === 'object';
    if (answer.status === 200 && ours && answer.data.batch === id && Array.isArray(answer.data.receipts)) return accepted(batch, answer.data, resent);
    if ((answer.status === 401 || answer.status === 403) && ours) return paused(answer.status === 401 ? 'unknown_device' : 'forbidden');
    if (answer.status === 413) return smaller(batch, 'too_large');
    if (answer.status === 400 && ours) return smaller(batch, 'bad_request');
    if (answer.status === 429 || answer.status === 503) return hindered('busy', answer.retryAfter);
    if (answer.why) return hindered(answer.why === 'timeout' ? 'no_answer' : 'no_network', null);
    if (answer.status >= 500) return hindered('server_fault', null);
    return hindered('not_our_server', null);
  }

  /** @param {import('./outbox.js').Batch} batch @param {any} data @param {Set<string>} resent @returns {Promise<boolean>} */
  async function accepted(batch, data, resent) {
    /** @type {Map<string, any>} */
    const receipts = new Map();
    data.receipts.forEach((/** @type {any} */ receipt) => {
      if (receipt && typeof receipt.id === 'string') receipts.set(receipt.id.toLowerCase(), receipt);
    });
    const left = await outbox.settle(batch.kept, receipts);
    if (left.length > 0) {
      failures = 0;
      asides = 0;
      notBefore = 0;
      size = Math.min(MOST, size * 4);
    }
    const orders = data.do || {};
    say({ heard: now(), why: '', revoked: orders.revoked === true });
    if (platform.onAnswered) platform.onAnswered(left);
    if (orders.rotate_stream) await outbox.rotate(batch.stream.id);
    await resend(batch.stream.id, orders.resend, resent);
    if (!(await sameServer(data))) return false;
    if (left.length === 0) return hindered('no_receipts', null);
    return true;
  }

  /** Send again what the server asks for: numbers, ranges of numbers or ids of a stream; each once a run.
   * @param {string} stream @param {any} wanted @param {Set<string>} resent */
  async function resend(stream, wanted, resent) {
    if (!Array.isArray(wanted) || wanted.length === 0) return;
    await outbox.sendAgain((kept) => {
      const { id, seq } = kept.scan;
      const asked = wanted.some((one) => (Array.isArray(one) ? kept.stream === stream && seq >= one[0] && seq <= one[1] : one === id || (kept.stream === stream && one === seq)));
      if (!asked || resent.has(id)) return false;
      resent.add(id);
      return true;
    }, null);
  }

  /** A new epoch, or a journal lower than we were told, is a server that was restored: compare proofs, send again what
   * it lost. The mark moves only in the transaction that queues those scans.
   * @param {any} data what the server answered @returns {Promise<boolean>} false: it could not be compared; try later */
  async function sameServer({ epoch, journal, checkpoint }) {
    if (typeof epoch !== 'string') return true;
    const known = await outbox.get('server');
    const mark = { epoch, journal: Number(journal) || 0, seals: kept(known && known.seals, checkpoint, now()) };
    if (!known || (known.epoch === epoch && mark.journal >= known.journal)) {
      if (JSON.stringify(known) !== JSON.stringify(mark)) await outbox.set('server', mark);
      return true;
    }
    /** @type {Set<string>} */
    const lost = new Set();
    for (const stream of await outbox.streams()) {
      if (stream.made === 0) continue;
      const proof = await api('GET', '/api/v1/streams/' + stream.id + '/proof');
      if (proof.status === 404 || proof.status === 403) {
        lost.add(stream.id);
        continue;
      }
      if (proof.status !== 200 || !proof.data || typeof proof.data.xor !== 'string') return hindered('server_restored', proof.retryAfter);
      if (proof.data.held !== stream.made - stream.waiting || proof.data.xor !== stream.answeredXor) lost.add(stream.id);
    }
    const count = await outbox.sendAgain((kept) => lost.has(kept.stream), mark);
    if (count > 0) again = true;
    return true;
  }

  /** Ask the server who it is when nothing waits, so that a restored one is noticed. */
  async function hello() {
    if (!platform.token()) return null;
    const me = await api('GET', '/api/v1/me');
    if (me.status === 401 && me.data) say({ phase: 'paused', why: 'unknown_device', heard: now() });
    if (me.status === 403 && me.data) say({ revoked: true, heard: now() });
    if (me.status !== 200 || !me.data) return me;
    say({ heard: now(), revoked: !!(me.data.device && me.data.device.revoked) });
    if (current !== null) return me;
    if (state.why === 'server_restored') notBefore = 0;
    current = rounds(async () => { await sameServer(me.data); }).then(() => { current = null; });
    await current;
    return me;
  }

  /** Halve; a single scan that is still refused is set aside where people see it.
   * @param {import('./outbox.js').Batch} batch @param {string} why @returns {Promise<boolean>} */
  async function smaller(batch, why) {
    if (batch.kept.length > 1) {
      size = Math.ceil(batch.kept.length / 2);
      return true;
    }
    if (asides >= ASIDES_IN_A_ROW) return hindered(why, null);
    asides += 1;
    size = MOST;
    await outbox.setAside(batch.kept[0], why, platform.build);
    return true;
  }

  /** @param {string} why @returns {boolean} */
  function paused(why) {
    notBefore = steady() + PAUSE;
    say({ phase: 'paused', why, next: now() + PAUSE, heard: now() });
    wake(PAUSE);
    return false;
  }

  /** @param {string} why @param {number | null} wait @returns {boolean} */
  function hindered(why, wait) {
    failures += 1;
    size = Math.min(size, FEW);
    const ms = wait === null ? backoff(failures, random()) : Math.max(FIRST_WAIT, Math.min(wait, 3600000));
    notBefore = steady() + ms;
    say({ phase: 'waiting', why, next: now() + ms });
    wake(ms);
    return false;
  }

  /** End-of-shift proof: what this device made against what the server holds, stream by stream; each stream that agrees has a
   * code, which the server gets from its own numbers. A stream of an earlier enrolment, from which nothing waits, is that
   * device's. One that a copy of this profile used too can't be told apart by number: each of its scans was named in a receipt.
   * @returns {Promise<{proven: boolean, made: number, held: number, waiting: number, shared: number, missing: any[], codes: {code: string, made: number}[], why: string}>} */
  async function proof() {
    const total = { proven: true, made: 0, held: 0, waiting: 0, shared: 0, missing: /** @type {any[]} */ ([]), codes: /** @type {{code: string, made: number}[]} */ ([]), why: '' };
    for (const stream of await outbox.streams()) {
      if (stream.made === 0) continue;
      const answer = await api('GET', '/api/v1/streams/' + stream.id + '/proof');
      if (answer.status === 403 && answer.data && stream.waiting === 0) continue;
      total.made += stream.made;
      total.waiting += stream.waiting;
      if (answer.status !== 200 || !answer.data) {
        total.proven = false;
        total.why = answer.status === 0 ? 'no_network' : 'server_fault';
        continue;
      }
      const { held, xor, epoch, forked, missing } = answer.data;
      if (held === stream.made && xor === stream.xor) {
        total.held += held;
        total.codes.push({ code: shiftCode(stream.id, stream.made, stream.xor, epoch), made: stream.made });
      } else if (forked && stream.waiting === 0 && held >= stream.made) {
        total.made -= stream.made;
        total.shared += stream.made;
      } else {
        total.held += held;
        total.proven = false;
        if (missing) total.missing = total.missing.concat(missing);
      }
    }
    return total;
  }

  return { kick, run, hello, proof, state };
}

