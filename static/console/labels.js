/**
 * Labels: of what, on what, how many; the first one is shown as it will be, then all are downloaded or printed.
 */
import { html } from '../views/html.js';
import { useEffect, useRef, useState } from '../vendor/hooks.js';
import { Empty, Field, Notice, trouble } from '../views/parts.js';
import { Select } from '../views/select.js';
import { Loading, useLoad } from './load.js';
import { amount, t } from '../text.js';

/** Milliseconds without a key before the server is asked. */
const REST = 400;
/** Of symbols; the same in every language. */
const NAMES = { code128: 'Code 128', ean13: 'EAN-13', ean8: 'EAN-8', upca: 'UPC-A', itf14: 'ITF-14', gs1_128: 'GS1-128', gs1_datamatrix: 'GS1 Data Matrix', qr: 'QR' };

/** @param {any} props */
export function Labels({ app, of, codes }) {
  const load = useLoad(app, '/api/v1/labels', {});
  return html`<div><h1>${t('ui.console.nav.labels')}</h1>
    <${Loading} load=${load}>${load.data ? html`<${Choose} app=${app} offer=${load.data} of=${of} codes=${codes} />` : null}<//></div>`;
}

/** @param {any} props `of` and `codes` where another page says what is wanted */
function Choose({ app, offer, of, codes }) {
  const [said, setSaid] = useState({ of: offer.of.indexOf(of) < 0 ? 'locations' : of, codes: codes || '', product: '', symbol: '', stock: 'roll-100x50', copies: '1', skip: '0' });
  const [answer, setAnswer] = useState(/** @type {any} */ (null));
  const stock = offer.stocks.filter((/** @type {any} */ one) => one.name === said.stock)[0];
  const body = wanted(app, said, stock);
  const key = JSON.stringify(body);
  const current = useRef(key);
  current.current = key;
  useEffect(() => {
    setAnswer(null);
    if (!body) return undefined;
    const timer = setTimeout(async () => {
      const plan = await app.api('POST', '/api/v1/labels/plan', { body });
      if (current.current === key) setAnswer(plan);
    }, REST);
    return () => clearTimeout(timer);
  }, [key]);
  const set = (/** @type {string} */ name) => (/** @type {string} */ value) => setSaid(Object.assign({}, said, { [name]: value }));
  const turn = (/** @type {string} */ kind) => setSaid(Object.assign({}, said, { of: kind, codes: '', product: said.of === 'products' ? said.codes.split('\n')[0].trim() : '' }));
  return html`<div>
    <div class="halves"><${Select} id="label-of" label=${t('ui.console.labels.of')} value=${said.of} onInput=${turn} options=${offer.of.map((/** @type {string} */ value) => ({ value, label: t('ui.console.labels.things.' + value) }))} />
      <${Select} id="label-symbol" label=${t('ui.console.labels.symbol')} value=${said.symbol} onInput=${set('symbol')} options=${[{ value: '', label: t('ui.console.labels.fitting') }].concat(offer.symbols.map((/** @type {string} */ value) => ({ value, label: NAMES[/** @type {'qr'} */ (value)] || value })))} /></div>
    ${said.of === 'lots' ? html`<${Field} id="label-product" label=${t('ui.console.labels.product')} value=${said.product} onInput=${set('product')} maxlength=${128} />` : null}
    <div class="field"><label for="label-codes">${t('ui.console.labels.codes')}</label><p class="hint" id="label-codes-hint">${t('ui.console.labels.codes_how')}</p>
      <textarea id="label-codes" rows="3" autocomplete="off" autocapitalize="off" spellcheck=${false} aria-describedby="label-codes-hint" value=${said.codes} onInput=${(/** @type {any} */ event) => set('codes')(event.target.value)}></textarea></div>
    <div class="halves"><${Select} id="label-stock" label=${t('ui.console.labels.stock')} value=${said.stock} onInput=${set('stock')} options=${offer.stocks.map((/** @type {any} */ one) => ({ value: one.name, label: size(one) }))} />
      <${Field} id="label-copies" label=${t('ui.console.labels.copies')} inputmode="numeric" value=${said.copies} onInput=${set('copies')} maxlength=${4} />
      ${stock.sheet ? html`<${Field} id="label-skip" label=${t('ui.console.labels.skip')} inputmode="numeric" value=${said.skip} onInput=${set('skip')} maxlength=${2} />` : null}</div>
    <div aria-live="polite">
      ${!body ? html`<${Empty} title=${t('ui.console.labels.none')}>${t('ui.console.labels.none_how')}<//>` : null}
      ${body && answer && answer.status !== 200 ? html`<${Notice} kind="bad" title=${t('ui.console.not_done')}>${trouble(answer)}<//>` : null}
      ${body && answer && answer.status === 200 ? html`<${Made} app=${app} offer=${offer} body=${body} plan=${answer.data} stock=${stock} key=${key} />` : null}
    </div>
  </div>`;
}

/** What would be made, and the ways to get it. @param {any} props */
function Made({ app, offer, body, plan, stock }) {
  const [error, setError] = useState('');
  const [sent, setSent] = useState(/** @type {any} */ (null));
  const [busy, setBusy] = useState(false);
  const once = (/** @type {() => Promise<any>} */ work) => async () => {
    setBusy(true);
    setError('');
    setSent(null);
    await work();
    setBusy(false);
  };
  const download = (/** @type {string} */ format, /** @type {number} */ dpi) => once(async () => {
    const answer = await app.api('POST', '/api/v1/labels/files', { body: Object.assign({ format, dpi }, body), file: true });
    if (answer.status === 200) save(answer.data, 'labels.' + format);
    else setError(trouble(answer));
  });
  const print = (/** @type {string} */ printer) => once(async () => {
    const answer = await app.api('POST', '/api/v1/labels/prints', { body: Object.assign({ printer }, body) });
    if (answer.status === 200) setSent(answer.data);
    else setError(trouble(answer));
  });
  const button = (/** @type {string} */ text, /** @type {any} */ onClick, /** @type {string} */ kind) => html`<button class=${kind} disabled=${busy} onClick=${onClick}>${text}</button>`;
  const get = (/** @type {string} */ format, /** @type {number} */ dpi, /** @type {string} */ name) => button(t('ui.console.labels.download', { format: name }), download(format, dpi), '');
  return html`<section class="panel labels">
    <img src=${picture(body)} alt=${t('ui.console.labels.preview', { text: plan.first })} />
    <div>
      <h2>${t('ui.console.labels.plan', { labels: amount(plan.labels) })} <small class="hint">${stock.sheet ? t('ui.console.labels.on_pages', { pages: amount(plan.pages) }) : ''}</small></h2>
      ${error ? html`<${Notice} kind="bad" title=${t('ui.console.not_done')}>${error}<//>` : null}
      ${sent ? html`<${Notice} kind="good" title=${t('ui.console.labels.printed', { n: amount(sent.labels), printer: sent.printer })} />` : null}
      ${stock.sheet ? null : html`<p>${offer.printers.map((/** @type {any} */ one) => [button(t('ui.console.labels.print', { printer: one.name }), print(one.name), 'primary'), ' '])}</p>`}
      <p>${get('pdf', 203, 'PDF')} ${stock.sheet ? null : [get('zpl', 203, 'ZPL, 203 dpi'), ' ', get('zpl', 300, 'ZPL, 300 dpi')]}
        ${plan.labels === 1 ? [' ', get('svg', 203, 'SVG'), ' ', get('png', 203, 'PNG')] : null}</p>
      <p class="hint">${t('ui.console.labels.true_size')} ${offer.printers.length ? null : t('ui.console.labels.no_printer')}</p>
    </div>
  </section>`;
}

/** What the form asks for; null where nothing was typed. One line with * or ? is a pattern. @param {any} app @param {any} said @param {any} stock */
function wanted(app, said, stock) {
  const lines = said.codes.split('\n').map((/** @type {string} */ line) => line.trim()).filter(Boolean);
  if (!lines.length || (said.of === 'lots' && !said.product.trim())) return null;
  return Object.assign(
    { of: said.of, stock: said.stock, copies: number(said.copies, 1), skip: stock.sheet ? number(said.skip, 0) : 0, site: app.site },
    lines.length === 1 && /[*?]/.test(lines[0]) ? { pattern: lines[0] } : { codes: lines },
    said.symbol ? { symbol: said.symbol } : {},
    said.of === 'lots' ? { product: said.product.trim() } : {},
  );
}

/** What a field says; a text that is no number is left to the server, which tells what is wrong with it. @param {string} said @param {number} empty @returns {number | string} */
function number(said, empty) {
  const text = said.trim();
  return text === '' ? empty : /^[0-9]+$/.test(text) ? Number(text) : text;
}

/** Where the picture of the first label is. @param {any} body @returns {string} */
function picture(body) {
  const { of, stock, site, pattern, symbol, product, codes } = body;
  /** @type {Object.<string, string | undefined>} */
  const query = { of, stock, site, pattern, symbol, product, code: codes && codes[0] };
  const parts = Object.keys(query).filter((name) => query[name] !== undefined).map((name) => name + '=' + encodeURIComponent(String(query[name])));
  return '/api/v1/labels/preview.svg?' + parts.join('&');
}

/** @param {any} one a stock @returns {string} */
function size(one) {
  const mm = amount(one.width) + ' \u00d7 ' + amount(one.height);
  return one.sheet ? t('ui.console.labels.sheet', { page: /^a4/.test(one.name) ? 'A4' : 'Letter', n: one.per_page, size: mm }) : t('ui.console.labels.roll', { size: mm });
}

/** @param {Blob} file @param {string} name */
function save(file, name) {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(file);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60000);
}
