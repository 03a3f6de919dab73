/**
 * Products: find one among a hundred thousand, make and change it, its barcodes and packs, where it is.
 */
import { html } from '../views/html.js';
import { useState } from '../vendor/hooks.js';
import { Empty, Field, Form, Notice, trouble } from '../views/parts.js';
import { Select } from '../views/select.js';
import { segment } from './address.js';
import { Cases } from './cases.js';
import { Finder, Found, useRows } from './finding.js';
import { Loading, useLoad } from './load.js';
import { LotsOf } from './lots.js';
import { EDITORS, LABELLERS, may } from './may.js';
import { amount, t } from '../text.js';

const TRACKING = ['none', 'lot', 'serial'];
const FIELDS = ['name', 'unit', 'decimals', 'tracking', 'cost', 'abc'];
const NEW = { sku: '', name: '', unit: '', decimals: '0', tracking: 'none', cost: '', abc: '', barcode: '' };

/** @param {string} sku */
const page = (sku) => '#/products/' + encodeURIComponent(sku);
/** @param {string} sku */
const route = (sku) => '/api/v1/products/' + segment(sku);

/** @param {any} props */
export function Products({ app }) {
  const [find, setFind] = useState('');
  const [archived, setArchived] = useState(false);
  const [adding, setAdding] = useState(false);
  const list = useRows(app, '/api/v1/products', { search: find.trim() || null, archived });
  return html`<div>
    <div class="between"><h1>${t('ui.console.nav.products')}</h1>${may(app, EDITORS) && !adding ? html`<button class="primary" onClick=${() => setAdding(true)}>${t('ui.console.products.add')}</button>` : null}</div>
    ${adding ? html`<${Add} app=${app} onBack=${() => setAdding(false)} />` : null}
    <${Finder} id="find-product" label=${t('ui.console.products.find')} value=${find} onInput=${setFind} archived=${archived} onArchived=${setArchived} />
    <${Found} list=${list} empty=${html`<${Empty} title=${t(find.trim() ? 'ui.console.finding.none' : archived ? 'ui.console.finding.none_archived' : 'ui.console.products.none')}>${t(find.trim() ? 'ui.console.finding.none_how' : archived ? 'ui.console.finding.none_archived_how' : 'ui.console.products.none_how')}<//>`}>
      <div class="scroll"><table><thead><tr><th>${t('ui.console.review.product')}</th><th>${t('ui.console.products.barcodes')}</th><th>${t('ui.console.products.unit')}</th><th>${t('ui.console.products.tracking')}</th><th>${t('ui.console.products.abc')}</th></tr></thead>
        <tbody>${(list.rows || []).map((/** @type {any} */ row) => html`<tr key=${row.sku}><td><a href=${page(row.sku)}>${row.name}</a><span class="code">${row.sku}</span></td>
          <td class="raw">${row.barcodes.slice(0, 2).map((/** @type {any} */ one) => html`<span class="block">${one.code}${one.quantity === '1' ? '' : '\u00a0\u00d7\u00a0' + amount(one.quantity)}</span>`)}${row.barcodes.length > 2 ? html`<span class="hint block">${t('ui.console.products.more', { n: row.barcodes.length - 2 })}</span>` : null}</td>
          <td>${row.unit}</td><td>${row.tracking === 'none' ? '' : t('ui.console.products.trackings.' + row.tracking)}</td><td>${row.abc}</td></tr>`)}</tbody></table></div>
    <//>
  </div>`;
}

/** @param {any} props */
function Add({ app, onBack }) {
  const [said, setSaid] = useState(NEW);
  const [error, setError] = useState('');
  const submit = async () => {
    const sku = said.sku.trim();
    const there = await app.api('GET', route(sku));
    if (there.status === 200) return setError(t('ui.console.products.is_there', { sku }));
    const answer = await app.api('PUT', route(sku), { body: Object.assign(body(said), said.barcode.trim() ? { barcodes: [{ code: said.barcode.trim() }] } : {}) });
    if (answer.status === 200) location.hash = page(answer.data.sku);
    else setError(trouble(answer));
  };
  const set = (/** @type {string} */ name) => (/** @type {string} */ value) => setSaid(Object.assign({}, said, { [name]: value }));
  return html`<section class="panel"><${Form} label=${t('ui.console.products.add')} onSubmit=${submit}>
    <div class="halves"><${Field} id="product-sku" label=${t('ui.console.products.sku')} value=${said.sku} onInput=${set('sku')} maxlength=${128} autofocus=${true} />
      <${Field} id="product-barcode" label=${t('ui.console.products.barcode')} value=${said.barcode} onInput=${set('barcode')} maxlength=${128} /></div>
    <${Fields} said=${said} set=${set} />
    ${error ? html`<${Notice} kind="bad" title=${t('ui.console.not_done')}>${error}<//>` : null}
    <div class="row"><button class="big" type="button" onClick=${onBack}>${t('ui.cancel')}</button><button class="big primary" type="submit" disabled=${!said.sku.trim() || !said.name.trim()}>${t('ui.console.products.add')}</button></div>
  <//></section>`;
}

