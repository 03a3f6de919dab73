/**
 * The dialogue of a task: what a reading means in the flow, location first, then product, product, product. Pure; the
 * terminal's twin on the server is held to the same cases (tests/cases/dialog.json).
 */

/**
 * @typedef {'receive' | 'return' | 'move' | 'pick' | 'scrap' | 'count' | 'look'} Task
 *
 * @typedef {Object} Flow
 * @property {Task} task
 * @property {string | null} location
 * @property {string | null} target
 * @property {string} quantity for the next scan
 * @property {string | null} reason
 * @property {{kind: 'location' | 'target' | 'finish', text: string} | null} ask what must be confirmed first
 *
 * @typedef {Object} Reading what a code is, as far as this device knows
 * @property {string} text as it was read
 * @property {'location' | 'product' | 'unknown' | 'command'} kind
 * @property {string} [code] a location's own code
 * @property {'done' | 'undo' | 'quantity'} [command]
 * @property {string} [value]
 *
 * @typedef {{type: 'finish' | 'finish_all' | 'finish_part' | 'empty' | 'confirm' | 'cancel' | 'undo' | 'quantity' | 'reason' | 'location', value?: string | null}} Press
 *
 * @typedef {Object} Turn
 * @property {Flow} flow the next state; take it only once `record` is stored
 * @property {Object.<string, any> | null} record what to say to the server: fields of a scan
 * @property {string} say key of a prompt
 * @property {'ok' | 'question' | 'none'} tone
 */

export const TASKS = /** @type {Task[]} */ (['count', 'receive', 'move', 'pick', 'return', 'scrap', 'look']);
const QUANTITY = /^[0-9]{1,12}(\.[0-9]{1,6})?$/;

/** Begin a task. @param {Task} task @returns {Flow} */
export function begin(task) {
  return { task, location: null, target: null, quantity: '1', reason: null, ask: null };
}

/** What the flow waits for: a key of the prompts. @param {Flow} flow @returns {string} */
export function prompt(flow) {
  if (flow.ask) return flow.ask.kind === 'finish' ? 'confirm_finish' : 'confirm_location';
  if (flow.task === 'look') return 'scan_anything';
  if (flow.location === null) return flow.task === 'move' ? 'scan_source' : 'scan_location';
  if (flow.task === 'move' && flow.target === null) return 'scan_target';
  return 'scan_product';
}

/** Read command barcodes; they steer, they never approve or delete.
 * @param {string} text @returns {Reading | null} */
export function command(text) {
  if (text === 'SL-DONE') return { text, kind: 'command', command: 'done' };
  if (text === 'SL-UNDO') return { text, kind: 'command', command: 'undo' };
  const quantity = /^SL-QTY-([0-9.]{1,19})$/.exec(text);
  return quantity ? { text, kind: 'command', command: 'quantity', value: quantity[1] } : null;
}

/** Take a reading. @param {Flow} flow @param {Reading} reading @param {string | null} last id of the scan an undo would void
 * @returns {Turn} */
export function hear(flow, reading, last) {
  if (reading.kind === 'command') return obey(flow, reading, last);
  const ask = flow.ask;
  if (ask && ask.kind !== 'finish' && ask.text === reading.text) return press(flow, { type: 'confirm' }, last);
  const calm = Object.assign({}, flow, { ask: null });
  if (flow.task === 'look') return turn(calm, 'looked', 'ok', { task: 'look', [reading.kind === 'location' ? 'location' : 'barcode']: reading.text });
  if (flow.location === null) return place(calm, reading, 'location');
  if (flow.task === 'move' && flow.target === null) return place(calm, reading, 'target');
  if (reading.kind === 'location') return place(Object.assign({}, calm, { target: null }), reading, 'location');
  return record(calm, reading);
}

/** Take a button. @param {Flow} flow @param {Press} button @param {string | null} last @returns {Turn} */
export function press(flow, button, last) {
  const calm = Object.assign({}, flow, { ask: null });
  const { type } = button;
  const value = button.value || '';
  if (type === 'cancel') return turn(calm, prompt(calm), 'none');
  if (type === 'undo') return last ? turn(calm, 'undone', 'ok', { task: 'void', voids: last }) : turn(calm, 'nothing_to_undo', 'question');
  if (type === 'quantity') return quantity(calm, value);
  if (type === 'reason') return turn(Object.assign({}, calm, { reason: value || null }), prompt(calm), 'none');
  if (type === 'location') return turn(Object.assign({}, calm, { location: null, target: null }), prompt(begin(flow.task)), 'none');
  if (type === 'confirm' && flow.ask && flow.ask.kind !== 'finish') return placed(calm, flow.ask.text, flow.ask.kind);
  if (flow.task !== 'count' || flow.location === null) return turn(calm, prompt(calm), 'question');
  if (type === 'finish') return turn(Object.assign({}, calm, { ask: { kind: 'finish', text: '' } }), 'confirm_finish', 'none');
  const left = Object.assign({}, calm, { location: null, quantity: '1' });
  if (type === 'finish_all') return turn(left, 'finished', 'ok', { task: 'finish', location: flow.location, complete: true });
  if (type === 'finish_part') return turn(left, 'finished_part', 'ok', { task: 'finish', location: flow.location, complete: false });
  if (type === 'empty') return turn(left, 'emptied', 'ok', { task: 'empty', location: flow.location });
  return turn(calm, prompt(calm), 'none');
}

