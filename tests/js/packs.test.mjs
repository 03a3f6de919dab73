import { test } from 'node:test';
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { packed } from '../../static/console/packs.js';

const said = (quantity, ...sizes) => {
  const found = packed(quantity, sizes);
  return found && found.packs.map(({ count, size }) => `${count} × ${size}`).concat(found.rest === '0' ? [] : found.rest).join(' + ');
};

for (const [quantity, sizes, told] of JSON.parse(readFileSync(new URL('../cases/packs.json', import.meta.url), 'utf8'))) {
  test(`${quantity} in packs of ${sizes} is ${told}`, () => assert.equal(said(quantity, ...sizes), told));
}

test('nothing is said where it can not be exact or is no quantity', () => {
  assert.equal(said('999999999999.5', '12'), null);
  assert.equal(said('24', 'x', '0'), null);
  assert.equal(said('x', '12'), null);
});

test('packs and rest are the quantity, whatever the sizes', () => {
  for (let n = 1; n < 5000; n += 7) {
    const sizes = ['1', String(2 + (n % 11)), String(13 + (n % 97)), '0.25'];
    const found = packed(String(n), sizes);
    if (!found) continue;
    assert.equal(found.packs.reduce((sum, { count, size }) => sum + count * Number(size), Number(found.rest)), n);
    assert.ok(found.packs.every(({ count, size }, at) => at === 0 || count * Number(size) < Number(found.packs[at - 1].size)));
  }
});
