import test from 'node:test';
import assert from 'node:assert/strict';
import { idle, step, deadline, GS } from '../../static/wedge.js';

const CODE = '9521234567899';

/** Play events through the machine; silence comes when its deadline passes, as the page's timer would do. */
function play(events, tail = 5000) {
  let wedge = idle();
  const out = [];
  const eaten = [];
  const feed = (event) => {
    const due = deadline(wedge);
    if (due !== null && event.t > due) take({ type: 'silence', t: due });
    take(event);
  };
  const take = (event) => {
    const now = step(wedge, event);
    wedge = now.wedge;
    now.out.forEach((scan) => out.push(scan));
    eaten.push(now.eat);
  };
  events.forEach(feed);
  if (events.length) feed({ type: 'silence', t: events[events.length - 1].t + tail });
  return { out, texts: out.map((scan) => scan.text), eaten, wedge };
}

/** Keys of a text, `gap` milliseconds apart. */
function keys(text, { gap = 5, start = 0, field = null, more = {} } = {}) {
  return Array.from(text).map((key, i) => Object.assign({ type: 'down', key, t: start + i * gap, field }, more));
}
const key = (name, t, more = {}) => Object.assign({ type: 'down', key: name, t, field: null }, more);
const after = (events, ms) => events[events.length - 1].t + ms;

for (const gap of [2, 5, 20, 40, 60, 80, 100]) {
  test(`a gun at ${gap} ms a key, ended by Enter`, () => {
    const burst = keys(CODE, { gap });
    assert.deepEqual(play(burst.concat([key('Enter', after(burst, gap))])).texts, [CODE]);
  });
  test(`a gun at ${gap} ms a key, without any suffix`, () => {
    const { out } = play(keys(CODE, { gap }));
    assert.deepEqual(out.map((s) => [s.text, s.end]), [[CODE, 'silence']]);
  });
}

test('Tab ends a scan too, and the page does not move its focus', () => {
  const burst = keys(CODE);
  const { out, eaten } = play(burst.concat([key('Tab', after(burst, 5))]));
  assert.equal(out[0].end, 'tab');
  assert.equal(eaten[CODE.length], true);
});

test('Enter with nothing before it is the page\'s own', () => {
  const { out, eaten } = play([key('Enter', 0)]);
  assert.deepEqual([out, eaten[0]], [[], false]);
});

test('two bursts back to back are two scans', () => {
  const one = keys('AAA-1', { gap: 5 });
  const enter = key('Enter', after(one, 5));
  const two = keys('BBB-2', { gap: 5, start: enter.t + 5 });
  assert.deepEqual(play(one.concat([enter], two, [key('Enter', after(two, 5))])).texts, ['AAA-1', 'BBB-2']);
});

test('two bursts without suffix, 150 ms apart, are two scans', () => {
  const one = keys('AAA-1', { gap: 5 });
  assert.deepEqual(play(one.concat(keys('BBB-2', { gap: 5, start: after(one, 150) }))).texts, ['AAA-1', 'BBB-2']);
});

test('the timer may be late: the next key still closes the burst before it', () => {
  let wedge = idle();
  const out = [];
  const one = keys('AAA-1', { gap: 5 });
  one.concat(keys('BBB-2', { gap: 5, start: after(one, 400) })).forEach((event) => {
    const now = step(wedge, event);
    wedge = now.wedge;
    out.push(...now.out);
  });
  assert.deepEqual(out.map((s) => s.text), ['AAA-1']);
  assert.equal(wedge.text, 'BBB-2');
});

test('ten scans a second, a hundred of them, all count and in order', () => {
  let events = [];
  const sent = [];
  for (let i = 0; i < 100; i += 1) {
    const text = `P-${1000 + i}`;
    sent.push(text);
    const burst = keys(text, { gap: 5, start: i * 100 });
    events = events.concat(burst, [key('Enter', after(burst, 5))]);
  }
  assert.deepEqual(play(events).texts, sent);
});

