/**
 * One person, as an administrator sees to them: roles, a new password, where they are signed in, archived or not.
 */
import { html } from '../views/html.js';
import { useState } from '../vendor/hooks.js';
import { Empty, Field, Form, Notice, trouble } from '../views/parts.js';
import { Because } from './counts.js';
import { Select } from '../views/select.js';
import { Loading, useLoad } from './load.js';
import { RolePicks } from './people.js';
import { Sessions } from './sessions.js';
import { t } from '../text.js';

/** @param {any} props */
export function PersonPage({ app, id }) {
  const load = useLoad(app, '/api/v1/people', { after: Number(id) - 1, limit: 1 });
  const [message, setMessage] = useState(/** @type {any} */ (null));
  const [leaving, setLeaving] = useState(false);
  const person = load.data && load.data.rows.filter((/** @type {any} */ row) => String(row.id) === id)[0];
  const mine = person && app.who.id === person.id;
  const change = async (/** @type {any} */ body, /** @type {string} */ done, part = '') => {
    const answer = await app.api('PUT', '/api/v1/people/' + id + part, { body });
    setMessage(answer.status === 200 ? { kind: 'good', title: done } : { kind: 'bad', title: t('ui.console.not_done'), text: trouble(answer) });
    setLeaving(false);
    await load.again();
    return answer.status === 200;
  };
  return html`<div>
    <p class="crumbs"><a href="#/people">${t('ui.console.nav.people')}</a></p>
    <${Loading} load=${load}>${person ? html`
      <div class="between"><h1>${person.name} ${person.archived ? html`<span class="tag warn">${t('ui.console.finding.is_archived')}</span>` : null}</h1>
        ${person.archived ? html`<button onClick=${() => change({ archived: false }, t('ui.console.finding.saved'))}>${t('ui.console.finding.bring_back')}</button>` : mine ? null : html`<button onClick=${() => setLeaving(true)}>${t('ui.console.finding.archive')}</button>`}</div>
      ${message ? html`<${Notice} kind=${message.kind} title=${message.title}>${message.text}<//>` : null}
      ${leaving ? html`<${Because} danger=${true} title=${t('ui.console.person.archive', { name: person.name })} how=${t('ui.console.person.archive_how')} id="archive-reason" onDone=${(/** @type {string} */ reason) => change({ archived: true, reason }, t('ui.console.finding.saved'))} onBack=${() => setLeaving(false)} />` : null}
      ${person.by_site.length > 1 || (app.sites.length > 1 && !app.home) ? html`<${Places} app=${app} person=${person} key=${person.journal} onSave=${(/** @type {any} */ body) => change(body, t('ui.console.finding.saved'), '/roles')} />` : html`<${Roles} person=${person} key=${person.journal} onSave=${change} />`}
      ${mine ? html`<p><a class="button" href="#/account">${t('ui.console.account.title')}</a></p>` : html`
      <${Password} app=${app} key=${'password' + person.journal} onSave=${change} />
      ${person.authenticator ? html`<${Lost} app=${app} person=${person} onDone=${load.again} />` : null}
      <${Sessions} app=${app} person=${person.id} key=${'sessions' + person.journal} />`}` : html`<${Empty} title=${t('ui.console.person.unknown')} />`}
    <//>
  </div>`;
}

/** @param {any} props */
function Roles({ person, onSave }) {
  const [roles, setRoles] = useState(person.roles);
  const [reason, setReason] = useState('');
  const same = roles.slice().sort().join() === person.roles.slice().sort().join();
  return html`<${Form} label=${t('ui.console.people.roles')} onSubmit=${() => onSave({ roles, reason: reason.trim() }, t('ui.console.finding.saved'))}>
    <${RolePicks} roles=${roles} onPick=${setRoles} />
    ${same ? null : html`<div class="why"><${Field} id="role-reason" label=${t('ui.console.reason')} value=${reason} onInput=${setReason} maxlength=${2000} /><button class="primary" type="submit" disabled=${roles.length === 0}>${t('ui.console.person.save')}</button></div>`}
  <//>`;
}

