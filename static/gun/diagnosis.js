/**
 * Judges one trigger pull: what came, how it came, and what is wrong with it against the known text of a test barcode. Pure.
 */

const GS = '\u001d';
/** What a gun may type instead of GS. */
export const MARKS = ['<GS>', '{GS}', '^]', '~', '#', '^', '|', ']'];
const SLOW = 40;
/** So much of a test barcode may differ and it is still taken for that one; all of it where each key always became the same other one. */
const KIN = 0.6;
/** Keys that change places where gun and system think of different keyboards. */
const LAYOUTS = { qwertz: ['yz', 'zy', 'YZ', 'ZY'], azerty: ['aq', 'qa', 'AQ', 'QA', 'zw', 'wz', 'ZW', 'WZ', '1&'] };
/** @type {Object.<string, string>} */
const SYMBOLOGIES = { C0: 'Code 128', C1: 'GS1-128', E0: 'EAN-13', E4: 'EAN-8', Q1: 'QR Code', Q3: 'GS1 QR Code', d1: 'Data Matrix', d2: 'GS1 DataMatrix', e0: 'GS1 DataBar', A0: 'Code 39', I1: 'ITF' };

/**
 * @typedef {{id: string, text: string, aim: string}} Code a test barcode
 * @typedef {import('../wedge.js').WedgeEvent} WedgeEvent
 * @typedef {import('../wedge.js').Scan} Scan
 *
 * @typedef {Object} Finding
 * @property {'good' | 'warn' | 'bad'} level
 * @property {string} say which text of `ui.gun.findings` says it
 * @property {string} topic which advice helps; '': none is needed
 * @property {Object.<string, any>} [values]
 *
 * @typedef {Object} Diagnosis
 * @property {'good' | 'warn' | 'bad'} verdict
 * @property {string} text what was heard, without AIM id and suffix
 * @property {string} code id of the test barcode; '': none of them
 * @property {'keys' | 'method' | 'paste'} way
 * @property {number} gap median milliseconds a key
 * @property {'enter' | 'tab' | 'line' | 'literal' | 'late' | 'none'} suffix
 * @property {string} aim with its bracket; '': none
 * @property {string} symbology as the AIM id says; '': not known
 * @property {'' | 'sent' | 'mark' | 'lost'} gs '': this code has none
 * @property {string} mark what stands for GS
 * @property {Finding[]} findings
 */

/** Judge the events of one trigger pull. `separator`: what this device already takes for GS.
 * @param {WedgeEvent[]} events @param {Scan | null} scan @param {Code[]} codes @param {string} [separator] @returns {Diagnosis} */
export function diagnose(events, scan, codes, separator) {
  const heard = scan ? scan.text : typed(events);
  const aim = (/^\][A-Za-z][0-9A-Za-z]/.exec(heard) || [''])[0];
  const text = heard.slice(aim.length);
  const melted = isMelted(heard, codes);
  const kin = melted ? null : nearest(text, codes);
  const way = events.some((event) => event.type === 'paste') ? 'paste' : events.some((event) => event.type === 'text') ? 'method' : 'keys';
  const suffix = suffixOf(events, scan);
  const gs = kin === null || kin.code.text.indexOf(GS) < 0 ? '' : kin.mark === '' || kin.steps.some(isGsElse) ? 'lost' : kin.mark === GS ? 'sent' : 'mark';
  const gap = scan ? Math.round(scan.gap) : 0;
  /** @type {Finding[]} */
  const findings = [];
  /** @param {Finding['level']} level @param {string} say @param {string} topic @param {Object.<string, any>} [values] */
  const find = (level, say, topic, values) => { findings.push({ level, say, topic, values }); };
  if (scan === null) find('bad', 'no_scan', 'suffix');
  else if (scan.type === 'broken') find('bad', 'broken', '');
  if (melted) find('bad', 'melted', 'suffix');
  else if (kin === null) find('warn', 'unknown', '');
  else compare(kin, find);
  if (gs === 'sent') find('good', 'gs_sent', '', { how: disguise(events) });
  const mark = gs === 'mark' && kin ? kin.mark : '';
  if (mark && mark === separator) find('good', 'gs_taken', '', { mark });
  else if (mark) find('warn', 'gs_mark', 'gs', { mark });
  if (gs === 'lost') find('bad', 'gs_lost', 'gs');
  find(suffix === 'none' || suffix === 'literal' || suffix === 'late' ? 'warn' : 'good', 'suffix_' + suffix, suffix === 'enter' || suffix === 'tab' || suffix === 'line' ? '' : 'suffix');
  if (way === 'keys') find(gap < SLOW ? 'good' : 'warn', gap < SLOW ? 'fast' : 'slow', gap < SLOW ? '' : 'speed', { gap });
  else find('good', way, '');
  if (downs(events).length > 0 && downs(events).every((event) => event.alt)) find('good', 'alt', '');
  if (kin !== null) find('good', aim ? 'aim' : 'no_aim', aim ? '' : 'aim', { aim });
  const verdict = findings.some((one) => one.level === 'bad') ? 'bad' : findings.some((one) => one.level === 'warn') ? 'warn' : 'good';
  return { verdict, text, code: kin ? kin.code.id : '', way, gap, suffix, aim, symbology: SYMBOLOGIES[aim.slice(1)] || '', gs, mark, findings };
}

