/** The judge of a gun: each fault that people report is told by its name, and a gun without fault has none. */
import test from 'node:test';
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { MARKS, diagnose, report } from '../../static/gun/diagnosis.js';
import { GS, deadline, idle, separated, step } from '../../static/wedge.js';

const codes = JSON.parse(readFileSync(new URL('../../static/gun/codes.json', import.meta.url), 'utf8'));
const messages = JSON.parse(readFileSync(new URL('../../static/gun/messages.json', import.meta.url), 'utf8')).ui.gun;
const PLAIN = codes.tests[0].text;
const LOTS = codes.tests[1].text;
const key = (name, t, more) => Object.assign({ type: 'down', key: name, t, field: null }, more);

/** What a gun types: a text, a suffix, and whatever else it does to its keys. */
function pull(text, { gap = 5, suffix = 'Enter', more = {}, gs = [GS] } = {}) {
  const events = [];
  let t = 0;
  const add = (name, extra) => { t += gap; events.push(key(name, t, Object.assign({}, more, extra))); };
  Array.from(text).forEach((one) => (one === GS ? gs.forEach((name) => add(name, name === ']' ? { ctrl: true, code: 'BracketRight' } : {})) : add(one)));
  if (suffix) add(suffix);
  return events;
}

function judge(events, separator) {
  let wedge = idle();
  let scan = null;
  events.concat([{ type: 'silence', t: 1e6 }]).forEach((event) => {
    const due = deadline(wedge);
    const now = step(wedge, event.type === 'silence' ? { type: 'silence', t: due === null ? event.t : due } : event);
    wedge = now.wedge;
    if (!scan && now.out.length) scan = now.out[0];
  });
  return diagnose(events, scan, codes.tests, separator);
}
const said = (diagnosis) => diagnosis.findings.map((one) => one.say);
const finding = (diagnosis, say) => diagnosis.findings.find((one) => one.say === say);

test('a gun that is set up right is told so, for every test barcode', () => {
  codes.tests.forEach((code) => {
    const diagnosis = judge(pull(code.aim + code.text));
    assert.deepEqual([diagnosis.verdict, diagnosis.code, diagnosis.suffix, diagnosis.aim], ['good', code.id, 'enter', code.aim]);
    assert.equal(diagnosis.gs, code.text.includes(GS) ? 'sent' : '');
    assert.ok(diagnosis.findings.every((one) => one.level === 'good'), said(diagnosis));
    assert.ok(diagnosis.symbology);
  });
});

test('the test barcodes can be told from each other', () => assert.equal(new Set(codes.tests.map((code) => judge(pull(code.text)).code)).size, codes.tests.length));

test('scans that melt into one are told as such, and what ends them is what helps', () => {
  const [plain, , ean] = codes.tests;
  [[ean, ean], [ean, plain], [plain, ean, ean]].forEach((several) => ['text', 'aim'].forEach((how) => {
    const diagnosis = judge(pull(several.map((code) => (how === 'aim' ? code.aim : '') + code.text).join(''), { suffix: '' }));
    assert.deepEqual([diagnosis.verdict, diagnosis.code], ['bad', '']);
    assert.deepEqual(diagnosis.findings.filter((one) => one.level !== 'good').map((one) => [one.say, one.topic]), [['melted', 'suffix'], ['suffix_none', 'suffix']]);
  }));
});

for (const [name, gs, how] of [['as itself', [GS], 'U+001D'], ['as Ctrl+]', [']'], 'Ctrl+]'], ['as F8', ['F8'], 'F8']]) {
  test(`a separator that comes ${name} has come`, () => assert.equal(finding(judge(pull(LOTS, { gs })), 'gs_sent').values.how, how));
}

for (const mark of MARKS) {
  test(`a separator that comes as ${mark} can be taken for GS`, () => {
    const diagnosis = judge(pull(LOTS.replace(GS, mark)));
    assert.deepEqual([diagnosis.verdict, diagnosis.gs, diagnosis.mark, diagnosis.code], ['warn', 'mark', mark, 'gs1-128']);
    assert.equal(separated(LOTS.replace(GS, mark), diagnosis.mark), LOTS);
    assert.equal(judge(pull(LOTS.replace(GS, mark)), mark).verdict, 'good', 'once it is taken for GS');
  });
}

