/** The service worker as it keeps a build: what answers in place of our server is never kept for it. */
import test from 'node:test';
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import vm from 'node:vm';

const FILES = ['/', '/s/b1/main.js', '/s/b1/late/pins.js'];
const page = (build) => new Response(`<script type="module" src="/s/${build}/main.js"></script>`, { headers: { 'Content-Type': 'text/html; charset=utf-8' } });
const script = () => new Response('run();', { headers: { 'Content-Type': 'text/javascript; charset=utf-8' } });
const build = { '/': () => page('b1'), '/s/b1/main.js': script, '/s/b1/late/pins.js': script };

/** Let the worker of a build keep its files as a network answers for them; tell which caches there are then. */
async function installed(answers) {
  const kept = new Map();
  const caches = {
    keys: async () => Array.from(kept.keys()),
    delete: async (name) => kept.delete(name),
    open: async (name) => {
      if (!kept.has(name)) kept.set(name, new Map());
      const files = kept.get(name);
      return {
        addAll: async (all) => all.forEach(({ path }) => files.set(path, answers[path]())),
        matchAll: async () => Array.from(files.values()),
        delete: async (path) => files.delete(path),
        keys: async () => [],
      };
    },
  };
  const heard = {};
  const self = { addEventListener: (name, run) => { heard[name] = run; }, location: { origin: 'https://here' } };
  const code = readFileSync(new URL('../../static/sw.js', import.meta.url), 'utf8').replace('__BUILD__', 'b1').replace("['__FILES__']", JSON.stringify(FILES));
  vm.runInNewContext(code, { self, caches, Request: function Request(path) { this.path = path; }, Response, URL, Promise, Error });
  let work = Promise.resolve();
  heard.install({ waitUntil: (promise) => { work = promise; } });
  const done = await work.then(() => true, () => false);
  return { done, caches: Array.from(kept.keys()) };
}

test('a whole build is kept', async () => assert.deepEqual(await installed(build), { done: true, caches: ['scanledger-b1'] }));

const wrong = {
  'a sign-in page in place of the app': { '/': () => new Response('<p>Sign in</p>', { headers: { 'Content-Type': 'text/html' } }) },
  'the page of another build': { '/': () => page('b2') },
  'a sign-in page in place of a module': { '/s/b1/late/pins.js': () => page('b1') },
  'no page at all': { '/': script },
};
test('of a build in whose place something else answers nothing is kept', async () => {
  for (const [name, answers] of Object.entries(wrong)) assert.deepEqual(await installed(Object.assign({}, build, answers)), { done: false, caches: [] }, name);
});
