/**
 * Money as people here write it.
 */
import { amount, point } from '../text.js';

/** Write money the way it came, with its cents. @param {any} value @param {boolean} [plus] @returns {string} */
export function money(value, plus) {
  if (value === null || value === undefined || value === '') return '';
  const text = String(value);
  const [whole, part] = text.replace(/^-/, '').split('.');
  const sign = /^-/.test(text) ? '\u2212' : plus && /[1-9]/.test(text) ? '+' : '';
  return sign + amount(whole) + (part ? point() + part : '');
}
