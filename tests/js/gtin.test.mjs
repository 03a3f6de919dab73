import test from 'node:test';
import assert from 'node:assert/strict';
import { checkDigitHolds, gtin14, withoutAim } from '../../static/gtin.js';

test('check digits of GTIN-8, 12, 13, 14 and SSCC', () => {
  for (const good of ['96385074', '036000291452', '4006381333931', '09501101530003', '106141412345678908']) assert.ok(checkDigitHolds(good), good);
  for (const bad of ['96385075', '4006381333932', '400638133393', '400638133393x', '']) assert.ok(!checkDigitHolds(bad), bad);
});

test('one spelling for all lengths', () => {
  assert.equal(gtin14('4006381333931'), '04006381333931');
  assert.equal(gtin14('96385074'), '00000096385074');
  assert.equal(gtin14('A-01'), null);
});

test('an AIM id in front is taken off, other brackets stay', () => {
  assert.equal(withoutAim(']E04006381333931'), '4006381333931');
  assert.equal(withoutAim(']'), ']');
  assert.equal(withoutAim(' ]C1A'), ']C1A', 'an AIM id stands in front');
  assert.equal(withoutAim(']C1 A 1 \u00a0'), 'A 1');
  assert.equal(withoutAim('10L7\u001d'), '10L7\u001d', 'a GS is none');
  assert.equal(withoutAim('A]C1'), 'A]C1');
});
