/**
 * Search in lines by words, without caring for case or accents: what is named exactly stands first, then what begins with
 * the words, then what holds them. Works in slices, so that a scan in between is heard. Pure.
 */

const SLICE = 8;
const RANKS = 5;

/** A text as it is compared: small letters without accents. @param {string} text */
export function plain(text) {
  const low = text.toLowerCase();
  return /[^\u0000-\u007f]/.test(low) ? low.normalize('NFKD').replace(/[\u0300-\u036f]/g, '').replace(/\u00df/g, 'ss') : low;
}

/** How well a line (id, name, codes, each behind a tab) fits: 0 best, -1 not at all.
 * @param {string} line @param {string} whole what was asked @param {string[]} words the same in words */
function rank(line, whole, words) {
  let begins = true;
  for (let i = 0; i < words.length; i += 1) {
    let at = line.indexOf(words[i]);
    if (at < 0) return -1;
    while (at > 0 && isInside(line.charCodeAt(at - 1))) {
      at = line.indexOf(words[i], at + 1);
      if (at < 0) break;
    }
    if (at < 0) begins = false;
  }
  const [id, name, codes] = line.split('\t');
  const all = [id].concat(codes.split('\u001f'));
  if (all.indexOf(whole) >= 0) return 0;
  if (all.some((code) => code.indexOf(whole) === 0)) return 1;
  if (name.indexOf(whole) === 0) return 2;
  return begins ? 3 : 4;
}

/** A letter or digit: what follows is inside a word. @param {number} c */
function isInside(c) {
  return (c > 47 && c < 58) || (c > 96 && c < 123) || c > 127;
}

/** The part of a line that is searched: up to the third tab. @param {string} line */
function area(line) {
  const end = line.indexOf('\t', line.indexOf('\t', line.indexOf('\t') + 1) + 1);
  return end < 0 ? line : line.slice(0, end);
}

/** Search in lists of lines. The newest question wins: those before it answer null.
 * @param {{lists: () => string[][], now: () => number, pause: () => Promise<any>}} platform */
export function makeSearch({ lists, now, pause }) {
  /** @type {{lines: string[], plain: string[]}[] | null} */
  let hay = null;
  let turn = 0;

  /** @param {string} question @param {number} most @returns {Promise<{lines: string[], total: number} | null>} */
  async function search(question, most) {
    turn += 1;
    const mine = turn;
    const whole = plain(question).trim();
    const words = whole.split(/\s+/);
    if (whole === '') return { lines: [], total: 0 };
    /** @type {string[][]} */
    const ranked = Array.from({ length: RANKS }, () => []);
    let since = now();
    if (!hay) hay = lists().map((lines) => ({ lines, plain: [] }));
    const all = hay;
    let total = 0;
    for (const one of all) {
      if (one.plain.length < one.lines.length) one.plain = plain(one.lines.map(area).join('\n')).split('\n');
      for (let i = 0; i < one.plain.length; i += 1) {
        if (one.plain[i].indexOf(words[0]) < 0) continue;
        const fit = rank(one.plain[i], whole, words);
        if (fit < 0) continue;
        total += 1;
        if (ranked[fit].length < most) ranked[fit].push(one.lines[i]);
      }
      if (now() - since < SLICE) continue;
      await pause();
      if (mine !== turn) return null;
      since = now();
    }
    return { lines: ranked.reduce((found, some) => found.concat(some), []).slice(0, most), total };
  }

  /** The lines changed, or nobody searches any more. */
  function forget() {
    hay = null;
    turn += 1;
  }

  return { search, forget };
}
