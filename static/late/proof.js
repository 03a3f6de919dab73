/**
 * The end of a shift: what this device made against what the server holds, as a receipt with its code.
 */
import { html } from '../views/html.js';
import { useEffect, useState } from '../vendor/hooks.js';
import { Empty, Notice } from '../views/parts.js';
import { spaced } from '../ids.js';
import { amount, t, when } from '../text.js';

/** @param {any} props */
export function Proof({ app }) {
  const [result, setResult] = useState(/** @type {any} */ (null));
  const ask = async () => {
    setResult(null);
    await app.retry();
    const authors = await app.outbox.authors(new Date().setHours(0, 0, 0, 0));
    setResult(Object.assign(await app.proof(), { authors }));
  };
  useEffect(() => { ask(); }, []);
  return html`<main class="plain" id="main">
    <h1>${t('ui.proof.title')}</h1>
    ${result === null ? html`<p class="prompt" role="status">${t('ui.proof.asking')}</p>` : html`<${Verdict} result=${result} app=${app} />`}
    <button class="big primary" onClick=${ask}>${t('ui.proof.again')}</button>
    <button class="big" onClick=${() => saveSeals(app)}>${t('ui.proof.seals')}</button>
    <button class="big" onClick=${() => app.show('')}>${t('ui.back')}</button>
  </main>`;
}

/** @param {any} props */
function Verdict({ result, app }) {
  const numbers = { made: amount(result.made), held: amount(result.held), n: amount(result.waiting) };
  if (result.made + result.shared === 0) return html`<${Empty} title=${t('ui.proof.nothing')} />`;
  return html`<div data-proven=${result.proven ? 'yes' : 'no'}>
    <${Notice} kind=${result.proven ? 'good' : 'bad'} title=${result.proven ? t('ui.proof.yes', numbers) : result.why ? t('ui.proof.unknown', numbers) : t('ui.proof.no', numbers)}>
      ${result.proven ? t('ui.proof.yes_more') : result.waiting ? t('ui.proof.waiting', numbers) : result.why ? t('ui.sync.' + result.why) : t('ui.proof.no_more')}
    <//>
    ${result.shared ? html`<${Notice} kind="warn" title=${t('ui.proof.shared', { n: amount(result.shared) })} />` : null}
    ${result.missing.length ? html`<p>${t('ui.proof.missing', { list: result.missing.map((/** @type {number[]} */ gap) => (gap[0] === gap[1] ? gap[0] : gap.join('\u2013'))).join(', ') })}</p>` : null}
    ${result.proven ? html`<${Receipt} result=${result} app=${app} />` : null}
  </div>`;
}

/** What a supervisor looks at, and types into the console. @param {any} props */
function Receipt({ result, app }) {
  return html`<section aria-label=${t('ui.proof.receipt')}>
    <p>${when(app.now())} \u00b7 ${app.shift.state.device.name}</p>
    ${result.authors.map((/** @type {any} */ one) => html`<p>${t('ui.proof.author', { who: one.operator || '?', n: amount(one.scans) })}</p>`)}
    ${result.codes.map((/** @type {any} */ one) => html`<p><b class="shift-code">${spaced(one.code)}</b>${result.codes.length > 1 ? ' ' + amount(one.made) : null}</p>`)}
    <p class="hint">${t('ui.proof.code_how')}</p>
  </section>`;
}

/** Save what the server said of its past, for `verify.py`. @param {any} app */
async function saveSeals(app) {
  const { seals } = (await app.outbox.get('server')) || {};
  app.save('checkpoints', Object.keys(seals || {}).sort().map((hour) => hour + ' ' + seals[hour]), '.txt');
}
