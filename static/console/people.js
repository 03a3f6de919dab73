/**
 * People: operators with a badge, others with a sign-in; an administrator's page.
 */
import { html } from '../views/html.js';
import { useState } from '../vendor/hooks.js';
import { Empty, Field, Form, Notice, trouble } from '../views/parts.js';
import { Select } from '../views/select.js';
import { Loading, useLoad } from './load.js';
import { t } from '../text.js';

const ROLES = ['operator', 'supervisor', 'accountant', 'auditor', 'administrator'];

/** @param {any} props */
export function People({ app }) {
  const load = useLoad(app, '/api/v1/people', { limit: 500 });
  const [adding, setAdding] = useState(false);
  const [done, setDone] = useState('');
  const added = async (/** @type {string} */ name) => {
    setAdding(false);
    setDone(name);
    await load.again();
  };
  return html`<div>
    <div class="between"><h1>${t('ui.console.nav.people')}</h1>${adding ? null : html`<button class="primary" onClick=${() => { setDone(''); setAdding(true); }}>${t('ui.console.people.add')}</button>`}</div>
    ${done ? html`<${Notice} kind="good" title=${t('ui.console.people.added', { name: done })} />` : null}
    ${adding ? html`<${Add} app=${app} onDone=${added} onBack=${() => setAdding(false)} />` : null}
    <${Loading} load=${load}>
      ${load.data && load.data.rows.length ? html`<div class="scroll"><table><thead><tr><th>${t('ui.console.name')}</th><th>${t('ui.console.people.badge')}</th><th>${t('ui.console.people.roles')}</th>${app.sites.length > 1 ? html`<th>${t('ui.console.site')}</th>` : null}<th>${t('ui.console.people.user')}</th></tr></thead>
        <tbody>${load.data.rows.map((/** @type {any} */ row) => html`<tr key=${row.id}><td><a href=${'#/people/' + row.id}>${row.name}</a>${row.archived ? html` <span class="tag warn">${t('ui.console.finding.is_archived')}</span>` : null}</td><td class="raw">${row.badge || ''}</td><td>${all(row).map((role) => html`<span class="tag">${t('ui.console.roles.' + role)}</span>`)}</td>${app.sites.length > 1 ? html`<td>${row.by_site.map((/** @type {any} */ one) => one.site || t('ui.console.all_sites')).join(', ')}</td>` : null}<td>${row.user ? '\u2713 ' + t('ui.console.people.can_sign_in') : ''}</td></tr>`)}</tbody></table></div>` : html`<${Empty} title=${t('ui.console.people.none')} />`}
    <//>
  </div>`;
}

/** All roles of a person, wherever they have them. @param {any} row @returns {string[]} */
function all(row) {
  const roles = row.by_site.reduce((/** @type {string[]} */ found, /** @type {any} */ one) => found.concat(one.roles), []);
  return roles.filter((/** @type {string} */ role, /** @type {number} */ at) => roles.indexOf(role) === at);
}

/** The roles to choose from, `of` a site where several are shown. @param {any} props */
export function RolePicks({ of = '', roles, onPick }) {
  const toggle = (/** @type {string} */ role) => onPick(roles.indexOf(role) < 0 ? roles.concat([role]) : roles.filter((/** @type {string} */ one) => one !== role));
  const others = roles.filter((/** @type {string} */ role) => ROLES.indexOf(role) < 0);
  return html`<fieldset><legend>${of || t('ui.console.people.roles')}</legend>${ROLES.concat(others).map((role) => html`<label class="pick"><input type="checkbox" checked=${roles.indexOf(role) >= 0} onChange=${() => toggle(role)} /> <strong>${t('ui.console.roles.' + role)}</strong></label>`)}</fieldset>`;
}

/** @param {any} props */
function Add({ app, onDone, onBack }) {
  const [name, setName] = useState('');
  const [badge, setBadge] = useState('');
  const [password, setPassword] = useState('');
  const [roles, setRoles] = useState(/** @type {string[]} */ (['operator']));
  const [site, setSite] = useState(app.site);
  const [error, setError] = useState('');
  const submit = async () => {
    const body = { name: name.trim(), badge: badge.trim() || null, roles, site: site || null, password: password || null };
    const answer = await app.api('POST', '/api/v1/people', { body });
    if (answer.status === 201) await onDone(body.name);
    else setError(trouble(answer));
  };
  return html`<section class="panel"><${Form} label=${t('ui.console.people.add')} onSubmit=${submit}>
    <div class="halves"><${Field} id="person-name" label=${t('ui.console.name')} value=${name} onInput=${setName} autofocus=${true} />
    <${Field} id="person-badge" label=${t('ui.console.people.badge')} value=${badge} onInput=${setBadge} maxlength=${128} /></div>
    <${RolePicks} roles=${roles} onPick=${setRoles} />
    ${app.sites.length > 1 ? html`<${Select} id="person-site" label=${t('ui.console.site')} value=${site} onInput=${setSite} options=${app.sites.map((/** @type {any} */ one) => ({ value: one.code, label: one.code + ' \u00b7 ' + one.name })).concat([{ value: '', label: t('ui.console.all_sites') }])} />` : null}
    <${Field} id="person-password" label=${t('ui.console.people.password')} type="password" autocomplete="new-password" hint=${t('ui.console.people.password_hint', { n: app.setup.password_length })} value=${password} onInput=${setPassword} />
    ${error ? html`<${Notice} kind="bad" title=${t('ui.console.not_done')}>${error}<//>` : null}
    <div class="row"><button class="big" type="button" onClick=${onBack}>${t('ui.cancel')}</button><button class="big primary" type="submit" disabled=${!name.trim() || roles.length === 0}>${t('ui.console.people.add')}</button></div>
  <//></section>`;
}
