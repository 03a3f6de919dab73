import test from 'node:test';
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { begin, hear, press, prompt, command, compare, tally, undoable } from '../../static/dialog.js';

const read = (path) => JSON.parse(readFileSync(new URL(path, import.meta.url), 'utf8'));
const cases = read('../cases/dialog.json');
const messages = read('../../static/messages.json');

for (const one of cases.filter(({ steps }) => steps)) {
  test(one.name, () => {
    let flow = begin(one.task);
    for (const step of one.steps) {
      const turn = step.hear ? hear(flow, step.hear, one.last || null) : press(flow, step.press, one.last || null);
      assert.deepEqual({ say: turn.say, tone: turn.tone, record: turn.record }, { say: step.say, tone: step.tone, record: step.record });
      for (const [key, value] of Object.entries(step.flow || {})) assert.deepEqual(turn.flow[key], value, key);
      if (step.prompt) assert.equal(prompt(turn.flow), step.prompt);
      if (step.hear && step.hear.kind === 'command') assert.deepEqual(command(step.hear.text), step.hear);
      assert.ok(messages.prompts[turn.say], `no text for ${turn.say}`);
      assert.ok(messages.prompts[prompt(turn.flow)], `no text for ${prompt(turn.flow)}`);
      flow = turn.flow;
    }
  });
}

for (const one of cases.filter(({ scans }) => scans)) {
  test(one.name, () => {
    const kept = one.scans.map((scan) => ({ scan }));
    assert.deepEqual(tally(Object.assign(begin(one.task, one.location), { target: one.target || null }), kept, one.operator), one.tally);
    const last = undoable(kept, one.operator, one.task);
    assert.equal(last && last.scan.id, one.undo);
  });
}

for (const one of cases.filter(({ lines }) => lines)) {
  test(one.name, () => {
    const book = one.book.map(({ location, rows, only }) => ({ location, rows: rows.map(([sku, quantity]) => ({ sku, name: sku, quantity })), only: only || null }));
    const lines = one.lines.map(([barcode, quantity]) => ({ barcode, quantity, scans: 1, last: barcode }));
    const { marks, missing, counted } = compare(lines, one.location, book, (barcode) => (one.known[barcode] ? { sku: one.known[barcode][0], pack: one.known[barcode][1] } : null));
    assert.deepEqual(Object.fromEntries(marks), one.marks);
    assert.deepEqual(missing.map(({ sku }) => sku), one.missing);
    if (one.counted) assert.deepEqual(Object.fromEntries(counted), one.counted);
  });
}

test('no barcode approves or deletes', () => {
  assert.equal(command('SL-APPROVE'), null);
  assert.equal(command('SL-QTY-'), null);
});
