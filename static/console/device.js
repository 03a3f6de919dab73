/**
 * One device: what it is called and may do, a new token, and when it is lost: revoke it and see what it still owes.
 */
import { html } from '../views/html.js';
import { useState } from '../vendor/hooks.js';
import { Field, Form, Notice, trouble } from '../views/parts.js';
import { Offer, clockOf } from './devices.js';
import { Loading, useLoad } from './load.js';
import { ENROLLERS, may } from './may.js';
import { amount, t, when } from '../text.js';

const TASKS = ['receive', 'return', 'move', 'pick', 'scrap', 'count', 'empty', 'finish', 'look', 'hold', 'release', 'void'];

/** @param {any} props */
export function DevicePage({ app, id }) {
  const load = useLoad(app, '/api/v1/devices/' + encodeURIComponent(id), {});
  const row = load.data;
  const trusted = may(app, ENROLLERS) && row && !row.revoked_at;
  return html`<div>
    <p class="crumbs"><a href="#/devices">${t('ui.console.nav.devices')}</a></p>
    <${Loading} load=${load}>${row ? html`
      <h1>${row.name} ${row.revoked_at ? html`<span class="tag bad">\u2715 ${t('ui.console.devices.revoked')}</span>` : null}</h1>
      <dl class="says"><div><dt>${t('ui.console.site')}</dt><dd>${row.site}</dd></div><div><dt>${t('ui.console.devices.token')}</dt><dd class="raw">${row.prefix}\u2026</dd></div>
        <div><dt>${t('ui.console.devices.heard')}</dt><dd>${when(row.last_seen) || t('ui.console.devices.unknown')}</dd></div>
        <div><dt>${t('ui.console.devices.made')}</dt><dd data-said="made">${row.waiting === null ? t('ui.console.devices.unknown') : amount(row.made)}</dd></div><div><dt>${t('ui.console.devices.held')}</dt><dd data-said="held">${amount(row.held)}</dd></div>
        <div><dt>${t('ui.console.devices.gaps')}</dt><dd data-said="gaps">${amount(row.gaps)}</dd></div><div><dt>${t('ui.console.devices.waits')}</dt><dd data-said="waiting">${row.waiting === null ? t('ui.console.devices.unknown') : amount(row.waiting)}</dd></div>
        <div><dt>${t('ui.console.devices.clock')}</dt><dd>${clockOf(row.offset_ms)}</dd></div>
        <div><dt>${t('ui.console.devices.app')}</dt><dd class="raw">${row.app || t('ui.console.devices.unknown')}${row.outdated ? html`${' '}<span class="tag warn">${t('ui.console.devices.app_old')}</span>` : null}</dd></div>
        ${row.revoked_at ? html`<div><dt>${t('ui.console.devices.revoked')}</dt><dd>${when(row.revoked_at)}</dd></div>` : null}</dl>
      ${row.outdated ? html`<p class="hint">${t('ui.console.devices.app_old_how')}</p>` : null}
      <${Owes} row=${row} />
      ${trusted ? html`<${Change} app=${app} row=${row} onDone=${load.again} /><${Renew} app=${app} row=${row} /><${Lost} app=${app} row=${row} onDone=${load.again} />` : null}` : null}<//>
  </div>`;
}

/** What has not arrived, and where that may matter. @param {any} props */
function Owes({ row }) {
  return html`<section aria-labelledby="owes"><h2 id="owes">${t('ui.console.devices.owes')}</h2>
    <p>${row.waiting === null ? t('ui.console.devices.waits_unknown') : row.waiting ? t('ui.console.devices.waits_then', { n: amount(row.waiting) }) : ''}${' '}${row.missing.length ? '' : t('ui.console.devices.owes_nothing')}</p>
    ${row.missing.length ? html`<div class="scroll"><table><caption>${t('ui.console.devices.missing')}</caption><thead><tr><th>${t('ui.console.devices.stream')}</th><th class="num">${t('ui.console.devices.from')}</th><th class="num">${t('ui.console.devices.to')}</th></tr></thead>
      <tbody>${row.missing.map((/** @type {any} */ gap) => html`<tr><td class="raw">${gap.stream}</td><td class="num">${amount(gap.first)}</td><td class="num">${amount(gap.last)}</td></tr>`)}</tbody></table></div>` : null}
    <h3>${t('ui.console.devices.counts')}</h3>
    ${row.counts.length ? html`<div class="scroll"><table><thead><tr><th>${t('ui.console.nav.counts')}</th><th>${t('ui.console.devices.state')}</th><th class="num">${t('ui.console.devices.scans')}</th><th>${t('ui.console.devices.last')}</th></tr></thead>
      <tbody>${row.counts.map((/** @type {any} */ one) => html`<tr><td><a href=${'#/counts/' + encodeURIComponent(one.count)}>${one.count}</a></td><td>${one.status === 'open' ? t('ui.console.devices.open') : t('ui.console.status.' + one.status)}</td><td class="num">${amount(one.scans)}</td><td>${when(one.last_received_at)}</td></tr>`)}</tbody></table></div>` : html`<p class="hint">${t('ui.console.devices.no_counts')}</p>`}</section>`;
}

