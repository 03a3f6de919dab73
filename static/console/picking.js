/**
 * Which lines of a review are picked: some of them, or all that match.
 */
import { useState } from '../vendor/hooks.js';

const MOST = 5000;

/** @param {any} pages the lines that match (`usePages`) @returns {any} */
export function usePicks(pages) {
  const [active, setActive] = useState(0);
  const [anchor, setAnchor] = useState(0);
  const [ids, setIds] = useState(/** @type {Object.<string, boolean>} */ ({}));
  const [isAll, setAll] = useState(false);
  const at = Math.max(0, Math.min(active, pages.total - 1));
  const none = () => { setIds({}); setAll(false); };
  const extend = async (/** @type {number} */ to) => {
    const first = Math.min(anchor, to);
    const last = Math.min(Math.max(anchor, to), first + MOST - 1);
    await pages.need(first, last + 1);
    const some = /** @type {Object.<string, boolean>} */ ({});
    for (let n = first; n <= last; n += 1) if (pages.row(n)) some[pages.row(n).line] = true;
    setAll(false);
    setIds(some);
  };
  return {
    active: at, isAll, none, n: isAll ? pages.total : Object.keys(ids).length,
    all: () => { setIds({}); setAll(pages.total > 0); },
    lines: () => Object.keys(ids),
    has: (/** @type {number} */ n) => isAll || !!(pages.row(n) && ids[pages.row(n).line]),
    go: (/** @type {number} */ n, /** @type {boolean} */ isExtended) => {
      setActive(n);
      if (isExtended) extend(n);
      else setAnchor(n);
    },
    toggle: (/** @type {number} */ n) => {
      const line = pages.row(n);
      if (!line) return;
      const rest = Object.assign({}, ids);
      if (rest[line.line]) delete rest[line.line];
      else rest[line.line] = true;
      setActive(n);
      setAnchor(n);
      setAll(false);
      setIds(rest);
    },
  };
}
