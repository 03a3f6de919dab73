import test from 'node:test';
import assert from 'node:assert/strict';
import { fakeDevice, fakeServer, fakeClock, fakeOutbox, scan } from './fakes.mjs';
import { AFTER_SCAN, EVERY, HOURS, MOST, backoff } from '../../static/sync.js';
import { ARCHIVE_DAYS, ARCHIVE_MOST, TOO_LONG } from '../../static/outbox.js';
import { NOTHING, shiftCode, xorId } from '../../static/ids.js';
import { TIMEOUT, makeApi, retryAfter } from '../../static/api.js';

const some = (n) => Array.from({ length: n }, (_, i) => scan(i + 1));
const html = () => new Response('<html>Sign in to the hotel</html>', { status: 200, headers: { 'Content-Type': 'text/html' } });
/** What fetch gives for a redirect that it isn't to follow. */
const elsewhere = () => Object.defineProperties(new Response(null), { type: { value: 'opaqueredirect' }, status: { value: 0 } });
const problem = (status, headers) => () => fakeServer().json(status, { code: 'x' }, headers);
const posts = (server) => server.calls.filter((call) => call.method === 'POST');

test('times and sizes are those that the guarantees name', () => {
  assert.deepEqual([AFTER_SCAN, EVERY, TIMEOUT, TOO_LONG, MOST, ARCHIVE_DAYS, ARCHIVE_MOST], [1500, 30000, 30000, 5000, 500, 14, 50000]);
});

test('everything arrives once and the proof agrees', async () => {
  const { outbox, server, sync } = await fakeDevice();
  await outbox.addAll(some(1203));
  await sync.run();
  assert.equal(server.scans.size, 1203);
  assert.deepEqual(posts(server).map((call) => call.body.scans.length), [50, 200, 500, 453], 'few first, since each may be sent to nobody');
  assert.equal((await outbox.waiting()).count, 0);
  const proof = await sync.proof();
  assert.deepEqual([proof.proven, proof.made, proof.held], [true, 1203, 1203]);
});

test('an envelope carries the stream, what was made, the xor, the time and the version of the app', async () => {
  const { outbox, server, sync } = await fakeDevice();
  const [kept] = await outbox.addAll(some(1));
  await sync.run();
  const { body, headers } = posts(server)[0];
  assert.deepEqual([body.stream, body.made, body.xor, body.sent_at, body.app], [kept.stream, 1, kept.scan.id.replace(/-/g, ''), '2026-11-22T06:00:00.000Z', 'b1']);
  assert.equal(headers.Authorization, 'Bearer token');
});

const changesNothing = {
  'a captive portal that answers 200 with a page': html,
  'a 200 that is JSON but not ours': () => fakeServer().json(200, { ok: true }),
  'a 200 with another batch': (call) => fakeServer().json(200, { batch: 'other', receipts: call.body.scans.map((one) => ({ id: one.id, status: 'recorded' })) }),
  'an empty 200': () => new Response('', { status: 200, headers: { 'Content-Type': 'application/json' } }),
  'a 200 cut in the middle': () => new Response('{"batch": "', { status: 200, headers: { 'Content-Type': 'application/json' } }),
  'our batch without receipts': (call) => fakeServer().json(200, { batch: call.body.batch, receipts: [] }),
  'our batch with receipts for other ids': (call) => fakeServer().json(200, { batch: call.body.batch, receipts: [{ id: '0190b6d8-0000-7000-8000-000000000000', status: 'recorded' }] }),
  'all that an answer of ours has, but a 500': (call) => fakeServer().json(500, { batch: call.body.batch, receipts: call.body.scans.map((one) => ({ id: one.id, status: 'recorded' })) }),
  'a 204': () => new Response(null, { status: 204 }),
  'a 302 to a page': elsewhere,
  'a 404': problem(404),
  'a 422': problem(422),
  'a 500': problem(500),
  'a 502 page of a proxy': () => new Response('<html>', { status: 502, headers: { 'Content-Type': 'text/html' } }),
  'a 400 page of a proxy': () => new Response('<html>', { status: 400, headers: { 'Content-Type': 'text/html' } }),
  'a 401 page of a portal': () => new Response('<html>', { status: 401, headers: { 'Content-Type': 'text/html' } }),
  'a network that is gone': () => { throw new TypeError('network'); },
};
for (const [name, fault] of Object.entries(changesNothing)) {
  test(`${name} changes nothing, and it is tried again`, async () => {
    const { outbox, server, sync, clock } = await fakeDevice();
    await outbox.addAll(some(3));
    server.faults.push(fault);
    await sync.run();
    assert.equal((await outbox.waiting()).count, 3);
    assert.equal((await outbox.waiting()).aside, 0);
    assert.equal(sync.state.phase, 'waiting');
    assert.ok(sync.state.why);
    const next = clock.alarms[clock.alarms.length - 1];
    clock.t = next.at;
    next.run();
    await sync.run();
    await settled(sync);
    assert.equal(server.scans.size, 3);
    assert.equal((await outbox.waiting()).count, 0);
  });
}

