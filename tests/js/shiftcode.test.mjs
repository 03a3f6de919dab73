import test from 'node:test';
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { shiftCode, spaced } from '../../static/ids.js';

const cases = JSON.parse(readFileSync(new URL('../cases/shiftcodes.json', import.meta.url), 'utf8'));

test('device and server make the same code of the same numbers', () => {
  assert.ok(cases.length > 10);
  cases.forEach((one) => assert.equal(shiftCode(one.stream, one.held, one.xor, one.epoch), one.code));
});

test('a code is read out in two halves', () => assert.equal(spaced('4QK7M2PX'), '4QK7-M2PX'));