/** What can be said of a product. @param {any} props */
function Fields({ said, set }) {
  return html`<${Field} id="product-name" label=${t('ui.console.name')} value=${said.name} onInput=${set('name')} />
    <div class="halves"><${Field} id="product-unit" label=${t('ui.console.products.unit')} hint=${t('ui.console.products.unit_how')} value=${said.unit} onInput=${set('unit')} maxlength=${20} />
      <${Field} id="product-cost" label=${t('ui.console.products.cost')} hint=${t('ui.console.products.cost_how')} value=${said.cost} onInput=${set('cost')} inputmode="decimal" maxlength=${19} /></div>
    <div class="thirds"><${Select} id="product-decimals" label=${t('ui.console.products.decimals')} value=${said.decimals} onInput=${set('decimals')} options=${['0', '1', '2', '3', '4', '5', '6'].map((value) => ({ value, label: value }))} />
      <${Select} id="product-tracking" label=${t('ui.console.products.tracking')} value=${said.tracking} onInput=${set('tracking')} options=${TRACKING.map((value) => ({ value, label: t('ui.console.products.trackings.' + value) }))} />
      <${Select} id="product-abc" label=${t('ui.console.products.abc')} value=${said.abc} onInput=${set('abc')} options=${['', 'A', 'B', 'C'].map((value) => ({ value, label: value || '\u2013' }))} /></div>`;
}

/** One product. @param {any} props */
export function ProductPage({ app, sku }) {
  const load = useLoad(app, route(sku), {});
  const row = load.data;
  return html`<div><p class="crumbs"><a href="#/products">${t('ui.console.nav.products')}</a></p>
    <${Loading} load=${load}>${row ? html`
      <div class="between"><h1>${row.name}${row.archived ? html` <span class="tag warn">${t('ui.console.finding.is_archived')}</span>` : null}<span class="code">${row.sku}</span></h1>
        ${may(app, LABELLERS) && !row.archived ? html`<a class="button" href=${'#/labels/products/' + encodeURIComponent(row.sku)}>${t('ui.console.nav.labels')}</a>` : null}</div>
      <${Where} app=${app} row=${row} />
      ${row.tracking === 'none' ? null : html`<${LotsOf} app=${app} sku=${row.sku} />`}
      <${Barcodes} app=${app} row=${row} onDone=${load.again} />
      ${may(app, EDITORS) ? html`<${Edit} app=${app} row=${row} onDone=${load.again} />` : null}` : null}<//>
  </div>`;
}

/** Where it is. @param {any} props */
function Where({ app, row }) {
  const stock = useLoad(app, '/api/v1/stock', { sku: row.sku, site: app.site, limit: 500 });
  return html`<section><h2>${t('ui.console.stock.where', { what: row.name })}</h2><${Loading} load=${stock}>
    ${stock.data && stock.data.rows.length ? html`<div class="scroll"><table><thead><tr><th>${t('ui.console.review.location')}</th><th>${t('ui.console.stock.lot')}</th><th class="num">${t('ui.console.stock.on_hand')}</th></tr></thead>
      <tbody>${stock.data.rows.map((/** @type {any} */ one) => html`<tr><td><a href=${'#/locations/' + encodeURIComponent(one.location)}>${one.location}</a></td><td>${[one.lot, one.serial, one.expiry].filter(Boolean).join(' \u00b7 ')} ${one.held ? html`<span class="tag warn">! ${t('ui.console.stock.held')}</span>` : null}</td>
        <td class="num"><strong>${one.quantity === null ? t('ui.look.hidden') : amount(one.quantity)}</strong> <span class="hint">${one.unit}</span><${Cases} quantity=${one.quantity} barcodes=${row.barcodes} /></td></tr>`)}</tbody></table></div>` : html`<p class="hint">${t('ui.console.stock.none')}</p>`}<//></section>`;
}