test('an answer that leads elsewhere is not taken for no network: a sign-in page may stand in between', async () => {
  const { outbox, server, sync } = await fakeDevice();
  await outbox.addAll(some(1));
  server.faults.push(elsewhere);
  await sync.run();
  assert.equal(sync.state.why, 'not_our_server');
});

async function settled(sync) {
  for (let i = 0; i < 200 && sync.state.phase === 'sending'; i += 1) await new Promise((resolve) => setTimeout(resolve, 5));
}

test('a lost answer is sent again and counts once', async () => {
  const { outbox, server, sync } = await fakeDevice();
  await outbox.addAll(some(5));
  const real = server.fetch;
  let lose = true;
  server.fetch = async (url, init) => {
    const answer = await real(url, init);
    if (!lose) return answer;
    lose = false;
    throw new TypeError('connection reset');
  };
  await sync.run();
  assert.deepEqual([server.scans.size, (await outbox.waiting()).count], [5, 5]);
  await sync.run();
  assert.deepEqual([server.scans.size, (await outbox.waiting()).count], [5, 0]);
});

test('receipts for some remove those, the rest is sent again', async () => {
  const { outbox, server, sync } = await fakeDevice();
  await outbox.addAll(some(4));
  server.faults.push((call) => fakeServer().json(200, { batch: call.body.batch, receipts: call.body.scans.slice(0, 3).map((one) => ({ id: one.id.toUpperCase(), status: 'recorded' })) }));
  await sync.run();
  assert.deepEqual(posts(server).map((call) => call.body.scans.length), [4, 1]);
  assert.equal((await outbox.waiting()).count, 0);
});

for (const status of [401, 403]) {
  test(`${status} pauses; scanning goes on; a person's retry sends`, async () => {
    const { outbox, server, sync } = await fakeDevice();
    await outbox.addAll(some(2));
    server.faults.push(problem(status));
    await sync.run();
    assert.equal(sync.state.phase, 'paused');
    await outbox.addAll(some(1));
    await sync.kick('tick');
    assert.equal(posts(server).length, 1);
    await sync.kick('user');
    assert.deepEqual([server.scans.size, sync.state.phase], [3, 'idle']);
  });
}

test('a server that does not answer is asked with few, however many went before', async () => {
  const { outbox, server, sync } = await fakeDevice();
  await outbox.addAll(some(500));
  await sync.run();
  await outbox.addAll(some(500));
  server.faults.push(problem(500));
  await sync.run();
  sync.kick('online');
  await sync.run();
  assert.deepEqual(posts(server).map((call) => call.body.scans.length), [50, 200, 250, 500, 50, 200, 250]);
});

