/**
 * Products and locations found by name or code on this device; touching one is like scanning it.
 */
import { html } from './html.js';
import { useEffect, useState } from '../vendor/hooks.js';
import { ignorance } from './look.js';
import { More } from './parts.js';
import { prompt } from '../dialog.js';
import { t } from '../text.js';

const SHOWN = 40;
const PATIENCE = 60;

/** @param {any} props */
export function Hits({ app, question, onChoose }) {
  const [hits, setHits] = useState(/** @type {any} */ (null));
  const due = prompt(app.shift.state.flow);
  useEffect(() => {
    const timer = setTimeout(() => app.catalogue.search(question, SHOWN, !/location|source|target/.test(due)).then((/** @type {any} */ found) => found && setHits(found)), PATIENCE);
    return () => clearTimeout(timer);
  }, [question, due]);
  useEffect(() => () => app.catalogue.forget(), []);
  if (!hits || !question.trim()) return null;
  const item = (/** @type {string} */ code, /** @type {string} */ name, /** @type {boolean} */ archived) => html`<li key=${code}><button type="button" class="big hit" onClick=${() => onChoose(code)}>${name}<span class="code">${code}${archived ? ' \u00b7 ' + t('ui.look.archived') : ''}</span></button></li>`;
  return html`<section class="hits" aria-live="polite" data-hits=${question}>
    ${hits.total === 0 ? html`<p class="hint">${t('ui.look.no_hit')}: ${ignorance(app)}</p>` : null}
    <ul>${hits.products.map((/** @type {any} */ one) => item(app.catalogue.codeOf(one), one.name, one.archived))}${hits.places.map((/** @type {any} */ one) => item(one.code, one.name, one.archived))}</ul>
    <${More} n=${hits.total - hits.places.length - hits.products.length} />
  </section>`;
}
