/**
 * Wires the supervisor's console together: an app of its own, so that guns never carry it.
 */
import { h, render } from '../vendor/preact.js';
import { makeApi } from '../api.js';
import { platformBytes, uuid7 } from '../ids.js';
import { LANGUAGES, THEMES, makeSettings } from '../settings.js';
import { useLocale, useTexts } from '../text.js';
import { Desk } from './desk.js';
import { makeSend } from './sending.js';
import { unarm } from './unarmed.js';

const root = /** @type {HTMLElement} */ (document.getElementById('app'));
const script = /** @type {HTMLScriptElement} */ (document.querySelector('script[type=module]'));
const base = script.src.replace(/console\/main\.js$/, '');
/** @type {string | null} */
let csrf = null;
const call = makeApi({ fetch: (/** @type {any} */ url, /** @type {any} */ init) => fetch(url, init), csrf: () => csrf });

/** What pages see and may do. @type {any} */
const app = {
  path: location.pathname,
  setupToken: location.pathname === '/setup' ? location.hash.slice(1) : '',
  /** Whose session is over meanwhile signs in anew, whatever they were doing. @type {import('../api.js').Api} */
  api: async (method, path, request) => {
    const answer = await call(method, path, request);
    if (csrf && answer.status === 401 && answer.data && answer.data.code === 'unauthorized') app.signedOut(true);
    return answer;
  },
  send: makeSend({ fetch: (/** @type {any} */ url, /** @type {any} */ init) => fetch(url, init), csrf: () => csrf }),
  newId: () => uuid7(Date.now(), platformBytes),
  setCsrf: (/** @type {string | null} */ value) => { csrf = value; },
  forgetFragment: () => history.replaceState(null, '', location.pathname),
  go: (/** @type {string} */ path) => { location.assign(path); },
};

unarm(document);

function draw() {
  render(h(Desk, { app, tick: Date.now() }), root);
}

/** Show another page from its top; whose focus went with the old page begins there too. */
function turn() {
  window.scrollTo(0, 0);
  draw();
  const main = document.getElementById('main');
  if (main && document.activeElement === document.body) main.focus();
}

async function start() {
  app.settings = Object.assign({ LANGUAGES, THEMES }, makeSettings({
    window, base, folders: ['', 'console/'],
    onTexts: (locale, files) => {
      useLocale(locale);
      useTexts(...files);
      draw();
    },
  }));
  root.textContent = '';
  await app.settings.apply();
  window.addEventListener('hashchange', turn);
}

start().catch((error) => {
  root.textContent = root.dataset.fault + ' ' + (error && error.message);
});
