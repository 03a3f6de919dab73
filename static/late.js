/**
 * Fetches a part of the app when it is first needed, so that the start doesn't carry it. `import()` is younger than ES2018, but every
 * engine that speaks ES2018 has it (Chrome 63).
 */

/** @param {string} name of a file in `late/`; the service worker keeps them all @returns {Promise<any>} what it exports */
export function late(name) {
  return import('./late/' + name);
}
