/** The wedge: the traces of tests/cases/wedge.json on a page of the simplest kind; tests/browser/test_wedge.py plays the same in Chromium. */
import test from 'node:test';
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { idle, step, deadline, GS, HUMAN_GAP, SLOWEST_GUN } from '../../static/wedge.js';

const traces = JSON.parse(readFileSync(new URL('../cases/wedge.json', import.meta.url), 'utf8'));
const CODE = '9521234567899';
const whole = (one) => one.text.repeat(one.times || 1);

/** A page with one focused thing: it takes what the wedge leaves it, as a browser would. */
function makePage(focus, value) {
  let wedge = idle();
  const seen = { scans: [], ends: [], eaten: [], passed: [], value: value || '', pressed: 0, sent: 0, focus };
  const inField = () => focus === 'quantity' || focus === 'keypad';
  const field = (value) => (inField() ? { id: focus, value, human: focus === 'keypad' ? SLOWEST_GUN : HUMAN_GAP } : null);
  function feed(event) {
    const due = deadline(wedge);
    if (due !== null && event.t > due) take({ type: 'silence', t: due });
    return take(event);
  }
  function take(event) {
    const now = step(wedge, Object.assign({ field: field(seen.value) }, event));
    wedge = now.wedge;
    now.out.forEach((scan) => {
      if (scan.restore) seen.value = scan.restore.value;
      seen.scans.push(scan.type === 'broken' ? { broken: scan.text } : scan.text);
      seen.ends.push(scan.end);
    });
    return now.eat;
  }
  function down(event) {
    const eaten = feed(Object.assign({ type: 'down' }, event));
    (eaten ? seen.eaten : seen.passed).push(event.key);
    if (eaten || event.ctrl) return;
    const typed = Array.from(event.key).length === 1 && event.key >= ' ';
    if (typed && focus === 'none') feed({ type: 'text', text: event.key, t: event.t });
    if (typed && inField()) seen.value += event.key;
    if (inField() && event.key === 'Backspace') seen.value = seen.value.slice(0, -1);
    if (inField() && event.key === 'Enter') seen.sent += 1;
    if (focus === 'button' && event.key === 'Enter') seen.pressed += 1;
    if (event.key === 'Tab') seen.focus = 'moved';
  }
  function up(event) {
    const eaten = feed(Object.assign({ type: 'up' }, event));
    if (!eaten && focus === 'button' && event.key === ' ') seen.pressed += 1;
  }
  function text(event) {
    const before = seen.value;
    if (inField()) seen.value += event.text;
    feed(Object.assign({ type: 'text', field: field(before) }, event));
  }
  function paste(event) {
    if (!feed(Object.assign({ type: 'paste' }, event)) && inField()) seen.value += event.text;
  }
  function focused(id) {
    focus = id;
    seen.focus = id;
  }
  return { seen, feed, down, up, text, paste, focus: focused };
}

/** Play the events of a trace; nothing comes for a long time afterwards. */
function play(trace) {
  const page = makePage(trace.focus || 'none', trace.value);
  let t = 1000;
  for (const event of trace.events) {
    if (event.keys !== undefined) {
      Array.from(event.keys.repeat(event.times || 1)).forEach((key, i) => {
        t += i === 0 && event.after !== undefined ? event.after : event.gap;
        page.down(Object.assign({}, event, { key, t }));
        if (event.hold !== 'down') page.up(Object.assign({}, event, { key, t }));
      });
      continue;
    }
    t += event.after || 0;
    if (event.key !== undefined) {
      if (event.hold !== 'up') page.down(Object.assign({}, event, { t }));
      if (event.hold !== 'down') page.up(Object.assign({}, event, { t }));
    } else if (event.text !== undefined || event.compose !== undefined) page.text({ text: event.compose || whole(event), t });
    else if (event.paste !== undefined) page.paste({ text: event.paste, t });
    else if (event.focus !== undefined) page.focus(event.focus);
    else if (event.lost || event.hidden) page.feed({ type: 'lost', t });
  }
  page.feed({ type: 'silence', t: t + 5000 });
  return page.seen;
}

test('there are traces enough, each with a name of its own', () => {
  assert.ok(traces.length >= 120);
  assert.equal(new Set(traces.map((trace) => trace.name)).size, traces.length);
});