test('413 halves until it fits', async () => {
  const { outbox, server, sync } = await fakeDevice();
  server.limit = 100;
  await outbox.addAll(some(500));
  await sync.run();
  assert.equal(server.scans.size, 500);
  assert.deepEqual(posts(server).slice(0, 4).map((call) => call.body.scans.length), [50, 200, 100, 350]);
  assert.equal((await outbox.waiting()).count, 0);
});

test('one bad in 500 is found by halving and set aside visibly; the others arrive', async () => {
  const { outbox, server, sync } = await fakeDevice();
  server.bad.add(137);
  await outbox.addAll(some(500));
  await sync.run();
  assert.equal(server.scans.size, 499);
  const waiting = await outbox.waiting();
  assert.deepEqual([waiting.count, waiting.aside], [1, 1]);
  const [kept] = await outbox.queue();
  assert.deepEqual([kept.scan.seq, kept.aside.why], [137, 'bad_request']);
  assert.ok(posts(server).length < 60, String(posts(server).length));
});

test('what was set aside is tried again after an update', async () => {
  const clock = fakeClock();
  const { outbox, server, sync, factory } = await fakeDevice({ clock });
  server.bad.add(2);
  await outbox.addAll(some(3));
  await sync.run();
  assert.equal(server.scans.size, 2);
  server.bad.clear();
  await sync.run();
  assert.equal(server.scans.size, 2, 'not by the same build');
  const updated = await fakeDevice({ clock, factory, server, build: 'b2' });
  await updated.sync.run();
  assert.equal(server.scans.size, 3);
});

test('what was set aside is tried again when a person asks, and then once', async () => {
  const { outbox, server, sync } = await fakeDevice();
  server.bad.add(2);
  await outbox.addAll(some(3));
  await sync.run();
  await sync.kick('user');
  const before = posts(server).length;
  await sync.run();
  assert.equal(posts(server).length, before, 'it is not asked for at every run from then on');
  server.bad.clear();
  await sync.kick('user');
  assert.deepEqual([server.scans.size, (await outbox.waiting()).count], [3, 0]);
});

test('a server that calls everything bad does not empty the queue into the side', async () => {
  const { outbox, server, sync } = await fakeDevice();
  for (let i = 1; i <= 50; i += 1) server.bad.add(i);
  await outbox.addAll(some(50));
  await sync.run();
  assert.ok((await outbox.waiting()).aside <= 5);
  assert.equal(sync.state.phase, 'waiting');
});

test('429 and 503 wait as long as they say', async () => {
  for (const [status, header, ms] of [[429, '7', 7000], [503, 'Sun, 22 Nov 2026 06:00:30 GMT', 30000]]) {
    const { outbox, server, sync, clock } = await fakeDevice();
    await outbox.addAll(some(1));
    server.faults.push(problem(status, { 'Retry-After': header }));
    await sync.run();
    assert.equal(sync.state.next, clock.t + ms);
    await sync.kick('tick');
    assert.equal(posts(server).length, 1);
  }
});

test('scans are sent 1.5 s after the first of them, and a server that fails is asked when it was said and not before', async () => {
  const { outbox, server, sync, clock } = await fakeDevice();
  const begun = clock.t;
  const rings = () => clock.alarms.map((alarm) => alarm.at - begun);
  for (let i = 0; i < 3; i += 1) {
    await outbox.add(scan(i));
    sync.kick('scan');
    clock.t += 100;
  }
  assert.deepEqual([rings(), posts(server).length], [[AFTER_SCAN], 0]);
  server.faults.push(problem(500));
  clock.t = begun + AFTER_SCAN;
  clock.alarms[0].run();
  await sync.run();
  assert.deepEqual([rings(), sync.state.next - begun], [[AFTER_SCAN, AFTER_SCAN + backoff(1, 0.5)], AFTER_SCAN + backoff(1, 0.5)]);
  clock.t = sync.state.next;
  clock.alarms[1].run();
  await sync.run();
  assert.deepEqual([server.scans.size, posts(server).length, clock.alarms.length], [3, 2, 2]);
});

