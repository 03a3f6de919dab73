/**
 * Codes that nobody understood, each once with all that waits for it: match one to a product, and the waiting scans post.
 * Below them the labels that read badly, by location.
 */
import { html } from '../views/html.js';
import { useEffect, useState } from '../vendor/hooks.js';
import { Empty, Field, Form, Notice, trouble } from '../views/parts.js';
import { Select } from '../views/select.js';
import { Loading, useLoad } from './load.js';
import { SUPERVISOR, may } from './may.js';
import { PickProduct } from './pick.js';
import { checkDigitHolds } from '../gtin.js';
import { amount, has, t, visible, when } from '../text.js';

const TRACKING = ['none', 'lot', 'serial'];
const DAYS = [1, 7, 30, 90];

/** @param {any} props */
export function Unknown({ app }) {
  const load = useLoad(app, '/api/v1/unknown-codes', { site: app.site });
  const [done, setDone] = useState(/** @type {any} */ (null));
  const onDone = (/** @type {any} */ answer) => { setDone(answer); load.again(); };
  return html`<div>
    <h1>${t('ui.console.nav.unknown')}</h1>
    <p class="hint">${t('ui.console.unknown.how')}</p>
    <div aria-live="polite">${done ? html`<${Done} answer=${done} />` : null}</div>
    <${Loading} load=${load}>
      ${load.data && load.data.rows.length ? load.data.rows.map((/** @type {any} */ row) => html`<${Code} key=${row.code} app=${app} row=${row} onDone=${onDone} />`) : html`<${Empty} title=${t('ui.console.unknown.none')}>${t('ui.console.unknown.none_how')}<//>`}
      ${load.data && load.data.more ? html`<p class="hint">${t('ui.console.unknown.more')}</p>` : null}
    <//>
    <${BadLabels} app=${app} matched=${done} />
  </div>`;
}

/** @param {any} props */
function Done({ answer }) {
  const n = answer.posted + answer.noted;
  return html`<${Notice} kind=${answer.refused.length ? 'warn' : 'good'} title=${t('ui.console.unknown.done', { n: amount(n) })}>
    ${answer.barcode ? html`<div>${t('ui.console.unknown.learned', { barcode: visible(answer.barcode) })}</div>` : null}
    ${answer.refused.length ? html`<div>${t('ui.console.unknown.still', { n: amount(answer.refused.length), why: answer.refused[0].detail })} <a href="#/waiting">${t('ui.console.nav.waiting')}</a></div>` : null}<//>`;
}

