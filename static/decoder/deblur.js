/**
 * Reads bars that blur has melted into each other: of all rows of light and dark modules, the one whose blurred picture is most like what is seen.
 *
 * It is what a modem does with a line that smears its bits (maximum likelihood sequence estimation, by Viterbi's algorithm): what a camera
 * sees at a place depends on the few modules around it, so the best row of all 2^95 is found by keeping the best for each state of
 * those few. Where the bars begin and end, how wide the blur is and how dark the ink are tried, and the likeliest taken. Pure.
 */

/** How many modules from the first bar to the last. */
export const MODULES = 95;
/** A module is seen with so many on each side of it; what lies further doesn't reach it with the blurs that are tried. */
const REACH = 3;
const STATES = 1 << (2 * REACH);
/** Where in a module the picture is looked at. */
const POINTS = [0.25, 0.75];
/** Blurs wider than this (standard deviation in modules) leave too little. */
const WIDEST = 1.2;
const NARROWEST = 0.3;
/** What is darker than this part of the ink belongs to a bar. */
const FAINT = 0.15;
/** How many of the best guesses are bettered, and in steps of which part of a module. */
const SEARCH = [{ keep: 12, size: 1 / 3 }, { keep: 6, size: 1 / 6 }, { keep: 2, size: 1 / 12 }];
const ROUNDS = 4;

/**
 * @typedef {Object} Guess how the bars lie in the profile
 * @property {number} left where the first bar begins
 * @property {number} right where the last ends
 * @property {number} bend how far the middle is from the middle of both: paper isn't flat, nor held straight
 * @property {number} blur standard deviation in modules
 * @property {number} ink how dark ink is, against the darkest that is seen
 *
 * @typedef {Object} Bits
 * @property {number[]} modules 1 is dark; the first and the last are
 * @property {number} error the mean difference between what is seen and what they would look like (root of mean square; paper to ink is 1)
 */

/** Find the modules between the first bar and the last that would look most like a line across them.
 * @param {Float32Array} line greys @param {number} left about where the first bar begins @param {number} right @param {number} bright how grey follows from light: 1, or 2.2 as cameras write it @returns {Bits} */
export function deblurred(line, left, right, bright) {
  const dark = darkness(line, left, right, bright);
  const [first, last] = ends(dark, left, right);
  const module = (last - first) / MODULES;
  const errors = new Map();
  /** @param {Guess} guess */
  const errorOf = (guess) => {
    const key = [guess.left, guess.right, guess.bend, guess.blur, guess.ink].map((value) => value.toFixed(3)).join();
    if (!errors.has(key)) errors.set(key, likeliest(dark, guess, null));
    return errors.get(key);
  };
  /** @type {Guess[]} */
  let guesses = [];
  for (const blur of [0.5, 0.85]) {
    for (let a = -2; a <= 2; a += 1) for (let b = -2; b <= 2; b += 1) guesses.push({ left: first + (a * module) / 2, right: last + (b * module) / 2, bend: 0, blur, ink: 1 });
  }
  const better = (/** @type {Guess} */ a, /** @type {Guess} */ b) => errorOf(a) - errorOf(b);
  for (const { keep, size } of SEARCH) guesses = guesses.sort(better).slice(0, keep).map((guess) => refined(guess, module * size, size, errorOf));
  const best = guesses.sort(better)[0];
  const modules = new Array(MODULES).fill(0);
  return { error: Math.sqrt(likeliest(dark, best, modules)), modules };
}

/** Change one thing at a time for the better. @param {Guess} guess @param {number} far in pixels @param {number} size of the steps @param {(guess: Guess) => number} errorOf */
function refined(guess, far, size, errorOf) {
  let best = guess;
  for (let round = 0, before = best; round < ROUNDS; round += 1, before = best) {
    for (const [what, step] of /** @type {[keyof Guess, number][]} */ ([['left', far], ['right', far], ['bend', far], ['blur', size / 3], ['ink', size / 6]])) {
      for (const way of [-1, 1]) {
        const other = Object.assign({}, best, { [what]: best[what] + way * step });
        if (other.blur >= NARROWEST && other.blur <= WIDEST && errorOf(other) < errorOf(best)) best = other;
      }
    }
    if (best === before) break;
  }
  return best;
}

/** Light as it fell on the camera, from 0 for the paper, which may be brighter at one end, to 1 for the darkest.
 * @param {Float32Array} line @param {number} left @param {number} right @param {number} bright */
