/**
 * Wires the page that leads a device to trust this server: an app of its own, that plain http serves in place of enrolment.
 */
import { h, render } from '../vendor/preact.js';
import { makeApi } from '../api.js';
import { makeSettings } from '../settings.js';
import { useLocale, useTexts } from '../text.js';
import { Page } from './page.js';

const PATIENCE = 8000;
/** Over https the browser refused to work without the network: its warning was clicked away, so its answers from there prove nothing here. */
const doubted = location.search === '?untrusted';
const root = /** @type {HTMLElement} */ (document.getElementById('app'));
const script = /** @type {HTMLScriptElement} */ (document.querySelector('script[type=module]'));
const base = script.src.replace(/trust\/main\.js$/, '');
const api = makeApi({ fetch: (/** @type {any} */ url, /** @type {any} */ init) => fetch(url, init), token: () => null });

/** What the page shows and may do. @type {any} */
const app = { kind: kindOf(navigator), code: location.hash.slice(1), state: 'checking', https: '', fingerprint: '', name: '', check, choose, ahead };

function draw() {
  render(h(Page, { app, tick: Date.now() }), root);
}

/** @param {string} kind */
function choose(kind) {
  app.kind = kind;
  draw();
}

/** Where the app is, once this device trusts the server. */
function ahead() {
  return app.https + (app.code ? '/join#' + app.code : '/');
}

/** Ask the same server over https: a browser that doesn't trust it gets no answer; where that is in doubt, the app there finds out. */
async function check() {
  if (doubted) return location.assign(ahead());
  app.state = 'checking';
  draw();
  const [here, there] = await Promise.all([api('GET', '/trust', { timeout: PATIENCE }), api('GET', app.https + '/trust', { timeout: PATIENCE })]);
  app.state = there.status === 200 ? 'trusted' : here.status === 200 ? 'not_yet' : 'unreachable';
  return draw();
}

/** @param {any} navigator @returns {string} */
function kindOf(navigator) {
  if (/iPhone|iPad|iPod/.test(navigator.userAgent) || (/Macintosh/.test(navigator.userAgent) && navigator.maxTouchPoints > 1)) return 'ios';
  return /Android/.test(navigator.userAgent) ? 'android' : 'computer';
}

async function start() {
  await makeSettings({
    window, base, folders: ['trust/'],
    onTexts: (locale, files) => {
      useLocale(locale);
      useTexts(...files);
    },
  }).apply();
  const found = await api('GET', '/trust');
  if (found.status !== 200) throw new Error(String(found.status));
  Object.assign(app, found.data);
  root.textContent = '';
  if (doubted) {
    app.state = 'not_yet';
    return draw();
  }
  document.addEventListener('visibilitychange', () => {
    if (document.visibilityState === 'visible' && app.state !== 'trusted') check();
  });
  return check();
}

start().catch((error) => {
  root.textContent = root.dataset.fault + ' ' + (error && error.message);
});
