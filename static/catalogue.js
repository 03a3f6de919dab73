/**
 * The device's copy of products and locations: stored in chunks, held in maps, never waited for. A code that is not in
 * the copy is "not in my copy", which is not "unknown".
 */
import { gtin14, withoutAim } from './gtin.js';
import { command } from './dialog.js';

export const CHUNK = 500;
const FRESH = 600000;

/**
 * @typedef {Object} Product
 * @property {string} sku
 * @property {string} name
 * @property {string} unit
 * @property {{code: string, quantity: string}[]} barcodes
 * @property {string} [tracking]
 *
 * @typedef {Object} Place
 * @property {string} code
 * @property {string} name
 * @property {string} kind
 * @property {string | null} [parent]
 *
 * @typedef {import('./dialog.js').Reading & {product?: Product, pack?: string, place?: Place}} Known
 * @typedef {ReturnType<typeof makeCatalogue>} Catalogue
 */

/** @param {{outbox: import('./outbox.js').Outbox, api: import('./api.js').Api, now: () => number, onChange: () => void}} platform */
export function makeCatalogue(platform) {
  const { outbox, api, now } = platform;
  /** @type {Map<string, {product: Product, pack: string}>} */
  let products = new Map();
  /** @type {Map<string, Place>} */
  let places = new Map();
  /** @type {{at: number, products: number, locations: number} | null} */
  let about = null;
  let busy = false;

  /** Take what is on the disk. */
  async function load() {
    about = (await outbox.get('catalogue')) || null;
    fill(flat(await outbox.getChunks('products/')), flat(await outbox.getChunks('locations/')));
  }

  /** Fetch a new copy when the old one is too old; the old one serves until the new one is whole.
   * @param {boolean} [force] @returns {Promise<boolean>} */
  async function refresh(force) {
    if (busy || (!force && about && now() - about.at < FRESH)) return false;
    busy = true;
    try {
      const [items, spots] = [await pages('/api/v1/products'), await pages('/api/v1/locations')];
      if (!items || !spots) return false;
      await outbox.putChunks('products/', items);
      await outbox.putChunks('locations/', spots);
      fill(flat(items), flat(spots));
      about = { at: now(), products: flat(items).length, locations: flat(spots).length };
      await outbox.set('catalogue', about);
      platform.onChange();
      return true;
    } finally {
      busy = false;
    }
  }

  /** @param {string} path @returns {Promise<any[][] | null>} */
  async function pages(path) {
    /** @type {any[][]} */
    const chunks = [];
    let after = null;
    do {
      /** @type {import('./api.js').Answer} */
      const answer = await api('GET', path, { query: { after, limit: CHUNK } });
      if (answer.status !== 200 || !answer.data || !Array.isArray(answer.data.rows)) return null;
      if (answer.data.rows.length > 0) chunks.push(answer.data.rows);
      after = answer.data.rows.length > 0 ? answer.data.next : null;
    } while (after !== null && after !== undefined);
    return chunks;
  }

  /** @param {Product[]} items @param {Place[]} spots */
  function fill(items, spots) {
    const byCode = new Map();
    items.forEach((product) => {
      keep(byCode, product.sku, { product, pack: '1' });
      (product.barcodes || []).forEach((barcode) => {
        keep(byCode, barcode.code, { product, pack: barcode.quantity });
        const gtin = gtin14(barcode.code);
        if (gtin) keep(byCode, gtin, { product, pack: barcode.quantity });
      });
    });
    const byPlace = new Map();
    spots.forEach((place) => { keep(byPlace, place.code, place); });
    products = byCode;
    places = byPlace;
  }

  /** Say what a code is, as far as this copy knows. @param {string} text @returns {Known} */
  function read(text) {
    const order = command(text);
    if (order) return order;
    const code = withoutAim(text).normalize('NFC');
    const place = find(places, code);
    if (place) return { text, kind: 'location', code: place.code, place };
    const found = find(products, code) || products.get(gtin14(code) || '') || products.get(elementString(code));
    if (found) return { text, kind: 'product', product: found.product, pack: found.pack };
    return { text, kind: 'unknown' };
  }

  /** @returns {{at: number, products: number, locations: number} | null} */
  function copy() {
    return about;
  }

  return { load, refresh, read, copy };
}

/** @template T @param {Map<string, T>} map @param {string} code @param {T} value */
function keep(map, code, value) {
  map.set(code, value);
  const folded = 'fold:' + code.toLowerCase();
  if (!map.has(folded)) map.set(folded, value);
}

/** @template T @param {Map<string, T>} map @param {string} code @returns {T | undefined} */
function find(map, code) {
  return map.get(code) || map.get('fold:' + code.toLowerCase());
}

/** The GTIN at the start of a GS1 element string, for display; the server reads the rest.
 * @param {string} code */
function elementString(code) {
  const found = /^(?:\u001d|\(?)01\)?([0-9]{14})/.exec(code);
  return (found && code.length > 14 && gtin14(found[1])) || '';
}

/** @param {any[][]} chunks @returns {any[]} */
function flat(chunks) {
  return chunks.reduce((all, chunk) => all.concat(chunk), []);
}
