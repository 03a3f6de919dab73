/**
 * Measures: how good the book is and how counting goes, as plots, each with its rows and files.
 */
import { html } from '../views/html.js';
import { useState } from '../vendor/hooks.js';
import { Empty } from '../views/parts.js';
import { Select } from '../views/select.js';
import { Loading, useLoad } from './load.js';
import { Bars, Columns, Figure, Lines } from './plot.js';
import { money } from './money.js';
import { NONE, percent } from './percents.js';
import { reasonTitle } from './reasons.js';
import { amount, t } from '../text.js';

const PERIODS = [28, 91, 182, 365];
const BY = ['reason', 'zone', 'class', 'product', 'location', 'rule'];
const SHOWN = 12;
const DAY = 86400000;

/** @param {any} props */
export function Measures({ app }) {
  const [days, setDays] = useState(91);
  const [within, setWithin] = useState('');
  const [by, setBy] = useState('reason');
  const [today] = useState(() => Date.now());
  const grain = days <= 28 ? 'day' : days <= 182 ? 'week' : 'month';
  const period = { site: app.site, from: iso(today - (days - 1) * DAY), to: iso(today) };
  const asked = within ? Object.assign({ within }, period) : period;
  const time = useLoad(app, '/api/v1/measures/accuracy', Object.assign({ by: grain }, asked));
  const groups = useLoad(app, '/api/v1/measures/accuracy', Object.assign({ by }, asked));
  const zones = useLoad(app, '/api/v1/measures/coverage', Object.assign({ by: 'zone' }, period));
  const inside = useLoad(app, within ? '/api/v1/measures/coverage' : null, Object.assign({ by: 'location' }, asked));
  const due = useLoad(app, '/api/v1/measures/due', asked);
  const speed = useLoad(app, '/api/v1/measures/speed', Object.assign({ by: 'person' }, asked));
  const reasons = useLoad(app, '/api/v1/reason-codes', {});
  const covered = within ? inside : zones;
  const file = (/** @type {string} */ name, /** @type {string} */ how) => (/** @type {string} */ kind) => '/api/v1/measures/' + name + '.' + kind + '?' + search(Object.assign(how ? { by: how } : {}, asked));
  const places = zones.data ? zones.data.rows.map((/** @type {any} */ row) => row.key).sort() : [];
  return html`<div>
    <h1>${t('ui.console.nav.measures')}</h1>
    <div class="thirds">
      <${Select} id="measures-period" label=${t('ui.console.measures.period')} value=${String(days)} onInput=${(/** @type {string} */ value) => setDays(Number(value))} options=${PERIODS.map((n) => ({ value: String(n), label: t('ui.console.measures.last.' + n) }))} />
      <${Select} id="measures-zone" label=${t('ui.console.measures.zone')} value=${within} onInput=${setWithin} options=${[{ value: '', label: t('ui.console.measures.everywhere') }].concat(places.map((/** @type {string} */ value) => ({ value, label: value })))} />
    </div>
    <${Loading} load=${time}>${time.data ? html`<${Book} data=${time.data} grain=${grain} file=${file('accuracy', grain)}>
      <${Choice} by=${by} onChoose=${setBy} /><${Loading} load=${groups}>${groups.data ? html`<${Differences} data=${groups.data} reasons=${reasons.data ? reasons.data.rows : []} file=${file('accuracy', by)} />` : null}<//><//>` : null}<//>
    <${Loading} load=${covered}>${covered.data ? html`<${Coverage} data=${covered.data} file=${file('coverage', covered.data.by)} />` : null}<//>
    <${Loading} load=${due}>${due.data ? html`<${Due} data=${due.data} file=${file('due', '')} />` : null}<//>
    <${Loading} load=${speed}>${speed.data ? html`<${Speed} data=${speed.data} file=${file('speed', 'person')} />` : null}<//>
  </div>`;
}

/** How right the book was, what was missing and found, how often was counted again: over time. @param {any} props */
function Book({ data, grain, file, children }) {
  const all = data.total;
  if (!all.lines) return html`<${Empty} title=${t('ui.console.measures.nothing')}><p>${t('ui.console.measures.nothing_how')}</p><//>`;
  const kinds = ['line', 'unit', 'value'];
  const times = filled(data.rows, grain);
  const right = times.map((/** @type {any} */ row) => ({
    x: day(row.key, grain), values: kinds.map((kind) => number(row[kind + '_accuracy'])),
    told: day(row.key, grain, true) + ': ' + kinds.map((kind) => t('ui.console.measures.' + kind) + ' ' + percent(row[kind + '_accuracy'])).join(', ') + '; ' + t('ui.console.measures.n_lines', { n: amount(row.lines) }),
  }));
  const lost = times.map((/** @type {any} */ row) => ({
    x: day(row.key, grain), up: Number(row.found_value), down: Number(row.missing_value),
    told: day(row.key, grain, true) + ': ' + t('ui.console.measures.lost', { missing: money(row.missing_value), found: money(row.found_value), net: money(row.shrinkage_value), percent: percent(row.shrinkage_value_percent) }),
  }));
  const again = times.map((/** @type {any} */ row) => ({ x: day(row.key, grain), values: [number(row.recount_percent)], told: day(row.key, grain, true) + ': ' + t('ui.console.measures.again', { percent: percent(row.recount_percent), n: amount(row.recounted), all: amount(row.lines) }) }));
  const least = Math.min(100, ...right.reduce((/** @type {number[]} */ some, /** @type {any} */ point) => some.concat(point.values.filter((/** @type {any} */ one) => one !== null)), []));
  return html`<div>
    <dl class="says">${[['line', all.line_accuracy], ['unit', all.unit_accuracy], ['value', all.value_accuracy], ['within', all.within_accuracy]].map(([kind, share]) => html`<div><dt>${t('ui.console.measures.right_by', { kind: t('ui.console.measures.' + kind) })}</dt><dd>${percent(share)}</dd></div>`)}
      <div><dt>${t('ui.console.measures.shrinkage')}</dt><dd>${money(all.shrinkage_value)} (${percent(all.shrinkage_value_percent)})</dd></div>
      <div><dt>${t('ui.console.measures.counts')}</dt><dd>${amount(all.counts)}</dd></div><div><dt>${t('ui.console.measures.lines')}</dt><dd>${amount(all.lines)}</dd></div>
      ${all.reversed ? html`<div><dt>${t('ui.console.measures.reversed')}</dt><dd>${amount(all.reversed)}</dd></div>` : null}</dl>
    <${Figure} id="plot-accuracy" title=${t('ui.console.measures.accuracy')} about=${t('ui.console.measures.accuracy_how')} legend=${kinds.map((kind, i) => ({ mark: MARKS[i], line: true, label: t('ui.console.measures.' + kind) }))} download=${file}
      columns=${[t('ui.console.measures.from')].concat(kinds.map((kind) => t('ui.console.measures.' + kind)), [t('ui.console.measures.within'), t('ui.console.measures.lines')])}
      rows=${data.rows.map((/** @type {any} */ row) => [day(row.key, grain, true)].concat(kinds.map((kind) => percent(row[kind + '_accuracy'])), [percent(row.within_accuracy), amount(row.lines)]))}>
      <${Lines} label=${t('ui.console.measures.accuracy')} points=${right} marks=${MARKS} unit=${hundredth} least=${least >= 95 ? 95 : least >= 90 ? 90 : least >= 50 ? 50 : 0} most=${100} /><//>
    <${Figure} id="plot-shrinkage" title=${t('ui.console.measures.shrinkage_time')} about=${t('ui.console.measures.shrinkage_how')} legend=${[{ mark: 'missing', label: t('ui.console.measures.missing') }, { mark: 'found', label: t('ui.console.measures.found') }]} download=${file}
      columns=${['from', 'missing', 'found', 'shrinkage', 'share', 'gross'].map((name) => t('ui.console.measures.' + name))}
      rows=${data.rows.map((/** @type {any} */ row) => [day(row.key, grain, true), money(row.missing_value), money(row.found_value), money(row.shrinkage_value), percent(row.shrinkage_value_percent), money(row.gross_value)])}>
      <${Columns} label=${t('ui.console.measures.shrinkage_time')} points=${lost} unit=${rounded} /><//>
    ${children}
    <${Figure} id="plot-recounts" title=${t('ui.console.measures.recounts')} about=${t('ui.console.measures.recounts_how')} download=${file}
      columns=${['from', 'recounts', 'recounted', 'lines'].map((name) => t('ui.console.measures.' + name))} rows=${data.rows.map((/** @type {any} */ row) => [day(row.key, grain, true), percent(row.recount_percent), amount(row.recounted), amount(row.lines)])}>
      <${Lines} label=${t('ui.console.measures.recounts')} points=${again} marks=${MARKS.slice(0, 1)} unit=${hundredth} least=${0} most=${10} /><//>
  </div>`;
}

