/**
 * Settings of a site: each with what it means; changed with a reason.
 */
import { html } from '../views/html.js';
import { useState } from '../vendor/hooks.js';
import { Field, Form, Notice, trouble } from '../views/parts.js';
import { segment } from './address.js';
import { Loading, useLoad } from './load.js';
import { may } from './may.js';
import { t } from '../text.js';

/** @param {any} props */
export function Site({ app }) {
  const load = useLoad(app, '/api/v1/sites', {});
  const site = load.data && load.data.rows.filter((/** @type {any} */ one) => one.code === app.site)[0];
  return html`<${Loading} load=${load}>${site ? html`<${Change} app=${app} site=${site} defaults=${load.data.defaults} onDone=${load.again} key=${JSON.stringify(site)} />` : null}<//>`;
}

/** @param {any} props */
function Change({ app, site, defaults, onDone }) {
  const [said, setSaid] = useState(/** @type {any} */ ({}));
  const [reason, setReason] = useState('');
  const [error, setError] = useState('');
  const strict = may(app, ['administrator']);
  const mine = strict || may(app, ['supervisor']);
  const now = Object.assign({}, site, said);
  const change = (/** @type {any} */ some) => setSaid(Object.assign({}, said, some));
  const changed = Object.keys(said).filter((name) => said[name] !== site[name]);
  const save = async () => {
    const body = changed.reduce((out, name) => Object.assign(out, { [name]: said[name] }), { reason: reason.trim() });
    const answer = await app.api('PUT', '/api/v1/sites/' + segment(site.code), { body });
    if (answer.status !== 200) return setError(trouble(answer));
    return onDone();
  };
  return html`<${Form} label=${t('ui.console.settings.of', { site: site.name })} onSubmit=${save}>
    <h2>${t('ui.console.settings.of', { site: site.name })}</h2>
    ${strict ? null : html`<p class="hint">${t('ui.console.settings.administrators')}</p>`}
    ${['independence', 'proof'].map((name) => html`<fieldset disabled=${!strict}><legend>${t('ui.console.settings.' + name)}</legend>
      ${['enforce', 'declare'].map((value) => html`<label class="pick"><input type="radio" name=${name} value=${value} checked=${now[name] === value} onChange=${() => change({ [name]: value })} /> <strong>${t('ui.console.settings.' + name + '_' + value)}</strong> <span class="hint block">${t('ui.console.settings.' + name + '_' + value + '_how')}</span></label>`)}</fieldset>`)}
    <fieldset disabled=${!strict}><legend>${t('ui.console.settings.second')}</legend>
      <${Field} id="second-above" label=${t('ui.console.plan.second')} hint=${t('ui.console.settings.second_how')} inputmode="decimal" maxlength="20" value=${now.second_above || ''} onInput=${(/** @type {string} */ value) => change({ second_above: value.trim() || null })} /></fieldset>
    <fieldset disabled=${!strict}><legend>${t('ui.console.settings.plan_at')}</legend>
      <${Field} id="plan-at" label=${t('ui.console.settings.plan_at_label')} hint=${planned(now.plan_at, defaults.plan_at)} maxlength="5" value=${now.plan_at || ''} onInput=${(/** @type {string} */ value) => change({ plan_at: value.trim() || null })} /></fieldset>
    <fieldset disabled=${!strict}><legend>${t('ui.console.settings.in_store')}</legend>
      <${Field} id="in-store" label=${t('ui.console.settings.in_store_label')} hint=${t('ui.console.settings.in_store_how', { codes: defaults.in_store || '\u2013' })} maxlength="500" value=${now.in_store || ''} onInput=${(/** @type {string} */ value) => change({ in_store: value.trim() || null })} /></fieldset>
    <fieldset disabled=${!strict}><legend>${t('ui.console.settings.pin')}</legend>
      ${['off', 'required'].map((value) => html`<label class="pick"><input type="radio" name="pin" value=${value} checked=${now.pin === value} onChange=${() => change({ pin: value })} /> <strong>${t('ui.console.settings.pins.' + value)}</strong> <span class="hint block">${t('ui.console.settings.pins.' + value + '_how')}</span></label>`)}
      <${Field} id="idle-minutes" label=${t('ui.console.settings.idle')} hint=${t('ui.console.settings.idle_how')} inputmode="numeric" maxlength="3" value=${now.idle_minutes === null ? '' : now.idle_minutes} onInput=${(/** @type {string} */ value) => change({ idle_minutes: value.trim() ? Number(value) : null })} /></fieldset>
    <fieldset disabled=${!mine}><legend>${t('ui.console.settings.check_digits')}</legend>
      <label class="pick"><input type="checkbox" id="check-digits" checked=${now.check_digits} onChange=${() => change({ check_digits: !now.check_digits })} /> <strong>${t('ui.console.settings.check_digits_on')}</strong> <span class="hint block">${t('ui.console.settings.check_digits_how')}</span></label></fieldset>
    ${error ? html`<${Notice} kind="bad" title=${t('ui.console.not_done')}>${error}<//>` : null}
    ${mine ? html`<div class="panel why"><${Field} id="setting-reason" label=${t('ui.console.settings.why')} maxlength="2000" value=${reason} onInput=${setReason} />
      <button class="primary" type="submit" disabled=${!changed.length || !reason.trim()}>${t('ui.console.settings.save')}</button></div>` : null}
  <//>`;
}

/** When rules run, in words, with the hour that it is here. @param {string | null} said @param {string} otherwise @returns {string} */
function planned(said, otherwise) {
  const at = said || otherwise;
  const found = /^(\d\d):(\d\d)$/.exec(at);
  const here = found ? new Date(new Date().setUTCHours(Number(found[1]), Number(found[2]), 0, 0)).toTimeString().slice(0, 5) : '';
  return [found ? t('ui.console.settings.plan_at_how', { at, here }) : at === 'off' ? t('ui.console.settings.plan_at_off') : '', t('ui.console.settings.plan_at_empty', { at: otherwise })].filter(Boolean).join(' ');
}
