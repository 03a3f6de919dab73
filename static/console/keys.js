/**
 * Keys of programs: make one (shown once), see what each may do, when it was used and when it ends, revoke it.
 */
import { html } from '../views/html.js';
import { useState } from '../vendor/hooks.js';
import { Empty, Field, Form, Notice, trouble } from '../views/parts.js';
import { Select } from '../views/select.js';
import { Loading, useLoad } from './load.js';
import { t, when } from '../text.js';

const ROLES = ['integration', 'supervisor', 'accountant', 'auditor', 'administrator', 'operator'];
const TAGS = /** @type {Object.<string, string>} */ ({ active: 'good', expires_soon: 'warn', expired: 'bad', revoked: 'bad' });

/** @param {any} props */
export function Keys({ app }) {
  const load = useLoad(app, '/api/v1/keys', { limit: 500 });
  const [adding, setAdding] = useState(false);
  const [made, setMade] = useState(/** @type {any} */ (null));
  const [error, setError] = useState('');
  const done = async (/** @type {any} */ row) => {
    setAdding(false);
    setMade(row);
    await load.again();
  };
  const revoke = async (/** @type {any} */ row) => {
    const answer = await app.api('POST', '/api/v1/keys/' + row.id + '/revocation', { body: {} });
    setError(answer.status === 200 ? '' : trouble(answer));
    await load.again();
  };
  return html`<div>
    <div class="between"><h1>${t('ui.console.nav.keys')}</h1>${adding || made ? null : html`<button class="primary" onClick=${() => setAdding(true)}>${t('ui.console.keys.make')}</button>`}</div>
    <p class="hint">${t('ui.console.keys.hint')}</p>
    ${error ? html`<${Notice} kind="bad" title=${t('ui.console.not_done')}>${error}<//>` : null}
    ${made ? html`<section class="panel" aria-live="polite"><h2>${t('ui.console.keys.made', { name: made.name })}</h2><p><code class="raw" id="new-key">${made.token}</code></p><button onClick=${() => setMade(null)}>${t('ui.console.keys.done')}</button></section>` : null}
    ${adding ? html`<${Add} app=${app} onDone=${done} onBack=${() => setAdding(false)} />` : null}
    <${Loading} load=${load}>${load.data && load.data.rows.length ? html`<div class="scroll"><table>
      <thead><tr><th>${t('ui.console.keys.key')}</th><th>${t('ui.console.keys.may')}</th><th>${t('ui.console.site')}</th><th>${t('ui.console.keys.by')}</th><th>${t('ui.console.keys.used')}</th><th>${t('ui.console.keys.until')}</th><th></th></tr></thead>
      <tbody>${load.data.rows.map((/** @type {any} */ row) => html`<${Key} key=${row.id} row=${row} onRevoke=${() => revoke(row)} />`)}</tbody></table></div>` : html`<${Empty} title=${t('ui.console.keys.none')} />`}<//>
  </div>`;
}

/** @param {any} props */
function Key({ row, onRevoke }) {
  const [sure, setSure] = useState(false);
  return html`<tr><td><strong>${row.name}</strong><span class="code">${row.prefix}\u2026</span></td>
    <td>${row.roles.map((/** @type {string} */ role) => html`<span class="tag">${t('ui.console.roles.' + role)}</span>`)}${row.reads_only ? html`<span class="tag">${t('ui.console.keys.reads')}</span>` : null}</td>
    <td>${row.site || t('ui.console.all_sites')}</td><td>${row.made_by || t('ui.console.keys.cli')}<span class="code">${when(row.created_at)}</span></td><td>${when(row.used_at) || t('ui.console.keys.never')}</td>
    <td>${when(row.expires_at)} <span class=${'tag ' + TAGS[row.state]}>${t('ui.console.keys.states.' + row.state)}</span></td>
    <td>${row.revoked_at ? null : sure ? html`<button class="danger" onClick=${onRevoke}>${t('ui.console.keys.really')}</button>` : html`<button onClick=${() => setSure(true)} aria-label=${t('ui.console.keys.revoke_one', { name: row.name })}>${t('ui.console.keys.revoke')}</button>`}</td></tr>`;
}

/** @param {any} props */
function Add({ app, onDone, onBack }) {
  const [name, setName] = useState('');
  const [roles, setRoles] = useState(/** @type {string[]} */ (['integration']));
  const [site, setSite] = useState(app.site);
  const [until, setUntil] = useState('');
  const [reads, setReads] = useState(false);
  const [error, setError] = useState('');
  const submit = async () => {
    const body = { name: name.trim(), roles, site: site || null, expires_at: until ? new Date(until + 'T23:59:59').toISOString() : null, reads_only: reads };
    const answer = await app.api('POST', '/api/v1/keys', { body });
    if (answer.status === 201) await onDone(answer.data);
    else setError(trouble(answer));
  };
  const toggle = (/** @type {string} */ role) => setRoles(roles.indexOf(role) < 0 ? roles.concat([role]) : roles.filter((one) => one !== role));
  return html`<section class="panel"><${Form} label=${t('ui.console.keys.make')} onSubmit=${submit}>
    <div class="halves"><${Field} id="key-name" label=${t('ui.console.keys.name')} value=${name} onInput=${setName} autofocus=${true} />
    <${Field} id="key-until" type="date" label=${t('ui.console.keys.ends')} hint=${t('ui.console.keys.ends_hint')} value=${until} onInput=${setUntil} /></div>
    <fieldset><legend>${t('ui.console.people.roles')}</legend>${ROLES.map((role) => html`<label class="pick"><input type="checkbox" checked=${roles.indexOf(role) >= 0} onChange=${() => toggle(role)} /> <strong>${t('ui.console.roles.' + role)}</strong></label>`)}
      <label class="pick"><input type="checkbox" checked=${reads} onChange=${() => setReads(!reads)} /> ${t('ui.console.keys.reads_only')}</label></fieldset>
    ${app.sites.length > 1 && !app.home ? html`<${Select} id="key-site" label=${t('ui.console.site')} value=${site} onInput=${setSite} options=${app.sites.map((/** @type {any} */ one) => ({ value: one.code, label: one.code + ' \u00b7 ' + one.name })).concat([{ value: '', label: t('ui.console.all_sites') }])} />` : null}
    ${error ? html`<${Notice} kind="bad" title=${t('ui.console.not_done')}>${error}<//>` : null}
    <div class="row"><button class="big" type="button" onClick=${onBack}>${t('ui.cancel')}</button><button class="big primary" type="submit" disabled=${!name.trim() || roles.length === 0}>${t('ui.console.keys.make')}</button></div>
  <//></section>`;
}
