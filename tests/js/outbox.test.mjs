import test from 'node:test';
import assert from 'node:assert/strict';
import { IDBObjectStore } from 'fake-indexeddb';
import { fakeOutbox, fakeClock, scan } from './fakes.mjs';
import { openOutbox, ARCHIVE_MOST, ARCHIVE_DAYS, TOO_LONG } from '../../static/outbox.js';
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

test('who scanned today is told of all who did, though the clock was wrong in between', async () => {
  const { outbox, clock } = await fakeOutbox();
  const today = clock.t;
  await outbox.addAll([scan(1), scan(2)]);
  clock.t = 0;
  await outbox.add(Object.assign(scan(3), { operator: 'OP-18' }));
  clock.t = today + 60000;
  await outbox.add(scan(4));
  assert.deepEqual(await outbox.authors(today), [{ operator: 'OP-17', scans: 3 }]);
});

test('the archive keeps everything for 14 days, and beyond the bound drops only what is older', async () => {
  const { outbox, clock, factory } = await fakeOutbox();
  const db = await new Promise((resolve) => { factory.open('scanledger').onsuccess = (event) => resolve(event.target.result); });
  const tx = db.transaction('archive', 'readwrite');
  for (let n = 1; n <= ARCHIVE_MOST + 10; n += 1) tx.objectStore('archive').put({ n, scan: { id: 'x' + n }, answered: n <= 6 ? clock.t - (ARCHIVE_DAYS + 1) * 86400000 : clock.t });
  await new Promise((resolve) => { tx.oncomplete = resolve; });
  assert.equal(await outbox.trim(), 6, 'ten too many, but only six are old enough');
  assert.equal(await outbox.trim(), 0);
  const later = db.transaction('archive', 'readwrite');
  for (let n = 7; n <= 26; n += 1) later.objectStore('archive').put({ n, scan: { id: 'x' + n }, answered: clock.t - (ARCHIVE_DAYS + 1) * 86400000 });
  await new Promise((resolve) => { later.oncomplete = resolve; });
  assert.equal(await outbox.trim(), 4, 'twenty are old enough now, but only four are too many');
  const left = await new Promise((resolve) => { db.transaction('archive').objectStore('archive').getAllKeys(null, 1).onsuccess = (event) => resolve(event.target.result); });
  assert.deepEqual(left, [11], 'the oldest went');
});

test('scans that the browser lost are put back from memory', async () => {
  const { outbox, factory } = await fakeOutbox();
  await outbox.set('device', { token: 't' });
  await outbox.addAll([scan(1), scan(2)]);
  await new Promise((resolve) => { factory.deleteDatabase('scanledger').onsuccess = resolve; });
  await outbox.heal();
  assert.deepEqual(outbox.recovered, { device: true, scans: 2, seen: false });
  await outbox.heal();
  assert.equal(outbox.recovered.scans, 2);
  assert.deepEqual((await outbox.queue()).map((one) => one.scan.seq), [1, 2]);
  assert.deepEqual(await outbox.get('device'), { token: 't' });
  const next = await outbox.add(scan(3));
  assert.equal(next.scan.seq, 1, 'a wiped database starts a new stream');
  assert.equal((await outbox.streams()).find((stream) => stream.id !== next.stream).made, 2);
});

test('where nothing was lost, healing asks the database nothing', async () => {
  const { outbox, factory } = await fakeOutbox();
  await outbox.addAll([scan(1), scan(2)]);
  const proto = Object.getPrototypeOf(await new Promise((resolve) => { factory.open('scanledger').onsuccess = (event) => resolve(event.target.result); }));
  const before = proto.transaction;
  proto.transaction = () => assert.fail('a transaction');
  try {
    await outbox.heal();
  } finally {
    proto.transaction = before;
  }
});

test('after a reload the numbers go on', async () => {
  const clock = fakeClock();
  const { outbox, factory } = await fakeOutbox({ clock });
  await outbox.addAll([scan(1), scan(2)]);
  outbox.close();
  const { outbox: again } = await fakeOutbox({ factory, clock });
  assert.equal((await again.add(scan(3))).scan.seq, 3);
});

/** Keep a transaction from its end until somebody lets it go. */
function hold(tx) {
  let held = true;
  const again = () => { if (held) tx.objectStore('outbox').count().onsuccess = again; };
  again();
  return () => { held = false; };
}

/** Do something while what is too long lasts a tenth of a second. */
async function impatient(work) {
  const later = globalThis.setTimeout;
  globalThis.setTimeout = (run, ms, ...more) => later(run, ms === TOO_LONG ? 100 : ms, ...more);
  try {
    return await work();
  } finally {
    globalThis.setTimeout = later;
  }
}

test('a put that never begins fails, and is not stored when the database is free again', async () => {
  const { outbox, factory } = await fakeOutbox();
  const db = await new Promise((resolve) => { factory.open('scanledger').onsuccess = (event) => resolve(event.target.result); });
  const release = hold(db.transaction(['meta', 'outbox', 'aside', 'archive'], 'readwrite'));
  await impatient(() => assert.rejects(outbox.add(scan(1)), { name: 'TimeoutError' }));
  await impatient(() => assert.rejects(outbox.set('flow', {}), { name: 'TimeoutError' }));
  release();
  assert.equal((await outbox.add(scan(2))).scan.seq, 1);
  assert.deepEqual((await outbox.queue()).map((one) => one.scan.barcode), ['P-2']);
});

test('a put that ends after it was said to have failed is voided, so that scanning it again counts once', async () => {
  const { outbox } = await fakeOutbox();
  const put = IDBObjectStore.prototype.put;
  let release = null;
  IDBObjectStore.prototype.put = function held(...given) {
    if (this.name === 'outbox' && release === null) release = hold(this.transaction);
    return put.apply(this, given);
  };
  try {
    await impatient(() => assert.rejects(outbox.addAll([scan(1), { task: 'finish', location: 'A-01', operator: 'OP-17', via: 'keyed' }]), { name: 'TimeoutError' }));
    const again = outbox.add(scan(1));
    release();
    await again;
    while ((await outbox.waiting()).count < 4) await new Promise((resolve) => setTimeout(resolve, 5));
  } finally {
    IDBObjectStore.prototype.put = put;
  }
  const said = (await outbox.queue()).map((one) => one.scan);
  assert.deepEqual(said.map((one) => one.seq), [1, 2, 3, 4], 'no number is missing');
  const [late, finish, ...rest] = said;
  assert.deepEqual([late.barcode, finish.task], ['P-1', 'finish']);
  assert.deepEqual(rest.map((one) => one.task).sort(), ['count', 'void']);
  const undone = rest.find((one) => one.task === 'void');
  assert.deepEqual([undone.voids, undone.operator, undone.via, undone.scanned_at], [late.id, late.operator, late.via, late.scanned_at]);
});
