/**
 * Send a file as it is, however large; answers as `api.js` does.
 */

/** @param {{fetch: typeof fetch, csrf: () => string | null}} as
 * @returns {(path: string, query: Object.<string, any>, file: Blob) => Promise<{status: number, data: any, why: string}>} */
export function makeSend(as) {
  return async function send(path, query, file) {
    const parts = Object.keys(query).filter((name) => query[name] !== null && query[name] !== undefined && query[name] !== '').map((name) => name + '=' + encodeURIComponent(String(query[name])));
    try {
      const response = await as.fetch(path + (parts.length ? '?' + parts.join('&') : ''), {
        method: 'POST', body: file, cache: 'no-store', redirect: 'error', credentials: 'same-origin',
        headers: { Accept: 'application/json', 'Content-Type': 'application/octet-stream', 'X-CSRF-Token': as.csrf() || '' },
      });
      return { status: response.status, data: await response.json(), why: '' };
    } catch (broken) {
      return { status: 0, data: null, why: 'network' };
    }
  };
}
