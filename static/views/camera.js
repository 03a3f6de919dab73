/**
 * The camera's place on a screen: the button that opens it, and the viewfinder once it has come.
 */
import { html } from './html.js';
import { Notice } from './parts.js';
import { t } from '../text.js';

/** Opens the camera; where it is open, nothing. @param {any} props */
export function CameraButton({ app, big }) {
  const { open, trouble } = app.camera.state;
  if (open) return null;
  return html`${trouble ? html`<${Notice} kind="warn" title=${t('ui.camera.trouble.' + trouble)} />` : null}
    <button type="button" class=${big ? 'big' : null} onClick=${() => app.camera.open()}>${t('ui.camera.open')}</button>`;
}

/** The open camera. @param {any} props */
export function Camera({ app, hidden }) {
  return app.Viewfinder ? html`<${app.Viewfinder} app=${app} hidden=${hidden} />` : null;
}
