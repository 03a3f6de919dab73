/**
 * A courier file: the scans that a device saved because its network would not come back, brought to the server by hand.
 */
import { html } from '../views/html.js';
import { useState } from '../vendor/hooks.js';
import { Notice, trouble } from '../views/parts.js';
import { amount, t } from '../text.js';

/** @param {any} props */
export function Courier({ app, onDone }) {
  const [busy, setBusy] = useState(false);
  const [told, setTold] = useState(/** @type {any} */ (null));
  const take = async (/** @type {any} */ event) => {
    const file = event.target.files[0];
    if (!file) return;
    setBusy(true);
    setTold(null);
    const answer = await app.send('/api/v1/imports/scans', { site: app.site }, file);
    event.target.value = '';
    setBusy(false);
    setTold(answer.status === 200 ? answer.data : { trouble: trouble(answer) });
    onDone();
  };
  const bad = told && (told.trouble || told.rejected + told.malformed + told.conflict > 0);
  return html`<details class="panel"><summary>${t('ui.console.courier.title')}</summary>
    <div class="field"><label for="courier-file">${t('ui.console.courier.file')}</label><p class="hint" id="courier-how">${t('ui.console.courier.how')}</p>
      <input id="courier-file" type="file" accept=".jsonl,.json,.txt,application/x-ndjson" aria-describedby="courier-how" disabled=${busy} onChange=${take} /></div>
    <div aria-live="polite">${busy ? html`<p class="hint">${t('ui.console.courier.busy')}</p>` : null}
      ${told ? html`<${Notice} kind=${bad ? 'bad' : 'good'} title=${t('ui.console.courier.' + (bad ? 'no' : 'yes'))}>${told.trouble || numbers(told)}<//>` : null}
      ${told && told.rejected ? html`<ul>${told.rows.filter((/** @type {any} */ row) => row.problem).slice(0, 20).map((/** @type {any} */ row) => html`<li>${t('ui.console.courier.line', { n: amount(row.line), why: row.problem.detail })}</li>`)}</ul>` : null}</div>
  </details>`;
}

/** @param {any} told @returns {string} */
function numbers(told) {
  return ['recorded', 'duplicate', 'conflict', 'malformed', 'rejected'].filter((what) => told[what] || what === 'recorded').map((what) => t('ui.console.courier.' + what, { n: told[what] })).join(' ');
}
