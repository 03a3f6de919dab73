/**
 * Review: every line with what was expected and counted; decide, order recounts, approve exactly what is seen.
 */
import { html } from '../views/html.js';
import { useState } from '../vendor/hooks.js';
import { Empty, Field, Notice, trouble } from '../views/parts.js';
import { Loading, useLoad } from './load.js';
import { Because, Status } from './counts.js';
import { Downloads } from './downloads.js';
import { SUPERVISOR, may } from './may.js';
import { ReverseCount } from './reversing.js';
import { Explained } from './why.js';
import { money } from './money.js';
import { amount, has, t, when } from '../text.js';

const OWN = 'own';
const SIGNS = { equal: '=', within: '\u2248', outside: '\u2260', moved: '\u21c4', empty: '0', unexpected: '+', not_counted: '?' };
const TOTALS = ['lines', 'counted', 'undecided', 'adjustments', 'expected_value', 'counted_value', 'variance_value', 'absolute_value'];
const SHOWN = 300;

/** Whether a line still needs a person. @param {any} line @returns {boolean} */
function isOpen(line) {
  return !line.decision && line.state !== 'not_counted';
}

/** Whether a person accepts that the book was wrong; then we ask why. @param {any} line @returns {boolean} */
function needsReason(line) {
  return line.decision === 'accept' && ['equal', 'within', 'empty'].indexOf(line.state) < 0 && !line.automatic && /[1-9]/.test(line.variance || '');
}

