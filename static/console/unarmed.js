/**
 * A scanner beside the desk types into whatever has the focus. Keys that follow each other too fast for a hand press no button, follow no
 * link and choose nothing from a list; into fields they type as ever.
 */

/** A slow gun takes 100 ms for a key, and more on a busy page; whoever chooses by a letter waits as long. */
const STILL = 250;
const PRESSED = /^(BUTTON|A|SUMMARY|SELECT)$/;
const TICKED = /^(checkbox|radio|submit|button|file)$/;

/** @param {Document} page */
export function unarm(page) {
  let last = -STILL;
  /** @type {any} what the last character was typed into */
  let where = null;
  let stopped = false;
  /** @type {any} */
  let choosing = null;
  page.addEventListener('keydown', (event) => {
    const at = /** @type {any} */ (event.target);
    const single = Array.from(event.key).length === 1;
    const fast = at === where && event.timeStamp - last < STILL && !event.repeat;
    if (single) [last, where] = [event.timeStamp, at];
    clearTimeout(choosing);
    stopped = fast && (event.key === 'Enter' || event.key === ' ') && (PRESSED.test(at.tagName) || (at.tagName === 'INPUT' && TICKED.test(at.type)));
    const letter = at.tagName === 'SELECT' && single && event.key !== ' ' && !event.ctrlKey && !event.altKey && !event.metaKey;
    if (stopped || letter) event.preventDefault();
    if (letter && !fast) choosing = setTimeout(choose, STILL, at, event.key);
  }, true);
  page.addEventListener('keyup', (event) => {
    if (stopped && event.key === ' ') event.preventDefault();
  }, true);
}

/** Choose the next option that begins so, as the browser does. @param {HTMLSelectElement} list @param {string} letter */
function choose(list, letter) {
  const size = list.options.length;
  for (let step = 1; step <= size; step += 1) {
    const at = (list.selectedIndex + step) % size;
    if (list.options[at].text.toLowerCase().indexOf(letter.toLowerCase()) === 0) {
      list.selectedIndex = at;
      ['input', 'change'].forEach((kind) => list.dispatchEvent(new Event(kind, { bubbles: true })));
      return;
    }
  }
}
