/**
 * Turns a picture so that the bars of a code in it stand upright, and every row between its edges crosses all of them. Pure.
 */
import { blurred } from './picture.js';

/** @typedef {import('./picture.js').Grey} Grey */
/** @typedef {{x: number, y: number}} Point */

/** What lies outside of the picture is no paper: a code that the edge cuts must not look whole. */
const OUTSIDE = 0;
/** Differences between neighbours tell little of bars as narrow as a pixel or two: those are blurred away, the wide ones show the direction. */
const FINE = 2;

/** @param {Grey} grey @param {Object.<string, Point>} corners where something was read @returns {Grey} as large as the picture's diagonal, with that in its middle */
export function upright(grey, corners) {
  const points = Object.keys(corners).map((name) => corners[name]);
  const [left, right] = ends(points.map((point) => point.x));
  const [top, bottom] = ends(points.map((point) => point.y));
  const middle = { x: (left + right) / 2, y: (top + bottom) / 2 };
  const turn = across(blurred(grey, FINE), middle, Math.max(right - left, bottom - top) / 2);
  return turned(grey, middle, Math.cos(turn), Math.sin(turn));
}

/** @param {number[]} values */
function ends(values) {
  return [Math.min.apply(null, values), Math.max.apply(null, values)];
}

/** The direction in which it gets lighter and darker most: across the bars (structure tensor).
 * @param {Grey} grey @param {Point} middle @param {number} reach pixels around the middle @returns {number} radians */
function across({ width, height, data }, middle, reach) {
  let xx = 0;
  let yy = 0;
  let xy = 0;
  const clamp = (/** @type {number} */ value, /** @type {number} */ most) => Math.max(1, Math.min(most, Math.round(value)));
  for (let y = clamp(middle.y - reach, height - 2); y < clamp(middle.y + reach, height - 1); y += 1) {
    for (let x = clamp(middle.x - reach, width - 2), at = y * width + x; x < clamp(middle.x + reach, width - 1); x += 1, at += 1) {
      const dx = data[at + 1] - data[at - 1];
      const dy = data[at + width] - data[at - width];
      xx += dx * dx;
      yy += dy * dy;
      xy += dx * dy;
    }
  }
  return Math.atan2(2 * xy, xx - yy) / 2;
}

/** @param {Grey} grey @param {Point} middle @param {number} cos @param {number} sin @returns {Grey} */
function turned({ width, height, data }, middle, cos, sin) {
  const side = Math.ceil(Math.hypot(width, height));
  const out = new Uint8Array(side * side).fill(OUTSIDE);
  for (let row = 0, to = 0; row < side; row += 1) {
    let x = middle.x - (side / 2) * cos - (row - side / 2) * sin;
    let y = middle.y - (side / 2) * sin + (row - side / 2) * cos;
    for (let column = 0; column < side; column += 1, to += 1, x += cos, y += sin) {
      if (x < 0 || y < 0 || x >= width - 1 || y >= height - 1) continue;
      const left = Math.floor(x);
      const at = Math.floor(y) * width + left;
      const upper = data[at] + (data[at + 1] - data[at]) * (x - left);
      const lower = data[at + width] + (data[at + width + 1] - data[at + width]) * (x - left);
      out[to] = upper + (lower - upper) * (y - Math.floor(y));
    }
  }
  return { width: side, height: side, data: out };
}
