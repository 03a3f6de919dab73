/**
 * Plots: lines and columns over time, bars of parts. Each is one stop of the keyboard, whose arrows go from value to value; what a value
 * is stands below it, and all values are in a table.
 */
import { html } from '../views/html.js';
import { useState } from '../vendor/hooks.js';
import { t } from '../text.js';

const WIDE = 760;
const HIGH = 250;
const LEFT = 84;
const RIGHT = 14;
const TOP = 14;
const BOTTOM = 34;
const STEPS = [1, 2, 2.5, 5, 10];

/** A plot with its heading, what it shows, its legend and its rows. @param {any} props `columns` are names, `rows` lists of texts */
export function Figure({ id, title, about, legend, columns, rows, download, children }) {
  return html`<figure class="plot" aria-labelledby=${id}>
    <figcaption><h2 id=${id}>${title}</h2><p class="hint">${about}</p></figcaption>
    ${legend ? html`<ul class="legend">${legend.map((/** @type {any} */ one) => html`<li><${Sample} mark=${one.mark} line=${one.line} />${one.label}</li>`)}</ul>` : null}
    ${children}
    <details><summary>${t('ui.console.measures.rows')}</summary>
      <div class="scroll"><table aria-label=${title}><thead><tr>${columns.map((/** @type {string} */ name, /** @type {number} */ i) => html`<th class=${i ? 'num' : ''}>${name}</th>`)}</tr></thead>
        <tbody>${rows.map((/** @type {string[]} */ row) => html`<tr key=${row[0]}>${row.map((text, i) => html`<td class=${i ? 'num' : ''}>${text}</td>`)}</tr>`)}</tbody></table></div>
    </details>
    <p class="downloads">${['csv', 'xlsx', 'json'].map((kind) => html`<a class="button" download href=${download(kind)} aria-label=${title + ': ' + t('ui.console.review.download') + ' ' + kind.toUpperCase()}>${kind.toUpperCase()}</a>`)}</p>
  </figure>`;
}

/** @param {any} props */
function Sample({ mark, line }) {
  return html`<svg aria-hidden="true" class=${'swatch ' + mark} viewBox="0 0 34 16">${line ? html`<path class="line" d="M0 8H34" /><${Mark} mark=${mark} x=${17} y=${8} />` : html`<rect width="34" height="16" />`}</svg>`;
}

/** A value on a line; its shape tells the lines apart where colours don't. @param {any} props */
function Mark({ mark, x, y }) {
  if (mark === 'one') return html`<circle cx=${x} cy=${y} r="4.5" />`;
  if (mark === 'two') return html`<rect x=${x - 4.5} y=${y - 4.5} width="9" height="9" />`;
  return html`<path d=${'M' + x + ' ' + (y - 6) + 'l6 10h-12z'} />`;
}

/** Lines over time. @param {any} props `points`: {x: text of the axis, values: numbers or null by line, told: what they are}; `marks`: of each line */
export function Lines({ label, points, marks, unit, least, most }) {
  const known = points.reduce((/** @type {number[]} */ all, /** @type {any} */ point) => all.concat(point.values.filter((/** @type {any} */ one) => one !== null)), []);
  const axis = scale(Math.min(least === undefined ? Infinity : least, ...known), Math.max(most === undefined ? -Infinity : most, ...known));
  const high = (/** @type {number} */ value) => TOP + ((axis.top - value) / (axis.top - axis.bottom)) * (HIGH - TOP - BOTTOM);
  return html`<${Time} label=${label} points=${points} axis=${axis} high=${high} unit=${unit}>
    ${marks.map((/** @type {string} */ mark, /** @type {number} */ line) => html`<g class=${mark}>
      <path class="line" d=${path(points.map((/** @type {any} */ point, /** @type {number} */ i) => (point.values[line] === null ? null : [across(i, points.length), high(point.values[line])])))} />
      ${points.map((/** @type {any} */ point, /** @type {number} */ i) => (point.values[line] === null ? null : html`<${Mark} mark=${mark} x=${across(i, points.length)} y=${high(point.values[line])} />`))}</g>`)}<//>`;
}

/** Columns over time, up and down from nothing. @param {any} props `points`: {x, up, down, told} */
export function Columns({ label, points, unit }) {
  const axis = scale(Math.min(0, ...points.map((/** @type {any} */ point) => -point.down)), Math.max(0, ...points.map((/** @type {any} */ point) => point.up)));
  const high = (/** @type {number} */ value) => TOP + ((axis.top - value) / (axis.top - axis.bottom)) * (HIGH - TOP - BOTTOM);
  const wide = Math.max(4, Math.min(46, (0.6 * (WIDE - LEFT - RIGHT)) / points.length));
  return html`<${Time} label=${label} points=${points} axis=${axis} high=${high} unit=${unit}>
    ${points.map((/** @type {any} */ point, /** @type {number} */ i) => html`<g>
      <rect class="found" x=${across(i, points.length) - wide / 2} y=${high(point.up)} width=${wide} height=${high(0) - high(point.up)} />
      <rect class="missing" x=${across(i, points.length) - wide / 2} y=${high(0)} width=${wide} height=${high(-point.down) - high(0)} /></g>`)}
    <path class="zero" d=${'M' + LEFT + ' ' + high(0) + 'H' + (WIDE - RIGHT)} /><//>`;
}

