/**
 * A screen that is fetched when it is first shown.
 */
import { html } from './html.js';
import { useEffect, useState } from '../vendor/hooks.js';
import { late } from '../late.js';

/** @param {any} props `file` of `late/`, `name` of what it exports; the rest is the screen's */
export function Late(props) {
  const [found, setFound] = useState(/** @type {any} */ (null));
  useEffect(() => { late(props.file).then(setFound); }, [props.file]);
  return found ? html`<${found[props.name]} ...${props} />` : null;
}
