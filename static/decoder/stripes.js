/**
 * Finds bars in a picture that may be too blurred to be told apart: stretches of many edges between two quiet zones, equal in many rows. Pure.
 */

/**
 * @typedef {import('./picture.js').Grey} Grey
 *
 * @typedef {Object} Stripes bars that stand in a picture
 * @property {Grey} grey the picture, turned so that they stand
 * @property {number} top first row
 * @property {number} bottom the row after the last
 * @property {number} lean pixels to the right for each row down
 * @property {number} left about where the first bar begins, in the middle row
 * @property {number} right about where the last bar ends
 * @property {number} score how many bars stand out, and how equal they are from row to row
 */

/** Rows that are looked at together. Bars are at least twice as high. */
const ROWS = 12;
/** Bars may lean so far, and this is the step in which leans are tried: it moves the last of those rows by a pixel. */
const LEAN = 0.25;
const STEP = 1 / 12;
/** Less than so many grey levels from pixel to pixel is no edge. */
const FLAT = 4;
/** Quiet zones are at least so wide, as a part of the code's length: 7 of 95 modules, as right of an EAN-13. */
const QUIET = 7 / 95;
/** No gap inside a code is wider: 9 modules, and blur on both sides. */
const GAP = 1 / 9;
/** How equal two groups of rows are that show the same bars (correlation). */
const EQUAL = 0.8;

/** Find stripes of a length and number of edges, the most distinct first.
 * @param {Grey} grey @param {{shortest: number, fewest: number, most: number}} wanted pixels, and edges @param {number} limit @returns {Stripes[]} */
export function stripesIn(grey, wanted, limit) {
  const found = [grey, turned(grey)].map((picture) => standing(picture, wanted)).reduce((all, some) => all.concat(some), []).sort((a, b) => b.score - a.score);
  /** @type {Stripes[]} */
  const kept = [];
  for (const one of found) {
    if (kept.length === limit) break;
    if (!kept.some((other) => cover(other, one))) kept.push(grown(one));
  }
  return kept;
}

/** The mean grey along the bars, of the rows from the one part of their height to the other. @param {Stripes} stripes @param {number} from @param {number} to */
export function profileOf(stripes, from = 0, to = 1) {
  const height = stripes.bottom - stripes.top;
  return profile(stripes.grey, stripes.top + Math.round(height * from), stripes.top + Math.round(height * to), stripes.lean, (stripes.top + stripes.bottom) / 2);
}

/** @param {Grey} grey @returns {Grey} rows as columns */
function turned(grey) {
  const { width, height, data } = grey;
  const out = new Uint8Array(data.length);
  for (let y = 0, i = 0; y < height; y += 1) for (let x = 0; x < width; x += 1, i += 1) out[x * height + y] = data[i];
  return { width: height, height: width, data: out };
}

/** @param {Grey} grey @param {{shortest: number, fewest: number, most: number}} wanted @returns {Stripes[]} */
function standing(grey, wanted) {
  /** @type {Stripes[]} */
  const out = [];
  if (grey.width < wanted.shortest) return out;
  for (let top = 0; top + ROWS <= grey.height; top += ROWS) {
    const middle = top + ROWS / 2;
    for (let lean = -LEAN; lean <= LEAN + STEP / 2; lean += STEP) {
      const upper = profile(grey, top, middle, lean, middle);
      const lower = profile(grey, middle, top + ROWS, lean, middle);
      const both = upper.map((value, x) => (value + lower[x]) / 2);
      for (const [left, right] of stretches(both, wanted.shortest)) {
        const [edges, distinct] = onPaper(both, left, right) ? edgesOf(both, left, right) : [0, 0];
        const equal = edges >= wanted.fewest && edges <= wanted.most ? likeness(upper, lower, left, right) : 0;
        if (equal > EQUAL) out.push({ grey, top, bottom: top + ROWS, lean, left, right, score: distinct * equal });
      }
    }
  }
  return out;
}

/** @param {Grey} grey @param {number} top @param {number} bottom @param {number} lean @param {number} middle the row in which x is x */
function profile(grey, top, bottom, lean, middle) {
  const { width, data } = grey;
  const out = new Float32Array(width);
  for (let y = top; y < bottom; y += 1) {
    const exact = lean * (y + 0.5 - middle);
    const shift = Math.floor(exact);
    const part = exact - shift;
    const first = y * width;
    const last = first + width - 2;
    for (let x = 0, at = first + shift; x < width; x += 1, at += 1) {
      const near = at < first ? first : at > last ? last : at;
      out[x] += data[near] + (data[near + 1] - data[near]) * part;
    }
  }
  for (let x = 0; x < width; x += 1) out[x] /= bottom - top;
  return out;
}

