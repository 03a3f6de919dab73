/**
 * The sheet to print: barcodes that test a gun, barcodes that command the app, and how to set a gun up.
 */
import { html } from '../views/html.js';
import { t, visible } from '../text.js';
import { MAKERS, legible } from './test.js';

const STEPS = ['keyboard', 'enter', 'gs', 'aim', 'delay', 'test'];

/** @param {any} props */
export function Sheet({ app }) {
  const address = (/** @type {string} */ name) => app.base + 'gun/codes/' + name.toLowerCase() + '.svg';
  return html`<div class="gun paper"><main id="main">
    <p class="screen"><a href="/gun-test">${t('ui.gun.title')}</a></p>
    <h1>${t('ui.gun.sheet.title')}</h1>
    <p>${t('ui.gun.sheet.how')}</p>
    <button class="big primary screen" onClick=${app.print}>${t('ui.gun.sheet.print')}</button>
    <h2>${t('ui.gun.sheet.setup')}</h2>
    <ol class="steps">${STEPS.map((step) => html`<li key=${step}>${t('ui.gun.sheet.steps.' + step)}</li>`)}</ol>
    <h2>${t('ui.gun.sheet.tests')}</h2>
    ${app.codes.tests.map((/** @type {any} */ code) => html`<figure key=${code.id}>
      <figcaption><strong>${t('ui.gun.codes.' + code.id.replace(/-/g, '_'))}</strong> <span class="raw">${legible(code.text)}</span></figcaption>
      <img src=${address(code.id)} alt=${visible(code.text)} data-text=${code.text} />
    </figure>`)}
    <h2>${t('ui.gun.sheet.commands')}</h2>
    <p>${t('ui.gun.sheet.commands_how')}</p>
    <div class="grid">${app.codes.commands.map((/** @type {string} */ code) => html`<figure key=${code}>
      <figcaption class="raw">${code}</figcaption><img src=${address(code)} alt=${code} data-text=${code} /></figure>`)}</div>
    <h2>${t('ui.gun.sheet.makers')}</h2>
    <dl>${MAKERS.map((maker) => [html`<dt key=${maker}>${t('ui.gun.makers.' + maker)}</dt>`, html`<dd key=${maker + '-how'}>${t('ui.gun.advice.' + maker + '_suffix')} ${t('ui.gun.advice.' + maker + '_gs')}</dd>`])}</dl>
  </main></div>`;
}
