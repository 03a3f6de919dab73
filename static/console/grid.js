/**
 * A grid of any number of rows of one height: only those that can be seen are in the page, and all of it works by keyboard.
 */
import { html } from '../views/html.js';
import { useEffect, useRef, useState } from '../vendor/hooks.js';

export const ROW = 48;
const OVER = 6;
const STILL = 60;
const STEPS = /** @type {Object.<string, (at: number, page: number, last: number) => number>} */ ({
  ArrowDown: (at) => at + 1, ArrowUp: (at) => at - 1, PageDown: (at, page) => at + page, PageUp: (at, page) => at - page, Home: () => 0, End: (_at, _page, last) => last,
});

/** The rows that are drawn for what is scrolled to: from the first to before the last.
 * @param {number} top @param {number} height pixels @param {number} total rows @returns {[number, number]} */
export function drawn(top, height, total) {
  const first = Math.max(0, Math.floor(top / ROW) - OVER);
  return [first, Math.min(total, Math.ceil((top + height) / ROW) + OVER)];
}

/**
 * `row(n)` gives the cells of a row, or null while they are on their way; `onMove(n, extend)` makes a row the active one; `onKey(key)` is
 * told single keys, but not those of a scanner: they follow each other too fast for a hand.
 * @param {any} props
 */
export function Grid({ label, heads, total, row, active, isPicked, onMove, onKey, onNeed }) {
  const scroller = useRef(/** @type {any} */ (null));
  const pending = useRef({ at: 0, timer: /** @type {any} */ (null) });
  const [view, setView] = useState({ top: 0, height: 10 * ROW });
  const look = () => { const node = scroller.current; if (node) setView({ top: node.scrollTop, height: node.clientHeight }); };
  const span = drawn(view.top, view.height, total);
  useEffect(() => { onNeed(span[0], span[1]); }, [span[0], span[1], total]);
  useEffect(() => {
    look();
    window.addEventListener('resize', look);
    return () => { window.removeEventListener('resize', look); clearTimeout(pending.current.timer); };
  }, []);
  const show = (/** @type {number} */ n) => {
    const node = scroller.current;
    const room = node.clientHeight - ROW;
    if (n * ROW < node.scrollTop) node.scrollTop = n * ROW;
    else if ((n + 1) * ROW > node.scrollTop + room) node.scrollTop = (n + 1) * ROW - room;
    look();
  };
  useEffect(() => show(active), [active, total]);
  const press = (/** @type {any} */ event) => {
    const { at, timer } = pending.current;
    if (event.altKey || event.metaKey || (event.ctrlKey && event.key !== 'a')) return;
    const step = STEPS[event.key];
    if (step) {
      event.preventDefault();
      const page = Math.max(1, Math.floor((scroller.current.clientHeight - ROW) / ROW) - 1);
      const to = Math.max(0, Math.min(total - 1, step(active, page, total - 1)));
      show(to);
      return onMove(to, event.shiftKey);
    }
    if (event.key === ' ' || event.key === '/' || event.ctrlKey) event.preventDefault();
    if (event.key === 'Escape' || event.ctrlKey) return onKey((event.ctrlKey ? 'ctrl+' : '') + event.key);
    clearTimeout(timer);
    pending.current.at = Date.now();
    if (pending.current.at - at > STILL) pending.current.timer = setTimeout(() => onKey(event.key), STILL);
  };
  const rows = [];
  for (let n = span[0]; n < span[1]; n += 1) {
    const cells = row(n);
    rows.push(html`<div key=${n} id=${'row-' + n} role="row" aria-rowindex=${n + 2} aria-selected=${isPicked(n) ? 'true' : 'false'} aria-busy=${cells ? null : 'true'} data-line=${cells ? cells.line : null}
      class=${'grid-row' + (n === active ? ' active' : '')} style=${{ top: (n + 1) * ROW + 'px' }} onClick=${(/** @type {any} */ event) => onMove(n, event.shiftKey)}>${cells ? cells.cells : html`<span role="gridcell">\u2026</span>`}</div>`);
  }
  return html`<div class="scroll grid" role="grid" aria-label=${label} aria-rowcount=${total + 1} aria-multiselectable="true" tabindex="0" aria-activedescendant=${total ? 'row-' + active : null}
      style=${{ maxHeight: (total + 1) * ROW + 18 + 'px' }} ref=${scroller} onScroll=${look} onKeyDown=${press}>
    <div class="grid-space" role="rowgroup" style=${{ height: (total + 1) * ROW + 'px' }}>
      <div class="grid-row grid-head" role="row" aria-rowindex="1">${heads}</div>${rows}</div></div>`;
}
