/**
 * The camera's part of a screen: viewfinder, what this camera can, the same code again, a photo instead. Drawn by views/camera.js once it is there.
 */
import { html } from '../views/html.js';
import { Notice } from '../views/parts.js';
import { t } from '../text.js';

/** On a small screen the button may be far below. @param {any} node */
function intoView(node) {
  if (node) node.scrollIntoView();
}

/** The open camera. @param {any} props */
export function Viewfinder({ app, hidden }) {
  const { camera } = app;
  const { open, phase, trouble, looking, torch, zooms, zoom, cameras, last } = camera.state;
  if (!open) return null;
  return html`<section ref=${intoView} class="camera" aria-label=${t('ui.camera.open')} data-phase=${phase} hidden=${hidden}>
    ${trouble ? html`<${Notice} kind="warn" title=${t('ui.camera.trouble.' + trouble)}>${t('ui.camera.advice.' + trouble)}<//>` : null}
    <div class="viewfinder" hidden=${phase === 'off'}><video ref=${camera.attach} muted playsinline></video><span class="region"></span>
      ${phase === 'starting' || looking ? html`<p>${t(looking ? 'ui.camera.looking' : 'ui.camera.starting')}</p>` : null}</div>
    <div class="row tools">
      ${torch === null ? null : html`<button type="button" aria-pressed=${torch ? 'true' : 'false'} onClick=${camera.torch}>${t(torch ? 'ui.camera.torch_off' : 'ui.camera.torch_on')}</button>`}
      ${zooms ? html`<button type="button" onClick=${camera.zoom}>${t('ui.camera.zoom', { n: zoom })}</button>` : null}
      ${cameras > 1 ? html`<button type="button" onClick=${camera.next}>${t('ui.camera.next')}</button>` : null}
      ${phase === 'off' && trouble ? html`<button type="button" onClick=${camera.start}>${t('ui.camera.retry')}</button>` : null}
      <label class="button">${t('ui.camera.photo')}<input type="file" accept="image/*" capture="environment" disabled=${looking}
        onChange=${(/** @type {any} */ event) => { if (event.target.files[0]) camera.photo(event.target.files[0]); event.target.value = ''; }} /></label>
      <button type="button" onClick=${camera.close}>${t('ui.camera.close')}</button>
    </div>
    ${last ? html`<button type="button" class="big primary" onClick=${camera.again}>${t('ui.camera.again')}</button>` : null}
  </section>`;
}