test('a request that never answers is given up after 30 s', async () => {
  const started = Date.now();
  const api = makeApi({ fetch: () => new Promise(() => {}), token: () => 't' });
  const answer = await api('POST', '/x', { body: {}, timeout: 60 });
  assert.deepEqual([answer.status, answer.why], [0, 'timeout']);
  assert.ok(Date.now() - started < 2000);
});

test('a body that never ends is given up too', async () => {
  const body = new ReadableStream({ start(controller) { controller.enqueue(new TextEncoder().encode('{')); } });
  const api = makeApi({ fetch: async () => new Response(body, { headers: { 'Content-Type': 'application/json' } }), token: () => 't' });
  assert.equal((await api('GET', '/x', { timeout: 60 })).why, 'timeout');
});

test('waits grow with full jitter from 1 s to 60 s and never end', async () => {
  assert.equal(backoff(1, 0), 1000);
  assert.equal(backoff(1, 1), 2000);
  assert.equal(backoff(3, 1), 8000);
  assert.equal(backoff(500, 1), 60000);
  assert.ok(backoff(500, 0.5) < 60000);
  const { outbox, server, sync, clock } = await fakeDevice();
  await outbox.addAll(some(1));
  for (let tries = 1; tries <= 100; tries += 1) server.faults.push(problem(500));
  await sync.run();
  for (let tries = 1; tries <= 100; tries += 1) {
    const { at, run } = clock.alarms.pop();
    assert.equal(at - clock.t, backoff(tries, 0.5));
    clock.t = at;
    run();
    await sync.run();
  }
  assert.deepEqual([posts(server).length, server.scans.size], [101, 1]);
});

test('Retry-After: seconds, dates, nonsense', () => {
  assert.deepEqual([retryAfter('3', 0), retryAfter('Thu, 01 Jan 1970 00:00:05 GMT', 1000), retryAfter('soon', 0), retryAfter(null, 0)], [3000, 4000, null, null]);
});

test('a scan while a batch is under way is sent by the same run', async () => {
  const { outbox, server, sync } = await fakeDevice();
  await outbox.addAll(some(1));
  server.faults.push(async () => { await outbox.add(scan(2)); return null; });
  await sync.run();
  assert.equal(server.scans.size, 2);
});

test('rotate_stream starts a new stream; what was said keeps its number', async () => {
  const { outbox, server, sync } = await fakeDevice();
  await outbox.addAll(some(2));
  server.orders = { rotate_stream: true };
  await sync.run();
  server.orders = {};
  const kept = await outbox.add(scan(3));
  assert.equal(kept.scan.seq, 1);
  await sync.run();
  assert.equal(new Set(Array.from(server.scans.values()).map((row) => row.stream)).size, 2);
  assert.equal((await sync.proof()).proven, true);
});

test('do.resend by number, range and id sends those again, once', async () => {
  const { outbox, server, sync } = await fakeDevice();
  const kept = await outbox.addAll(some(6));
  await sync.run();
  server.scans.clear();
  server.orders = { resend: [1, [3, 4], kept[5].scan.id] };
  await outbox.add(scan(7));
  await sync.run();
  assert.deepEqual(Array.from(server.scans.values()).map((row) => row.scan.seq).sort(), [1, 3, 4, 6, 7]);
});

test('do.revoked is told, and sending goes on', async () => {
  const { outbox, server, sync } = await fakeDevice();
  await outbox.addAll(some(1));
  server.orders = { revoked: true };
  await sync.run();
  assert.equal(sync.state.revoked, true);
  assert.equal(server.scans.size, 1);
});