/** @param {any} props */
export function Reconciliation({ app, code }) {
  const address = '/api/v1/counts/' + encodeURIComponent(code);
  const load = useLoad(app, address + '/reconciliation', { site: app.site });
  const codes = useLoad(app, '/api/v1/reason-codes', {});
  const reasons = codes.data ? codes.data.rows : [];
  const [edits, setEdits] = useState(/** @type {Object.<string, any>} */ ({}));
  const [only, setOnly] = useState('differences');
  const [message, setMessage] = useState(/** @type {any} */ (null));
  const [sure, setSure] = useState(false);
  const [override, setOverride] = useState('');
  const [wrong, setWrong] = useState(/** @type {any} */ (null));
  const data = load.data;
  const lines = data ? data.lines.map((/** @type {any} */ line) => Object.assign({}, line, edits[line.line], edits[line.line] ? { automatic: false } : null)) : [];
  const edit = (/** @type {any} */ line, /** @type {any} */ change) => {
    setSure(false);
    setEdits(Object.assign({}, edits, { [line.line]: Object.assign({}, edits[line.line], change) }));
  };
  const decisions = (/** @type {any[]} */ list) => list.filter((line) => line.decision || edits[line.line]).map((line) => ({ line: line.line, decision: line.decision || null, reason_code: (line.reason_code || '').trim() || null, note: line.note || null, lots: line.lots || null }));
  const edited = lines.filter((/** @type {any} */ line) => edits[line.line]);
  const send = async (/** @type {string} */ method, /** @type {string} */ path, /** @type {any} */ body, /** @type {string} */ done) => {
    setMessage(null);
    const answer = await app.api(method, address + path, { body, query: { site: app.site } });
    const ok = answer.status >= 200 && answer.status < 300;
    const changed = answer.status === 409 && answer.data && answer.data.code === 'changed';
    setSure(false);
    if (ok) setEdits({});
    if (ok) setOverride('');
    if (ok || changed) await load.again();
    setMessage(ok ? { kind: 'good', title: done } : changed ? { kind: 'warn', title: t('ui.console.review.changed') } : { kind: 'bad', title: t('ui.console.not_done'), text: trouble(answer, true) });
    return ok;
  };
  const save = () => send('PUT', '/decisions', { decisions: decisions(edited) }, t('ui.console.review.saved'));
  const recount = async () => {
    const again = lines.filter((/** @type {any} */ line) => line.decision === 'recount');
    if (edited.length && !(await send('PUT', '/decisions', { decisions: decisions(edited) }, ''))) return;
    await send('POST', '/sheets', { lines: again.map((/** @type {any} */ line) => line.line) }, t('ui.console.review.recount_ordered', { n: again.length }));
  };
  const askApproval = () => {
    setMessage(null);
    const silent = lines.filter((/** @type {any} */ line) => needsReason(line) && !(line.reason_code || '').trim());
    if (!silent.length) return setSure(true);
    setOnly('differences');
    return setMessage({ kind: 'warn', title: t('ui.console.review.reasons_needed', { n: silent.length }), text: silent.slice(0, 20).map((/** @type {any} */ line) => line.location + ' ' + (line.sku || '')).join(', ') });
  };
  const approve = () => send('POST', data.status === 'approved' ? '/approval' : '/reconciliation', data.status === 'approved' ? { hash: data.hash, override: override.trim() || null } : { hash: data.hash, decisions: decisions(lines), override: override.trim() || null }, t('ui.console.review.approved'));
  const withdraw = () => send('POST', '/withdrawal', { reason: override.trim() }, t('ui.console.review.withdrawn'));
  const reverse = async (/** @type {string} */ reason) => {
    await send('POST', '/lines/' + encodeURIComponent(wrong.line) + '/reversal', { reason }, t('ui.console.review.reversed'));
    setWrong(null);
  };
  const acceptNear = () => {
    const more = Object.assign({}, edits);
    lines.forEach((/** @type {any} */ line) => { if (!line.decision && ['equal', 'within', 'empty'].indexOf(line.state) >= 0) more[line.line] = Object.assign({}, more[line.line], { decision: 'accept' }); });
    setEdits(more);
  };
  const closed = data && ['posted', 'cancelled'].indexOf(data.status) >= 0;
  const counting = data && ['planned', 'counting'].indexOf(data.status) >= 0;
  const open = lines.filter(isOpen);
  const undecided = data ? data.totals.undecided - data.lines.filter(isOpen).length + open.length : 0;
  const decides = may(app, SUPERVISOR) && !closed && !counting;
  const recounts = lines.filter((/** @type {any} */ line) => line.decision === 'recount');
  const shown = lines.filter((/** @type {any} */ line) => only === 'all' || (only === 'open' ? open.indexOf(line) >= 0 : ['equal', 'empty'].indexOf(line.state) < 0));
  return html`<div>
    <p class="crumbs"><a href="#/counts">${t('ui.console.nav.counts')}</a> \u203a <a href=${'#/counts/' + encodeURIComponent(code)}>${code}</a></p>
    <${Loading} load=${load}>${data ? html`
      <div class="between"><h1>${t('ui.console.review.title', { code })} <${Status} status=${data.status} /></h1><${Downloads} app=${app} code=${code} posted=${data.status === 'posted'} /></div>
      ${message ? html`<${Notice} kind=${message.kind} title=${message.title}>${message.text}<//>` : null}
      <${Doubts} data=${data} />
      <${Totals} totals=${Object.assign({}, data.totals, { undecided })} lines=${lines} />
      <p class="tabs">${['differences', 'open', 'all'].map((key) => html`<button aria-pressed=${only === key} onClick=${() => setOnly(key)}>${t('ui.console.review.show.' + key)} ${key === 'open' ? '(' + undecided + ')' : ''}</button>`)}</p>
      ${wrong ? html`<${Because} key=${wrong.line} danger=${true} title=${t('ui.console.review.reverse_of', { about: wrong.location + ' ' + (wrong.sku || '') })} how=${t('ui.console.review.reverse_how')} id="reverse-reason" onDone=${reverse} onBack=${() => setWrong(null)} />` : null}
      ${shown.length ? html`<${Lines} app=${app} code=${code} lines=${shown.slice(0, SHOWN)} closed=${!decides || data.status === 'approved'} onEdit=${edit} reasons=${reasons} onReverse=${data.status === 'posted' && may(app, SUPERVISOR) ? setWrong : null} />` : html`<${Empty} title=${t(lines.length ? 'ui.console.review.none_here' : 'ui.console.review.nothing')} />`}
      ${shown.length > SHOWN ? html`<p class="hint">${t('ui.console.review.more', { n: amount(shown.length - SHOWN) })}</p>` : null}
      ${counting ? html`<${Notice} kind="info" title=${t('ui.console.review.still_counting')} />` : null}
      ${!decides ? null : html`<div class="deeds">
        ${data.status === 'approved' ? html`<${Field} id="withdraw-reason" label=${t('ui.console.review.withdraw_why')} value=${override} onInput=${setOverride} maxlength="2000" />
        <button onClick=${withdraw} disabled=${!override.trim()}>${t('ui.console.review.withdraw')}</button>` : html`
        <button onClick=${acceptNear}>${t('ui.console.review.accept_near')}</button>
        <button onClick=${save} disabled=${edited.length === 0}>${t('ui.console.review.save', { n: edited.length })}</button>
        <button onClick=${recount} disabled=${recounts.length === 0}>${t('ui.console.review.order_recount', { n: recounts.length })}</button>`}
        ${sure && isOpenEnded(data) ? html`<${Field} id="override" label=${t('ui.console.review.override')} value=${override} onInput=${setOverride} maxlength="2000" />` : null}
        ${sure ? html`<button class="primary" onClick=${approve} disabled=${isOpenEnded(data) && !override.trim()}>${t('ui.console.review.really')}</button><button onClick=${() => setSure(false)}>${t('ui.cancel')}</button>`
    : html`<button class="primary" onClick=${askApproval} disabled=${recounts.length > 0}>${t(data.status === 'approved' ? 'ui.console.review.approve_second' : 'ui.console.review.approve')}</button>`}
        ${sure ? html`<p class="hint" role="status">${t('ui.console.review.sure', { hash: String(data.hash).slice(0, 12), n: undecided })}</p>` : null}
      </div>`}
      <${ReverseCount} app=${app} code=${code} status=${data.status} onDone=${load.again} />` : null}
    <//>
  </div>`;
}

