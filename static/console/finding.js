/**
 * Find in a long list: the server searches while one types, and gives more when asked.
 */
import { html } from '../views/html.js';
import { useEffect, useRef, useState } from '../vendor/hooks.js';
import { Notice, trouble } from '../views/parts.js';
import { amount, t } from '../text.js';

/** Milliseconds without a key before the server is asked. */
export const REST = 250;
const PAGE = 50;

/** The rows of a list that is paged by `after`, as far as they were asked for.
 * @param {any} app @param {string} path @param {Object.<string, any>} query
 * @returns {{rows: any[] | null, total: number | null, next: string | null, error: string, more: () => Promise<void>, again: () => Promise<void>}} */
export function useRows(app, path, query) {
  const [state, setState] = useState(/** @type {any} */ ({ rows: null, total: null, next: null, error: '' }));
  const key = path + '?' + JSON.stringify(query);
  const current = useRef(key);
  current.current = key;
  const first = useRef(true);
  const ask = async (/** @type {any[]} */ before, /** @type {string | null} */ after) => {
    const answer = await app.api('GET', path, { query: Object.assign({ limit: PAGE, after }, query) });
    if (current.current !== key) return;
    if (answer.status !== 200) return setState((/** @type {any} */ was) => Object.assign({}, was, { error: trouble(answer) }));
    const { rows, next, total } = answer.data;
    setState({ rows: before.concat(rows), total: total === undefined ? null : total, next, error: '' });
  };
  useEffect(() => {
    const timer = setTimeout(() => ask([], null), first.current ? 0 : REST);
    first.current = false;
    return () => clearTimeout(timer);
  }, [key]);
  return Object.assign({ more: () => ask(state.rows || [], state.next), again: () => ask([], null) }, state);
}

/** The field in which one searches, and whether what was archived is looked through. @param {any} props */
export function Finder({ id, label, value, onInput, archived, onArchived, hint }) {
  return html`<div class="finder" role="search">
    <div class="field"><label for=${id}>${label}</label>${hint ? html`<p class="hint" id=${id + '-hint'}>${hint}</p>` : null}
      <input id=${id} type="search" value=${value} autocomplete="off" autocapitalize="off" spellcheck=${false} maxlength="128" aria-describedby=${hint ? id + '-hint' : null}
        ref=${(/** @type {any} */ node) => { if (node && !node.dataset.met) { node.dataset.met = '1'; node.focus(); } }}
        onInput=${(/** @type {any} */ event) => onInput(event.target.value)} /></div>
    <p class="tabs"><button type="button" aria-pressed=${!archived} onClick=${() => onArchived(false)}>${t('ui.console.finding.used')}</button><button type="button" aria-pressed=${archived} onClick=${() => onArchived(true)}>${t('ui.console.finding.archived')}</button></p>
  </div>`;
}

/** How many there are, what went wrong, the rows, and the way to more. @param {any} props */
export function Found({ list, empty, children }) {
  const { rows, total, next, error } = list;
  return html`<div>
    ${error ? html`<${Notice} kind="bad" title=${t('ui.console.failed')} action=${html`<button onClick=${list.again}>${t('ui.console.again')}</button>`}>${error}<//>` : null}
    <p class="hint" role="status">${rows === null ? (error ? '' : t('ui.console.loading')) : total === null || !rows.length ? '' : t('ui.console.finding.found', { n: amount(total), shown: amount(rows.length) })}</p>
    ${rows === null ? null : rows.length ? children : empty}
    ${next !== null && rows ? html`<p><button onClick=${list.more}>${t('ui.console.finding.more')}</button></p>` : null}
  </div>`;
}
