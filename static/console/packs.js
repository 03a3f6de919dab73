/**
 * A quantity as people stack it: whole packs, the largest first, and what is left. Pure.
 */

const PLACES = 6;

/** Split a quantity into packs. Null where there is nothing to say: no pack fits, it is below zero, or too long to be exact.
 * @param {string} quantity a decimal text in base units @param {string[]} sizes of packs, in base units
 * @returns {{packs: {count: number, size: string}[], rest: string} | null} */
export function packed(quantity, sizes) {
  let left = scaled(quantity);
  const known = sizes.map((size) => ({ size, units: scaled(size) })).filter((one) => one.units > scaled('1') && Number.isSafeInteger(one.units));
  if (!Number.isSafeInteger(left) || left <= 0) return null;
  known.sort((a, b) => b.units - a.units);
  /** @type {{count: number, size: string}[]} */
  const packs = [];
  known.forEach(({ size, units }, at) => {
    const count = Math.floor(left / units);
    if (count === 0 || (at > 0 && known[at - 1].units === units)) return;
    packs.push({ count, size });
    left -= count * units;
  });
  return packs.length ? { packs, rest: text(left) } : null;
}

/** @param {string} value @returns {number} in millionths; NaN for what is no quantity */
function scaled(value) {
  const found = /^([0-9]{1,12})(?:\.([0-9]{1,6}))?$/.exec(value);
  return found ? Number(found[1]) * 10 ** PLACES + Number(((found[2] || '') + '000000').slice(0, PLACES)) : NaN;
}

/** @param {number} units @returns {string} */
function text(units) {
  const whole = Math.floor(units / 10 ** PLACES);
  const part = String(units % 10 ** PLACES);
  return (whole + '.' + ('00000' + part).slice(-PLACES)).replace(/\.?0+$/, '') || '0';
}
