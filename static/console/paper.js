/**
 * Paper: type in what was written on a sheet, line by line with the keyboard; it is sent as scans, like any other count.
 */
import { html } from '../views/html.js';
import { useRef, useState } from '../vendor/hooks.js';
import { Empty, Field, Form, Notice, trouble } from '../views/parts.js';
import { segment } from './address.js';
import { Loading, useLoad } from './load.js';
import { quantityOf, scansOf, wrongWith } from './writing.js';
import { amount, has, t } from '../text.js';

const MOST = 500;
const LINE = { code: '', lot: '', quantity: '' };

/** @param {any} props */
export function PaperPage({ app, code, sheet }) {
  const load = useLoad(app, '/api/v1/sheets/' + encodeURIComponent(sheet) + '/paper', { site: app.site });
  const count = '#/counts/' + encodeURIComponent(code);
  return html`<div>
    <p class="crumbs"><a href="#/counts">${t('ui.console.nav.counts')}</a> \u203a <a href=${count}>${code}</a></p>
    <${Loading} load=${load}>${load.data ? html`<${Enter} app=${app} paper=${load.data} count=${count} />` : null}<//>
    ${load.error ? html`<p><a class="button" href=${count}>${t('ui.back')}</a></p>` : null}
  </div>`;
}

/** @param {any} props */
function Enter({ app, paper, count }) {
  const place = useLoad(app, paper.check ? '/api/v1/locations/' + segment(paper.location) : null, { site: app.site });
  const [said, setSaid] = useState(() => Object.assign({ operator: paper.operator || '', check: '', empty: false, complete: null, others: [LINE] }, remembered(), { quantities: paper.rows.map(() => '') }));
  const [answer, setAnswer] = useState(/** @type {any} */ (null));
  const made = useRef(/** @type {any} */ (null));
  const change = (/** @type {any} */ some) => { made.current = null; setSaid(Object.assign({}, said, some)); };
  const blank = said.quantities.filter((/** @type {string} */ text) => !text.trim()).length;
  const complete = paper.whole && (said.complete === null ? blank === 0 : said.complete);
  const others = said.others.filter((/** @type {any} */ one) => one.code.trim() || one.quantity.trim());
  const written = { operator: said.operator, from: moment(said.day, said.from), to: moment(said.day, said.to), quantities: said.quantities, others, empty: said.empty, complete };
  const wrong = wrongWith(written);
  const elsewhere = !!said.check.trim() && !!place.data && place.data.check !== said.check.trim();
  const send = async () => {
    // The ids are made once: what is sent again after a lost answer counts once.
    const known = await Promise.all(others.map(async (/** @type {any} */ one) => {
      const found = await app.api('GET', '/api/v1/lookup', { query: { code: one.code.trim(), site: app.site } });
      return Object.assign({ known: found.status !== 200 || found.data.kind !== 'unknown' }, one);
    }));
    if (!made.current) made.current = { batch: app.newId(), stream: app.newId(), scans: scansOf(paper, Object.assign({}, written, { others: known }), app.newId) };
    const batch = Object.assign({ made: made.current.scans.length }, made.current);
    remember({ operator: said.operator, day: said.day, from: said.to, to: said.to });
    setAnswer(await app.api('POST', '/api/v1/scans', { query: { site: app.site }, body: batch }));
  };
  if (answer && answer.status === 200) return html`<${Done} receipts=${answer.data.receipts} scans=${made.current.scans} paper=${paper} count=${count} />`;
  if (!paper.may_count) return html`<${Empty} title=${t('ui.console.paper.counted_before', { location: paper.location })}>${t('ui.console.paper.counted_before_how')}<//>`;
  if (2 * (paper.rows.length + others.length) >= MOST) return html`<${Empty} title=${t('ui.console.paper.too_long')} />`;
  const rows = paper.rows.map((/** @type {any} */ row, /** @type {number} */ at) => html`<tr key=${at}><td>${row.name}<span class="code">${[row.sku, row.lot, row.serial].filter(Boolean).join(' \u00b7 ')}</span></td>
    <td class="num"><${Quantity} label=${t('ui.console.paper.counted_of', { about: [row.name, row.lot, row.serial].filter(Boolean).join(' ') })} value=${said.quantities[at]} onInput=${(/** @type {string} */ text) => change({ quantities: said.quantities.map((/** @type {string} */ one, /** @type {number} */ n) => (n === at ? text : one)) })} /> <span class="hint">${row.unit}</span></td></tr>`);
  const other = (/** @type {number} */ at, /** @type {any} */ some) => {
    const lines = said.others.map((/** @type {any} */ one, /** @type {number} */ n) => (n === at ? Object.assign({}, one, some) : one));
    return change({ others: lines[lines.length - 1].code ? lines.concat([LINE]) : lines });
  };
  const more = said.others.map((/** @type {any} */ one, /** @type {number} */ at) => html`<tr key=${'other-' + at}><td><div class="pair">
      <input type="text" maxlength="128" aria-label=${t('ui.console.paper.other', { n: at + 1 })} placeholder=${t('ui.console.paper.other_short')} value=${one.code} onInput=${(/** @type {any} */ event) => other(at, { code: event.target.value })} />
      <input type="text" maxlength="128" aria-label=${t('ui.console.paper.other_lot', { n: at + 1 })} placeholder=${t('ui.console.paper.lot')} value=${one.lot} onInput=${(/** @type {any} */ event) => other(at, { lot: event.target.value })} /></div></td>
    <td class="num"><${Quantity} label=${t('ui.console.paper.other_counted', { n: at + 1 })} value=${one.quantity} onInput=${(/** @type {string} */ quantity) => other(at, { quantity })} /> <span class="hint"></span></td></tr>`);
  return html`<div><h1>${t('ui.console.paper.title', { location: paper.location })} <span class="hint">${paper.sheet}</span></h1>
    <${Form} label=${t('ui.console.paper.title', { location: paper.location })} onSubmit=${wrong || elsewhere ? () => {} : send}>
      <fieldset><legend>${t('ui.console.paper.who')}</legend><div class="thirds">
        <${Field} id="paper-operator" label=${t('ui.console.people.badge')} value=${said.operator} maxlength=${128} autofocus=${true} onInput=${(/** @type {string} */ operator) => change({ operator })} />
        <${Field} id="paper-day" label=${t('ui.console.paper.day')} type="date" value=${said.day} onInput=${(/** @type {string} */ day) => change({ day })} />
        <${Field} id="paper-from" label=${t('ui.console.paper.from')} type="time" value=${said.from} onInput=${(/** @type {string} */ from) => change({ from })} />
        <${Field} id="paper-to" label=${t('ui.console.paper.to')} type="time" value=${said.to} onInput=${(/** @type {string} */ to) => change({ to })} />
        ${paper.check ? html`<${Field} id="paper-check" label=${t('ui.console.paper.check')} inputmode="numeric" maxlength=${2} value=${said.check} error=${elsewhere ? t('ui.console.paper.elsewhere') : null} onInput=${(/** @type {string} */ check) => change({ check })} />` : null}</div>
        <p class="hint">${t('ui.console.paper.times_how')} ${t('ui.console.paper.who_types')}</p></fieldset>
      <div class="scroll"><table class="paper" onKeyDown=${next} aria-label=${t('ui.console.paper.lines')}><thead><tr><th>${t('ui.console.review.product')}</th><th class="num">${t('ui.console.review.counted')}</th></tr></thead><tbody>${rows}${paper.whole ? more : null}</tbody></table></div>
      <p class="hint">${t('ui.console.paper.keys')}</p>
      ${paper.whole ? html`<label class="pick"><input type="checkbox" id="paper-empty" checked=${said.empty} onChange=${() => change({ empty: !said.empty })} /> <strong>${t('ui.console.paper.empty')}</strong></label>
      <label class="pick"><input type="checkbox" id="paper-complete" disabled=${said.empty} checked=${complete || said.empty} onChange=${() => change({ complete: !complete })} /> <strong>${t('ui.console.paper.complete')}</strong> <span class="hint block">${t('ui.console.paper.' + (complete ? 'blank_is_zero' : 'blank_is_blank'), { n: amount(blank) })}</span></label>` : null}
      ${answer ? html`<${Notice} kind="bad" title=${t('ui.console.not_done')}>${trouble(answer)}<//>` : null}
      <p class="hint" role="status">${wrong ? t('ui.console.paper.wrong.' + wrong) : t('ui.console.paper.tally', { counted: amount(said.quantities.concat(others.map((/** @type {any} */ one) => one.quantity)).filter((/** @type {string} */ text) => text.trim()).length), zero: amount(said.quantities.filter((/** @type {string} */ text) => text.trim() && Number(quantityOf(text)) === 0).length), blank: amount(blank) })}</p>
      <button class="big primary" type="submit" disabled=${!!wrong || elsewhere}>${t('ui.console.paper.send')}</button>
    <//></div>`;
}

