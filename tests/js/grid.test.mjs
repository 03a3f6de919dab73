/** The grid: how many rows are drawn never depends on how many there are. */
import test from 'node:test';
import assert from 'node:assert/strict';
import { ROW, drawn } from '../../static/console/grid.js';
import { PAGE, pagesOf } from '../../static/console/paging.js';

test('only what is seen is drawn, with a few rows before and after', () => {
  assert.deepEqual(drawn(0, 10 * ROW, 100000), [0, 16]);
  const [first, last] = drawn(50000 * ROW, 10 * ROW, 100000);
  assert.ok(first < 50000 && last > 50009 && last - first < 30);
  assert.deepEqual(drawn(99990 * ROW, 10 * ROW, 100000), [99984, 100000]);
  assert.deepEqual(drawn(0, 10 * ROW, 3), [0, 3]);
  assert.deepEqual(drawn(0, 10 * ROW, 0), [0, 0]);
});

test('pages are those that rows lie in', () => {
  assert.deepEqual(pagesOf(0, 1), [0]);
  assert.deepEqual(pagesOf(PAGE - 1, PAGE + 1), [0, 1]);
  assert.deepEqual(pagesOf(99990, 100000), [999]);
});
