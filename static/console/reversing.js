/**
 * Reverse a whole posted count: all that it accepted and nobody has reversed yet, once, with a reason.
 */
import { html } from '../views/html.js';
import { useState } from '../vendor/hooks.js';
import { Notice, trouble } from '../views/parts.js';
import { Proof, asksForCode } from './authenticator.js';
import { Because } from './counts.js';
import { SUPERVISOR, may } from './may.js';
import { t } from '../text.js';

/** @param {any} props */
export function ReverseCount({ app, code, isLeft, onDone }) {
  const [asking, setAsking] = useState(false);
  const [unproven, setUnproven] = useState('');
  const [told, setTold] = useState(/** @type {any} */ (null));
  if (!(isLeft || told) || !may(app, SUPERVISOR)) return null;
  const reverse = async (/** @type {string} */ reason) => {
    const answer = await app.api('POST', '/api/v1/counts/' + encodeURIComponent(code) + '/reversal', { query: { site: app.site }, body: { reason } });
    setAsking(false);
    setUnproven(asksForCode(answer) ? reason : '');
    if (asksForCode(answer)) return setTold(null);
    const done = answer.status >= 200 && answer.status < 300;
    setTold(done ? { kind: 'good', title: t('ui.console.review.reversed_all') } : { kind: 'bad', title: t('ui.console.not_done'), text: trouble(answer) });
    return done ? onDone() : undefined;
  };
  return html`<div>${told ? html`<${Notice} kind=${told.kind} title=${told.title}>${told.text}<//>` : null}
    ${unproven ? html`<${Proof} app=${app} onDone=${() => reverse(unproven)} onBack=${() => setUnproven('')} />` : asking ? html`<${Because} danger=${true} title=${t('ui.console.review.reverse_all')} how=${t('ui.console.review.reverse_all_how')} id="reverse-count-reason" onDone=${reverse} onBack=${() => setAsking(false)} />`
    : isLeft ? html`<p><button class="danger" onClick=${() => setAsking(true)}>${t('ui.console.review.reverse_all')}</button></p>` : null}</div>`;
}
