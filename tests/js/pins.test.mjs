/** PINs on a device: at the server, and without it by what the device was given. */
import test from 'node:test';
import assert from 'node:assert/strict';
import { webcrypto } from 'node:crypto';
import { fakeClock, fakeOutbox } from './fakes.mjs';
import { makePins, TRIES } from '../../static/late/pins.js';
import { makeShift } from '../../static/shift.js';

const HOUR = 3600000;
const GIVEN = { badge: 'OP-17', name: 'Mira', salt: 'ab12', seconds: 72 * 3600 };
/** Ten bits can tell these two apart. */
const PIN = '204173';
const OTHER = '860351';

async function gun({ subtle = webcrypto.subtle, idle = null, pin = 'required' } = {}) {
  const clock = fakeClock();
  const { outbox } = await fakeOutbox({ clock });
  const asked = [];
  const server = { answer: { status: 201, data: GIVEN } };
  const api = async (method, path, request) => {
    asked.push([method, path, request.body]);
    return server.answer;
  };
  const nothing = () => undefined;
  const shift = makeShift({
    outbox, catalogue: { read: (text) => ({ text, kind: /^A-/.test(text) ? 'location' : /^9/.test(text) ? 'product' : 'unknown', code: text }) }, now: clock.now,
    signal: { accepted: nothing, question: nothing, unsaved: nothing, touched: nothing }, onChange: nothing, onSaved: nothing, onLook: nothing, onChoose: nothing, onPlace: nothing,
    sheetOf: nothing, pinned: () => pin === 'required',
  });
  await shift.load();
  await shift.enrol({ token: 't', name: 'GUN-1', tasks: null, site: 'MAIN' });
  const policy = { pin, idle_minutes: idle };
  const pins = makePins({ outbox, api, subtle, now: clock.now, steady: clock.now, shift, policy: () => policy });
  const down = () => { server.answer = { status: 0, data: null, why: 'network' }; };
  const says = (status, code) => { server.answer = { status, data: { code } }; };
  return { clock, outbox, asked, server, shift, pins, down, says };
}

test('a badge names, a PIN proves, and then the operator works', async () => {
  const { shift, pins, asked } = await gun();
  await shift.scanned('OP-17', 'wedge');
  assert.deepEqual([shift.state.asked, shift.state.operator], ['OP-17', null]);
  assert.equal(await pins.prove('OP-17', PIN), '');
  assert.deepEqual([shift.state.asked, shift.state.operator.badge, shift.state.operator.name], [null, 'OP-17', 'Mira']);
  assert.deepEqual(asked, [['POST', '/api/v1/grants', { badge: 'OP-17', pin: PIN }]]);
});

test('where the site wants no PINs a badge is enough', async () => {
  const { shift } = await gun({ pin: 'off' });
  await shift.scanned('OP-17', 'wedge');
  assert.equal(shift.state.operator.badge, 'OP-17');
});

test('no scan counts while a PIN is due, and another badge is asked for its own', async () => {
  const { shift, outbox } = await gun();
  for (const text of ['OP-17', 'A-01', '9521', 'OP-18']) await shift.scanned(text, 'wedge');
  assert.equal(shift.state.asked, 'OP-18');
  assert.deepEqual(await outbox.queue(), []);
});

test('without the server the PIN that was proven here opens, another one does not', async () => {
  const { shift, pins, down } = await gun();
  await pins.prove('OP-17', PIN);
  await shift.signOff();
  down();
  assert.equal(await pins.prove('OP-17', OTHER), 'wrong_pin');
  assert.equal(shift.state.operator, null);
  assert.equal(await pins.prove('OP-17', PIN), '');
  assert.equal(shift.state.operator.name, 'Mira');
  assert.equal(await pins.prove('OP-18', PIN), 'no_grant');
});

test('a grant ends, and a clock that was put back does not make it longer', async () => {
  const { clock, pins, down } = await gun();
  await pins.prove('OP-17', PIN);
  down();
  clock.t += 71 * HOUR;
  assert.equal(await pins.prove('OP-17', PIN), '');
  clock.t += 2 * HOUR;
  assert.equal(await pins.prove('OP-17', PIN), 'grant_old');
  clock.t -= 80 * HOUR;
  assert.equal(await pins.prove('OP-17', PIN), 'grant_old');
});

