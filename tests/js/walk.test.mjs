/** The walking order as numbers. */
import assert from 'node:assert/strict';
import test from 'node:test';
import { begin, file, isNumbered, moved, numbers } from '../../static/console/walk.js';

const places = (/** @type {(number | null)[]} */ ...walks) => walks.map((walk, at) => ({ code: 'ABCDE'[at], walk }));

test('the numbers that are there are dealt out anew, so that others keep their place in the walk', () => {
  assert.equal(isNumbered(places(30, 10, 25)), true);
  assert.deepEqual(numbers(places(30, 10, 25), 7), [10, 25, 30]);
});

test('where one has none, or two have the same, every tenth from the first is given', () => {
  for (const some of [places(30, null, 20), places(20, 20, 30)]) {
    assert.equal(isNumbered(some), false);
    assert.equal(begin(some), 20);
    assert.deepEqual(numbers(some, 500), [500, 510, 520]);
  }
  assert.equal(begin(places(null, null)), 10);
});

test('a row comes to stand where it was put', () => {
  assert.deepEqual(moved(['a', 'b', 'c'], 0, 2), ['b', 'c', 'a']);
  assert.deepEqual(moved(['a', 'b', 'c'], 2, 0), ['c', 'a', 'b']);
  assert.deepEqual(moved(['a', 'b', 'c'], 1, 1), ['a', 'b', 'c']);
});

test('the file keeps every code as it is, and takes numbers away', () => {
  const odd = [{ code: 'A,"1"', walk: 10 }, { code: "'=B", walk: null }, { code: '=C', walk: 0 }];
  assert.equal(file(odd), 'code,walk\n"A,""1""",10\n"\'\'=B",-\n"=C",0\n');
});
