import test from 'node:test';
import assert from 'node:assert/strict';
import { fakeOutbox, fakeClock, scan } from './fakes.mjs';
import { openOutbox, ARCHIVE_MOST, ARCHIVE_DAYS } from '../../static/outbox.js';
import { xorId, NOTHING, platformBytes } from '../../static/ids.js';

const receiptsFor = (list) => new Map(list.map((kept) => [kept.scan.id, { id: kept.scan.id, status: 'recorded' }]));

test('a scan gets its id, number and place in the proof in one transaction', async () => {
  const { outbox } = await fakeOutbox();
  const kept = [await outbox.add(scan(1)), await outbox.add(scan(2)), await outbox.add(scan(3))];
  assert.deepEqual(kept.map((one) => one.scan.seq), [1, 2, 3]);
  const [stream] = await outbox.streams();
  assert.deepEqual([stream.made, stream.xor, stream.waiting], [3, kept.map((one) => one.scan.id).reduce(xorId, NOTHING), 3]);
  assert.equal(stream.answeredXor, NOTHING);
});

test('a put is strict, so that it is on the disk before the beep', async () => {
  const { outbox, factory } = await fakeOutbox();
  const asked = [];
  const db = await new Promise((resolve) => { factory.open('scanledger').onsuccess = (event) => resolve(event.target.result); });
  const proto = Object.getPrototypeOf(db);
  const before = proto.transaction;
  proto.transaction = function spy(stores, mode, options) {
    asked.push([mode, (options || {}).durability]);
    return before.call(this, stores, mode, options);
  };
  try {
    await outbox.add(scan());
  } finally {
    proto.transaction = before;
  }
  assert.deepEqual(asked, [['readwrite', 'strict']]);
});

test('scans put at the same moment get different numbers without a gap', async () => {
  const { outbox } = await fakeOutbox();
  const kept = await Promise.all(Array.from({ length: 50 }, (_, i) => outbox.add(scan(i))));
  assert.deepEqual(kept.map((one) => one.scan.seq).sort((a, b) => a - b), Array.from({ length: 50 }, (_, i) => i + 1));
});

test('two tabs of one device share the numbers', async () => {
  const { outbox, factory, clock } = await fakeOutbox();
  const other = await openOutbox({ factory, now: clock.now, bytes: platformBytes });
  await Promise.all(Array.from({ length: 60 }, (_, i) => (i % 2 ? outbox : other).add(scan(i))));
  const [stream] = await outbox.streams();
  const all = await outbox.queue();
  assert.deepEqual([stream.made, all.length, new Set(all.map((one) => one.scan.seq)).size], [60, 60, 60]);
});

test('a put that fails rejects and leaves no number behind', async () => {
  const { outbox } = await fakeOutbox();
  await outbox.add(scan(1));
  await assert.rejects(outbox.add({ task: 'count', barcode: () => 'a function cannot be stored' }));
  const kept = await outbox.add(scan(2));
  assert.equal(kept.scan.seq, 2);
  assert.equal((await outbox.waiting()).count, 2);
});

test('only scans with a receipt leave, and they stay in the archive', async () => {
  const { outbox } = await fakeOutbox();
  await outbox.addAll([scan(1), scan(2), scan(3)]);
  const batch = await outbox.batch(500, 1e6);
  const left = await outbox.settle(batch.kept, receiptsFor(batch.kept.slice(0, 2)));
  assert.equal(left.length, 2);
  assert.equal((await outbox.waiting()).count, 1);
  const recent = await outbox.recent(10);
  assert.deepEqual(recent.map((one) => [one.scan.seq, !!one.receipt]), [[3, false], [2, true], [1, true]]);
});

test('what waits and how old it is', async () => {
  const { outbox, clock } = await fakeOutbox();
  assert.deepEqual(await outbox.waiting(), { count: 0, oldest: null, aside: 0 });
  const first = await outbox.add(scan(1));
  clock.t += 60000;
  await outbox.add(scan(2));
  assert.deepEqual(await outbox.waiting(), { count: 2, oldest: first.saved, aside: 0 });
});

