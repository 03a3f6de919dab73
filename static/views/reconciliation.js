/**
 * Review: every line with what was expected and counted; decide, order recounts, approve exactly what is seen.
 */
import { html } from './html.js';
import { useState } from '../vendor/hooks.js';
import { Empty, Notice, trouble } from './parts.js';
import { Loading, useLoad } from './load.js';
import { Status } from './counts.js';
import { amount, t } from '../text.js';

const REASONS = ['miscount', 'damaged', 'expired', 'theft', 'found', 'misplaced', 'unrecorded_move', 'other'];
const SIGNS = { equal: '=', within: '\u2248', outside: '\u2260', moved: '\u21c4', empty: '0', unexpected: '+', not_counted: '?' };
const SHOWN = 300;

/** @param {any} props */
export function Reconciliation({ app, code }) {
  const address = '/api/v1/counts/' + encodeURIComponent(code);
  const load = useLoad(app, address + '/reconciliation', { site: app.site });
  const [edits, setEdits] = useState(/** @type {Object.<string, any>} */ ({}));
  const [only, setOnly] = useState('differences');
  const [message, setMessage] = useState(/** @type {any} */ (null));
  const [sure, setSure] = useState(false);
  const data = load.data;
  const lines = data ? data.lines.map((/** @type {any} */ line) => Object.assign({}, line, edits[line.line])) : [];
  const edit = (/** @type {any} */ line, /** @type {any} */ change) => {
    setSure(false);
    setEdits(Object.assign({}, edits, { [line.line]: Object.assign({}, edits[line.line], change) }));
  };
  const decisions = (/** @type {any[]} */ list) => list.filter((line) => line.decision).map((line) => ({ line: line.line, decision: line.decision, reason_code: line.reason_code || null, note: line.note || null }));
  const edited = lines.filter((/** @type {any} */ line) => edits[line.line]);
  const send = async (/** @type {string} */ method, /** @type {string} */ path, /** @type {any} */ body, /** @type {string} */ done) => {
    setMessage(null);
    const answer = await app.api(method, address + path, { body, query: { site: app.site } });
    const ok = answer.status >= 200 && answer.status < 300;
    const changed = answer.status === 409 && answer.data && answer.data.code === 'changed';
    setSure(false);
    if (ok) setEdits({});
    if (ok || changed) await load.again();
    setMessage(ok ? { kind: 'good', title: done } : changed ? { kind: 'warn', title: t('ui.console.review.changed') } : { kind: 'bad', title: t('ui.console.not_done'), text: trouble(answer) });
    return ok;
  };
  const save = () => send('PUT', '/decisions', { decisions: decisions(edited) }, t('ui.console.review.saved'));
  const recount = async () => {
    const again = lines.filter((/** @type {any} */ line) => line.decision === 'recount');
    if (edited.length && !(await send('PUT', '/decisions', { decisions: decisions(edited) }, ''))) return;
    await send('POST', '/sheets', { lines: again.map((/** @type {any} */ line) => line.line) }, t('ui.console.review.recount_ordered', { n: again.length }));
  };
  const approve = () => send('POST', data.status === 'approved' ? '/approval' : '/reconciliation', data.status === 'approved' ? { hash: data.hash } : { hash: data.hash, decisions: decisions(lines) }, t('ui.console.review.approved'));
  const acceptNear = () => {
    const more = Object.assign({}, edits);
    lines.forEach((/** @type {any} */ line) => { if (!line.decision && ['equal', 'within', 'empty'].indexOf(line.state) >= 0) more[line.line] = Object.assign({}, more[line.line], { decision: 'accept' }); });
    setEdits(more);
  };
  const closed = data && ['posted', 'cancelled'].indexOf(data.status) >= 0;
  const open = lines.filter((/** @type {any} */ line) => !line.decision && ['equal', 'within', 'empty'].indexOf(line.state) < 0);
  const recounts = lines.filter((/** @type {any} */ line) => line.decision === 'recount');
  const shown = lines.filter((/** @type {any} */ line) => only === 'all' || (only === 'open' ? open.indexOf(line) >= 0 : ['equal', 'empty'].indexOf(line.state) < 0));
  return html`<div>
    <p class="crumbs"><a href="#/counts">${t('ui.console.nav.counts')}</a> \u203a <a href=${'#/counts/' + encodeURIComponent(code)}>${code}</a></p>
    <${Loading} load=${load}>${data ? html`
      <div class="between"><h1>${t('ui.console.review.title', { code })} <${Status} status=${data.status} /></h1><${Downloads} code=${code} /></div>
      ${message ? html`<${Notice} kind=${message.kind} title=${message.title}>${message.text}<//>` : null}
      <${Totals} totals=${data.totals} lines=${lines} />
      <p class="tabs">${['differences', 'open', 'all'].map((key) => html`<button aria-pressed=${only === key} onClick=${() => setOnly(key)}>${t('ui.console.review.show.' + key)} ${key === 'open' ? '(' + open.length + ')' : ''}</button>`)}</p>
      ${shown.length ? html`<${Lines} lines=${shown.slice(0, SHOWN)} closed=${closed || data.status === 'approved'} onEdit=${edit} />` : html`<${Empty} title=${t(lines.length ? 'ui.console.review.none_here' : 'ui.console.review.nothing')} />`}
      ${shown.length > SHOWN ? html`<p class="hint">${t('ui.console.review.more', { n: amount(shown.length - SHOWN) })}</p>` : null}
      ${closed ? null : html`<div class="deeds">
        <button onClick=${acceptNear}>${t('ui.console.review.accept_near')}</button>
        <button onClick=${save} disabled=${edited.length === 0}>${t('ui.console.review.save', { n: edited.length })}</button>
        <button onClick=${recount} disabled=${recounts.length === 0}>${t('ui.console.review.order_recount', { n: recounts.length })}</button>
        ${sure ? html`<button class="primary" onClick=${approve}>${t('ui.console.review.really')}</button><button onClick=${() => setSure(false)}>${t('ui.cancel')}</button>`
    : html`<button class="primary" onClick=${() => setSure(true)} disabled=${recounts.length > 0}>${t(data.status === 'approved' ? 'ui.console.review.approve_second' : 'ui.console.review.approve')}</button>`}
      </div>
      ${sure ? html`<p class="hint" role="status">${t('ui.console.review.sure', { hash: String(data.hash).slice(0, 12), n: open.length })}</p>` : null}`}` : null}
    <//>
  </div>`;
}

