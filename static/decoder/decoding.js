/**
 * Looks for one code in a frame of the camera or in a still photo, and believes it by the rule of evidence.
 */
import { copiesOf, LIVE } from './copies.js';
import { makeEvidence } from './evidence.js';
import { greyOf, imageOf } from './picture.js';
import { FORMATS, isLinear, symbologyOf } from './symbology.js';
import { upright } from './upright.js';

/**
 * @typedef {import('./evidence.js').Read} Read
 * @typedef {{width: number, height: number, data: Uint8ClampedArray}} Image
 * @typedef {{seen: Read | null, sure: Read | null}} Finding what was read, and whether it is believed
 */

const EMPTY_FRAMES = 12;
/** So many different readings of one code are compared. */
const PARTS = 8;

/** @param {(image: Image, options: Object.<string, any>) => Promise<any[]>} readBarcodes zxing's */
export function makeDecoder(readBarcodes) {
  const evidence = makeEvidence();
  let turn = 0;
  let empty = 0;

  /** Look at one frame; what earlier frames showed counts too, unless nothing was seen for a while.
   * @param {Image} image @returns {Promise<Finding>} */
  async function frame(image) {
    turn += 1;
    const seen = await read(LIVE[turn % LIVE.length](greyOf(image)));
    empty = seen ? 0 : empty + 1;
    if (empty === EMPTY_FRAMES) evidence.forget();
    return { seen, sure: seen && evidence.hear(seen) };
  }

  /** Look at a photo until something is believed. @param {Image} image @returns {Promise<Finding>} */
  async function still(image) {
    const grey = greyOf(image);
    evidence.forget();
    for (const copy of copiesOf(grey)) {
      const seen = await read(copy);
      const sure = seen && evidence.hear(seen);
      if (sure) return { seen, sure };
    }
    evidence.forget();
    return { seen: null, sure: null };
  }

  /** @param {import('./copies.js').Copy} copy @returns {Promise<Read | null>} */
  async function read(copy) {
    const first = (await ask(copy.grey, Object.assign({ formats: FORMATS, maxNumberOfSymbols: 1 }, copy.options)))[0];
    const found = first && (await whole(first, copy));
    if (!found || !found.text) return null;
    const symbology = symbologyOf(found.format, found.symbologyIdentifier);
    return { text: found.symbologyIdentifier + found.text, symbology, linear: isLinear(symbology) };
  }

  /** Any even number of digits is an ITF, so a row that leaves one by its upper edge may read a part of it; and half an EAN-13 is like a UPC-E. What could
   * be a part is read again in every row, an ITF upright: the longest is whole. @param {any} first @param {import('./copies.js').Copy} copy @returns {Promise<any>} */
  async function whole(first, { grey, options }) {
    if (first.format !== 'ITF' && first.format !== 'UPCE') return first;
    const all = first.format === 'ITF'
      ? await ask(upright(grey, first.position), { formats: ['ITF'], maxNumberOfSymbols: PARTS, tryRotate: false, tryInvert: false, tryDownscale: false })
      : await ask(grey, Object.assign({}, options, { formats: ['EAN13', 'UPCA', 'UPCE'], maxNumberOfSymbols: PARTS }));
    return all.sort((one, other) => lengthOf(other) - lengthOf(one) || other.lineCount - one.lineCount)[0];
  }

  /** @param {import('./copies.js').Grey} grey @param {Object.<string, any>} options */
  function ask(grey, options) {
    return readBarcodes(imageOf(grey), Object.assign({ textMode: 'Plain' }, options));
  }

  return { frame, still };
}

/** How much of a code was read; half an EAN-13 that looks like a UPC-E is given as many digits. @param {any} found */
function lengthOf(found) {
  return found.format === 'UPCE' ? 8 : found.text.length;
}