/** Where edges follow each other with no gap wider than a width that is tried, and end where wider ones come. @param {Float32Array} line @param {number} shortest @returns {number[][]} first and last edge */
function stretches(line, shortest) {
  const edges = [];
  for (let x = 1; x < line.length; x += 1) if (Math.abs(line[x] - line[x - 1]) > FLAT) edges.push(x);
  const found = new Map();
  for (let gap = shortest * QUIET; gap < line.length * GAP; gap *= 1.25) {
    let first = 0;
    for (let i = 1; i <= edges.length; i += 1) {
      if (i < edges.length && edges[i] - edges[i - 1] <= gap) continue;
      const [left, right] = [edges[first], edges[i - 1]];
      if (right - left >= shortest && gap >= (right - left) * QUIET && left > gap / 2 + 1 && right < line.length - gap / 2 - 1) found.set(left * line.length + right, [left, right]);
      first = i;
    }
  }
  return Array.from(found.values());
}

/** Whether the quiet zones are as bright as what is brightest between them, or nearly. @param {Float32Array} line @param {number} left @param {number} right */
function onPaper(line, left, right) {
  const quiet = Math.floor(((right - left) * QUIET) / 2);
  const within = line.subarray(left, right);
  const low = within.reduce((least, value) => Math.min(least, value));
  const high = within.reduce((most, value) => Math.max(most, value));
  const mean = (/** @type {number} */ from) => line.subarray(from, from + quiet).reduce((sum, value) => sum + value, 0) / quiet;
  return Math.min(mean(left - quiet - 1), mean(right + 1)) > high - (high - low) / 4;
}

/** How often the line turns, and how far it goes up and down in all, with its range as 1. @param {Float32Array} line @param {number} left @param {number} right */
function edgesOf(line, left, right) {
  let [low, high, way] = [255, 0, 0];
  for (let x = left; x <= right; x += 1) {
    low = Math.min(low, line[x]);
    high = Math.max(high, line[x]);
    way += Math.abs(line[x] - line[x - 1]);
  }
  const least = (high - low) * 0.04;
  let [edges, up, turn] = [0, false, line[left - 1]];
  for (let x = left; x <= right; x += 1) {
    if (up ? line[x] > turn : line[x] < turn) turn = line[x];
    else if (Math.abs(line[x] - turn) > least) [edges, up, turn] = [edges + 1, !up, line[x]];
  }
  return [edges, way / Math.max(1, high - low)];
}

/** @param {Float32Array} one @param {Float32Array} other @param {number} left @param {number} right @returns {number} correlation */
function likeness(one, other, left, right) {
  let [a, b, aa, bb, ab] = [0, 0, 0, 0, 0];
  for (let x = left; x <= right; x += 1) {
    a += one[x];
    b += other[x];
    aa += one[x] * one[x];
    bb += other[x] * other[x];
    ab += one[x] * other[x];
  }
  const n = right - left + 1;
  return (ab - (a * b) / n) / Math.sqrt(Math.max(1, (aa - (a * a) / n) * (bb - (b * b) / n)));
}

/** Whether one is a piece of the other. @param {Stripes} other @param {Stripes} one */
function cover(other, one) {
  const shared = Math.min(other.right, one.right) - Math.max(other.left, one.left);
  return other.grey === one.grey && shared > (one.right - one.left) / 2 && one.top < other.bottom && one.bottom > other.top;
}

/** Take in the rows above and below that show the same, and lean as they do. @param {Stripes} stripes @returns {Stripes} */
function grown(stripes) {
  let now = stripes;
  for (let round = 0; round < 3; round += 1) now = leaning(taller(now));
  const few = now.bottom - now.top > 2 * ROWS ? ROWS / 4 : 0;
  return Object.assign(now, { top: now.top + few, bottom: now.bottom - few });
}

/** @param {Stripes} stripes @returns {Stripes} */
function taller(stripes) {
  const { grey, lean, left, right } = stripes;
  const middle = (stripes.top + stripes.bottom) / 2;
  const known = profileOf(stripes);
  const few = ROWS / 4;
  let { top, bottom } = stripes;
  const same = (/** @type {number} */ from) => likeness(known, profile(grey, from, from + few, lean, middle), left, right) > EQUAL;
  while (top >= few && same(top - few)) top -= few;
  while (bottom + few <= grey.height && same(bottom)) bottom += few;
  const moved = lean * ((top + bottom) / 2 - middle);
  return Object.assign({}, stripes, { top, bottom, left: left + Math.round(moved), right: right + Math.round(moved) });
}

/** @param {Stripes} stripes @returns {Stripes} with the lean in which its bars are sharpest */
function leaning(stripes) {
  let [best, most] = [stripes.lean, 0];
  const step = 0.5 / (stripes.bottom - stripes.top);
  for (let k = -4; k <= 4; k += 1) {
    const line = profileOf(Object.assign({}, stripes, { lean: stripes.lean + k * step }));
    let sharp = 0;
    for (let x = Math.max(1, stripes.left); x <= Math.min(line.length - 1, stripes.right); x += 1) sharp += (line[x] - line[x - 1]) * (line[x] - line[x - 1]);
    if (sharp > most) [best, most] = [stripes.lean + k * step, sharp];
  }
  return Object.assign({}, stripes, { lean: best });
}
