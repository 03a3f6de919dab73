/** The shape of the PWA: who may import whom, which language is spoken, what is vendored. */
import test from 'node:test';
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readFileSync, readdirSync } from 'node:fs';
import { dirname, join, normalize, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parse } from 'acorn';

const home = fileURLToPath(new URL('../../static/', import.meta.url));
const files = readdirSync(home, { recursive: true }).map(String).filter((path) => path.endsWith('.js')).sort();
const source = (path) => readFileSync(join(home, path), 'utf8');
const kind = (path) => (path === 'sw.js' ? 'script' : 'module');
const vendored = (path) => path.startsWith('vendor/') || path.startsWith('decoder/vendor/');
/** The camera's reader is loaded after a test of the engine, and may be newer. Engines had import() before the rest of ES2018. */
const NEWER = { 'decoder/vendor/zxing-reader.js': 2019, 'views/late.js': 2020 };
const tree = (path) => parse(source(path), { ecmaVersion: NEWER[path] || 2018, sourceType: kind(path) });
const meaning = (text, path) => JSON.stringify(parse(text, { ecmaVersion: NEWER[path] || 2018, sourceType: kind(path) }), (key, value) => (key === 'start' || key === 'end' ? undefined : key === 'raw' || key === 'cooked' ? value.replace(/\n[ \t]+/g, '\n') : value));
const imports = (path) => tree(path).body.filter((node) => node.source).map((node) => relative(home, normalize(join(home, dirname(path), node.source.value))));

const PURE = ['ids.js', 'gtin.js', 'gs1.js', 'wedge.js', 'dialog.js', 'shelf.js', 'search.js', 'late/seen.js', 'decoder/picture.js', 'decoder/evidence.js', 'decoder/symbology.js', 'decoder/stripes.js', 'decoder/deblur.js', 'gun/diagnosis.js'];
const MAY = {
  'db.js': [],
  'api.js': [],
  'text.js': [],
  'settings.js': [],
  'trusted.js': [],
  'signal.js': [],
  'second.js': [],
  'second-worker.js': [],
  'sw.js': [],
  'outbox.js': ['db.js', ...PURE],
  'sync.js': ['outbox.js', 'db.js', 'api.js', ...PURE],
  'catalogue.js': ['outbox.js', 'db.js', 'api.js', ...PURE],
  'sheets.js': [],
  'shift.js': ['outbox.js', 'signal.js', ...PURE],
  'ear.js': ['wedge.js'],
  'late/camera.js': ['late/seen.js'],
  'late/pins.js': [],
  'decoder/redrawn.js': ['decoder/deblur.js', 'decoder/picture.js', 'decoder/stripes.js'],
  'decoder/copies.js': ['decoder/picture.js', 'decoder/redrawn.js'],
  'decoder/upright.js': ['decoder/picture.js'],
  'decoder/decoding.js': ['decoder/copies.js', 'decoder/evidence.js', 'decoder/picture.js', 'decoder/symbology.js', 'decoder/upright.js'],
  'decoder/worker.js': ['decoder/decoding.js', 'decoder/vendor/zxing-reader.js'],
};
const VIEWS = ['dialog.js', 'outbox.js', 'db.js', 'signal.js', 'text.js', 'ids.js'];
/** Screens that are fetched when they are first shown. */
const LATE = ['late/viewfinder.js', 'late/pinpad.js', 'late/enrol.js', 'late/proof.js'];
const CONSOLE = ['gtin.js', 'text.js', 'views/html.js', 'views/parts.js', 'views/select.js'];
const APPS = ['console/', 'trust/', 'gun/'];
const WIRING = ['main.js', 'console/main.js', 'trust/main.js', 'gun/main.js'];

test('there are files to check', () => assert.ok(files.length > 15 && files.includes('main.js')));

for (const path of files) {
  test(`${path} speaks ES2018`, () => assert.doesNotThrow(() => tree(path)));
}

