/**
 * The keyboard wedge: key events with their times in, scans out. Pure: no clock, no page.
 *
 * A gun "types" a code. A burst of keys is ended by Enter, Tab, or a silence of max(120 ms, 3 times the burst's median
 * gap). With no field focused any burst of three or more characters is a scan; in a text field only one faster than
 * 40 ms a key, and the field gets its value back.
 */

export const GS = '\u001d';
const SHORTEST_SILENCE = 120;
const HUMAN_GAP = 40;
const LEAST = 3;
const SAME_TEXT = 30;

/**
 * @typedef {Object} Field a focused text field, as it was when the key came (null: none, or our own sink)
 * @property {string} id
 * @property {string} value
 *
 * @typedef {Object} WedgeEvent
 * @property {'down' | 'up' | 'text' | 'paste' | 'silence' | 'lost'} type
 * @property {number} t milliseconds, any steady clock
 * @property {string} [key] KeyboardEvent.key
 * @property {string} [code] KeyboardEvent.code
 * @property {boolean} [ctrl]
 * @property {boolean} [alt]
 * @property {boolean} [meta]
 * @property {boolean} [repeat]
 * @property {string} [text] for `text` (an input method) and `paste`
 * @property {Field | null} [field]
 *
 * @typedef {Object} Scan
 * @property {'scan' | 'broken'} type `broken`: focus was lost in the middle, so the code may be cut
 * @property {string} text
 * @property {'enter' | 'tab' | 'silence' | 'text' | 'paste'} end
 * @property {number} gap median milliseconds between keys
 * @property {{id: string, value: string} | null} restore the field that must get its value back
 *
 * @typedef {Object} Wedge
 * @property {string} text
 * @property {number[]} gaps
 * @property {number} last
 * @property {Field | null} field
 * @property {string[]} values what the field held before each key
 * @property {string | null} alt digits typed while Alt is held; null when it is not
 * @property {number} texted when the last input-method text came; -1: never
 *
 * @typedef {Object} Step
 * @property {Wedge} wedge
 * @property {Scan[]} out
 * @property {boolean} eat true: the page must not act on this key
 */

/** @returns {Wedge} */
export function idle() {
  return { text: '', gaps: [], last: 0, field: null, values: [], alt: null, texted: -1 };
}

/** When the burst under way ends by silence; null when there is none.
 * @param {Wedge} wedge
 * @returns {number | null} */
export function deadline(wedge) {
  return wedge.text === '' && wedge.alt === null ? null : wedge.last + silence(wedge);
}

/** Take one event; give the next state and what it completed.
 * @param {Wedge} wedge
 * @param {WedgeEvent} event
 * @returns {Step} */
export function step(wedge, event) {
  const due = deadline(wedge);
  if (due !== null && event.t >= due && event.type !== 'up' && event.type !== 'lost') {
    const before = finish(wedge, 'silence');
    if (event.type === 'silence') return before;
    const after = take(before.wedge, event);
    return { wedge: after.wedge, out: before.out.concat(after.out), eat: after.eat };
  }
  return take(wedge, event);
}

/** @param {Wedge} wedge @param {WedgeEvent} event @returns {Step} */
function take(wedge, event) {
  if (event.type === 'down') return down(wedge, event);
  if (event.type === 'up') return up(wedge, event);
  if (event.type === 'text') return typed(wedge, event);
  if (event.type === 'paste') return pasted(wedge, event);
  if (event.type === 'lost') return lost(wedge);
  return { wedge, out: [], eat: false };
}

/** @param {Wedge} wedge @param {WedgeEvent} event @returns {Step} */
function down(wedge, event) {
  const key = event.key || '';
  const burst = wedge.text !== '' || wedge.alt !== null;
  if (key === 'Enter' || key === 'Tab') return ended(wedge, key === 'Enter' ? 'enter' : 'tab');
  if (key === 'Alt' || key === 'AltGraph') {
    return { wedge: Object.assign({}, wedge, { alt: wedge.alt === null ? '' : wedge.alt, last: event.t }), out: [], eat: true };
  }
  if (key === 'F8' || key === GS || (event.ctrl && (key === ']' || event.code === 'BracketRight'))) {
    return burst ? grown(wedge, GS, event, true) : { wedge, out: [], eat: false };
  }
  if (event.ctrl || event.meta) {
    const line = key === 'j' || key === 'J' || key === 'm' || key === 'M';
    if (burst && event.ctrl && line) return ended(wedge, 'enter');
    return { wedge, out: [], eat: burst && event.ctrl === true };
  }
  if (Array.from(key).length !== 1) return { wedge, out: [], eat: false };
  if ((event.repeat || key === ' ') && !burst) return { wedge, out: [], eat: false };
  if (wedge.alt !== null && event.alt && /^[0-9]$/.test(key)) {
    return { wedge: Object.assign({}, wedge, { alt: wedge.alt + key, last: event.t }), out: [], eat: true };
  }
  return grown(wedge.alt === null ? wedge : released(wedge, !event.alt), key, event, event.field == null);
}

/** @param {Wedge} wedge @param {WedgeEvent} event @returns {Step} */
function up(wedge, event) {
  if ((event.key === 'Alt' || event.key === 'AltGraph') && wedge.alt !== null) {
    const next = released(wedge, true);
    return { wedge: next.text === '' ? idle() : Object.assign({}, next, { last: event.t }), out: [], eat: true };
  }
  return { wedge, out: [], eat: wedge.text !== '' && event.key === ' ' && wedge.field === null };
}

