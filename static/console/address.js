/** Codes and names that people chose, as a part of an address. Pure. */

/**
 * A browser takes `.` and `..` out of an address, however they are encoded; with a space behind them they arrive, and the server reads
 * them without it. @param {string} code
 */
export const segment = (code) => encodeURIComponent(/^\.\.?$/.test(code) ? code + ' ' : code);
