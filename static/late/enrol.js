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
  const submit = async () => {
    setError('');
    const answer = await claim(app, code, name.trim());
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
      <${Form} label=${t('ui.enrol.title')} onSubmit=${submit}>
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

/** Make this browser a device. @param {any} app @param {string} code @param {string} name */
async function claim(app, code, name) {
  const answer = await app.api('POST', '/api/v1/enrolments/claim', { body: name ? { code, name } : { code } });
  if ((answer.status === 201 || answer.status === 200) && answer.data && answer.data.token) {
    const { token, device, site, epoch } = answer.data;
    const named = device && typeof device === 'object' ? device.name : device;
    await app.shift.enrol({ token, id: device && device.id, name: named || name || '', tasks: (device && device.tasks) || null, site: site && typeof site === 'object' ? site.code : site, epoch });
    await app.enrolled();
  }
  return answer;
}