test('a restored server (new epoch) is sent the archive again', async () => {
  const { outbox, server, sync } = await fakeDevice();
  await outbox.addAll(some(20));
  await sync.run();
  Array.from(server.scans.keys()).slice(8).forEach((id) => server.scans.delete(id));
  server.epoch = 'e2';
  server.journal = 8;
  await outbox.add(scan(21));
  await sync.run();
  assert.equal(server.scans.size, 21);
  assert.equal((await sync.proof()).proven, true);
  assert.deepEqual((await outbox.get('server')).epoch, 'e2');
});

test('a restored server is sent what an earlier enrolment of this phone had sent too, whose proof it shows to nobody else', async () => {
  const { outbox, server, sync } = await fakeDevice();
  const [first] = await outbox.addAll(some(5));
  await sync.run();
  await outbox.rotate();
  Array.from(server.scans.keys()).slice(2).forEach((id) => server.scans.delete(id));
  server.epoch = 'e2';
  const real = server.fetch;
  server.fetch = (url, init) => (url.includes(first.stream) ? server.json(403, { code: 'forbidden' }) : real(url, init));
  await outbox.add(scan(6));
  await sync.run();
  assert.deepEqual([server.scans.size, (await outbox.waiting()).count, (await outbox.get('server')).epoch], [6, 0, 'e2']);
});

test('a server that came back older under the same epoch (lower journal) is noticed too, with nothing waiting', async () => {
  const { outbox, server, sync } = await fakeDevice();
  await outbox.addAll(some(10));
  await sync.run();
  Array.from(server.scans.keys()).slice(4).forEach((id) => server.scans.delete(id));
  server.journal = 4;
  await sync.hello();
  await settled(sync);
  for (let i = 0; i < 100 && server.scans.size < 10; i += 1) await new Promise((resolve) => setTimeout(resolve, 5));
  assert.equal(server.scans.size, 10);
});

test('a new epoch that lost nothing of ours is sent nothing again', async () => {
  const { outbox, server, sync } = await fakeDevice();
  await outbox.addAll(some(10));
  await sync.run();
  server.epoch = 'e2';
  await outbox.add(scan(11));
  await sync.run();
  assert.deepEqual(posts(server).map((call) => call.body.scans.length), [10, 1]);
});

test('a restored server that holds as many as before, but not the same, is sent ours again', async () => {
  const { outbox, server, sync } = await fakeDevice();
  const [first] = await outbox.addAll(some(10));
  await sync.run();
  const other = '0190b6d8-0000-7000-8000-000000000000';
  server.scans.delete(first.scan.id);
  server.scans.set(other, { stream: first.stream, scan: { id: other } });
  server.epoch = 'e2';
  await outbox.add(scan(11));
  await sync.run();
  assert.ok(server.scans.has(first.scan.id));
});

test('the new epoch is not believed until the proofs were compared', async () => {
  const { outbox, server, sync } = await fakeDevice();
  await outbox.addAll(some(3));
  await sync.run();
  server.scans.clear();
  server.epoch = 'e2';
  const real = server.fetch;
  server.fetch = (url, init) => (url.includes('/proof') ? Promise.reject(new TypeError('gone')) : real(url, init));
  await outbox.add(scan(4));
  await sync.run();
  assert.equal((await outbox.get('server')).epoch, 'e1');
  server.fetch = real;
  await sync.hello();
  for (let i = 0; i < 100 && server.scans.size < 4; i += 1) await new Promise((resolve) => setTimeout(resolve, 5));
  assert.equal(server.scans.size, 4);
});

