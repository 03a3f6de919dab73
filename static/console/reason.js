/**
 * Why the book was wrong: the list of reason codes, and a choice of one of them or of a reason in own words.
 */
import { html } from '../views/html.js';
import { useState } from '../vendor/hooks.js';
import { has, t } from '../text.js';

const OWN = 'own';

/** What a reason code is called: as people named it, else in our words. @param {string | null} code @param {any[]} reasons @returns {string} */
export function reasonName(code, reasons) {
  const named = reasons.filter((one) => one.code === code && one.name)[0];
  if (named) return named.name;
  return code && has('ui.reason_codes.' + code) ? t('ui.reason_codes.' + code) : code || '';
}

/** @param {any} props */
export function Reason({ value, about, reasons, isWanted, onInput }) {
  const offered = reasons.filter((/** @type {any} */ one) => !one.archived || one.code === value).map((/** @type {any} */ one) => one.code);
  const [isOwn, setOwn] = useState(!!value && offered.indexOf(value) < 0);
  const chosen = isOwn ? OWN : value || '';
  const choose = (/** @type {string} */ key) => {
    setOwn(key === OWN);
    if (key !== OWN) onInput(key);
  };
  return html`<select aria-label=${t('ui.console.review.why', { about })} aria-invalid=${isWanted && !value ? 'true' : 'false'} value=${chosen} onInput=${(/** @type {any} */ event) => choose(event.target.value)}>
      <option value="" selected=${chosen === ''}>${t('ui.console.review.no_reason')}</option>
      ${offered.map((/** @type {string} */ key) => html`<option value=${key} selected=${chosen === key}>${reasonName(key, reasons)}</option>`)}
      <option value=${OWN} selected=${isOwn}>${t('ui.console.review.own_reason')}</option></select>
    ${isOwn ? html`<input type="text" aria-label=${t('ui.console.review.reason_of', { about })} placeholder=${t('ui.console.reason')} maxlength="200" value=${offered.indexOf(value) < 0 ? value || '' : ''} onChange=${(/** @type {any} */ event) => onInput(event.target.value.trim())} />` : null}`;
}
