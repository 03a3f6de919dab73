/** Texts: names are filled in, and words follow the number. */
import test from 'node:test';
import assert from 'node:assert/strict';
import { t, useTexts } from '../../static/text.js';

test('words follow the number', () => {
  useTexts({ ui: { wait: '{n} {n|waits|wait}' } });
  assert.equal(t('ui.wait', { n: 1 }), '1 waits');
  assert.equal(t('ui.wait', { n: '1' }), '1 waits');
  assert.equal(t('ui.wait', { n: 0 }), '0 wait');
  assert.equal(t('ui.wait', { n: '1,000' }), '1,000 wait');
});

test('a text that is missing shows its key', () => {
  useTexts({});
  assert.equal(t('ui.no_such_text'), 'no such text');
});