/** @param {any} props */
function Lines({ app, code, lines, closed, onEdit, onReverse, reasons }) {
  return html`<div class="scroll"><table class="review" aria-label=${t('ui.console.review.lines')}><thead><tr>
    <th>${t('ui.console.review.location')}</th><th>${t('ui.console.review.product')}</th><th class="num">${t('ui.console.review.expected')}</th><th class="num">${t('ui.console.review.counted')}</th><th class="num">${t('ui.console.review.variance')}</th><th class="num">${t('ui.console.review.value')}</th><th>${t('ui.console.review.state')}</th><th>${t('ui.console.review.decision')}</th></tr></thead>
    <tbody>${lines.map((/** @type {any} */ line) => html`<tr key=${line.line} class=${line.state} data-line=${line.line}>
      <td>${line.location}</td><td>${line.name || line.sku || t('ui.console.review.whole_place')}<span class="code">${[line.name ? line.sku : '', line.lot].filter(Boolean).join(' \u00b7 ')}</span><${Why} line=${line} /><${Explained} app=${app} code=${code} line=${line} /></td>
      <td class="num">${amount(line.expected)}</td><td class="num">${line.counted === null ? t('ui.console.review.blank') : amount(line.counted)}</td>
      <td class="num strong">${signed(line.variance)}</td><td class="num">${money(line.value, true)}</td>
      <td><span class=${'tag ' + line.state}>${SIGNS[/** @type {'equal'} */ (line.state)] || ''} ${t('ui.console.states.' + line.state)}</span></td>
      <td>${closed ? html`${line.decision ? t('ui.console.decisions.' + line.decision) : ''} <span class="hint block">${[reasonName(line.reason_code, reasons), line.note].filter(Boolean).join(': ')}</span><${Reversal} line=${line} onReverse=${onReverse} />` : html`<${Decide} line=${line} onEdit=${onEdit} reasons=${reasons} />`}</td></tr>`)}</tbody></table></div>`;
}

/** That a line was reversed, or the way to do so. @param {any} props */
function Reversal({ line, onReverse }) {
  if (line.reversal) return html`<span class="tag warn">\u21a9 ${t('ui.console.review.reversed_by', { name: line.reversal.by, reason: line.reversal.reason })}</span>`;
  if (!onReverse || line.decision !== 'accept') return null;
  return html`<button onClick=${() => onReverse(line)} aria-label=${t('ui.console.review.reverse_of', { about: line.location + ' ' + (line.sku || '') })}>${t('ui.console.review.reverse')}</button>`;
}

