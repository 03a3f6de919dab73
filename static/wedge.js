/**
 * The keyboard wedge: key events with their times in, scans out. Pure: no clock, no page.
 *
 * A gun "types" a code. A burst of keys is ended by Enter, Tab, or a silence of max(120 ms, 3 times the burst's median
 * gap). With no field focused any burst of three or more characters is a scan, and a shorter one that comes with its
 * Enter or Tab faster than 40 ms a key; in a text field only five or more, faster than 40 ms a key, or three or more that
 * come with their Enter or Tab as fast, and the field gets its value back. Text of an input method in a text field is a
 * scan only with its Enter or Tab: without one it may be a word that a person chose. In the field of a quantity nobody
 * types words, and five digits seldom: there the slowest gun and such text are scans too.
 */

export const GS = '\u001d';
const SHORTEST_SILENCE = 120;
export const HUMAN_GAP = 40;
/** Where a quantity is keyed, only what is slower than every gun is a hand's. */
export const SLOWEST_GUN = 110;
const LEAST = 3;
/** So many in a field, unless the suffix is as fast: people type three or four letters that fast now and then. */
const LEAST_IN_FIELD = 5;
const SAME_TEXT = 30;
const SLOWEST = 200;
/** So long a lone Enter or Tab still belongs to the scan before it: it must press no button and send no form. */
const LATE_SUFFIX = 500;
/** The median is that of the latest gaps: a code of thousands of characters costs no more a key than a short one. */
const SAMPLE = 32;
/** Keys with which an input method says that its text comes by another way. */
const WORDLESS = /^(Unidentified|Process|Dead|Compose)$/;

/**
 * @typedef {Object} Field a focused text field, as it was when the key came (null: none, or our own sink)
 * @property {string} id
 * @property {string} value
 * @property {number} human from which pause between keys on they are a hand's: `HUMAN_GAP`, or `SLOWEST_GUN` where nothing but a quantity is keyed
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
 * @property {Field | null} restore the field that must get its value back
 *
 * @typedef {Object} Wedge
 * @property {string} text
 * @property {number[]} gaps the latest ones
 * @property {number} last
 * @property {Field | null} field
 * @property {{at: number, value: string, typed: boolean} | null} run where the latest keys without a pause begin in the text,
 *   what the field held before them, and whether a person typed what stands before
 * @property {string | null} alt digits of the keypad typed while Alt is held; null when it is not
 * @property {boolean} alted the latest character was made of such digits: Windows types it once more, however late a busy machine says so
 * @property {number} texted when the last input-method text came; -1: never
 * @property {boolean} cut focus was lost in the middle: what follows without a pause is the rest of a cut code
 * @property {string} orphan single characters before this burst, too late for the silence of one without gaps; '': none
 * @property {number} late the longest pause between them and this burst: below three of its gaps they begin a slow gun's code
 * @property {number} spent until when a lone Enter or Tab belongs to the last scan
 *
 * @typedef {Object} Step
 * @property {Wedge} wedge
 * @property {Scan[]} out
 * @property {boolean} eat true: the page must not act on this key
 */

/** @returns {Wedge} */
export function idle() {
  return { text: '', gaps: [], last: 0, field: null, run: null, alt: null, alted: false, texted: -1, cut: false, orphan: '', late: 0, spent: -1 };
}

/** Put GS back where a gun types something visible in its place. Those are legal characters of other codes, so they are only
 * replaced in what can be a GS1 message: by its AIM id, or else where each stands between a message and an application identifier.
 * @param {string} text @param {string} mark what the device was set to; '': the gun sends GS itself
 * @returns {string} */
export function separated(text, mark) {
  if (mark === '') return text;
  const bracket = text[0] === ']' ? ']' : '';
  const parts = text.slice(bracket.length).split(mark);
  const likely = /^[0-9]{2}./.test(parts[0]) && parts.slice(1).every((part) => /^[0-9]{2}./.test(part));
  const gs1 = /^\](C1|e0|d2|Q3|J1)/.test(text) || (bracket === '' && likely);
  return gs1 ? bracket + parts.join(GS) : text;
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
    const before = finish(wedge, 'silence', event.t);
    if (event.type === 'silence') return before;
    const after = take(before.wedge, event);
    return { wedge: after.wedge, out: before.out.concat(after.out), eat: after.eat };
  }
  return take(wedge, event);
}

