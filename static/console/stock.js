/**
 * Stock: what is here, where is it, and how was it at some time.
 */
import { html } from '../views/html.js';
import { useState } from '../vendor/hooks.js';
import { Empty, Field, Form, Notice, trouble } from '../views/parts.js';
import { Cases } from './cases.js';
import { amount, t, visible } from '../text.js';

/** @param {any} props */
export function Stock({ app }) {
  const [code, setCode] = useState('');
  const [at, setAt] = useState('');
  const [found, setFound] = useState(/** @type {any} */ (null));
  const [error, setError] = useState('');
  const ask = async () => {
    setError('');
    setFound(null);
    const look = await app.api('GET', '/api/v1/lookup', { query: { code: code.trim(), site: app.site } });
    if (look.status !== 200) return setError(trouble(look));
    const first = (look.data.candidates || [])[0] || {};
    const location = look.data.kind === 'location' ? first.code || first.location || code.trim() : null;
    const sku = location ? null : first.sku || (look.data.kind === 'unknown' ? null : code.trim());
    if (!location && !sku) return setFound({ kind: 'unknown', rows: [] });
    const moment = at ? new Date(at) : null;
    const stock = await app.api('GET', '/api/v1/stock', { query: { location, sku, at: moment && !isNaN(moment.getTime()) ? moment.toISOString() : null, site: app.site, limit: 500 } });
    if (stock.status !== 200) return setError(trouble(stock));
    return setFound({ kind: look.data.kind, title: location || first.name || sku, barcodes: location ? [] : first.barcodes || [], rows: stock.data.rows, partial: stock.data.partial });
  };
  return html`<div>
    <h1>${t('ui.console.nav.stock')}</h1>
    <${Form} label=${t('ui.console.nav.stock')} onSubmit=${ask}>
      <div class="halves"><${Field} id="stock-code" label=${t('ui.console.stock.code')} value=${code} onInput=${setCode} autofocus=${true} />
      <${Field} id="stock-at" label=${t('ui.console.stock.at')} type="datetime-local" value=${at} onInput=${setAt} /></div>
      <button class="big primary" type="submit" disabled=${!code.trim()}>${t('ui.console.stock.ask')}</button>
    <//>
    ${error ? html`<${Notice} kind="bad" title=${t('ui.console.failed')}>${error}<//>` : null}
    <div aria-live="polite">${found ? html`<${Rows} found=${found} code=${code} at=${at} />` : null}</div>
  </div>`;
}

/** @param {any} props */
function Rows({ found, code, at }) {
  if (found.kind === 'unknown') return html`<${Empty} title=${t('ui.console.stock.unknown', { code: visible(code) })} />`;
  const here = found.kind === 'location';
  return html`<div>
    <h2>${t(here ? 'ui.console.stock.here' : 'ui.console.stock.where', { what: found.title })} ${at ? html`<small class="hint">${t('ui.console.stock.as_of', { at: at.replace('T', ' ') })}</small>` : null}</h2>
    ${found.rows.length ? html`<div class="scroll"><table><thead><tr><th>${t('ui.console.review.location')}</th><th>${t('ui.console.review.product')}</th><th>${t('ui.console.stock.lot')}</th><th class="num">${t('ui.console.stock.on_hand')}</th></tr></thead>
      <tbody>${found.rows.map((/** @type {any} */ row) => html`<tr><td>${row.location}</td><td>${row.name}<span class="code">${row.sku}</span></td><td>${[row.lot, row.serial, row.expiry].filter(Boolean).join(' \u00b7 ')}</td>
        <td class="num strong">${row.quantity === null ? t('ui.look.hidden') : amount(row.quantity)} <span class="hint">${row.unit || ''}</span><${Cases} quantity=${row.quantity} barcodes=${found.barcodes} /> ${row.held ? html`<span class="tag warn">! ${t('ui.console.stock.held')}</span>` : null}</td></tr>`)}</tbody></table></div>` : html`<${Empty} title=${t('ui.console.stock.none')} />`}
  </div>`;
}
