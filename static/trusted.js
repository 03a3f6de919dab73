/**
 * Says to browsers that ask (Trusted Types) which scripts may be loaded: the service worker and workers of our own build.
 */

/** @type {any} */
let policy;

/** Give the address of one of our own scripts in the form that `register` and `new Worker` take here.
 * @param {string} path of this origin: `/sw.js`, or a file of a build, `/s/...`
 * @returns {any} */
export function scriptAddress(path) {
  const url = ours(path);
  /** @type {any} */
  const types = /** @type {any} */ (self).trustedTypes;
  if (!types) return url;
  policy = policy || types.createPolicy('scanledger', { createScriptURL: ours });
  return policy.createScriptURL(url);
}

/** @param {string} path @returns {string} */
function ours(path) {
  if (path !== '/sw.js' && !/^\/s\/[0-9a-z]+\/[\w/-]+\.js$/.test(path)) throw new TypeError('no script of ours');
  return path;
}
