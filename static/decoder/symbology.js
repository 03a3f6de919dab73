/**
 * Which kinds of code the camera looks for, and what we call them. Pure.
 */

/** Few kinds: each one more takes time, and makes a picture without a code more likely to be read as one. Code 39 as it stands: `Code39` would take
 * some six characters for an Italian pharmacy's number. */
export const FORMATS = [
  'EAN13', 'EAN8', 'UPCA', 'UPCE', 'Code128', 'Code39Std', 'Code93', 'Codabar', 'ITF', 'DataBar', 'DataBarExp', 'DataBarLtd',
  'QRCode', 'MicroQRCode', 'RMQRCode', 'DataMatrix',
];

/** @type {Object.<string, string>} */
const WORDS = {
  EAN13: 'ean-13', EAN8: 'ean-8', UPCA: 'upc-a', UPCE: 'upc-e', ISBN: 'ean-13', Code128: 'code-128', Code93: 'code-93', Codabar: 'codabar',
  ITF: 'itf', ITF14: 'itf-14', DataMatrix: 'data-matrix', MicroQRCode: 'micro-qr', RMQRCode: 'rmqr',
};
/** The AIM ids that say "this is a GS1 message". @type {Object.<string, string>} */
const GS1 = { ']C1': 'gs1-128', ']d2': 'gs1-data-matrix', ']Q3': 'gs1-qr' };

/** Name a kind of code. @param {string} format zxing's name of it @param {string} aim its AIM id @returns {string} */
export function symbologyOf(format, aim) {
  if (GS1[aim]) return GS1[aim];
  if (format.indexOf('DataBarExp') === 0) return 'databar-expanded';
  if (format.indexOf('DataBarLtd') === 0) return 'databar-limited';
  if (format.indexOf('DataBar') === 0) return 'databar';
  if (format.indexOf('Code39') === 0) return 'code-39';
  if (format.indexOf('QRCode') === 0) return 'qr';
  return WORDS[format] || format.toLowerCase();
}

/** Whether the kind has bars only, and no error correction. @param {string} symbology @returns {boolean} */
export function isLinear(symbology) {
  return !/qr|matrix/.test(symbology);
}
