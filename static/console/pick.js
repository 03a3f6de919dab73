/**
 * Pick a product: what is typed is searched for, what is found is chosen; a barcode may be scanned into it too.
 */
import { html } from '../views/html.js';
import { useEffect, useState } from '../vendor/hooks.js';
import { Field } from '../views/parts.js';
import { t } from '../text.js';

const REST = 250;
const SHOWN = 8;

/** @param {any} props */
export function PickProduct({ app, id, label, chosen, onChoose, autofocus }) {
  const [text, setText] = useState('');
  const [rows, setRows] = useState(/** @type {any[] | null} */ (null));
  useEffect(() => {
    const search = text.trim();
    if (!search) return setRows(null);
    let current = true;
    const timer = setTimeout(async () => {
      const answer = await app.api('GET', '/api/v1/products', { query: { search, archived: 0, limit: SHOWN } });
      if (current && answer.status === 200) setRows(answer.data.rows);
    }, REST);
    return () => { current = false; clearTimeout(timer); };
  }, [text]);
  if (chosen) return html`<p class="inline"><span>${label}: <strong>${chosen.name}</strong> <span class="code">${chosen.sku}</span></span> <button type="button" onClick=${() => onChoose(null)}>${t('ui.console.pick.other')}</button></p>`;
  return html`<div>
    <${Field} id=${id} label=${label} value=${text} onInput=${setText} autofocus=${autofocus} />
    <div class="picks" role="group" aria-label=${t('ui.console.pick.found')} aria-live="polite">${rows === null ? html`<p class="hint">${t('ui.console.pick.how')}</p>` : rows.length ? rows.map((row) => html`<button type="button" key=${row.sku} onClick=${() => { onChoose(row); setText(''); }}><strong>${row.name}</strong> <span class="code">${row.sku}</span></button>`) : html`<p class="hint">${t('ui.console.pick.none')}</p>`}</div>
  </div>`;
}
