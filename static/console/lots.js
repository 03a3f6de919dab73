/**
 * Lots: what expires when, as bars and as rows; what is held and why; hold, release, and say when a lot expires.
 */
import { html } from '../views/html.js';
import { useState } from '../vendor/hooks.js';
import { Empty, Field, Form, More, Notice, trouble } from '../views/parts.js';
import { Loading, useLoad } from './load.js';
import { SUPERVISOR, may } from './may.js';
import { money } from './money.js';
import { amount, t, when } from '../text.js';

const AHEAD = [7, 30, 90, 180, 365, 730];
const SHOWN = 200;
/** Days left at which the bars part; the first holds what has expired. */
const PARTS = [-1, 7, 30, 90, 180, 365, 730];

/** @param {any} props */
export function Lots({ app }) {
  const [days, setDays] = useState(90);
  const life = useLoad(app, '/api/v1/shelf-life', { site: app.site, days });
  const held = useLoad(app, '/api/v1/holds', { site: app.site, limit: 500 });
  const [error, setError] = useState('');
  const again = async () => { await Promise.all([life.again(), held.again()]); };
  /** @param {'POST' | 'PUT'} method @param {string} path @param {any} body @returns {Promise<boolean>} */
  const say = async (method, path, body) => {
    setError('');
    const answer = await app.api(method, path, { query: { site: app.site }, body });
    if (answer.status !== 200) setError(trouble(answer));
    await again();
    return answer.status === 200;
  };
  const hold = (/** @type {any} */ row, /** @type {boolean} */ on, /** @type {string} */ reason) => say('POST', '/api/v1/holds', { sku: row.sku, lot: row.lot || null, held: on, reason });
  const trusted = may(app, SUPERVISOR);
  return html`<div>
    <h1>${t('ui.console.nav.lots')}</h1>
    ${error ? html`<${Notice} kind="bad" title=${t('ui.console.not_done')}>${error}<//>` : null}
    <section aria-labelledby="life"><div class="between"><h2 id="life">${t('ui.console.lots.life')}</h2>
      <label>${t('ui.console.lots.ahead')} <select value=${days} onInput=${(/** @type {any} */ event) => setDays(Number(event.target.value))}>
        ${AHEAD.map((n) => html`<option value=${n} selected=${n === days}>${t('ui.console.lots.days', { n })}</option>`)}</select></label>
      <a class="button" download href=${'/api/v1/shelf-life.csv?days=' + days + '&site=' + encodeURIComponent(app.site)}>${t('ui.console.review.download')} CSV</a></div>
      <${Loading} load=${life}>${life.data && life.data.rows.length ? html`<${Bars} rows=${life.data.rows} days=${days} /><${Rows} rows=${life.data.rows} more=${life.data.more} onHold=${trusted && hold} />`
        : html`<${Empty} title=${t('ui.console.lots.nothing', { n: days })} />`}<//></section>
    <section aria-labelledby="held"><h2 id="held">${t('ui.console.lots.held')}</h2>
      <${Loading} load=${held}>${held.data && held.data.rows.length ? html`<${Held} rows=${held.data.rows} onHold=${trusted && hold} />` : html`<${Empty} title=${t('ui.console.lots.nothing_held')} />`}<//></section>
    ${trusted ? html`<${One} onSay=${say} />` : null}
  </div>`;
}

/** How many places hold something that expires within so many days. @param {any} props */
function Bars({ rows, days }) {
  const edges = PARTS.filter((edge) => edge < days).concat(days);
  const bars = edges.map((edge, i) => ({
    label: edge < 0 ? t('ui.console.lots.expired') : t('ui.console.lots.within', { n: edge }),
    n: rows.filter((/** @type {any} */ row) => row.days_left <= edge && (i === 0 || row.days_left > edges[i - 1])).length,
  }));
  const most = Math.max(...bars.map((bar) => bar.n), 1);
  return html`<dl class="bars">${bars.map((bar, i) => html`<div><dt>${bar.label}</dt><dd><svg aria-hidden="true" class=${i === 0 ? 'bad' : i === 1 ? 'warn' : ''} viewBox="0 0 100 10" preserveAspectRatio="none"><rect width=${(100 * bar.n) / most} height="10" /></svg> ${amount(bar.n)}</dd></div>`)}</dl>`;
}

/** @param {any} props */
function Rows({ rows, more, onHold }) {
  return html`<div class="scroll"><table><thead><tr><th>${t('ui.console.lots.expires')}</th><th>${t('ui.console.review.product')}</th><th>${t('ui.console.stock.lot')}</th><th>${t('ui.console.review.location')}</th>
    <th class="num">${t('ui.console.stock.on_hand')}</th><th class="num">${t('ui.console.review.value')}</th><th></th></tr></thead>
    <tbody>${rows.slice(0, SHOWN).map((/** @type {any} */ row) => html`<tr><td>${row.expiry}<span class=${'tag ' + (row.days_left < 0 ? 'bad' : row.days_left <= 7 ? 'warn' : '')}>${row.days_left < 0 ? t('ui.console.lots.ago', { n: -row.days_left }) : t('ui.console.lots.left', { n: row.days_left })}</span></td>
      <td>${row.name}<span class="code">${row.sku}</span></td><td>${row.lot}</td><td>${row.location}</td><td class="num strong">${amount(row.quantity)} <span class="hint">${row.unit}</span></td>
      <td class="num">${row.value === null ? '' : money(row.value)}</td><td><${Hold} row=${row} onHold=${onHold} /></td></tr>`)}</tbody></table></div><${More} n=${rows.length - SHOWN} />
    ${more ? html`<p class="hint">${t('ui.console.lots.all_in_file')}</p>` : null}`;
}

/** @param {any} props */
function Held({ rows, onHold }) {
  return html`<div class="scroll"><table><thead><tr><th>${t('ui.console.review.product')}</th><th>${t('ui.console.stock.lot')}</th><th>${t('ui.console.reason')}</th><th>${t('ui.console.lots.since')}</th><th class="num">${t('ui.console.stock.on_hand')}</th><th></th></tr></thead>
    <tbody>${rows.map((/** @type {any} */ row) => html`<tr><td>${row.name}<span class="code">${row.sku}</span></td><td>${row.lot || t('ui.console.lots.all')}</td><td>${row.reason || ''}</td>
      <td>${when(row.since)} <span class="hint">${row.person || ''}</span></td><td class="num strong">${amount(row.quantity)} <span class="hint">${row.unit}</span></td><td><${Hold} row=${row} onHold=${onHold} /></td></tr>`)}</tbody></table></div>`;
}

/** The lots of one product. @param {any} props */
export function LotsOf({ app, sku }) {
  const load = useLoad(app, '/api/v1/lots', { site: app.site, sku, limit: 500 });
  const [error, setError] = useState('');
  const hold = async (/** @type {any} */ row, /** @type {boolean} */ held, /** @type {string} */ reason) => {
    setError('');
    const answer = await app.api('POST', '/api/v1/holds', { query: { site: app.site }, body: { sku, lot: row.lot, held, reason } });
    if (answer.status !== 200) setError(trouble(answer));
    await load.again();
    return answer.status === 200;
  };
  return html`<section><h2>${t('ui.console.nav.lots')}</h2>${error ? html`<${Notice} kind="bad" title=${t('ui.console.not_done')}>${error}<//>` : null}
    <${Loading} load=${load}>${load.data && load.data.rows.length ? html`<div class="scroll"><table><thead><tr><th>${t('ui.console.stock.lot')}</th><th>${t('ui.console.lots.expires')}</th><th class="num">${t('ui.console.stock.on_hand')}</th><th>${t('ui.console.reason')}</th><th></th></tr></thead>
      <tbody>${load.data.rows.map((/** @type {any} */ row) => html`<tr key=${row.lot}><td>${row.lot}</td><td>${row.expiry || ''}</td><td class="num strong">${amount(row.quantity)} <span class="hint">${row.unit}</span></td><td>${row.reason || ''}</td><td><${Hold} row=${row} onHold=${may(app, SUPERVISOR) && hold} /></td></tr>`)}</tbody></table></div>
      ${load.data.next === null ? null : html`<p class="hint">${t('ui.console.lots.first', { n: load.data.rows.length })}</p>`}` : html`<p class="hint">${t('ui.console.lots.none')}</p>`}<//></section>`;
}