/** @param {any} props */
function Quantity({ label, value, onInput }) {
  return html`<input type="text" class="quantity" inputmode="decimal" autocomplete="off" maxlength="20" aria-label=${label} aria-invalid=${quantityOf(value) === null ? 'true' : 'false'} value=${value} onInput=${(/** @type {any} */ event) => onInput(event.target.value)} />`;
}

/** What became of it. @param {any} props */
function Done({ receipts, scans, paper, count }) {
  const refused = receipts.map((/** @type {any} */ receipt, /** @type {number} */ at) => ({ receipt, scan: scans[at] })).filter((/** @type {any} */ one) => one.receipt.outcome === 'refused' || one.receipt.status === 'malformed');
  const unknown = receipts.some((/** @type {any} */ one) => (one.warnings || []).indexOf('unknown_operator') >= 0);
  return html`<div><h1>${t('ui.console.paper.title', { location: paper.location })} <span class="hint">${paper.sheet}</span></h1>
    <${Notice} kind="good" title=${t('ui.console.paper.sent')}>${t('ui.console.paper.sent_how')}<//>
    ${unknown ? html`<${Notice} kind="warn" title=${t('ui.console.review.unknown_operator')} />` : null}
    ${refused.length ? html`<${Notice} kind="warn" title=${t('ui.console.paper.refused')}>${refused.map((/** @type {any} */ one) => html`<span class="block">${[one.scan.barcode || one.scan.task, has('reasons.' + one.receipt.reason) ? t('reasons.' + one.receipt.reason) : one.receipt.reason].join(': ')}</span>`)}<//>` : null}
    <p><a class="button primary" href=${count} id="paper-back">${t('ui.console.paper.back')}</a></p></div>`;
}

/** Enter and the arrows go from line to line, as a hand does on paper. @param {any} event */
function next(event) {
  const by = { Enter: 1, ArrowDown: 1, ArrowUp: -1 }[/** @type {'Enter'} */ (event.key)];
  if (!by || !event.target.classList.contains('quantity')) return;
  const all = Array.from(event.currentTarget.querySelectorAll('.quantity'));
  const to = /** @type {any} */ (all[all.indexOf(event.target) + by]);
  if (!to && event.key !== 'Enter') return;
  event.preventDefault();
  if (to) to.focus();
  else event.currentTarget.closest('form').querySelector('[type=submit]').focus();
}

/** @param {string} day @param {string} time as a person writes them here @returns {string} ISO, or '' */
function moment(day, time) {
  const at = new Date((day || '') + 'T' + (time || ''));
  return isNaN(at.getTime()) ? '' : at.toISOString();
}

/** Who counted last, and until when: one stack of paper is often one person's. @returns {any} */
function remembered() {
  const now = new Date();
  const two = (/** @type {number} */ n) => ('0' + n).slice(-2);
  const today = now.getFullYear() + '-' + two(now.getMonth() + 1) + '-' + two(now.getDate());
  try {
    return Object.assign({ day: today, from: '', to: '' }, JSON.parse(sessionStorage.getItem('paper') || '{}'));
  } catch (forbidden) {
    return { day: today, from: '', to: '' };
  }
}

/** @param {any} said */
function remember(said) {
  try {
    sessionStorage.setItem('paper', JSON.stringify(said));
  } catch (forbidden) {
    // only a comfort
  }
}
