/**
 * What stands around the lines of a review: what makes it less certain, and its sums.
 */
import { html } from '../views/html.js';
import { Notice } from '../views/parts.js';
import { money } from './money.js';
import { amount, t, when } from '../text.js';

export const SIGNS = /** @type {Object.<string, string>} */ ({ equal: '=', within: '\u2248', outside: '\u2260', moved: '\u21c4', empty: '0', unexpected: '+', not_counted: '?' });
const MOST = 20;
const TOTALS = ['lines', 'counted', 'undecided', 'adjustments', 'expected_value', 'counted_value', 'variance_value', 'absolute_value', 'accepted_value', 'reversed_value', 'after_value'];

/** Tells of a sheet whether the approval asks for a reason because of it, as the server does. @param {any} data @returns {(one: any) => boolean} */
const isLeftIn = (data) => (one) => !one.drained && (data.proof === 'enforce' || (one.by_device && !one.reason));

/** Sheets that no device finished: whose, who did it in their place, and what speaks for it; those first that nothing does. @param {any} props */
function Unfinished({ data, sheets }) {
  const isLeft = isLeftIn(data);
  const some = sheets.filter(isLeft).concat(sheets.filter((/** @type {any} */ one) => !isLeft(one)));
  return html`${some.slice(0, MOST).map((/** @type {any} */ one) => html`<span class="block" key=${one.sheet}>${isLeft(one) ? '! ' : '\u2713 '}<strong>${one.location}</strong> ${one.operator}: ${one.closed_by ? t('ui.console.review.finished_by', { name: one.closed_by }) + ' ' : ''}${one.reason}${one.reason && one.drained ? ' \u00b7 ' : ''}${one.drained ? t('ui.console.review.heard_since') : isLeft(one) && !one.reason ? t('ui.console.review.unexplained') : ''}</span>`)}
    ${some.length > MOST ? t('ui.console.counts.and_more', { n: amount(some.length - MOST) }) : null}`;
}

/** What a device has left to send, or doesn't prove. @param {any} props */
function Missing({ data, isAsked }) {
  return data.devices.map((/** @type {any} */ one) => {
    const about = { device: one.device || one.sender || one.stream, n: amount(one.missing_total || one.scans) };
    const asks = one.missing_total || (one.unproven && (one.device || data.proof === 'enforce'));
    return asks || (one.unproven && !isAsked) ? html`<${Notice} key=${one.device + one.stream} kind=${asks ? 'warn' : 'info'} title=${t('ui.console.review.' + (one.missing_total ? 'gap' : 'unproven'), about)} />` : null;
  });
}

/** What an approval asks the reason for, beside the field for it. @param {any} props */
export function Asks({ data }) {
  const left = data.unfinished.filter(isLeftIn(data));
  return html`<div class="asks"><${Missing} data=${data} isAsked=${true} />
    ${left.length ? html`<${Notice} kind="warn" title=${t('ui.console.review.nobody_finished')}><${Unfinished} data=${data} sheets=${left} /><//>` : null}</div>`;
}

/** What makes a review less certain: gaps, late scans, declared persons. @param {any} props */
export function Doubts({ data }) {
  const late = data.late || [];
  return html`<div>
    <${Missing} data=${data} />
    ${data.unfinished.length ? html`<${Notice} kind=${data.unfinished.some(isLeftIn(data)) ? 'warn' : 'info'} title=${t('ui.console.review.unfinished', { n: amount(data.unfinished.length) })}><${Unfinished} data=${data} sheets=${data.unfinished} /><//>` : null}
    ${data.waiting ? html`<${Notice} kind="warn" title=${t('ui.console.review.waiting', { n: amount(data.waiting) })} action=${html`<a class="button" href="#/waiting">${t('ui.console.nav.waiting')}</a>`} />` : null}
    ${data.override ? html`<${Notice} kind="warn" title=${t('ui.console.review.overridden')}>${data.override}<//>` : null}
    ${late.length ? html`<${Notice} kind="warn" title=${t('ui.console.review.late', { n: amount(late.length) })}>${late.slice(0, 5).map((/** @type {any} */ one) => html`<span class="block">${one.location} ${one.sku} \u00d7 ${amount(one.quantity)} ${one.operator || ''} ${when(one.occurred_at)}</span>`)}<//>` : null}
    ${data.declared ? html`<${Notice} kind="info" title=${t('ui.console.review.declared', { name: data.declared })} />` : null}
    ${data.approved_by ? html`<${Notice} kind="good" title=${t('ui.console.review.by', { name: data.approved_by, at: when(data.approved_at) })} />` : null}
    ${data.second_approved_by ? html`<${Notice} kind="good" title=${t('ui.console.review.by', { name: data.second_approved_by, at: when(data.second_approved_at) })} />` : null}
  </div>`;
}

/** @param {any} props */
export function Totals({ totals }) {
  return html`<div class="totals">
    ${Object.keys(SIGNS).filter((key) => totals[key]).map((key) => html`<span class=${'tag ' + key}>${t('ui.console.states.' + key)} ${amount(totals[key])}</span>`)}
    <dl>${TOTALS.filter((key) => key !== 'reversed_value' || totals.reversed).map((key) => html`<div><dt>${t('ui.console.totals.' + key)}</dt><dd>${money(totals[key])}</dd></div>`)}</dl></div>`;
}