/** Resolve digits that came while Alt was held: 29 is GS, anything else was characters (some guns hold Alt all the time).
 * @param {Wedge} wedge @param {boolean} over @returns {Wedge} */
function released(wedge, over) {
  const digits = wedge.alt || '';
  let text = wedge.text;
  if (/^0{0,2}29$/.test(digits)) text += text === '' ? '' : GS;
  else text += digits;
  return Object.assign({}, wedge, { text, alt: over ? null : '' });
}

/** @param {Wedge} wedge @param {string} character @param {WedgeEvent} event @param {boolean} eat @returns {Step} */
function grown(wedge, character, event, eat) {
  const start = wedge.text === '';
  const gaps = start ? [] : wedge.gaps.concat([event.t - wedge.last]);
  const field = start ? event.field || null : wedge.field;
  const values = (start ? [] : wedge.values).concat([event.field ? event.field.value : '']);
  const next = Object.assign({}, wedge, { text: wedge.text + character, gaps, last: event.t, field, values });
  return { wedge: next, out: [], eat };
}

/** Text from an input method: usually the whole code at once, sometimes with its Enter inside.
 * @param {Wedge} wedge @param {WedgeEvent} event @returns {Step} */
function typed(wedge, event) {
  const text = event.text || '';
  /** @type {Scan[]} */
  let out = [];
  let now = wedge;
  const whole = Array.from(text).length > 1;
  if (whole && now.text !== '' && event.t - now.last > SAME_TEXT && now.texted >= 0) {
    const before = finish(now, 'silence');
    out = before.out;
    now = before.wedge;
  }
  const parts = text.split(/[\r\n\t]/);
  for (let i = 0; i < parts.length; i += 1) {
    if (parts[i] !== '') {
      const gap = now.text === '' ? [] : [event.t - now.last];
      now = Object.assign({}, now, { text: now.text + parts[i], gaps: now.gaps.concat(gap), last: event.t, field: null, texted: event.t });
    }
    if (i < parts.length - 1) {
      const done = finish(now, 'text');
      out = out.concat(done.out);
      now = done.wedge;
    }
  }
  return { wedge: now, out, eat: true };
}

/** @param {Wedge} wedge @param {WedgeEvent} event @returns {Step} */
function pasted(wedge, event) {
  if (event.field) return { wedge, out: [], eat: false };
  /** @type {Scan[]} */
  const out = [];
  (event.text || '').split(/[\r\n]+/).forEach((line) => {
    const text = clean(line.trim());
    if (text.length >= LEAST) out.push({ type: 'scan', text, end: 'paste', gap: 0, restore: null });
  });
  return { wedge, out, eat: true };
}

/** @param {Wedge} wedge @returns {Step} */
function lost(wedge) {
  const done = finish(wedge, 'silence');
  return { wedge: done.wedge, out: done.out.map((scan) => Object.assign({}, scan, { type: 'broken' })), eat: false };
}

/** @param {Wedge} wedge @param {'enter' | 'tab'} end @returns {Step} */
function ended(wedge, end) {
  const done = finish(wedge, end);
  return { wedge: done.wedge, out: done.out, eat: done.out.length > 0 };
}

/** @param {Wedge} wedge @param {Scan['end']} end @returns {Step} */
function finish(wedge, end) {
  const resolved = withoutTyping(wedge.alt === null ? wedge : released(wedge, true));
  const text = clean(resolved.text);
  const gap = median(resolved.gaps);
  const long = Array.from(text).length >= LEAST;
  const fast = resolved.field === null || gap < HUMAN_GAP;
  /** @type {Scan[]} */
  const out = long && fast ? [{ type: 'scan', text, end, gap, restore: resolved.field }] : [];
  return { wedge: idle(), out, eat: false };
}

/** Take off what a person typed into a field right before the gun did: keys that came slowly, then keys that came fast.
 * @param {Wedge} wedge @returns {Wedge} */
function withoutTyping(wedge) {
  const keys = Array.from(wedge.text);
  if (wedge.field === null || wedge.values.length !== keys.length) return wedge;
  let first = wedge.gaps.length;
  while (first > 0 && wedge.gaps[first - 1] < HUMAN_GAP) first -= 1;
  const before = wedge.gaps.slice(0, first);
  if (before.length < 2 || median(before) < HUMAN_GAP) return wedge;
  const field = { id: wedge.field.id, value: wedge.values[first] };
  return Object.assign({}, wedge, { text: keys.slice(first).join(''), gaps: wedge.gaps.slice(first), field });
}

/** Some guns send their suffix as the two characters backslash and n.
 * @param {string} text */
function clean(text) {
  const without = text.replace(/(\\r|\\n|\\t)+$/, '');
  return without.length >= LEAST ? without : text;
}

/** @param {Wedge} wedge */
function silence(wedge) {
  return Math.max(SHORTEST_SILENCE, 3 * median(wedge.gaps));
}

/** @param {number[]} values */
function median(values) {
  if (values.length === 0) return 0;
  const sorted = values.slice().sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  return sorted.length % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}
