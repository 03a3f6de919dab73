/**
 * The service worker: keeps one build of the operator's shell, whole, and serves it without the network. It never touches
 * /api or the console, and it never takes over by itself: the page asks it to, when nothing waits. The build before stays until this one
 * has told that it works here, and comes back where it doesn't.
 */
const BUILD = '__BUILD__';
const FILES = ['__FILES__'];
const CACHE = 'scanledger-' + BUILD;
const PAGES = ['/', '/join'];
const WORKS = '/works';
const FAILED = '/failed';
/** So long a page may take to tell that it works. */
const PATIENCE = 30000;
const LANGUAGE = /^\/s\/[0-9a-f]+\/(messages\.[a-z]+\.json)$/;
const worker = /** @type {any} */ (self);

worker.addEventListener('install', (/** @type {any} */ event) => {
  event.waitUntil(keepAll());
});

worker.addEventListener('activate', (/** @type {any} */ event) => {
  event.waitUntil(worker.clients.claim());
});

worker.addEventListener('message', (/** @type {any} */ event) => {
  if (event.data === 'take-over') worker.skipWaiting();
  if (event.data === BUILD) event.waitUntil(works());
});

worker.addEventListener('fetch', (/** @type {any} */ event) => {
  const url = new URL(event.request.url);
  if (event.request.method !== 'GET' || url.origin !== worker.location.origin || url.pathname.indexOf('/api') === 0) return;
  if (event.request.mode === 'navigate' && PAGES.indexOf(url.pathname) >= 0) {
    event.respondWith(page(event.request));
    event.waitUntil(watch(event.resultingClientId));
  } else if (url.pathname === '/manifest.webmanifest' || url.pathname.indexOf('/s/') === 0) event.respondWith(kept(url.pathname, event.request));
});

/** All files or none, and of pages that of this build alone: a broken deploy leaves the old version working, and so does a sign-in page that answers
 * for our server. */
async function keepAll() {
  const cache = await caches.open(CACHE);
  await cache.delete(FAILED);
  await cache.addAll(FILES.map((path) => new Request(path, { cache: path.indexOf('/s/') === 0 ? 'default' : 'reload', credentials: 'omit' })));
  const pages = (await cache.matchAll()).filter((one) => /html/.test(one.headers.get('Content-Type') || ''));
  if (pages.length !== 1 || (await pages[0].text()).indexOf('/s/' + BUILD + '/main.js') < 0) {
    await caches.delete(CACHE);
    throw new Error();
  }
  await keepLanguage(cache);
}

/** The texts of the language that the build before spoke here, where this one has them; English is among the files. @param {Cache} cache */
async function keepLanguage(cache) {
  const cached = await Promise.all((await caches.keys()).map(async (name) => (await caches.open(name)).keys()));
  const paths = cached.reduce((all, some) => all.concat(some), []).map((request) => new URL(request.url).pathname).filter((path) => LANGUAGE.test(path));
  await Promise.all(paths.map((path) => cache.add(path.replace(LANGUAGE, '/s/' + BUILD + '/$1')).catch(() => undefined)));
}

/** The caches of the builds before, the last one first; those of a build that comes after aren't ours to judge. */
async function before() {
  const names = (await caches.keys()).filter((name) => name.indexOf('scanledger-') === 0);
  return names.slice(0, Math.max(names.indexOf(CACHE), 0)).reverse();
}

/** A page of this build started: the builds before aren't needed any more. */
async function works() {
  const cache = await caches.open(CACHE);
  if (await cache.match(WORKS)) return;
  await cache.put(WORKS, new Response(''));
  await Promise.all((await before()).map((name) => caches.delete(name)));
}

/** A page that is there and hasn't started after all that time never will, whatever is wrong with it: the build before comes back. @param {string} id */
async function watch(id) {
  const cache = await caches.open(CACHE);
  if ((await cache.match(WORKS)) || (await cache.match(FAILED))) return;
  await new Promise((resolve) => { setTimeout(resolve, PATIENCE); });
  const client = id && (await worker.clients.get(id));
  if (!client || (await cache.match(WORKS)) || (await before()).length === 0) return;
  await cache.put(FAILED, new Response(''));
  await client.navigate(client.url);
}

/** The page of this build, or where that failed here the one of the build before. @param {Request} request */
async function page(request) {
  const cache = await caches.open(CACHE);
  const [last] = (await cache.match(FAILED)) ? await before() : [];
  return (last && (await (await caches.open(last)).match('/'))) || kept('/', request);
}

/** @param {string} path @param {Request} request */
async function kept(path, request) {
  const cache = await caches.open(CACHE);
  return (await cache.match(path)) || (path !== '/' && (await caches.match(path))) || fetch(request);
}
