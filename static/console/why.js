/**
 * Why a line differs: opened beside the line, what was scanned and moved there, and where the difference may have gone.
 */
import { useState } from '../vendor/hooks.js';
import { html } from '../views/html.js';
import { Loading, useLoad } from './load.js';
import { amount, t, when } from '../text.js';

/** @param {any} props */
export function Explained({ app, code, line }) {
  const [open, setOpen] = useState(false);
  const about = [line.location, line.sku].filter(Boolean).join(' ');
  return html`<span class="block"><button aria-expanded=${open ? 'true' : 'false'} aria-label=${t('ui.console.why.about', { about })} onClick=${() => setOpen(!open)}>${t('ui.console.why.open')}</button>
    ${open ? html`<${Story} app=${app} code=${code} line=${line} />` : null}</span>`;
}

/** @param {any} props */
function Story({ app, code, line }) {
  const load = useLoad(app, '/api/v1/counts/' + encodeURIComponent(code) + '/lines/' + encodeURIComponent(line.line), { site: app.site });
  const told = load.data;
  const isBare = told && ['scans', 'others', 'moves', 'unknown_codes', 'swaps', 'mixes', 'elsewhere'].every((name) => !told[name].length);
  return html`<${Loading} load=${load}>${told ? html`<div class="hint story">
    ${isBare ? t('ui.console.why.nothing') : null}
    <${Part} title="scans" rows=${told.scans} say=${scan} /><${Part} title="others" rows=${told.others} say=${(/** @type {any} */ one) => [one.count].concat(scan(one))} /><${Part} title="moves" rows=${told.moves} say=${move} />
    <${Part} title="unknown" rows=${told.unknown_codes} say=${(/** @type {any} */ one) => [one.code, one.operator, when(one.at)]} />
    <${Part} title="swaps" rows=${told.swaps} say=${(/** @type {any} */ one) => [one.location, signed(one.variance), one.exact ? '=' : '']} />
    <${Part} title="mixes" rows=${told.mixes} say=${(/** @type {any} */ one) => [one.sku, one.lot, signed(one.variance)]} />
    <${Part} title="elsewhere" rows=${told.elsewhere} say=${(/** @type {any} */ one) => [one.location, one.lot, amount(one.quantity)]} />
  </div>` : null}<//>`;
}

/** One kind of hint, where there is any. @param {any} props */
function Part({ title, rows, say }) {
  return rows.length ? html`<b>${t('ui.console.why.' + title)}</b><ul>${rows.map((/** @type {any} */ row) => html`<li>${say(row).filter(Boolean).join(' \u00b7 ')}</li>`)}</ul>` : null;
}

/** @param {any} one @returns {string[]} */
function scan(one) {
  return [amount(one.quantity), one.lot, one.serial, one.person || one.operator, one.device, when(one.at), one.voided ? t('ui.console.why.voided') : '', one.late ? t('ui.console.why.late') : ''];
}

/** @param {any} one @returns {string[]} */
function move(one) {
  return [signed(one.quantity), one.other_location, one.operator, when(one.at), t('ui.console.why.when.' + one.when), one.late ? t('ui.console.why.late') : ''];
}

/** @param {string} value @returns {string} */
function signed(value) {
  return /^-/.test(value) ? '\u2212' + amount(value.slice(1)) : '+' + amount(value);
}