/** @param {any} props */
function Lines({ lines, closed, onEdit }) {
  return html`<div class="scroll"><table class="review" aria-label=${t('ui.console.review.lines')}><thead><tr>
    <th>${t('ui.console.review.location')}</th><th>${t('ui.console.review.product')}</th><th class="num">${t('ui.console.review.expected')}</th><th class="num">${t('ui.console.review.counted')}</th><th class="num">${t('ui.console.review.variance')}</th><th class="num">${t('ui.console.review.value')}</th><th>${t('ui.console.review.state')}</th><th>${t('ui.console.review.decision')}</th></tr></thead>
    <tbody>${lines.map((/** @type {any} */ line) => html`<tr key=${line.line} class=${line.state} data-line=${line.line}>
      <td>${line.location}</td><td>${line.name || line.sku}<span class="code">${[line.name ? line.sku : '', line.lot].filter(Boolean).join(' \u00b7 ')}</span></td>
      <td class="num">${amount(line.expected)}</td><td class="num">${line.counted === null ? t('ui.console.review.blank') : amount(line.counted)}</td>
      <td class="num strong">${signed(line.variance)}</td><td class="num">${signed(line.value)}</td>
      <td><span class=${'tag ' + line.state}>${SIGNS[/** @type {'equal'} */ (line.state)] || ''} ${t('ui.console.states.' + line.state)}</span></td>
      <td>${closed ? html`${line.decision ? t('ui.console.decisions.' + line.decision) : ''} <span class="hint block">${[line.reason_code, line.note].filter(Boolean).join(': ')}</span>` : html`<${Decide} line=${line} onEdit=${onEdit} />`}</td></tr>`)}</tbody></table></div>`;
}

/** @param {any} props */
function Decide({ line, onEdit }) {
  const about = line.location + ' ' + line.sku;
  return html`<div class="decide">
    <select aria-label=${t('ui.console.review.decide', { about })} value=${line.decision || ''} onInput=${(/** @type {any} */ e) => onEdit(line, { decision: e.target.value || null })}>
      <option value="" selected=${!line.decision}>${t('ui.console.decisions.none')}</option>
      ${['accept', 'recount', 'dismiss'].map((key) => html`<option value=${key} selected=${line.decision === key}>${t('ui.console.decisions.' + key)}</option>`)}
    </select>
    ${line.decision === 'accept' && line.state !== 'equal' ? html`<select aria-label=${t('ui.console.review.why', { about })} value=${line.reason_code || ''} onInput=${(/** @type {any} */ e) => onEdit(line, { reason_code: e.target.value || null })}>
      <option value="" selected=${!line.reason_code}>${t('ui.console.review.no_reason')}</option>
      ${REASONS.map((key) => html`<option value=${key} selected=${line.reason_code === key}>${t('ui.reason_codes.' + key)}</option>`)}</select>` : null}
    ${line.decision && line.decision !== 'recount' && line.state !== 'equal' ? html`<input type="text" aria-label=${t('ui.console.review.note', { about })} placeholder=${t('ui.console.review.note_short')} maxlength="2000" value=${line.note || ''} onInput=${(/** @type {any} */ e) => onEdit(line, { note: e.target.value })} />` : null}
  </div>`;
}

/** @param {any} props */
function Totals({ totals, lines }) {
  const by = lines.reduce((/** @type {any} */ sum, /** @type {any} */ line) => Object.assign(sum, { [line.state]: (sum[line.state] || 0) + 1 }), {});
  const rest = Object.keys(totals || {}).filter((key) => totals[key] === null || typeof totals[key] !== 'object');
  return html`<div class="totals">
    ${Object.keys(SIGNS).filter((key) => by[key]).map((key) => html`<span class=${'tag ' + key}>${amount(by[key])} ${t('ui.console.states.' + key)}</span>`)}
    <dl>${rest.map((key) => html`<div><dt>${t('ui.console.totals.' + key)}</dt><dd>${amount(totals[key])}</dd></div>`)}</dl></div>`;
}

/** @param {any} props */
function Downloads({ code }) {
  return html`<span class="downloads">${t('ui.console.review.download')} ${['csv', 'xlsx', 'json'].map((kind) => html`<a class="button" href=${'/api/v1/exports/reconciliation.' + kind + '?count=' + encodeURIComponent(code)} download=${'reconciliation-' + code + '.' + kind}>${kind.toUpperCase()}</a>`)}</span>`;
}

/** @param {any} value @returns {string} */
function signed(value) {
  if (value === null || value === undefined) return '';
  const text = String(value);
  if (/^-/.test(text)) return '\u2212' + amount(text.slice(1));
  return /[1-9]/.test(text) ? '+' + amount(text) : amount(text);
}
