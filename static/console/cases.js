/**
 * A quantity in cases, below the number: 2 cases of 12 + 3.
 */
import { html } from '../views/html.js';
import { packed } from './packs.js';
import { amount, t } from '../text.js';

/** @param {any} props `barcodes` of the product; without a pack that fits there is nothing to say */
export function Cases({ quantity, barcodes }) {
  const found = quantity === null ? null : packed(String(quantity), barcodes.map((/** @type {any} */ one) => one.quantity));
  if (!found) return null;
  const parts = found.packs.map(({ count, size }) => t('ui.console.products.pack', { n: amount(count), size: amount(size) }));
  return html`<span class="hint block">${parts.concat(found.rest === '0' ? [] : [amount(found.rest)]).join(' + ')}</span>`;
}