/** @param {Wedge} wedge @param {WedgeEvent} event @returns {Step} */
function take(wedge, event) {
  if (wedge.cut && (event.type === 'down' || event.type === 'text')) return rest(wedge, event);
  if (event.type === 'down') return down(wedge, event);
  if (event.type === 'up') return up(wedge, event);
  if (event.type === 'text') return typed(wedge, event);
  if (event.type === 'paste') return pasted(wedge, event);
  if (event.type === 'lost') return lost(wedge, event);
  return { wedge, out: [], eat: false };
}

/** Swallow what follows a cut code without a pause.
 * @param {Wedge} wedge @param {WedgeEvent} event @returns {Step} */
function rest(wedge, event) {
  if (event.t - wedge.last >= SHORTEST_SILENCE) return take(idle(), event);
  const over = event.key === 'Enter' || event.key === 'Tab';
  return { wedge: over ? idle() : Object.assign({}, wedge, { last: event.t }), out: [], eat: true };
}

/** @param {Wedge} wedge @param {WedgeEvent} event @returns {Step} */
function down(wedge, event) {
  const key = event.key || '';
  const burst = wedge.text !== '' || wedge.alt !== null;
  const single = Array.from(key).length === 1;
  if (key === 'Enter' || key === 'Tab') return ended(wedge, key === 'Enter' ? 'enter' : 'tab', event.t);
  if (key === 'Alt' || key === 'AltGraph') {
    return { wedge: Object.assign({}, wedge, { alt: wedge.alt === null ? '' : wedge.alt, last: event.t }), out: [], eat: true };
  }
  if (key === 'F8' || key === GS || (event.ctrl && (event.code === 'BracketRight' || (key === ']' && !event.alt)))) {
    return burst ? grown(wedge, GS, event, true) : { wedge, out: [], eat: false };
  }
  if (event.meta || (event.ctrl && !(event.alt && single))) {
    if (event.ctrl && /^[jm]$/i.test(key) && (burst || event.t <= wedge.spent)) return ended(wedge, 'enter', event.t);
    return { wedge, out: [], eat: gunlike(wedge) };
  }
  const digit = wedge.alt !== null && event.alt && /^(?:Numpad)?[0-9]$/.exec(event.code || key);
  if (digit) return { wedge: Object.assign({}, wedge, { alt: wedge.alt + digit[0].slice(-1), last: event.t }), out: [], eat: true };
  if (!single) return { wedge, out: [], eat: gunlike(wedge) && !WORDLESS.test(key) };
  if (key === ' ' && !burst) return { wedge, out: [], eat: false };
  const ours = event.field == null || (burst && wedge.field === null);
  if (event.repeat && !burst) return { wedge, out: [], eat: ours };
  return grown(wedge.alt === null ? wedge : released(wedge, !event.alt), key, event, ours);
}

/** Whether what came so far looks like a gun, so that no other key of it may act on the page.
 * @param {Wedge} wedge @returns {boolean} */
function gunlike(wedge) {
  if (wedge.text === '') return false;
  const latest = wedge.gaps.slice(-3);
  return wedge.field === null || (latest.length > 1 && median(latest) < wedge.field.human);
}

/** @param {Wedge} wedge @param {WedgeEvent} event @returns {Step} */
function up(wedge, event) {
  if ((event.key === 'Alt' || event.key === 'AltGraph') && wedge.alt !== null) {
    const { alt } = wedge;
    const made = /^0[0-9]{2,3}$/.test(alt) && Number(alt) > 31 && Number(alt) < 256;
    const next = made ? grown(Object.assign({}, wedge, { alt: null }), String.fromCharCode(Number(alt)), event, true).wedge : released(wedge, true);
    return { wedge: next.text === '' ? idle() : Object.assign({}, next, { last: event.t, alted: made }), out: [], eat: true };
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
  const gap = event.t - wedge.last;
  const gaps = start ? [] : wedge.gaps.concat([gap]).slice(-SAMPLE);
  let run = start ? null : wedge.run;
  if (!start && event.field && gap >= event.field.human) {
    run = { at: wedge.text.length, value: event.field.value, typed: gaps.length > 1 && median(gaps) >= event.field.human };
  }
  const field = start ? event.field || null : wedge.field;
  const late = start && wedge.orphan !== '' ? Math.max(wedge.late, gap) : wedge.late;
  return { wedge: Object.assign({}, wedge, { text: wedge.text + character, gaps, last: event.t, field, run, late, alted: false }), out: [], eat };
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
    const before = finish(now, 'silence', event.t);
    out = before.out;
    now = before.wedge;
  }
  if (now.alted && text === now.text.slice(-1)) return { wedge: Object.assign({}, wedge, { alted: false }), out, eat: true };
  const parts = text.split(/[\r\n\t]/);
  for (let i = 0; i < parts.length; i += 1) {
    if (parts[i] !== '') now = Object.assign(grown(now, parts[i], event, true).wedge, { texted: event.t });
    if (i < parts.length - 1) {
      const done = finish(now, 'text', event.t);
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
    if (Array.from(text).length >= LEAST) out.push({ type: 'scan', text, end: 'paste', gap: 0, restore: null });
  });
  return { wedge, out, eat: true };
}