test('a separator that gets lost is a fault', () => {
  const diagnosis = judge(pull(LOTS.replace(GS, '')));
  assert.deepEqual([diagnosis.verdict, diagnosis.gs], ['bad', 'lost']);
  assert.equal(finding(diagnosis, 'gs_lost').topic, 'gs');
  [' ', '@', '\\x1d'].forEach((other) => {
    const heard = judge(pull(LOTS.replace(GS, other)));
    assert.deepEqual([heard.gs, finding(heard, 'gs_lost').topic, finding(heard, 'gs_sent'), finding(heard, 'changed')], ['lost', 'gs', undefined, undefined], other);
  });
});

test('lost and doubled characters are named', () => {
  const lost = judge(pull(PLAIN.replace('m', '').replace('56', '')));
  assert.deepEqual(finding(lost, 'lost').values, { n: 3, list: 'm 5 6' });
  assert.deepEqual([lost.verdict, lost.code], ['bad', 'code128']);
  assert.deepEqual(finding(judge(pull(PLAIN.replace('7', '77'))), 'more').values, { n: 1, list: '7' });
});

test('a check digit that is not sent, and what stands before or behind each code, are no lost keys', () => {
  const ean = codes.tests[2];
  ['', ean.aim].forEach((aim) => assert.deepEqual(judge(pull(aim + ean.text.slice(0, -1))).findings.filter((one) => one.level === 'bad').map((one) => [one.say, one.topic]), [['check_digit', '']]));
  [['*', ''], ['', '!'], ['F', '#']].forEach(([before, behind]) => assert.equal(finding(judge(pull(before + PLAIN + behind)), 'around').values.list, [before, behind].filter(Boolean).join(' ')));
});

test('a keyboard of another country is told by its swapped keys', () => {
  const swap = (pairs) => Array.from(PLAIN).map((one) => pairs[one] || one).join('');
  const german = judge(pull(swap({ y: 'z', z: 'y', Y: 'Z', Z: 'Y', '-': '\u00df', '/': '-', _: '?', ':': '\u00d6' })));
  assert.equal(finding(german, 'layout_qwertz').topic, 'layout');
  const french = judge(pull(swap({ a: 'q', q: 'a', z: 'w', w: 'z', m: ',', 0: '\u00e0', 1: '&', 2: '\u00e9', 3: '"', 4: "'", 5: '(', 6: '-', 7: '\u00e8', 8: '_', 9: '\u00e7' })));
  assert.equal(finding(french, 'layout_azerty').level, 'bad');
  const all = { a: 'q', q: 'a', z: 'w', w: 'z', m: ',', A: 'Q', Q: 'A', Z: 'W', W: 'Z', M: '?', '-': ')', _: '\u00b0', '/': '!', ':': 'M', '.': ':', ']': '$', [GS]: '~' };
  Array.from('\u00e0&\u00e9"\'(-\u00e8_\u00e7').forEach((one, digit) => { all[digit] = one; });
  codes.tests.forEach((code) => ['', code.aim].forEach((aim) => {
    const worst = judge(pull(Array.from(aim + code.text).map((one) => all[one] || one).join('')));
    assert.deepEqual([worst.verdict, worst.code, finding(worst, 'layout_azerty').topic], ['bad', code.id, 'layout'], 'digits too, most keys of a code');
  }));
  assert.equal(finding(judge(pull(swap({ '-': "'", '/': '-' }))), 'changed').values.list, "-\u2192' /\u2192-");
});

test('Caps Lock and a gun that knows only capitals are told apart', () => {
  const turn = (one) => (one === one.toLowerCase() ? one.toUpperCase() : one.toLowerCase());
  assert.ok(said(judge(pull(Array.from(PLAIN).map(turn).join('')))).includes('case_turned'));
  assert.ok(said(judge(pull(PLAIN.toUpperCase()))).includes('case_lost'));
});

