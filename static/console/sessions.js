/**
 * Where a person is signed in, and the way to end it.
 */
import { html } from '../views/html.js';
import { useState } from '../vendor/hooks.js';
import { Empty, Notice, trouble } from '../views/parts.js';
import { Loading, useLoad } from './load.js';
import { t, when } from '../text.js';

const HERE = '/api/v1/sessions';

/** `person` is null for one's own. @param {any} props */
export function Sessions({ app, person }) {
  const load = useLoad(app, HERE, { person });
  const [error, setError] = useState('');
  const rows = load.data ? load.data.rows : [];
  const end = async (/** @type {string} */ which) => {
    const answer = await app.api('DELETE', HERE + which + (person ? '?person=' + person : ''));
    setError(answer.status === 204 || answer.status === 404 ? '' : trouble(answer));
    await load.again();
  };
  return html`<section>
    <div class="between"><h2>${t('ui.console.sessions.title')}</h2>${rows.some((/** @type {any} */ row) => !row.this) ? html`<button onClick=${() => end('')}>${t('ui.console.sessions.' + (person ? 'end_all' : 'end_others'))}</button>` : null}</div>
    <p class="hint">${t('ui.console.sessions.how')}</p>
    ${error ? html`<${Notice} kind="bad" title=${t('ui.console.not_done')}>${error}<//>` : null}
    <${Loading} load=${load}>${rows.length ? html`<div class="scroll"><table aria-label=${t('ui.console.sessions.title')}><thead><tr><th>${t('ui.console.sessions.browser')}</th><th>${t('ui.console.sessions.address')}</th><th>${t('ui.console.sessions.begun')}</th><th>${t('ui.console.sessions.used')}</th><th></th></tr></thead>
      <tbody>${rows.map((/** @type {any} */ row) => html`<tr key=${row.id} data-session=${row.id}><td>${row.browser || '?'}</td><td class="raw">${row.address}</td><td>${when(row.begun_at)}</td><td>${when(row.used_at)}</td>
        <td class="acts">${row.this ? html`<span class="tag good">\u2713 ${t('ui.console.sessions.this')}</span>` : html`<button onClick=${() => end('/' + row.id)} aria-label=${t('ui.console.sessions.end_one', { browser: row.browser || '?', at: when(row.begun_at) })}>${t('ui.console.sessions.end')}</button>`}</td></tr>`)}</tbody></table></div>`
    : html`<${Empty} title=${t('ui.console.sessions.none')} />`}<//>
  </section>`;
}