const inBurst = (middle, start = 15) => {
  const head = keys('10L', { gap: 5 });
  const tail = keys('21S', { gap: 5, start: start + 30 });
  return head.concat(middle, tail, [key('Enter', start + 50)]);
};
test('GS as Ctrl+]', () => assert.deepEqual(play(inBurst([key('Control', 14, { ctrl: true }), key(']', 15, { ctrl: true, code: 'BracketRight' })])).texts, [`10L${GS}21S`]));
test('GS as F8', () => assert.deepEqual(play(inBurst([key('F8', 15)])).texts, [`10L${GS}21S`]));
test('GS as the control character itself', () => assert.deepEqual(play(inBurst([key(GS, 15)])).texts, [`10L${GS}21S`]));
for (const digits of ['0029', '029', '29']) {
  test(`GS as Alt+${digits}`, () => {
    const alt = [key('Alt', 12, { alt: true })].concat(keys(digits, { start: 15, gap: 3, more: { alt: true } }), [{ type: 'up', key: 'Alt', t: 30 }]);
    assert.deepEqual(play(inBurst(alt)).texts, [`10L${GS}21S`]);
  });
}
test('a gun that sets altKey on every key sends characters', () => {
  const burst = keys('95200290029', { more: { alt: true } });
  assert.deepEqual(play(burst.concat([key('Enter', after(burst, 5), { alt: true })])).texts, ['95200290029']);
});
test('a gun that holds Alt down all the time sends characters', () => {
  const burst = keys('9521-234', { start: 5, more: { alt: true } });
  assert.deepEqual(play([key('Alt', 0, { alt: true })].concat(burst, [key('Enter', after(burst, 5), { alt: true })])).texts, ['9521-234']);
});

test('Ctrl combinations inside a burst are never commands', () => {
  const { texts, eaten } = play(inBurst([key('w', 15, { ctrl: true })]));
  assert.deepEqual(texts, ['10L21S']);
  assert.equal(eaten[3], true);
});
test('Ctrl combinations outside a burst are the browser\'s', () => {
  assert.equal(play([key('r', 0, { ctrl: true })]).eaten[0], false);
  assert.equal(play([key('F8', 0)]).eaten[0], false);
});
test('a suffix sent as Ctrl+J ends the scan', () => {
  const burst = keys(CODE);
  assert.deepEqual(play(burst.concat([key('j', after(burst, 5), { ctrl: true })])).texts, [CODE]);
});
test('a literal backslash n is a suffix', () => assert.deepEqual(play(keys(CODE + '\\n')).texts, [CODE]));
test('a text of the input method is a scan', () => assert.deepEqual(play([{ type: 'text', text: CODE, t: 0 }]).texts, [CODE]));
test('a text of the input method with its Enter inside', () => assert.deepEqual(play([{ type: 'text', text: CODE + '\n', t: 0 }]).texts, [CODE]));
test('a text of the input method, then an Enter key', () => assert.deepEqual(play([{ type: 'text', text: CODE, t: 0 }, key('Enter', 20)]).texts, [CODE]));
test('two texts of the input method 60 ms apart are two scans', () => {
  assert.deepEqual(play([{ type: 'text', text: 'AAA-1', t: 0 }, { type: 'text', text: 'BBB-2', t: 60 }]).texts, ['AAA-1', 'BBB-2']);
});
test('a text of the input method in pieces is one scan', () => {
  assert.deepEqual(play([{ type: 'text', text: '95212', t: 0 }, { type: 'text', text: '34567', t: 4 }, { type: 'text', text: '899', t: 8 }]).texts, [CODE]);
});
test('an input method that gives one character at a time', () => {
  assert.deepEqual(play(Array.from(CODE).map((text, i) => ({ type: 'text', text, t: i * 10 }))).texts, [CODE]);
});
test('a paste is a scan, a paste of lines is one scan a line', () => {
  assert.deepEqual(play([{ type: 'paste', text: ' A-01-02 \r\nA-01-03\n', t: 0, field: null }]).texts, ['A-01-02', 'A-01-03']);
});
test('a paste into a field is the field\'s', () => {
  const { texts, eaten } = play([{ type: 'paste', text: CODE, t: 0, field: { id: 'q', value: '' } }]);
  assert.deepEqual([texts, eaten[0]], [[], false]);
});