/** What a person should know before deciding. @param {any} props */
function Why({ line }) {
  const moves = line.moves || [];
  const passes = (line.passes || []).filter((/** @type {any[]} */ pass) => pass && pass[0] !== null);
  return html`<span class="hint block">
    ${passes.map((/** @type {any[]} */ pass) => t('ui.console.review.pass', { counted: amount(pass[0]), operator: pass[1] || '?' })).join(' \u00b7 ')}
    ${line.unknown_operator ? html`<span class="tag warn">! ${t('ui.console.review.unknown_operator')}</span>` : null}
    ${(line.counters || []).length ? html`<span class="tag warn">! ${t('ui.console.review.shared', { operators: line.counters.join(', ') })}</span>` : null}
    ${line.needs_lots ? html`<span class="tag warn">! ${t('ui.console.review.needs_lots')}</span>` : null}
    ${(line.pieces || []).map((/** @type {any} */ piece) => html`<span class="block">${t('ui.console.review.piece' + (piece.expected === null ? '_differs' : ''), { piece: [piece.lot, piece.serial].filter(Boolean).join(' / ') || t('ui.console.review.no_lot'), quantity: piece.expected === null ? signed(piece.variance) : amount(piece.expected) })}</span>`)}
    ${moves.map((/** @type {any} */ move) => html`<span class="block">\u21c4 ${t('ui.console.review.move', { quantity: signed(move.quantity), at: when(move.occurred_at) })}</span>`)}
  </span>`;
}

/** Lots of an adjustment as they are typed: L1=-2, L2=+1. @param {string} text @returns {Object.<string, string> | null} */
function lotsOf(text) {
  /** @type {Object.<string, string>} */
  const lots = {};
  text.split(',').forEach((part) => {
    const found = /^\s*(.+?)\s*=\s*\+?(-?[0-9.]+)\s*$/.exec(part);
    if (found) lots[found[1]] = found[2];
  });
  return Object.keys(lots).length ? lots : null;
}

/** Whether scans may be missing, so that an approval needs a reason. @param {any} data @returns {boolean} */
function isOpenEnded(data) {
  const enforced = data.proof === 'enforce';
  return data.devices.some((/** @type {any} */ one) => one.missing_total > 0 || (enforced && one.unproven)) || (enforced && data.unfinished.length > 0);
}

