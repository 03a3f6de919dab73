/**
 * Looks for one code in a frame of the camera or in a still photo, and believes it by the rule of evidence.
 */
import { copiesOf, LIVE } from './copies.js';
import { makeEvidence } from './evidence.js';
import { greyOf, imageOf } from './picture.js';
import { FORMATS, isLinear, symbologyOf } from './symbology.js';

/**
 * @typedef {import('./evidence.js').Read} Read
 * @typedef {{width: number, height: number, data: Uint8ClampedArray}} Image
 * @typedef {{seen: Read | null, sure: Read | null}} Finding what was read, and whether it is believed
 */

const EMPTY_FRAMES = 12;

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
    const found = (await readBarcodes(imageOf(copy.grey), Object.assign({ formats: FORMATS, maxNumberOfSymbols: 1, textMode: 'Plain' }, copy.options)))[0];
    if (!found || !found.text) return null;
    const symbology = symbologyOf(found.format, found.symbologyIdentifier);
    return { text: found.symbologyIdentifier + found.text, symbology, linear: isLinear(symbology) };
  }

  return { frame, still };
}
