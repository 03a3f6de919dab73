import assert from 'node:assert/strict';
import { test } from 'node:test';
import { changes } from '../../static/console/changes.js';

test('a change is told field by field, and what is the same is not', () => {
  assert.deepEqual(changes({ name: 'Gun', tasks: ['count'], kept: 1 }, { name: 'RF', tasks: ['count', 'look'], kept: 1 }), [
    { name: 'name', was: 'Gun', is: 'RF' }, { name: 'tasks', was: '["count"]', is: '["count","look"]' },
  ]);
});

test('what was made or ended has one side only', () => {
  assert.deepEqual(changes(null, { code: 'K1', note: null }), [{ name: 'code', was: null, is: 'K1' }]);
  assert.deepEqual(changes({ name: 'Gun' }, null), [{ name: 'name', was: 'Gun', is: null }]);
  assert.deepEqual(changes(null, null), []);
});

test('a list or a bare value is one field without a name', () => {
  assert.deepEqual(changes(null, ['a', 'b']), [{ name: '', was: null, is: '["a","b"]' }]);
  assert.deepEqual(changes('x', 'x'), []);
});
