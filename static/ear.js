/**
 * Listens to the page's keys, input methods and pastes, and hands scans on. One hidden-looking but focusable field (the
 * sink) takes what an input method types; it never brings up a keyboard on the screen.
 */
import { HUMAN_GAP, SLOWEST_GUN, deadline, idle, step } from './wedge.js';

const TYPED = /^(text|textarea|search|number|password|tel|url|email|date|datetime-local|time)$/;
/** A timer that comes later than this was held up, and so were the keys before it: they get one more turn. */
const HELD_UP = 20;
/** So long a browser may take to say that it isn't busy itself. */
const BUSY = 1000;
/** Older than this, the time of an event is no use: some guns send their keys with made-up times. */
const STALE = 10000;

/**
 * @typedef {Object} Heard one event as it came, for those who watch
 * @property {import('./wedge.js').WedgeEvent} event
 * @property {import('./wedge.js').Scan[]} out what it completed
 *
 * @param {{page: Document, label: () => string, now: () => number, onScan: (scan: import('./wedge.js').Scan) => void, onReady: (ready: boolean) => void}} platform
 */
export function listen(platform) {
  const { page, now } = platform;
  const sink = makeSink(page);
  let wedge = idle();
  let last = 0;
  /** @type {any} */
  let timer = null;
  /** @type {((heard: Heard) => void) | null} */
  let watcher = null;
  /** @type {import('./wedge.js').Field | null} what the field held before an input method typed into it */
  let before = null;
  /** An input method said by a key without meaning that the text comes by another way, for guns a character at a time. */
  let wordless = false;
  let byHand = false;

  /** @param {import('./wedge.js').WedgeEvent} event @param {Event} [cause] */
  function feed(event, cause) {
    const whole = Object.assign({ field: focused() }, event);
    last = whole.t;
    const next = step(wedge, whole);
    wedge = next.wedge;
    if (next.eat && cause) {
      cause.preventDefault();
      cause.stopPropagation();
    }
    if (watcher) watcher({ event: whole, out: next.out });
    next.out.forEach((scan) => {
      giveBack(scan.restore);
      platform.onScan(scan);
    });
    plan();
  }

  /** Wait for the silence from now, when the key was heard: on a busy page that is later than it was pressed, and so is the next.
   * Keys wait in the browser too, while the page is idle: what it answers comes after them. */
  function plan() {
    clearTimeout(timer);
    const due = deadline(wedge);
    if (due === null) return;
    const wait = due - wedge.last + 1;
    const planned = now() + wait;
    const mine = timer = setTimeout(async () => {
      await Promise.race([answer().catch(() => undefined), new Promise((resolve) => setTimeout(resolve, BUSY))]);
      if (mine === timer) timer = setTimeout(quiet, now() - planned > HELD_UP ? HELD_UP : 0, due);
    }, wait);
  }

  /** Ask what only the browser's own process can tell; an engine that can't be asked is taken at its timer's word. */
  async function answer() {
    await navigator.permissions.query({ name: 'geolocation' });
  }

  /** @param {number} due */
  function quiet(due) {
    feed({ type: 'silence', t: Math.max(due, now()) });
  }

  /** When an event happened: a busy page hears its keys late and all at once, but they carry their own times.
   * @param {Event} event @returns {number} */
  function timeOf(event) {
    const at = now();
    const own = event.timeStamp;
    return Math.max(last, own > at - STALE ? Math.min(own, at) : at);
  }

  /** The text field a person may be typing in; null when keys are for us.
   * @returns {import('./wedge.js').Field | null} */
  function focused() {
    const at = /** @type {any} */ (page.activeElement);
    if (!at || at === sink || !TYPED.test(at.type)) return null;
    return { id: at.id, value: at.value, human: at.id === 'keyed' ? SLOWEST_GUN : HUMAN_GAP };
  }

  /** @param {import('./wedge.js').Field | null} field */
  function giveBack(field) {
    const at = /** @type {HTMLInputElement | null} */ (page.activeElement);
    if (!field || !at || at.id !== field.id) return;
    at.value = field.value;
    at.dispatchEvent(new Event('input', { bubbles: true }));
  }

  /** Take the focus where nobody types, so that an input method has a place to type into. A control that somebody
   * reached by keyboard keeps it; one that was touched (`from`) does not. @param {Element | null} [from] */
  function attend(from) {
    sink.setAttribute('aria-label', platform.label());
    const at = page.activeElement;
    const free = at === null || at === page.body || (at === from && focused() === null && !(at instanceof HTMLSelectElement));
    if (free) sink.focus({ preventScroll: true });
    ready();
  }

  function ready() {
    platform.onReady(page.hasFocus() && page.visibilityState === 'visible');
  }

  function lost() {
    feed({ type: 'lost', t: Math.max(last, now()) });
    ready();
  }

  /** @param {KeyboardEvent} event @returns {any} */
  const keyOf = (event) => ({ key: event.key, code: event.code, ctrl: event.ctrlKey, alt: event.altKey, meta: event.metaKey, repeat: event.repeat, t: timeOf(event) });

  page.addEventListener('keydown', (event) => {
    byHand = false;
    wordless = event.keyCode === 229;
    if (!event.isComposing) feed(Object.assign(keyOf(event), { type: 'down' }), event);
  }, true);
  page.addEventListener('keyup', (event) => feed(Object.assign(keyOf(event), { type: 'up' }), event), true);
  page.addEventListener('paste', (event) => {
    const text = event.clipboardData ? event.clipboardData.getData('text') : '';
    feed({ type: 'paste', text, t: timeOf(event) }, event);
  }, true);
  page.addEventListener('beforeinput', () => { before = focused(); }, true);
  page.addEventListener('input', (/** @type {any} */ event) => {
    if (event.isComposing) return;
    if (event.target === sink) typed(event);
    else if (before && event.inputType === 'insertText' && (wordless || Array.from(event.data || '').length > 1)) feed({ type: 'text', text: event.data, t: timeOf(event), field: before });
  }, true);
  /** Text in the sink. A field of one line drops line ends, so what the event says is asked first. @param {any} event */
  function typed(event) {
    const text = event.data && event.data.replace(/[\r\n\t]/g, '') === sink.value ? event.data : sink.value;
    sink.value = '';
    if (text) feed({ type: 'text', text, t: timeOf(event) });
  }
  sink.addEventListener('compositionend', typed);
  page.addEventListener('visibilitychange', () => (page.visibilityState === 'hidden' ? lost() : ready()));
  page.addEventListener('focusin', ready);
  page.addEventListener('click', (/** @type {any} */ event) => {
    const touched = event.detail > 0 && event.pointerType !== '';
    setTimeout(() => attend(touched ? page.activeElement : null), 0);
  });
  page.addEventListener('pointerdown', () => { byHand = true; }, true);
  page.addEventListener('change', (event) => {
    if (byHand && event.target instanceof HTMLSelectElement) event.target.blur();
    setTimeout(attend, 0);
  });
  window.addEventListener('focus', () => setTimeout(attend, 0));
  window.addEventListener('blur', lost);
  attend();
  return {
    attend,
    /** Show every event to one who watches; null: to nobody. @param {((heard: Heard) => void) | null} eye */
    watch: (eye) => { watcher = eye; },
  };
}

/** First in the page, so that Tab goes from it to the screen's first button. @param {Document} page */
function makeSink(page) {
  const sink = page.createElement('input');
  sink.type = 'text';
  sink.id = 'sink';
  sink.className = 'sink';
  sink.setAttribute('inputmode', 'none');
  sink.setAttribute('autocomplete', 'off');
  sink.setAttribute('autocapitalize', 'off');
  sink.setAttribute('tabindex', '-1');
  page.body.insertBefore(sink, page.body.firstChild);
  return sink;
}
