/**
 * Plan a count: which locations, blind or not, what happens when stock moves, what is near enough.
 */
import { html } from '../views/html.js';
import { useState } from '../vendor/hooks.js';
import { Field, Form, Notice, trouble } from '../views/parts.js';
import { Select } from '../views/select.js';
import { useRows } from './finding.js';
import { amount, t } from '../text.js';

/** @param {any} props */
export function Plan({ app }) {
  const [find, setFind] = useState('');
  const [chosen, setChosen] = useState(/** @type {string[]} */ ([]));
  const [blind, setBlind] = useState(true);
  const [policy, setPolicy] = useState('ask');
  const [tolerance, setTolerance] = useState(/** @type {any} */ ({ quantity: '', percent: '', value: '' }));
  const [error, setError] = useState('');
  const words = find.trim();
  const list = useRows(app, '/api/v1/locations', Object.assign({ site: app.site, archived: false }, words ? { search: words } : { parent: app.site }));
  const shown = words || !list.rows ? list.rows : [{ code: app.site, name: '', kind: 'site' }].concat(list.rows);
  const submit = async () => {
    setError('');
    const limits = Object.keys(tolerance).filter((key) => tolerance[key].trim()).reduce((out, key) => Object.assign(out, { [key]: tolerance[key].trim() }), {});
    const body = Object.assign({ locations: chosen, blind, policy, site: app.site }, Object.keys(limits).length ? { tolerance: limits } : {});
    const answer = await app.api('POST', '/api/v1/counts', { body });
    if (answer.status === 201) location.hash = '#/counts/' + encodeURIComponent(answer.data.code);
    else setError(trouble(answer));
  };
  const toggle = (/** @type {string} */ code) => setChosen(chosen.indexOf(code) < 0 ? chosen.concat([code]) : chosen.filter((one) => one !== code));
  return html`<div>
    <p class="crumbs"><a href="#/counts">${t('ui.console.nav.counts')}</a></p>
    <h1>${t('ui.console.counts.plan')}</h1>
    <${Form} label=${t('ui.console.counts.plan')} onSubmit=${submit}>
      <fieldset><legend>${t('ui.console.plan.where')}</legend>
        <p class="hint">${t('ui.console.plan.where_how')}</p>
        <${Field} id="find" label=${t('ui.console.plan.find')} value=${find} onInput=${setFind} />
        ${chosen.length ? html`<p class="chips" aria-live="polite">${chosen.map((code) => html`<button type="button" class="chip" onClick=${() => toggle(code)} aria-label=${t('ui.console.plan.take_off', { code })}>${code} \u2715</button>`)}</p>` : null}
        <div class="picks">${list.error ? html`<${Notice} kind="bad" title=${t('ui.console.failed')}>${list.error}<//>` : shown === null ? html`<p class="hint">${t('ui.console.loading')}</p>` : shown.map((row) => html`<label class="pick" key=${row.code}>
          <input type="checkbox" checked=${chosen.indexOf(row.code) >= 0} onChange=${() => toggle(row.code)} /> <strong>${row.code}</strong> <span class="hint">${t('ui.console.kinds.' + row.kind)} ${row.name.indexOf(row.code) < 0 ? row.name : ''}</span></label>`)}
          ${list.rows && list.total !== null && list.total > list.rows.length ? html`<p class="hint">${t('ui.console.plan.more', { n: amount(list.total - list.rows.length) })}</p>` : null}</div>
      </fieldset>
      <fieldset><legend>${t('ui.console.plan.how')}</legend>
        <label class="pick"><input type="checkbox" id="blind" checked=${blind} onChange=${() => setBlind(!blind)} /> <strong>${t('ui.console.plan.blind')}</strong> <span class="hint">${t('ui.console.plan.blind_how')}</span></label>
        <${Select} id="policy" label=${t('ui.console.plan.policy')} value=${policy} onInput=${setPolicy} options=${['ask', 'recount', 'as_of'].map((value) => ({ value, label: t('ui.console.plan.policies.' + value) }))} />
      </fieldset>
      <fieldset><legend>${t('ui.console.plan.tolerance')}</legend>
        <p class="hint">${t('ui.console.plan.tolerance_how')}</p>
        <div class="thirds">${['quantity', 'percent', 'value'].map((key) => html`<${Field} id=${'tolerance-' + key} label=${t('ui.console.plan.limits.' + key)} inputmode="decimal" value=${tolerance[key]} onInput=${(/** @type {string} */ value) => setTolerance(Object.assign({}, tolerance, { [key]: value }))} />`)}</div>
      </fieldset>
      ${error ? html`<${Notice} kind="bad" title=${t('ui.console.not_done')}>${error}<//>` : null}
      <button class="big primary" type="submit" disabled=${chosen.length === 0}>${t('ui.console.plan.go')}</button>
    <//>
  </div>`;
}
