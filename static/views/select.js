/**
 * A choice of one out of many, with its label.
 */
import { html } from './html.js';

/** @param {any} props */
export function Select({ id, label, value, options, onInput }) {
  return html`<div class="field">
    ${label ? html`<label for=${id}>${label}</label>` : null}
    <select id=${id} aria-label=${label ? null : id} value=${value} onInput=${(/** @type {any} */ event) => onInput(event.target.value)}>
      ${options.map((/** @type {any} */ one) => html`<option value=${one.value} selected=${one.value === value}>${one.label}</option>`)}
    </select>
  </div>`;
}