/** @param {any} props */
function Code({ app, row, onDone }) {
  const [open, setOpen] = useState(false);
  const [error, setError] = useState('');
  const send = async (/** @type {any} */ body) => {
    setError('');
    const answer = await app.api('POST', '/api/v1/unknown-codes/matches', { query: { site: app.site }, body: Object.assign({ code: row.code }, body) });
    if (answer.status === 200) onDone(answer.data);
    else setError(trouble(answer));
  };
  const about = [
    Object.keys(row.tasks).map((task) => t('tasks.' + task) + ' ' + amount(row.tasks[task])).join(', '),
    '\u00d7 ' + amount(row.quantity), row.locations.join(', '), row.operators.join(', '), when(row.last_at),
  ].filter(Boolean).join(' \u00b7 ');
  const says = [row.gtin && row.gtin !== row.code ? 'GTIN ' + row.gtin : '', row.lot ? t('ui.console.stock.lot') + ' ' + row.lot : '', row.serial ? t('ui.console.unknown.serial') + ' ' + row.serial : '', row.expiry || ''].filter(Boolean).join(' \u00b7 ');
  const allowed = may(app, SUPERVISOR);
  return html`<section class="panel" data-code=${row.code}>
    <div class="between"><div><strong class="raw">${visible(row.code)}</strong> <span class="tag warn">${t('ui.console.unknown.scans', { n: amount(row.scans) })}</span>
      ${says ? html`<span class="block">${says}</span>` : null}<span class="hint block">${about}</span></div>
      ${!allowed || open ? null : row.known ? html`<button class="primary" onClick=${() => send({ sku: row.known.sku, learn: false, reason: t('ui.console.unknown.known_since') })}>${t('ui.console.unknown.post_known', { name: row.known.name })}</button>` : html`<button onClick=${() => setOpen(true)} aria-label=${t('ui.console.unknown.match') + ' ' + visible(row.code)}>${t('ui.console.unknown.match')}</button>`}</div>
    ${error ? html`<${Notice} kind="bad" title=${t('ui.console.not_done')}>${error}<//>` : null}
    ${open ? html`<${Match} app=${app} row=${row} onSend=${send} onCancel=${() => setOpen(false)} />` : null}
  </section>`;
}

/** @param {any} props */
function Match({ app, row, onSend, onCancel }) {
  const [kind, setKind] = useState('old');
  const [product, setProduct] = useState(/** @type {any} */ (null));
  const [said, setSaid] = useState({ sku: row.gtin || (row.code.length <= 128 ? row.code : ''), name: '', unit: '', tracking: row.serial ? 'serial' : row.lot ? 'lot' : 'none', quantity: '1', reason: '', learn: !misread(row.barcode) });
  const set = (/** @type {string} */ name) => (/** @type {any} */ value) => setSaid(Object.assign({}, said, { [name]: value }));
  const id = 'match-' + row.code;
  const fresh = kind === 'new';
  const ready = fresh ? said.sku.trim() && said.name.trim() : product;
  const submit = () => onSend(Object.assign(
    { sku: fresh ? said.sku.trim() : product.sku, quantity: said.quantity.trim() || '1', learn: said.learn && row.barcode !== null, reason: said.reason.trim() },
    fresh ? { product: Object.assign({ name: said.name.trim(), tracking: said.tracking }, said.unit.trim() ? { unit: said.unit.trim() } : {}) } : {},
  ));
  return html`<${Form} label=${t('ui.console.unknown.match') + ' ' + visible(row.code)} onSubmit=${submit}>
    <p class="tabs">${['old', 'new'].map((one) => html`<button type="button" aria-pressed=${kind === one ? 'true' : 'false'} onClick=${() => setKind(one)}>${t('ui.console.unknown.kinds.' + one)}</button>`)}</p>
    ${fresh ? html`<div class="thirds"><${Field} id=${id + '-sku'} label=${t('ui.console.labels.product')} value=${said.sku} onInput=${set('sku')} maxlength=${128} /><${Field} id=${id + '-name'} label=${t('ui.console.name')} value=${said.name} onInput=${set('name')} autofocus=${true} />
      <${Field} id=${id + '-unit'} label=${t('ui.console.unknown.unit')} value=${said.unit} onInput=${set('unit')} maxlength=${20} /><${Select} id=${id + '-tracking'} label=${t('ui.console.unknown.tracking')} value=${said.tracking} onInput=${set('tracking')} options=${TRACKING.map((value) => ({ value, label: t('ui.console.unknown.tracked.' + value) }))} /></div>`
    : html`<${PickProduct} app=${app} id=${id + '-product'} label=${t('ui.console.review.product')} chosen=${product} onChoose=${setProduct} autofocus=${true} />`}
    ${row.barcode === null || misread(row.barcode) ? html`<p class="hint">${t('ui.console.unknown.' + (row.barcode === null ? 'too_long' : 'misread'))}</p>` : html`<label class="pick"><input type="checkbox" checked=${said.learn} onChange=${(/** @type {any} */ event) => set('learn')(event.target.checked)} />${t('ui.console.unknown.learn', { barcode: visible(row.barcode) })}</label>
      ${said.learn ? html`<${Field} id=${id + '-quantity'} label=${t('ui.console.unknown.means')} value=${said.quantity} onInput=${set('quantity')} inputmode="decimal" maxlength=${19} />` : null}`}
    <${Field} id=${id + '-reason'} label=${t('ui.console.unknown.note')} value=${said.reason} onInput=${set('reason')} />
    <div class="row"><button type="button" onClick=${onCancel}>${t('ui.cancel')}</button><button class="primary" type="submit" disabled=${!ready}>${t('ui.console.unknown.post', { n: amount(row.scans) })}</button></div>
  <//>`;
}

/** Say whether a barcode is as long as a trade item number and its check digit is wrong: no product may have it. @param {string | null} code */
function misread(code) {
  return code !== null && /^([0-9]{8}|[0-9]{12,14})$/.test(code) && !checkDigitHolds(code);
}

/** @param {any} props `matched`: what was matched last, which reads well now */
function BadLabels({ app, matched }) {
  const [days, setDays] = useState(7);
  const load = useLoad(app, '/api/v1/bad-labels', { site: app.site, days });
  useEffect(() => { if (matched) load.again(); }, [matched]);
  return html`<section aria-labelledby="bad-labels"><div class="between"><h2 id="bad-labels">${t('ui.console.unknown.bad')}</h2>
    <label>${t('ui.console.unknown.back')} <select value=${days} onInput=${(/** @type {any} */ event) => setDays(Number(event.target.value))}>${DAYS.map((n) => html`<option value=${n} selected=${n === days}>${t('ui.console.lots.days', { n })}</option>`)}</select></label></div>
    <p class="hint">${t('ui.console.unknown.bad_how')}</p>
    <${Loading} load=${load}>${load.data && load.data.rows.length ? html`<div class="scroll"><table><thead><tr><th>${t('ui.console.review.location')}</th><th>${t('ui.console.unknown.code')}</th><th>${t('ui.console.unknown.why')}</th><th>${t('ui.console.unknown.last')}</th></tr></thead>
      <tbody>${load.data.rows.map((/** @type {any} */ row) => html`<tr><td>${row.location}</td><td><span class="raw">${visible(row.code)}</span>${row.sku && row.sku !== row.code ? html`<span class="code">${row.sku}</span>` : null}</td><td>${Object.keys(row.why).map((key) => (has('ui.console.unknown.troubles.' + key) ? t('ui.console.unknown.troubles.' + key) : key) + ' ' + amount(row.why[key])).join(', ')}</td><td>${when(row.last_at)}</td></tr>`)}</tbody></table></div>` : html`<${Empty} title=${t('ui.console.unknown.all_good')} />`}<//></section>`;
}
