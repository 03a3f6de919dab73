/** An operator's shift on a device: who said what, where a task goes on, and what a code means in it. */
import test from 'node:test';
import assert from 'node:assert/strict';
import { fakeClock, fakeOutbox } from './fakes.mjs';
import { command } from '../../static/dialog.js';
import { makeShift } from '../../static/shift.js';

const PLACES = ['DOCK', 'A-01', 'A-02'];

async function gun(more = {}) {
  const clock = more.clock || fakeClock();
  const { outbox } = more.outbox ? more : await fakeOutbox({ clock });
  const calls = [];
  const note = (name) => (text) => calls.push(text === undefined ? name : name + ' ' + text);
  const read = (text) => command(text) || (more.known && more.known.text === text ? more.known : PLACES.includes(text) ? { text, kind: 'location', code: text } : /^952/.test(text) ? { text, kind: 'product' } : { text, kind: 'unknown' });
  const shift = makeShift({
    outbox, catalogue: { read }, now: clock.now, signal: { accepted: note('beep'), question: note('question'), unsaved: note('alarm'), touched: () => undefined },
    onChange: () => undefined, onSaved: () => undefined, onLook: note('look'), onChoose: note('sheets'), onPlace: note('place'),
    sheetOf: (code) => [{ code: 'K1-001', location: 'A-01' }].find((sheet) => sheet.code === code), pinned: () => more.pinned === true,
  });
  await shift.load();
  if (!shift.state.device) await shift.enrol({ token: 't', name: 'GUN-1', tasks: null, site: 'MAIN' });
  const scan = async (...texts) => { for (const text of texts) await shift.scanned(text, 'wedge'); };
  return { shift, outbox, clock, calls, scan };
}

const said = ({ scan }) => [scan.operator, scan.task, scan.location, scan.barcode].filter(Boolean).join(' ');

test('a gun changes hands while scans wait: each keeps its own author, and nobody undoes what another scanned', async () => {
  const { shift, outbox, scan } = await gun();
  await scan('OP-1');
  await shift.choose('count');
  await scan('A-01', '9521');
  await shift.signOff();
  await scan('952-IS-NO-BADGE');
  assert.equal(shift.state.last.say, 'not_a_badge');
  await scan('OP-2');
  assert.equal(shift.state.flow, null, 'the next operator chooses anew');
  assert.equal(shift.state.waiting.count, 1);
  await shift.choose('count');
  await shift.pressed({ type: 'undo' });
  assert.equal(shift.state.last.say, 'nothing_to_undo');
  await scan('A-01', '9522');
  assert.deepEqual((await outbox.queue()).map(said), ['OP-1 count A-01 9521', 'OP-2 count A-01 9522']);
});

test('the task goes on where it was when the app starts again, with its author', async () => {
  const first = await gun();
  await first.scan('OP-1');
  await first.shift.choose('pick');
  await first.scan('A-02', '9521');
  const { outbox, scan } = await gun(first);
  await scan('9522');
  assert.deepEqual((await outbox.queue()).map(said), ['OP-1 pick A-02 9521', 'OP-1 pick A-02 9522']);
});

test('putting away comes back to the same FROM; another task begins without a place', async () => {
  const { shift, outbox, scan } = await gun();
  await scan('OP-1');
  await shift.choose('putaway');
  await scan('DOCK', 'A-01', '9521', 'A-02', '9521');
  await shift.choose('move');
  assert.equal(shift.state.flow.location, null);
  await shift.choose('putaway');
  await scan('A-01', '9522');
  assert.deepEqual((await outbox.queue()).map(({ scan: one }) => [one.task, one.location, one.target, one.barcode].join(' ')), ['move DOCK A-01 9521', 'move DOCK A-02 9521', 'move DOCK A-01 9522']);
});

test("a sheet's code chooses it in a count and means nothing elsewhere; coming to a location asks what is expected there", async () => {
  const { shift, calls, scan } = await gun();
  await scan('OP-1');
  await shift.choose('pick');
  await scan('K1-001');
  assert.equal(shift.state.last.say, 'confirm_location');
  await shift.choose('count');
  await scan(']C1K1-001', 'A-01', '9521');
  const [{ scan: one }] = shift.state.records;
  assert.deepEqual([one.sheet, one.location, one.barcode], ['K1-001', 'A-01', '9521']);
  assert.deepEqual(calls.filter((call) => /place|sheets/.test(call)), ['sheets', 'place A-01']);
});

test('any listed scan is undone by a void, which is a scan too', async () => {
  const { shift, scan } = await gun();
  await scan('OP-1');
  await shift.choose('receive');
  await scan('A-01', '9521', '9522');
  const [, { scan: first }] = shift.state.records;
  await shift.voidScan(first.id);
  assert.deepEqual([shift.state.records[0].scan.task, shift.state.records[0].scan.voids, shift.state.last.say, shift.state.last.text], ['void', first.id, 'undone', '9521']);
});

