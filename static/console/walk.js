/**
 * The walking order as numbers: what a new order gives each location, and the file that says so. Pure.
 */

export const STEP = 10;

/** @typedef {{code: string, walk: number | null}} Place */

/** Whether each has a number of its own: then a new order deals out the same ones. @param {Place[]} places */
export function isNumbered(places) {
  const known = places.map((one) => one.walk).filter((walk) => walk !== null);
  return known.length === places.length && new Set(known).size === known.length;
}

/** The number of the first where numbers must be made. @param {Place[]} places @returns {number} */
export function begin(places) {
  const known = places.map((one) => one.walk).filter((walk) => walk !== null);
  return known.length ? Math.min(...known) : STEP;
}

/** The numbers of locations in the order in which they stand. @param {Place[]} places @param {number} first @returns {number[]} */
export function numbers(places, first) {
  if (isNumbered(places)) return places.map((one) => Number(one.walk)).sort((a, b) => a - b);
  return places.map((_, at) => first + at * STEP);
}

/** A list with one of its rows at another place. @template T @param {T[]} list @param {number} from @param {number} to @returns {T[]} */
export function moved(list, from, to) {
  const rest = list.filter((_, at) => at !== from);
  return rest.slice(0, to).concat([list[from]], rest.slice(to));
}

/** A file for the import of locations; `-` takes a number away. @param {Place[]} places @returns {string} */
export function file(places) {
  return 'code,walk\n' + places.map((one) => cell(one.code) + ',' + (one.walk === null ? '-' : one.walk) + '\n').join('');
}

/** The import takes away one `'` before what a spreadsheet would calculate. @param {string} text */
function cell(text) {
  return '"' + (/^'+[=+\-@]/.test(text) ? "'" + text : text).replace(/"/g, '""') + '"';
}