/** @param {Flow} flow @param {Reading} reading @param {string | null} last @returns {Turn} */
function obey(flow, reading, last) {
  if (reading.command === 'undo') return press(flow, { type: 'undo' }, last);
  if (reading.command === 'quantity') return press(flow, { type: 'quantity', value: reading.value || '' }, last);
  return press(flow, { type: flow.ask && flow.ask.kind === 'finish' ? 'finish_all' : 'finish' }, last);
}

/** @param {Flow} flow @param {Reading} reading @param {'location' | 'target'} slot @returns {Turn} */
function place(flow, reading, slot) {
  if (reading.kind === 'location') return placed(flow, reading.code || reading.text, slot);
  if (reading.kind === 'product') return turn(flow, slot === 'target' ? 'target_first' : 'location_first', 'question');
  return turn(Object.assign({}, flow, { ask: { kind: slot, text: reading.text } }), 'confirm_location', 'question');
}

/** @param {Flow} flow @param {string} code @param {'location' | 'target'} slot @returns {Turn} */
function placed(flow, code, slot) {
  if (slot === 'target' && code === flow.location) return turn(flow, 'same_location', 'question');
  return turn(Object.assign({}, flow, { [slot]: code }), slot === 'target' ? 'target_set' : 'location_set', 'ok');
}

/** @param {Flow} flow @param {Reading} reading @returns {Turn} */
function record(flow, reading) {
  if (flow.quantity === '0' && flow.task !== 'count') return turn(flow, 'quantity_bad', 'question');
  /** @type {Object.<string, any>} */
  const said = { task: flow.task, location: flow.location, barcode: reading.text, quantity: flow.quantity };
  if (flow.task === 'move') said.target = flow.target;
  if (flow.task === 'scrap' && flow.reason) said.reason_code = flow.reason;
  return turn(Object.assign({}, flow, { quantity: '1' }), reading.kind === 'unknown' ? 'recorded_unknown' : 'recorded', 'ok', said);
}

/** @param {Flow} flow @param {string} value @returns {Turn} */
function quantity(flow, value) {
  const fits = QUANTITY.test(value) && (flow.task === 'count' || /[1-9]/.test(value));
  return fits ? turn(Object.assign({}, flow, { quantity: value }), 'quantity_set', 'none') : turn(flow, 'quantity_bad', 'question');
}

/** @param {Flow} flow @param {string} say @param {Turn['tone']} tone @param {Object.<string, any>} [said] @returns {Turn} */
function turn(flow, say, tone, said) {
  return { flow, record: said || null, say, tone };
}

/**
 * @typedef {Object} Line
 * @property {string} barcode
 * @property {number} quantity what the scans say, in units of the barcode
 * @property {number} scans
 * @property {string} last id of the newest scan
 */

/** What was scanned here in this task since the last finish, newest product first, voided scans left out.
 * @param {Flow} flow @param {{scan: Object.<string, any>}[]} newestFirst @param {string} operator @returns {Line[]} */
export function tally(flow, newestFirst, operator) {
  /** @type {Map<string, Line>} */
  const lines = new Map();
  const voided = new Set();
  for (const { scan } of newestFirst) {
    if (scan.task === 'void') voided.add(scan.voids);
    if (scan.operator !== operator || scan.location !== flow.location) continue;
    if (scan.task === 'finish' || scan.task === 'empty') break;
    if (scan.task !== flow.task || voided.has(scan.id) || (flow.task === 'move' && scan.target !== flow.target)) continue;
    const line = lines.get(scan.barcode) || { barcode: scan.barcode, quantity: 0, scans: 0, last: scan.id };
    line.quantity = Math.round((line.quantity + Number(scan.quantity)) * 1e6) / 1e6;
    line.scans += 1;
    lines.set(scan.barcode, line);
  }
  return Array.from(lines.values());
}

/** The newest scan that can be undone: made stock or a count, not voided yet.
 * @param {{scan: Object.<string, any>}[]} newestFirst @param {string} operator @returns {any} */
export function undoable(newestFirst, operator) {
  const voided = new Set();
  for (const kept of newestFirst) {
    const { scan } = kept;
    if (scan.operator !== operator) continue;
    if (scan.task === 'void') voided.add(scan.voids);
    else if (['finish', 'empty', 'look'].indexOf(scan.task) < 0 && !voided.has(scan.id)) return kept;
  }
  return null;
}
