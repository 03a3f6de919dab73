/**
 * Who works with this device: a badge says it.
 */
import { html } from './html.js';
import { useState } from '../vendor/hooks.js';
import { Camera, CameraButton } from './camera.js';
import { Field, Form, Notice, Settings } from './parts.js';
import { amount, t } from '../text.js';

/** @param {any} props */
export function Badge({ app }) {
  const [code, setCode] = useState('');
  const { last, waiting } = app.shift.state;
  return html`<main class="plain" id="main">
    <h1>${t('ui.badge.title')}</h1>
    <p class="prompt">${t('prompts.scan_badge')}</p>
    ${waiting.count ? html`<p>${t('ui.badge.waiting', { n: amount(waiting.count) })}</p>` : null}
    <${Camera} app=${app} /><${CameraButton} app=${app} big=${true} />
    ${last.tone === 'question' ? html`<${Notice} kind="warn" title=${t('prompts.' + last.say)}>${last.text}<//>` : null}
    <${Form} label=${t('ui.badge.title')} onSubmit=${() => (code.trim() ? app.shift.present(code) : undefined)}>
      <${Field} id="badge" label=${t('ui.badge.type')} value=${code} onInput=${setCode} maxlength=${128} />
      <button class="big primary" type="submit" disabled=${!code.trim()}>${t('ui.badge.go')}</button>
    <//>
    <${Settings} app=${app} />
  </main>`;
}