const MARKS = ['one', 'two', 'three'];

/** By what differences are shown. @param {any} props */
function Choice({ by, onChoose }) {
  return html`<p class="tabs" role="group" aria-label=${t('ui.console.measures.by')}>${BY.map((one) => html`<button aria-pressed=${one === by} onClick=${() => onChoose(one)}>${t('ui.console.measures.grouped.' + one)}</button>`)}</p>`;
}

/** Where or why lines differ, by value. @param {any} props */
function Differences({ data, reasons, file }) {
  const called = (/** @type {any} */ row) => named(row, data.by, reasons);
  const rows = data.rows.filter((/** @type {any} */ row) => Number(row.absolute_value) || Number(row.absolute_units));
  const rest = (/** @type {any} */ row) => Math.max(0, Number(row.absolute_value) - Number(row.gross_value));
  const parts = ['missing', 'found', 'rest'];
  return html`<${Figure} id="plot-differences" title=${t('ui.console.measures.differences', { by: t('ui.console.measures.grouped.' + data.by) })} about=${t('ui.console.measures.differences_how')} download=${file}
    legend=${parts.map((mark) => ({ mark, label: t('ui.console.measures.' + mark) }))}
    columns=${[t('ui.console.measures.grouped.' + data.by)].concat(['missing', 'found', 'shrinkage', 'absolute', 'line', 'unit', 'value', 'lines'].map((name) => t('ui.console.measures.' + name)))}
    rows=${data.rows.map((/** @type {any} */ row) => [called(row), money(row.missing_value), money(row.found_value), money(row.shrinkage_value), money(row.absolute_value), percent(row.line_accuracy), percent(row.unit_accuracy), percent(row.value_accuracy), amount(row.lines)])}>
    ${rows.length ? html`<${Bars} rows=${rows.slice(0, SHOWN).map((/** @type {any} */ row) => ({ key: row.key, label: called(row), note: row.name ? row.key : '', parts: [{ kind: 'missing', n: Number(row.missing_value) }, { kind: 'found', n: Number(row.found_value) }, { kind: 'rest', n: rest(row) }], told: money(row.absolute_value) }))} />` : html`<p class="hint">${t('ui.console.measures.no_differences')}</p>`}<//>`;
}

