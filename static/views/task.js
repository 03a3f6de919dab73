/**
 * One task at work: where we are, what is next, what was last, what was scanned here, and the buttons.
 */
import { html } from './html.js';
import { useState } from '../vendor/hooks.js';
import { Actions, Ask } from './actions.js';
import { Camera } from './camera.js';
import { Pad, TypeCode } from './entry.js';
import { Last } from './last.js';
import { Lines, Sheets } from './lines.js';
import { Found } from './look.js';
import { compare, everywhere, prompt, tally } from '../dialog.js';
import { t, visible } from '../text.js';

const REASONS = /** @type {any} */ ({
  scrap: ['damaged', 'expired', 'lost', 'other'], hold: ['damaged', 'expired', 'recalled', 'other'], release: ['checked', 'other'],
});

/** One task at work. @param {any} props */
export function Task({ app }) {
  const { flow, operator, records, keyed, last } = app.shift.state;
  const [typing, setTyping] = useState(/** @type {any} what was last when the typing began */ (null));
  const pad = keyed !== null;
  const lines = tally(flow, records, operator.badge);
  const { marks, missing, counted } = compare(lines, flow.task === 'count' ? flow.location : null, app.sheets.state.book, app.product);
  const due = prompt(flow);
  const check = flow.ask && flow.ask.check;
  const typed = (/** @type {any} */ cancelled) => {
    setTyping(null);
    if (check && cancelled) app.shift.pressed({ type: 'cancel' });
  };
  return html`<main class=${pad ? 'work keying' : 'work'} id="main">
    <${Where} flow=${flow} app=${app} />
    <${Camera} app=${app} hidden=${pad || typing !== null} />
    <p class="prompt" aria-live="polite">${pad ? t('prompts.quantity_set') : t('prompts.' + due, { code: visible(flow.ask ? flow.ask.text : flow.due) })}</p>
    ${check ? null : flow.ask ? html`<${Ask} flow=${flow} app=${app} missing=${missing} />` : pad ? null : typing ? typing !== last && html`<${Last} app=${app} marks=${marks} />` : html`
      <${Last} app=${app} marks=${marks} />
      ${flow.task === 'look' ? html`<${Found} app=${app} />` : flow.task === 'count' && flow.location === null ? html`<${Sheets} app=${app} />` : html`<${Lines} lines=${lines} app=${app} marks=${marks} missing=${missing} counted=${counted} />`}`}
    ${typing || check ? html`<${TypeCode} app=${app} onDone=${typed} digits=${check} key=${check} />` : null}
    ${pad ? html`<${Pad} app=${app} />` : null}
    ${flow.ask || pad || typing ? null : html`<${Actions} app=${app} flow=${flow} lines=${lines} onPad=${() => app.shift.key(flow.quantity === '1' ? '' : flow.quantity)} onType=${() => setTyping(last)} />`}
  </main>`;
}

/** @param {any} props */
function Where({ flow, app }) {
  return html`<section class="where" aria-label=${t('ui.task.where')}>
    <span class="which">${t('tasks.' + flow.task)}${flow.sheet ? ' \u00b7 ' + flow.sheet : ''}</span>
    ${flow.task === 'look' || everywhere(flow.task) ? null : html`<span class="place">${flow.location === null ? t('ui.task.no_place') : flow.location}${flow.target === null ? null : html` <span aria-label=${t('ui.task.to')}>\u2192</span> ${flow.target}`}</span>`}
    ${REASONS[flow.task] ? html`<label class="reason">${t('ui.task.reason')}
      <select value=${flow.reason || ''} onInput=${(/** @type {any} */ e) => app.shift.pressed({ type: 'reason', value: e.target.value })}>
        <option value="">${t('ui.task.no_reason')}</option>
        ${REASONS[flow.task].map((/** @type {string} */ code) => html`<option value=${code} selected=${flow.reason === code}>${t('ui.reason_codes.' + code)}</option>`)}
      </select></label>` : null}
  </section>`;
}
