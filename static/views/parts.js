/**
 * Small parts that screens share: fields, buttons, notices, an empty state.
 */
import { html } from './html.js';
import { useState } from '../vendor/hooks.js';
import { amount, t } from '../text.js';

/** @param {any} props */
export function Field({ id, label, value, onInput, type, hint, error, autofocus, autocomplete, inputmode, maxlength, list }) {
  return html`<div class="field">
    <label for=${id}>${label}</label>
    ${hint ? html`<p class="hint" id=${id + '-hint'}>${hint}</p>` : null}
    <input id=${id} name=${id} type=${type || 'text'} value=${value} autocomplete=${autocomplete || 'off'} autocapitalize="off" spellcheck=${false}
      inputmode=${inputmode} maxlength=${maxlength || 200} list=${list} aria-invalid=${error ? 'true' : 'false'}
      aria-describedby=${error ? id + '-error' : hint ? id + '-hint' : null}
      ref=${(/** @type {any} */ node) => { if (node && autofocus && !node.dataset.met) { node.dataset.met = '1'; node.focus(); } }}
      onInput=${(/** @type {any} */ event) => onInput(event.target.value)} />
    ${error ? html`<p class="error" id=${id + '-error'}>${error}</p>` : null}
  </div>`;
}

/** @param {any} props */
export function Notice({ kind, title, children, action }) {
  const sign = { good: '\u2713', warn: '!', bad: '\u2715', info: 'i' }[/** @type {'good'} */ (kind)] || 'i';
  return html`<div class=${'notice ' + kind} role=${kind === 'bad' ? 'alert' : 'status'}>
    <span class="sign" aria-hidden="true">${sign}</span>
    <div class="words">${title ? html`<strong>${title}</strong>` : null}${children ? html`<div>${children}</div>` : null}</div>
    ${action || null}
  </div>`;
}

/** @param {any} props */
export function Empty({ title, children }) {
  return html`<div class="empty"><p class="empty-title">${title}</p>${children ? html`<div>${children}</div>` : null}</div>`;
}

/** How many more there are than a list shows, and `onMore` to see them. @param {any} props */
export function More({ n, onMore }) {
  const text = n > 0 && t('ui.queue.more', { n: amount(n) });
  return text ? onMore ? html`<button class="big" onClick=${onMore}>${text}</button>` : html`<p class="hint">${text}</p>` : null;
}

/** One of a few, each with a button of its own, so that gloves hit it. @param {any} props */
function Choice({ label, value, options, onChoose }) {
  return html`<fieldset class="choice"><legend>${label}</legend><div class="row">
    ${options.map((/** @type {any} */ one) => html`<button type="button" lang=${one.lang} aria-pressed=${value === one.value ? 'true' : 'false'} onClick=${() => onChoose(one.value)}>${one.label}</button>`)}</div></fieldset>`;
}

/** The language and the light of the screens. @param {any} props */
export function Settings({ app }) {
  const { LANGUAGES, THEMES, chosen, choose } = app.settings;
  const automatic = { value: '', label: t('ui.settings.automatic') };
  return html`<section class="settings">
    <${Choice} label=${t('ui.settings.language')} value=${chosen('language')} onChoose=${(/** @type {string} */ value) => choose('language', value)}
      options=${[automatic].concat(Object.keys(LANGUAGES).map((value) => ({ value, lang: value, label: LANGUAGES[value] })))} />
    <${Choice} label=${t('ui.settings.theme')} value=${chosen('theme')} onChoose=${(/** @type {string} */ value) => choose('theme', value)}
      options=${[automatic].concat(THEMES.map((/** @type {string} */ value) => ({ value, label: t('ui.settings.' + value) })))} />
  </section>`;
}

/** A form that never navigates. @param {any} props */
export function Form({ onSubmit, children, label }) {
  const [busy, setBusy] = useState(false);
  const submit = async (/** @type {any} */ event) => {
    event.preventDefault();
    if (busy) return;
    setBusy(true);
    try {
      await onSubmit();
    } finally {
      setBusy(false);
    }
  };
  return html`<form onSubmit=${submit} aria-label=${label} aria-busy=${busy ? 'true' : 'false'} novalidate>${children}</form>`;
}

/** What a person reads when an answer was no. @param {import('../api.js').Answer} answer
 * @param {boolean} [nameless] the fields are ids that say nothing to a person @returns {string} */
export function trouble(answer, nameless) {
  if (answer.status === 0) return t('ui.trouble.' + (answer.why || 'network'));
  const data = answer.data || {};
  const fields = (data.errors || []).filter((/** @type {any} */ one) => !String(data.detail).includes(one.message)).map((/** @type {any} */ one) => (one.field && !nameless ? one.field + ': ' : '') + one.message).join(' ');
  return [data.detail || data.title || t('ui.trouble.status', { status: answer.status }), fields].filter(Boolean).join(' ');
}