for (const path of files.filter((one) => !vendored(one))) {
  test(`${path} imports only what stands above it`, () => {
    const found = imports(path);
    assert.deepEqual(found.filter((one) => !files.includes(one)), [], 'imports are relative paths of files that exist');
    found.forEach((one) => assert.ok(!WIRING.includes(one), one));
    const own = APPS.find((app) => path.startsWith(app));
    found.forEach((one) => assert.ok(!APPS.some((app) => app !== own && one.startsWith(app)), one));
    if (own) found.forEach((one) => assert.ok(one.startsWith(own) || one.startsWith('vendor/') || CONSOLE.includes(one) || WIRING.includes(path), one));
    if (WIRING.includes(path) || (own && !PURE.includes(path))) return;
    if (PURE.includes(path)) assert.deepEqual(found, []);
    else if (path.startsWith('views/') || LATE.includes(path)) found.forEach((one) => assert.ok(one.startsWith('views/') || one.startsWith('vendor/') || VIEWS.includes(one), one));
    else found.forEach((one) => assert.ok(MAY[path] && MAY[path].includes(one), one));
  });
  test(`${path} means the same without its comments and indentation`, () => {
    const bare = source(path).replace(/\/\*\*(?:[^*]|\*(?!\/))*\*\//g, (comment) => comment.replace(/[^\n]/g, '')).replace(/\n[ \t]+/g, '\n');
    assert.equal(meaning(bare, path), meaning(source(path), path));
  });
  test(`${path} opens with what it is for, and makes no markup or code from strings`, () => {
    assert.match(source(path), /^\/\*\*/);
    assert.doesNotMatch(source(path), /innerHTML|outerHTML|insertAdjacentHTML|dangerouslySet|document\.write|\beval\(|new Function/);
    assert.doesNotMatch(source(path), /https?:\/\//);
  });
}

test('imports make no circle', () => {
  const done = new Set();
  const visit = (path, trail) => {
    assert.ok(!trail.includes(path), trail.concat(path).join(' > '));
    if (done.has(path)) return;
    imports(path).filter((one) => files.includes(one)).forEach((one) => visit(one, trail.concat(path)));
    done.add(path);
  };
  files.forEach((path) => visit(path, []));
});

test('pure modules ask no clock, page or network', () => {
  PURE.forEach((path) => assert.doesNotMatch(source(path), /\bDate\b|\bdocument\b|\bwindow\b|\bfetch\b|\bindexedDB\b|Math\.random/, path));
});

test('the service worker never touches /api and never takes over by itself', () => {
  const text = source('sw.js');
  assert.match(text, /indexOf\('\/api'\) === 0\) return/);
  assert.doesNotMatch(text.slice(text.indexOf("'install'"), text.indexOf("'activate'")), /skipWaiting/);
});

test('the style sheet keeps to what old engines know', () => {
  const css = (source('app.css') + source('console/console.css') + source('trust/trust.css') + source('gun/gun.css')).replace(/\/\*[^]*?\*\//g, '');
  assert.doesNotMatch(css, /[\s;{](gap|inset|row-gap|column-gap)\s*:|\ddvh|&|:has\(|@layer|@container|color-mix/);
});

for (const folder of ['vendor', 'decoder/vendor']) {
  test(`files in ${folder} are those of its list`, () => {
    const rows = JSON.parse(source(folder + '/vendored.json'));
    assert.deepEqual(rows.map((row) => row.file).sort(), readdirSync(join(home, folder)).filter((name) => !name.endsWith('.d.ts') && name !== 'vendored.json').sort());
    rows.forEach((row) => {
      assert.equal(createHash('sha256').update(readFileSync(join(home, folder, row.file))).digest('hex'), row.sha256, row.file);
      assert.ok(row.name && row.version && row.licence);
    });
  });
}

test('every text that a screen asks for exists', () => {
  const messages = JSON.parse(source('messages.json'));
  APPS.forEach((app) => Object.assign(messages.ui, JSON.parse(source(app + 'messages.json')).ui));
  const at = (path) => path.split('.').reduce((node, part) => (node === undefined ? undefined : node[part]), messages);
  const missing = new Set();
  for (const path of files.filter((one) => !vendored(one))) {
    for (const found of source(path).matchAll(/\bt\('([a-z_.]+[a-z_])'/g)) if (typeof at(found[1]) !== 'string') missing.add(found[1]);
    for (const found of source(path).matchAll(/\bt\('([a-z_.]+)\.' \+/g)) if (typeof at(found[1]) !== 'object') missing.add(found[1]);
  }
  assert.deepEqual([...missing], []);
});

test('every reason and warning of the contract has a text', () => {
  const messages = JSON.parse(source('messages.json'));
  const reasons = 'unknown_barcode unknown_location ambiguous lot_required zero_quantity quantity_precision quantity_too_large same_location task_not_allowed revoked_device not_yours not_empty unknown_sheet voided blocked';
  const warnings = 'short lot_assumed folded unknown_operator clock clock_changed check_digit gs_missing expired held serial_repeated expiry_differs other_location already_voided quantity_overridden';
  const tasks = 'receive return move pick scrap count empty finish look hold release void';
  for (const [part, words] of [['reasons', reasons], ['warnings', warnings], ['tasks', tasks]]) words.split(' ').forEach((word) => assert.ok(messages[part][word], word));
});

test('no field is one that a wheel, a swipe or an arrow turns: quantities are texts', () => {
  const turned = files.filter((path) => !vendored(path) && /type=["']?(number|range)|type: 'number'|\? 'number' :|'range'/.test(source(path)));
  assert.deepEqual(turned, []);
});
