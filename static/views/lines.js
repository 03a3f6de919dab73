/**
 * What was scanned here and what is expected here, and what is to be counted.
 */
import { html } from './html.js';
import { More } from './parts.js';
import { amount, t, visible } from '../text.js';

/** A gun draws after each scan: what nobody scrolls to isn't drawn. */
const SHOWN = 30;

/** A product that is scanned by the case and by each has a line for either, and on both what they make together. @param {any} props */
export function Lines({ lines, app, marks, missing, counted }) {
  if (lines.length + missing.length === 0) return html`<div class="lines none"></div>`;
  const scans = lines.reduce((/** @type {number} */ sum, /** @type {any} */ line) => sum + line.scans, 0);
  return html`<section class="lines" aria-label=${t('ui.task.here')}>
    ${scans ? html`<button class="total" onClick=${() => app.show('recent')}>${t('ui.task.total', { lines: counted.size, scans })} \u203a</button>` : null}
    <ul>${lines.slice(0, SHOWN).map((/** @type {any} */ { barcode, quantity }) => {
    const { sku, pack } = app.product(barcode) || { sku: barcode, pack: 1 };
    const mark = marks.get(barcode);
    const all = counted.get(sku);
    return html`<li key=${barcode}><span class="name">${app.name(barcode) || visible(barcode)}<span class="code">${app.name(barcode) ? visible(barcode) : ''}${pack === 1 ? '' : ' \u00d7' + pack}</span>
      ${all === quantity || (mark && mark.counted) ? null : html`<span class="tag">= ${amount(all)}</span>`}<${Marked} mark=${mark} /></span><span class="count">${amount(quantity)}</span></li>`;
  })}</ul>
    <${More} n=${lines.length - SHOWN} />
    ${missing.length ? html`<h2>${t('ui.task.missing', { n: amount(missing.length) })}</h2>` : null}
    <ul>${missing.slice(0, SHOWN).map((/** @type {any} */ row) => html`<li key=${row.sku}><span class="name">${row.name}<span class="code">${row.sku}</span></span>
      <${Marked} mark=${{ state: 'expected', counted: 0, expected: row.quantity }} /></li>`)}</ul>
    <${More} n=${missing.length - SHOWN} />
  </section>`;
}

/** How a line stands against what is expected: sign and words. @param {any} props */
export function Marked({ mark }) {
  if (!mark) return null;
  const { state, counted, expected, at } = mark;
  const kind = state !== 'expected' || counted > expected ? 'warn' : counted === expected ? 'good' : '';
  return html`<span class=${'tag ' + kind}>${kind && (kind === 'warn' ? '! ' : '\u2713 ')}${t('ui.task.' + (state === 'expected' ? 'of' : state), { counted: amount(counted), expected: amount(expected), at })}</span>`;
}

/** What is to be counted, as far as this device was told; one's own first. @param {any} props */
export function Sheets({ app }) {
  const { records, operator, flow } = app.shift.state;
  const { rows, at } = app.sheets.state;
  const done = new Set(records.filter((/** @type {any} */ kept) => (kept.scan.task === 'finish' || kept.scan.task === 'empty') && (kept.saved > at || !kept.receipt || kept.answered > at)).map((/** @type {any} */ kept) => kept.scan.location));
  const isMine = (/** @type {any} */ sheet) => sheet.operator === operator.badge;
  const offered = new Set();  // of a location that two people count one sheet is enough to choose from
  const open = rows.filter((/** @type {any} */ sheet) => !done.has(sheet.location) && (isMine(sheet) || (!sheet.operator && offered.size < offered.add(sheet.location).size)));
  if (open.length === 0) return html`<div class="lines none"></div>`;
  return html`<section class="lines" aria-label=${t('ui.task.sheets')}>
    <h2>${t('ui.task.to_count', { n: amount(open.length) })}</h2>
    <div>${open.filter(isMine).concat(open.filter((/** @type {any} */ sheet) => !isMine(sheet))).slice(0, SHOWN).map((/** @type {any} */ sheet) => html`
      <button key=${sheet.code} class="big hit" aria-pressed=${flow.sheet === sheet.code ? 'true' : 'false'} onClick=${() => app.shift.pressed({ type: 'sheet', value: sheet.code, location: sheet.location })}>
        ${sheet.location} ${isMine(sheet) ? html`<span class="tag">${t('ui.task.mine')}</span>` : null}${sheet.sequence > 1 ? html`<span class="tag warn">${t('ui.task.recount')}</span>` : null}
        <span class="code">${[sheet.code].concat((sheet.lines || []).map((/** @type {any} */ line) => line.name)).join(' \u00b7 ')}</span></button>`)}</div>
    <${More} n=${open.length - SHOWN} />
  </section>`;
}