/** @param {any} props */
function Change({ app, row, onDone }) {
  const [name, setName] = useState(row.name);
  const [tasks, setTasks] = useState(/** @type {string[] | null} */ (row.tasks));
  const [said, setSaid] = useState('');
  const [done, setDone] = useState(false);
  const save = async () => {
    const answer = await app.api('PUT', '/api/v1/devices/' + row.id, { body: { name: name.trim(), tasks } });
    setSaid(answer.status === 200 ? '' : trouble(answer));
    setDone(answer.status === 200);
    await onDone();
  };
  const toggle = (/** @type {string} */ task) => setTasks((tasks || []).indexOf(task) < 0 ? (tasks || []).concat([task]) : (tasks || []).filter((one) => one !== task));
  return html`<section class="panel"><${Form} label=${t('ui.console.devices.what', { name: row.name })} onSubmit=${save}>
    <${Field} id="device-name" label=${t('ui.console.devices.name')} value=${name} onInput=${setName} />
    <fieldset><legend>${t('ui.console.devices.tasks')}</legend>
      <label class="pick"><input type="radio" name="ceiling" checked=${tasks === null} onChange=${() => setTasks(null)} /> <strong>${t('ui.console.devices.all_tasks')}</strong></label>
      <label class="pick"><input type="radio" name="ceiling" checked=${tasks !== null} onChange=${() => setTasks(tasks || ['look'])} /> <strong>${t('ui.console.devices.some_tasks')}</strong></label>
      ${tasks === null ? null : TASKS.map((task) => html`<label class="pick"><input type="checkbox" checked=${tasks.indexOf(task) >= 0} onChange=${() => toggle(task)} /> ${t('tasks.' + task)}</label>`)}</fieldset>
    <p class="hint">${t('ui.console.devices.site_fixed')}</p>
    ${said ? html`<${Notice} kind="bad" title=${t('ui.console.not_done')}>${said}<//>` : null}${done ? html`<${Notice} kind="good" title=${t('ui.console.devices.saved')} />` : null}
    <button class="primary" type="submit" disabled=${!name.trim() || (tasks !== null && tasks.length === 0)}>${t('ui.console.devices.save')}</button><//></section>`;
}

/** @param {any} props */
function Renew({ app, row }) {
  const [link, setLink] = useState(/** @type {any} */ (null));
  const [said, setSaid] = useState('');
  const renew = async () => {
    const answer = await app.api('POST', '/api/v1/devices/' + row.id + '/rotation', { body: {} });
    setSaid(answer.status === 201 ? '' : trouble(answer));
    setLink(answer.status === 201 ? answer.data : null);
  };
  if (link) return html`<${Offer} link=${link} name=${row.name} how=${t('ui.console.devices.how_renewed', { at: when(link.expires_at) })} onDone=${() => setLink(null)} />`;
  return html`<section class="panel"><h2>${t('ui.console.devices.renew')}</h2><p>${t('ui.console.devices.renew_how')}</p>
    ${said ? html`<${Notice} kind="bad" title=${t('ui.console.not_done')}>${said}<//>` : null}<button onClick=${renew}>${t('ui.console.devices.renew')}</button></section>`;
}

/** @param {any} props */
function Lost({ app, row, onDone }) {
  const [reason, setReason] = useState('');
  const [said, setSaid] = useState('');
  const revoke = async () => {
    const answer = await app.api('POST', '/api/v1/devices/' + row.id + '/revocation', { body: { reason: reason.trim() } });
    setSaid(answer.status === 200 ? '' : trouble(answer));
    await onDone();
  };
  return html`<section class="panel"><h2>${t('ui.console.devices.lost')}</h2><p>${t('ui.console.devices.lost_how')}</p>
    <${Form} label=${t('ui.console.devices.lost')} onSubmit=${revoke}><${Field} id="lost-reason" label=${t('ui.console.devices.why')} value=${reason} onInput=${setReason} maxlength=${2000} />
    ${said ? html`<${Notice} kind="bad" title=${t('ui.console.not_done')}>${said}<//>` : null}<button class="danger" type="submit" disabled=${!reason.trim()}>${t('ui.console.devices.revoke_one', { name: row.name })}</button><//></section>`;
}
