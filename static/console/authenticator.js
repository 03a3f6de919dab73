/**
 * An authenticator: set one up by its QR code, give its codes, take it off.
 */
import { html } from '../views/html.js';
import { useState } from '../vendor/hooks.js';
import { Field, Form, Notice, trouble } from '../views/parts.js';
import { Loading, useLoad } from './load.js';
import { Qr } from './qr.js';
import { amount, t, when } from '../text.js';

const HERE = '/api/v1/authenticator';

/** Whether an answer asks for a code. @param {any} answer @returns {boolean} */
export function asksForCode(answer) {
  return answer.status === 403 && !!answer.data && answer.data.code === 'code_needed';
}

/** The field for a code. @param {any} props */
export function Code({ id, label, value, onInput, hint, error }) {
  return html`<${Field} id=${id} label=${label || t('ui.console.code.code')} hint=${hint} error=${error} value=${value} onInput=${onInput} autocomplete="one-time-code" maxlength=${40} autofocus=${true} />`;
}

/** One's own authenticator. @param {any} props */
export function Authenticator({ app }) {
  const load = useLoad(app, HERE, {});
  const [given, setGiven] = useState(/** @type {any} */ (null));
  const [codes, setCodes] = useState(/** @type {string[] | null} */ (null));
  const [error, setError] = useState('');
  const ask = async (/** @type {string} */ path, /** @type {any} */ body, /** @type {(data: any) => void} */ done) => {
    const answer = await app.api('POST', HERE + path, { body });
    const ok = answer.status >= 200 && answer.status < 300;
    setError(ok ? '' : trouble(answer, true));
    if (!ok) return;
    done(answer.data);
    await load.again();
  };
  const confirmed = (/** @type {any} */ data) => { setGiven(null); setCodes(data.codes); };
  return html`<section class="panel"><h2>${t('ui.console.code.title')}</h2>
    ${error ? html`<${Notice} kind="bad" title=${t('ui.console.not_done')}>${error}<//>` : null}
    ${codes ? html`<${Notice} kind="good" title=${t('ui.console.code.done')}>${t('ui.console.code.keep')}<//>
      <ul class="codes raw">${codes.map((one) => html`<li key=${one}>${one}</li>`)}</ul><p><button onClick=${() => setCodes(null)}>${t('ui.console.code.kept')}</button></p>` : null}
    ${codes ? null : html`<${Loading} load=${load}>${!load.data ? null : load.data.since ? html`<${Held} data=${load.data} onCode=${(/** @type {string} */ code) => ask('/removal', { code }, () => {})} />`
    : given ? html`<${Begun} given=${given} onCode=${(/** @type {string} */ code) => ask('/confirmation', { code }, confirmed)} onBack=${() => setGiven(null)} />`
      : html`<${Begin} onPassword=${(/** @type {string} */ password) => ask('', { password }, setGiven)} />`}<//>`}
  </section>`;
}

/** @param {any} props */
function Begin({ onPassword }) {
  const [password, setPassword] = useState('');
  return html`<p class="hint">${t('ui.console.code.what')}</p><${Form} label=${t('ui.console.code.set_up')} onSubmit=${() => onPassword(password)}>
    <div class="why"><${Field} id="code-password" label=${t('ui.console.password')} type="password" autocomplete="current-password" value=${password} onInput=${setPassword} />
    <button type="submit" disabled=${!password}>${t('ui.console.code.set_up')}</button></div><//>`;
}

/** @param {any} props */
function Begun({ given, onCode, onBack }) {
  const [code, setCode] = useState('');
  return html`<div class="enrolment"><${Qr} matrix=${given.qr} label=${t('ui.console.code.qr')} />
    <div><p>${t('ui.console.code.scan')}</p><p class="raw">${given.key}</p><${Form} label=${t('ui.console.code.confirm')} onSubmit=${() => onCode(code)}>
      <${Code} id="first-code" value=${code} onInput=${setCode} />
      <div class="row"><button type="button" onClick=${onBack}>${t('ui.cancel')}</button><button class="primary" type="submit" disabled=${!code.trim()}>${t('ui.console.code.confirm')}</button></div><//></div></div>`;
}

/** @param {any} props */
function Held({ data, onCode }) {
  const [leaving, setLeaving] = useState(false);
  const [code, setCode] = useState('');
  return html`<p>${t('ui.console.code.since', { at: when(data.since), n: amount(data.recovery_left) })}</p>
    ${leaving ? html`<${Form} label=${t('ui.console.code.take_off')} onSubmit=${() => onCode(code)}><div class="why"><${Code} id="last-code" hint=${t('ui.console.code.or_recovery')} value=${code} onInput=${setCode} />
      <button type="button" onClick=${() => setLeaving(false)}>${t('ui.cancel')}</button> <button class="danger" type="submit" disabled=${!code.trim()}>${t('ui.console.code.take_off')}</button></div><//>`
    : html`<button onClick=${() => setLeaving(true)}>${t('ui.console.code.take_off')}</button>`}`;
}

/** Ask for a code before something that needs one, then go on. @param {any} props */
export function Proof({ app, onDone, onBack }) {
  const load = useLoad(app, HERE, {});
  const [code, setCode] = useState('');
  const [error, setError] = useState('');
  const give = async () => {
    const answer = await app.api('POST', '/api/v1/session/code', { body: { code } });
    if (answer.status === 204) return onDone();
    setCode('');
    return setError(trouble(answer, true));
  };
  return html`<${Loading} load=${load}>${load.data && load.data.since ? html`<${Form} label=${t('ui.console.code.code')} onSubmit=${give}>
      <${Code} id="approval-code" label=${t('ui.console.code.approve')} hint=${t('ui.console.code.holds')} error=${error} value=${code} onInput=${setCode} />
      <div class="row"><button type="button" onClick=${onBack}>${t('ui.cancel')}</button><button class="primary" type="submit" disabled=${!code.trim()}>${t('ui.console.code.go')}</button></div><//>`
    : html`<${Notice} kind="warn" title=${t('ui.console.code.required')} action=${html`<a class="button" href="#/account">${t('ui.console.account.title')}</a>`} />`}<//>`;
}