/** @param {Wedge} wedge @param {WedgeEvent} event @returns {Step} */
function lost(wedge, event) {
  const done = finish(wedge, 'silence', event.t);
  const cut = gunlike(wedge);
  return { wedge: cut ? Object.assign(idle(), { cut, last: event.t }) : idle(), out: done.out.map((scan) => Object.assign({}, scan, { type: 'broken' })), eat: false };
}

/** @param {Wedge} wedge @param {'enter' | 'tab'} end @param {number} t @returns {Step} */
function ended(wedge, end, t) {
  if (wedge.text === '' && wedge.alt === null && t <= wedge.spent) return { wedge, out: [], eat: true };
  const done = finish(wedge, end, t);
  return { wedge: done.wedge, out: done.out, eat: done.out.length > 0 };
}

/** @param {Wedge} wedge @param {Scan['end']} end @param {number} t @returns {Step} */
function finish(wedge, end, t) {
  const resolved = withoutOrphans(withoutTyping(wedge.alt === null ? wedge : released(wedge, true)));
  const text = clean(resolved.text);
  const gap = median(resolved.gaps);
  if (!isScan(resolved, end, t)) return { wedge: Object.assign(idle(), end === 'silence' && orphaned(wedge)), out: [], eat: false };
  const spent = end === 'enter' || end === 'tab' ? t + silence(resolved) : wedge.last + LATE_SUFFIX;
  return { wedge: Object.assign(idle(), { spent }), out: [{ type: 'scan', text, end, gap, restore: resolved.field }], eat: false };
}

/** @param {Wedge} wedge @param {Scan['end']} end @param {number} t @returns {boolean} */
function isScan(wedge, end, t) {
  const length = Array.from(wedge.text).length;
  if (wedge.field !== null && (median(wedge.gaps) >= wedge.field.human || (wedge.texted >= 0 && end === 'silence' && wedge.field.human === HUMAN_GAP))) return false;
  if (length >= (wedge.field === null ? LEAST : LEAST_IN_FIELD)) return true;
  if (length < (wedge.field === null ? 1 : LEAST) || end === 'silence') return false;
  return Math.max.apply(null, wedge.gaps.concat([t - wedge.last])) < HUMAN_GAP;
}

/** A slow gun whose second key was too late for the silence of a burst without gaps: what came before belongs to it.
 * @param {Wedge} wedge @returns {Wedge} */
function withoutOrphans(wedge) {
  const begun = wedge.field === null && wedge.late < 3 * median(wedge.gaps);
  return begun ? Object.assign({}, wedge, { text: wedge.orphan + wedge.text }) : wedge;
}

/** Remember single characters that nothing followed in time. @param {Wedge} wedge */
function orphaned({ text, gaps, orphan, late, last }) {
  return gaps.length === 0 && (late < SLOWEST ? { orphan: orphan + text, late, last } : { orphan: text, last });
}

/** Take off what a person typed into a field right before the gun did: keys that came slowly, then keys that came fast.
 * @param {Wedge} wedge @returns {Wedge} */
function withoutTyping(wedge) {
  const { field, run } = wedge;
  if (field === null || run === null || !run.typed) return wedge;
  const text = wedge.text.slice(run.at);
  return Object.assign({}, wedge, { text, gaps: wedge.gaps.slice(Math.max(0, wedge.gaps.length - text.length + 1)), field: Object.assign({}, field, { value: run.value }) });
}

/** Some guns send their suffix as the two characters backslash and n; some spell a letter and its accent apart.
 * @param {string} text */
function clean(text) {
  return (text.replace(/(\\r|\\n|\\t)+$/, '') || text).normalize('NFC');
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