/** What all plots over time share: axes, and the value that is looked at. @param {any} props */
function Time({ label, points, axis, high, unit, children }) {
  const [at, setAt] = useState(points.length - 1);
  const seen = Math.min(at, points.length - 1);
  const move = (/** @type {any} */ event) => {
    const to = { ArrowLeft: seen - 1, ArrowRight: seen + 1, Home: 0, End: points.length - 1 }[/** @type {'Home'} */ (event.key)];
    if (to === undefined) return;
    event.preventDefault();
    setAt(Math.max(0, Math.min(points.length - 1, to)));
  };
  const point = (/** @type {any} */ event) => {
    const box = event.currentTarget.getBoundingClientRect();
    setAt(nearest(((event.clientX - box.left) / box.width) * WIDE, points.length));
  };
  const every = Math.ceil(points.length / 6);
  return html`<div><svg class="time" viewBox=${'0 0 ' + WIDE + ' ' + HIGH} role="img" tabindex="0" aria-label=${label} aria-describedby=${'told-' + slug(label)} onKeyDown=${move} onMouseMove=${point} onClick=${point}>
      ${axis.ticks.map((/** @type {number} */ tick) => html`<g><path class="grid" d=${'M' + LEFT + ' ' + high(tick) + 'H' + (WIDE - RIGHT)} /><text x=${LEFT - 10} y=${high(tick) + 5} text-anchor="end">${unit(tick)}</text></g>`)}
      ${points.map((/** @type {any} */ one, /** @type {number} */ i) => ((points.length - 1 - i) % every ? null : html`<text x=${across(i, points.length)} y=${HIGH - 8} text-anchor="middle">${one.x}</text>`))}
      <path class="seen" d=${'M' + across(seen, points.length) + ' ' + TOP + 'V' + (HIGH - BOTTOM)} />
      ${children}</svg>
    <p class="told" id=${'told-' + slug(label)} aria-live="polite">${points[seen].told}</p></div>`;
}

/** Bars of parts, one for each row. @param {any} props `rows`: {key, label, note, parts: [{kind, n}], told}; `most`: what a whole bar is */
export function Bars({ rows, most }) {
  const whole = most || Math.max(...rows.map((/** @type {any} */ row) => row.parts.reduce((/** @type {number} */ sum, /** @type {any} */ part) => sum + part.n, 0)), 1e-9);
  return html`<dl class="bars parts">${rows.map((/** @type {any} */ row) => html`<div key=${row.key}><dt>${row.label}${row.note ? html`<span class="code">${row.note}</span>` : null}</dt>
    <dd><svg aria-hidden="true" viewBox="0 0 100 10" preserveAspectRatio="none">${stacked(row.parts, whole).map((part) => html`<rect class=${part.kind} x=${part.x} width=${part.wide} height="10" />`)}</svg><span class="value">${row.told}</span></dd></div>`)}</dl>`;
}

/** Place parts beside each other. @param {any[]} parts @param {number} whole @returns {any[]} */
export function stacked(parts, whole) {
  let x = 0;
  return parts.map((part) => {
    const wide = (100 * part.n) / whole;
    x += wide;
    return { kind: part.kind, x: x - wide, wide };
  });
}

/** Choose an axis whose steps are round and which holds both ends. @param {number} low @param {number} high @returns {{bottom: number, top: number, ticks: number[]}} */
export function scale(low, high) {
  if (!isFinite(low) || !isFinite(high)) return scale(0, 1);
  if (low === high) return scale(low > 0 ? 0 : low - 1, high > 0 ? high : low + 1);
  const power = Math.pow(10, Math.floor(Math.log10((high - low) / 4)));
  const step = power * /** @type {number} */ (STEPS.filter((one) => one * power * 4 >= high - low - 1e-9)[0]);
  const bottom = Math.floor(low / step + 1e-9) * step;
  const ticks = [bottom];
  while (ticks[ticks.length - 1] < high - step * 1e-6) ticks.push(bottom + ticks.length * step);
  return { bottom, top: ticks[ticks.length - 1], ticks: ticks.map((tick) => Math.round(tick * 1e6) / 1e6) };
}

/** Where the n-th of some values stands. @param {number} n @param {number} all @returns {number} */
function across(n, all) {
  const room = WIDE - LEFT - RIGHT;
  return LEFT + (room * (n + 0.5)) / all;
}

/** Which value stands nearest. @param {number} x @param {number} all @returns {number} */
function nearest(x, all) {
  return Math.max(0, Math.min(all - 1, Math.floor(((x - LEFT) / (WIDE - LEFT - RIGHT)) * all)));
}

/** Draw through what is known. @param {any[]} spots @returns {string} */
function path(spots) {
  return spots.filter(Boolean).map((spot, i) => (i ? 'L' : 'M') + spot[0].toFixed(1) + ' ' + spot[1].toFixed(1)).join('');
}

/** @param {string} label @returns {string} */
function slug(label) {
  return label.replace(/[^A-Za-z0-9]+/g, '-');
}
