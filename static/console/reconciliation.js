/**
 * Review: every line with what was expected and counted; decide about one or about thousands, order recounts, approve exactly what is seen.
 */
import { html } from '../views/html.js';
import { useEffect, useRef, useState } from '../vendor/hooks.js';
import { Empty, Field, Notice, trouble } from '../views/parts.js';
import { Proof, asksForCode } from './authenticator.js';
import { Because, Status } from './counts.js';
import { LETTERS, Line, Many, signed } from './deciding.js';
import { Asks, Doubts, SIGNS, Totals } from './doubts.js';
import { Downloads } from './downloads.js';
import { Filters, wanted } from './filtering.js';
import { Grid } from './grid.js';
import { useLoad } from './load.js';
import { SUPERVISOR, may } from './may.js';
import { money } from './money.js';
import { usePages } from './paging.js';
import { usePicks } from './picking.js';
import { ReverseCount } from './reversing.js';
import { amount, t } from '../text.js';

const HEADS = ['location', 'product', 'expected', 'counted', 'variance', 'value', 'state', 'decision'];
const NUMBERS = ['expected', 'counted', 'variance', 'value'];
const MOST = 5000;
/** So often, in milliseconds, a review looks whether people still count. */
const EVERY = 5000;

/** @param {any} props */
export function Reconciliation({ app, code }) {
  const address = '/api/v1/counts/' + encodeURIComponent(code);
  const board = useLoad(app, address + '/board', { site: app.site });
  const codes = useLoad(app, '/api/v1/reason-codes', {});
  const [filter, setFilter] = useState({ show: 'differences', sort: 'location', more: /** @type {any} */ ({}) });
  const pages = usePages(app, address + '/lines', Object.assign({ site: app.site, sort: filter.sort }, wanted(filter)));
  const isWhole = useRef(false);
  isWhole.current = isWhole.current || !!pages.head && pages.head.done === 100;
  const load = useLoad(app, isWhole.current ? address + '/reconciliation' : null, { site: app.site, limit: 1 });
  const picks = usePicks(pages);
  const [message, setMessage] = useState(/** @type {any} */ (null));
  const [sure, setSure] = useState(false);
  const [isBusy, setBusy] = useState(false);
  const [override, setOverride] = useState('');
  /** What a code of the authenticator was asked for, to be done with it. */
  const [asked, setAsked] = useState(/** @type {any} */ (null));
  const [wrong, setWrong] = useState(/** @type {any} */ (null));
  const [isHelping, setHelping] = useState(false);
  const searchRef = useRef(/** @type {any} */ (null));
  const data = load.data;
  const head = pages.head;
  const reasons = codes.data ? codes.data.rows : [];
  const choose = (/** @type {(was: any) => any} */ change) => {
    picks.none();
    picks.go(0, false);
    setSure(false);
    setFilter((/** @type {any} */ was) => Object.assign({}, was, change(was)));
  };
  const again = async () => { await load.again(); await pages.again(); };
  const send = async (/** @type {string} */ method, /** @type {string} */ path, /** @type {any} */ body, /** @type {(answer: any) => any} */ say) => {
    setMessage(null);
    setSure(false);
    setAsked(null);
    setBusy(true);
    const answer = await app.api(method, address + path, { body, query: { site: app.site } });
    const ok = answer.status >= 200 && answer.status < 300;
    const changed = answer.status === 409 && answer.data && answer.data.code === 'changed';
    if (ok) setOverride('');
    if (ok || changed) await again();
    setBusy(false);
    if (asksForCode(answer)) setAsked({ again: () => send(method, path, body, say) });
    else setMessage(ok ? say(answer.data) : !answer.status ? { kind: 'bad', title: t('ui.console.review.unheard'), text: trouble(answer), again: true } : changed ? { kind: 'warn', title: t('ui.console.review.changed') } : { kind: 'bad', title: t('ui.console.not_done'), text: trouble(answer, true) });
    return ok;
  };
  const about = (/** @type {any} */ target, /** @type {any} */ change) => send('POST', '/decisions', Object.assign({ hash: head.hash }, target, change), decided);
  const decideOne = async (/** @type {any} */ line, /** @type {any} */ change) => (change.decision === null
    ? send('PUT', '/decisions', { decisions: [{ line: line.line, decision: null }] }, () => null)
    : about({ lines: [line.line] }, change));
  const decideMany = (/** @type {any} */ change) => about(picks.isAll ? { matching: wanted(filter) } : { lines: picks.lines() }, change);
  const undo = () => send('DELETE', '/decisions/' + head.undo.bulk, undefined, (answer) => ({ kind: 'good', title: t('ui.console.grid.undone', { n: amount(answer.undone) }), text: answer.kept ? t('ui.console.grid.kept', { n: amount(answer.kept) }) : null }));
  const recount = async () => {
    const lines = /** @type {string[]} */ ([]);
    let after = /** @type {string | null} */ ('');
    while (after !== null) {
      const answer = /** @type {any} */ (await app.api('GET', address + '/lines', { query: { site: app.site, decision: 'recount', limit: 500, after } }));
      if (answer.status !== 200) return setMessage({ kind: 'bad', title: t('ui.console.not_done'), text: trouble(answer) });
      answer.data.rows.forEach((/** @type {any} */ line) => lines.push(line.line));
      after = answer.data.next;
    }
    for (let n = 0; n < lines.length; n += MOST) {
      if (!(await send('POST', '/sheets', { lines: lines.slice(n, n + MOST) }, () => ({ kind: 'good', title: t('ui.console.review.recount_ordered', { n: lines.length }) })))) return undefined;
    }
    return undefined;
  };
  const askApproval = () => {
    const silent = head.decided.unexplained;
    setMessage(silent ? { kind: 'warn', title: t('ui.console.review.reasons_needed', { n: silent }) } : null);
    if (silent) choose(() => ({ show: 'all', sort: 'value', more: { unexplained: true } }));
    else {
      setOverride('');
      setSure(true);
    }
  };
  const approve = async () => {
    const isApproved = await send('POST', status === 'approved' ? '/approval' : '/reconciliation', { hash: head.hash, count_journal: head.count_journal, override: override.trim() || null }, (answer) => ({ kind: 'good', title: t(answer.status === 'approved' ? 'ui.console.review.approved_once' : 'ui.console.review.approved') }));
    if (isApproved && filter.more.unexplained) choose(() => ({ show: 'differences', more: {} }));
  };
  const withdraw = () => send('POST', '/withdrawal', { reason: override.trim() }, () => ({ kind: 'good', title: t('ui.console.review.withdrawn') }));
  const reverse = (/** @type {string} */ reason) => send('POST', '/lines/' + encodeURIComponent(wrong.line) + '/reversal', { reason }, () => {
    setWrong(null);
    return { kind: 'good', title: t('ui.console.review.reversed') };
  });
  const status = head ? head.status : '';
  const closed = ['posted', 'cancelled'].indexOf(status) >= 0;
  const counting = ['planned', 'counting'].indexOf(status) >= 0;
  useEffect(() => {
    if (!counting) return undefined;
    const timer = setInterval(() => { if (document.visibilityState === 'visible') board.again(); }, EVERY);
    return () => clearInterval(timer);
  }, [counting]);
  useEffect(() => { if (counting && board.data && board.data.status !== status) again(); }, [board.data]);
  const isDone = !!head && head.done === 100;
  const decides = may(app, SUPERVISOR) && isDone && !closed && !counting && status !== 'approved';
  const acts = may(app, SUPERVISOR) && isDone && !closed && !counting && !!data;
  const asksWhy = !!data && data.needs_override;
  /** What became of the last deed: where the deeds are it is seen wherever one has scrolled to. */
  const said = message ? html`<${Notice} kind=${message.kind} title=${message.title} action=${message.again ? html`<button onClick=${async () => { await again(); setMessage(null); }}>${t('ui.console.grid.look_again')}</button>` : null}>${message.text}<//>` : null;
  const line = pages.row(picks.active);
  const press = async (/** @type {string} */ key) => {
    if (key === '/') return searchRef.current && searchRef.current.focus();
    if (key === '?') return setHelping(!isHelping);
    if (key === 'Escape') return picks.none();
    if (key === ' ') return picks.toggle(picks.active);
    if (key === 'ctrl+a') return picks.all();
    if (!decides) return undefined;
    if (key === 'u' && head.undo) return undo();
    if (!LETTERS[key] || !line) return undefined;
    if (picks.n) return decideMany({ decision: LETTERS[key] });
    const here = picks.active;
    if ((await decideOne(line, { decision: LETTERS[key] })) && (pages.row(here) || {}).line === line.line) picks.go(Math.min(here + 1, pages.total - 1), false);
    return undefined;
  };
  return html`<div>
    <p class="crumbs"><a href="#/counts">${t('ui.console.nav.counts')}</a> \u203a <a href=${'#/counts/' + encodeURIComponent(code)}>${code}</a></p>
    ${pages.error || load.error ? html`<${Notice} kind="bad" title=${t('ui.console.failed')} action=${html`<button onClick=${again}>${t('ui.console.again')}</button>`}>${pages.error || load.error}<//>` : null}
    ${head ? html`
      <div class="between"><h1>${t('ui.console.review.title', { code })} <${Status} status=${status} /></h1><${Downloads} app=${app} code=${code} posted=${status === 'posted'} /></div>
      ${isDone ? null : html`<${Notice} kind="info" title=${t('ui.console.review.comparing')}><progress aria-label=${t('ui.console.review.compared')} max="100" value=${head.done}></progress> ${head.done} % \u00b7 ${t('ui.console.review.comparing_how')}<//>`}
      ${data ? html`<${Doubts} data=${data} />` : null}
      <${Totals} totals=${head.totals} />
      <${Filters} filter=${filter} onChange=${choose} reasons=${reasons} undecided=${head.totals.undecided} places=${board.data ? board.data.zones.map((/** @type {any} */ one) => one.zone).filter(Boolean) : []} counters=${board.data ? board.data.people.map((/** @type {any} */ one) => one.operator).filter(Boolean) : []} searchRef=${searchRef} />
      ${wrong ? html`<${Because} key=${wrong.line} danger=${true} title=${t('ui.console.review.reverse_of', { about: wrong.location + ' ' + (wrong.sku || '') })} how=${t('ui.console.review.reverse_how')} id="reverse-reason" onDone=${reverse} onBack=${() => setWrong(null)} />` : null}
      ${pages.isOther ? html`<${Notice} kind="warn" title=${t('ui.console.grid.changed')} action=${html`<button onClick=${again}>${t('ui.console.grid.look_again')}</button>`} />` : null}
      <div class="many"><strong role="status">${!pages.isFresh ? t('ui.console.loading') : picks.n ? t('ui.console.grid.picked', { n: amount(picks.n) }) : t('ui.console.grid.found', { n: amount(pages.total), of: amount(head.totals.lines) })}</strong>
        ${decides ? html`<${Many} n=${picks.n} isAll=${picks.isAll} total=${pages.total} reasons=${reasons} onAll=${picks.all} onNone=${picks.none} onDecide=${decideMany} />` : null}
        ${picks.n ? null : html`<button class="help" aria-expanded=${isHelping ? 'true' : 'false'} onClick=${() => setHelping(!isHelping)}>${t('ui.console.grid.keys')}</button>`}</div>
      ${isHelping ? html`<${Keys} />` : null}
      ${pages.total ? html`<${Grid} label=${t('ui.console.review.lines')} heads=${heads()} total=${pages.total} active=${picks.active} isPicked=${(/** @type {number} */ n) => decides && picks.has(n)} onMove=${picks.go} onKey=${press} onNeed=${pages.need}
        row=${(/** @type {number} */ n) => { const one = pages.row(n); return one ? { line: one.line, cells: cells(one, picks.has(n), decides ? (/** @type {any} */ event) => { event.stopPropagation(); picks.toggle(n); } : null) } : null; }} />`
    : pages.isFresh ? html`<${Empty} title=${t(head.totals.lines ? 'ui.console.review.none_here' : 'ui.console.review.nothing')} />` : null}
      ${acts ? null : said}
      ${line && isDone ? html`<${Line} key=${line.line} app=${app} code=${code} line=${line} closed=${!decides} reasons=${reasons} onDecide=${(/** @type {any} */ change) => decideOne(line, change)} onReverse=${status === 'posted' && may(app, SUPERVISOR) ? setWrong : null} />` : null}
      ${counting ? html`<${Notice} kind="info" title=${t('ui.console.review.still_counting')} />` : null}
      ${asked ? html`<${Proof} app=${app} onDone=${asked.again} onBack=${() => setAsked(null)} />` : null}
      <${ReverseCount} app=${app} code=${code} isLeft=${status === 'posted' && head.totals.reversed < head.decided.accept} onDone=${again} />
      ${acts ? html`<div class="deeds">${said}
        ${status === 'approved' ? sure ? null : html`<${Field} id="withdraw-reason" label=${t('ui.console.review.withdraw_why')} value=${override} onInput=${setOverride} maxlength="2000" />
        <button onClick=${withdraw} disabled=${!override.trim()}>${t('ui.console.review.withdraw')}</button>`
    : html`<button onClick=${recount} disabled=${isBusy || !head.decided.recount}>${t('ui.console.review.order_recount', { n: head.decided.recount })}</button>`}
        ${decides && head.undo ? html`<button onClick=${undo}>\u21b6 ${t('ui.console.grid.undo', { what: head.undo.decision ? t('ui.console.decisions.' + head.undo.decision) : t('ui.console.grid.reason_or_note'), n: amount(head.undo.decided) })}</button>` : null}
        ${sure && asksWhy ? html`<${Asks} data=${data} /><${Field} id="override" label=${t('ui.console.review.override')} value=${override} onInput=${setOverride} maxlength="2000" />` : null}
        ${sure ? html`<button class="primary" onClick=${approve} disabled=${isBusy || (asksWhy && !override.trim())}>${t('ui.console.review.really')}</button><button onClick=${() => setSure(false)}>${t('ui.cancel')}</button>`
    : html`<button class="primary" onClick=${askApproval} disabled=${isBusy || head.decided.recount > 0}>${t(status === 'approved' ? 'ui.console.review.approve_second' : 'ui.console.review.approve')}</button>`}
        ${sure ? html`<p class="hint" role="status">${t('ui.console.review.sure', { hash: String(head.hash).slice(0, 12), n: head.totals.undecided })}</p>` : null}
      </div>` : null}` : html`<p class="hint" role="status">${pages.error ? '' : t('ui.console.loading')}</p>`}
  </div>`;
}

/** What a bulk decision did, in words. @param {any} answer @returns {any} */
function decided(answer) {
  const left = answer.refused.reduce((/** @type {number} */ sum, /** @type {any} */ one) => sum + one.lines, 0);
  return { kind: left ? 'warn' : 'good', title: t('ui.console.grid.decided', { n: amount(answer.decided) }) + (left ? ' ' + t('ui.console.grid.refused', { n: amount(left) }) : ''), text: answer.refused.map((/** @type {any} */ one) => html`<span class="block">${amount(one.lines)} \u00d7 ${t('ui.console.grid.why.' + one.reason)} <span class="hint">${one.first.map((/** @type {any} */ line) => [line.location, line.sku].filter(Boolean).join(' ')).join(', ')}${one.lines > one.first.length ? ' \u2026' : ''}</span></span>`) };
}

function heads() {
  return html`<span role="columnheader" class="grid-pick"></span>${HEADS.map((key) => html`<span role="columnheader" class=${'grid-' + key + (NUMBERS.indexOf(key) < 0 ? '' : ' num')}>${t('ui.console.review.' + key)}</span>`)}`;
}

/** @param {any} line @param {boolean} isPicked @param {any} onPick */
function cells(line, isPicked, onPick) {
  return html`<span role="gridcell" class="grid-pick" onClick=${onPick}>${onPick ? html`<span class="box" aria-hidden="true">${isPicked ? '\u2713' : ''}</span>` : null}</span>
    <span role="gridcell" class="grid-location">${line.location}</span>
    <span role="gridcell" class="grid-product" title=${line.name || null}><span class="code">${[line.sku, line.lot].filter(Boolean).join(' \u00b7 ')}</span> ${line.name || (line.sku ? '' : t('ui.console.review.whole_place'))}</span>
    ${number('expected', amount(line.expected))}${number('counted', line.counted === null ? '\u2013' : amount(line.counted))}${number('variance strong', signed(line.variance))}${number('value', money(line.value, true))}
    <span role="gridcell" class="grid-state"><span class=${'tag ' + line.state}>${SIGNS[line.state] || ''} ${t('ui.console.states.' + line.state)}</span></span>
    <span role="gridcell" class="grid-decision">${line.decision ? t('ui.console.decisions.' + line.decision) : ''}${line.reversal ? ' \u21a9' : ''}<span class="code">${line.reason_code || ''}</span></span>`;
}

/** A number, smaller where it is long: it is never cut off. @param {string} name @param {string} text */
function number(name, text) {
  return html`<span role="gridcell" class=${'grid-' + name + ' num' + (text.length > 8 ? ' long' : '')}>${text}</span>`;
}

function Keys() {
  return html`<div class="panel"><dl class="says">${['arrows', 'pages', 'ends', 'space', 'shift', 'everything', 'letters', 'undo', 'slash', 'escape'].map((key) => html`<div><dt>${t('ui.console.grid.key.' + key)}</dt><dd>${t('ui.console.grid.does.' + key)}</dd></div>`)}</dl></div>`;
}
