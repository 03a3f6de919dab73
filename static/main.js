/**
 * Wires the operator's app together; the only module that knows all its others.
 */
import { h, render } from './vendor/preact.js';
import { makeApi } from './api.js';
import { makeCatalogue } from './catalogue.js';
import { listen } from './ear.js';
import { platformBytes } from './ids.js';
import { late } from './views/late.js';
import { TOO_LONG, openOutbox } from './outbox.js';
import { makeSecond } from './second.js';
import { makeShift } from './shift.js';
import { makeSheets } from './sheets.js';
import { makeSignal } from './signal.js';
import { EVERY, makeSync } from './sync.js';
import { LANGUAGES, THEMES, makeSettings } from './settings.js';
import { t, useLocale, useTexts } from './text.js';
import { scriptAddress } from './trusted.js';
import { separated } from './wedge.js';
import { Operator } from './views/operator.js';

const TICK = 5000;
const HELLO = 300000;
/** So long the screen may stand still, milliseconds: a disk can be slow. */
const SOON = 100;
const root = /** @type {HTMLElement} */ (document.getElementById('app'));
const script = /** @type {HTMLScriptElement} */ (document.querySelector('script[type=module]'));
const base = script.src.replace(/main\.js$/, '');
const build = (/\/s\/([0-9a-f]+)\//.exec(base) || ['', 'dev'])[1];
/** @type {any} */
const nav = navigator;
const now = () => Date.now();
const pause = (ms = 0) => new Promise((resolve) => { setTimeout(resolve, ms); });
const fetcher = (/** @type {any} */ url, /** @type {any} */ init) => fetch(url, init);

/** What screens see and may do. @type {any} */
const app = {
  build, now,
  path: location.pathname, screen: '', joinCode: location.pathname === '/join' ? location.hash.slice(1) : '',
  policy: { pin: 'off', idle_minutes: null, in_store: '' },
  ready: document.hasFocus(), persisted: null, takeUpdate: null, saved: '', look: null, outdated: false,
};

/** Without https the browser withholds its camera, its lasting storage and the start without a network: this is just a tab. */
app.tab = window.isSecureContext === false;
/** Safari on iPhones and iPads says whether this runs from the home screen; what its tabs keep it deletes after a week. */
app.safariTab = nav.standalone === false;

app.settings = Object.assign({ LANGUAGES, THEMES }, makeSettings({
  window, base, folders: [''], cache: 'scanledger-' + build,
  onTexts: (locale, files) => {
    useLocale(locale);
    useTexts(...files);
    draw();
  },
}));

/** Draw at most once a turn, by a timer: hidden pages get no frames. A scan that is being stored beeps first. */
let drawn = true;
let started = false;
function draw() {
  if (!drawn || !started) return;
  drawn = false;
  setTimeout(async () => {
    await Promise.race([app.shift.heard(), pause(SOON)]);
    drawn = true;
    render(h(Operator, { app, tick: now() }), root);
    if (app.ear) app.ear.attend();
  }, 0);
}

async function start() {
  const texts = app.settings.apply();
  const slow = setTimeout(() => { root.textContent = t('ui.banner.blocked'); }, TOO_LONG);
  app.refused = registerWorker();
  offerInstall();
  await startOperator(texts).finally(() => {
    clearTimeout(slow);
    return texts;  // what went wrong is said in them
  });
  root.className = root.textContent = '';
  started = true;
  draw();
  await pause();
  if (nav.serviceWorker && root.firstChild) (await nav.serviceWorker.ready).active.postMessage(build);
}

/** @param {Promise<any>} texts */
async function startOperator(texts) {
  const files = nav.storage && nav.storage.getDirectory && typeof Worker === 'function';
  const second = makeSecond(files ? () => new Worker(scriptAddress(new URL(base).pathname + 'second-worker.js'), { type: 'module' }) : null, now);
  const outbox = await openOutbox({ factory: indexedDB, now, bytes: platformBytes, second, onOutdated: () => { app.outdated = true; draw(); } });
  app.second = second.state;
  const token = () => (app.shift.state.device ? app.shift.state.device.token : null);
  const api = makeApi({ fetch: fetcher, token });
  const signal = makeSignal({ page: document.documentElement, navigator: nav, Audio: window.AudioContext || /** @type {any} */ (window).webkitAudioContext });
  app.outbox = outbox;
  app.catalogue = makeCatalogue({ outbox, api, now, pause, onChange: draw, ownCodes: () => app.policy.in_store || '' });
  app.sheets = makeSheets({ outbox, api, now, onChange: draw });
  app.shift = makeShift({
    outbox, catalogue: app.catalogue, signal, now, onChange: draw, onLook: lookUp, onChoose: fetchSheets,
    pinned: () => app.policy.pin === 'required', sheetOf: app.sheets.find, onPlace: (place) => { app.sheets.open(place).catch(() => undefined); },
    onSaved: (kept) => {
      window.dispatchEvent(new CustomEvent('scanledger:saved', { detail: { id: kept.scan.id, seq: kept.scan.seq, stream: kept.stream } }));
      sync.kick('scan');
    },
  });
  const sync = makeSync({
    outbox, api, build, now, steady: () => performance.now(), token, random: Math.random, bytes: platformBytes, locks: nav.locks,
    onState: (state) => {
      app.sync = state;
      draw();
    },
    onAnswered: (left) => {
      app.shift.answered(left);
      if (app.pins) app.pins.heard(left).catch(() => undefined);
      if (left.some((kept) => kept.scan.task === 'finish' || kept.scan.task === 'empty')) fetchSheets();
    },
  });
  app.sync = sync.state;
  app.api = api;
  app.camera = closedCamera();
  askForTrust();
  app.name = (/** @type {string} */ code) => {
    const known = app.catalogue.read(code);
    return known.product ? known.product.name : known.place ? known.place.code : '';
  };
  app.product = (/** @type {string} */ code) => {
    const { product, pack } = app.catalogue.read(code);
    return product ? { sku: product.sku, pack: Number(pack) } : null;
  };
  app.parts = (/** @type {string} */ code) => {
    const { lot, serial, expiry } = app.catalogue.read(code).said || {};
    return [lot, serial, expiry, expiry < new Date(now()).toISOString() ? t('warnings.expired') : ''].filter(Boolean).join(' \u00b7 ');
  };
  app.retry = () => sync.kick('user').then(() => app.shift.count());
  app.proof = () => sync.proof();
  app.persist = persist;
  app.saveFile = saveFile;
  app.save = save;
  app.forgetFragment = () => history.replaceState(null, '', location.pathname);
  app.enrolled = async () => {
    await persist();
    await sync.hello().then(asPolicy).catch(() => undefined);
    sync.kick('start');
    app.catalogue.refresh(true).catch(() => undefined);
  };
  app.signOff = async () => {
    await app.shift.signOff();
    app.show('');
  };
  app.show = (/** @type {string} */ screen) => {
    scrollTo(0, 0);
    if (screen !== app.screen) history.pushState(null, '', '/' + (screen ? '#' + screen : ''));
    app.screen = screen;
    draw();
  };
  app.go = (/** @type {string} */ path) => {
    const url = new URL(path, location.origin);
    history.pushState(null, '', path);
    app.path = url.pathname;
    app.joinCode = url.pathname === '/join' ? url.hash.slice(1) : '';
    app.screen = '';
    draw();
  };
  window.addEventListener('popstate', () => {
    app.path = location.pathname;
    app.screen = location.pathname === '/' ? location.hash.slice(1) : '';
    draw();
  });
  app.screen = app.path === '/' ? location.hash.slice(1) : '';

  app.catalogue.load().catch(() => undefined);
  await app.shift.load();
  await app.sheets.load();
  await hearPolicy((await outbox.get('policy')) || app.policy);
  await texts;
  app.ear = listen({
    page: document, label: () => t('ui.sink'), now: () => performance.now(),
    onReady: (ready) => {
      if (ready === app.ready) return;
      app.ready = ready;
      draw();
    },
    onScan: (scan) => {
      if (app.screen !== '' && (app.shift.state.operator || app.shift.state.asked !== null)) app.show('');
      if (scan.type === 'broken') app.shift.broken(scan.text);
      else app.shift.scanned(separated(scan.text, app.settings.chosen('separator')), 'wedge');
    },
  });
  ['keydown', 'pointerdown'].forEach((kind) => document.addEventListener(kind, () => {
    signal.unlock();
    if (app.pins) app.pins.touch();
  }, true));
  triggers(sync);
  if (app.shift.state.device) {
    persist();
    outbox.trim().catch(() => undefined);
  }
}

/** Nobody opened the camera yet: it comes when somebody does. */
function closedCamera() {
  const closed = { state: { open: false, trouble: '' }, open, close: () => undefined };
  async function open() {
    try {
      const [{ makeCamera }, { Viewfinder }] = await Promise.all([late('camera.js'), late('viewfinder.js')]);
      if (app.camera !== closed) return;
      app.Viewfinder = Viewfinder;
      app.camera = makeCamera({
        page: document, navigator: nav, secure: window.isSecureContext, settings: app.outbox, now: () => performance.now(), onChange: draw, onCode: heardByCamera,
        makeWorker: () => new Worker(scriptAddress('/s/' + build + '/decoder/worker.js'), { type: 'module' }),
      });
      app.camera.open();
    } catch (gone) {
      closed.state.trouble = 'failed';
      draw();
    }
  }
  return closed;
}

/** A code from the camera is a scan like any other; before the enrolment it may be the code that enrols. @param {import('./late/camera.js').Code} code */
function heardByCamera(code) {
  const link = /\/join#(.+)$/.exec(code.text);
  if (link && !app.shift.state.device) {
    app.camera.close();
    app.go('/join#' + link[1]);
  } else app.shift.scanned(code.text, 'camera', code.symbology);
}

/** All that may let scans through. @param {any} sync */
function triggers(sync) {
  const refresh = () => app.catalogue.refresh().catch(() => undefined);
  const steady = () => performance.now();
  let lastTick = 0;
  let lastHello = 0;
  const greet = () => {
    if (!app.shift.state.device) return;
    lastHello = steady();
    sync.hello().then(asPolicy).then(refresh).then(fetchSheets).catch(() => undefined);
  };
  window.addEventListener('online', () => {
    sync.kick('online');
    greet();
  });
  document.addEventListener('visibilitychange', () => {
    if (document.visibilityState === 'visible') sync.kick('visible');
  });
  window.addEventListener('pageshow', () => sync.kick('visible'));
  setInterval(() => {
    if (steady() - lastTick >= EVERY) {
      lastTick = steady();
      sync.kick('tick').then(() => app.shift.count());  // what waits is asked, not remembered: another tab may have stored or sent it
    }
    if (steady() - lastHello >= HELLO) greet();
    if (app.pins && app.policy.pin === 'required') app.pins.guard();
    draw();
  }, TICK);
  sync.kick('start').then(() => {
    app.shift.count();
    greet();
  });
}

/** What the server said of itself says whether the site wants PINs, and what a shop's own codes mean; it holds until it says something else. @param {any} me */
async function asPolicy(me) {
  if (!me || me.status !== 200 || !me.data.pin) return;
  const { pin, idle_minutes, in_store } = me.data;
  const policy = { pin, idle_minutes, in_store };
  await app.outbox.set('policy', policy);
  await hearPolicy(policy);
}

/** Who works here proves it by PIN, or needn't. @param {{pin: string, idle_minutes: number | null, in_store: string}} policy */
async function hearPolicy(policy) {
  app.policy = policy;
  const { state, takeOver } = app.shift;
  if (policy.pin !== 'required') return state.asked === null ? undefined : takeOver(state.asked);
  if (!app.pins) {
    const [{ makePins }, { PinPad }] = await Promise.all([late('pins.js'), late('pinpad.js')]);
    app.PinPad = PinPad;
    app.pins = makePins({ outbox: app.outbox, api: app.api, subtle: window.crypto.subtle, now, steady: () => performance.now(), shift: app.shift, policy: () => app.policy });
  }
  app.pins.guard();
  return draw();
}

/** Ask that the browser never drops our data by itself; without that a full disk takes everything. */
async function persist() {
  const storage = nav.storage;
  try {
    app.persisted = !!(storage && storage.persist && ((await storage.persisted()) || (await storage.persist())));
  } catch (cannot) {
    app.persisted = false;
  }
  draw();
}

/** Save what waits to a file, which the server imports through the same door. */
async function saveFile() {
  /** @type {import('./outbox.js').Kept[]} */
  const all = await app.outbox.queue();
  /** @type {any[]} */
  const streams = await app.outbox.streams();
  const lines = [];
  for (const stream of streams) {
    const mine = all.filter((kept) => kept.stream === stream.id);
    for (let i = 0; i < mine.length; i += 200) {
      lines.push(JSON.stringify({ device: app.shift.state.device.id || app.shift.state.device.name, stream: stream.id, made: stream.made, xor: stream.xor, scans: mine.slice(i, i + 200).map((kept) => kept.scan) }));
    }
  }
  save('scans', lines, '.jsonl');
}

/** @param {string} name @param {string[]} lines @param {string} end */
function save(name, lines, end) {
  const link = document.createElement('a');
  app.saved = name + '-' + new Date().toISOString().replace(/[:.]/g, '-') + end;
  link.download = app.saved;
  link.href = URL.createObjectURL(new Blob([lines.join('\n') + '\n']));
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60000);
  draw();
}