test('the newest checkpoint of each hour is kept: one of a server whose past was changed replaces none of before', async () => {
  const { outbox, server, sync, clock } = await fakeDevice();
  const seals = async () => (await outbox.get('server')).seals;
  for (const [hours, checkpoint] of [[0, 'sl1:first'], [0, 'sl1:newer'], [1, 'sl1:next hour']]) {
    clock.t += hours * 3600000;
    server.checkpoint = checkpoint;
    await outbox.addAll(some(1));
    await sync.run();
  }
  assert.deepEqual(await seals(), { '2026-11-22T06': 'sl1:newer', '2026-11-22T07': 'sl1:next hour' });
  server.checkpoint = 'sl1:told when nothing waits';
  await sync.hello();
  server.checkpoint = null;
  await sync.hello();
  assert.deepEqual(Object.values(await seals()), ['sl1:newer', 'sl1:told when nothing waits'], 'a server that knows none takes none away');
  for (let hour = 0; hour < HOURS; hour += 1) {
    clock.t += 3600000;
    server.checkpoint = 'sl1:' + hour;
    await sync.hello();
  }
  assert.deepEqual(Object.values(await seals()), Array.from({ length: HOURS }, (_, hour) => 'sl1:' + hour), 'a bounded number');
});

test('one sender at a time where there are locks', async () => {
  let held = false;
  const locks = { request: async (name, options, work) => { assert.deepEqual(options, { ifAvailable: true }); if (held) return work(null); held = true; try { return await work({}); } finally { held = false; } } };
  const server = fakeServer();
  const clock = fakeClock();
  const one = await fakeDevice({ server, clock, locks });
  const two = await fakeDevice({ server, clock, locks, factory: one.factory });
  await one.outbox.addAll(some(50));
  await Promise.all([one.sync.run(), two.sync.run()]);
  assert.equal(posts(server).length, 1);
  assert.equal(server.scans.size, 50);
});

test('one sender at a time by a lease where there are none; a dead holder loses it, and one whose clock was ahead', async () => {
  const server = fakeServer();
  const clock = fakeClock();
  const one = await fakeDevice({ server, clock });
  await one.outbox.addAll(some(3));
  await one.outbox.set('lease', { holder: 'another tab', until: clock.t + 60000 });
  await one.sync.run();
  assert.equal(server.scans.size, 0);
  clock.t += 60001;
  await one.sync.run();
  assert.equal(server.scans.size, 3);
  await one.outbox.add(scan(4));
  await one.outbox.set('lease', { holder: 'a tab of next year', until: clock.t + 31536000000 });
  await one.sync.run();
  assert.equal(server.scans.size, 4);
});

test('two senders without any lock still count each scan once', async () => {
  const server = fakeServer();
  const clock = fakeClock();
  const free = { request: (name, options, work) => work({}) };
  const one = await fakeDevice({ server, clock, locks: free });
  const two = await fakeDevice({ server, clock, locks: free, factory: one.factory });
  await one.outbox.addAll(some(900));
  await Promise.all([one.sync.run(), two.sync.run()]);
  assert.equal(server.scans.size, 900);
  assert.equal((await one.outbox.waiting()).count, 0);
  assert.equal((await one.sync.proof()).proven, true);
});

test('nothing is sent without a token, and nothing is lost', async () => {
  const { outbox, server, sync } = await fakeDevice({ token: () => null });
  await outbox.addAll(some(2));
  await sync.run();
  assert.deepEqual([server.calls.length, sync.state.why, (await outbox.waiting()).count], [0, 'not_enrolled', 2]);
});

test('a large body goes gzipped', async () => {
  const { outbox, server, sync } = await fakeDevice();
  await outbox.addAll(some(50));
  await sync.run();
  assert.equal(posts(server)[0].headers['Content-Encoding'], 'gzip');
});

test('negative control: a queue that removes before the answer loses on a 500', async () => {
  const { outbox } = await fakeOutbox();
  const server = fakeServer();
  await outbox.addAll(some(5));
  server.faults.push(problem(500));
  const batch = await outbox.batch(500, 1e6);
  await outbox.settle(batch.kept, new Map(batch.kept.map((kept) => [kept.scan.id, {}])));
  await server.fetch('/api/v1/scans', { method: 'POST', headers: {}, body: JSON.stringify({ batch: 'b', stream: batch.stream.id, scans: batch.kept.map((kept) => kept.scan) }) });
  assert.equal(server.scans.size + (await outbox.waiting()).count, 0, 'the naive order lost all five, as it must');
});

