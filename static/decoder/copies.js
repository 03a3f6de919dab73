/**
 * The differently prepared copies of a picture in which a code is looked for, cheapest and most promising first. Pure.
 */
import { levelled, resized, sharpened, whitened } from './picture.js';
import { redrawn } from './redrawn.js';

/**
 * @typedef {import('./picture.js').Grey} Grey
 * @typedef {{grey: Grey, options: Object.<string, any>}} Copy options for the reader
 * @typedef {(grey: Grey) => Copy} Preparation
 */

/** No copy is made larger than this. */
const LARGE = 1600;
/** From lower pictures noise isn't taken out. The reader does it again at a ninth of the size, and breaks down for good where less than three rows are left. */
const LOWEST = 32;
/** What only one copy needs: looking for light codes on dark ground, and in a smaller picture again. */
const ONCE = { tryInvert: false, tryDownscale: false };

/** Twice as large, as far as that makes sense. @param {Grey} grey */
function doubled(grey) {
  return resized(grey, Math.max(1, Math.min(2, LARGE / Math.max(grey.width, grey.height))));
}

/** @type {Preparation} */
const plain = (grey) => ({ grey, options: { tryDenoise: grey.height >= LOWEST } });
/** @type {Preparation} */
const clear = (grey) => ({ grey: sharpened(whitened(doubled(grey)), 4, 2), options: ONCE });

/** What the frames of a running camera get in turn. */
export const LIVE = [plain, clear];

/** What a still photo gets, until it is read. No two are alike, since they are to be evidence for each other. @type {Preparation[]} */
export const STILL = [
  plain,
  clear,
  (grey) => plain(doubled(grey)),
  (grey) => ({ grey: sharpened(whitened(doubled(grey)), 2, 2), options: ONCE }),
  (grey) => ({ grey: sharpened(doubled(grey), 4, 2), options: ONCE }),
  (grey) => ({ grey: levelled(doubled(grey), 40), options: ONCE }),
];

/** What a still photo gets in turn, each made when it is asked for; last what melted bars must have been. @param {Grey} grey @returns {Generator<Copy>} */
export function* copiesOf(grey) {
  for (const prepare of STILL) yield prepare(grey);
  yield* redrawn(grey);
}
