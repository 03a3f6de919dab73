/**
 * A count on paper: the sheets to print, in the size and language that are wanted.
 */
import { html } from '../views/html.js';
import { useState } from '../vendor/hooks.js';
import { t } from '../text.js';

const PART = 500;

/** @param {any} props */
export function Printing({ app, count }) {
  const open = (count.sheets || []).filter((/** @type {any} */ sheet) => sheet.status === 'open').length;
  const [size, setSize] = useState('a4');
  const [expected, setExpected] = useState(!count.blind);
  if (!open || ['approved', 'posted', 'cancelled'].indexOf(count.status) >= 0) return null;
  const language = document.documentElement.lang.slice(0, 2) === 'de' ? 'de' : 'en';
  const parts = Array.from(Array(Math.ceil(open / PART)).keys()).map((at) => at + 1);
  const file = (/** @type {number} */ part) => '/api/v1/counts/' + encodeURIComponent(count.code) + '/paper.pdf?site=' + encodeURIComponent(app.site) + '&size=' + size + '&language=' + language + '&expected=' + (expected ? 1 : 0) + '&part=' + part;
  return html`<details class="panel"><summary>${t('ui.console.paper.print')}</summary>
    <p class="hint">${t('ui.console.paper.print_how')}</p>
    <div class="inline"><label class="pick"><input type="checkbox" checked=${expected} onChange=${() => setExpected(!expected)} /> ${t('ui.console.paper.with_book')}</label>
      <select class="profile" aria-label=${t('ui.console.paper.size')} value=${size} onInput=${(/** @type {any} */ event) => setSize(event.target.value)}>${['a4', 'letter'].map((one) => html`<option value=${one} selected=${one === size}>${one === 'a4' ? 'A4' : 'Letter'}</option>`)}</select>
      ${parts.map((part) => html`<a class="button" href=${file(part)} target="_blank" rel="noopener">${t('ui.console.paper.' + (parts.length > 1 ? 'open_part' : 'open'), { n: part })}</a> `)}</div></details>`;
}
