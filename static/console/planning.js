/**
 * Planning: what will be due on the coming days, the rules that say so, and the classes that some of them follow.
 */
import { html } from '../views/html.js';
import { useState } from '../vendor/hooks.js';
import { Empty, Form, More, Notice, trouble } from '../views/parts.js';
import { segment } from './address.js';
import { Loading, useLoad } from './load.js';
import { EDITORS, SUPERVISOR, may } from './may.js';
import { amount, t, when } from '../text.js';

const AHEAD = [7, 14, 28, 92];
const SHOWN = 50;

/** @param {any} props */
export function Planning({ app }) {
  const [days, setDays] = useState(14);
  const [told, setTold] = useState(/** @type {any} */ (null));
  const rules = useLoad(app, '/api/v1/count-rules', { site: app.site });
  const calendar = useLoad(app, '/api/v1/count-calendar', { site: app.site, days });
  const trusted = may(app, SUPERVISOR);
  const isIdle = !!rules.data && !rules.data.rows.some((/** @type {any} */ rule) => rule.active);
  const run = async (/** @type {any} */ rule) => {
    const answer = await app.api('POST', '/api/v1/count-rules/' + segment(rule.code) + '/runs', { query: { site: app.site } });
    setTold(answer.status === 200 ? answer.data : { error: trouble(answer) });
    await calendar.again();
  };
  return html`<div>
    <div class="between"><h1>${t('ui.console.nav.planning')}</h1>${trusted ? html`<a class="button primary" href="#/planning/new">${t('ui.console.planning.add')}</a>` : null}</div>
    <div aria-live="polite">${told ? html`<${Told} told=${told} />` : null}</div>
    <section aria-labelledby="calendar"><div class="between"><h2 id="calendar">${t('ui.console.planning.calendar')}</h2>
      <label>${t('ui.console.lots.ahead')} <select value=${days} onInput=${(/** @type {any} */ event) => setDays(Number(event.target.value))}>
        ${AHEAD.map((n) => html`<option value=${n} selected=${n === days}>${t('ui.console.lots.days', { n })}</option>`)}</select></label></div>
      <${Loading} load=${calendar}>${calendar.data ? html`<${Calendar} data=${calendar.data} isIdle=${isIdle} />` : null}<//></section>
    <section aria-labelledby="rules"><h2 id="rules">${t('ui.console.planning.rules')}</h2>
      <${Loading} load=${rules}>${rules.data && rules.data.rows.length ? html`<${Rules} rows=${rules.data.rows} onRun=${trusted && run} />`
        : html`<${Empty} title=${t('ui.console.planning.none')}><p>${t('ui.console.planning.none_how')}</p><//>`}<//></section>
    ${may(app, EDITORS) ? html`<${Classes} app=${app} />` : null}
  </div>`;
}

/** What became of a run. @param {any} props */
function Told({ told }) {
  if (told.error) return html`<${Notice} kind="bad" title=${t('ui.console.not_done')}>${told.error}<//>`;
  if (!told.count) return html`<${Notice} kind="info" title=${t('ui.console.planning.nothing_due')}>${told.in_open_count ? t('ui.console.planning.skipped', { n: told.in_open_count }) : null}<//>`;
  return html`<${Notice} kind="good" title=${t('ui.console.planning.' + (told.planned ? 'has_planned' : 'planned_before'), { n: told.locations })}>
    <a href=${'#/counts/' + encodeURIComponent(told.count)}>${t('ui.console.counts.title', { code: told.count })}</a> ${told.in_open_count ? t('ui.console.planning.skipped', { n: told.in_open_count }) : null}<//>`;
}

