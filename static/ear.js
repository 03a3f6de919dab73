/**
 * Listens to the page's keys, input methods and pastes, and hands scans on. One hidden-looking but focusable field (the
 * sink) takes what an input method types; it never brings up a keyboard on the screen.
 */
import { deadline, idle, step } from './wedge.js';

const TEXT_TYPES = ['text', 'search', 'number', 'password', 'tel', 'url', 'email', 'date', 'datetime-local', 'time'];

/** @param {{page: Document, now: () => number, onScan: (scan: import('./wedge.js').Scan) => void, onReady: (ready: boolean) => void}} platform */
export function listen(platform) {
  const { page, now } = platform;
  const sink = page.createElement('input');
  sink.type = 'text';
  sink.id = 'sink';
  sink.className = 'sink';
  sink.setAttribute('inputmode', 'none');
  sink.setAttribute('autocomplete', 'off');
  sink.setAttribute('autocapitalize', 'off');
  sink.setAttribute('aria-label', 'Scanner input');
  sink.setAttribute('tabindex', '-1');
  page.body.appendChild(sink);

  let wedge = idle();
  /** @type {any} */
  let timer = null;

  /** @param {import('./wedge.js').WedgeEvent} event @param {Event} [cause] */
  function feed(event, cause) {
    const field = focused();
    const now = step(wedge, Object.assign({ field }, event));
    wedge = now.wedge;
    if (now.eat && cause) {
      cause.preventDefault();
      cause.stopPropagation();
    }
    now.out.forEach((scan) => {
      giveBack(scan.restore);
      platform.onScan(scan);
    });
    plan();
  }

  function plan() {
    clearTimeout(timer);
    const due = deadline(wedge);
    if (due !== null) timer = setTimeout(() => feed({ type: 'silence', t: Math.max(due, now()) }), Math.max(0, due - now()) + 1);
  }

  /** The text field a person may be typing in; null when keys are for us.
   * @returns {import('./wedge.js').Field | null} */
  function focused() {
    const at = page.activeElement;
    if (!at || at === sink) return null;
    const editable = at instanceof HTMLTextAreaElement || (at instanceof HTMLInputElement && TEXT_TYPES.indexOf(at.type) >= 0);
    if (!editable) return null;
    const input = /** @type {HTMLInputElement} */ (at);
    return { id: input.id, value: input.value };
  }

  /** @param {import('./wedge.js').Field | null} field */
  function giveBack(field) {
    const at = /** @type {HTMLInputElement | null} */ (page.activeElement);
    if (!field || !at || at.id !== field.id) return;
    at.value = field.value;
    at.dispatchEvent(new Event('input', { bubbles: true }));
  }

  /** Take the focus where nobody types, so that an input method has a place to type into. */
  function attend() {
    if (focused() === null && page.activeElement !== sink && (page.activeElement === page.body || page.activeElement === null)) {
      sink.focus({ preventScroll: true });
    }
    ready();
  }

  function ready() {
    platform.onReady(page.hasFocus() && page.visibilityState === 'visible');
  }

  /** @param {KeyboardEvent} event @returns {any} */
  const keyOf = (event) => ({ key: event.key, code: event.code, ctrl: event.ctrlKey, alt: event.altKey, meta: event.metaKey, repeat: event.repeat, t: now() });

  page.addEventListener('keydown', (event) => {
    if (!event.isComposing) feed(Object.assign(keyOf(event), { type: 'down' }), event);
  }, true);
  page.addEventListener('keyup', (event) => feed(Object.assign(keyOf(event), { type: 'up' }), event), true);
  page.addEventListener('paste', (event) => {
    const text = event.clipboardData ? event.clipboardData.getData('text') : '';
    feed({ type: 'paste', text, t: now() }, event);
  }, true);
  /** @param {any} event */
  const typed = (event) => {
    if (event.type === 'input' && event.isComposing) return;
    const text = sink.value;
    sink.value = '';
    if (text) feed({ type: 'text', text, t: now() });
  };
  sink.addEventListener('input', typed);
  sink.addEventListener('compositionend', typed);
  page.addEventListener('visibilitychange', ready);
  page.addEventListener('focusin', ready);
  page.addEventListener('click', () => setTimeout(attend, 0));
  window.addEventListener('focus', () => setTimeout(attend, 0));
  window.addEventListener('blur', () => {
    feed({ type: 'lost', t: now() });
    ready();
  });
  attend();
  return { attend };
}
