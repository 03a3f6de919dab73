/**
 * Scans in a list: one line each, with what became of it, and an undo for what one scanned oneself.
 */
import { html } from './html.js';
import { useState } from '../vendor/hooks.js';
import { verdictOf, whereOf } from './last.js';
import { canUndo } from '../dialog.js';
import { amount, clock, t, visible } from '../text.js';

/** An undo asks first: a void can't be voided. @param {any} props */
export function Scans({ list, app }) {
  const { operator, records } = app.shift.state;
  const [asked, setAsked] = useState('');
  const undos = new Map(records.map((/** @type {any} */ kept) => [kept.scan.voids, kept.receipt || {}]));
  return html`<ul class="rows">${list.map((/** @type {any} */ { scan, saved, receipt, aside }) => {
    const undo = undos.get(scan.id);
    const sure = asked === scan.id;
    const verdict = [receipt ? verdictOf(receipt) : aside ? t('ui.queue.aside', { why: t('ui.sync.' + aside.why) }) : ''];
    if (undo && undo.outcome !== 'refused') verdict.push(t(undo.outcome ? 'ui.queue.voided' : 'ui.queue.voiding'));
    if (undo) verdict.push(verdictOf(undo));
    const told = verdict.filter(Boolean).join(' \u00b7 ');
    const what = scan.voids ? (records.find((/** @type {any} */ kept) => kept.scan.id === scan.voids) || { scan }).scan : scan;
    const where = whereOf(scan);
    return html`<li key=${scan.id}><span class="name">${t('tasks.' + scan.task)} ${what.barcode ? app.name(what.barcode) || visible(what.barcode) : where}
      <span class="code">${[clock(saved), scan.barcode && where, scan.operator, '#' + scan.seq, t(receipt ? 'ui.queue.sent' : 'ui.queue.here')].filter(Boolean).join(' \u00b7 ')}</span>
      ${told ? html`<span class="verdict">${told}</span>` : null}</span>
      <span class="count small">${scan.quantity ? amount(scan.quantity) : ''}</span>
      ${!undo && operator && scan.operator === operator.badge && canUndo(scan) ? html`<button class=${sure ? 'danger' : ''} aria-label=${t(sure ? 'ui.queue.sure' : 'tasks.void') + ' #' + scan.seq}
        onClick=${() => (sure ? app.shift.voidScan(scan.id) : setAsked(scan.id))}>${sure ? t('ui.queue.sure') : '\u21b6'}</button>` : null}</li>`;
  })}</ul>`;
}
