/**
 * Which codes the camera has in view, so that one that stays there counts once, and counts anew when it comes back. Pure.
 */

const AWAY_MS = 1500;
const AWAY_FRAMES = 8;

/**
 * @typedef {ReturnType<typeof makeSeen>} Seen
 */

export function makeSeen() {
  /** @type {Map<string, {at: number, frame: number, told: boolean}>} */
  const inView = new Map();
  let frame = 0;

  /** Take what one frame showed; say whether it is to be counted.
   * @param {string | null} seen a code that was read, believed or not @param {boolean} sure it is believed @param {number} at ms
   * @returns {boolean} */
  function look(seen, sure, at) {
    frame += 1;
    inView.forEach((code, text) => { if (at - code.at > AWAY_MS && frame - code.frame > AWAY_FRAMES) inView.delete(text); });
    if (seen === null) return false;
    const known = inView.get(seen);
    const told = !!known && known.told;
    inView.set(seen, { at, frame, told: told || sure });
    return sure && !told;
  }

  return { look, forget: () => inView.clear() };
}
