/**
 * Ask the server and show the answer, again every few seconds where a page is live.
 */
import { useEffect, useRef, useState } from '../vendor/hooks.js';
import { html } from '../views/html.js';
import { Notice, trouble } from '../views/parts.js';
import { t } from '../text.js';

/** @param {any} app @param {string | null} path @param {Object.<string, any>} query @param {number} [every] milliseconds
 * @returns {{data: any, error: string, busy: boolean, again: () => Promise<void>}} */
export function useLoad(app, path, query, every) {
  const [state, setState] = useState(/** @type {any} */ ({ data: null, error: '', busy: true }));
  const key = path + '?' + JSON.stringify(query);
  const current = useRef(key);
  current.current = key;
  const again = async () => {
    if (!path) return;
    const answer = await app.api('GET', path, { query });
    if (current.current !== key) return;
    if (answer.status === 200) setState({ data: answer.data, error: '', busy: false });
    else setState((/** @type {any} */ before) => ({ data: before.data, error: trouble(answer), busy: false }));
  };
  useEffect(() => {
    setState({ data: null, error: '', busy: true });
    again();
    if (!every) return undefined;
    const timer = setInterval(() => { if (document.visibilityState === 'visible') again(); }, every);
    return () => clearInterval(timer);
  }, [key]);
  return { data: state.data, error: state.error, busy: state.busy, again };
}

/** The parts of loading that all pages share. @param {any} props */
export function Loading({ load, children }) {
  return html`
    ${load.error ? html`<${Notice} kind="bad" title=${t('ui.console.failed')} action=${html`<button onClick=${load.again}>${t('ui.console.again')}</button>`}>${load.error}<//>` : null}
    ${load.data === null && !load.error ? html`<p class="hint" role="status">${t('ui.console.loading')}</p>` : null}
    ${load.data === null ? null : children}`;
}