/** Write it down for those who can't see the gun.
 * @param {Diagnosis} diagnosis @param {WedgeEvent[]} events @param {string[]} about lines about the device @returns {string} */
export function report(diagnosis, events, about) {
  const start = events.length ? events[0].t : 0;
  const facts = ['verdict', 'code', 'text', 'way', 'gap', 'suffix', 'aim', 'gs', 'mark'].map((name) => name + ': ' + JSON.stringify(/** @type {any} */ (diagnosis)[name]));
  const found = diagnosis.findings.map((one) => one.level + ' ' + one.say + (one.values ? ' ' + JSON.stringify(one.values) : ''));
  return about.concat(facts, found, events.filter((event) => event.type !== 'silence').map((event) => Math.round(event.t - start) + ' ms ' + event.type + ' ' + keyName(event)), '').join('\n');
}

/** Name a key with what was held. @param {WedgeEvent} event @returns {string} */
export function keyName(event) {
  const held = [event.ctrl ? 'Ctrl+' : '', event.alt ? 'Alt+' : '', event.meta ? 'Meta+' : ''].join('');
  const name = event.text !== undefined ? event.text : event.key || '';
  return held + JSON.stringify(name).slice(1, -1) + (event.repeat ? ' (repeat)' : '');
}

/** @param {WedgeEvent[]} events */
function downs(events) {
  return events.filter((event) => event.type === 'down' && Array.from(event.key || '').length === 1);
}

/** What the keys spell, whatever the wedge made of them. @param {WedgeEvent[]} events @returns {string} */
function typed(events) {
  return events.map((event) => (event.type === 'text' || event.type === 'paste' ? event.text || '' : event.type === 'down' && Array.from(event.key || '').length === 1 && !event.ctrl ? event.key : '')).join('');
}

/** @param {WedgeEvent[]} events @param {Scan | null} scan @returns {Diagnosis['suffix']} */
function suffixOf(events, scan) {
  if (scan !== null && (scan.end === 'enter' || scan.end === 'tab')) return scan.end;
  if (/[\r\n\t]$/.test(typed(events))) return 'line';
  if (/\\[rnt]$/.test(typed(events))) return 'literal';
  return events.some((event) => event.type === 'down' && (event.key === 'Enter' || event.key === 'Tab')) ? 'late' : 'none';
}

/** How GS came. @param {WedgeEvent[]} events @returns {string} */
function disguise(events) {
  if (events.some((event) => event.type === 'down' && event.key === 'F8')) return 'F8';
  if (events.some((event) => event.type === 'down' && event.ctrl && (event.key === ']' || event.code === 'BracketRight'))) return 'Ctrl+]';
  return events.some((event) => event.type === 'down' && event.key === 'Alt') ? 'Alt+0029' : 'U+001D';
}

/**
 * @typedef {Object} Kin
 * @property {Code} code
 * @property {string} mark what stands for GS in what was heard
 * @property {[string, string][]} steps expected and heard character, '' where there is none
 * @property {number} off how many of them differ
 */

/** Whether these are two or more test barcodes in a row. @param {string} text @param {Code[]} codes @returns {boolean} */
function isMelted(text, codes) {
  return codes.some((code) => [code.text, code.aim + code.text].some((first) => {
    const rest = text.indexOf(first) === 0 ? text.slice(first.length) : '';
    return rest !== '' && (codes.some((other) => rest === other.text || rest === other.aim + other.text) || isMelted(rest, codes));
  }));
}

