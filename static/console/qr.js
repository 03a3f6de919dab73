/**
 * A QR code, drawn from its modules.
 */
import { html } from '../views/html.js';

/** Draw a matrix of modules as one path, with the quiet zone. @param {any} props */
export function Qr({ matrix, label }) {
  const size = matrix.length;
  let path = '';
  matrix.forEach((/** @type {any[]} */ row, /** @type {number} */ y) => row.forEach((dark, x) => { if (dark) path += 'M' + (x + 4) + ' ' + (y + 4) + 'h1v1h-1z'; }));
  return html`<svg class="qr" role="img" aria-label=${label} viewBox=${'0 0 ' + (size + 8) + ' ' + (size + 8)} shape-rendering="crispEdges"><rect width=${size + 8} height=${size + 8} fill="#fff" /><path d=${path} fill="#000" /></svg>`;
}
