import test from 'node:test';
import assert from 'node:assert/strict';
import { IDBFactory } from 'fake-indexeddb';
import { fakeClock, fakeFiles, scan } from './fakes.mjs';
import { openOutbox } from '../../static/outbox.js';
import { makeSecond } from '../../static/second.js';
import { platformBytes, xorId, NOTHING } from '../../static/ids.js';

const receiptsFor = (list) => new Map(list.map((kept) => [kept.scan.id, { id: kept.scan.id, status: 'recorded' }]));

/** One page on a device: an IndexedDB and a folder of files; `dies` leaves both as a kill leaves them. */
async function page(factory, files, clock = fakeClock()) {
  const worker = await files.page(factory);
  const second = makeSecond(() => worker, clock.now);
  const outbox = await openOutbox({ factory, now: clock.now, bytes: platformBytes, second });
  const dies = async () => {
    await files.idle();
    worker.dies();
    outbox.close();
  };
  await files.idle();
  return { outbox, second, dies };
}

test('a browser that lost its database gets scans, numbers and its enrolment back, and numbers nothing twice', async () => {
  const files = fakeFiles();
  const first = await page(new IDBFactory(), files);
  await first.outbox.set('device', { token: 'secret', name: 'gun-1' });
  const kept = await first.outbox.addAll([scan(1), scan(2), scan(3)]);
  await first.dies();
  const { outbox } = await page(new IDBFactory(), files);
  assert.deepEqual(await outbox.get('device'), { token: 'secret', name: 'gun-1' });
  assert.deepEqual((await outbox.queue()).map((one) => one.scan), kept.map((one) => one.scan));
  assert.deepEqual(outbox.recovered, { device: true, scans: 3, seen: false });
  const [stream] = await outbox.streams();
  assert.deepEqual([stream.made, stream.xor], [3, kept.map((one) => one.scan.id).reduce(xorId, NOTHING)]);
  const next = await outbox.add(scan(4));
  assert.ok(next.stream !== stream.id && next.scan.seq === 1, 'a new stream: no number of the old one is given again');
});

test('what the copy took is on the disk, though the battery is pulled', async () => {
  const files = fakeFiles();
  const first = await page(new IDBFactory(), files);
  await first.outbox.addAll([scan(1), scan(2)]);
  await first.dies();
  files.battery();
  const { outbox } = await page(new IDBFactory(), files);
  assert.equal((await outbox.waiting()).count, 2);
});

test('negative control: without the copy they are gone', async () => {
  const first = await page(new IDBFactory(), fakeFiles());
  await first.outbox.addAll([scan(1), scan(2)]);
  await first.dies();
  const { outbox } = await page(new IDBFactory(), fakeFiles());
  assert.equal((await outbox.waiting()).count, 0);
});

test('a database that lost only its last scans gets those back, and its stream goes no further', async () => {
  const factory = new IDBFactory();
  const files = fakeFiles();
  const first = await page(factory, files);
  const [one, two] = await first.outbox.addAll([scan(1), scan(2)]);
  await first.outbox.addAll([scan(3)]);
  await first.dies();
  const db = await new Promise((resolve) => { factory.open('scanledger').onsuccess = (event) => resolve(event.target.result); });
  const tx = db.transaction(['meta', 'outbox'], 'readwrite');
  tx.objectStore('outbox').delete(3);
  tx.objectStore('meta').put({ id: one.stream, made: 2, xor: xorId(xorId(NOTHING, one.scan.id), two.scan.id) }, 'streams/' + one.stream);
  await new Promise((resolve) => { tx.oncomplete = resolve; });
  db.close();
  const { outbox } = await page(factory, files);
  assert.deepEqual((await outbox.queue()).map((kept) => kept.scan.seq), [1, 2, 3]);
  assert.equal((await outbox.streams())[0].made, 3);
  assert.notEqual((await outbox.add(scan(4))).stream, one.stream);
});

test('what was answered, set aside or is still there is not put back', async () => {
  const factory = new IDBFactory();
  const files = fakeFiles();
  const first = await page(factory, files);
  const kept = await first.outbox.addAll([scan(1), scan(2), scan(3)]);
  await first.outbox.setAside(kept[1], 'bad_request', 'b1');
  await first.outbox.settle([kept[0]], receiptsFor([kept[0]]));
  await first.dies();
  const { outbox } = await page(factory, files);
  assert.equal(outbox.recovered.scans, 0);
  const waiting = await outbox.waiting();
  assert.deepEqual([waiting.count, waiting.aside], [2, 1]);
  assert.notEqual((await outbox.add(scan(4))).scan.seq, 1, 'nothing was lost, so the stream goes on');
});

