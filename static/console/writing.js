/**
 * What was written on a sheet of paper, as scans: blank is nothing said, 0 is none there, and a quantity is a quantity. Pure.
 */

/** @typedef {{sku: string, lot: string, serial: string}} Row */
/** @typedef {{operator: string, from: string, to: string, quantities: string[], others: {code: string, lot: string, quantity: string, known?: boolean}[], empty: boolean, complete: boolean}} Written
 * Times are ISO, quantities as typed: those of the printed rows, and what was written below them. */

/** A quantity as it is sent; '' where nothing was written, null where it is none. A decimal comma is a point.
 * @param {string} text @returns {string | null} */
export function quantityOf(text) {
  const said = text.trim().replace(',', '.');
  if (!said) return '';
  return /^[0-9]{1,12}(\.[0-9]{1,6})?$/.test(said) ? said : null;
}

/** What is wrong, as the name of a text; '' where it can be sent. @param {Written} written @returns {string} */
export function wrongWith(written) {
  const lines = written.quantities.concat(written.others.map((one) => one.quantity)).map(quantityOf);
  if (!written.operator.trim()) return 'no_operator';
  if (!written.from || !written.to || written.from > written.to) return 'no_times';
  if (lines.indexOf(null) >= 0) return 'no_quantity';
  if (written.others.some((one) => !!one.code.trim() !== !!one.quantity.trim())) return 'half_line';
  if (written.empty && lines.some((one) => one && Number(one) > 0)) return 'not_empty';
  return written.empty || lines.some(Boolean) ? '' : 'nothing';
}

/** The scans of a sheet, in the order of their numbers. A line is said at the beginning with nothing and at the end with its quantity, since paper
 * doesn't tell when between the two it was counted: what moved meanwhile is then seen. A serial is one piece however often it is said; a code that
 * nobody knows is said once, for a person must resolve it.
 * @param {{sheet: string, location: string, rows: Row[]}} paper @param {Written} written @param {() => string} makeId @returns {Object.<string, any>[]} */
export function scansOf(paper, written, makeId) {
  const by = { operator: written.operator.trim(), sheet: paper.sheet, via: 'keyed' };
  const lines = paper.rows.map((row, at) => ({ barcode: row.sku, lot: row.serial || row.lot || null, piece: !!row.serial, known: true, quantity: quantityOf(written.quantities[at] || '') }))
    .concat(written.others.map((one) => ({ barcode: one.code.trim(), lot: one.lot.trim() || null, piece: false, known: one.known !== false, quantity: quantityOf(one.quantity) })))
    .filter((line) => line.quantity && !written.empty);
  const counted = (/** @type {string} */ at, /** @type {boolean} */ begun) => lines.filter((line) => line.known || !begun).map((line) => Object.assign({ task: 'count', scanned_at: at, barcode: line.barcode, quantity: begun && !line.piece ? '0' : line.quantity }, line.lot ? { lot: line.lot } : {}, by));
  const first = written.from === written.to ? [] : counted(written.from, true);
  const last = written.empty ? { task: 'empty', location: paper.location } : { task: 'finish', complete: written.complete };
  return /** @type {Object.<string, any>[]} */ (first).concat(counted(written.to, false), [Object.assign({ scanned_at: written.to }, last, by)]).map((scan, at) => Object.assign({ id: makeId(), seq: at + 1 }, scan));
}
