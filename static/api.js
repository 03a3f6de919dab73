/**
 * One HTTP request to our server, with a time limit. Never throws: what went wrong is in the answer.
 */

export const TIMEOUT = 30000;

/**
 * @typedef {Object} Answer
 * @property {number} status 0: no answer, or one that leads elsewhere, which is nobody's `why`
 * @property {any} data the JSON; null when it was none
 * @property {number | null} retryAfter milliseconds
 * @property {'' | 'timeout' | 'network'} why
 *
 * @typedef {Object} Request
 * @property {any} [body]
 * @property {Object.<string, any>} [query] null and undefined are left out
 * @property {boolean} [gzip]
 * @property {number} [timeout]
 * @property {boolean} [file] the answer, when it is one, as a Blob
 *
 * @typedef {(method: string, path: string, request?: Request) => Promise<Answer>} Api
 */

/** Make the function that calls the server as a device (`token`) or as a person's session (`csrf`).
 * @param {{fetch: typeof fetch, token?: () => string | null, csrf?: () => string | null, now?: () => number}} as
 * @returns {Api} */
export function makeApi(as) {
  const now = as.now || Date.now;
  return async function call(method, path, request) {
    const { body, query, gzip, timeout, file } = request || {};
    /** @type {Object.<string, string>} */
    const headers = { Accept: 'application/json' };
    const token = as.token ? as.token() : null;
    const csrf = as.csrf ? as.csrf() : null;
    if (token) headers.Authorization = 'Bearer ' + token;
    if (csrf && method !== 'GET') headers['X-CSRF-Token'] = csrf;
    const stop = typeof AbortController === 'function' ? new AbortController() : null;
    /** @type {any} */
    let timer;
    const late = new Promise((resolve) => {
      timer = setTimeout(() => {
        resolve('late');
        if (stop) stop.abort();
      }, timeout || TIMEOUT);
    });
    const work = (async () => {
      /** @type {any} */
      let payload;
      if (body !== undefined) {
        headers['Content-Type'] = 'application/json';
        payload = JSON.stringify(body);
        if (gzip && payload.length > 1024) {
          const packed = await gzipped(payload);
          if (packed) {
            payload = packed;
            headers['Content-Encoding'] = 'gzip';
          }
        }
      }
      const response = await as.fetch(path + queryString(query), {
        method, headers, body: payload, cache: 'no-store', redirect: 'manual', signal: stop ? stop.signal : undefined,
        credentials: as.token ? 'omit' : 'same-origin',
      });
      return file && response.ok ? { status: response.status, data: await response.blob(), retryAfter: null, why: /** @type {''} */ ('') } : read(response, now());
    })().catch(() => nothing('network'));
    const answer = await Promise.race([work, late]);
    clearTimeout(timer);
    return answer === 'late' ? nothing('timeout') : /** @type {Answer} */ (answer);
  };
}

/** @param {Response} response @param {number} now @returns {Promise<Answer>} */
async function read(response, now) {
  const type = response.headers.get('Content-Type') || '';
  const text = await response.text();
  let data = null;
  if (/^application\/([a-z.-]+\+)?json/i.test(type)) {
    try {
      data = JSON.parse(text);
    } catch (notJson) {
      data = null;
    }
  }
  return { status: response.status, data, retryAfter: retryAfter(response.headers.get('Retry-After'), now), why: '' };
}

/** @param {'timeout' | 'network'} why @returns {Answer} */
function nothing(why) {
  return { status: 0, data: null, retryAfter: null, why };
}

/** Read a Retry-After header: seconds or a date.
 * @param {string | null} value @param {number} now @returns {number | null} */
export function retryAfter(value, now) {
  if (!value) return null;
  if (/^[0-9]+$/.test(value.trim())) return Number(value) * 1000;
  const at = Date.parse(value);
  return isNaN(at) ? null : Math.max(0, at - now);
}

/** @param {Object.<string, any>} [query] */
function queryString(query) {
  const parts = Object.keys(query || {})
    .filter((key) => query && query[key] !== null && query[key] !== undefined && query[key] !== '')
    .map((key) => encodeURIComponent(key) + '=' + encodeURIComponent(String((query || {})[key])));
  return parts.length ? '?' + parts.join('&') : '';
}

/** @param {string} text @returns {Promise<Blob | null>} null where the engine can't */
async function gzipped(text) {
  if (typeof CompressionStream !== 'function') return null;
  try {
    return await new Response(new Blob([text]).stream().pipeThrough(new CompressionStream('gzip'))).blob();
  } catch (cannot) {
    return null;
  }
}
