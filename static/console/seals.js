/**
 * Seals: up to where what never changes is sealed, the checkpoints to keep elsewhere, and how to check that nothing was changed.
 */
import { html } from '../views/html.js';
import { useState } from '../vendor/hooks.js';
import { Empty, Field, Form, Notice, trouble } from '../views/parts.js';
import { Loading, useLoad } from './load.js';
import { amount, t, when } from '../text.js';

const PAGE = 20;
const GLOBAL = 'global';

/** @param {any} props */
export function Seals({ app }) {
  const [of, setOf] = useState(app.site);
  return html`<div>
    <div class="between"><h1>${t('ui.console.seals.title')}</h1>
      ${app.home ? null : html`<label class="filter" for="seals-of">${t('ui.console.audit.of')}<select id="seals-of" value=${of} onInput=${(/** @type {any} */ event) => setOf(event.target.value)}>
        <option value=${app.site} selected=${of === app.site}>${app.site}</option><option value=${GLOBAL} selected=${of === GLOBAL}>${t('ui.console.audit.people_and_products')}</option></select></label>`}</div>
    <p class="hint">${t('ui.console.seals.hint')}</p>
    <${Journal} key=${of} app=${app} of=${of} />
  </div>`;
}

/** @param {any} props */
function Journal({ app, of }) {
  const load = useLoad(app, '/api/v1/seals/look', { site: of });
  const seen = load.data;
  return html`<${Loading} load=${load}>${!seen ? null : seen.checkpoint === null ? html`<${Empty} title=${t('ui.console.seals.none')}>${t('ui.console.seals.none_how')}<//>` : html`
    <${Verdict} seen=${seen} />
    <dl class="says"><div><dt>${t('ui.console.seals.upto')}</dt><dd>${amount(seen.upto)}</dd></div><div><dt>${t('ui.console.seals.open')}</dt><dd>${amount(seen.journal - seen.upto)}</dd></div>
      <div><dt>${t('ui.console.seals.seals')}</dt><dd>${amount(seen.seals)}</dd></div><div><dt>${t('ui.console.seals.last')}</dt><dd>${when(seen.sealed_at)}</dd></div></dl>
    <h2>${t('ui.console.seals.newest')}</h2><p class="raw" id="checkpoint">${seen.checkpoint}</p><p class="hint">${t('ui.console.seals.keep')}</p>
    <${Compare} app=${app} of=${of} />
    <section class="panel" aria-labelledby="elsewhere"><h2 id="elsewhere">${t('ui.console.seals.elsewhere')}</h2><p>${t('ui.console.seals.elsewhere_how')}</p>
      <p class="raw">python verify.py sealed-${of}-1-to-${seen.seals}.jsonl.gz --checkpoint sl1:...</p>
      <p class="downloads"><a class="button" download href=${'/api/v1/seals/export?site=' + encodeURIComponent(of)}>${t('ui.console.seals.export')}</a>${' '}<a class="button" download href="/api/v1/seals/verify.py">verify.py</a></p></section>
    <${History} app=${app} of=${of} newest=${seen} />`}<//>`;
}

/** What a look found. @param {any} props */
function Verdict({ seen }) {
  const numbers = { n: amount(seen.looked_rows), from: amount(seen.looked_from), to: amount(seen.seals) };
  if (seen.wrong.length) return html`<${Notice} kind="bad" title=${t('ui.console.seals.wrong')}>${seen.wrong.map((/** @type {string} */ one) => html`<p>${one}</p>`)}<//>`;
  return html`<${Notice} kind="good" title=${t(seen.held ? 'ui.console.seals.held' : 'ui.console.seals.right')}>${t('ui.console.seals.looked', numbers)}<//>`;
}

/** Look for a checkpoint that left before. @param {any} props */
function Compare({ app, of }) {
  const [said, setSaid] = useState('');
  const [seen, setSeen] = useState(/** @type {any} */ (null));
  const [error, setError] = useState('');
  const look = async () => {
    const answer = await app.api('GET', '/api/v1/seals/look', { query: { site: of, checkpoint: said.trim() } });
    setError(answer.status === 200 ? '' : trouble(answer, true));
    setSeen(answer.status === 200 ? answer.data : null);
  };
  return html`<section class="panel"><${Form} label=${t('ui.console.seals.compare')} onSubmit=${look}>
    <${Field} id="a-checkpoint" label=${t('ui.console.seals.compare')} hint=${t('ui.console.seals.compare_how')} error=${error} value=${said} onInput=${setSaid} maxlength=${300} />
    <p><button class="primary" type="submit" disabled=${!said.trim()}>${t('ui.console.seals.look')}</button></p><//>
    ${seen ? html`<div role="status"><${Verdict} seen=${seen} /></div>` : null}</section>`;
}

/** The newest seals, each with its checkpoint. @param {any} props */
function History({ app, of, newest }) {
  const [since, setSince] = useState(Math.max(0, newest.seals - PAGE));
  const load = useLoad(app, '/api/v1/seals', { site: of, since, limit: PAGE });
  const journal = newest.checkpoint.split(':')[1];
  const rows = load.data ? load.data.rows.filter((/** @type {any} */ one) => one.number <= since + PAGE).reverse() : [];
  return html`<h2>${t('ui.console.seals.history')}</h2><${Loading} load=${load}><div class="scroll"><table>
      <thead><tr><th class="num">${t('ui.console.seals.number')}</th><th>${t('ui.console.seals.made')}</th><th>${t('ui.console.seals.range')}</th><th class="num">${t('ui.console.seals.rows')}</th><th>${t('ui.console.seals.checkpoint')}</th></tr></thead>
      <tbody>${rows.map((/** @type {any} */ one) => html`<tr key=${one.number}><td class="num">${amount(one.number)}</td><td>${when(one.sealed_at)}</td><td>${amount(one.first)} \u2013 ${amount(one.upto)}</td><td class="num">${amount(one.rows)}</td>
        <td class="raw">sl1:${journal}:${one.number}:${one.upto}:${one.epoch}:${one.hash}</td></tr>`)}</tbody></table></div>
      <p class="row">${since > 0 ? html`<button onClick=${() => setSince(Math.max(0, since - PAGE))}>${t('ui.console.seals.older')}</button>` : null}
        ${since + PAGE < newest.seals ? html`<button onClick=${() => setSince(Math.min(newest.seals - PAGE, since + PAGE))}>${t('ui.console.seals.newer')}</button>` : null}</p><//>`;
}
