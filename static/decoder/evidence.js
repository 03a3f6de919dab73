/**
 * The rule of evidence: when a reading of a picture is believed. Pure.
 *
 * A 2D code carries its own proof (error correction): one read is enough. A linear code doesn't: it must be read equally from
 * two differently prepared copies, or in two frames, and once more for each read of the strongest other reading.
 */

/**
 * @typedef {Object} Read
 * @property {string} text what a wedge would send: AIM id and content
 * @property {string} symbology in our words: `ean-13`, `gs1-128`, `qr`, ...
 * @property {boolean} linear
 *
 * @typedef {ReturnType<typeof makeEvidence>} Evidence
 */

const EQUAL = 2;

export function makeEvidence() {
  /** @type {Map<string, number>} */
  let votes = new Map();

  /** Hear one read; give it back once it is believed. @param {Read} read @returns {Read | null} */
  function hear(read) {
    if (!read.linear) return believed(read);
    const mine = (votes.get(read.text) || 0) + 1;
    votes.set(read.text, mine);
    let others = 0;
    votes.forEach((count, text) => { if (text !== read.text) others = Math.max(others, count); });
    return mine >= EQUAL + others ? believed(read) : null;
  }

  /** @param {Read} read */
  function believed(read) {
    forget();
    return read;
  }

  /** What was read before says nothing about what comes now. */
  function forget() {
    votes = new Map();
  }

  return { hear, forget };
}
