import test from 'node:test';
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { begin, hear, press, prompt, command, tally, undoable } from '../../static/dialog.js';

const cases = JSON.parse(readFileSync(new URL('../cases/dialog.json', import.meta.url), 'utf8'));
const messages = JSON.parse(readFileSync(new URL('../../static/messages.json', import.meta.url), 'utf8'));

for (const one of cases) {
  test(one.name, () => {
    let flow = begin(one.task);
    for (const step of one.steps) {
      const turn = step.hear ? hear(flow, step.hear, one.last || null) : press(flow, step.press, one.last || null);
      assert.deepEqual({ say: turn.say, tone: turn.tone, record: turn.record }, { say: step.say, tone: step.tone, record: step.record });
      for (const [key, value] of Object.entries(step.flow || {})) assert.deepEqual(turn.flow[key], value, key);
      if (step.prompt) assert.equal(prompt(turn.flow), step.prompt);
      assert.ok(messages.prompts[turn.say], `no text for ${turn.say}`);
      assert.ok(messages.prompts[prompt(turn.flow)], `no text for ${prompt(turn.flow)}`);
      flow = turn.flow;
    }
  });
}

test('command barcodes', () => {
  assert.equal(command('SL-DONE').command, 'done');
  assert.equal(command('SL-UNDO').command, 'undo');
  assert.equal(command('SL-QTY-12').value, '12');
  assert.equal(command('SL-APPROVE'), null);
});

const kept = (id, fields) => ({ scan: Object.assign({ id, task: 'count', location: 'A', operator: 'OP', quantity: '1', barcode: 'P' }, fields) });
test('the running list adds up, newest first, without what was voided or is of another place, person or pass', () => {
  const newestFirst = [
    kept('7', { quantity: '0.2' }), kept('6', { task: 'void', voids: '5', location: undefined }), kept('5', { barcode: 'Q' }),
    kept('4', { operator: 'XX' }), kept('3', { location: 'B' }), kept('2', { quantity: '0.1' }), kept('1', { task: 'finish' }), kept('0', {}),
  ];
  assert.deepEqual(tally(Object.assign(begin('count'), { location: 'A' }), newestFirst, 'OP'), [{ barcode: 'P', quantity: 0.3, scans: 2, last: '7' }]);
});

test('undo goes back one scan at a time, only over the own scans', () => {
  const list = [kept('4', { task: 'void', voids: '3' }), kept('3', {}), kept('2', { operator: 'XX' }), kept('1', {})];
  assert.equal(undoable(list, 'OP').scan.id, '1');
  assert.equal(undoable(list.slice(0, 3), 'OP'), null);
});
