/**
 * Counts: all of them, and one that fills while people count.
 */
import { html } from '../views/html.js';
import { useState } from '../vendor/hooks.js';
import { Empty, Field, Form, Notice, trouble } from '../views/parts.js';
import { Loading, useLoad } from './load.js';
import { SUPERVISOR, may } from './may.js';
import { Printing } from './printing.js';
import { amount, t, when } from '../text.js';

/** @param {any} props */
export function CountsPage({ app }) {
  const [all, setAll] = useState(false);
  const load = useLoad(app, '/api/v1/counts', { status: all ? 'all' : 'open', site: app.site }, 5000);
  return html`<div>
    <div class="between"><h1>${t('ui.console.nav.counts')}</h1><${PlanLink} app=${app} /></div>
    <p class="tabs"><button aria-pressed=${!all} onClick=${() => setAll(false)}>${t('ui.console.counts.open')}</button><button aria-pressed=${all} onClick=${() => setAll(true)}>${t('ui.console.counts.all')}</button></p>
    <${Loading} load=${load}>
      ${load.data && load.data.rows.length ? html`<${CountRows} rows=${load.data.rows} />` : html`<${NoCounts} app=${app} />`}
    <//>
  </div>`;
}

/** @param {any} props */
export function PlanLink({ app }) {
  return may(app, SUPERVISOR) ? html`<a class="button primary" href="#/counts/new">${t('ui.console.counts.plan')}</a>` : null;
}

/** @param {any} props */
export function NoCounts({ app }) {
  return html`<${Empty} title=${t('ui.console.counts.none')}>${may(app, SUPERVISOR) ? t('ui.console.counts.none_how') : null}<//>`;
}

/** @param {any} props */
export function CountRows({ rows }) {
  return html`<div class="scroll"><table><thead><tr><th>${t('ui.console.counts.count')}</th><th>${t('ui.console.counts.status')}</th><th>${t('ui.console.counts.where')}</th><th>${t('ui.console.counts.sheets')}</th><th class="num">${t('ui.console.counts.lines')}</th></tr></thead>
    <tbody>${rows.map((/** @type {any} */ row) => html`<tr key=${row.code}>
      <td><a href=${'#/counts/' + encodeURIComponent(row.code)}>${row.code}</a> ${row.kind === 'free' ? html`<span class="tag">${t('ui.console.counts.free')}</span>` : null}<span class="hint block">${when(row.created_at)}</span></td>
      <td><${Status} status=${row.status} /></td>
      <td>${places(row.locations, row.locations_total)}${row.note ? html`<span class="hint block">${row.note}</span>` : null}</td>
      <td><${Progress} done=${row.sheets_closed} of=${row.sheets_open + row.sheets_closed} /> <a href=${'#/counts/' + encodeURIComponent(row.code) + '/board'} aria-label=${t('ui.console.board.title', { code: row.code })}>${t('ui.console.board.open')}</a></td>
      <td class="num">${amount(row.lines)}</td></tr>`)}</tbody></table></div>`;
}

/** @param {any} props */
export function Status({ status }) {
  const sign = { planned: '\u25cb', counting: '\u25d4', review: '\u25d1', approved: '\u25d5', posted: '\u25cf', cancelled: '\u2715', open: '\u25cb', closed: '\u2713' }[/** @type {'open'} */ (status)] || '';
  return html`<span class=${'tag ' + status}>${sign} ${t('ui.console.status.' + status)}</span>`;
}

/** @param {any} props */
function Progress({ done, of }) {
  return html`<span class="progress"><progress max=${of || 1} value=${done}></progress> ${t('ui.console.counts.closed', { done: amount(done), of: amount(of) })}</span>`;
}

/** @param {string[]} codes the first of them @param {number} all how many there are @returns {string} */
function places(codes, all) {
  return codes.slice(0, 4).join(', ') + (all > 4 ? t('ui.console.counts.and_more', { n: amount(all - 4) }) : '');
}

