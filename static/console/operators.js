/**
 * Who scans with a badge, and how it stands with their PINs: a supervisor gives a code, lets in who is locked out, takes a PIN off.
 */
import { html } from '../views/html.js';
import { useState } from '../vendor/hooks.js';
import { Empty, Field, Form, Notice, trouble } from '../views/parts.js';
import { Loading, useLoad } from './load.js';
import { t, when } from '../text.js';

/** @param {any} props */
export function Operators({ app }) {
  const load = useLoad(app, '/api/v1/operators', { site: app.site, limit: 500 });
  const [given, setGiven] = useState(/** @type {any} */ (null));
  const [asked, setAsked] = useState(/** @type {any} */ (null));
  const [error, setError] = useState('');
  const code = async (/** @type {any} */ row) => {
    setError('');
    setAsked(null);
    const answer = await app.api('POST', '/api/v1/operators/' + row.id + '/code', { body: {}, query: { site: app.site } });
    if (answer.status !== 201) return setError(trouble(answer));
    setGiven(Object.assign({ name: row.name }, answer.data));
    return load.again();
  };
  const done = async () => {
    setAsked(null);
    await load.again();
  };
  const ask = (/** @type {any} */ row, /** @type {string} */ deed) => () => {
    setGiven(null);
    setError('');
    setAsked({ row, deed });
  };
  return html`<div>
    <h1>${t('ui.console.nav.operators')}</h1>
    <p class="hint">${t('ui.console.operators.how')}</p>
    ${given ? html`<${Notice} kind="good" title=${t('ui.console.operators.given', { name: given.name })} action=${html`<button onClick=${() => setGiven(null)}>${t('ui.console.devices.hide')}</button>`}>
      <p class="prompt raw">${given.code}</p>${t('ui.console.operators.given_how', { at: when(given.expires_at) })}<//>` : null}
    ${error ? html`<${Notice} kind="bad" title=${t('ui.console.not_done')}>${error}<//>` : null}
    ${asked ? html`<${Why} app=${app} row=${asked.row} deed=${asked.deed} key=${asked.deed + asked.row.id} onDone=${done} onBack=${() => setAsked(null)} />` : null}
    <${Loading} load=${load}>
      ${load.data && load.data.rows.length ? html`<div class="scroll"><table><thead><tr><th>${t('ui.console.name')}</th><th>${t('ui.console.people.badge')}</th><th>${t('ui.console.operators.pin')}</th><th>${t('ui.console.operators.devices')}</th><th></th></tr></thead>
        <tbody>${load.data.rows.map((/** @type {any} */ row) => html`<tr key=${row.id}><td>${row.name}</td><td class="raw">${row.badge}</td><td>${standing(row)}</td>
          <td>${row.devices.map((/** @type {any} */ one) => html`<span class="block">${t('ui.console.operators.until', { name: one.name, at: when(one.until) })}</span>`)}</td>
          <td><button aria-label=${t('ui.console.operators.code_for', { name: row.name })} onClick=${() => code(row)}>${t('ui.console.operators.code')}</button>
            ${row.locked ? html` <button aria-label=${t('ui.console.operators.unlock_of', { name: row.name })} onClick=${ask(row, 'unlocking')}>${t('ui.console.operators.unlock')}</button>` : null}
            ${row.pin_since ? html` <button aria-label=${t('ui.console.operators.remove_of', { name: row.name })} onClick=${ask(row, 'removal')}>${t('ui.console.operators.remove')}</button>` : null}</td></tr>`)}</tbody></table></div>`
    : html`<${Empty} title=${t('ui.console.operators.none')}>${t('ui.console.operators.none_how')}<//>`}
    <//>
  </div>`;
}

/** How it stands with somebody's PIN. @param {any} row */
function standing(row) {
  return html`${row.locked ? html`<span class="tag bad">\u2715 ${row.locked_on.length ? t('ui.console.operators.locked_on', { names: row.locked_on.join(', ') }) : t('ui.console.operators.locked')}</span> ` : null}
    ${row.pin_since ? t('ui.console.operators.since', { at: when(row.pin_since) }) : t('ui.console.operators.no_pin')}
    ${row.code_until ? html`<span class="hint block">${t('ui.console.operators.code_until', { at: when(row.code_until) })}</span>` : null}`;
}

/** @param {any} props */
function Why({ app, row, deed, onDone, onBack }) {
  const [reason, setReason] = useState('');
  const [error, setError] = useState('');
  const label = t('ui.console.operators.' + (deed === 'removal' ? 'remove_of' : 'unlock_of'), { name: row.name });
  const submit = async () => {
    const answer = await app.api('POST', '/api/v1/operators/' + row.id + '/' + deed, { body: { reason: reason.trim() }, query: { site: app.site } });
    if (answer.status === 200) await onDone();
    else setError(trouble(answer));
  };
  return html`<section class="panel"><${Form} label=${label} onSubmit=${submit}>
    <h2>${label}</h2>${deed === 'removal' ? html`<p>${t('ui.console.operators.remove_how')}</p>` : null}
    <${Field} id="operator-reason" label=${t('ui.console.reason')} maxlength="2000" autofocus=${true} value=${reason} onInput=${setReason} />
    ${error ? html`<${Notice} kind="bad" title=${t('ui.console.not_done')}>${error}<//>` : null}
    <div class="row"><button class="big" type="button" onClick=${onBack}>${t('ui.cancel')}</button><button class="big primary" type="submit" disabled=${!reason.trim()}>${label}</button></div>
  <//></section>`;
}
