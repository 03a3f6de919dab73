/**
 * Look at something again and again: what hasn't changed isn't sent, and a server that doesn't answer is said while the last answer stays.
 */
import { useEffect, useRef, useState } from '../vendor/hooks.js';

/** @param {any} app @param {string} path with its query @param {number} every milliseconds
 * @returns {{data: any, lost: number | null, now: number}} `lost`: since when there is no answer; `now`: as the server's clock has it */
export function useWatch(app, path, every) {
  const [state, setState] = useState(/** @type {any} */ ({ data: null, lost: null, skew: 0, now: Date.now() }));
  const tag = useRef('');
  const ask = async (/** @type {() => boolean} */ isCurrent) => {
    const headers = tag.current ? { 'If-None-Match': tag.current } : undefined;
    let status = 0;
    let data = /** @type {any} */ (null);
    try {
      const answer = await fetch(path, { headers, cache: 'no-store', credentials: 'same-origin', redirect: 'error' });
      status = answer.status;
      if (status === 200) {
        data = await answer.json();
        tag.current = answer.headers.get('ETag') || '';
      }
    } catch (noAnswer) {
      status = 0;
    }
    if (!isCurrent()) return;
    if (status === 401) app.signedOut(true);
    setState((/** @type {any} */ was) => {
      const skew = data ? Date.parse(data.at) - Date.now() : was.skew;
      return { data: data || was.data, lost: status === 200 || status === 304 ? null : was.lost || Date.now(), skew, now: Date.now() + skew };
    });
  };
  useEffect(() => {
    let current = true;
    tag.current = '';
    ask(() => current);
    const timer = setInterval(() => { if (document.visibilityState === 'visible') ask(() => current); }, every);
    return () => { current = false; clearInterval(timer); };
  }, [path]);
  return state;
}
