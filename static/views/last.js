/**
 * The last scan: sign, word, quantity, and what the server said about it. New words for each scan, so that a screen reader says the
 * same ones again, and the same words while time passes.
 */
import { html } from './html.js';
import { Marked } from './lines.js';
import { ignorance } from './look.js';
import { amount, has, t, visible } from '../text.js';

/** @param {any} props */
export function Last({ app, marks }) {
  const { last, flow, records } = app.shift.state;
  if (!last.say || (!last.kept && last.tone === 'none')) return null;
  const scan = last.kept ? last.kept.scan : null;
  const text = (last.say === 'location_set' && flow.location) || (last.say === 'target_set' && flow.target) || last.text;
  const known = last.say === 'looked' ? visible(text) : app.name(text);  // what was found stands below
  const said = t('prompts.' + last.say, { code: visible(text) });
  const name = known || visible(text);
  const { receipt } = last.kept || {};
  const verdict = receipt && verdictOf(receipt, last.say === 'refused');
  const undone = scan && scan.voids && records.find((/** @type {any} */ kept) => kept.scan.id === scan.voids);
  const kind = last.tone === 'question' ? 'warn' : last.tone === 'unsaved' ? 'bad' : 'good';
  return html`<section class=${'last ' + kind} role="status" data-say=${last.say}>
    <span class="sign" aria-hidden="true">${kind === 'good' ? '\u2713' : kind === 'bad' ? '\u2715' : '?'}</span>
    <div class="words" key=${last.at}>
      <strong>${said}</strong>
      ${said.indexOf(name) < 0 ? html`<span class="name">${name}</span>` : null}
      ${known && known !== text ? html`<span class="code">${app.parts(text) || visible(text)}</span>` : null}
      ${undone ? html`<span class="code">${whereOf(undone.scan)}</span>` : null}
      ${scan && !known && scan.barcode && !(receipt && receipt.reason) ? html`<span class="code">${receipt ? t('ui.look.server_knows') : ignorance(app, last.at)}</span>` : null}
      <${Marked} mark=${scan && marks.get(scan.barcode)} />
      ${verdict ? html`<span class="verdict">${verdict}</span>` : null}
    </div>
    ${scan && scan.quantity && last.say.indexOf('recorded') === 0 ? html`<span class="count">${amount(scan.quantity)}</span>` : null}
  </section>`;
}

/** From where to where. @param {any} scan @returns {string} */
export function whereOf(scan) {
  return [scan.location, scan.target].filter(Boolean).join(' \u2192 ');
}

/** What the server said about a scan, in words; '' when all is well. @param {any} receipt @param {boolean} [told] that it waits for a supervisor @returns {string} */
export function verdictOf(receipt, told) {
  const parts = [];
  if (receipt.status === 'conflict' || receipt.status === 'malformed') parts.push(t('ui.receipt.' + receipt.status));
  const reason = has('reasons.' + receipt.reason) ? t('reasons.' + receipt.reason) : String(receipt.reason);
  if (receipt.outcome === 'refused') parts.push(told ? reason : t('ui.receipt.refused', { reason }));
  (receipt.warnings || []).forEach((/** @type {string} */ code) => parts.push(has('warnings.' + code) ? t('warnings.' + code) : String(code)));
  return parts.join(' \u00b7 ');
}