/** The roles in each site, for who sees to all of them. @param {any} props */
function Places({ app, person, onSave }) {
  const [places, setPlaces] = useState(person.by_site);
  const [reason, setReason] = useState('');
  const name = (/** @type {string | null} */ code) => app.sites.filter((/** @type {any} */ one) => one.code === code).map((/** @type {any} */ one) => code + ' \u00b7 ' + one.name)[0] || code || t('ui.console.all_sites');
  const pick = (/** @type {number} */ at, /** @type {string[]} */ roles) => setPlaces(places.map((/** @type {any} */ one, /** @type {number} */ index) => (index === at ? { site: one.site, roles } : one)));
  const others = [null].concat(app.sites.map((/** @type {any} */ one) => one.code)).filter((code) => places.every((/** @type {any} */ one) => one.site !== code));
  const meant = places.filter((/** @type {any} */ one) => one.roles.length > 0);
  const told = (/** @type {any[]} */ all) => all.map((one) => one.site + ':' + one.roles.slice().sort().join()).sort().join(';');
  return html`<${Form} label=${t('ui.console.people.roles')} onSubmit=${() => onSave({ by_site: meant, reason: reason.trim() })}>
    ${places.map((/** @type {any} */ one, /** @type {number} */ at) => html`<${RolePicks} key=${one.site} of=${name(one.site)} roles=${one.roles} onPick=${(/** @type {string[]} */ roles) => pick(at, roles)} />`)}
    ${others.length ? html`<${Select} id="another-site" label=${t('ui.console.person.another')} value="-" onInput=${(/** @type {string} */ code) => setPlaces(places.concat([{ site: code || null, roles: [] }]))} options=${[{ value: '-', label: t('ui.console.person.choose') }].concat(others.map((code) => ({ value: code || '', label: name(code) })))} />` : null}
    ${told(meant) === told(person.by_site) ? null : html`<div class="why"><${Field} id="role-reason" label=${t('ui.console.reason')} value=${reason} onInput=${setReason} maxlength=${2000} /><button class="primary" type="submit" disabled=${meant.length === 0}>${t('ui.console.person.save')}</button></div>`}
  <//>`;
}

/** Take off the authenticator of somebody who lost it. @param {any} props */
function Lost({ app, person, onDone }) {
  const [sure, setSure] = useState(false);
  const [error, setError] = useState('');
  const takeOff = async (/** @type {string} */ reason) => {
    const answer = await app.api('POST', '/api/v1/people/' + person.id + '/authenticator/removal', { body: { reason } });
    setSure(false);
    setError(answer.status === 200 ? '' : trouble(answer));
    await onDone();
  };
  return html`<section class="panel"><h2>${t('ui.console.code.title')}</h2><p class="hint">${t('ui.console.code.lost')}</p>
    ${error ? html`<${Notice} kind="bad" title=${t('ui.console.not_done')}>${error}<//>` : null}
    ${sure ? html`<${Because} danger=${true} title=${t('ui.console.code.take_off')} how=${t('ui.console.code.lost_how', { name: person.name })} id="lost-reason" onDone=${takeOff} onBack=${() => setSure(false)} />` : html`<button onClick=${() => setSure(true)}>${t('ui.console.code.take_off')}</button>`}
  </section>`;
}

/** @param {any} props */
function Password({ app, onSave }) {
  const [password, setPassword] = useState('');
  return html`<section class="panel"><h2>${t('ui.console.person.password')}</h2><p class="hint">${t('ui.console.person.password_how')}</p><${Form} label=${t('ui.console.person.password')} onSubmit=${() => onSave({ password }, t('ui.console.person.password_set'))}>
    <div class="why"><${Field} id="person-password" label=${t('ui.console.new_password')} type="password" autocomplete="new-password" hint=${t('ui.console.setup.password_hint', { n: app.setup.password_length })} value=${password} onInput=${setPassword} />
    <button type="submit" disabled=${!password}>${t('ui.console.person.set')}</button></div>
  <//></section>`;
}
