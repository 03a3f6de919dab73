import assert from 'node:assert/strict';
import { test } from 'node:test';
import { quantityOf, scansOf, wrongWith } from '../../static/console/writing.js';

const PAPER = { sheet: 'K1-001', location: 'A-01', rows: [{ sku: 'PEN', lot: '', serial: '' }, { sku: 'MILK', lot: 'L1', serial: '' }, { sku: 'SAW', lot: '', serial: 'S7' }] };
const FROM = '2026-11-26T09:00:00.000Z';
const TO = '2026-11-26T09:30:00.000Z';
const written = (some) => Object.assign({ operator: 'OP-1', from: FROM, to: TO, quantities: ['', '', ''], others: [], empty: false, complete: false }, some);
const said = (some) => {
  let n = 0;
  return scansOf(PAPER, written(some), () => 'id-' + (n += 1)).map((scan) => [scan.task, scan.barcode || scan.location || '', scan.lot || '', scan.quantity || '', scan.scanned_at === FROM ? 'from' : 'to'].join(' '));
};

test('blank is nothing said, 0 is none there', () => {
  assert.deepEqual(said({ quantities: ['', '0', ''] }), ['count MILK L1 0 from', 'count MILK L1 0 to', 'finish    to']);
});

test('a line is said at the beginning with nothing and at the end with its quantity; a serial is one piece both times', () => {
  assert.deepEqual(said({ quantities: ['9', '', '1'] }), ['count PEN  0 from', 'count SAW S7 1 from', 'count PEN  9 to', 'count SAW S7 1 to', 'finish    to']);
});

test('where it took no time, each line is said once', () => {
  assert.deepEqual(said({ quantities: ['9', '', ''], from: TO }), ['count PEN  9 to', 'finish    to']);
});

test('what was written below the rows is counted too', () => {
  assert.deepEqual(said({ others: [{ code: ' INK ', lot: '', quantity: '2,5' }], from: TO }), ['count INK  2.5 to', 'finish    to']);
});

test('a code that nobody knows is said once', () => {
  assert.deepEqual(said({ others: [{ code: 'HUH', lot: '', quantity: '1', known: false }] }), ['count HUH  1 to', 'finish    to']);
});

test('an empty location is confirmed, and nothing is counted there', () => {
  assert.deepEqual(said({ empty: true, quantities: ['0', '', ''] }), ['empty A-01   to']);
});

test('numbers of scans have no gaps, so that the proof is whole', () => {
  const scans = scansOf(PAPER, written({ quantities: ['9', '0', '1'], complete: true }), () => 'x');
  assert.deepEqual(scans.map((scan) => scan.seq), [1, 2, 3, 4, 5, 6, 7]);
  assert.equal(scans[6].complete, true);
  assert.ok(scans.every((scan) => scan.sheet === 'K1-001' && scan.operator === 'OP-1' && scan.via === 'keyed'));
});

test('what can not be sent is named', () => {
  const table = [
    [{ operator: ' ', empty: true }, 'no_operator'], [{ from: '', empty: true }, 'no_times'], [{ from: TO, to: FROM, empty: true }, 'no_times'],
    [{ quantities: ['x', '', ''] }, 'no_quantity'], [{ quantities: ['-1', '', ''] }, 'no_quantity'], [{}, 'nothing'],
    [{ others: [{ code: 'INK', lot: '', quantity: '' }], quantities: ['1', '', ''] }, 'half_line'], [{ others: [{ code: '', lot: '', quantity: '1' }] }, 'half_line'],
    [{ empty: true, quantities: ['3', '', ''] }, 'not_empty'], [{ empty: true, quantities: ['0', '', ''] }, ''], [{ quantities: ['0', '', ''] }, ''],
  ];
  table.forEach(([some, wrong]) => assert.equal(wrongWith(written(some)), wrong, JSON.stringify(some)));
});

test('a decimal comma is a point', () => {
  assert.deepEqual(['', ' ', '2,5', '2.5', '007', '1e3', '1.1234567', '1,2,3'].map(quantityOf), ['', '', '2.5', '2.5', '007', null, null, null]);
});
