/**
 * Scan anything: what it is, where it is or what is here, and what happened to it, with people and devices. A code that nobody
 * knows can be linked to a product on the spot; no stock changes by that.
 */
import { html } from '../views/html.js';
import { useEffect, useRef, useState } from '../vendor/hooks.js';
import { Empty, Field, Form, Notice, trouble } from '../views/parts.js';
import { Cases } from './cases.js';
import { SUPERVISOR, may } from './may.js';
import { PickProduct } from './pick.js';
import { amount, has, t, visible, when } from '../text.js';

const REMEMBERED = 8;
const TOLD = ['gtin', 'lot', 'serial', 'expiry', 'quantity', 'measures', 'sscc', 'gln', 'extension', 'price', 'aim'];

/** @param {any} props `given`: the code with which another page sends somebody here */
export function Anything({ app, given }) {
  const [code, setCode] = useState('');
  const [found, setFound] = useState(/** @type {any} */ (null));
  const [past, setPast] = useState(/** @type {string[]} */ ([]));
  const [error, setError] = useState('');
  const turn = useRef(0);
  const ask = async (/** @type {string} */ text) => {
    const asked = text.trim();
    if (!asked) return;
    turn.current += 1;
    const mine = turn.current;
    setError('');
    setCode('');
    const [look, happened] = await Promise.all(['lookup', 'history'].map((what) => app.api('GET', '/api/v1/' + what, { query: { code: asked, site: app.site } })));
    if (mine !== turn.current) return;
    if (look.status !== 200) return setError(trouble(look));
    setFound({ look: look.data, happened: happened.status === 200 ? happened.data.rows : null });
    setPast([asked].concat(past.filter((one) => one !== asked)).slice(0, REMEMBERED));
  };
  useEffect(() => { if (given) ask(given); }, [given]);
  useEffect(() => {
    document.addEventListener('keydown', toField);
    return () => document.removeEventListener('keydown', toField);
  }, []);
  return html`<div>
    <h1>${t('ui.console.nav.anything')}</h1>
    <${Form} label=${t('ui.console.nav.anything')} onSubmit=${() => ask(code)}>
      <div class="inline" onKeyDown=${(/** @type {any} */ event) => separated(event, setCode)}><${Field} id="any-code" label=${t('ui.console.anything.code')} value=${code} onInput=${setCode} autofocus=${true} maxlength=${8192} /><button class="primary" type="submit" disabled=${!code.trim()}>${t('ui.console.stock.ask')}</button></div>
    <//>
    ${past.length > 1 ? html`<p class="tabs" role="group" aria-label=${t('ui.console.anything.past')}>${past.slice(1).map((one) => html`<button key=${one} onClick=${() => ask(one)}>${visible(one).slice(0, 30)}</button>`)}</p>` : null}
    ${error ? html`<${Notice} kind="bad" title=${t('ui.console.failed')}>${error}<//>` : null}
    <div aria-live="polite">${found ? html`<${Answer} key=${found.look.code} app=${app} found=${found} onAgain=${() => ask(found.look.code)} />` : html`<${Empty} title=${t('ui.console.anything.empty')}>${t('ui.console.anything.how')}<//>`}</div>
  </div>`;
}

/**
 * Put what is typed while no field has the focus into ours: whoever clicked beside it scans on. Some guns say Alt with each key, and ] is
 * typed with Ctrl and Alt on a German keyboard. @param {KeyboardEvent} event
 */
function toField(event) {
  const { key, ctrlKey, altKey, metaKey } = event;
  const there = document.activeElement;
  if (key.length !== 1 || key === ' ' || metaKey || (ctrlKey && !altKey) || (there && /^(INPUT|TEXTAREA|SELECT)$/.test(there.tagName))) return;
  const field = document.getElementById('any-code');
  if (field) field.focus();
}

/** Take the keys as which a gun at a desk types GS (FNC1): a text field has none for it. @param {any} event @param {(code: string) => void} onCode */
function separated(event, onCode) {
  if (!event.target.value || !(event.key === 'F8' || (event.ctrlKey && event.key === ']'))) return;
  event.preventDefault();
  event.target.value += '\u001d';
  onCode(event.target.value);
}

/** @param {any} props */
function Answer({ app, found, onAgain }) {
  const { look, happened } = found;
  const rows = look.here.length ? look.here : look.at;
  const place = look.kind === 'location';
  const barcodes = !place && look.candidates.length === 1 ? look.candidates[0].barcodes : [];
  return html`<div data-kind=${look.kind}>
    <section class="panel"><p><span class="tag">${t('ui.console.anything.kinds.' + look.kind)}</span> <span class="raw">${visible(look.code)}</span></p>
      ${look.candidates.map((/** @type {any} */ one) => html`<${What} key=${one.code || one.sku} one=${one} />`)}
      ${look.candidates.length > 1 ? html`<p class="hint">${t('ui.console.anything.ambiguous')}</p>` : null}
      <${Says} parts=${look.parts} />
      ${look.parts.in_store ? html`<p class="hint">${t('ui.console.anything.in_store')}</p>` : null}
      ${look.refused && look.refused.why !== 'check_digit' ? html`<${Notice} kind="warn" title=${t('ui.console.anything.not_gs1')}>${wrong(look.refused)}<//>` : null}
      ${look.warnings.map((/** @type {string} */ one) => html`<${Notice} key=${one} kind="warn" title=${has('warnings.' + one) ? t('warnings.' + one) : has('ui.console.anything.warnings.' + one) ? t('ui.console.anything.warnings.' + one) : one} />`)}
      ${look.kind === 'unknown' && may(app, SUPERVISOR) ? html`<${Link} app=${app} code=${look.code} onDone=${onAgain} />` : null}
    </section>
    ${look.candidates.length === 1 ? html`<h2>${t(place ? 'ui.console.anything.here' : 'ui.console.anything.where')}</h2>${rows.length ? html`<${Rows} rows=${rows} place=${place} barcodes=${barcodes} />` : html`<${Empty} title=${t('ui.console.stock.none')} />`}
    <h2>${t('ui.console.anything.happened')}</h2>${happened && happened.length ? html`<${Happened} rows=${happened} place=${place} />` : html`<${Empty} title=${t('ui.console.anything.nothing')} />`}` : null}
  </div>`;
}

/** @param {any} props */
function What({ one }) {
  if (one.code) return html`<p><strong>${one.name}</strong> <span class="code">${one.code}</span> <span class="hint">${one.parent || ''}</span> <a href=${'#/locations/' + encodeURIComponent(one.code)}>${t('ui.console.anything.open')}</a></p>`;
  return html`<p><strong>${one.name}</strong> <span class="code">${one.sku}</span> ${one.quantity && one.quantity !== '1' ? html`<span class="tag">${t('ui.console.anything.means', { quantity: amount(one.quantity), unit: one.unit })}</span>` : null} <a href=${'#/products/' + encodeURIComponent(one.sku)}>${t('ui.console.anything.open')}</a></p>`;
}

/** What the code itself says. @param {any} props */
function Says({ parts }) {
  const told = TOLD.filter((name) => parts[name] !== undefined);
  const shown = (/** @type {string} */ name) => name === 'measures' ? Object.entries(parts.measures).map(([unit, much]) => amount(much) + ' ' + unit).join(', ') : visible(String(parts[name]));
  return told.length ? html`<dl class="says">${told.map((name) => html`<div key=${name}><dt>${t('ui.console.anything.parts.' + name)}</dt><dd>${shown(name)}</dd></div>`)}</dl>` : null;
}

/** What GS1 has against a code. @param {{why: string, ai: string | null}} refused */
function wrong({ why, ai }) {
  const key = 'ui.console.anything.refused.' + why;
  return t(has(key) ? key : 'ui.console.anything.refused.data', { ai: ai || '' });
}

/** @param {any} props */
function Rows({ rows, place, barcodes }) {
  return html`<div class="scroll"><table><thead><tr><th>${t(place ? 'ui.console.review.product' : 'ui.console.review.location')}</th><th>${t('ui.console.stock.lot')}</th><th class="num">${t('ui.console.stock.on_hand')}</th></tr></thead>
    <tbody>${rows.map((/** @type {any} */ row) => html`<tr><td>${place ? html`<a href=${'#/products/' + encodeURIComponent(row.sku)}>${row.name}</a><span class="code">${row.sku}</span>` : html`<a href=${'#/locations/' + encodeURIComponent(row.location)}>${row.location}</a>`}</td><td>${[row.lot, row.serial, row.expiry].filter(Boolean).join(' \u00b7 ')}</td>
      <td class="num strong">${amount(row.quantity)} <span class="hint">${row.unit}</span>${place && row.packed ? html`<span class="hint block">${row.packed}</span>` : html`<${Cases} quantity=${row.quantity} barcodes=${barcodes} />`} ${row.held ? html`<span class="tag warn">! ${t('ui.console.stock.held')}</span>` : null}</td></tr>`)}</tbody></table></div>`;
}

/** @param {any} props */
function Happened({ rows, place }) {
  return html`<div class="scroll"><table><thead><tr><th>${t('ui.console.anything.when')}</th><th>${t('ui.console.anything.what')}</th><th class="num">${t('ui.console.anything.quantity')}</th><th>${t('ui.console.anything.way')}</th><th>${t('ui.console.anything.who')}</th></tr></thead>
    <tbody>${rows.map((/** @type {any} */ row) => html`<tr key=${row.journal}><td>${when(row.at)}</td><td>${has('tasks.' + row.deed) ? t('tasks.' + row.deed) : t('ui.console.anything.deeds.' + row.deed)}${row.reason_code ? html`<span class="hint block">${row.reason_code}</span>` : null}${place ? html`<span class="block">${row.name}<span class="code">${row.sku}</span></span>` : null}</td>
      <td class="num strong">${row.quantity === null ? row.lot ? null : t('ui.console.lots.all') : html`${amount(row.quantity)} <span class="hint">${row.unit}</span>`}<span class="hint block">${[row.lot, row.serial].filter(Boolean).join(' \u00b7 ')}</span></td>
      <td>${row.source}${row.target ? ' \u2192 ' + row.target : ''}${row.sheet ? html`<span class="hint block">${row.sheet}</span>` : null}</td><td>${row.person || row.operator || ''}<span class="hint block">${row.device || ''}</span></td></tr>`)}</tbody></table></div>`;
}

/** Link a code to a product: it is learned, no stock changes. @param {any} props */
function Link({ app, code, onDone }) {
  const [product, setProduct] = useState(/** @type {any} */ (null));
  const [quantity, setQuantity] = useState('1');
  const [error, setError] = useState('');
  const link = async () => {
    setError('');
    const body = { code, sku: product.sku, quantity: quantity.trim() || '1', post: false };
    const answer = await app.api('POST', '/api/v1/unknown-codes/matches', { query: { site: app.site }, body });
    if (answer.status === 200) onDone();
    else setError(trouble(answer));
  };
  return html`<${Form} label=${t('ui.console.anything.link')} onSubmit=${link}><h2>${t('ui.console.anything.link')}</h2><p class="hint">${t('ui.console.anything.link_how')} <a href="#/unknown">${t('ui.console.nav.unknown')}</a></p>
    <${PickProduct} app=${app} id="link-product" label=${t('ui.console.review.product')} chosen=${product} onChoose=${setProduct} />
    ${product ? html`<div class="inline"><${Field} id="link-means" label=${t('ui.console.unknown.means')} value=${quantity} onInput=${setQuantity} inputmode="decimal" maxlength=${19} /><button class="primary" type="submit">${t('ui.console.anything.do_link')}</button></div>` : null}
    ${error ? html`<${Notice} kind="bad" title=${t('ui.console.not_done')}>${error}<//>` : null}<//>`;
}