/** The test barcode that this most likely was; an AIM id whose bracket changed is a part of it. @param {string} text @param {Code[]} codes @returns {Kin | null} */
function nearest(text, codes) {
  /** @type {Kin | null} */
  let best = null;
  codes.forEach((code) => ['', code.aim].forEach((aim) => {
    (code.text.indexOf(GS) < 0 ? [GS] : [GS].concat(MARKS, '')).forEach((mark) => {
      const steps = align(Array.from(aim + code.text.split(GS).join(mark)), Array.from(text));
      const off = steps.filter((step) => step[0] !== step[1]).length;
      if ((off <= KIN * code.text.length || isSwapped(steps)) && (best === null || off < best.off)) best = { code, mark, steps, off };
    });
  }));
  return best;
}

/** Whether each key always became the same one, as between the keyboards of two countries. @param {[string, string][]} steps @returns {boolean} */
function isSwapped(steps) {
  return steps.every((step) => step[0] !== '' && step[1] !== '' && steps.every((other) => other[0] !== step[0] || other[1] === step[1]));
}

/** Whether something else came where GS stands. @param {[string, string]} step @returns {boolean} */
function isGsElse(step) {
  return step[0] === GS && step[1] !== GS;
}

/** Lay two texts side by side: key by key where each key always became the same other one, else with the fewest differences.
 * @param {string[]} expected @param {string[]} heard @returns {[string, string][]} */
function align(expected, heard) {
  const straight = expected.map((one, at) => /** @type {[string, string]} */ ([one, heard[at]]));
  if (expected.length === heard.length && isSwapped(straight)) return straight;
  /** @type {number[][]} */
  const cost = [];
  for (let i = 0; i <= expected.length; i += 1) {
    cost.push([i]);
    for (let j = 1; j <= heard.length; j += 1) {
      cost[i][j] = i === 0 ? j : Math.min(cost[i - 1][j] + 1, cost[i][j - 1] + 1, cost[i - 1][j - 1] + (expected[i - 1] === heard[j - 1] ? 0 : 1));
    }
  }
  /** @type {[string, string][]} */
  const steps = [];
  let i = expected.length;
  let j = heard.length;
  while (i > 0 || j > 0) {
    const same = i > 0 && j > 0 && cost[i][j] === cost[i - 1][j - 1] + (expected[i - 1] === heard[j - 1] ? 0 : 1);
    const missing = !same && i > 0 && cost[i][j] === cost[i - 1][j] + 1;
    steps.unshift([same || missing ? expected[i - 1] : '', same || !missing ? heard[j - 1] : '']);
    if (same || missing) i -= 1;
    if (same || !missing) j -= 1;
  }
  return steps;
}

/** Say what is wrong with the text. @param {Kin} kin
 * @param {(level: Finding['level'], say: string, topic: string, values?: Object.<string, any>) => void} find */
function compare(kin, find) {
  const lost = kin.steps.filter((step) => step[1] === '').map((step) => step[0]);
  const more = kin.steps.filter((step) => step[0] === '').map((step) => step[1]);
  const changed = kin.steps.filter((step) => step[0] !== '' && step[1] !== '' && step[0] !== step[1] && !isGsElse(step));
  const letters = kin.steps.filter((step) => step[0].toLowerCase() !== step[0].toUpperCase());
  const turned = letters.filter((step) => step[0] !== step[1] && step[0].toLowerCase() === step[1].toLowerCase());
  if (kin.off === 0) return find('good', 'whole', '', { n: kin.steps.length });
  if (turned.length > 0 && turned.length === changed.length) return find('bad', turned.length === letters.length ? 'case_turned' : 'case_lost', 'layout');
  const within = kin.steps.map((step) => (step[0] === '' ? '+' : '.')).join('').replace(/^\++|\++$/g, '');
  if (kin.code.id === 'ean13' && kin.steps.map((step) => step[1]).join('') === kin.code.text.slice(0, -1)) find('bad', 'check_digit', '');
  else if (lost.length > 0) find('bad', 'lost', 'speed', { n: lost.length, list: lost.join(' ') });
  if (more.length > 0 && within.indexOf('+') < 0) find('bad', 'around', '', { list: more.join(' ') });
  else if (more.length > 0) find('bad', 'more', 'speed', { n: more.length, list: more.join(' ') });
  if (changed.length === 0) return undefined;
  const pairs = changed.map((step) => step.join(''));
  const layout = Object.keys(LAYOUTS).filter((name) => LAYOUTS[/** @type {'qwertz'} */ (name)].some((pair) => pairs.indexOf(pair) >= 0))[0];
  return find('bad', layout ? 'layout_' + layout : 'changed', 'layout', { list: changed.map((step) => step.join('\u2192')).filter((one, at, all) => all.indexOf(one) === at).join(' ') });
}
