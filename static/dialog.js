/**
 * The dialogue of a task: what a reading means in the flow, location first, then product, product, product. Pure; its twin
 * on the server, app/terminal/dialog.py, is held to the same cases (tests/cases/dialog.json).
 */

/**
 * @typedef {'receive' | 'return' | 'putaway' | 'move' | 'pick' | 'scrap' | 'count' | 'look' | 'hold' | 'release'} Task putting away
 *   is a move whose FROM stays while TO changes
 *
 * @typedef {Object} Flow
 * @property {Task} task
 * @property {string | null} location
 * @property {string | null} target
 * @property {string | null} sheet that was chosen; without one the server finds it by location and operator
 * @property {string | null} due the location of that sheet
 * @property {string} quantity for the next scan
 * @property {string | null} reason
 * @property {{kind: 'location' | 'target' | 'finish', text: string, check?: string} | null} ask what must be confirmed first
 *
 * @typedef {Object} Reading what a code is, as far as this device knows
 * @property {string} text as it was read
 * @property {'location' | 'product' | 'sheet' | 'unknown' | 'command'} kind
 * @property {string} [code] a location's or sheet's own code
 * @property {string} [location] of a sheet
 * @property {string} [check] of a location whose code was keyed: the digits of its label
 * @property {'done' | 'undo' | 'quantity'} [command]
 * @property {string} [value]
 *
 * @typedef {{type: 'finish' | 'finish_all' | 'finish_part' | 'empty' | 'confirm' | 'cancel' | 'undo' | 'quantity' | 'reason' | 'location' | 'sheet', value?: string | null, location?: string}} Press
 *
 * @typedef {Object} Turn
 * @property {Flow} flow the next state; take it only once `record` is stored
 * @property {Object.<string, any> | null} record what to say to the server: fields of a scan
 * @property {string} say key of a prompt
 * @property {'ok' | 'question' | 'none'} tone
 */

export const TASKS = /** @type {Task[]} */ (['count', 'receive', 'putaway', 'move', 'pick', 'return', 'scrap', 'hold', 'release', 'look']);
const QUANTITY = /^[0-9]{1,12}(\.[0-9]{1,6})?$/;
const PACKS = /^([0-9]{1,6})x([0-9]{1,6})$/;
const UNDOABLE = /^(count|receive|return|move|pick|scrap)$/;
/** What a location is left with. @type {Object.<string, string>} */
const ENDS = { finish_all: 'finished', finish_part: 'finished_part', empty: 'emptied' };
const NOWHERE = { location: null, target: null, sheet: null, due: null };

/** Begin a task. @param {Task} task @param {string | null} [location] where it goes on @returns {Flow} */
export function begin(task, location) {
  return { task, location: location || null, target: null, sheet: null, due: null, quantity: '1', reason: null, ask: null };
}

/** What the server calls a task. @param {Task} task @returns {string} */
export function said(task) {
  return task === 'putaway' ? 'move' : task;
}

/** Whether a task is about a product wherever it is. @param {Task} task @returns {boolean} */
export function everywhere(task) {
  return task === 'hold' || task === 'release';
}

/** What the flow waits for: a key of the prompts. @param {Flow} flow @returns {string} */
export function prompt(flow) {
  const moves = said(flow.task) === 'move';
  if (flow.ask) return flow.ask.kind === 'finish' ? 'confirm_finish' : flow.ask.check ? 'check_location' : flow.sheet ? 'not_due' : 'confirm_location';
  if (flow.task === 'look') return 'scan_anything';
  if (flow.location === null && !everywhere(flow.task)) return moves ? 'scan_source' : flow.sheet ? 'scan_sheet_location' : 'scan_location';
  return moves && flow.target === null ? 'scan_target' : 'scan_product';
}

/** Read command barcodes; they steer, they never approve or delete.
 * @param {string} text @returns {Reading | null} */
export function command(text) {
  if (text === 'SL-DONE') return { text, kind: 'command', command: 'done' };
  if (text === 'SL-UNDO') return { text, kind: 'command', command: 'undo' };
  const quantity = /^SL-QTY-([0-9.x]{1,19})$/.exec(text);
  return quantity ? { text, kind: 'command', command: 'quantity', value: quantity[1] } : null;
}

/** Take a reading. @param {Flow} flow @param {Reading} reading @param {string | null} last id of the scan an undo would void
 * @returns {Turn} */