test('what another page delivered is not put back, and is in no copy any more', async () => {
  const factory = new IDBFactory();
  const files = fakeFiles();
  const one = await page(factory, files);
  const two = await page(factory, files);
  const kept = await one.outbox.addAll([scan(1), scan(2)]);
  await two.outbox.settle(kept, receiptsFor(kept));
  await one.dies();
  await two.dies();
  const { outbox, second } = await page(factory, files);
  assert.deepEqual([outbox.recovered.scans, (await outbox.waiting()).count, outbox.memory.size], [0, 0, 0]);
  await files.idle();
  assert.deepEqual((await second.missing('scanledger')).filter((said) => said.kept), []);
});

test('what waits without being in the copy is put there when the next page begins', async () => {
  const factory = new IDBFactory();
  const files = fakeFiles();
  const alone = await openOutbox({ factory, now: fakeClock().now, bytes: platformBytes });
  await alone.set('device', { token: 'secret' });
  await alone.addAll([scan(1), scan(2)]);
  alone.close();
  await (await page(factory, files)).dies();
  const { outbox } = await page(new IDBFactory(), files);
  assert.deepEqual((await outbox.queue()).map((kept) => kept.scan.barcode), ['P-1', 'P-2']);
  assert.deepEqual(await outbox.get('device'), { token: 'secret' });
});

test('two pages have a file each; the next one takes both over', async () => {
  const factory = new IDBFactory();
  const files = fakeFiles();
  const one = await page(factory, files);
  const two = await page(factory, files);
  await one.outbox.add(scan(1));
  await two.outbox.add(scan(2));
  await one.dies();
  await two.dies();
  assert.equal(files.names().length, 2);
  const { outbox } = await page(new IDBFactory(), files);
  assert.deepEqual((await outbox.queue()).map((kept) => kept.scan.barcode).sort(), ['P-1', 'P-2']);
  assert.equal(files.names().length, 1);
});

test('a line that a kill cut off costs that line only, and the next is not glued to it', async () => {
  const files = fakeFiles();
  const first = await page(new IDBFactory(), files);
  await first.outbox.add(scan(1));
  await first.outbox.add(scan(2));
  await first.dies();
  files.cut(20);
  const second = await page(new IDBFactory(), files);
  await second.outbox.add(scan(3));
  await second.dies();
  const { outbox } = await page(new IDBFactory(), files);
  const codes = (await outbox.queue()).map((kept) => kept.scan.barcode);
  assert.ok(codes.includes('P-1') && codes.includes('P-3'), codes.join());
});

test('the file does not grow for ever, and what still waits survives its being written anew', async () => {
  const files = fakeFiles();
  const first = await page(new IDBFactory(), files);
  await first.outbox.add(scan('stays'));
  for (let round = 0; round < 9; round += 1) {
    const kept = await first.outbox.addAll(Array.from({ length: 300 }, (_, i) => scan(i)));
    await first.outbox.settle(kept, receiptsFor(kept));
  }
  await first.dies();
  assert.ok(files.bytes() < 400000, String(files.bytes()));
  files.battery();
  const { outbox } = await page(new IDBFactory(), files);
  assert.deepEqual((await outbox.queue()).map((kept) => kept.scan.barcode), ['P-stays']);
});

test('a full disk under the copy is told, and it catches up when there is room again', async () => {
  const files = fakeFiles();
  const first = await page(new IDBFactory(), files);
  files.full = true;
  await first.outbox.add(scan(1));
  await files.idle();
  assert.equal(first.second.state(), 'failing');
  files.full = false;
  await first.outbox.add(scan(2));
  await files.idle();
  assert.equal(first.second.state(), 'on');
  await first.dies();
  const { outbox } = await page(new IDBFactory(), files);
  assert.deepEqual((await outbox.queue()).map((kept) => kept.scan.barcode), ['P-1', 'P-2']);
});

test('an engine without such files, or whose worker does not start, works without the copy', async () => {
  for (const start of [null, () => { throw new TypeError('refused'); }]) {
    const second = makeSecond(start, Date.now);
    const outbox = await openOutbox({ factory: new IDBFactory(), now: Date.now, bytes: platformBytes, second });
    await outbox.add(scan(1));
    assert.deepEqual([second.state(), (await outbox.waiting()).count], ['none', 1]);
  }
});

test('a copy that never answers holds up the first scan for a moment and no more', async () => {
  const second = makeSecond(() => ({ postMessage() {} }), Date.now);
  const outbox = await openOutbox({ factory: new IDBFactory(), now: Date.now, bytes: platformBytes, second });
  const started = Date.now();
  await outbox.add(scan(1));
  assert.ok(Date.now() - started < 4000);
});
