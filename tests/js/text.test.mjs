/** Texts: names are filled in, words follow the number, numbers follow the language, and every language is complete. */
import test from 'node:test';
import assert from 'node:assert/strict';
import { readFileSync, readdirSync } from 'node:fs';
import { LANGUAGES } from '../../static/settings.js';
import { money } from '../../static/console/money.js';
import { amount, point, t, useLocale, useTexts, when } from '../../static/text.js';

const FOLDERS = ['', 'console/', 'gun/'];
/** What a language may say as English does. */
const SAME = ['GTIN', 'SSCC', 'GLN', '{piece}: {quantity}', 'OK', 'Code', 'Status', 'Name', 'Scans', 'Version {build}', '{n} s', '{n} min', 'Zebra (DataWedge)', 'Honeywell', 'Datalogic', 'Newland', 'Unitech', 'Urovo', 'Barcode', 'Barcodes', 'ABC'];
const home = (folder) => new URL(`../../static/${folder}`, import.meta.url);
const texts = (folder, code) => flat(JSON.parse(readFileSync(new URL(code === 'en' ? 'messages.json' : `messages.${code}.json`, home(folder)), 'utf8')));

/** @returns {Map<string, string>} path to text */
function flat(node, path = '') {
  if (typeof node === 'string') return new Map([[path, node]]);
  return new Map(Object.entries(node).flatMap(([key, value]) => [...flat(value, path ? `${path}.${key}` : key)]));
}

const names = (text) => [...new Set([...text.matchAll(/\{([a-z]+)[|}]/g)].map((found) => found[1]))].sort();
const forms = (text) => [...text.matchAll(/\{[a-z]+\|([^}]*)\}/g)].map((found) => found[1].split('|').length);
const untranslated = (english, own) => [...own].filter(([path, text]) => text === english.get(path) && /[a-z]{2}/i.test(text) && !SAME.includes(text)).map(([path]) => path);

test('words follow the number', () => {
  useTexts({ ui: { wait: '{n} {n|waits|wait}' } });
  assert.equal(t('ui.wait', { n: 1 }), '1 waits');
  assert.equal(t('ui.wait', { n: '1' }), '1 waits');
  assert.equal(t('ui.wait', { n: 0 }), '0 wait');
  assert.equal(t('ui.wait', { n: '1,000' }), '1,000 wait');
});

test('a text that is missing shows its key', () => {
  useTexts({});
  assert.equal(t('ui.no_such_text'), 'no such text');
});

test('a text that a language lacks is said in English', () => {
  useTexts({ ui: { ok: 'OK', back: 'Back' } }, { ui: { back: 'Zurück' } });
  assert.deepEqual([t('ui.ok'), t('ui.back')], ['OK', 'Zurück']);
});

test('numbers, money and dates are written as the language does', () => {
  const said = (tag) => {
    useLocale(tag);
    return [amount('1234567.250'), amount(-1000), money('-1234.50'), money('5.00', true), point(), when(new Date(2026, 10, 5, 7, 4).getTime()), amount('9007199254740993')];
  };
  assert.deepEqual(said('en'), ['1,234,567.25', '-1,000', '\u22121,234.50', '+5.00', '.', 'Nov 5, 2026 07:04', '9,007,199,254,740,993']);
  assert.deepEqual(said('de'), ['1.234.567,25', '-1.000', '\u22121.234,50', '+5,00', ',', '5. Nov. 2026 07:04', '9.007.199.254.740.993']);
  assert.match(said('de-CH')[0], /^1['\u2019]234['\u2019]567\.25$/, 'the tag says more than the language');
  useLocale('en');
});

test('every file of messages belongs to a language of the list, and each language has its files', () => {
  for (const folder of FOLDERS) {
    const found = readdirSync(home(folder)).filter((name) => /^messages.*\.json$/.test(name)).sort();
    assert.deepEqual(found, Object.keys(LANGUAGES).map((code) => (code === 'en' ? 'messages.json' : `messages.${code}.json`)).sort());
  }
});

for (const code of Object.keys(LANGUAGES).filter((one) => one !== 'en')) {
  for (const folder of FOLDERS) {
    const [english, own] = [texts(folder, 'en'), texts(folder, code)];
    test(`${LANGUAGES[code]} says all that English says, and nothing else: ${folder}messages`, () => {
      assert.deepEqual([...english.keys()].filter((path) => !own.has(path)), [], 'missing');
      assert.deepEqual([...own.keys()].filter((path) => !english.has(path)), [], 'too much');
      assert.deepEqual([...own].filter(([, text]) => text.trim() !== text || !text), [...english].filter(([, text]) => text.trim() !== text || !text).map(([path]) => [path, own.get(path)]), 'blanks at the ends');
    });
    test(`${LANGUAGES[code]} fills in the same values: ${folder}messages`, () => {
      for (const [path, text] of own) {
        assert.deepEqual(names(text), names(english.get(path) || ''), path);
        assert.ok(forms(text).every((count) => count === 2), path);
        assert.doesNotMatch(text.replace(/\{[a-z]+(\|[^|{}]*\|[^|{}]*)?\}/g, ''), /[{}]/, path);
      }
    });
    test(`${LANGUAGES[code]} leaves nothing in English by accident: ${folder}messages`, () => {
      assert.deepEqual(untranslated(english, own), []);
    });
  }
}

test('the check of languages finds what was left in English', () => {
  assert.deepEqual(untranslated(new Map([['a', 'Scan a location']]), new Map([['a', 'Scan a location']])), ['a']);
});
