/**
 * The steps by which a device comes to trust this server, and whether it does already.
 */
import { html } from '../views/html.js';
import { Notice } from '../views/parts.js';
import { Picture } from './pictures.js';
import { has, t } from '../text.js';

const KINDS = ['android', 'ios', 'computer'];
/** The step in which the device shows what it was given. */
const COMPARED = { android: 3, ios: 2, computer: 2 };
const FILES = { android: '/ca.crt', ios: '/ca.mobileconfig', computer: '/ca.crt' };

/** @param {any} props */
export function Page({ app }) {
  const { kind, state, code } = app;
  return html`<main class="trust" id="main">
    <h1>${t('ui.trust.title')}</h1>
    ${state === 'trusted' ? html`
      <${Notice} kind="good" title=${t('ui.trust.trusted')}>${t(code ? 'ui.trust.trusted_how' : 'ui.trust.trusted_no_code')}<//>
      <a class="button primary big" href=${app.ahead()}>${t('ui.trust.go')}</a>` : html`
      <p>${t('ui.trust.why')}</p>
      <${State} app=${app} />
      <fieldset class="choice"><legend>${t('ui.trust.which')}</legend><div class="row">
        ${KINDS.map((one) => html`<button aria-pressed=${one === kind ? 'true' : 'false'} onClick=${() => app.choose(one)}>${t('ui.trust.kinds.' + one)}</button>`)}
      </div></fieldset>
      <ol class="steps">${[1, 2, 3, 4].filter((n) => has('ui.trust.' + kind + '.title' + n)).map((n) => html`<${Step} app=${app} n=${n} key=${kind + n} />`)}</ol>
      <button class="big primary" onClick=${() => app.check()}>${t('ui.trust.check')}</button>
      <h2>${t('ui.trust.without')}</h2>
      <p>${t('ui.trust.without_how')}</p>
      <a class="button big" href=${code ? '/join?tab#' + code : '/'}>${t('ui.trust.without_go')}</a>`}
  </main>`;
}

/** @param {any} props */
function State({ app }) {
  const { state } = app;
  if (state === 'checking') return html`<p role="status">${t('ui.trust.checking')}</p>`;
  return html`<${Notice} kind=${state === 'unreachable' ? 'bad' : 'warn'} title=${t('ui.trust.states.' + state)}>${t('ui.trust.states_how.' + state)}<//>`;
}

/** @param {any} props */
function Step({ app, n }) {
  const path = 'ui.trust.' + app.kind;
  const shows = ['a', 'b'].map((part) => path + '.shows' + n + part).filter(has);
  return html`<li>
    <h2>${t(path + '.title' + n)}</h2>
    <p>${t(path + '.how' + n, { name: app.name })}</p>
    ${n === 1 ? html`<a class="button primary big" href=${FILES[/** @type {'ios'} */ (app.kind)]} download=${app.kind === 'ios' ? null : ''}>${t(path + '.get')}</a>` : null}
    ${shows.length ? html`<div class="pictures">${shows.map((one) => html`<${Picture} shows=${t(one, { name: app.name })} />`)}</div>` : null}
    ${n === COMPARED[/** @type {'ios'} */ (app.kind)] ? html`<p>${t('ui.trust.compare')}</p>
      <p class="fingerprint">${app.fingerprint.match(/.{1,24}/g).map((/** @type {string} */ part) => html`<span>${part}</span>`)}</p>` : null}
  </li>`;
}
