/** What a GS1 code says on the phone, by the cases that the server is held to. */
import test from 'node:test';
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { read } from '../../static/gs1.js';
import { checkDigitHolds } from '../../static/gtin.js';

const CASES = JSON.parse(readFileSync(new URL('../cases/gs1.json', import.meta.url), 'utf8'));
/** What is for the eye here; quantities, measures, other keys and warnings are the server's. */
const SHOWN = ['gtin', 'lot', 'expiry', 'serial', 'place'];
const shown = (says) => says && Object.fromEntries(Object.entries(says).filter(([name]) => SHOWN.includes(name)));

for (const { code, says } of CASES) {
  test(`${JSON.stringify(code)} says what it says on the server`, () => assert.deepEqual(read(code, 2026, checkDigitHolds), shown(says)));
}

test('a date gets the nearest century, and day 00 is the last of its month', () => {
  const date = (digits, year) => (read('(17)' + digits, year, checkDigitHolds) || {}).expiry;
  assert.equal(date('510101', 2000), '1951-01-01');
  assert.equal(date('500101', 2000), '2050-01-01');
  assert.equal(date('000101', 2060), '2100-01-01');
  assert.equal(date('000200', 2060), '2100-02-28');
  assert.equal(date('000200', 2026), '2000-02-29');
  for (let month = 1; month <= 12; month += 1) {
    const two = ('0' + month).slice(-2);
    assert.equal(date('26' + two + '00', 2026), `2026-${two}-${new Date(Date.UTC(2026, month, 0)).getUTCDate()}`);
  }
});

test('no text upsets it', () => {
  const parts = ['(01)', '01', '09506000134352', '(', ')', '%', '%41', '/', '?', '&', '=', 'https://a', '/01/', '10', '17', '271231', '\u001d', ']C1', '|]e0', 'A', '\\(', '\ud800', '.'];
  let seed = 7;
  const dice = (n) => (seed = (seed * 48271) % 2147483647) % n;
  for (let i = 0; i < 20000; i += 1) {
    const text = Array.from({ length: dice(8) }, () => parts[dice(parts.length)]).join('');
    const said = read(text, 2026, checkDigitHolds);
    assert.ok(said === null || typeof said === 'object', text);
  }
});
