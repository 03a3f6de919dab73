/**
 * What a person sees to themselves: their password, their authenticator, and where they are signed in.
 */
import { html } from '../views/html.js';
import { useState } from '../vendor/hooks.js';
import { Field, Form, Notice, trouble } from '../views/parts.js';
import { Authenticator } from './authenticator.js';
import { Sessions } from './sessions.js';
import { t } from '../text.js';

/** @param {any} props */
export function Account({ app }) {
  const [changed, setChanged] = useState(0);
  return html`<div>
    <h1>${t('ui.console.account.title')}</h1>
    ${changed ? html`<${Notice} kind="good" title=${t('ui.console.account.changed')}>${t('ui.console.account.others_ended')}<//>` : null}
    <${Password} app=${app} key=${changed} onDone=${() => setChanged(changed + 1)} />
    <${Authenticator} app=${app} />
    <${Sessions} app=${app} person=${null} key=${'sessions' + changed} />
  </div>`;
}

/** @param {any} props */
function Password({ app, onDone }) {
  const [old, setOld] = useState('');
  const [fresh, setFresh] = useState('');
  const [error, setError] = useState(/** @type {any} */ (null));
  const submit = async () => {
    const answer = await app.api('PUT', '/api/v1/password', { body: { old, new: fresh } });
    if (answer.status === 204) onDone();
    else setError(answer);
  };
  const wrong = (/** @type {string} */ field) => ((error && error.data && error.data.errors) || []).filter((/** @type {any} */ one) => one.field === field).map((/** @type {any} */ one) => one.message)[0];
  return html`<section class="panel"><h2>${t('ui.console.account.password')}</h2><${Form} label=${t('ui.console.account.password')} onSubmit=${submit}>
    <p class="hint">${t('ui.console.setup.password_hint', { n: app.setup.password_length })}</p>
    <div class="halves"><${Field} id="old-password" label=${t('ui.console.account.old')} type="password" autocomplete="current-password" value=${old} onInput=${setOld} error=${wrong('old')} />
    <${Field} id="new-password" label=${t('ui.console.new_password')} type="password" autocomplete="new-password" value=${fresh} onInput=${setFresh} error=${wrong('new')} /></div>
    ${error && !wrong('old') && !wrong('new') ? html`<${Notice} kind="bad" title=${t('ui.console.not_done')}>${trouble(error)}<//>` : null}
    <button class="primary" type="submit" disabled=${!old || !fresh}>${t('ui.console.account.change')}</button>
  <//></section>`;
}