/** What makes a review less certain: gaps, late scans, declared persons. @param {any} props */
function Doubts({ data }) {
  const gaps = data.gaps || [];
  const late = data.late || [];
  return html`<div>
    ${gaps.map((/** @type {any} */ gap) => html`<${Notice} kind="warn" title=${t('ui.console.review.gap', { device: gap.device || gap.stream, n: amount(gap.missing_total) })} />`)}
    ${data.devices.filter((/** @type {any} */ one) => one.unproven && !one.missing_total).map((/** @type {any} */ one) => html`<${Notice} kind="info" title=${t('ui.console.review.unproven', { device: one.device || one.sender || one.stream, n: amount(one.scans) })} />`)}
    ${data.unfinished.length ? html`<${Notice} kind="info" title=${t('ui.console.review.unfinished', { n: amount(data.unfinished.length) })}>${data.unfinished.slice(0, 20).map((/** @type {any} */ one) => one.location + ' ' + one.operator).join(', ')}<//>` : null}
    ${data.override ? html`<${Notice} kind="warn" title=${t('ui.console.review.overridden')}>${data.override}<//>` : null}
    ${late.length ? html`<${Notice} kind="warn" title=${t('ui.console.review.late', { n: amount(late.length) })}>${late.slice(0, 5).map((/** @type {any} */ one) => html`<span class="block">${one.location} ${one.sku} \u00d7 ${amount(one.quantity)} ${one.operator || ''} ${when(one.occurred_at)}</span>`)}<//>` : null}
    ${data.declared ? html`<${Notice} kind="info" title=${data.declared} />` : null}
    ${data.second_approved_by ? html`<${Notice} kind="good" title=${t('ui.console.review.by', { name: data.second_approved_by, at: when(data.second_approved_at) })} />` : null}
    ${data.approved_by ? html`<${Notice} kind="good" title=${t('ui.console.review.by', { name: data.approved_by, at: when(data.approved_at) })} />` : null}
  </div>`;
}

/** @param {any} props */
function Decide({ line, onEdit, reasons }) {
  const about = line.location + ' ' + line.sku;
  return html`<div class="decide">
    <select aria-label=${t('ui.console.review.decide', { about })} value=${line.decision || ''} onInput=${(/** @type {any} */ e) => onEdit(line, { decision: e.target.value || null })}>
      <option value="" selected=${!line.decision}>${t('ui.console.decisions.none')}</option>
      ${['accept', 'recount', 'dismiss'].map((key) => html`<option value=${key} selected=${line.decision === key}>${t('ui.console.decisions.' + key)}</option>`)}
    </select>
    ${line.decision === 'accept' && line.state !== 'equal' ? html`<${Reason} line=${line} about=${about} onEdit=${onEdit} reasons=${reasons} />` : null}
    ${line.decision === 'accept' && line.needs_lots ? html`<input type="text" aria-label=${t('ui.console.review.lots', { about })} placeholder=${t('ui.console.review.lots_short')} value=${line.lots ? Object.keys(line.lots).map((lot) => lot + '=' + line.lots[lot]).join(', ') : ''} onChange=${(/** @type {any} */ e) => onEdit(line, { lots: lotsOf(e.target.value) })} />` : null}
    ${line.decision && line.decision !== 'recount' && line.state !== 'equal' ? html`<input type="text" aria-label=${t('ui.console.review.note', { about })} placeholder=${t('ui.console.review.note_short')} maxlength="2000" value=${line.note || ''} onInput=${(/** @type {any} */ e) => onEdit(line, { note: e.target.value })} />` : null}
  </div>`;
}

/** Why the book was wrong: one of the usual reasons, or another in own words. @param {any} props */
function Reason({ line, about, onEdit, reasons }) {
  const offered = reasons.filter((/** @type {any} */ one) => !one.archived || one.code === line.reason_code).map((/** @type {any} */ one) => one.code);
  const own = !!line.own || (!!line.reason_code && offered.indexOf(line.reason_code) < 0);
  const chosen = own ? OWN : line.reason_code || '';
  const choose = (/** @type {string} */ key) => onEdit(line, key === OWN ? { own: true, reason_code: null } : { own: false, reason_code: key || null });
  return html`<select aria-label=${t('ui.console.review.why', { about })} aria-invalid=${needsReason(line) && !line.reason_code ? 'true' : 'false'} value=${chosen} onInput=${(/** @type {any} */ e) => choose(e.target.value)}>
      <option value="" selected=${chosen === ''}>${t('ui.console.review.no_reason')}</option>
      ${offered.map((/** @type {string} */ key) => html`<option value=${key} selected=${chosen === key}>${reasonName(key, reasons)}</option>`)}
      <option value=${OWN} selected=${own}>${t('ui.console.review.own_reason')}</option></select>
    ${own ? html`<input type="text" aria-label=${t('ui.console.review.reason_of', { about })} placeholder=${t('ui.console.reason')} maxlength="200" value=${line.reason_code || ''} onInput=${(/** @type {any} */ e) => onEdit(line, { reason_code: e.target.value })} />` : null}`;
}

/** What a reason code is called: as people named it, else in our words. @param {string | null} code @param {any[]} reasons @returns {string} */
function reasonName(code, reasons) {
  const named = reasons.filter((one) => one.code === code && one.name)[0];
  if (named) return named.name;
  return code && has('ui.reason_codes.' + code) ? t('ui.reason_codes.' + code) : code || '';
}

/** @param {any} props */
function Totals({ totals, lines }) {
  const by = lines.reduce((/** @type {any} */ sum, /** @type {any} */ line) => Object.assign(sum, { [line.state]: (sum[line.state] || 0) + 1 }), {});
  const rest = TOTALS.filter((key) => totals && totals[key] !== undefined);
  return html`<div class="totals">
    ${Object.keys(SIGNS).filter((key) => by[key]).map((key) => html`<span class=${'tag ' + key}>${amount(by[key])} ${t('ui.console.states.' + key)}</span>`)}
    <dl>${rest.map((key) => html`<div><dt>${t('ui.console.totals.' + key)}</dt><dd>${money(totals[key])}</dd></div>`)}</dl></div>`;
}

/** @param {any} value @returns {string} */
function signed(value) {
  if (value === null || value === undefined) return '';
  const text = String(value);
  if (/^-/.test(text)) return '\u2212' + amount(text.slice(1));
  return /[1-9]/.test(text) ? '+' + amount(text) : amount(text);
}
