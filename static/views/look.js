/**
 * What is here, where is it: from this device, and from the server when it answers.
 */
import { html } from './html.js';
import { Notice } from './parts.js';
import { amount, t, visible } from '../text.js';

/** What is here, where is it. @param {any} props */
export function Found({ app }) {
  const { found } = app.shift.state;
  const { look } = app;
  if (!found) return html`<div class="lines none"></div>`;
  const known = app.catalogue.read(found);
  return html`<section class="lines" aria-live="polite">
    ${known.kind === 'product' ? html`<${Fact} label=${t('ui.look.product')} value=${known.product.name} more=${known.product.sku + (known.pack !== '1' ? ' \u00d7' + known.pack : '')} />` : null}
    ${known.kind === 'location' ? html`<${Fact} label=${t('ui.look.location')} value=${known.place.code} more=${known.place.name} />` : null}
    ${known.kind === 'unknown' && !(look && look.data) ? html`<${Fact} label=${t('ui.task.not_in_copy')} value=${visible(found)} more=${look && look.busy ? t('ui.look.asking') : t('ui.look.ask_later')} />` : null}
    ${look && look.busy ? html`<p class="hint">${t('ui.look.asking')}</p>` : null}
    ${look && look.error ? html`<${Notice} kind="warn" title=${t('ui.look.offline')}>${look.error}<//>` : null}
    ${look && look.data ? html`<${Answer} data=${look.data} />` : null}
  </section>`;
}

/** @param {any} props */
function Fact({ label, value, more }) {
  return html`<div class="fact"><span class="hint">${label}</span><strong>${value}</strong><span class="code">${more}</span></div>`;
}

/** @param {any} props */
function Answer({ data }) {
  const rows = (data.here || []).concat(data.at || []);
  const name = (/** @type {any} */ row) => ((data.here || []).length ? row.name || row.sku : row.location);
  return html`<div>
    ${data.kind === 'unknown' ? html`<${Notice} kind="warn" title=${t('ui.look.unknown')} />` : null}
    ${rows.length === 0 && data.kind !== 'unknown' ? html`<p class="hint">${t('ui.look.nothing')}</p>` : null}
    <ul>${rows.map((/** @type {any} */ row) => html`<li><span class="name">${name(row)}<span class="code">${[row.sku, row.lot].filter(Boolean).join(' \u00b7 ')}</span></span>
      ${row.quantity === null ? html`<span class="hint">${t('ui.look.hidden')}</span>` : html`<span class="count">${amount(row.quantity)}</span>`}</li>`)}</ul>
  </div>`;
}
