/**
 * The board of a count: who is where, how far each zone has come, how fast, which leases end, what devices have left to send.
 */
import { html } from '../views/html.js';
import { Empty, Notice } from '../views/parts.js';
import { Status } from './counts.js';
import { useWatch } from './watch.js';
import { amount, t, when } from '../text.js';

const EVERY = 3000;
const MINUTE = 60000;
const SOON = 3 * MINUTE;

/** @param {any} props */
export function Board({ app, code }) {
  const at = '#/counts/' + encodeURIComponent(code);
  const load = useWatch(app, '/api/v1/counts/' + encodeURIComponent(code) + '/board?site=' + encodeURIComponent(app.site), EVERY);
  const board = load.data;
  return html`<div>
    <p class="crumbs"><a href="#/counts">${t('ui.console.nav.counts')}</a> \u203a <a href=${at}>${code}</a></p>
    ${load.lost ? html`<${Notice} kind="bad" title=${t('ui.console.board.lost', { at: when(new Date(load.lost).toISOString()) })}>${load.data ? t('ui.console.board.lost_how') : null}<//>` : null}
    ${board ? html`<div class="between"><h1>${t('ui.console.board.title', { code })} <${Status} status=${board.status} /></h1><a class="button" href=${at + '/reconciliation'}>${t('ui.console.counts.review')}</a></div>
      <${Numbers} board=${board} now=${load.now} />
      <section aria-labelledby="board-people"><h2 id="board-people">${t('ui.console.board.people')}</h2>${board.people.length ? html`<${People} people=${board.people} now=${load.now} />` : html`<${Empty} title=${t('ui.console.board.nobody')} />`}</section>
      <section aria-labelledby="board-zones"><h2 id="board-zones">${t('ui.console.board.zones')}</h2><${Zones} zones=${board.zones} now=${load.now} /></section>
      <section aria-labelledby="board-sheets"><h2 id="board-sheets">${t('ui.console.board.sheets')}</h2>${board.open.length ? html`<${Open} sheets=${board.open} now=${load.now} more=${board.sheets.sheets - board.sheets.closed - board.open.length} />` : html`<${Empty} title=${t('ui.console.board.all_closed')} />`}</section>
      <section aria-labelledby="board-devices"><h2 id="board-devices">${t('ui.console.board.devices')}</h2>${board.devices.length ? html`<${Devices} devices=${board.devices} now=${load.now} />` : html`<${Empty} title=${t('ui.console.board.no_devices')} />`}</section>` : load.lost ? null : html`<p class="hint" role="status">${t('ui.console.loading')}</p>`}
  </div>`;
}

/** @param {any} props */
function Numbers({ board, now }) {
  const most = Math.max(...board.minutes, 1);
  const five = board.minutes.slice(-5).reduce((/** @type {number} */ sum, /** @type {number} */ n) => sum + n, 0);
  return html`<div class="cards board-numbers">
    <div class="card"><strong>${amount(board.sheets.closed)} / ${amount(board.sheets.sheets)}</strong>${t('ui.console.board.finished')}</div>
    <div class="card"><strong>${amount(board.sheets.scans)}</strong>${t('ui.console.counts.scans')}</div>
    <div class="card"><strong>${amount(Math.round(five / 5))}</strong>${t('ui.console.board.pace')}
      <svg class="minutes" role="img" aria-label=${t('ui.console.board.minutes', { n: board.minutes.length, scans: board.minutes.join(', ') })} viewBox="0 0 150 24" preserveAspectRatio="none">${board.minutes.map((/** @type {number} */ n, /** @type {number} */ at) => html`<rect x=${at * 10} y=${24 - (24 * n) / most} width="8" height=${(24 * n) / most} />`)}</svg></div>
    <div class="card"><strong>${board.sheets.last_scan_at ? age(board.sheets.last_scan_at, now) : '\u2013'}</strong>${t('ui.console.counts.last')}</div>
  </div>`;
}

/** @param {any} props */
function People({ people, now }) {
  return html`<div class="scroll"><table aria-label=${t('ui.console.board.people')}><thead><tr><th>${t('ui.console.board.who')}</th><th>${t('ui.console.board.where')}</th><th>${t('ui.console.counts.last')}</th><th class="num">${t('ui.console.counts.scans')}</th><th class="num">${t('ui.console.board.lately')}</th><th>${t('ui.console.board.lease')}</th></tr></thead>
    <tbody>${people.map((/** @type {any} */ one) => html`<tr key=${one.operator + '|' + one.device + '|' + one.sender}>
      <td><strong>${one.person || one.operator || '?'}</strong>${one.person ? null : html` <span class="tag warn">! ${t('ui.console.board.unknown_badge')}</span>`}<span class="code">${one.device || one.sender || ''}</span></td>
      <td>${one.location} ${one.finished ? html`<span class="tag closed">\u2713 ${t('ui.console.status.closed')}</span>` : null}<span class="code">${one.sheet}</span></td>
      <td>${age(one.last_scan_at, now)}</td><td class="num">${amount(one.scans)}</td><td class="num">${amount(one.lately)}</td><td><${Lease} until=${one.lease_until} now=${now} /></td></tr>`)}</tbody></table></div>`;
}

/** How long a sheet stays who took it's. @param {any} props */
function Lease({ until, now }) {
  if (!until) return null;
  const left = new Date(until).getTime() - now;
  if (left < 0) return html`<span class="tag warn">! ${t('ui.console.counts.lease_over')}</span>`;
  return html`<span class=${left < SOON ? 'tag warn' : 'hint'}>${left < SOON ? '! ' : ''}${t('ui.console.board.lease_left', { n: Math.ceil(left / MINUTE) })}</span>`;
}

/** @param {any} props */
function Zones({ zones, now }) {
  return html`<dl class="bars board">${zones.map((/** @type {any} */ one) => html`<div key=${one.zone}><dt>${one.zone || t('ui.console.board.no_zone')}</dt>
    <dd><svg aria-hidden="true" viewBox="0 0 100 10" preserveAspectRatio="none"><rect class="rest" width="100" height="10" /><rect class="begun" width=${(100 * (one.closed + one.begun)) / one.sheets} height="10" /><rect width=${(100 * one.closed) / one.sheets} height="10" /></svg>
    ${t('ui.console.counts.closed', { done: amount(one.closed), of: amount(one.sheets) })}<span class="hint">${one.begun ? t('ui.console.board.begun', { n: amount(one.begun) }) : ''} ${one.last_scan_at ? age(one.last_scan_at, now) : ''}</span></dd></div>`)}</dl>`;
}

/** @param {any} props */
function Open({ sheets, now, more }) {
  const most = Math.max(...sheets.map((/** @type {any} */ one) => one.scans), 1);
  return html`<dl class="bars board">${sheets.map((/** @type {any} */ one) => html`<div key=${one.code}><dt>${one.location}<span class="code">${one.code}</span></dt>
    <dd><svg aria-hidden="true" viewBox="0 0 100 10" preserveAspectRatio="none"><rect class="rest" width="100" height="10" /><rect class="begun" width=${(100 * one.scans) / most} height="10" /></svg>
    ${t('ui.console.board.scans', { n: amount(one.scans) })}<span class="hint">${one.operator || t('ui.console.board.free')} ${one.last_scan_at ? age(one.last_scan_at, now) : ''}</span></dd></div>`)}</dl>
    ${more > 0 ? html`<p class="hint">${t('ui.console.counts.and_more', { n: amount(more) })}</p>` : null}`;
}

/** @param {any} props */
function Devices({ devices, now }) {
  return html`<div class="scroll"><table aria-label=${t('ui.console.board.devices')}><thead><tr><th>${t('ui.console.board.device')}</th><th>${t('ui.console.board.waiting')}</th><th class="num">${t('ui.console.counts.scans')}</th><th>${t('ui.console.board.heard')}</th><th></th></tr></thead>
    <tbody>${devices.map((/** @type {any} */ one) => html`<tr key=${one.stream || one.device || one.sender}>
      <td><strong>${one.device || one.sender || '?'}</strong></td>
      <td>${one.waiting === null ? html`<span class="tag warn">? ${t('ui.console.board.unknown')}</span>` : one.waiting ? html`<span class="tag bad">! ${t('ui.console.board.scans', { n: amount(one.waiting) })}</span>` : html`<span class="tag closed">\u2713 ${t('ui.console.board.drained')}</span>`}</td>
      <td class="num">${amount(one.scans)}</td><td>${age(one.last_seen, now)}</td><td>${one.finished ? null : html`<span class="tag warn">! ${t('ui.console.board.not_finished')}</span>`}</td></tr>`)}</tbody></table></div>`;
}

/** How long ago, roughly. @param {string} at @param {number} now @returns {string} */
function age(at, now) {
  const seconds = Math.max(0, Math.round((now - new Date(at).getTime()) / 1000));
  if (seconds < 60) return t('ui.console.board.seconds', { n: seconds });
  if (seconds < 3600) return t('ui.console.board.minutes_ago', { n: Math.floor(seconds / 60) });
  return when(at);
}
