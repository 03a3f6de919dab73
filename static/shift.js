/**
 * The operator's shift: who works, in which task, at which place; hears readings one after the other, and beeps only when
 * the scan is on the disk.
 */
import { begin, hear, press, prompt, undoable } from './dialog.js';
import { withoutAim } from './gtin.js';

/** So many scans are at hand for running totals and undo: more than anybody makes at one location. */
const REMEMBERED = 2000;

/**
 * @typedef {import('./dialog.js').Flow} Flow
 * @typedef {import('./outbox.js').Kept} Kept
 *
 * @typedef {Object} ShiftState
 * @property {any} device what the enrolment gave; null: not enrolled
 * @property {{badge: string, since: number, name?: string, until?: number} | null} operator `until`: so long the PIN proves it
 * @property {string | null} asked whose PIN is due first
 * @property {string[]} badges of those of whom the server has taken a scan of this device
 * @property {Flow | null} flow
 * @property {string | null} keyed what stands on the keypad; null: it is closed
 * @property {{say: string, tone: string, text: string, at: number, kept: Kept | null}} last
 * @property {Kept[]} records newest first
 * @property {import('./outbox.js').Waiting} waiting
 * @property {{text: string, at: number, why: string}[]} unsaved
 * @property {string} found the last reading in the look-up
 *
 * @typedef {ReturnType<typeof makeShift>} Shift
 */

/** @param {{outbox: import('./outbox.js').Outbox, catalogue: {read: (text: string) => import('./dialog.js').Reading}, signal: import('./signal.js').Signal, now: () => number, onChange: () => void, onSaved: (kept: Kept) => void, onLook: (text: string) => void, onChoose: () => void,
 *   sheetOf: (code: string) => {code: string, location: string} | undefined, onPlace: (location: string) => void, pinned?: () => boolean}} platform `pinned`: whether the site wants PINs */
