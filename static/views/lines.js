/**
 * What was scanned here, and what is to be counted.
 */
import { html } from './html.js';
import { amount, t, visible } from '../text.js';

/** A gun draws after each scan: what nobody scrolls to isn't drawn. */
const SHOWN = 30;

/** @param {any} props */
export function Lines({ lines, app }) {
  if (lines.length === 0) return html`<div class="lines none"></div>`;
  const total = lines.reduce((/** @type {number} */ sum, /** @type {any} */ line) => sum + line.scans, 0);
  return html`<section class="lines" aria-label=${t('ui.task.here')}>
    <p class="total">${t('ui.task.total', { lines: lines.length, scans: total })}</p>
    <ul>${lines.slice(0, SHOWN).map((/** @type {any} */ line) => html`<li key=${line.barcode}>
      <span class="name">${app.name(line.barcode) || visible(line.barcode)}<span class="code">${app.name(line.barcode) ? visible(line.barcode) : ''}${app.pack(line.barcode) ? ' \u00d7' + app.pack(line.barcode) : ''}</span></span>
      <span class="count">${amount(line.quantity)}</span>
    </li>`)}</ul>
    ${lines.length > SHOWN ? html`<p class="hint">${t('ui.queue.more', { n: amount(lines.length - SHOWN) })}</p>` : null}
  </section>`;
}

/** What is to be counted, as far as this device was told. @param {any} props */
export function Sheets({ app }) {
  const done = new Set(app.shift.state.records.filter((/** @type {any} */ kept) => (kept.scan.task === 'finish' || kept.scan.task === 'empty') && (kept.saved > app.sheets.at || !kept.receipt || kept.answered > app.sheets.at)).map((/** @type {any} */ kept) => kept.scan.location));
  const open = app.sheets.rows.filter((/** @type {any} */ sheet) => !done.has(sheet.location));
  if (open.length === 0) return html`<div class="lines none"></div>`;
  return html`<section class="lines" aria-label=${t('ui.task.sheets')}>
    <p class="total">${t('ui.task.to_count', { n: amount(open.length) })}</p>
    <ul>${open.slice(0, 50).map((/** @type {any} */ sheet) => html`<li key=${sheet.code}><span class="name"><strong>${sheet.location}</strong>${sheet.sequence > 1 ? html` <span class="tag warn">${t('ui.task.recount')}</span>` : null}
      ${sheet.lines ? html`<span class="code">${sheet.lines.map((/** @type {any} */ line) => line.name).join(', ')}</span>` : null}</span></li>`)}</ul>
  </section>`;
}
