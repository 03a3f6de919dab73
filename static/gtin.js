/**
 * Trade item numbers: the check digit, and one spelling (14 digits) for all lengths. Pure.
 */

/** Say whether the last digit of a GTIN or SSCC is its GS1 check digit.
 * @param {string} digits
 * @returns {boolean} */
export function checkDigitHolds(digits) {
  if (!/^[0-9]{8,18}$/.test(digits)) return false;
  let sum = 0;
  for (let i = digits.length - 2, weight = 3; i >= 0; i -= 1, weight = 4 - weight) sum += Number(digits[i]) * weight;
  return (10 - (sum % 10)) % 10 === Number(digits[digits.length - 1]);
}

/** Spell a GTIN of 8, 12, 13 or 14 digits with 14; null for anything else.
 * @param {string} text
 * @returns {string | null} */
export function gtin14(text) {
  if (!/^([0-9]{8}|[0-9]{12,14})$/.test(text) || !checkDigitHolds(text)) return null;
  return ('000000' + text).slice(-14);
}

/** Take off an AIM symbology id (`]C1`, `]E0`, ...) in front of what was read.
 * @param {string} text
 * @returns {string} */
export function withoutAim(text) {
  return /^\][A-Za-z][0-9A-Za-z]/.test(text) ? text.slice(3) : text;
}