/** @param {any} props */
function Barcodes({ app, row, onDone }) {
  const [code, setCode] = useState('');
  const [quantity, setQuantity] = useState('1');
  const [error, setError] = useState('');
  const [gone, setGone] = useState(/** @type {any} */ (null));
  /** @param {any} barcode */
  const put = async (barcode) => {
    setError('');
    const answer = await app.api('PUT', route(row.sku), { body: { barcodes: [barcode] } });
    if (answer.status !== 200) return setError(trouble(answer));
    setGone(null);
    if (barcode !== gone) {
      setCode('');
      setQuantity('1');
    }
    return onDone();
  };
  const add = () => put({ code: code.trim(), quantity: quantity.trim() || '1' });
  /** @param {any} barcode */
  const takeAway = async (barcode) => {
    setError('');
    const answer = await app.api('DELETE', '/api/v1/barcodes/' + segment(barcode.code));
    if (answer.status !== 200) return setError(trouble(answer));
    setGone(barcode);
    return onDone();
  };
  return html`<section><h2>${t('ui.console.products.barcodes')}</h2>
    ${row.barcodes.length ? html`<div class="scroll"><table><thead><tr><th>${t('ui.console.products.barcode')}</th><th class="num">${t('ui.console.products.means')}</th><th></th><th></th></tr></thead>
      <tbody>${row.barcodes.map((/** @type {any} */ one) => html`<tr key=${one.code}><td class="raw">${one.code}</td><td class="num">${amount(one.quantity)} <span class="hint">${row.unit}</span></td>
        <td>${may(app, LABELLERS) && !row.archived ? html`<a href=${'#/labels/products/' + encodeURIComponent(one.code)} aria-label=${t('ui.console.products.label_of', { code: one.code })}>${t('ui.console.products.label')}</a>` : null}</td>
        <td class="num">${may(app, EDITORS) ? html`<button class="link" onClick=${() => takeAway(one)} aria-label=${t('ui.console.products.away_of', { code: one.code })}>${t('ui.console.products.away')}</button>` : null}</td></tr>`)}</tbody></table></div>` : html`<p class="hint">${t('ui.console.products.no_barcodes')}</p>`}
    ${gone ? html`<${Notice} kind="good" title=${t('ui.console.products.is_away', { code: gone.code })}>${t('ui.console.products.away_how')} <button class="link" onClick=${() => put(gone)}>${t('ui.console.products.away_undo')}</button><//>` : null}
    ${may(app, EDITORS) ? html`<${Form} label=${t('ui.console.products.add_barcode')} onSubmit=${add}>
      <div class="inline"><${Field} id="barcode-code" label=${t('ui.console.products.add_barcode')} value=${code} onInput=${setCode} maxlength=${128} />
        <${Field} id="barcode-quantity" label=${t('ui.console.products.means_of', { unit: row.unit })} value=${quantity} onInput=${setQuantity} inputmode="decimal" maxlength=${19} />
        <button class="primary" type="submit" disabled=${!code.trim()}>${t('ui.console.products.add_short')}</button></div>
      <p class="hint">${t('ui.console.products.barcodes_stay')}</p>
      ${error ? html`<${Notice} kind="bad" title=${t('ui.console.not_done')}>${error}<//>` : null}
    <//>` : null}</section>`;
}

/** @param {any} props */
function Edit({ app, row, onDone }) {
  const [said, setSaid] = useState(typed(row));
  const [error, setError] = useState('');
  const [done, setDone] = useState(false);
  const put = async (/** @type {any} */ what) => {
    setError('');
    const answer = await app.api('PUT', route(row.sku), { body: what });
    if (answer.status !== 200) return setError(trouble(answer));
    setSaid(typed(answer.data));
    setDone(true);
    return onDone();
  };
  const set = (/** @type {string} */ name) => (/** @type {string} */ value) => { setDone(false); setSaid(Object.assign({}, said, { [name]: value })); };
  const before = typed(row);
  const changed = FIELDS.some((name) => said[name] !== before[name]);
  return html`<section class="panel"><h2>${t('ui.console.products.change')}</h2><${Form} label=${t('ui.console.products.change')} onSubmit=${() => put(body(said))}>
    <${Fields} said=${said} set=${set} />
    <p class="hint">${t('ui.console.products.fixed')}</p>
    ${error ? html`<${Notice} kind="bad" title=${t('ui.console.not_done')}>${error}<//>` : null}
    ${done ? html`<${Notice} kind="good" title=${t('ui.console.finding.saved')} />` : null}
    <div class="between"><button class="primary" type="submit" disabled=${!changed || !said.name.trim()}>${t('ui.save')}</button>
      <button type="button" class=${row.archived ? '' : 'danger'} onClick=${() => put({ archived: !row.archived })}>${t(row.archived ? 'ui.console.finding.bring_back' : 'ui.console.finding.archive')}</button></div>
    <p class="hint">${t('ui.console.products.archive_how')}</p>
  <//></section>`;
}

/** A product as a form holds it. @param {any} row @returns {any} */
function typed(row) {
  return Object.assign({}, row, { decimals: String(row.decimals), cost: row.cost || '' });
}

/** What is said to the server: what is empty isn't. @param {any} said @returns {any} */
function body(said) {
  const told = { name: said.name.trim(), unit: said.unit.trim(), cost: said.cost.trim(), abc: said.abc, tracking: said.tracking };
  const full = Object.keys(told).filter((name) => told[/** @type {'name'} */ (name)]);
  return full.reduce((out, name) => Object.assign(out, { [name]: told[/** @type {'name'} */ (name)] }), { decimals: Number(said.decimals) });
}
