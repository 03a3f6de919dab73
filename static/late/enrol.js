/**
 * Enrolment: a link or QR from the console makes this browser a device.
 */
import { html } from '../views/html.js';
import { useEffect, useState } from '../vendor/hooks.js';
import { Camera, CameraButton } from '../views/camera.js';
import { Field, Form, Notice, Settings, trouble } from '../views/parts.js';
import { t } from '../text.js';

/** Not enrolled yet: what to do. @param {any} props */
export function NotEnrolled({ app }) {
  const [code, setCode] = useState('');
  return html`<main class="plain" id="main">
    <h1>${t('ui.enrol.title')}</h1>
    <p>${t('ui.enrol.how')}</p>
    <${Camera} app=${app} /><${CameraButton} app=${app} big=${true} />
    <${Form} label=${t('ui.enrol.title')} onSubmit=${() => { app.go('/join#' + code.trim().replace(/^.*#/, '')); }}>
      <${Field} id="enrol-code" label=${t('ui.enrol.code')} hint=${t('ui.enrol.code_hint')} value=${code} onInput=${setCode} />
      <button class="big primary" type="submit" disabled=${!code.trim()}>${t('ui.enrol.go')}</button>
    <//>
    <p><a href="/console">${t('ui.enrol.console')}</a></p>
    <p><a href="/gun-test">${t('ui.menu.gun')}</a></p>
    <${Settings} app=${app} />
  </main>`;
}

/** Claim the code of the link. @param {any} props */
export function Join({ app }) {
  const code = app.joinCode;
  const [name, setName] = useState('');
  const [error, setError] = useState('');
  const [state, setState] = useState(code ? 'ask' : 'nothing');
  useEffect(() => { app.forgetFragment(); }, []);
  const claim = async () => {
    setError('');
    const answer = await app.claim(code, name.trim());
    if (answer.status === 201 || answer.status === 200) setState('done');
    else if (answer.status === 410) setState('spent');
    else setError(trouble(answer));
  };
  if (state === 'nothing') return html`<${NotEnrolled} app=${app} />`;
  return html`<main class="plain" id="main">
    <h1>${t('ui.enrol.title')}</h1>
    ${state === 'spent' ? html`<${Notice} kind="bad" title=${t('ui.enrol.spent')}>${t('ui.enrol.spent_how')}<//>` : null}
    ${state === 'ask' ? html`
      ${app.shift.state.device ? html`<${Notice} kind="warn" title=${t('ui.enrol.again', { name: app.shift.state.device.name })} />` : null}
      ${app.safariTab ? html`<p>${t('ui.install.code')}</p><p class="prompt">${code}</p>` : null}
      <p>${t('ui.enrol.ask')}</p>
      <${Form} label=${t('ui.enrol.title')} onSubmit=${claim}>
        <${Field} id="device-name" label=${t('ui.enrol.name')} hint=${t('ui.enrol.name_hint')} value=${name} onInput=${setName} />
        ${error ? html`<${Notice} kind="bad" title=${t('ui.enrol.failed')}>${error}<//>` : null}
        <button class="big primary" type="submit">${t('ui.enrol.claim')}</button>
      <//>` : null}
    ${state === 'done' ? html`
      <${Notice} kind="good" title=${t('ui.enrol.done', { name: app.shift.state.device.name })}>${app.persisted ? t('ui.enrol.kept') : null}<//>
      ${app.install ? html`<button class="big" onClick=${() => app.install()}>${t('ui.install.go')}<small>${t('ui.install.why')}</small></button>` : null}
      <button class="big primary" onClick=${() => app.go('/')}>${t('ui.enrol.start')}</button>` : null}
  </main>`;
}
