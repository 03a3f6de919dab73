/**
 * The test of a gun: scan a test barcode, and read what arrived, what is wrong with it, and what to change in which maker's settings.
 */
import { html } from '../views/html.js';
import { useState } from '../vendor/hooks.js';
import { Notice, Settings } from '../views/parts.js';
import { Select } from '../views/select.js';
import { t, visible } from '../text.js';
import { MARKS, diagnose, keyName, report } from './diagnosis.js';

export const MAKERS = ['zebra', 'honeywell', 'datalogic', 'newland', 'unitech', 'urovo', 'other'];
const SIGNS = { good: '\u2713', warn: '!', bad: '\u2715' };
const SHOWN = 200;

/** @param {any} props */
export function GunTest({ app }) {
  const { pull } = app;
  const found = pull.events.length && (pull.scan || pull.over) ? diagnose(pull.events, pull.scan, app.codes.tests, app.settings.chosen('separator')) : null;
  return html`<div class="gun"><main id="main">
    <p><span class=${'ready ' + (app.ready ? 'yes' : 'no')} role="status"><span aria-hidden="true">${app.ready ? '\u25cf' : '\u2715'}</span> ${app.ready ? t('ui.ready') : t('ui.not_ready')}</span></p>
    <h1>${t('ui.gun.title')}</h1>
    <p>${t('ui.gun.how')} <a href="/gun-sheet">${t('ui.gun.sheet_link')}</a></p>
    ${found ? html`<${Found} app=${app} found=${found} />` : html`<${Notice} kind="info" title=${t('ui.gun.waiting')}>${t('ui.gun.nothing')}<//>`}
    <${Separator} app=${app} />
    <p><a href="/">${t('ui.gun.back')}</a></p>
    <${Settings} app=${app} />
  </main></div>`;
}

/** @param {any} props */
function Found({ app, found }) {
  const [maker, setMaker] = useState('other');
  const [told, setTold] = useState('');
  const topics = found.findings.filter((/** @type {any} */ one) => one.level !== 'good' && one.topic).map((/** @type {any} */ one) => one.topic);
  const needed = topics.filter((/** @type {string} */ one, /** @type {number} */ at) => topics.indexOf(one) === at);
  const chosen = app.settings.chosen('separator');
  const text = () => report(found, app.pull.events, ['ScanLedger ' + app.build, app.now().toISOString(), app.agent, 'maker: ' + maker, 'separator: ' + JSON.stringify(chosen)]);
  return html`<section aria-live="polite" data-verdict=${found.verdict} data-code=${found.code}>
    <${Notice} kind=${found.verdict} title=${t('ui.gun.verdicts.' + found.verdict)}>
      <span class="raw">${legible(found.text)}</span>
      <span class="hint">${[found.code ? t('ui.gun.codes.' + found.code.replace(/-/g, '_')) : '', found.symbology].filter(Boolean).join(' \u00b7 ')}</span>
    <//>
    <ul class="rows findings">${found.findings.map((/** @type {any} */ one) => html`<li key=${one.say} class=${one.level} data-say=${one.say}>
      <span class="sign" aria-hidden="true">${SIGNS[/** @type {'good'} */ (one.level)]}</span><span class="name">${t('ui.gun.findings.' + one.say, one.values)}</span></li>`)}</ul>
    ${found.mark && chosen !== found.mark ? html`<button class="big primary" onClick=${() => app.settings.choose('separator', found.mark)}>${t('ui.gun.use_mark', { mark: found.mark })}</button>` : null}
    ${needed.length ? html`<section><h2>${t('ui.gun.advice_title')}</h2>
      <${Select} id="maker" label=${t('ui.gun.maker')} value=${maker} onInput=${setMaker} options=${MAKERS.map((one) => ({ value: one, label: t('ui.gun.makers.' + one) }))} />
      <ul class="advice" data-maker=${maker}>${needed.map((/** @type {string} */ topic) => html`<li key=${topic}>${t('ui.gun.advice.' + maker + '_' + topic)}</li>`)}</ul></section>` : null}
    <${Keys} events=${app.pull.events} />
    <button class="big" onClick=${() => app.copy(text()).then(() => setTold(t('ui.gun.copied')), () => setTold(t('ui.gun.not_copied')))}>${t('ui.gun.copy')}</button>
    <button class="big" onClick=${() => { app.save('gun-test.txt', text()); setTold(t('ui.gun.saved')); }}>${t('ui.gun.save')}</button>
    ${told ? html`<p class="hint" role="status">${told}</p>` : null}
  </section>`;
}

/** Show GS where it stands: few fonts have a picture of it. @param {string} text @returns {any[]} */
export function legible(text) {
  return text.split('\u001d').map((part, at) => [at ? html`<b class="gs">GS</b>` : null, visible(part)]);
}

/** Every key as it came, with the time since the one before. @param {any} props */
function Keys({ events }) {
  const shown = events.filter((/** @type {any} */ event) => event.type !== 'silence' && event.type !== 'up');
  return html`<details><summary>${t('ui.gun.keys', { n: shown.length })}</summary>
    <ol class="keys-seen">${shown.slice(0, SHOWN).map((/** @type {any} */ event, /** @type {number} */ at) => html`<li key=${at}>
      <span class="when">+${at ? Math.round(event.t - shown[at - 1].t) : 0} ms</span> <kbd>${visible(keyName(event))}</kbd>${event.type === 'down' ? null : html` <small>${t('ui.gun.ways.' + event.type)}</small>`}</li>`)}</ol>
  </details>`;
}

/** What this device takes for GS. @param {any} props */
function Separator({ app }) {
  return html`<section><h2>${t('ui.gun.separator')}</h2>
    <p class="hint">${t('ui.gun.separator_how')}</p>
    <${Select} id="separator" label=${t('ui.gun.separator_as')} value=${app.settings.chosen('separator')} onInput=${(/** @type {string} */ value) => app.settings.choose('separator', value)}
      options=${[{ value: '', label: t('ui.gun.separator_itself') }].concat(MARKS.map((value) => ({ value, label: value })))} />
  </section>`;
}
