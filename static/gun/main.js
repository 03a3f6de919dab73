/**
 * Wires the pages that help to set up a gun: its test, and the sheet of barcodes to print. They need no enrolment, and no gun carries them.
 */
import { h, render } from '../vendor/preact.js';
import { listen } from '../ear.js';
import { LANGUAGES, THEMES, makeSettings } from '../settings.js';
import { t, useLocale, useTexts } from '../text.js';
import { GunTest } from './test.js';
import { Sheet } from './sheet.js';

const root = /** @type {HTMLElement} */ (document.getElementById('app'));
const script = /** @type {HTMLScriptElement} */ (document.querySelector('script[type=module]'));
const base = script.src.replace(/gun\/main\.js$/, '');
const QUIET = 600;

/** What pages see and may do. `pull`: what one trigger pull sent. @type {any} */
const app = {
  base, ready: document.hasFocus(), codes: { tests: [], commands: [] }, pull: { events: [], scan: null, over: false },
  build: (/\/s\/([0-9a-f]+)\//.exec(base) || ['', 'dev'])[1],
  agent: navigator.userAgent,
  now: () => new Date(),
  print: () => window.print(),
  copy: (/** @type {string} */ text) => (navigator.clipboard ? navigator.clipboard.writeText(text) : Promise.reject(new Error('no clipboard'))),
  save,
};

function draw() {
  render(h(location.pathname === '/gun-sheet' ? Sheet : GunTest, { app, tick: Date.now() }), root);
  if (app.ear) app.ear.attend();
}

async function start() {
  app.settings = Object.assign({ LANGUAGES, THEMES }, makeSettings({
    window, base, folders: ['', 'gun/'],
    onTexts: (locale, files) => {
      useLocale(locale);
      useTexts(...files);
      draw();
    },
  }));
  root.textContent = '';
  app.codes = await (await fetch(base + 'gun/codes.json', { credentials: 'omit' })).json();
  await app.settings.apply();
  if (location.pathname === '/gun-sheet') return;
  app.ear = listen({
    page: document, label: () => t('ui.sink'), now: () => performance.now(), onScan: () => undefined,
    onReady: (ready) => {
      if (ready === app.ready) return;
      app.ready = ready;
      draw();
    },
  });
  app.ear.watch(heard);
  draw();
}

/** @type {any} */
let timer = null;

/** Gather what one trigger pull sends: until nothing comes for a while, or the next one begins. @param {import('../ear.js').Heard} heard */
function heard({ event, out }) {
  if (event.field || event.type === 'lost') return;
  if (event.type === 'down' && !event.ctrl && !app.pull.events.length && /^(Tab|Enter|Shift| )$/.test(event.key || '')) return;
  const next = app.pull.over || (app.pull.scan && event.type !== 'up' && event.type !== 'silence' && !/^(Enter|Tab|j|m)$/i.test(event.key || ''));
  if (next && (event.type === 'up' || event.type === 'silence')) return;
  if (next) app.pull = { events: [], scan: null, over: false };
  app.pull.events.push(event);
  if (out.length && !app.pull.scan) app.pull.scan = out[0];
  clearTimeout(timer);
  timer = setTimeout(() => {
    app.pull.over = true;
    draw();
  }, QUIET);
  if (app.pull.scan) draw();
}

/** @param {string} name @param {string} text */
function save(name, text) {
  const link = document.createElement('a');
  link.download = name;
  link.href = URL.createObjectURL(new Blob([text], { type: 'text/plain' }));
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60000);
}

start().catch((error) => {
  root.textContent = root.dataset.fault + ' ' + (error && error.message);
});
