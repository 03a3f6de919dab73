/**
 * Plan a count: which locations, blind or not, what happens when stock moves, what is near enough.
 */
import { html } from '../views/html.js';
import { useState } from '../vendor/hooks.js';
import { Field, Form, Notice, trouble } from '../views/parts.js';
import { useRows } from './finding.js';
import { TERMS, Terms, saidTerms } from './terms.js';
import { amount, t } from '../text.js';

/** @param {any} props */
export function Plan({ app }) {
  const [find, setFind] = useState('');
  const [chosen, setChosen] = useState(/** @type {string[]} */ ([]));
  const [terms, setTerms] = useState(/** @type {any} */ (TERMS));
  const [error, setError] = useState('');
  const words = find.trim();
  const list = useRows(app, '/api/v1/locations', Object.assign({ site: app.site, archived: false }, words ? { search: words } : { parent: app.site }));
  const shown = words || !list.rows ? list.rows : [{ code: app.site, name: '', kind: 'site' }].concat(list.rows);
  const submit = async () => {
    setError('');
    const body = Object.assign({ locations: chosen, site: app.site }, saidTerms(terms));
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
      <${Terms} id="" terms=${terms} onChange=${(/** @type {any} */ some) => setTerms(Object.assign({}, terms, some))} />
      ${error ? html`<${Notice} kind="bad" title=${t('ui.console.not_done')}>${error}<//>` : null}
      <button class="big primary" type="submit" disabled=${chosen.length === 0}>${t('ui.console.plan.go')}</button>
    <//>
  </div>`;
}
