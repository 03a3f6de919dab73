/**
 * Copies of a picture in which bars that blur has melted are drawn anew, for the reader to check. Pure.
 *
 * Any row of modules could be drawn. So only what is built like a code is handed on, and the reader checks its patterns and digits as always. The
 * upper and the lower half of the bars are read apart: they are the two copies that must say the same.
 */
import { deblurred, MODULES } from './deblur.js';
import { resized } from './picture.js';
import { profileOf, stripesIn } from './stripes.js';

/**
 * @typedef {import('./picture.js').Grey} Grey
 * @typedef {{formats: string[], parts: number[][]}} Kind parts from the left: how many modules, and how many bars and spaces in them
 */

const edges = (/** @type {number} */ count) => new Array(count).fill([1, 1]);
const digits = (/** @type {number} */ count) => new Array(count).fill([7, 4]);

/** The kinds of code that are 95 modules long. @type {Kind[]} */
const KINDS = [
  { formats: ['DataBar'], parts: [[1, 1], [16, 8], [15, 5], [15, 8], [15, 8], [15, 5], [16, 8], [1, 1], [1, 1]] },
  { formats: ['EAN13', 'UPCA'], parts: [...edges(3), ...digits(6), ...edges(5), ...digits(6), ...edges(3)] },
];
/** Modules that are narrower than this, in pixels, can't be told apart. */
const FINEST = 1.25;
/** Of 44 or 58 edges half may have melted, and blots may look like some more. */
const EDGES = { fewest: 14, most: 70 };
/** What looks like bars is tried in so many places, */
const PLACES = 4;
/** in a picture no larger than this, */
const LARGE = 1600;
/** and with grey as cameras make it of light, and with grey as light. */
const CURVES = [2.2, 1];
const HALVES = [[0, 0.5], [0.5, 1]];
/** A drawn code: pixels a module, rows, and modules of quiet zone. */
const DRAWN = { module: 6, rows: 40, quiet: 12 };

/** Draw what the bars in a picture must have been. @param {Grey} grey @returns {Generator<import('./copies.js').Copy>} */
export function* redrawn(grey) {
  const picture = resized(grey, Math.min(1, LARGE / Math.max(grey.width, grey.height)));
  for (const stripes of stripesIn(picture, Object.assign({ shortest: FINEST * MODULES }, EDGES), PLACES)) {
    const whole = CURVES.map((curve) => readBy(stripes, curve)).reduce((a, b) => (b.error < a.error ? b : a));
    if (!kindOf(whole.modules)) continue;
    for (const half of HALVES) {
      const { modules } = readBy(stripes, whole.curve, half);
      const kind = kindOf(modules);
      if (kind) yield { grey: drawn(modules), options: { formats: kind.formats } };
    }
  }
}

/** @param {import('./stripes.js').Stripes} stripes @param {number} curve @param {number[]} [rows] from which part of the height to which */
function readBy(stripes, curve, rows = [0, 1]) {
  return Object.assign({ curve }, deblurred(profileOf(stripes, rows[0], rows[1]), stripes.left, stripes.right, curve));
}

/** @param {number[]} modules */
function kindOf(modules) {
  return KINDS.find((kind) => isBuilt(modules, kind.parts) || isBuilt(modules.slice().reverse(), kind.parts));
}

/** Whether each part begins at an edge and has as many bars and spaces as it must. @param {number[]} modules @param {number[][]} parts */
function isBuilt(modules, parts) {
  let at = 0;
  return parts.every(([length, wanted]) => {
    const starts = modules.slice(at, at + length).map((module, k) => at + k === 0 || module !== modules[at + k - 1]);
    at += length;
    return starts[0] && starts.filter(Boolean).length === wanted;
  });
}

/** @param {number[]} modules @returns {Grey} */
function drawn(modules) {
  const { module, rows, quiet } = DRAWN;
  const width = (modules.length + 2 * quiet) * module;
  const row = Uint8Array.from({ length: width }, (_, x) => (modules[Math.floor(x / module) - quiet] ? 0 : 255));
  const data = new Uint8Array(width * rows);
  for (let y = 0; y < rows; y += 1) data.set(row, y * width);
  return { width, height: rows, data };
}
