/**
 * The walking order below one location: rows are dragged, or moved by buttons and keys; saved in one request, undone in one.
 */
import { html } from '../views/html.js';
import { useEffect, useRef, useState } from '../vendor/hooks.js';
import { Field, Notice, trouble } from '../views/parts.js';
import { begin, file, isNumbered, moved, numbers } from './walk.js';
import { amount, t } from '../text.js';

/** Locations that one list orders. */
export const MOST = 2000;
/** Pixels from the edge of the window at which a drag scrolls. */
const EDGE = 70;
/** @type {Object.<string, number>} */
const KEYS = { ArrowUp: -1, ArrowDown: 1, PageUp: -10, PageDown: 10, Home: -MOST, End: MOST };

/** @param {any} props */
export function Walking({ app, parent, onBack, onDone }) {
  const [rows, setRows] = useState(/** @type {any[] | null} */ (null));
  const [first, setFirst] = useState('');
  const [before, setBefore] = useState(/** @type {any[]} */ ([]));
  const [saved, setSaved] = useState(/** @type {any[] | null} */ (null));
  const [said, setSaid] = useState('');
  const [error, setError] = useState('');
  const load = async () => {
    const found = await everyBelow(app, parent);
    if (!found.rows) return setError(trouble(found.answer));
    setRows(found.rows);
    setBefore(found.rows);
    return setFirst(String(begin(found.rows)));
  };
  useEffect(() => { load(); }, [parent]);
  const send = async (/** @type {any[]} */ places) => {
    setError('');
    const answer = await app.send('/api/v1/imports/locations', { site: app.site, name: t('ui.console.walk.title') }, new Blob([file(places)]));
    if (answer.status === 401) app.signedOut(true);
    const wrong = answer.status !== 200 ? trouble(answer) : answer.data.applied ? '' : answer.data.rejected[0].message;
    setError(wrong);
    if (wrong) return false;
    await load();
    onDone();
    return true;
  };
  if (!rows) return html`<section class="panel"><h2>${t('ui.console.walk.title')}</h2>${error ? html`<${Notice} kind="bad" title=${t('ui.console.failed')}>${error}<//>` : html`<p class="hint">${t('ui.console.loading')}</p>`}</section>`;
  const wholly = isNumbered(rows);
  const given = numbers(rows, Number(first));
  const changed = rows.map((row, at) => ({ code: row.code, walk: given[at], was: row.walk })).filter((one) => one.walk !== one.was);
  const ordered = rows.some((row, at) => row !== before[at]);
  const move = (/** @type {number} */ from, /** @type {number} */ to) => {
    const at = Math.max(0, Math.min(rows.length - 1, to));
    setSaved(null);
    if (at !== from) setRows(moved(rows, from, at));
    setSaid(t('ui.console.walk.moved', { code: rows[from].code, n: amount(at + 1), of: amount(rows.length) }));
  };
  const save = async () => {
    if (await send(changed)) setSaved(changed.map((one) => ({ code: one.code, walk: one.was })));
  };
  const undo = async () => {
    if (saved && (await send(saved))) setSaved(null);
  };
  return html`<section class="panel walking"><h2>${t('ui.console.walk.title')}</h2><p class="hint">${t('ui.console.walk.how')}</p>
    ${wholly ? html`<p class="hint">${t('ui.console.walk.same')}</p>` : html`<${Field} id="walk-first" label=${t('ui.console.walk.first')} hint=${t('ui.console.walk.first_how')} value=${first} onInput=${setFirst} inputmode="numeric" maxlength=${9} />`}
    <${Ordered} rows=${rows} given=${given} onMove=${move} />
    <p class="hint" role="status">${said}</p>
    ${error ? html`<${Notice} kind="bad" title=${t('ui.console.not_done')}>${error}<//>` : null}
    ${saved ? html`<${Notice} kind="good" title=${t('ui.console.walk.saved', { n: amount(saved.length) })} action=${html`<button onClick=${undo}>${t('ui.console.walk.undo')}</button>`} />` : null}
    <div class="row"><button class="big" onClick=${onBack}>${t(ordered ? 'ui.cancel' : 'ui.console.walk.close')}</button><button class="big primary" onClick=${save} disabled=${!changed.length || !(wholly || /^[0-9]+$/.test(first))}>${t('ui.save')}</button></div>
  </section>`;
}

/** Rows with a grip to drag them by, and two buttons to move them. @param {any} props */
function Ordered({ rows, given, onMove }) {
  const list = useRef(/** @type {any} */ (null));
  const focus = useRef('');
  const [held, setHeld] = useState(/** @type {{from: number, to: number} | null} */ (null));
  useEffect(() => {
    const button = focus.current ? document.getElementById(focus.current) : null;
    if (button) button.focus();
    focus.current = '';
  }, [rows]);
  const grab = (/** @type {any} */ event, /** @type {number} */ from) => {
    event.preventDefault();
    list.current.setPointerCapture(event.pointerId);
    setHeld({ from, to: from });
  };
  const pull = (/** @type {any} */ event) => {
    if (!held) return;
    if (event.clientY < EDGE) scrollBy(0, -EDGE / 4);
    if (event.clientY > innerHeight - EDGE) scrollBy(0, EDGE / 4);
    setHeld({ from: held.from, to: above(list.current, event.clientY) });
  };
  const drop = () => {
    if (held) onMove(held.from, held.to > held.from ? held.to - 1 : held.to);
    setHeld(null);
  };
  const step = (/** @type {string} */ id, /** @type {number} */ from, /** @type {number} */ by) => {
    focus.current = id;
    onMove(from, from + by);
  };
  const press = (/** @type {any} */ event, /** @type {number} */ from) => {
    if (!(event.key in KEYS) || event.ctrlKey || event.altKey || event.metaKey) return;
    event.preventDefault();
    step(event.target.id, from, KEYS[event.key]);
  };
  const button = (/** @type {any} */ row, /** @type {number} */ at, /** @type {'up' | 'down'} */ way) => {
    const id = 'walk-' + way + '-' + row.code;
    return html`<button type="button" id=${id} aria-label=${t('ui.console.walk.' + way, { code: row.code })} aria-disabled=${at === (way === 'up' ? 0 : rows.length - 1) ? 'true' : 'false'} onClick=${() => step(id, at, way === 'up' ? -1 : 1)} onKeyDown=${(/** @type {any} */ event) => press(event, at)}>${way === 'up' ? '\u2191' : '\u2193'}</button>`;
  };
  const mark = (/** @type {number} */ at) => (!held ? '' : held.from === at ? 'held' : held.to === at ? 'before' : held.to === rows.length && at === rows.length - 1 ? 'after' : '');
  return html`<ol ref=${list} aria-label=${t('ui.console.walk.title')} onPointerMove=${pull} onPointerUp=${drop} onPointerCancel=${() => setHeld(null)}>${rows.map((/** @type {any} */ row, /** @type {number} */ at) => html`<li key=${row.code} class=${mark(at)}>
    <span class="grip" aria-hidden="true" onPointerDown=${(/** @type {any} */ event) => grab(event, at)}>\u2807</span>
    <span class="what"><strong>${row.code}</strong>${row.name === row.code ? null : html` <span class="hint">${row.name}</span>`}</span>
    <span class="num">${given[at] === row.walk ? null : html`<span class="hint">${row.walk === null ? '' : amount(row.walk) + ' \u2192'}</span> `}${isNaN(given[at]) ? '' : amount(given[at])}</span>
    ${button(row, at, 'up')}${button(row, at, 'down')}</li>`)}</ol>`;
}

/** How many rows lie above a height of the window: where a dragged one comes to stand. @param {any} list @param {number} y @returns {number} */
function above(list, y) {
  return Array.from(list.children).filter((/** @type {any} */ row) => {
    const box = row.getBoundingClientRect();
    return box.top + box.height / 2 < y;
  }).length;
}

/** All that is right below a location, in walking order. @param {any} app @param {string} parent @returns {Promise<any>} */
async function everyBelow(app, parent) {
  /** @type {any[]} */
  let rows = [];
  let after = null;
  do {
    /** @type {any} */
    const answer = await app.api('GET', '/api/v1/locations', { query: { site: app.site, parent, archived: false, limit: 500, after } });
    if (answer.status !== 200) return { answer };
    rows = rows.concat(answer.data.rows);
    after = answer.data.next;
  } while (after !== null);
  return { rows };
}
