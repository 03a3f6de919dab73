/**
 * The keypad for a PIN: proves whom the badge names, or sets a PIN with a supervisor's code. A gun's own keys work too, and another
 * badge may be scanned.
 */
import { html } from '../views/html.js';
import { useEffect, useState } from '../vendor/hooks.js';
import { Form, Notice } from '../views/parts.js';
import { amount, t } from '../text.js';

const KEYS = ['1', '2', '3', '4', '5', '6', '7', '8', '9', '', '0', '\u232b'];
const MOST = 12;

/** What is asked for, one thing after the other. */
const STEPS = { prove: ['pin'], begin: ['code', 'new', 'again'] };

/** @param {any} props */
export function PinPad({ app }) {
  const { asked, operator, waiting, last } = app.shift.state;
  const [way, setWay] = useState(/** @type {'prove' | 'begin'} */ ('prove'));
  const [said, setSaid] = useState(/** @type {string[]} */ ([]));
  const [value, setValue] = useState('');
  const [error, setError] = useState('');
  const [busy, setBusy] = useState(false);
  const step = STEPS[way][said.length];
  const next = (/** @type {string[]} */ before, /** @type {string} */ why) => {
    setSaid(before);
    setValue('');
    setError(why);
    focus();
  };
  const start = (/** @type {'prove' | 'begin'} */ which, /** @type {string} */ why) => {
    setWay(which);
    next([], why);
  };
  useEffect(() => start('prove', ''), [asked]);
  const go = async () => {
    if (busy || !value) return undefined;
    const all = said.concat(value);
    if (way === 'begin' && all.length < 3) return next(all, '');
    if (way === 'begin' && all[1] !== all[2]) return next(all.slice(0, 1), 'differ');
    setBusy(true);
    const why = await (way === 'begin' ? app.pins.begin(asked, all[0], all[1]) : app.pins.prove(asked, all[0]));
    setBusy(false);
    if (why === 'weak_pin') return next(all.slice(0, 1), why);
    return start(why === 'pin_needed' || way === 'begin' ? 'begin' : 'prove', why);
  };
  const press = (/** @type {string} */ key) => () => {
    setValue(key === '\u232b' ? value.slice(0, -1) : (value + key).slice(0, MOST));
    focus();
  };
  const name = operator && operator.badge === asked ? operator.name || asked : asked;
  return html`<main class="pin" id="main" data-step=${step}>
    <h1 class="prompt">${name}: ${t('ui.pin.ask.' + step)}</h1>
    ${error ? html`<${Notice} kind="warn" title=${t('ui.pin.trouble.' + error)} />`
    : step === 'new' ? html`<p class="hint">${t('ui.pin.rules')}</p>`
      : last.tone === 'question' ? html`<${Notice} kind="warn" title=${t('prompts.' + last.say)} />` : null}
    <${Form} label=${t('ui.pin.ask.' + step)} onSubmit=${go}>
      <input id="pin" type="password" inputmode="none" autocomplete="off" maxlength=${MOST} aria-label=${t('ui.pin.ask.' + step)} value=${value}
        ref=${(/** @type {any} */ node) => { if (node && !node.dataset.met) { node.dataset.met = '1'; node.focus(); } }}
        onInput=${(/** @type {any} */ event) => setValue(event.target.value.replace(/[^0-9]/g, ''))} />
      <div class="keys">${KEYS.map((key) => (key ? html`<button type="button" aria-label=${key === '\u232b' ? t('ui.task.erase') : null} onClick=${press(key)}>${key}</button>`
    : html`<button type="submit" class="primary" disabled=${busy || !value}>${t('ui.ok')}</button>`))}</div>
    <//>
    <div class="row small">
      <button type="button" onClick=${() => app.signOff()}>${t('ui.pin.other')}</button>
      <button type="button" onClick=${() => start(way === 'prove' ? 'begin' : 'prove', '')}>${t(way === 'prove' ? 'ui.pin.have_code' : 'ui.pin.have_pin')}</button>
    </div>
    ${waiting.count ? html`<p class="hint">${t('ui.pin.waiting', { n: amount(waiting.count) })}</p>` : null}
  </main>`;
}

/** So that a gun's own keys go on where the screen's did. */
function focus() {
  const field = document.getElementById('pin');
  if (field) setTimeout(() => field.focus(), 0);
}
