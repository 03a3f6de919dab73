/**
 * Stock: what is here, where is it, and how was it at some time.
 */
import { html } from '../views/html.js';
import { useState } from '../vendor/hooks.js';
import { Empty, Field, Form, Notice, trouble } from '../views/parts.js';
import { Cases } from './cases.js';
import { Found, useRows } from './finding.js';
import { amount, t, visible } from '../text.js';

const ALL = { kind: 'all', title: '', query: {}, at: '', barcodes: [] };

/** @param {any} props */
export function Stock({ app }) {
  const [code, setCode] = useState('');
  const [at, setAt] = useState('');
  const [asked, setAsked] = useState(/** @type {any} */ (ALL));
  const [error, setError] = useState('');
  const ask = async () => {
    setError('');
    const moment = at ? new Date(at) : null;
    const when = { at: moment && !isNaN(moment.getTime()) ? moment.toISOString() : null };
    if (!code.trim()) return setAsked(Object.assign({}, ALL, { at, query: when }));
    const look = await app.api('GET', '/api/v1/lookup', { query: { code: code.trim(), site: app.site } });
    if (look.status !== 200) return setError(trouble(look));
    const first = (look.data.candidates || [])[0] || {};
    const location = look.data.kind === 'location' ? first.code || first.location || code.trim() : null;
    const sku = location ? null : first.sku || (look.data.kind === 'unknown' ? null : code.trim());
    if (!location && !sku) return setAsked({ kind: 'unknown', title: visible(code), query: {} });
    return setAsked({ kind: location ? 'here' : 'where', title: location || first.name || sku, at, query: Object.assign({ location, sku }, when), barcodes: location ? [] : first.barcodes || [] });
  };
  return html`<div>
    <h1>${t('ui.console.nav.stock')}</h1>
    <${Form} label=${t('ui.console.nav.stock')} onSubmit=${ask}>
      <div class="halves"><${Field} id="stock-code" label=${t('ui.console.stock.code')} value=${code} onInput=${setCode} autofocus=${true} />
      <${Field} id="stock-at" label=${t('ui.console.stock.at')} type="datetime-local" value=${at} onInput=${setAt} /></div>
      <button class="big primary" type="submit">${t('ui.console.stock.ask')}</button>
    <//>
    ${error ? html`<${Notice} kind="bad" title=${t('ui.console.failed')}>${error}<//>` : null}
    <div aria-live="polite">${asked.kind === 'unknown' ? html`<${Empty} title=${t('ui.console.stock.unknown', { code: asked.title })} />` : html`<${Rows} app=${app} asked=${asked} key=${JSON.stringify(asked.query)} />`}</div>
  </div>`;
}

/** @param {any} props */
function Rows({ app, asked }) {
  const list = useRows(app, '/api/v1/stock', Object.assign({ site: app.site }, asked.query));
  return html`<div>
    <h2>${t('ui.console.stock.' + asked.kind, { what: asked.title })} ${asked.at ? html`<small class="hint">${t('ui.console.stock.as_of', { at: asked.at.replace('T', ' ') })}</small>` : null}</h2>
    <${Found} list=${list} empty=${html`<${Empty} title=${t('ui.console.stock.none')} />`}>
    <div class="scroll"><table><thead><tr><th>${t('ui.console.review.location')}</th><th>${t('ui.console.review.product')}</th><th>${t('ui.console.stock.lot')}</th><th class="num">${t('ui.console.stock.on_hand')}</th></tr></thead>
      <tbody>${(list.rows || []).map((/** @type {any} */ row) => html`<tr><td>${row.location}</td><td>${row.name}<span class="code">${row.sku}</span></td><td>${[row.lot, row.serial, row.expiry].filter(Boolean).join(' \u00b7 ')}</td>
        <td class="num strong">${row.quantity === null ? t('ui.look.hidden') : amount(row.quantity)} <span class="hint">${row.unit || ''}</span>${asked.barcodes.length ? html`<${Cases} quantity=${row.quantity} barcodes=${asked.barcodes} />` : html`<span class="hint block">${row.packed || ''}</span>`} ${row.held ? html`<span class="tag warn">! ${t('ui.console.stock.held')}</span>` : null}</td></tr>`)}</tbody></table></div><//>
  </div>`;
}