test('who undoes by a command barcode is told what was undone, not the command', async () => {
  const { shift, scan } = await gun();
  await scan('OP-1');
  await shift.choose('receive');
  await scan('A-01', '9521', 'SL-UNDO');
  assert.deepEqual([shift.state.last.say, shift.state.last.text], ['undone', '9521']);
});

test('who finishes by a command barcode is told which location, not the command', async () => {
  const { shift, scan } = await gun();
  await scan('OP-1');
  await shift.choose('count');
  await scan('A-01', '9521', 'SL-DONE', 'SL-DONE');
  assert.deepEqual([shift.state.last.say, shift.state.last.text], ['finished', 'A-01']);
});

test('an undo leaves alone what was done in another task: nobody sees it there', async () => {
  const { shift, outbox, scan } = await gun();
  await scan('OP-1');
  await shift.choose('scrap');
  await scan('A-01', '9521');
  for (const task of ['hold', 'look', 'pick', null]) {
    await shift.choose(task);
    await scan('SL-UNDO');
    assert.equal(shift.state.last.say, 'nothing_to_undo', String(task));
  }
  assert.deepEqual((await outbox.queue()).map(said), ['OP-1 scrap A-01 9521']);
  await shift.choose('scrap');
  await scan('SL-UNDO');
  assert.deepEqual([shift.state.last.say, shift.state.last.text], ['undone', '9521']);
});

test('what the server refuses of somebody else who had the gun before is no question to who works now', async () => {
  const { shift, outbox, scan, calls } = await gun();
  await scan('OP-1');
  await shift.choose('receive');
  await scan('A-01', 'WHAT-IS-IT');
  const [kept] = await outbox.recent(1);
  const refused = [Object.assign({}, kept, { receipt: { id: kept.scan.id, status: 'recorded', outcome: 'refused', reason: 'unknown_barcode', warnings: [] } })];
  await shift.signOff();
  await shift.answered(refused);
  await scan('OP-2');
  await shift.choose('receive');
  await scan('A-02', '9521');
  const before = calls.length;
  await shift.answered(refused);
  assert.deepEqual([shift.state.last.say, calls.length], ['recorded', before]);
  assert.equal(shift.state.records[1].receipt.reason, 'unknown_barcode', 'it is in the list');
});

test('a location that was keyed must be proven by its digits; one that was scanned must not', async () => {
  const known = { text: 'A-01', kind: 'location', code: 'A-01', check: '31' };
  const { shift, outbox, scan } = await gun({ known });
  await scan('OP-1');
  await shift.choose('count');
  await shift.scanned('A-01', 'keyed');
  assert.deepEqual([shift.state.last.say, shift.state.flow.location], ['check_location', null]);
  await shift.scanned('13', 'keyed');
  assert.equal(shift.state.flow.location, null);
  await shift.scanned('31', 'keyed');
  assert.equal(shift.state.flow.location, 'A-01');
  await shift.pressed({ type: 'location' });
  await scan('A-01');
  assert.equal(shift.state.flow.location, 'A-01');
  assert.equal(known.check, '31', 'what the catalogue remembers stays');
  assert.deepEqual(await outbox.queue(), []);
});

test('a scan is of what stands on the keypad, OK or not, and closes it; the next one counts 1 again', async () => {
  const { shift, outbox, scan } = await gun();
  await scan('OP-1');
  await shift.choose('count');
  await scan('A-01');
  shift.key('12');
  await scan('9521', '9522');
  assert.equal(shift.state.keyed, null);
  shift.key('3x12');
  await scan('9523');
  shift.key('');
  await scan('9524');
  shift.key('7');
  shift.takeKeypad();
  await scan('9525');
  assert.deepEqual((await outbox.queue()).map(({ scan }) => [scan.barcode, scan.quantity]), [['9521', '12'], ['9522', '1'], ['9523', '36'], ['9524', '1'], ['9525', '7']]);
});

test('a scan while the keypad holds no quantity is asked about, and is not taken for 1', async () => {
  const { shift, outbox, calls, scan } = await gun();
  await scan('OP-1');
  await shift.choose('receive');
  await scan('A-01');
  for (const bad of ['3x', '0', '1.2.3']) {
    shift.key(bad);
    await scan('9521');
    assert.deepEqual([shift.state.last.say, shift.state.last.tone, shift.state.keyed, calls.pop()], ['quantity_bad', 'question', null, 'question'], bad);
  }
  await scan('9521');
  assert.deepEqual((await outbox.queue()).map(({ scan }) => scan.quantity), ['1']);
});

