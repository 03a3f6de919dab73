/**
 * The lines of a review that match a filter, a page at a time as they are looked at; what was loaded stays until all of it is loaded anew.
 * The server compares the lines of a large count that nobody has looked at while we ask again and again, and shows what there is meanwhile.
 */
import { useEffect, useRef, useState } from '../vendor/hooks.js';
import { trouble } from '../views/parts.js';

export const PAGE = 100;
const FIRST = 0.3;
const NEXT = 2;
const REST = 50;

/** @param {any} app @param {string} path @param {Object.<string, any>} query filter and order
 * @returns {any} */
export function usePages(app, path, query) {
  const [, draw] = useState(0);
  const key = path + JSON.stringify(query);
  const box = useRef(/** @type {any} */ (null));
  if (!box.current || box.current.key !== key) {
    box.current = { key, pages: {}, asked: {}, head: box.current && box.current.path === path ? box.current.head : null, path, error: '', seen: [0, PAGE], isOther: false, fresh: false };
  }
  const mine = box.current;
  const redraw = () => { if (box.current === mine) draw(Date.now() + Math.random()); };
  const ask = async (/** @type {number} */ page, /** @type {boolean} */ isAnew) => {
    const answer = await app.api('GET', path, { query: Object.assign({ limit: PAGE, skip: page * PAGE, within: mine.head && mine.head.done < 100 ? NEXT : FIRST }, query) });
    if (answer.status !== 200) {
      mine.error = trouble(answer);
      return null;
    }
    mine.error = '';
    if (!isAnew && mine.fresh && (mine.head.hash !== answer.data.hash || mine.head.count_journal !== answer.data.count_journal)) mine.isOther = true;
    mine.fresh = true;
    mine.head = answer.data;
    return answer.data.rows;
  };
  const need = async (/** @type {number} */ from, /** @type {number} */ to) => {
    mine.seen = [from, to];
    const missing = pagesOf(from, to).filter((page) => !mine.pages[page] && !mine.asked[page]);
    missing.forEach((page) => { mine.asked[page] = true; });
    for (const page of missing) {
      const rows = await ask(page, false);
      if (rows) mine.pages[page] = rows;
      else delete mine.asked[page];
      redraw();
    }
    goOn();
  };
  const again = async () => {
    const pages = /** @type {any} */ ({});
    for (const page of pagesOf(mine.seen[0], mine.seen[1])) {
      const rows = await ask(page, true);
      if (rows) pages[page] = rows;
    }
    mine.isOther = false;
    mine.pages = pages;
    mine.asked = Object.assign({}, pages);
    redraw();
    await need(mine.seen[0], mine.seen[1]);
  };
  const goOn = () => {
    if (box.current !== mine || mine.error || mine.timer || !mine.head || mine.head.done === 100) return;
    mine.timer = setTimeout(async () => {
      if (box.current === mine) await again();
      mine.timer = 0;
      goOn();
    }, REST);
  };
  useEffect(() => { need(0, 1); }, [key]);
  useEffect(() => () => { box.current = null; }, []);
  return {
    head: mine.head, error: mine.error, isOther: mine.isOther, total: mine.fresh ? mine.head.total : 0, isFresh: mine.fresh, need, again,
    row: (/** @type {number} */ n) => (mine.pages[Math.floor(n / PAGE)] || [])[n % PAGE],
  };
}

/** @param {number} from @param {number} to before which row @returns {number[]} */
export function pagesOf(from, to) {
  const pages = [];
  for (let page = Math.floor(from / PAGE); page * PAGE < to; page += 1) pages.push(page);
  return pages;
}
