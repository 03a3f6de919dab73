/**
 * Reason codes: why the book was wrong, in the order in which they are offered, with the accounts that take it. None is ever deleted.
 */
import { html } from '../views/html.js';
import { useState } from '../vendor/hooks.js';
import { Field, Form, Notice, trouble } from '../views/parts.js';
import { Loading, useLoad } from './load.js';
import { may } from './may.js';
import { has, t } from '../text.js';

const FRESH = { code: '', name: '', account: '', account_found: '' };

/** What a reason code is called: as people named it, else in our words. @param {any} one @returns {string} */
export function reasonTitle(one) {
  return one.name || (has('ui.reason_codes.' + one.code) ? t('ui.reason_codes.' + one.code) : one.code);
}

/** @param {any} props */
export function ReasonCodes({ app }) {
  const load = useLoad(app, '/api/v1/reason-codes', {});
  const [editing, setEditing] = useState(/** @type {any} */ (null));
  const [error, setError] = useState('');
  const keeps = may(app, ['accountant', 'administrator']);
  const rows = load.data ? load.data.rows : [];
  const put = async (/** @type {any[]} */ changed) => {
    const answer = await app.api('PUT', '/api/v1/reason-codes', { body: { rows: changed } });
    setError(answer.status === 200 ? '' : trouble(answer));
    if (answer.status === 200) setEditing(null);
    await load.again();
  };
  const move = (/** @type {number} */ at, /** @type {number} */ by) => {
    const order = rows.map((/** @type {any} */ one) => one.code);
    order.splice(at + by, 0, order.splice(at, 1)[0]);
    return put(order.map((/** @type {string} */ code, /** @type {number} */ place) => ({ code, place: place + 1 })));
  };
  return html`<div>
    <div class="between"><h2>${t('ui.console.settings.parts.reasons')}</h2>${keeps && !editing ? html`<button class="primary" onClick=${() => setEditing(FRESH)}>${t('ui.console.reasons.add')}</button>` : null}</div>
    <p class="hint">${t(keeps ? 'ui.console.reasons.how' : 'ui.console.reasons.accountants')}</p>
    ${error ? html`<${Notice} kind="bad" title=${t('ui.console.not_done')}>${error}<//>` : null}
    ${editing ? html`<${Edit} one=${editing} key=${editing.code} taken=${rows.map((/** @type {any} */ row) => row.code)} onBack=${() => setEditing(null)}
      onDone=${(/** @type {any} */ one) => put([editing.code ? one : Object.assign({ place: Math.max(0, ...rows.map((/** @type {any} */ row) => row.place)) + 1 }, one)])} />` : null}
    <${Loading} load=${load}><div class="scroll"><table aria-label=${t('ui.console.settings.parts.reasons')}><thead><tr><th>${t('ui.console.name')}</th><th>${t('ui.console.reasons.account')}</th><th>${t('ui.console.reasons.account_found')}</th><th></th></tr></thead>
      <tbody>${rows.map((/** @type {any} */ one, /** @type {number} */ at) => html`<tr key=${one.code} data-reason=${one.code}>
        <td>${reasonTitle(one)} ${one.archived ? html`<span class="tag warn">${t('ui.console.reasons.retired')}</span>` : null}<span class="code">${one.code}</span></td><td class="raw">${one.account}</td><td class="raw">${one.account_found}</td>
        <td class="acts">${keeps ? html`<button aria-label=${t('ui.console.reasons.up', { name: reasonTitle(one) })} disabled=${at === 0} onClick=${() => move(at, -1)}>\u2191</button> <button aria-label=${t('ui.console.reasons.down', { name: reasonTitle(one) })} disabled=${at === rows.length - 1} onClick=${() => move(at, 1)}>\u2193</button>
          <button aria-label=${t('ui.console.reasons.edit_one', { name: reasonTitle(one) })} onClick=${() => setEditing(one)}>${t('ui.console.reasons.edit')}</button>
          <button aria-label=${t('ui.console.reasons.' + (one.archived ? 'bring_back_one' : 'retire_one'), { name: reasonTitle(one) })} onClick=${() => put([{ code: one.code, archived: !one.archived }])}>${t('ui.console.reasons.' + (one.archived ? 'bring_back' : 'retire'))}</button>` : null}</td></tr>`)}</tbody></table></div><//>
  </div>`;
}

/** @param {any} props */
function Edit({ one, taken, onDone, onBack }) {
  const [said, setSaid] = useState({ code: one.code, name: one.name, account: one.account, account_found: one.account_found });
  const set = (/** @type {string} */ name) => (/** @type {string} */ value) => setSaid(Object.assign({}, said, { [name]: value }));
  const fresh = !one.code;
  const code = said.code.trim();
  const twice = fresh && taken.indexOf(code) >= 0;
  return html`<section class="panel"><${Form} label=${fresh ? t('ui.console.reasons.add') : t('ui.console.reasons.edit_one', { name: reasonTitle(one) })} onSubmit=${() => onDone(Object.assign({}, said, { code }))}>
    <div class="halves">${fresh ? html`<${Field} id="reason-code" label=${t('ui.console.reasons.code')} value=${said.code} onInput=${set('code')} autofocus=${true} error=${twice ? t('ui.console.reasons.twice') : null} />` : null}
      <${Field} id="reason-name" label=${t('ui.console.name')} value=${said.name} onInput=${set('name')} autofocus=${!fresh} /></div>
    <div class="halves"><${Field} id="reason-account" label=${t('ui.console.reasons.account')} value=${said.account} onInput=${set('account')} />
      <${Field} id="reason-account-found" label=${t('ui.console.reasons.account_found')} hint=${t('ui.console.reasons.account_found_how')} value=${said.account_found} onInput=${set('account_found')} /></div>
    <div class="row"><button class="big" type="button" onClick=${onBack}>${t('ui.cancel')}</button><button class="big primary" type="submit" disabled=${!code || twice}>${t('ui.save')}</button></div>
  <//></section>`;
}
