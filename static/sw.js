/**
 * The service worker: keeps one build of the operator's shell, whole, and serves it without the network. It never touches
 * /api or the console, and it never takes over by itself: the page asks it to, when nothing waits.
 */
const BUILD = '__BUILD__';
const FILES = ['__FILES__'];
const CACHE = 'scanledger-' + BUILD;
const PAGES = ['/', '/join'];
const LANGUAGE = /^\/s\/[0-9a-f]+\/(messages\.[a-z]+\.json)$/;
const worker = /** @type {any} */ (self);

worker.addEventListener('install', (/** @type {any} */ event) => {
  event.waitUntil(keepAll());
});

worker.addEventListener('activate', (/** @type {any} */ event) => {
  event.waitUntil(dropOthers().then(() => worker.clients.claim()));
});

worker.addEventListener('message', (/** @type {any} */ event) => {
  if (event.data === 'take-over') worker.skipWaiting();
});

worker.addEventListener('fetch', (/** @type {any} */ event) => {
  const url = new URL(event.request.url);
  if (event.request.method !== 'GET' || url.origin !== worker.location.origin || url.pathname.indexOf('/api') === 0) return;
  if (event.request.mode === 'navigate' && PAGES.indexOf(url.pathname) >= 0) event.respondWith(kept('/', event.request));
  else if (url.pathname === '/manifest.webmanifest' || url.pathname.indexOf('/s/') === 0) event.respondWith(kept(url.pathname, event.request));
});

/** All files or none: a broken deploy leaves the old version working. */
async function keepAll() {
  const cache = await caches.open(CACHE);
  await cache.addAll(FILES.map((path) => new Request(path, { cache: path.indexOf('/s/') === 0 ? 'default' : 'reload', credentials: 'omit' })));
  await keepLanguage(cache);
}

/** The texts of the language that the build before spoke here, where this one has them; English is among the files. @param {Cache} cache */
async function keepLanguage(cache) {
  const cached = await Promise.all((await caches.keys()).map(async (name) => (await caches.open(name)).keys()));
  const paths = cached.reduce((all, some) => all.concat(some), []).map((request) => new URL(request.url).pathname).filter((path) => LANGUAGE.test(path));
  await Promise.all(paths.map((path) => cache.add(path.replace(LANGUAGE, '/s/' + BUILD + '/$1')).catch(() => undefined)));
}

async function dropOthers() {
  const names = await caches.keys();
  await Promise.all(names.filter((name) => name.indexOf('scanledger-') === 0 && name !== CACHE).map((name) => caches.delete(name)));
}

/** @param {string} path @param {Request} request */
async function kept(path, request) {
  const cache = await caches.open(CACHE);
  return (await cache.match(path)) || fetch(request);
}
