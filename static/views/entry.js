/**
 * Typing without a gun: a code, and a quantity on a keypad of our own.
 */
import { html } from './html.js';
import { useEffect, useState } from '../vendor/hooks.js';
import { Hits } from './hits.js';
import { Field, Form } from './parts.js';
import { amount, point, t } from '../text.js';

/** @param {any} props `digits`: those of a location's label are asked for, which nothing is found by */
export function TypeCode({ app, onDone, digits }) {
  const [code, setCode] = useState('');
  const [wrong, setWrong] = useState(false);
  const send = async (/** @type {string} */ said) => {
    if (said) await app.shift.scanned(said, 'keyed');
    setCode('');
    setWrong(true);
    onDone();
  };
  return html`<section class="sheet"><${Form} label=${t('ui.task.type')} onSubmit=${() => send(code.trim())}>
    <${Field} id="typed" label=${t(digits ? 'ui.task.digits' : 'ui.task.code')} value=${code} onInput=${setCode} autofocus=${true} inputmode=${digits ? 'numeric' : null} error=${digits && wrong && t('ui.task.not_digits')} maxlength=${8192} />
    ${digits ? null : html`<${Hits} app=${app} question=${code} onChoose=${send} />`}
    <div class="row"><button class="big" type="button" onClick=${onDone}>${t('ui.cancel')}</button><button class="big primary" type="submit" disabled=${!code.trim()}>${t('ui.ok')}</button></div>
  <//></section>`;
}

/** A keypad of our own, so that no keyboard covers the screen; a gun's own keys work too. A scan takes what stands on it. @param {any} props */
export function Pad({ app }) {
  const { state, key: set } = app.shift;
  const value = state.keyed;
  // What a scan has taken is closed, though it still stands there: the next one's keys may come before it is drawn.
  const say = (/** @type {string} */ next) => state.keyed !== null && set(next.replace(',', '.').replace(/[^0-9.x]/g, '').slice(0, 13));
  useEffect(() => () => state.keyed === null || set(null), []);
  const { product } = app.catalogue.read(app.shift.state.last.text);
  const packs = new Set(product ? product.barcodes.map((/** @type {any} */ one) => one.quantity).filter((/** @type {string} */ pack) => /^[0-9]{1,6}$/.test(pack) && pack !== '1') : []);
  const [count, pack] = value.split('x');
  const add = (/** @type {string} */ next) => () => {
    say(next);
    focusKeyed();
  };
  return html`<section class="sheet pad" aria-label=${t('ui.task.quantity')}><${Form} onSubmit=${app.shift.takeKeypad}>
    <input id="keyed" inputmode="none" autocomplete="off" aria-label=${t('ui.task.quantity')} placeholder="1" value=${value.replace('.', point())} onInput=${(/** @type {any} */ event) => say(event.target.value)} ref=${focusKeyed} />
    ${pack ? html`<output>= ${amount(Number(count) * Number(pack))}</output>` : null}
    <div class="row small">${[''].concat(Array.from(packs).slice(0, 3)).map((one) => html`<button type="button" onClick=${add((count || '1') + 'x' + one)}>\u00d7 ${one || t('ui.task.pack')}</button>`)}</div>
    <div class="keys">${['1', '2', '3', '4', '5', '6', '7', '8', '9', '.', '0', '\u232b'].map((key) => html`<button type="button" aria-label=${key === '\u232b' ? t('ui.task.erase') : null} onClick=${add(key === '\u232b' ? value.slice(0, -1) : value + key)}>${key === '.' ? point() : key}</button>`)}</div>
    <div class="row"><button class="big" type="button" onClick=${() => set(null)}>${t('ui.cancel')}</button><button class="big primary" type="submit">${t('ui.ok')}</button></div>
  <//></section>`;
}

/** So that a gun's own keys go on where the screen's did. */
function focusKeyed() {
  setTimeout(() => document.querySelectorAll('#keyed').forEach((/** @type {any} */ field) => field.focus()), 0);
}