/** The load by day, as bars, where any rule asks for something; what is late; what is planned. @param {any} props */
function Calendar({ data, isIdle }) {
  const most = Math.max(...data.days.map((/** @type {any} */ day) => day.total), 1);
  const late = sum(data.overdue);
  const left = sum(data.waiting);
  return html`<div>
    ${late ? html`<${Notice} kind="warn" title=${t('ui.console.planning.overdue', { n: late })}>${named(data.overdue)}<//>` : null}
    ${isIdle ? html`<${Empty} title=${t('ui.console.planning.idle')}><p>${t('ui.console.planning.idle_how')}</p><//>` : html`<dl class="bars load">${data.days.map((/** @type {any} */ day) => html`<div key=${day.day}><dt>${weekday(day.day)}</dt>
      <dd><svg aria-hidden="true" viewBox="0 0 100 10" preserveAspectRatio="none"><rect width=${(100 * day.total) / most} height="10" /></svg> ${amount(day.total)} <span class="hint">${named(day.due)}</span></dd></div>`)}</dl>`}
    ${left ? html`<p class="hint">${t('ui.console.planning.waiting', { n: left })} ${named(data.waiting)}</p>` : null}
    ${data.planned.length ? html`<div class="scroll"><table aria-label=${t('ui.console.planning.planned')}><thead><tr><th>${t('ui.console.planning.planned')}</th><th>${t('ui.console.planning.rule')}</th><th>${t('ui.console.planning.since')}</th><th class="num">${t('ui.console.planning.open')}</th></tr></thead>
      <tbody>${data.planned.map((/** @type {any} */ one) => html`<tr key=${one.count}><td><a href=${'#/counts/' + encodeURIComponent(one.count)}>${one.count}</a></td><td>${one.note || one.rule || ''}</td><td>${weekday(one.day)}</td>
        <td class="num">${t('ui.console.planning.of', { open: amount(one.open), all: amount(one.locations) })}</td></tr>`)}</tbody></table></div>` : null}
  </div>`;
}

/** @param {any} props */
function Rules({ rows, onRun }) {
  return html`<div class="scroll"><table aria-label=${t('ui.console.planning.rules')}><thead><tr><th>${t('ui.console.planning.rule')}</th><th>${t('ui.console.planning.kind')}</th><th class="num">${t('ui.console.planning.most')}</th><th>${t('ui.console.planning.daily')}</th><th></th></tr></thead>
    <tbody>${rows.map((/** @type {any} */ rule) => html`<tr key=${rule.code}><td><a href=${'#/planning/' + encodeURIComponent(rule.code)}>${rule.name}</a><span class="code">${rule.code}</span></td>
      <td>${t('ui.console.planning.kinds.' + rule.kind)}</td><td class="num">${amount(rule.most)}</td><td>${t('ui.console.planning.' + (rule.active ? 'yes' : 'no'))}</td>
      <td>${onRun ? html`<button aria-label=${t('ui.console.planning.run_one', { name: rule.name })} onClick=${() => onRun(rule)}>${t('ui.console.planning.run')}</button>` : null}</td></tr>`)}</tbody></table></div>`;
}

/** The ABC classes of products: shown first, then set. @param {any} props */
function Classes({ app }) {
  const [keep, setKeep] = useState(true);
  const [found, setFound] = useState(/** @type {any} */ (null));
  const [error, setError] = useState('');
  const ask = async (/** @type {boolean} */ tell) => {
    const answer = await app.api('POST', '/api/v1/product-classes', { body: { keep, dry_run: tell } });
    setError(answer.status === 200 ? '' : trouble(answer));
    if (answer.status === 200) setFound(Object.assign({ done: !tell }, answer.data));
  };
  return html`<section class="panel" aria-labelledby="classes"><h2 id="classes">${t('ui.console.planning.classes')}</h2>
    <p class="hint">${t('ui.console.planning.classes_how')}</p>
    <${Form} label=${t('ui.console.planning.classes')} onSubmit=${() => ask(true)}>
      <label class="pick"><input type="checkbox" checked=${keep} onChange=${() => { setKeep(!keep); setFound(null); }} /> ${t('ui.console.planning.keep')}</label>
      <div class="row"><button type="submit">${t('ui.console.planning.compute')}</button>
        ${found && !found.done && found.changed ? html`<button type="button" class="primary" onClick=${() => ask(false)}>${t('ui.console.planning.set', { n: found.changed })}</button>` : null}</div><//>
    ${error ? html`<${Notice} kind="bad" title=${t('ui.console.not_done')}>${error}<//>` : null}
    <div role="status">${found ? html`<p>${found.done ? t('ui.console.planning.classes_set', { n: found.changed }) : t('ui.console.planning.classes_are', { a: amount(found.classes.A), b: amount(found.classes.B), c: amount(found.classes.C), n: found.changed })}
      ${found.without_cost ? ' ' + t('ui.console.planning.without_cost', { n: found.without_cost }) : null}</p>` : null}</div>
    ${found && !found.done && found.changed ? html`<div class="scroll"><table><thead><tr><th>${t('ui.console.review.product')}</th><th>${t('ui.console.planning.before')}</th><th>${t('ui.console.planning.after')}</th></tr></thead>
      <tbody>${found.changes.slice(0, SHOWN).map((/** @type {any} */ one) => html`<tr key=${one.sku}><td>${one.name}<span class="code">${one.sku}</span></td><td>${one.before || ''}</td><td><strong>${one.after}</strong></td></tr>`)}</tbody></table></div><${More} n=${found.changed - Math.min(SHOWN, found.changes.length)} />` : null}
  </section>`;
}

/** @param {Object.<string, number>} by @returns {number} */
function sum(by) {
  return Object.keys(by).reduce((all, code) => all + by[code], 0);
}

/** @param {Object.<string, number>} by @returns {string} */
function named(by) {
  return Object.keys(by).map((code) => code + ' ' + amount(by[code])).join(', ');
}

/** @param {string} day @returns {string} */
function weekday(day) {
  return when(day + 'T12:00:00.000Z').replace(/,? *\d{1,2}:\d\d.*$/, '');
}