test('each suffix is told', () => {
  const suffix = (events) => judge(events).suffix;
  assert.equal(suffix(pull(PLAIN)), 'enter');
  assert.equal(suffix(pull(PLAIN, { suffix: 'Tab' })), 'tab');
  assert.equal(suffix(pull(PLAIN, { suffix: '' })), 'none');
  assert.equal(suffix(pull(PLAIN + '\\n', { suffix: '' })), 'literal');
  assert.equal(suffix([{ type: 'text', text: PLAIN + '\n', t: 1 }]), 'line');
  assert.equal(suffix(pull(PLAIN, { suffix: '' }).concat([key('Enter', 900)])), 'late');
  assert.equal(judge(pull(PLAIN, { suffix: '' })).verdict, 'warn');
});

test('ways, pace and the Alt of some firmware are told', () => {
  assert.ok(said(judge([{ type: 'text', text: PLAIN, t: 1 }, key('Enter', 9)])).includes('method'));
  assert.ok(said(judge([{ type: 'paste', text: PLAIN, t: 1, field: null }])).includes('paste'));
  assert.equal(finding(judge(pull(PLAIN, { gap: 60 })), 'slow').values.gap, 60);
  assert.ok(said(judge(pull(PLAIN, { more: { alt: true } }))).includes('alt'));
});

test('keys that are no scan, a code that was cut and a code that is none of ours are told', () => {
  assert.ok(said(diagnose([key('a', 1), key('b', 900)], null, codes.tests)).includes('no_scan'));
  assert.ok(said(diagnose([], { type: 'broken', text: PLAIN.slice(0, 5), end: 'silence', gap: 5, restore: null }, codes.tests)).includes('broken'));
  const other = judge(pull('4006381333931000'));
  assert.deepEqual([other.code, said(other).includes('unknown')], ['', true]);
});

test('every finding has a text, and every fault has advice for every maker', () => {
  const source = readFileSync(new URL('../../static/gun/diagnosis.js', import.meta.url), 'utf8');
  const topics = new Set([...source.matchAll(/'(gs|suffix|speed|layout)'/g)].map((found) => found[1]));
  assert.deepEqual([...topics].sort(), ['gs', 'layout', 'speed', 'suffix']);
  Object.keys(messages.makers).forEach((maker) => topics.forEach((topic) => assert.ok(messages.advice[`${maker}_${topic}`], `${maker}_${topic}`)));
  const everything = [pull(PLAIN), pull(LOTS), pull(LOTS.replace(GS, '~')), pull(LOTS.replace(GS, '')), pull(PLAIN.replace('m', '')), pull(PLAIN, { suffix: '' }), pull(PLAIN, { gap: 60 }), pull('4006381333931000'), pull('*' + PLAIN), pull(codes.tests[2].text.slice(0, -1))];
  everything.forEach((events) => judge(events).findings.concat(judge(events, '~').findings).forEach((one) => assert.ok(messages.findings[one.say], one.say)));
  codes.tests.forEach((code) => assert.ok(messages.codes[code.id.replace(/-/g, '_')], code.id));
});

test('the report for support holds the verdict and every key', () => {
  const events = pull(LOTS, { gs: [']'] });
  const text = report(judge(events), events, ['about']);
  assert.match(text, /^about\nverdict: "good"/);
  assert.match(text, /\d+ ms down Ctrl\+\]/);
  assert.equal(text.split('\n').filter((line) => / ms down /.test(line)).length, events.length);
});

test('a stand-in for GS is replaced only where a GS1 message can have one', () => {
  assert.equal(separated('10L42~21S9', '~'), `10L42${GS}21S9`);
  assert.equal(separated(']C110L42~21S9', '~'), `]C110L42${GS}21S9`);
  assert.equal(separated('10A<GS>21B<GS>3712', '<GS>'), `10A${GS}21B${GS}3712`);
  for (const text of ['A#01', 'A#12-3', '10#A', '12~', '~10L', ']C012#34', 'no mark']) assert.equal(separated(text, text.includes('#') ? '#' : '~'), text);
  assert.equal(separated('10L42~21S9', ''), '10L42~21S9');
  assert.equal(separated(']C110L42]21S9', ']'), `]C110L42${GS}21S9`, 'the bracket of the AIM id stays');
  assert.equal(separated(']C110L42^]21S9', '^]'), `]C110L42${GS}21S9`);
});