export function makeShift(platform) {
  const { outbox, catalogue, signal, now } = platform;
  /** @type {ShiftState} */
  const state = {
    device: null, operator: null, asked: null, badges: [], flow: null, keyed: null, records: [], unsaved: [], found: '',
    last: { say: '', tone: 'none', text: '', at: 0, kept: null },
    waiting: { count: 0, oldest: null, aside: 0 },
  };
  /** @type {Promise<any>} */
  let turn = Promise.resolve();

  /** Take up where the device was left. */
  async function load() {
    state.device = (await outbox.get('device')) || null;
    state.operator = (await outbox.get('operator')) || null;
    state.asked = (await outbox.get('asked')) || null;
    state.badges = (await outbox.get('badges')) || [];
    state.flow = (await outbox.get('flow')) || null;
    state.records = await outbox.recent(REMEMBERED);
    const newest = state.records[0];
    if (newest) state.last = { say: 'recorded', tone: 'none', text: newest.scan.barcode || newest.scan.location || '', at: newest.saved, kept: newest };
    await count();
  }

  async function count() {
    state.waiting = await outbox.waiting();
    platform.onChange();
  }

  /** One after the other, scans and buttons: ten scans a second all count, in order.
   * @template T @param {() => Promise<T>} work @returns {Promise<T>} */
  function queue(work) {
    const next = turn.then(work, work);
    turn = next.catch(() => undefined);
    return next;
  }

  /** Resolves when all readings so far have had their answer. */
  function heard() {
    return turn;
  }

  /** Hear one reading. @param {string} text @param {'wedge' | 'keyed' | 'camera'} via @param {string} [symbology] where the reader names it */
  function scanned(text, via, symbology) {
    const at = now();
    const { keyed } = state;
    state.keyed = null;
    return queue(async () => {
      const reading = Object.assign({}, catalogue.read(text), via !== 'keyed' && { check: '' });
      if (!state.device) return note('not_enrolled', 'question', text);
      if (!state.operator || state.asked !== null) return badge(text, reading);
      if (reading.kind === 'unknown' && state.badges.indexOf(withoutAim(text)) >= 0) return present(withoutAim(text));
      if (!state.flow) state.flow = begin('look');
      if (!takeKeyed(state.flow, keyed)) return note('quantity_bad', 'question', text);
      const sheet = state.flow.task === 'count' && reading.kind === 'unknown' && platform.sheetOf(withoutAim(text));
      return apply(hear(state.flow, sheet ? { text, kind: 'sheet', code: sheet.code, location: sheet.location } : reading, undoId()), text, via, at, symbology);
    });
  }

  /** A button of the flow. @param {import('./dialog.js').Press} button */
  function pressed(button) {
    const at = now();
    return queue(async () => {
      if (state.flow) await apply(press(state.flow, button, undoId()), '', 'keyed', at);
    });
  }

  /** Void one listed scan. @param {string} id */
  function voidScan(id) {
    const at = now();
    return queue(async () => {
      if (state.operator) await apply({ flow: /** @type {any} */ (state.flow), record: { task: 'void', voids: id }, say: 'undone', tone: 'ok' }, '', 'keyed', at);
    });
  }

  /** A scan is of what stood on the keypad, OK or not. @param {Flow} flow @param {string | null} keyed @returns {boolean} false: that is no quantity */
  function takeKeyed(flow, keyed) {
    if (keyed === null) return true;
    const { flow: next, tone } = press(flow, keyedQuantity(keyed), null);
    state.flow = next;
    return tone === 'none';
  }

  /** What stands on the keypad now; null closes it. @param {string | null} value */
  function key(value) {
    state.keyed = value;
    platform.onChange();
  }

  /** OK on the keypad. */
  function takeKeypad() {
    pressed(keyedQuantity(state.keyed || ''));
    key(null);
  }

  function undoId() {
    const kept = state.operator && state.flow ? undoable(state.records, state.operator.badge, state.flow.task) : null;
    return kept ? kept.scan.id : null;
  }

  /** @param {import('./dialog.js').Turn} turn @param {string} text @param {string} via @param {number} at @param {string} [symbology] */
  async function apply(turn, text, via, at, symbology) {
    /** @type {Kept | null} */
    let kept = null;
    if (turn.record && state.operator) {
      const said = Object.assign({ scanned_at: new Date(at).toISOString(), operator: state.operator.badge, via }, symbology ? { symbology } : null, turn.record);
      try {
        kept = await outbox.add(said);
      } catch (error) {
        return notSaved(said.barcode || said.location || said.task, error);
      }
      state.records.unshift(kept);
      if (state.records.length > REMEMBERED) state.records.length = REMEMBERED;
      state.waiting = { count: state.waiting.count + 1, oldest: state.waiting.oldest === null ? kept.saved : state.waiting.oldest, aside: state.waiting.aside };
    }
    const moved = JSON.stringify(state.flow) !== JSON.stringify(turn.flow);
    const before = state.flow && state.flow.location;
    state.flow = turn.flow;
    if (turn.say === 'looked') state.found = text;
    note(turn.say, turn.tone, kept && !kept.scan.barcode ? describe(kept) : text, kept);
    if (kept) platform.onSaved(kept);
    if (turn.say === 'looked') platform.onLook(text);
    if (moved) outbox.set('flow', turn.flow).catch(() => undefined);
    if (turn.flow && turn.flow.location !== before) arrived(turn.flow);
    return undefined;
  }

  /** Whoever puts away comes back to the same FROM; whoever counts wants to know what is expected. @param {Flow} flow */
  function arrived({ task, location }) {
    if (task === 'putaway') outbox.set('from', location).catch(() => undefined);
    if (task === 'count' && location !== null) platform.onPlace(location);
  }

  /** What a scan without a barcode is about, whatever command said it. @param {Kept} kept */
  function describe({ scan }) {
    const voided = scan.voids && state.records.find((one) => one.scan.id === scan.voids);
    return (voided && voided.scan.barcode) || scan.location || '';
  }

  /** @param {string} say @param {string} tone @param {string} text @param {Kept | null} [kept] */
  function note(say, tone, text, kept) {
    state.last = { say, tone, text, at: now(), kept: kept || null };
    if (tone === 'ok') signal.accepted();
    if (tone === 'question') signal.question();
    platform.onChange();
  }

  /** The scan is not on the disk: say so until somebody touches it. @param {string} text @param {any} error */
  function notSaved(text, error) {
    state.unsaved.push({ text, at: now(), why: (error && error.name) || 'Error' });
    state.last = { say: 'not_saved', tone: 'unsaved', text, at: now(), kept: null };
    signal.unsaved();
    platform.onChange();
  }

  function touched() {
    state.unsaved = [];
    signal.touched();
    platform.onChange();
  }

  /** A code that was cut off in the middle. @param {string} text */
  function broken(text) {
    note('broken', 'question', text);
  }

  /** @param {string} text @param {import('./dialog.js').Reading} reading */
  async function badge(text, reading) {
    if (reading.kind !== 'unknown') return note('not_a_badge', 'question', text);
    return present(withoutAim(text));
  }

  /** Somebody says who they are. @param {string} code */
  function present(code) {
    return platform.pinned && platform.pinned() ? ask(code.trim(), 'question') : takeOver(code.trim());
  }

  /** Let nobody work before this one's PIN came; the task stays where it is. @param {string} code @param {string} [tone] */
  async function ask(code, tone) {
    state.asked = code;
    note('', tone || 'none', '');
    await outbox.set('asked', code).catch(() => undefined);
  }

  /** Hand the device to an operator; scans that wait keep their own author. @param {string} code @param {{name: string, until: number}} [proof] */
  async function takeOver(code, proof) {
    if (!state.operator || state.operator.badge !== code) state.flow = null;
    state.operator = Object.assign({ badge: code, since: now() }, proof);
    state.asked = null;
    try {
      await Promise.all([outbox.set('operator', state.operator), outbox.set('asked', null), outbox.set('flow', state.flow)]);
      note('badge_taken', 'ok', code);
    } catch (error) {
      notSaved(code, error);
    }
  }

  function signOff() {
    return queue(async () => {
      state.operator = null;
      state.asked = null;
      state.flow = null;
      await outbox.set('asked', null);
      await outbox.set('operator', null);
      await outbox.set('flow', null);
      note('signed_off', 'none', '');
    });
  }

  /** What is scanned before is of the task before. @param {import('./dialog.js').Task | null} task */
  function choose(task) {
    return queue(async () => {
      state.flow = task ? begin(task, task === 'putaway' ? await outbox.get('from') : null) : null;
      state.found = '';
      await outbox.set('flow', state.flow);
      note(state.flow ? prompt(state.flow) : '', 'none', '');
      if (task === 'count') platform.onChoose();
    });
  }

  /** Keep what an enrolment gave; scans from now on are a new stream. @param {any} device */
  async function enrol(device) {
    await outbox.set('device', device);
    await outbox.rotate();
    state.device = device;
    platform.onChange();
  }

  /** The server has named these. @param {Kept[]} left */
  function answered(left) {
    const byId = new Map(left.map((kept) => [kept.scan.id, kept]));
    state.records = state.records.map((kept) => byId.get(kept.scan.id) || kept);
    if (state.last.kept) state.last.kept = byId.get(state.last.kept.scan.id) || state.last.kept;
    const warn = (/** @type {string} */ say, /** @type {(kept: any) => any} */ doubtful) => {
      const kept = left.filter((one) => one.receipt && state.operator && one.scan.operator === state.operator.badge && doubtful(one))[0];
      if (kept) note(say, 'question', kept.scan.barcode || kept.scan.location || '', kept);
    };
    warn('warned', ({ scan, receipt }) => scan.task === 'pick' && /held|expired/.test(receipt.warnings));
    warn('refused', ({ receipt }) => receipt.outcome === 'refused');
    // A badge that the server knows is no barcode of a product: whoever scans it takes over. What was only taken for one here, by mistake, may be.
    left.forEach(({ scan, receipt }) => {
      if (scan.operator && receipt && receipt.outcome && receipt.warnings.indexOf('unknown_operator') < 0 && state.badges.indexOf(scan.operator) < 0) state.badges.push(scan.operator);
    });
    return Promise.all([count(), outbox.set('badges', state.badges)]);
  }

  return { state, load, count, heard, scanned, pressed, key, takeKeypad, voidScan, broken, touched, present, ask, takeOver, signOff, choose, enrol, answered };
}

/** What a keypad says; nothing on it is 1. @param {string} value @returns {import('./dialog.js').Press} */
function keyedQuantity(value) {
  return { type: 'quantity', value: value.replace(/^0+(?=[0-9])/, '') || '1' };
}