export function hear(flow, reading, last) {
  if (reading.kind === 'command') return obey(flow, reading, last);
  const ask = flow.ask;
  if (ask && ask.kind !== 'finish' && (ask.check || ask.text) === reading.text) return press(flow, { type: 'confirm' }, last);
  const calm = Object.assign({}, flow, { ask: null });
  const place = reading.kind === 'location';
  if (ask && ask.check && !place) return turn(flow, 'check_location', 'question');
  if (flow.task === 'look') return turn(calm, 'looked', 'ok', { task: 'look', [place ? 'location' : 'barcode']: reading.text });
  if (reading.kind === 'sheet' && flow.task === 'count') return chosen(calm, String(reading.code), String(reading.location));
  if (everywhere(flow.task)) return place ? turn(calm, 'scan_product', 'question') : record(calm, reading);
  if (flow.location === null) return located(calm, reading, 'location');
  if (said(flow.task) === 'move' && (flow.target === null || (place && flow.task === 'putaway'))) return located(calm, reading, 'target');
  return place ? located(Object.assign({}, calm, { target: null }), reading, 'location') : record(calm, reading);
}

/** Take a button. @param {Flow} flow @param {Press} button @param {string | null} last @returns {Turn} */
export function press(flow, button, last) {
  const calm = Object.assign({}, flow, { ask: null });
  const { type } = button;
  const value = button.value || '';
  if (type === 'undo') return last ? turn(calm, 'undone', 'ok', { task: 'void', voids: last }) : turn(calm, 'nothing_to_undo', 'question');
  if (type === 'quantity') return quantity(calm, value);
  if (type === 'reason') return turn(Object.assign({}, calm, { reason: value || null }), prompt(calm), 'none');
  if (type === 'sheet' && flow.task === 'count') return chosen(calm, value, String(button.location));
  if (type === 'location') return turn(Object.assign({}, calm, NOWHERE), prompt(begin(flow.task)), 'none');
  if (type === 'confirm' && flow.ask && flow.ask.kind !== 'finish') return placed(calm, flow.ask.text, flow.ask.kind);
  if (type === 'confirm' || type === 'cancel') return turn(calm, prompt(calm), 'none');
  if (flow.task !== 'count' || flow.location === null) return turn(calm, prompt(calm), 'question');
  if (!ENDS[type]) return turn(Object.assign({}, calm, { ask: { kind: 'finish', text: '' } }), 'confirm_finish', 'none');
  const what = type === 'empty' ? { task: type } : { task: 'finish', complete: type === 'finish_all' };
  const left = Object.assign({}, calm, NOWHERE, { quantity: '1' });
  return turn(left, ENDS[type], 'ok', Object.assign(what, { location: flow.location }, flow.sheet && { sheet: flow.sheet }));
}

/** Do what a button does; unlike a finger, a trigger must hear that it did. @param {Flow} flow @param {Reading} reading @param {string | null} last @returns {Turn} */
function obey(flow, reading, last) {
  const { command, value } = reading;
  const type = command !== 'done' && command ? command : flow.ask && flow.ask.kind === 'finish' ? 'finish_all' : 'finish';
  const done = press(flow, { type, value }, last);
  return done.tone === 'none' ? Object.assign(done, { tone: done.flow.ask ? 'question' : 'ok' }) : done;
}

/** Take a sheet; its location comes first all the same. @param {Flow} flow @param {string} sheet @param {string} due @returns {Turn} */
function chosen(flow, sheet, due) {
  const location = flow.location === due ? due : null;
  return turn(Object.assign({}, flow, { sheet, due, location, quantity: '1' }), 'sheet_set', 'ok');
}

/** @param {Flow} flow @param {Reading} reading @param {'location' | 'target'} slot @returns {Turn} */
function located(flow, reading, slot) {
  const elsewhere = flow.sheet && flow.location === null && reading.text !== flow.due && reading.code !== flow.due;
  if (reading.kind === 'product') return turn(flow, slot === 'target' ? 'target_first' : 'location_first', 'question');
  if (elsewhere || (reading.kind !== 'location' && reading.text !== flow.due)) return turn(Object.assign({}, flow, { ask: { kind: slot, text: reading.text } }), elsewhere ? 'not_due' : 'confirm_location', 'question');
  const code = (reading.kind === 'location' && reading.code) || reading.text;
  const { check } = reading;
  return check ? turn(Object.assign({}, flow, { ask: { kind: slot, text: code, check } }), 'check_location', 'question') : placed(flow, code, slot);
}

/** @param {Flow} flow @param {string} code @param {'location' | 'target'} slot @returns {Turn} */
function placed(flow, code, slot) {
  if (slot === 'target' && code === flow.location) return turn(flow, 'same_location', 'question');
  const kept = code === flow.due ? null : { sheet: null, due: null };
  return turn(Object.assign({}, flow, { [slot]: code }, kept), slot === 'target' ? 'target_set' : 'location_set', 'ok');
}

