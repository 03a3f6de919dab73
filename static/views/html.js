/**
 * Templates: preact's `h` behind htm, in one place.
 */
import { h } from '../vendor/preact.js';
import htm from '../vendor/htm.js';

export const html = htm.bind(h);