/** Hold or release, once a reason is given. @param {any} props */
function Hold({ row, onHold }) {
  const [reason, setReason] = useState(/** @type {string | null} */ (null));
  const about = [row.sku, row.lot].filter(Boolean).join(' ');
  const word = t('ui.console.lots.' + (row.held ? 'release' : 'hold'));
  const state = row.held ? html`<span class="tag warn">! ${t('ui.console.stock.held')}</span> ` : null;
  if (!onHold) return state;
  if (reason === null) return html`${state}<button aria-label=${word + ' ' + about} onClick=${() => setReason('')}>${word}</button>`;
  return html`${state}<${Form} label=${word + ' ' + about} onSubmit=${async () => { if (await onHold(row, !row.held, reason.trim())) setReason(null); }}>
    <div class="inline"><${Field} id=${'why-' + about} label=${t('ui.console.reason')} value=${reason} onInput=${setReason} autofocus=${true} /><button class="primary" type="submit" disabled=${!reason.trim()}>${word}</button></div><//>`;
}

/** Say of one lot when it expires, or hold all of a product. @param {any} props */
function One({ onSay }) {
  const [sku, setSku] = useState('');
  const [lot, setLot] = useState('');
  const [expiry, setExpiry] = useState('');
  const [reason, setReason] = useState('');
  const [done, setDone] = useState('');
  const told = { sku: sku.trim(), reason: reason.trim() };
  const say = async (/** @type {Promise<boolean>} */ asked, /** @type {string} */ key) => {
    setDone('');
    if (await asked) setDone(t('ui.console.lots.' + key, { sku: told.sku, lot: lot.trim() || t('ui.console.lots.all') }));
  };
  const hold = (/** @type {boolean} */ held) => say(onSay('POST', '/api/v1/holds', Object.assign({ lot: lot.trim() || null, held }, told)), held ? 'is_held' : 'is_released');
  return html`<section class="panel" aria-labelledby="one"><h2 id="one">${t('ui.console.lots.one')}</h2>
    <${Form} label=${t('ui.console.lots.one')} onSubmit=${() => say(onSay('PUT', '/api/v1/lots', Object.assign({ lot: lot.trim(), expiry: expiry || null }, told)), 'dated')}>
      <div class="thirds"><${Field} id="lot-sku" label=${t('ui.console.labels.product')} value=${sku} onInput=${setSku} maxlength=${128} /><${Field} id="lot-lot" label=${t('ui.console.stock.lot')} value=${lot} onInput=${setLot} maxlength=${128} />
      <${Field} id="lot-expiry" type="date" label=${t('ui.console.lots.expires')} value=${expiry} onInput=${setExpiry} /></div>
      <${Field} id="lot-reason" label=${t('ui.console.reason')} value=${reason} onInput=${setReason} />
      <div class="row"><button class="primary" type="submit" disabled=${!told.sku || !lot.trim()}>${t('ui.console.lots.date')}</button>
      <button type="button" disabled=${!told.sku || !told.reason} onClick=${() => hold(true)}>${t('ui.console.lots.hold')}</button><button type="button" disabled=${!told.sku || !told.reason} onClick=${() => hold(false)}>${t('ui.console.lots.release')}</button></div>
      <p class="hint">${t('ui.console.lots.how')}</p>
    <//><p role="status">${done}</p></section>`;
}