/** @param {Flow} flow @param {Reading} reading @returns {Turn} */
function record(flow, reading) {
  if (flow.quantity === '0' && flow.task !== 'count') return turn(flow, 'quantity_bad', 'question');
  const what = { task: said(flow.task), barcode: reading.text };
  const where = everywhere(flow.task) ? null : { location: flow.location, quantity: flow.quantity };
  const fields = Object.assign(what, where, flow.target && { target: flow.target }, flow.sheet && { sheet: flow.sheet }, flow.reason && { reason_code: flow.reason });
  return turn(Object.assign({}, flow, { quantity: '1' }), reading.kind === 'product' ? 'recorded' : 'recorded_unknown', 'ok', fields);
}

/** Take a quantity for the next scan; 3x12 is three packs of twelve. @param {Flow} flow @param {string} value @returns {Turn} */
function quantity(flow, value) {
  if (flow.task === 'look' || everywhere(flow.task)) return turn(flow, prompt(flow), 'question');
  const packs = PACKS.exec(value);
  const total = packs ? String(Number(packs[1]) * Number(packs[2])) : value;
  const fits = QUANTITY.test(total) && (flow.task === 'count' || /[1-9]/.test(total));
  return fits ? turn(Object.assign({}, flow, { quantity: total }), 'quantity_set', 'none') : turn(flow, 'quantity_bad', 'question');
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
    if (scan.operator !== operator || (scan.location || null) !== flow.location) continue;
    if (scan.task === 'finish' || scan.task === 'empty') break;
    if (scan.task !== said(flow.task) || voided.has(scan.id) || (scan.target || null) !== flow.target) continue;
    const line = lines.get(scan.barcode) || { barcode: scan.barcode, quantity: 0, scans: 0, last: scan.id };
    line.quantity = round(line.quantity + Number(scan.quantity || 1));
    line.scans += 1;
    lines.set(scan.barcode, line);
  }
  return Array.from(lines.values());
}

/** @param {number} n @returns {number} to six decimals */
function round(n) {
  return Math.round(n * 1e6) / 1e6;
}

/** Whether a scan can be undone: it moved stock or counted. @param {Object.<string, any>} scan */
export function canUndo(scan) {
  return UNDOABLE.test(scan.task);
}

/** The newest scan of a task that can be undone and is not voided yet: who undoes doesn't see what was done in another task.
 * @param {{scan: Object.<string, any>}[]} newestFirst @param {string} operator @param {Task} task @returns {any} */
export function undoable(newestFirst, operator, task) {
  const voided = new Set();
  for (const kept of newestFirst) {
    const { scan } = kept;
    if (scan.operator !== operator) continue;
    if (scan.task === 'void') voided.add(scan.voids);
    else if (scan.task === said(task) && canUndo(scan) && !voided.has(scan.id)) return kept;
  }
  return null;
}

/**
 * @typedef {{sku: string, name: string, quantity: number}} Expected quantities in base units, lots taken together
 * @typedef {{location: string, rows: Expected[], only: string[] | null}} Page what is expected at a location, where that may be told; of a recount only some SKUs are looked for
 *
 * @typedef {Object} Mark
 * @property {'expected' | 'unexpected' | 'misplaced'} state
 * @property {number} [counted] of the product, in its base unit
 * @property {number} [expected]
 * @property {string} [at] where a misplaced one is expected
 */

/** Compare what was counted at a location with what is expected there. A barcode that this device can't name can't be compared.
 * @param {Line[]} lines @param {string | null} location @param {Page[]} book @param {(barcode: string) => {sku: string, pack: number} | null} read
 * @returns {{marks: Map<string, Mark>, missing: Expected[], counted: Map<string, number>}} marks by barcode; what was counted of each product, in its base unit */
export function compare(lines, location, book, read) {
  /** @type {Map<string, Mark>} */
  const marks = new Map();
  /** @type {Map<string, number>} */
  const counted = new Map();
  for (const { barcode, quantity } of lines) {
    const { sku, pack } = read(barcode) || { sku: barcode, pack: 1 };
    counted.set(sku, round((counted.get(sku) || 0) + quantity * pack));
  }
  const here = book.filter((page) => page.location === location)[0];
  if (!here) return { marks, missing: [], counted };
  for (const { barcode } of lines) {
    const known = read(barcode);
    const row = known && rowOf(here, known.sku);
    const other = known && !row && book.filter((page) => rowOf(page, known.sku))[0];
    if (row) marks.set(barcode, { state: 'expected', counted: counted.get(row.sku), expected: row.quantity });
    else if (known) marks.set(barcode, other ? { state: 'misplaced', at: other.location } : { state: 'unexpected' });
  }
  const { only, rows } = here;
  return { marks, missing: rows.filter((row) => !counted.has(row.sku) && row.quantity > 0 && (!only || only.indexOf(row.sku) >= 0)), counted };
}

/** @param {Page} page @param {string} sku */
function rowOf(page, sku) {
  return page.rows.filter((row) => row.sku === sku)[0];
}
