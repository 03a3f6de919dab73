/** The supervisor's console. */
import { html } from './html.js';
/** @param {any} _props */
export function Console(_props) { return html`<main></main>`; }
