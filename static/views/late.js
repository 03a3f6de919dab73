/**
 * Parts of the app that are fetched when they are first needed, so that the start doesn't carry them, and a screen that is such a part.
 */
import { html } from './html.js';
import { useEffect, useState } from '../vendor/hooks.js';
import { Notice } from './parts.js';
import { t } from '../text.js';

/** Fetch a part. `import()` is younger than ES2018, but every engine that speaks ES2018 has it (Chrome 63).
 * @param {string} name of a file in `late/`; the service worker keeps them all @returns {Promise<any>} what it exports */
export function late(name) {
  return import('../late/' + name);
}

/** @param {any} props `file` of `late/`, `name` of what it exports; the rest is the screen's */
export function Late(props) {
  const [found, setFound] = useState(/** @type {any} */ (null));
  useEffect(() => { late(props.file).then(setFound, () => setFound({ [props.name]: Missing })); }, [props.file]);
  return found ? html`<${found[props.name]} ...${props} />` : null;
}

/** A tab without a service worker has only what it fetched before the network went. @param {any} props */
function Missing({ app }) {
  return html`<main class="plain" id="main"><${Notice} kind="warn" title=${t('ui.trouble.network')} /><button class="big" onClick=${() => app.show('')}>${t('ui.back')}</button></main>`;
}