test('what is pressed while scans are still being stored comes after them: a quantity, a task, the end of a shift', async () => {
  const { shift, outbox, scan } = await gun();
  await scan('OP-1');
  await shift.choose('count');
  await scan('A-01');
  shift.scanned('9521', 'wedge');
  shift.key('12');
  await shift.scanned('9522', 'wedge');
  shift.scanned('9523', 'wedge');
  shift.choose('receive');
  await scan('A-02', '9524');
  shift.scanned('9525', 'wedge');
  await shift.signOff();
  await scan('OP-2');
  const told = (await outbox.queue()).map(({ scan: one }) => [one.operator, one.task, one.location, one.barcode, one.quantity].join(' '));
  assert.deepEqual(told, ['OP-1 count A-01 9521 1', 'OP-1 count A-01 9522 12', 'OP-1 count A-01 9523 1', 'OP-1 receive A-02 9524 1', 'OP-1 receive A-02 9525 1']);
});

test('a quantity that was keyed for a scan that could not be stored is still there for the next try', async () => {
  const { shift, outbox, scan } = await gun();
  await scan('OP-1');
  await shift.choose('count');
  await scan('A-01');
  const add = outbox.add;
  outbox.add = () => Promise.reject(new Error('full'));
  shift.key('12');
  await scan('9521');
  assert.deepEqual([shift.state.last.say, shift.state.flow.quantity], ['not_saved', '12']);
  outbox.add = add;
  await scan('9521');
  assert.deepEqual((await outbox.queue()).map(({ scan }) => scan.quantity), ['12']);
});

test('who picks what is held or has expired is asked to look as soon as the server tells; counting it is right', async () => {
  const { shift, outbox, scan } = await gun();
  await scan('OP-1');
  const answered = async (task, warnings, outcome = 'posted') => {
    await shift.choose(task);
    await scan('A-01', '9520');
    const [kept] = await outbox.recent(1);
    await shift.answered([Object.assign({}, kept, { receipt: { id: kept.scan.id, status: 'recorded', outcome, reason: null, warnings } })]);
    return [shift.state.last.say, shift.state.last.tone];
  };
  assert.deepEqual(await answered('pick', ['held']), ['warned', 'question']);
  assert.deepEqual(await answered('pick', ['lot_assumed', 'expired']), ['warned', 'question']);
  assert.deepEqual((await answered('pick', ['short']))[1], 'ok');
  assert.deepEqual((await answered('count', ['expired']))[1], 'ok');
  assert.deepEqual(await answered('pick', ['held'], 'refused'), ['refused', 'question']);
});

test('the badge of somebody whom the server knows from here is no product: whoever scans it takes over, in the middle of a task too', async () => {
  const first = await gun();
  const worked = async (badge, warnings) => {
    await first.scan(badge);
    await first.shift.choose('receive');
    await first.scan('A-01', '9520');
    const [kept] = await first.outbox.recent(1);
    await first.shift.answered([Object.assign({}, kept, { receipt: { id: kept.scan.id, status: 'recorded', outcome: 'posted', reason: null, warnings } })]);
    await first.shift.signOff();
  };
  await worked('OP-2', ['short']);
  await worked('NEW/7', ['unknown_operator']);
  await first.scan('OP-3');
  await first.shift.signOff();
  await first.scan('OP-1');
  const { shift, outbox, scan } = await gun(first);
  await shift.choose('count');
  await scan('A-01', '9521', 'OP-2');
  assert.deepEqual([shift.state.operator.badge, shift.state.flow, shift.state.last.say], ['OP-2', null, 'badge_taken']);
  await shift.choose('count');
  await scan('A-01', '9522', 'OP-3', 'NEW/7', 'OP-2', '9523');
  const all = (await outbox.queue()).map(said).slice(2);
  assert.deepEqual(all, ['OP-1 count A-01 9521', 'OP-2 count A-01 9522', 'OP-2 count A-01 OP-3', 'OP-2 count A-01 NEW/7', 'OP-2 count A-01 9523'],
    'what was taken for a badge by mistake, or of which nobody knows yet, is a code like any other');
});

test('every trigger pull is heard: something was taken or something is asked, commands and badges too', async () => {
  for (const pinned of [false, true]) {
    const { shift, calls, scan } = await gun({ pinned });
    /** @param {string} text @param {string} tone */
    const heard = async (text, tone) => {
      calls.length = 0;
      await scan(text);
      assert.deepEqual(calls.filter((call) => /^(beep|question|alarm)$/.test(call)), [tone], text);
    };
    await heard('9521', 'question');
    await heard('OP-1', pinned ? 'question' : 'beep');
    await shift.takeOver('OP-1');
    await shift.choose('count');
    for (const text of ['9521', 'NO-PLACE', 'SL-DONE', 'SL-UNDO']) await heard(text, 'question');
    for (const text of ['A-01', '9521', 'UNKNOWN', 'SL-QTY-3', '9521', 'SL-UNDO', 'A-02', '9522', 'K1-001', 'A-01']) await heard(text, 'beep');
    for (const text of ['SL-QTY-0x0.5', 'SL-DONE']) await heard(text, 'question');
    await heard('SL-DONE', 'beep');
  }
});