for (const trace of traces) {
  test(`trace: ${trace.name}`, () => {
    const seen = play(trace);
    assert.deepEqual(seen.scans, trace.scans.map((one) => (one.text ? whole(one) : one)));
    assert.equal(seen.value, trace.holds !== undefined ? trace.holds : trace.value || '', 'what the focused field holds afterwards');
    assert.equal(seen.pressed, trace.pressed || 0, 'how often the focused button was pressed');
    assert.equal(seen.sent, trace.sent || 0, 'how often the form was sent');
    assert.equal(seen.focus, trace.left || trace.focus || 'none', 'where the focus is');
    (trace.swallowed || []).forEach((key) => assert.ok(seen.eaten.includes(key) && !seen.passed.includes(key), key));
    (trace.passed || []).forEach((key) => assert.ok(seen.passed.includes(key) && !seen.eaten.includes(key), key));
  });
}

test('a trace that expects something else fails: the player can say no', () => {
  const trace = traces.find((one) => one.name === '5 ms a key, ended by Enter');
  assert.notDeepEqual(play(Object.assign({}, trace, { events: trace.events.slice(1) })).scans, trace.scans);
});

/** Keys of a text, `gap` milliseconds apart. */
function keys(text, { gap = 5, start = 0 } = {}) {
  return Array.from(text).map((key, i) => ({ type: 'down', key, t: start + i * gap, field: null }));
}

test('each way to end is told', () => {
  const ends = (name) => play(traces.find((one) => one.name === name)).ends;
  assert.deepEqual(ends('5 ms a key, ended by Enter'), ['enter']);
  assert.deepEqual(ends('5 ms a key, ended by Tab'), ['tab']);
  assert.deepEqual(ends('5 ms a key, no suffix'), ['silence']);
  assert.deepEqual(ends('a paste with nothing focused is a scan a line'), ['paste', 'paste']);
  assert.deepEqual(play({ events: [{ text: CODE + '\n' }] }).ends, ['text']);
});

test('the timer may be late: the next key still closes the burst before it', () => {
  let wedge = idle();
  const out = [];
  keys('AAA-1').concat(keys('BBB-2', { start: 420 })).forEach((event) => {
    const now = step(wedge, event);
    wedge = now.wedge;
    out.push(...now.out);
  });
  assert.deepEqual(out.map((scan) => scan.text), ['AAA-1']);
  assert.equal(wedge.text, 'BBB-2');
});

test('the silence that ends a burst is 120 ms, or three of its median gaps', () => {
  const after = (gap) => keys(CODE, { gap }).reduce((wedge, event) => step(wedge, event).wedge, idle());
  assert.equal(deadline(after(5)), 12 * 5 + 120);
  assert.equal(deadline(after(60)), 12 * 60 + 180);
  assert.equal(deadline(idle()), null);
});

test('ten scans a second, a thousand of them, all count and in order', () => {
  let wedge = idle();
  const out = [];
  const sent = Array.from({ length: 1000 }, (_, i) => `P-${1000 + i}`);
  sent.forEach((text, i) => keys(text, { start: i * 100 }).concat([{ type: 'down', key: 'Enter', t: i * 100 + 30 }]).forEach((event) => {
    const now = step(wedge, event);
    wedge = now.wedge;
    out.push(...now.out.map((scan) => scan.text));
  }));
  assert.deepEqual(out, sent);
});

test('8,192 keys cost no more a key than few', () => {
  const long = 'ABCDEFGH'.repeat(1024);
  const cost = (text) => {
    const from = process.cpuUsage();
    let wedge = idle();
    keys(text, { gap: 2 }).forEach((event) => { deadline(wedge); wedge = step(wedge, event).wedge; });
    const spent = process.cpuUsage(from);
    assert.equal(step(wedge, { type: 'down', key: 'Enter', t: text.length * 2 }).out[0].text, text);
    return (spent.user + spent.system) / text.length;
  };
  cost(long);
  assert.ok(cost(long) < 200, 'microseconds a key');
});

test('lines of a paste keep their separators', () => {
  assert.deepEqual(play({ events: [{ paste: `]C110L42${GS}21S9\r\n` }] }).scans, [`]C110L42${GS}21S9`]);
});

/** Numbers from 0 to below `n`, the same ones for the same seed. */
function dice(seed) {
  let state = seed;
  return (n) => {
    state = (state * 1664525 + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * n);
  };
}

