/**
 * Scans that wait for a person: kept, but not understood. A product, a location, or nothing to do.
 */
import { html } from '../views/html.js';
import { useState } from '../vendor/hooks.js';
import { Empty, Field, Form, Notice, trouble } from '../views/parts.js';
import { Select } from '../views/select.js';
import { Loading, useLoad } from './load.js';
import { SUPERVISOR, may } from './may.js';
import { amount, has, t, visible, when } from '../text.js';

/** @param {any} props */
export function WaitingScans({ app }) {
  const load = useLoad(app, '/api/v1/scans', { outcome: 'refused', unresolved: 1, site: app.site, limit: 100 });
  const [done, setDone] = useState(0);
  const [warnings, setWarnings] = useState(/** @type {string[]} */ ([]));
  return html`<div>
    <h1>${t('ui.console.nav.waiting')}</h1>
    <p class="hint">${t(may(app, SUPERVISOR) ? 'ui.console.waiting.how' : 'ui.console.waiting.how_supervisor')}</p>
    ${done ? html`<${Notice} kind="good" title=${t('ui.console.waiting.done', { n: done })} />` : null}
    ${warnings.map((one) => html`<${Notice} key=${one} kind="warn" title=${t('warnings.' + one)} />`)}
    <${Loading} load=${load}>
      ${load.data && load.data.rows.length ? load.data.rows.map((/** @type {any} */ row) => html`<${Waiting} key=${row.id} app=${app} row=${row} onDone=${(/** @type {any} */ answer) => { setDone(done + 1); setWarnings(answer.warnings || []); load.again(); }} />`) : html`<${Empty} title=${t('ui.console.waiting.none')}>${t('ui.console.waiting.none_how')}<//>`}
    <//>
  </div>`;
}

/** Refusals that no other product or location mends. */
const ONLY_DISMISSED = ['not_yours', 'not_empty'];

/** @param {any} props */
function Waiting({ app, row, onDone }) {
  const said = row;
  const kinds = ONLY_DISMISSED.indexOf(said.reason) >= 0 ? ['dismiss'] : ['product', 'location', 'dismiss'];
  const [open, setOpen] = useState(false);
  const [kind, setKind] = useState(said.reason === 'unknown_location' ? 'location' : kinds[0]);
  const [value, setValue] = useState('');
  const [reason, setReason] = useState('');
  const [error, setError] = useState('');
  const submit = async () => {
    const body = kind === 'dismiss' ? { dismiss: true, reason } : { [kind]: value.trim(), reason };
    const answer = await app.api('POST', '/api/v1/scans/' + said.id + '/resolution', { body });
    if (answer.status >= 200 && answer.status < 300) onDone(answer.data);
    else setError(trouble(answer));
  };
  return html`<section class="panel" data-scan=${said.id}>
    <div class="between"><div>
      <span class="tag warn">! ${has('reasons.' + said.reason) ? t('reasons.' + said.reason) : said.reason}</span>
      <strong class="raw">${visible(said.barcode || said.location)}</strong>
      <span class="hint block">${[t('tasks.' + said.task), said.quantity ? '\u00d7 ' + amount(said.quantity) : '', said.location, said.operator, said.device, when(said.scanned_at || said.occurred_at)].filter(Boolean).join(' \u00b7 ')}</span>
    </div>${open || !may(app, SUPERVISOR) ? null : html`<button onClick=${() => setOpen(true)}>${t('ui.console.waiting.resolve')}</button>`}</div>
    ${open ? html`<${Form} label=${t('ui.console.waiting.resolve')} onSubmit=${submit}>
      <${Select} id=${'kind-' + said.id} label=${t('ui.console.waiting.as')} value=${kind} onInput=${setKind} options=${kinds.map((key) => ({ value: key, label: t('ui.console.waiting.kinds.' + key) }))} />
      ${kind === 'dismiss' ? null : html`<${Field} id=${'value-' + said.id} label=${t('ui.console.waiting.values.' + kind)} value=${value} onInput=${setValue} autofocus=${true} />`}
      <${Field} id=${'reason-' + said.id} label=${t('ui.console.reason')} value=${reason} onInput=${setReason} />
      ${error ? html`<${Notice} kind="bad" title=${t('ui.console.not_done')}>${error}<//>` : null}
      <div class="row"><button class="big" type="button" onClick=${() => setOpen(false)}>${t('ui.cancel')}</button><button class="big primary" type="submit" disabled=${!reason.trim() || (kind !== 'dismiss' && !value.trim())}>${t('ui.save')}</button></div>
    <//>` : null}
  </section>`;
}
