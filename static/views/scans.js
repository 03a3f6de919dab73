/**
 * Scans in a list: one line each.
 */
import { html } from './html.js';
import { verdictOf } from './last.js';
import { amount, clock, t, visible } from '../text.js';

/** Say one archived or waiting scan in a line. @param {any} kept @param {any} app @returns {any} */
export function ScanLine(kept, app) {
  const { scan } = kept;
  const verdict = kept.receipt ? verdictOf(kept.receipt) : kept.aside ? t('ui.queue.aside', { why: t('ui.sync.' + kept.aside.why) }) : '';
  return html`<li key=${scan.id}><span class="name">${t('tasks.' + scan.task)} ${scan.barcode ? app.name(scan.barcode) || visible(scan.barcode) : scan.location || ''}
    <span class="code">${[clock(kept.saved), scan.location, scan.operator, '#' + scan.seq].filter(Boolean).join(' \u00b7 ')}</span>
    ${verdict ? html`<span class="verdict">${verdict}</span>` : null}</span>
    <span class="count small">${scan.quantity ? amount(scan.quantity) : ''}</span></li>`;
}
