import { test } from 'node:test';
import assert from 'node:assert/strict';
import { packed } from '../../static/console/packs.js';

const said = (quantity, ...sizes) => {
  const found = packed(quantity, sizes);
  return found && found.packs.map(({ count, size }) => `${count} x ${size}`).concat(found.rest === '0' ? [] : found.rest).join(' + ');
};

test('a quantity is whole packs and what is left', () => {
  assert.equal(said('27', '1', '12'), '2 x 12 + 3');
  assert.equal(said('24', '1', '12'), '2 x 12');
  assert.equal(said('1000', '1', '10'), '100 x 10');
});

test('the largest pack comes first', () => {
  assert.equal(said('159', '12', '144', '1', '6'), '1 x 144 + 1 x 12 + 3');
  assert.equal(said('20', '6', '12'), '1 x 12 + 1 x 6 + 2');
});

test('decimals are exact', () => {
  assert.equal(said('7.6', '2.5'), '3 x 2.5 + 0.1');
  assert.equal(said('0.3', '1'), null);
  assert.equal(said('30.000001', '10'), '3 x 10 + 0.000001');
});

test('two barcodes of one pack are one pack', () => {
  assert.equal(said('25', '12', '12.0', '1'), '2 x 12 + 1');
});

test('nothing is said where no pack fits or it can not be exact', () => {
  assert.equal(said('11', '12'), null);
  assert.equal(said('0', '12'), null);
  assert.equal(said('-24', '12'), null);
  assert.equal(said('24', '1', '0.5'), null);
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
