import test from 'node:test';
import assert from 'node:assert/strict';
import { uuid7, uuid4, xorId, NOTHING, platformBytes } from '../../static/ids.js';

test('a uuid7 carries its time, version and variant', () => {
  const id = uuid7(Date.UTC(2026, 10, 22), platformBytes);
  assert.match(id, /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  assert.equal(parseInt(id.replace(/-/g, '').slice(0, 12), 16), Date.UTC(2026, 10, 22));
});

test('ids of one millisecond differ and sort by time', () => {
  const many = new Set(Array.from({ length: 20000 }, () => uuid7(1, platformBytes)));
  assert.equal(many.size, 20000);
  assert.ok(uuid7(1000, platformBytes) < uuid7(1001, platformBytes));
});

test('what is random comes from the platform that keeps secrets', (t) => {
  t.mock.method(crypto, 'getRandomValues', (bytes) => bytes.fill(7));
  assert.deepEqual(Array.from(platformBytes(2)), [7, 7]);
});

test('a clock before 1970 still makes an id', () => {
  assert.match(uuid7(-5, platformBytes), /^00000000-0000-7/);
});

test('a uuid4 has version 4', () => {
  assert.match(uuid4(platformBytes), /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab]/);
});

test('xor is that of 128-bit numbers, whatever the order, and the same id twice cancels out', () => {
  const ids = Array.from({ length: 50 }, () => uuid7(Date.now(), platformBytes));
  const big = ids.reduce((sum, id) => sum ^ BigInt('0x' + id.replace(/-/g, '')), 0n);
  const xor = (list) => list.reduce(xorId, NOTHING);
  assert.equal(xor(ids), big.toString(16).padStart(32, '0'));
  assert.equal(xor(ids.slice().reverse()), xor(ids));
  assert.equal(xor(ids.concat(ids)), NOTHING);
  assert.equal(xorId(NOTHING, ids[0].toUpperCase()), ids[0].replace(/-/g, ''));
});