test('a batch is of one stream, in order, and bounded', async () => {
  const { outbox } = await fakeOutbox();
  await outbox.addAll([scan(1), scan(2), scan(3)]);
  await outbox.rotate();
  await outbox.addAll([scan(4)]);
  assert.deepEqual((await outbox.batch(500, 1e6)).kept.map((one) => one.scan.barcode), ['P-1', 'P-2', 'P-3']);
  assert.equal((await outbox.batch(2, 1e6)).kept.length, 2);
  assert.equal((await outbox.batch(500, 10)).kept.length, 1);
  const all = await outbox.queue();
  assert.deepEqual(all.map((one) => one.scan.seq), [1, 2, 3, 1]);
  assert.equal(new Set(all.map((one) => one.stream)).size, 2);
});

test('a scan set aside is still waiting, and comes back with the next build', async () => {
  const { outbox } = await fakeOutbox();
  await outbox.addAll([scan(1), scan(2)]);
  const [first] = (await outbox.batch(1, 1e6)).kept;
  await outbox.setAside(first, 'bad_request', 'b1');
  const now = await outbox.waiting();
  assert.deepEqual([now.count, now.aside], [2, 1]);
  assert.deepEqual((await outbox.batch(500, 1e6)).kept.map((one) => one.scan.seq), [2]);
  assert.equal(await outbox.takeBack('b1'), 0);
  assert.equal(await outbox.takeBack('b2'), 1);
  assert.deepEqual((await outbox.batch(500, 1e6)).kept.map((one) => one.scan.seq), [1, 2]);
});

test('the archive keeps everything for 14 days, and beyond the bound drops only what is older', async () => {
  const { outbox, clock, factory } = await fakeOutbox();
  const db = await new Promise((resolve) => { factory.open('scanledger').onsuccess = (event) => resolve(event.target.result); });
  const tx = db.transaction('archive', 'readwrite');
  for (let n = 1; n <= ARCHIVE_MOST + 10; n += 1) tx.objectStore('archive').put({ n, scan: { id: 'x' + n }, answered: n <= 6 ? clock.t - (ARCHIVE_DAYS + 1) * 86400000 : clock.t });
  await new Promise((resolve) => { tx.oncomplete = resolve; });
  assert.equal(await outbox.trim(), 6, 'ten too many, but only six are old enough');
  assert.equal(await outbox.trim(), 0);
});

test('scans that the browser lost are put back from memory', async () => {
  const { outbox, factory } = await fakeOutbox();
  await outbox.set('device', { token: 't' });
  await outbox.addAll([scan(1), scan(2)]);
  const db = await new Promise((resolve) => { factory.open('scanledger').onsuccess = (event) => resolve(event.target.result); });
  const tx = db.transaction(['meta', 'outbox'], 'readwrite');
  tx.objectStore('meta').clear();
  tx.objectStore('outbox').clear();
  await new Promise((resolve) => { tx.oncomplete = resolve; });
  assert.equal(await outbox.heal(), 2);
  assert.equal(await outbox.heal(), 0);
  assert.deepEqual((await outbox.queue()).map((one) => one.scan.seq), [1, 2]);
  assert.deepEqual(await outbox.get('device'), { token: 't' });
  const next = await outbox.add(scan(3));
  assert.equal(next.scan.seq, 1, 'a wiped database starts a new stream');
  assert.equal((await outbox.streams()).find((stream) => stream.id !== next.stream).made, 2);
});

test('scans that another tab delivered are not put back', async () => {
  const { outbox, factory, clock } = await fakeOutbox();
  await outbox.addAll([scan(1), scan(2)]);
  const other = await openOutbox({ factory, now: clock.now, bytes: platformBytes });
  const batch = await other.batch(500, 1e6);
  await other.settle(batch.kept, receiptsFor(batch.kept));
  assert.equal(await outbox.heal(), 0);
  assert.equal((await outbox.waiting()).count, 0);
  assert.equal(outbox.memory.size, 0);
});

test('after a reload the numbers go on', async () => {
  const clock = fakeClock();
  const { outbox, factory } = await fakeOutbox({ clock });
  await outbox.addAll([scan(1), scan(2)]);
  outbox.close();
  const { outbox: again } = await fakeOutbox({ factory, clock });
  assert.equal((await again.add(scan(3))).scan.seq, 3);
});