/** Ask what is to be counted. */
function fetchSheets() {
  const { operator, device } = app.shift.state;
  if (operator && device) app.sheets.refresh(operator.badge).catch(() => undefined);
}

/** Ask the server about a code, if it can be reached. @param {string} code */
async function lookUp(code) {
  app.look = { code, busy: true, data: null, error: '' };
  draw();
  const answer = await app.api('GET', '/api/v1/lookup', { query: { code }, timeout: 8000 });
  if (!app.look || app.look.code !== code) return;
  const ok = answer.status === 200 && answer.data;
  app.look = { code, busy: false, data: ok ? answer.data : null, error: ok ? '' : answer.status === 0 ? 'offline_more' : 'failed' };
  draw();
  if (ok && answer.data.kind !== 'unknown' && app.catalogue.read(code).kind === 'unknown') app.catalogue.refresh().catch(() => undefined);
}

/** Browsers that can install say so when they are ready. */
function offerInstall() {
  window.addEventListener('beforeinstallprompt', (/** @type {any} */ event) => {
    event.preventDefault();
    app.install = () => {
      app.install = null;
      event.prompt();
      draw();
    };
    draw();
  });
}

/** A server of a local network can be trusted and says by which steps; others have none. */
async function askForTrust() {
  app.untrusted = app.tab || (await app.refused);
  if (!app.untrusted) return;
  app.steps = ((await app.api('GET', '/trust')).data || {}).steps;
  draw();
}

/** The shell works without the network; a new one is offered, never forced. Tell whether the browser refuses, as it does where its warning was clicked away. */
function registerWorker() {
  if (!nav.serviceWorker) return false;
  let asked = false;
  nav.serviceWorker.addEventListener('controllerchange', () => {
    if (asked) location.reload();
  });
  return nav.serviceWorker.register(scriptAddress('/sw.js'), { scope: '/', updateViaCache: 'none' }).then((/** @type {any} */ registration) => {
    const offer = (/** @type {any} */ worker) => {
      if (!worker || !nav.serviceWorker.controller) return;
      app.takeUpdate = () => {
        asked = true;
        worker.postMessage('take-over');
      };
      draw();
    };
    offer(registration.waiting);
    registration.addEventListener('updatefound', () => {
      const worker = registration.installing;
      worker.addEventListener('statechange', () => { if (worker.state === 'installed') offer(worker); });
    });
    setInterval(() => registration.update().catch(() => undefined), HELLO * 6);
  }).catch((/** @type {Error} */ why) => why.name === 'SecurityError');
}

start().catch((error) => {
  root.textContent = error && error.name === 'VersionError' ? t('ui.banner.outdated') : root.dataset.fault + ' ' + (error && error.message);
});