/** How much of the site was counted. @param {any} props */
function Coverage({ data, file }) {
  const kinds = ['location', 'product', 'value'];
  const last = (/** @type {any} */ row) => (row.counted_at === null ? t('ui.console.measures.never') : t('ui.console.measures.days_ago', { n: amount(row.days) }));
  return html`<${Figure} id="plot-coverage" title=${t('ui.console.measures.coverage')} about=${t('ui.console.measures.coverage_how')} download=${file}
    columns=${[t('ui.console.measures.grouped.' + data.by)].concat(['locations', 'counted', 'never_counted', 'products', 'value_on_hand', 'longest'].map((name) => t('ui.console.measures.' + name)))}
    rows=${data.rows.map((/** @type {any} */ row) => [row.key, amount(row.locations), amount(row.counted_locations) + ' (' + percent(row.location_percent) + ')', amount(row.never_counted_locations), percent(row.product_percent), percent(row.value_percent), last(row)])}>
    <${Bars} most=${100} rows=${kinds.map((kind) => ({ key: kind, label: t('ui.console.measures.covered.' + kind), parts: [{ kind: 'done', n: number(data.total[kind + '_percent']) || 0 }], told: percent(data.total[kind + '_percent']) }))} />
    <p class="hint">${t('ui.console.measures.never_n', { n: amount(data.total.never_counted_locations), all: amount(data.total.locations) })}</p><//>`;
}

/** What rules ask for today. @param {any} props */
function Due({ data, file }) {
  const parts = ['overdue', 'due_now', 'open'];
  return html`<${Figure} id="plot-due" title=${t('ui.console.measures.due')} about=${t('ui.console.measures.due_how', { due: amount(data.total.due), overdue: amount(data.total.overdue), all: amount(data.total.locations) })} download=${file}
    legend=${parts.map((mark) => ({ mark, label: t('ui.console.measures.' + mark) }))} columns=${['rule', 'overdue', 'due', 'open', 'locations', 'oldest'].map((name) => t('ui.console.measures.' + name))}
    rows=${data.rows.map((/** @type {any} */ row) => [row.name, amount(row.overdue), amount(row.due), amount(row.in_open_count), amount(row.locations), row.oldest ? day(row.oldest, 'day', true) : NONE])}>
    ${data.rows.length ? html`<${Bars} rows=${data.rows.map((/** @type {any} */ row) => ({ key: row.key, label: row.name, parts: [{ kind: 'overdue', n: row.overdue }, { kind: 'due_now', n: row.due - row.overdue }, { kind: 'open', n: row.in_open_count }], told: amount(row.due) }))} />`
    : html`<p class="hint">${t('ui.console.measures.no_rules')} <a href="#/planning">${t('ui.console.nav.planning')}</a></p>`}<//>`;
}

