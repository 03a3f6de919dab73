/**
 * Drawings of a phone's settings: what stands on the screen, and where to tap.
 */
import { html } from '../views/html.js';

const ROW = 34;

/** Draw a screen from a line of text: its name and its rows with `|` between them. `>` before a row: tap it; `+`: switch it on.
 * @param {{shows: string}} props */
export function Picture({ shows }) {
  const [name, ...rows] = shows.split('|');
  const height = 58 + rows.length * ROW;
  return html`<svg class="picture" viewBox=${'0 0 240 ' + height} role="img" aria-label=${shows.replace(/\|[>+]?/g, ', ')}>
    <rect class="case" x="2" y="2" width="236" height=${height - 4} rx="18" />
    <text class="name" x="20" y="34">${name}</text>
    ${rows.map((row, i) => html`<${Row} row=${row} y=${46 + i * ROW} />`)}
  </svg>`;
}

/** @param {{row: string, y: number}} props */
function Row({ row, y }) {
  const hot = /^[>+]/.test(row);
  return html`<g>
    <rect class=${hot ? 'hot' : 'other'} x="12" y=${y} width="216" height=${ROW - 6} rx="7" />
    <text x="22" y=${y + 19}>${row.replace(/^[>+]/, '')}</text>
    ${row[0] === '>' ? html`<path class="here" d=${'M206 ' + (y + 7) + ' l8 7 l-8 7'} />` : null}
    ${row[0] === '+' ? html`<rect class="on" x="186" y=${y + 5} width="34" height="18" rx="9" /><circle class="knob" cx="211" cy=${y + 14} r="7" />` : null}
  </g>`;
}