/** How some gun might type a code: `roll` chooses how. Each event comes `gap` after the one before, give or take a fifth, and now and then waits for the radio. */
function someGun(code, roll) {
  const gap = [2, 5, 10, 20, 30, 40, 60, 80, 100][roll(9)];
  const as = roll(5);
  const report = Math.ceil(gap / 6);
  const after = () => (as === 3 ? 2 * report : Math.round(gap * (0.8 + roll(40) / 100)) + (roll(10) ? 0 : 30));
  const alt = (digits) => [{ key: 'Alt', after: report, alt: true, hold: 'down' }].concat(Array.from(digits, (key) => ({ key, code: 'Numpad' + key, after: report, alt: true })), { key: 'Alt', after: report, hold: 'up' });
  const events = Array.from(code).flatMap((key) => {
    if (key === GS) return [[{ key, after: after() }], [{ key: 'F8', after: after() }], [{ key: ']', code: 'BracketRight', ctrl: true, after: after() }], alt('029'), alt('0029')][roll(5)];
    if (as === 1) return [{ key, after: after(), alt: true, code: 'Digit' }];
    if (as === 2) return [{ key: 'Unidentified', after: after(), hold: 'down' }, { text: key, after: 1 }, { key: 'Unidentified', after: 1, hold: 'up' }];
    if (as === 3) return alt('0' + String(key.charCodeAt(0)).padStart(3, '0')).concat(roll(2) ? [{ text: key, after: 1 }] : []);
    if (as === 4 && /[A-Z]/.test(key)) return [{ key: 'Shift', after: 1, hold: 'down' }, { key, after: after() }, { key: 'Shift', after: 1, hold: 'up' }];
    return [{ key, after: after() }];
  });
  const line = { key: 'Enter', after: after() };
  return events.concat([[line], [{ key: 'Tab', after: after() }], [line, { key: 'Enter', after: after() }], [line, { key: 'j', ctrl: true, after: after() }], []][roll(5)]);
}

test('3,000 scans of guns drawn at random, each of another kind, are read to the letter and press nothing', () => {
  const roll = dice(41);
  const signs = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcxyz-+.$/%_:;<>()[]{}#~^|&';
  for (let round = 0; round < 1000; round += 1) {
    const codes = [0, 1, 2].map(() => {
      const part = () => Array.from({ length: 3 + roll(14) }, () => signs[roll(signs.length)]).join('');
      return roll(3) ? part() : part() + GS + part();
    });
    const events = codes.flatMap((code) => someGun(code, roll).map((event, at) => (at ? event : Object.assign({}, event, { after: 700 }))));
    const seen = play({ focus: roll(2) ? 'button' : 'none', events });
    assert.deepEqual(seen.scans, codes, `round ${round}`);
    assert.equal(seen.pressed, 0, `round ${round}`);
  }
});

/** How people type: no two gaps are alike, some are half and some twice as long. */
function typist(text, mean, roll) {
  const normal = () => Math.sqrt(-2 * Math.log((roll(1e6) + 1) / 1e6)) * Math.cos((2 * Math.PI * roll(1e6)) / 1e6);
  return Array.from(text).map((key) => ({ key, after: Math.max(8, Math.round(mean * Math.exp(0.5 * normal() - 0.125))) })).concat({ key: 'Enter', after: mean });
}

test('people who type 4,000 entries into a field make no scan, however unevenly; those of 130 words a minute few', () => {
  const words = ['pallet 12', 'inspection', 'action station', '4711', 'gloves', 'running things', 'location'];
  const made = (mean) => {
    const roll = dice(7);
    return Array.from({ length: 4000 }, (_, i) => play({ focus: 'quantity', events: typist(words[i % words.length], mean, roll) }).scans.length).reduce((a, b) => a + b);
  };
  assert.deepEqual([240, 180].map(made), [0, 0]);
  assert.ok(made(90) < 12, String(made(90)));
});

test('beside a keypad the slowest gun is heard, and the text of an input method: its digits are no quantity; what a hand keys is one', () => {
  for (const gap of [2, 10, 30, 40, 60, 80, 100]) {
    for (const code of ['95212', '95212348', CODE]) {
      for (const suffix of [[], [{ key: 'Enter', after: gap }], [{ key: 'Tab', after: gap }]]) {
        const seen = play({ focus: 'keypad', value: '12', events: [{ keys: code, gap, after: 900 }].concat(suffix) });
        assert.deepEqual([seen.scans, seen.value, seen.sent, seen.focus], [[code], '12', 0, 'keypad'], `${code} at ${gap} ms`);
      }
    }
  }
  const method = play({ focus: 'keypad', value: '3', events: [{ text: CODE, after: 900 }] });
  assert.deepEqual([method.scans, method.value], [[CODE], '3']);
  const roll = dice(11);
  for (let round = 0; round < 1000; round += 1) {
    const quantity = ['7', '12', '150', '1250', '10000'][roll(5)];
    const hand = play({ focus: 'keypad', events: typist(quantity, 240, roll) });
    assert.deepEqual([hand.scans, hand.value, hand.sent], [[], quantity, 1], `${quantity} by hand`);
  }
});
