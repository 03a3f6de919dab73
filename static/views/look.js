/**
 * What is here, where is it: from this device, and from the server when it answers.
 */
import { html } from './html.js';
import { Notice } from './parts.js';
import { ago, amount, has, t, visible } from '../text.js';

/** What is here, where is it. @param {any} props */
export function Found({ app }) {
  const { found, last } = app.shift.state;
  const { look } = app;
  const copy = app.catalogue.copy();
  if (!found) return html`<div class="lines none"></div>`;
  const known = app.catalogue.read(found);
  const told = known.kind === 'unknown' && look && look.data && look.data.kind !== 'unknown' ? look.data.candidates : [];
  return html`<section class="lines" aria-live="polite" tabindex="0">
    ${known.product ? html`<${Product} product=${known.product} pack=${known.pack} parts=${app.parts(found)} />` : null}
    ${known.place ? html`<${Place} place=${known.place} />` : null}
    ${known.kind === 'unknown' ? html`<${Fact} label=${known.candidates ? t('reasons.ambiguous') : ignorance(app, last.at)} value=${visible(found)} more=${told.length ? t('ui.look.server_knows') : look && look.error ? t('ui.look.ask_later') : ''} />` : null}
    ${(told.length ? told : known.candidates || []).map((/** @type {any} */ one) => (one.sku ? html`<${Product} product=${one} pack=${one.quantity} />` : html`<${Place} place=${one} />`))}
    ${look && look.busy ? html`<p class="hint">${t('ui.look.asking')}</p>` : null}
    ${look && look.error ? html`<${Notice} kind="warn" title=${t('ui.look.offline')}>${t('ui.look.' + look.error)} ${copy ? t('ui.look.age', { age: ago(last.at - copy.at) }) : ''}<//>` : null}
    ${look && look.data ? html`<${Answer} data=${look.data} />` : null}
  </section>`;
}

/** Why this device can't say what a code is: it has no list, or not this code in it. @param {any} app @param {number} [at] when it was asked @returns {string} */
export function ignorance(app, at) {
  const copy = app.catalogue.copy();
  return t('ui.ignorance.' + app.catalogue.ignorance(), { age: copy ? ago((at || app.now()) - copy.at) : '' });
}

/** @param {any} props */
function Product({ product, pack, parts }) {
  const more = [product.sku + (pack && pack !== '1' ? ' \u00d7' + pack : ''), parts, product.archived ? t('ui.look.archived') : ''];
  return html`<${Fact} label=${t('ui.look.product')} value=${product.name} more=${more.filter(Boolean).join(' \u00b7 ')} />`;
}

/** @param {any} props */
function Place({ place }) {
  return html`<${Fact} label=${t('ui.look.location')} value=${place.code} more=${[place.name === place.code ? '' : place.name, place.archived ? t('ui.look.archived') : ''].filter(Boolean).join(' \u00b7 ')} />`;
}

/** @param {any} props */
function Fact({ label, value, more }) {
  return html`<div class="fact"><span class="hint">${label}</span><strong>${value}</strong><span class="code">${more}</span></div>`;
}

/** @param {any} props */
function Answer({ data }) {
  const rows = (data.here || []).concat(data.at || []);
  const name = (/** @type {any} */ row) => ((data.here || []).length ? row.name || row.sku : row.location);
  const { measures = {}, quantity } = data.parts || {};
  const told = Object.keys(measures).map((unit) => amount(measures[unit]) + ' ' + unit).concat(quantity ? '\u00d7 ' + quantity : []);
  return html`<div>
    ${told.length ? html`<p class="code">${told.join(' \u00b7 ')}</p>` : null}
    ${data.kind === 'unknown' ? html`<${Notice} kind="warn" title=${t('ui.look.unknown')} /><a class="button" target="_blank" href=${'console#/anything/' + encodeURIComponent(data.code)}>${t('ui.look.link')}</a>` : rows.length || (data.candidates || []).length > 1 ? null : html`<p class="hint">${t(data.kind === 'sscc' ? 'ui.look.sscc' : 'ui.look.nothing')}</p>`}
    ${(data.warnings || []).filter((/** @type {string} */ one) => has('warnings.' + one)).map((/** @type {string} */ one) => html`<${Notice} key=${one} kind="warn" title=${t('warnings.' + one)} />`)}
    <ul>${rows.map((/** @type {any} */ row) => html`<li><span class="name">${name(row)}<span class="code">${[row.sku, row.lot, row.serial, row.expiry, row.packed, row.held ? t('warnings.held') : ''].filter(Boolean).join(' \u00b7 ')}</span></span>
      ${row.quantity === null ? html`<span class="hint">${t('ui.look.hidden')}</span>` : html`<span class="count">${amount(row.quantity)}</span>`}</li>`)}</ul>
  </div>`;
}
