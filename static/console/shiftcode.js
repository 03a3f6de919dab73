/**
 * Look up the code of an end-of-shift receipt: which device it is of, and what it proves.
 */
import { html } from '../views/html.js';
import { useState } from '../vendor/hooks.js';
import { Field, Form, Notice, trouble } from '../views/parts.js';
import { amount, t, when } from '../text.js';

/** @param {any} props */
export function ShiftCode({ app }) {
  const [code, setCode] = useState('');
  const [found, setFound] = useState(/** @type {any} */ (null));
  const look = async () => {
    const answer = await app.api('GET', '/api/v1/shift-codes/' + encodeURIComponent(code.trim()), { query: { site: app.site } });
    setFound(answer.status === 200 ? answer.data : { trouble: trouble(answer) });
  };
  return html`<section>
    <${Form} label=${t('ui.console.shift_code.title')} onSubmit=${look}>
      <div class="inline"><${Field} id="shift-code" label=${t('ui.console.shift_code.title')} value=${code} onInput=${setCode} maxlength=${20} /><button type="submit" disabled=${!code.trim()}>${t('ui.console.shift_code.look')}</button></div>
    <//>
    ${found && found.trouble ? html`<${Notice} kind="bad" title=${t('ui.console.shift_code.no')}>${found.trouble}<//>` : null}
    ${found && !found.trouble ? html`<${Notice} kind="good" title=${t('ui.console.shift_code.yes', { device: found.device || '?', n: amount(found.held) })}>
      ${t('ui.console.shift_code.last', { at: when(found.last_received_at) })}
      ${' '}${found.operators.map((/** @type {any} */ one) => (one.operator || '?') + ': ' + amount(one.scans)).join(', ') + '.'}
      ${' '}${found.since ? t('ui.console.shift_code.since', { n: amount(found.since) }) : ''}<//>` : null}
  </section>`;
}
