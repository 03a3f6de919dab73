/**
 * What a deed changed, field by field. Pure.
 */

/** The fields that differ between before and after; what is of neither kind has one field without a name.
 * @param {any} before @param {any} after @returns {{name: string, was: string | null, is: string | null}[]} null: there was, or is, none */
export function changes(before, after) {
  if (!isObject(before) || !isObject(after)) return [{ name: '', was: shown(before), is: shown(after) }].filter((one) => one.was !== one.is);
  const first = before || {};
  const second = after || {};
  const names = Object.keys(second).concat(Object.keys(first).filter((name) => !(name in second)));
  return names.map((name) => ({ name, was: name in first ? shown(first[name]) : null, is: name in second ? shown(second[name]) : null }))
    .filter((one) => one.was !== one.is);
}

/** @param {any} value @returns {boolean} an object, or nothing */
function isObject(value) {
  return value === null || value === undefined || (typeof value === 'object' && !Array.isArray(value));
}

/** @param {any} value @returns {string | null} */
function shown(value) {
  if (value === null || value === undefined) return null;
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}