test('five wrong ones without the server, then only the server opens', async () => {
  const { pins, down, server } = await gun();
  await pins.prove('OP-17', PIN);
  down();
  for (let i = 1; i < TRIES; i += 1) assert.equal(await pins.prove('OP-17', OTHER), 'wrong_pin');
  assert.equal(await pins.prove('OP-17', OTHER), 'offline_locked');
  assert.equal(await pins.prove('OP-17', PIN), 'offline_locked');
  server.answer = { status: 201, data: GIVEN };
  assert.equal(await pins.prove('OP-17', PIN), '');
  down();
  assert.equal(await pins.prove('OP-17', PIN), '');
});

test('what the server says counts, and takes the grant of whom it knows no more', async () => {
  const { pins, down, says } = await gun();
  await pins.prove('OP-17', PIN);
  says(403, 'wrong_pin');
  assert.equal(await pins.prove('OP-17', OTHER), 'wrong_pin');
  down();
  assert.equal(await pins.prove('OP-17', PIN), '', 'a wrong try takes nothing from who is right');
  says(404, 'not_found');
  assert.equal(await pins.prove('OP-17', PIN), 'not_found');
  down();
  assert.equal(await pins.prove('OP-17', PIN), 'no_grant');
});

test('without https there is no signing in without the server, and it says why', async () => {
  const { pins, down } = await gun({ subtle: null });
  assert.equal(await pins.prove('OP-17', PIN), '');
  down();
  assert.equal(await pins.prove('OP-17', PIN), 'no_crypto');
});

test('the device keeps ten bits of a PIN: a thousand of a million fit alike', async () => {
  const { pins, outbox } = await gun();
  await pins.prove('OP-17', PIN);
  const { check, salt } = (await outbox.get('grants'))['OP-17'];
  assert.ok(Number.isInteger(check) && check >= 0 && check < 1024);
  assert.ok(!JSON.stringify(await outbox.get('grants')).includes(PIN));
  assert.equal(salt, GIVEN.salt);
});

test('after a while without use the PIN is asked for again, and the task is where it was', async () => {
  const { clock, shift, pins } = await gun({ idle: 5 });
  await pins.prove('OP-17', PIN);
  await shift.choose('count');
  await shift.scanned('A-01', 'wedge');
  clock.t += 4 * 60000;
  pins.touch();
  clock.t += 4 * 60000;
  pins.guard();
  assert.equal(shift.state.asked, null);
  clock.t += 60000;
  pins.guard();
  assert.equal(shift.state.asked, 'OP-17');
  await pins.prove('OP-17', PIN);
  assert.deepEqual([shift.state.flow.task, shift.state.flow.location], ['count', 'A-01']);
  pins.guard();
  assert.equal(shift.state.asked, null);
});

test('the next operator begins anew where another one was locked out by idleness', async () => {
  const { clock, shift, pins, server } = await gun({ idle: 5 });
  await pins.prove('OP-17', PIN);
  await shift.choose('count');
  clock.t += 6 * 60000;
  pins.guard();
  server.answer = { status: 201, data: Object.assign({}, GIVEN, { badge: 'OP-18', name: 'Bo' }) };
  await shift.scanned('OP-18', 'wedge');
  await pins.prove('OP-18', OTHER);
  assert.deepEqual([shift.state.operator.badge, shift.state.flow], ['OP-18', null]);
});

test('a site that begins to want PINs asks whoever works', async () => {
  const { shift, pins } = await gun();
  await shift.takeOver('OP-17');
  pins.guard();
  assert.equal(shift.state.asked, 'OP-17');
});

test('when the server refuses what was made under a grant, the PIN is asked for and the grant is gone', async () => {
  const { clock, shift, pins, outbox, down } = await gun();
  await pins.prove('OP-17', PIN);
  const kept = (saved) => [{ saved, scan: { operator: 'OP-17' }, receipt: { reason: 'unproven_operator' } }];
  await pins.heard(kept(clock.now() - 1));
  assert.equal(shift.state.asked, null, 'what was made before is no news');
  clock.t += 1000;
  await pins.heard(kept(clock.now()));
  assert.equal(shift.state.asked, 'OP-17');
  assert.deepEqual(await outbox.get('grants'), {});
  down();
  assert.equal(await pins.prove('OP-17', PIN), 'no_grant');
});

test('a PIN is set with a code, and that needs the server', async () => {
  const { shift, pins, asked, down } = await gun();
  await shift.scanned('OP-17', 'wedge');
  assert.equal(await pins.begin('OP-17', '12345678', PIN), '');
  assert.deepEqual(asked[0], ['POST', '/api/v1/pins', { badge: 'OP-17', code: '12345678', pin: PIN }]);
  assert.equal(shift.state.operator.badge, 'OP-17');
  down();
  assert.equal(await pins.begin('OP-17', '12345678', PIN), 'network');
});