function darkness(line, left, right, bright) {
  const light = line.map((grey) => (Math.max(0, grey) / 255) ** bright);
  const near = Math.ceil((right - left) / MODULES);
  const quiet = Math.ceil((right - left) / 18);
  const from = level(light.subarray(Math.max(0, left - quiet - near), Math.max(1, left - near)));
  const to = level(light.subarray(Math.min(light.length - 1, right + near), right + quiet + near));
  const out = light.map((value, x) => from + ((to - from) * (x - left)) / (right - left) - value);
  const most = out.subarray(left, right).reduce((a, b) => Math.max(a, b), 1e-6);
  return out.map((value) => value / most);
}

/** Where the first bar begins to be seen, and the last ends. @param {Float32Array} dark @param {number} left @param {number} right */
function ends(dark, left, right) {
  const near = Math.ceil((2 * (right - left)) / MODULES);
  const [from, to] = [Math.max(0, left - near), Math.min(dark.length - 1, right + near)];
  let [first, last] = [from, to];
  while (first < right && dark[first] < FAINT) first += 1;
  while (last > left && dark[last] < FAINT) last -= 1;
  return first < last ? [first, last + 1] : [left, right];
}

/** @param {Float32Array} values @returns {number} their median */
function level(values) {
  return Float32Array.from(values).sort()[values.length >> 1];
}

/** @type {Map<string, Float64Array[]>} */
const looks = new Map();

/** What is seen at each point of a module, for each state of the modules around. @param {number} blur */
function looksOf(blur) {
  const key = blur.toFixed(2);
  const known = looks.get(key);
  if (known) return known;
  const made = POINTS.map((point) => {
    /** @type {number[]} */
    const parts = [];
    for (let k = -REACH; k <= REACH; k += 1) parts.push(below((k + 1 - point) / Number(key)) - below((k - point) / Number(key)));
    const sum = parts.reduce((a, b) => a + b);
    return Float64Array.from({ length: 2 * STATES }, (_, around) => parts.reduce((seen, part, k) => seen + ((around >> (2 * REACH - k)) & 1) * (part / sum), 0));
  });
  looks.set(key, made);
  return made;
}

/** @param {number} x @returns {number} the part of a normal distribution that is below */
function below(x) {
  const t = 1 / (1 + 0.2316419 * Math.abs(x));
  const tail = 0.3989423 * Math.exp((-x * x) / 2) * t * (0.3193815 + t * (-0.3565638 + t * (1.7814779 + t * (-1.821256 + t * 1.330274))));
  return x > 0 ? 1 - tail : tail;
}

const LENGTH = MODULES + 2 * REACH;
const back = new Uint8Array(LENGTH * STATES);
let now = new Float64Array(STATES);
let next = new Float64Array(STATES);

/** The error (mean square) of the best modules, which are written down if asked for.
 * @param {Float32Array} dark @param {Guess} guess @param {number[] | null} modules */
function likeliest(dark, guess, modules) {
  const [first, second] = looksOf(guess.blur);
  now.fill(Infinity)[0] = 0;
  for (let k = 0; k < LENGTH; k += 1) {
    const one = seen(dark, guess, k - REACH + POINTS[0]);
    const two = seen(dark, guess, k - REACH + POINTS[1]);
    const certain = k === 0 || k === MODULES - 1 ? 1 : k < MODULES ? -1 : 0;
    for (let state = 0; state < STATES; state += 1) {
      next[state] = Infinity;
      if ((state & 1) === 1 - certain) continue;
      for (let oldest = 0; oldest < 2; oldest += 1) {
        const around = state | (oldest << (2 * REACH));
        const a = one - first[around];
        const b = two - second[around];
        const error = now[around >> 1] + a * a + b * b;
        if (error >= next[state]) continue;
        next[state] = error;
        back[k * STATES + state] = oldest;
      }
    }
    [now, next] = [next, now];
  }
  if (modules) {
    for (let k = LENGTH - 1, state = 0; k >= 0; k -= 1) {
      if (k < MODULES) modules[k] = state & 1;
      state = (state >> 1) | (back[k * STATES + state] << (2 * REACH - 1));
    }
  }
  return now[0] / (2 * LENGTH);
}

/** @param {Float32Array} dark @param {Guess} guess @param {number} place in modules @returns {number} */
function seen(dark, guess, place) {
  const part = place / MODULES;
  const x = guess.left + (guess.right - guess.left) * part + guess.bend * 4 * part * (1 - part) - 0.5;
  const at = Math.max(0, Math.min(dark.length - 2, Math.floor(x)));
  const rest = Math.max(0, Math.min(1, x - at));
  return (dark[at] + (dark[at + 1] - dark[at]) * rest) / guess.ink;
}