/** One count, live. @param {any} props */
export function CountPage({ app, code }) {
  const address = '/api/v1/counts/' + encodeURIComponent(code);
  const load = useLoad(app, address, { site: app.site }, 3000);
  const [asking, setAsking] = useState(false);
  const [leaving, setLeaving] = useState(/** @type {any} */ (null));
  const [error, setError] = useState('');
  const count = load.data;
  const act = async (/** @type {string} */ path, /** @type {any} */ body) => {
    setError('');
    const answer = await app.api('POST', path, { body, query: { site: app.site } });
    if (answer.status >= 300 || answer.status === 0) setError(trouble(answer));
    setAsking(false);
    setLeaving(null);
    await load.again();
  };
  return html`<div>
    <p class="crumbs"><a href="#/counts">${t('ui.console.nav.counts')}</a></p>
    <${Loading} load=${load}>
      ${count ? html`
      <div class="between"><h1>${t('ui.console.counts.title', { code })} <${Status} status=${count.status} /></h1>
        <span><a class="button" href=${'#/counts/' + encodeURIComponent(code) + '/board'}>${t('ui.console.board.open')}</a> <a class="button primary" href=${'#/counts/' + encodeURIComponent(code) + '/reconciliation'}>${t('ui.console.counts.review')}</a></span></div>
      <p class="hint">${t(count.blind ? 'ui.console.counts.is_blind' : 'ui.console.counts.not_blind')} \u00b7 ${count.twice ? t('ui.console.plan.twice') + ' \u00b7 ' : ''}${t('ui.console.plan.policies.' + count.policy)}</p>
      ${error ? html`<${Notice} kind="bad" title=${t('ui.console.not_done')}>${error}<//>` : null}
      ${leaving ? html`<${Because} key=${leaving.code} title=${t('ui.console.counts.close', { location: leaving.location })} how=${inPlace(leaving)} id="leave-reason" onDone=${(/** @type {string} */ reason) => act('/api/v1/sheets/' + encodeURIComponent(leaving.code) + '/closure', { complete: leaving.scans > 0, reason })} onBack=${() => setLeaving(null)} />` : null}
      <${Printing} app=${app} count=${count} />
      <${Sheets} count=${code} sheets=${count.sheets || []} onClose=${may(app, SUPERVISOR) && setLeaving} />
      ${!may(app, SUPERVISOR) || ['posted', 'cancelled'].indexOf(count.status) >= 0 ? null : asking
    ? html`<${Because} danger=${true} title=${t('ui.console.counts.cancel')} how=${t('ui.console.counts.cancel_how')} id="cancel-reason" onDone=${(/** @type {string} */ reason) => act(address + '/cancellation', { reason })} onBack=${() => setAsking(false)} />`
    : html`<p><button class="danger" onClick=${() => setAsking(true)}>${t('ui.console.counts.cancel')}</button></p>`}` : null}
    <//>
  </div>`;
}

/** What it means to finish a sheet in somebody's place. @param {any} sheet @returns {string} */
function inPlace(sheet) {
  return [t(sheet.scans > 0 ? 'ui.console.counts.finish_how' : 'ui.console.counts.leave_how'), sheet.operator ? t('ui.console.counts.in_place_of', { operator: sheet.operator }) : ''].join(' ');
}

/** @param {any} props */
function Sheets({ count, sheets, onClose }) {
  const closed = sheets.filter((/** @type {any} */ sheet) => sheet.status !== 'open').length;
  if (sheets.length === 0) return html`<${Empty} title=${t('ui.console.counts.no_sheets')} />`;
  return html`<div>
    <p><${Progress} done=${closed} of=${sheets.length} /></p>
    <div class="scroll"><table aria-label=${t('ui.console.counts.sheets')}><thead><tr><th>${t('ui.console.counts.location')}</th><th>${t('ui.console.counts.pass')}</th><th>${t('ui.console.counts.status')}</th><th>${t('ui.console.counts.operator')}</th><th class="num">${t('ui.console.counts.scans')}</th><th>${t('ui.console.counts.last')}</th><th></th></tr></thead>
    <tbody aria-live="polite">${sheets.map((/** @type {any} */ sheet) => html`<tr key=${sheet.code}>
      <td><strong class="whole">${sheet.location}</strong><span class="code">${sheet.code}</span></td><td>${sheet.sequence > 1 ? t('ui.console.counts.recount', { n: sheet.sequence }) : t('ui.console.counts.first')}</td>
      <td><${Status} status=${sheet.status} /></td><td>${sheet.operator || ''}<${Lease} sheet=${sheet} />${sheet.reason ? html`<span class="hint block">${sheet.reason}</span>` : null}</td><td class="num">${amount(sheet.scans)}</td><td>${when(sheet.last_scan_at)}</td>
      <td class="acts">${sheet.status === 'open' && onClose ? html`<a class="button" href=${'#/counts/' + encodeURIComponent(count) + '/paper/' + encodeURIComponent(sheet.code)} aria-label=${t('ui.console.paper.enter_of', { location: sheet.location })}>${t('ui.console.paper.enter')}</a> <button onClick=${() => onClose(sheet)} aria-label=${t('ui.console.counts.close', { location: sheet.location })}>${t('ui.console.counts.close_short')}</button>` : null}</td></tr>`)}</tbody></table></div>
  </div>`;
}

/** Until when a sheet is who took it's. @param {any} props */
function Lease({ sheet }) {
  if (!sheet.lease_until) return null;
  const over = new Date(sheet.lease_until).getTime() < Date.now();
  return html`<span class="hint block">${over ? t('ui.console.counts.lease_over') : t('ui.console.counts.lease', { at: when(sheet.lease_until) })}</span>`;
}

/** Something that is done with a reason. @param {any} props */
export function Because({ title, how, id, danger, onDone, onBack }) {
  const [reason, setReason] = useState('');
  return html`<div class="panel"><${Form} label=${title} onSubmit=${() => onDone(reason)}>
    <p>${how}</p>
    <${Field} id=${id} label=${t('ui.console.reason')} value=${reason} onInput=${setReason} autofocus=${true} maxlength="2000" />
    <div class="row"><button class="big" type="button" onClick=${onBack}>${t('ui.back')}</button><button class=${'big ' + (danger ? 'danger' : 'primary')} type="submit" disabled=${!reason.trim()}>${title}</button></div>
  <//></div>`;
}
