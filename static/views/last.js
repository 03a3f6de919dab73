/**
 * The last scan: sign, word, quantity, and what the server said about it.
 */
import { html } from './html.js';
import { Marked } from './lines.js';
import { ignorance } from './look.js';
import { amount, has, t, visible } from '../text.js';

/** @param {any} props */
export function Last({ app, marks }) {
  const { last } = app.shift.state;
  if (!last.say || (!last.kept && last.tone === 'none')) return null;
  const scan = last.kept ? last.kept.scan : null;
  const { flow } = app.shift.state;
  const text = (last.say === 'location_set' && flow.location) || (last.say === 'target_set' && flow.target) || last.text;
  const known = app.name(text);
  const said = t('prompts.' + last.say, { code: visible(text) });
  const name = known || visible(text);
  const verdict = last.kept && last.kept.receipt ? verdictOf(last.kept.receipt) : null;
  const kind = last.tone === 'question' ? 'warn' : last.tone === 'unsaved' ? 'bad' : 'good';
  return html`<section class=${'last ' + kind} role="status" aria-live="polite" data-say=${last.say}>
    <span class="sign" aria-hidden="true">${kind === 'good' ? '\u2713' : kind === 'bad' ? '\u2715' : '?'}</span>
    <div class="words">
      <strong>${said}</strong>
      ${said.indexOf(name) < 0 ? html`<span class="name">${name}</span>` : null}
      ${known && known !== text ? html`<span class="code">${app.parts(text) || visible(text)}</span>` : null}
      ${scan && !known && scan.barcode ? html`<span class="code">${last.kept.receipt && last.kept.receipt.outcome === 'posted' ? t('ui.look.server_knows') : ignorance(app)}</span>` : null}
      <${Marked} mark=${scan && marks.get(scan.barcode)} />
      ${verdict ? html`<span class="verdict">${verdict}</span>` : null}
    </div>
    ${scan && scan.quantity && last.say.indexOf('recorded') === 0 ? html`<span class="count">${amount(scan.quantity)}</span>` : null}
  </section>`;
}

/** What the server said about a scan, in words; '' when all is well. @param {any} receipt @returns {string} */
export function verdictOf(receipt) {
  const parts = [];
  if (receipt.status === 'conflict' || receipt.status === 'malformed') parts.push(t('ui.receipt.' + receipt.status));
  if (receipt.outcome === 'refused') parts.push(t('ui.receipt.refused', { reason: has('reasons.' + receipt.reason) ? t('reasons.' + receipt.reason) : String(receipt.reason) }));
  (receipt.warnings || []).forEach((/** @type {string} */ code) => parts.push(has('warnings.' + code) ? t('warnings.' + code) : String(code)));
  return parts.join(' \u00b7 ');
}