test('an agreeing stream has a code that the server gets from its own numbers', async () => {
  const { outbox, server, sync } = await fakeDevice();
  await outbox.addAll(some(3));
  await sync.run();
  const [stream] = await outbox.streams();
  const total = await sync.proof();
  assert.deepEqual(total.codes, [{ code: shiftCode(stream.id, 3, Array.from(server.scans.keys()).reduce(xorId, NOTHING), server.epoch), made: 3 }]);
  await outbox.add(scan(4));
  assert.deepEqual((await sync.proof()).codes, [], 'no code while a scan waits');
});

for (const [name, told] of [['as many, but others', { xor: 'f'.repeat(32) }], ['one fingerprint, but more', { held: 5 }]]) {
  test(`a proof needs both numbers and fingerprints: ${name} is none`, async () => {
    const { outbox, server, sync } = await fakeDevice();
    await outbox.addAll(some(3));
    await sync.run();
    const real = server.fetch;
    server.fetch = async (url, init) => server.json(200, Object.assign(await (await real(url, init)).json(), told));
    const total = await sync.proof();
    assert.deepEqual([total.proven, total.codes], [false, []]);
  });
}

test('all streams of a device are proven, each with its code', async () => {
  const { outbox, sync } = await fakeDevice();
  await outbox.addAll(some(3));
  await outbox.rotate();
  await outbox.addAll(some(2));
  await sync.run();
  const total = await sync.proof();
  assert.deepEqual([total.proven, total.made, total.held, total.codes.map((one) => one.made).sort()], [true, 5, 5, [2, 3]]);
});

test('a stream of an earlier enrolment is that device\'s, unless some of it waits', async () => {
  const { outbox, server, sync } = await fakeDevice();
  const [first] = await outbox.addAll(some(2));
  await sync.run();
  await outbox.rotate();
  await outbox.add(scan(3));
  await sync.run();
  const real = server.fetch;
  server.fetch = (url, init) => (url.includes(first.stream) ? server.json(403, { code: 'forbidden' }) : real(url, init));
  const total = await sync.proof();
  assert.deepEqual([total.proven, total.made], [true, 1]);
});

test('a stream that a copied profile used too is told apart: its scans are not in the count, and nothing is claimed of them by number', async () => {
  const { outbox, server, sync } = await fakeDevice();
  const [first] = await outbox.addAll(some(2));
  await sync.run();
  const real = server.fetch;
  server.fetch = async (url, init) => {
    const answer = await real(url, init);
    if (!url.includes('/proof')) return answer;
    return server.json(200, Object.assign(await answer.json(), url.includes(first.stream) ? { held: 5, xor: 'f'.repeat(32), forked: true } : {}));
  };
  await outbox.rotate();
  await outbox.add(scan(3));
  await sync.run();
  const total = await sync.proof();
  assert.deepEqual([total.proven, total.made, total.shared, total.codes.length], [true, 1, 2, 1]);
});

for (const [name, jump] of [['back by a day', -86400000], ['on by a year', 31536000000], ['to 1970', -Date.UTC(2026, 10, 22, 6)]]) {
  test(`a clock that is set ${name} holds up nothing and loses nothing`, async () => {
    const clock = fakeClock();
    let steady = 0;
    const { outbox, server, sync } = await fakeDevice({ clock, steady: () => steady });
    await outbox.addAll(some(2));
    server.faults.push(problem(503, { 'Retry-After': '7' }));
    await sync.run();
    clock.t += jump;
    await outbox.add(scan(3));
    steady += 7001;
    await sync.kick('tick');
    assert.equal(server.scans.size, 3);
    assert.deepEqual(Array.from(server.scans.values()).map((row) => row.scan.seq), [1, 2, 3], 'order is by number, not by clock');
    assert.equal((await sync.proof()).proven, true);
  });
}