/** How fast sheets are counted. @param {any} props */
function Speed({ data, file }) {
  const paces = ['scans_per_hour', 'lines_per_hour', 'sheets_per_hour'];
  return html`<${Figure} id="plot-speed" title=${t('ui.console.measures.speed')} about=${t('ui.console.measures.speed_how', { n: data.pause })} download=${file} legend=${[{ mark: 'done', label: t('ui.console.measures.scans_per_hour') }]}
    columns=${['person'].concat(paces, ['hours', 'breaks']).map((name) => t('ui.console.measures.' + name))}
    rows=${data.rows.map((/** @type {any} */ row) => [row.name ? row.name + ' (' + row.key + ')' : row.key].concat(paces.map((name) => (row[name] === null ? NONE : amount(row[name]))), [amount(row.hours), amount(row.breaks)]))}>
    ${data.rows.length ? html`<${Bars} rows=${data.rows.map((/** @type {any} */ row) => ({ key: row.key, label: row.name || row.key, note: row.name ? row.key : '', parts: [{ kind: 'done', n: Number(row.scans_per_hour) }], told: row.scans_per_hour === null ? NONE : amount(row.scans_per_hour) }))} />
      <p class="hint">${t('ui.console.measures.speed_care')}</p>` : html`<p class="hint">${t('ui.console.measures.no_speed')}</p>`}<//>`;
}

/** Put what has no counts between the days, weeks or months that have. @param {any[]} rows @param {string} grain @returns {any[]} */
function filled(rows, grain) {
  const all = [rows[0]];
  rows.slice(1).forEach((row) => {
    for (let key = after(all[all.length - 1].key, grain); key < row.key; key = after(key, grain)) all.push(Object.assign({ key }, NOTHING));
    all.push(row);
  });
  return all;
}

const NOTHING = { lines: 0, recounted: 0, missing_value: '0.00', found_value: '0.00', shrinkage_value: '0.00', shrinkage_value_percent: null, line_accuracy: null, unit_accuracy: null, value_accuracy: null, recount_percent: null };

/** @param {string} key @param {string} grain @returns {string} the first day of the next */
function after(key, grain) {
  const date = new Date(key + 'T00:00:00Z');
  if (grain === 'month') date.setUTCMonth(date.getUTCMonth() + 1);
  else date.setUTCDate(date.getUTCDate() + (grain === 'week' ? 7 : 1));
  return iso(date.getTime());
}

/** @param {any} row @param {string} by @param {any[]} reasons @returns {string} */
function named(row, by, reasons) {
  if (!row.key) return t('ui.console.measures.without.' + (by === 'class' || by === 'rule' ? by : 'reason'));
  return by === 'reason' ? reasonTitle(reasons.filter((one) => one.code === row.key)[0] || { code: row.key }) : row.name || row.key;
}

/** @param {string | null} share @returns {number | null} */
function number(share) {
  return share === null ? null : Number(share);
}

/** @param {number} tick @returns {string} */
function hundredth(tick) {
  return amount(tick) + '\u00a0%';
}

/** A value of an axis; from millions on in their words, for its place is narrow. @param {number} tick @returns {string} */
function rounded(tick) {
  const size = Math.abs(tick);
  return (tick < 0 ? '\u2212' : '') + (size < 1e6 ? amount(size) : new Intl.NumberFormat(document.documentElement.lang, /** @type {any} */ ({ notation: 'compact' })).format(size));
}

/** The day, week or month that begins on a day. @param {string} begun @param {string} grain @param {boolean} [whole] with the year @returns {string} */
function day(begun, grain, whole) {
  const wanted = grain === 'month' ? { month: 'short', year: 'numeric' } : whole ? { day: 'numeric', month: 'short', year: 'numeric' } : { day: 'numeric', month: 'short' };
  return new Intl.DateTimeFormat(document.documentElement.lang || 'en', /** @type {any} */ (Object.assign({ timeZone: 'UTC' }, wanted))).format(new Date(begun + 'T00:00:00Z'));
}

/** @param {number} ms @returns {string} */
function iso(ms) {
  return new Date(ms).toISOString().slice(0, 10);
}

/** @param {Object.<string, any>} query @returns {string} */
function search(query) {
  return Object.keys(query).map((name) => name + '=' + encodeURIComponent(query[name])).join('&');
}