const field = { id: 'quantity', value: '12' };
test('a scan while a field has the focus is a scan, and the field gets its value back', () => {
  const burst = keys(CODE, { gap: 8, field });
  const { out } = play(burst.concat([key('Enter', after(burst, 8), { field })]));
  assert.deepEqual(out.map((s) => [s.text, s.restore]), [[CODE, field]]);
});
test('a scan right after typing in a field is only the scan, and what was typed stays', () => {
  const typed = Array.from('half').map((key, i) => ({ type: 'down', key, t: i * 90, field: { id: 'q', value: 'half'.slice(0, i) } }));
  const start = after(typed, 100);
  const burst = Array.from(CODE).map((key, i) => ({ type: 'down', key, t: start + i * 4, field: { id: 'q', value: 'half' + CODE.slice(0, i) } }));
  const { out } = play(typed.concat(burst, [key('Enter', after(burst, 4))]));
  assert.deepEqual(out.map((s) => [s.text, s.restore]), [[CODE, { id: 'q', value: 'half' }]]);
});
test('a gun that hesitates once in a field is not cut', () => {
  const burst = keys(CODE, { gap: 8, field });
  burst.slice(1).forEach((one) => { one.t += 60; });
  assert.deepEqual(play(burst.concat([key('Enter', after(burst, 8), { field })])).texts, [CODE]);
});
test('keys in a field reach the field', () => assert.equal(play(keys('123', { gap: 200, field })).eaten.some(Boolean), false));
for (const gap of [45, 90, 180]) {
  test(`a human who types in a field at ${gap} ms a key is not a scan`, () => {
    const burst = keys('pallet 12', { gap, field });
    const { texts, eaten } = play(burst.concat([key('Enter', after(burst, gap), { field })]));
    assert.deepEqual([texts, eaten[eaten.length - 2]], [[], false]);
  });
}
test('a human who types slowly with no field focused is not a scan', () => assert.deepEqual(play(keys('abcdef', { gap: 260 })).texts, []));
test('two keys are not a scan', () => assert.deepEqual(play(keys('ab').concat([key('Enter', 12)])).texts, []));
test('a key that is held down is not a scan', () => {
  const held = Array.from({ length: 20 }, (_, i) => key('a', i ? 500 + i * 30 : 0, { repeat: i > 0 }));
  assert.deepEqual(play(held).texts, []);
});
test('a doubled character that the system takes for a repeat counts inside a burst', () => {
  const burst = keys('A11B');
  burst[2].repeat = true;
  assert.deepEqual(play(burst).texts, ['A11B']);
});
test('shift and other named keys add nothing', () => {
  assert.deepEqual(play([key('Shift', 0), key('A', 2), key('Shift', 4), key('B', 6), key('C', 8), key('Enter', 10)]).texts, ['ABC']);
});
test('a space inside a code does not press the focused button', () => {
  const { texts, eaten } = play(keys('AB CD').concat([{ type: 'up', key: ' ', t: 22 }, key('Enter', 30)]));
  assert.deepEqual(texts, ['AB CD']);
  assert.ok(eaten.slice(0, 7).every(Boolean));
});
test('a space alone presses the focused button, for people who use a keyboard', () => assert.equal(play([key(' ', 0)]).eaten[0], false));
test('focus lost in the middle says so instead of passing a cut code on', () => {
  const { out } = play(keys('95212').concat([{ type: 'lost', t: 30 }]));
  assert.deepEqual(out.map((s) => [s.type, s.text]), [['broken', '95212']]);
});
test('keys of the input method without meaning are ignored', () => {
  assert.deepEqual(play([key('Unidentified', 0), key('Process', 1), { type: 'text', text: CODE, t: 2 }, key('Enter', 9)]).texts, [CODE]);
});
test('characters that other libraries drop are kept', () => assert.deepEqual(play(keys('AB_12.3/4 é€😀]')).texts, ['AB_12.3/4 é€😀]']));
