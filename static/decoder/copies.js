/**
 * The differently prepared copies of a picture in which a code is looked for, cheapest and most promising first. Pure.
 */
import { levelled, resized, sharpened, spread } from './picture.js';

/**
 * @typedef {import('./picture.js').Grey} Grey
 * @typedef {{grey: Grey, options: Object.<string, any>}} Copy
 * @typedef {(grey: Grey) => Copy} Preparation
 */

const LARGE = 1600;

/** Larger by so much as still makes sense. @param {Grey} grey @param {number} wanted @returns {Grey} */
function larger(grey, wanted) {
  return resized(grey, Math.max(1, Math.min(wanted, LARGE / Math.max(grey.width, grey.height))));
}

/** @type {Preparation} */
const plain = (grey) => ({ grey, options: {} });
/** @type {Preparation} */
const sharp = (grey) => ({ grey: sharpened(larger(grey, 2), 2, 2), options: {} });
/** @type {Preparation} */
const soft = (grey) => ({ grey: larger(grey, 2), options: { tryDenoise: true } });

/** What the frames of a running camera get in turn. */
export const LIVE = [plain, sharp];

/** What a still photo gets, until it is read. */
export const STILL = [
  plain,
  sharp,
  soft,
  /** @type {Preparation} */ ((grey) => ({ grey: sharpened(larger(grey, 2), 4, 2), options: {} })),
  /** @type {Preparation} */ ((grey) => ({ grey: spread(grey, 2), options: { tryDenoise: true } })),
  /** @type {Preparation} */ ((grey) => ({ grey: sharpened(larger(grey, 3), 3, 2), options: {} })),
  /** @type {Preparation} */ ((grey) => ({ grey: levelled(larger(grey, 2), 40), options: {} })),
  /** @type {Preparation} */ ((grey) => ({ grey: larger(grey, 2), options: { binarizer: 'GlobalHistogram' } })),
];
