/**
 * The first sign-in by the one-use setup link, and every later one.
 */
import { html } from '../views/html.js';
import { useEffect, useState } from '../vendor/hooks.js';
import { Field, Form, Notice, Settings, trouble } from '../views/parts.js';
import { Code, asksForCode } from './authenticator.js';
import { t } from '../text.js';

/** @param {any} props */
export function Setup({ app }) {
  const [name, setName] = useState('');
  const [password, setPassword] = useState('');
  const [error, setError] = useState(/** @type {any} */ (null));
  const token = app.setupToken;
  useEffect(() => { app.forgetFragment(); }, []);
  const submit = async () => {
    const answer = await app.api('POST', '/api/v1/setup', { body: { token, name: name.trim(), password } });
    if (answer.status === 201) {
      app.go('/console');
    } else setError(answer);
  };
  const spent = error && error.status === 410;
  return html`<main class="door" id="main">
    <h1>${t('ui.console.setup.title')}</h1>
    ${!token || spent ? html`<${Notice} kind="bad" title=${t(spent ? 'ui.console.setup.spent' : app.setup.needed ? 'ui.console.setup.needed' : 'ui.console.setup.no_token')}>${t('ui.console.setup.new_link')}<//>${app.setup.needed ? html`<${Settings} app=${app} /><p><a href="/">${t('ui.console.to_scanner')}</a></p>` : html`<p><a href="/console">${t('ui.console.sign_in.title')}</a></p>`}` : html`
    <p>${t('ui.console.setup.how')}</p>
    <${Form} label=${t('ui.console.setup.title')} onSubmit=${submit}>
      <${Field} id="name" label=${t('ui.console.name')} value=${name} onInput=${setName} autocomplete="username" autofocus=${true} />
      <${Field} id="password" label=${t('ui.console.new_password')} type="password" hint=${app.setup.password_length ? t('ui.console.setup.password_hint', { n: app.setup.password_length }) : null} value=${password} onInput=${setPassword} autocomplete="new-password" />
      ${error ? html`<${Notice} kind="bad" title=${t('ui.console.not_done')}>${trouble(error)}<//>` : null}
      <button class="big primary" type="submit" disabled=${!name.trim() || !password}>${t('ui.console.setup.go')}</button>
    <//>`}
  </main>`;
}

/** Where others can read passwords there is nothing to fill in, only the way to where they can't. @param {any} props */
export function Insecure({ app }) {
  const { https } = app.setup;
  const there = https + app.path + (app.setupToken ? '#' + app.setupToken : '');
  return html`<main class="door" id="main">
    <h1>${t('ui.console.insecure.title')}</h1>
    <${Notice} kind="warn" title=${t('ui.console.insecure.why')}>${t(https ? 'ui.console.insecure.how' : 'ui.console.insecure.nowhere')}<//>
    ${https ? html`<p><a class="button primary" href=${there}>${t('ui.console.insecure.go')}</a></p>
    <p><a href="/join">${t('ui.console.insecure.trust')}</a></p>` : null}
    <${Settings} app=${app} />
    <p><a href="/">${t('ui.console.to_scanner')}</a></p>
  </main>`;
}

/** @param {any} props */
export function SignIn({ app }) {
  const [name, setName] = useState('');
  const [password, setPassword] = useState('');
  const [error, setError] = useState('');
  const [asked, setAsked] = useState(false);
  const [code, setCode] = useState('');
  const submit = async () => {
    const answer = await app.api('POST', '/api/v1/session', { body: { name: name.trim(), password, code: code.trim() || null } });
    if (answer.status === 200) await app.signedIn();
    else if (asksForCode(answer)) {
      setError(asked ? t('ui.console.code.wrong') : '');
      setAsked(true);
      setCode('');
    }
    else if (answer.status === 401) setError(t('ui.console.sign_in.wrong'));
    else setError(trouble(answer));
  };
  return html`<main class="door" id="main">
    <h1>${t('ui.console.sign_in.title')}</h1>
    ${app.isOver && !error ? html`<${Notice} kind="warn" title=${t('ui.console.sign_in.over')}>${t('ui.console.sign_in.over_how')}<//>` : null}
    <${Form} label=${t('ui.console.sign_in.title')} onSubmit=${submit}>
      <${Field} id="name" label=${t('ui.console.name')} value=${name} onInput=${setName} autocomplete="username" autofocus=${true} />
      <${Field} id="password" label=${t('ui.console.password')} type="password" value=${password} onInput=${setPassword} autocomplete="current-password" />
      ${asked ? html`<${Code} id="code" hint=${t('ui.console.code.or_recovery')} value=${code} onInput=${setCode} />` : null}
      ${error ? html`<${Notice} kind="bad" title=${error} />` : null}
      <button class="big primary" type="submit" disabled=${!name.trim() || !password || (asked && !code.trim())}>${t('ui.console.sign_in.go')}</button>
    <//>
    <${Settings} app=${app} />
    <p><a href="/">${t('ui.console.to_scanner')}</a></p>
  </main>`;
}
