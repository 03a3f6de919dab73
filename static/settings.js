/**
 * What this device was set to: the language and the light of its screens. Where nothing was chosen, what its browser asks for.
 */

/** Every language, by its own name. One more is a line here and a `messages.xx.json` beside each `messages.json`. @type {Object.<string, string>} */
export const LANGUAGES = { en: 'English', de: 'Deutsch' };
const ENGLISH = 'messages.json';
export const THEMES = ['light', 'dark'];

/** @typedef {ReturnType<typeof makeSettings>} Settings */

/** @param {{window: any, base: string, folders: string[], onTexts: (locale: string, files: any[]) => void, cache?: string}} platform
 * `folders`: where the files of messages are, under `base`; `cache`: where to keep those of the language for when there is no network */
export function makeSettings({ window, base, folders, onTexts, cache }) {
  const page = window.document.documentElement;
  const night = window.matchMedia && window.matchMedia('(prefers-color-scheme: dark)');
  /** @type {Object.<string, string>} */
  const memory = {};

  /** What was chosen; '' lets the browser say. @param {string} name @returns {string} */
  function chosen(name) {
    try {
      return window.localStorage.getItem(name) || '';
    } catch (forbidden) {
      return memory[name] || '';
    }
  }

  /** @param {string} name @param {string} value */
  async function choose(name, value) {
    memory[name] = value;
    try {
      window.localStorage.setItem(name, value);
    } catch (forbidden) {
      // It holds until the page is closed.
    }
    await apply().catch(() => undefined);
  }

  /** Show the page in its light and fetch its texts: English, and over it the language, as far as it can be fetched. */
  async function apply() {
    const wanted = [chosen('language')].concat(window.navigator.languages || window.navigator.language);
    const locale = wanted.filter((tag) => LANGUAGES[short(tag)])[0] || 'en';
    const local = wanted.slice(1).filter((tag) => short(tag) === short(locale))[0] || locale;
    light();
    const own = short(locale) === 'en' ? [] : texts('messages.' + short(locale) + '.json').catch(() => null);
    const [english, more] = await Promise.all([texts(ENGLISH), own]);
    page.lang = more ? short(locale) : 'en';
    onTexts(more ? local : 'en', english.concat(more || []));
  }

  function light() {
    page.setAttribute('data-theme', chosen('theme') || (night && night.matches ? 'dark' : 'light'));
    const meta = window.document.querySelector('meta[name=theme-color]');
    if (meta) meta.content = window.getComputedStyle(page).getPropertyValue('--paper').trim();
  }

  /** @param {string} name @returns {Promise<any[]>} */
  function texts(name) {
    return Promise.all(folders.map(async (folder) => {
      const answer = await window.fetch(base + folder + name, { credentials: 'omit' });
      if (!answer.ok) throw new Error(name);
      const copy = answer.clone();
      const said = await answer.json();
      if (cache && window.caches && name !== ENGLISH) window.caches.open(cache).then((/** @type {any} */ files) => files.put(base + folder + name, copy)).catch(() => undefined);
      return said;
    }));
  }

  if (night) night.onchange = light;
  return { chosen, choose, apply };
}

/** @param {string} tag as 'de-AT' @returns {string} as 'de' */
function short(tag) {
  return String(tag).toLowerCase().split('-')[0];
}
