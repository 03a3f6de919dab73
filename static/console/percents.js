/**
 * Shares as people here write them.
 */
import { amount } from '../text.js';

export const NONE = '\u2013';

/** Write a percentage; a dash where there is nothing to measure. @param {string | null | undefined} share @returns {string} */
export function percent(share) {
  return share === null || share === undefined ? NONE : (/^-/.test(share) ? '\u2212' : '') + amount(share.replace(/^-/, '')) + '\u00a0%';
}
