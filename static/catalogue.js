/**
 * The device's copy of products and locations: fetched once, kept up by what changed, never waited for. A code that is not
 * in the copy is "not in my copy", which is not "unknown".
 */
import { alike, checkDigitHolds, gtin14, gtins, spellings, weighed, withoutAddon, withoutAim } from './gtin.js';
import { read as messageOf } from './gs1.js';
import { command } from './dialog.js';
import { BOX, folded, line, makeIndex, makeShelf, row } from './shelf.js';
import { makeSearch } from './search.js';

const PAGE = 500;
const FRESH = 60000;
const REMEMBERED = 1000;
export const COMPACT = 2000;
/** @type {('locations' | 'products')[]} */
const KINDS = ['locations', 'products'];

/**
 * @typedef {Object} Product
 * @property {string} sku
 * @property {string} name
 * @property {string} unit
 * @property {string} tracking
 * @property {number} decimals
 * @property {boolean} archived
 * @property {{code: string, quantity: string}[]} barcodes
 *
 * @typedef {Object} Place
 * @property {string} code
 * @property {string} name
 * @property {string} kind
 * @property {string | null} parent
 * @property {boolean} archived
 * @property {string} check digits of its label
 *
 * @typedef {import('./dialog.js').Reading & {product?: Product, pack?: string, place?: Place, candidates?: Product[], said?: import('./gs1.js').Message}} Known
 * @typedef {{product: Product, pack: string}} Named
 *
 * @typedef {Object} Kept what is stored of one kind
 * @property {number} gen which copy: the middle of its chunks' keys
 * @property {string} epoch
 * @property {number} journal up to which changes are known
 * @property {number} boxes texts of BOX rows
 * @property {number} changes texts of changed rows
 * @property {number} rows
 *
 * @typedef {{gen: number, epoch: string, journal: number, boxes: number, after: string | null, rest: string[], whole: boolean}} Coming a copy that is being fetched
 * @typedef {ReturnType<typeof makeCatalogue>} Catalogue
 */

/** @param {{outbox: import('./outbox.js').Outbox, api: import('./api.js').Api, now: () => number, pause: () => Promise<any>, onChange: () => void, ownCodes: () => string}} platform */
export function makeCatalogue(platform) {
  const { outbox, api, now, pause } = platform;
  const shelves = { products: makeShelf(), locations: makeShelf() };
  /** @type {{at: number, products?: Kept, locations?: Kept}} */
  let about = { at: 0 };
  /** @type {Map<string, Known>} */
  let remembered = new Map();
  let loaded = false;
  let busy = false;
  const products = makeSearch({ lists: shelves.products.lists, now, pause });
  const places = makeSearch({ lists: shelves.locations.lists, now, pause });

  /** Take what is on the disk. */
  async function load() {
    try {
      const kept = await outbox.get('catalogue');
      if (kept) about = { at: kept.at };
      await Promise.all(KINDS.map(async (kind) => {
        if (kept && kept[kind] && kept[kind].gen) await take(kind, kept[kind]);
      }));
    } finally {
      loaded = true;
      changed();
    }
  }

  /** @param {'products' | 'locations'} kind @param {Kept} kept */
  async function take(kind, kept) {
    const [texts, [index], changes] = await Promise.all(['/', '#', '+'].map((part) => outbox.getChunks(under(kind, kept.gen) + part)));
    if (texts.length !== kept.boxes || changes.length !== kept.changes || !index) return;
    shelves[kind].fill(texts, index);
    changes.forEach((/** @type {string} */ text) => shelves[kind].change(text.split('\n')));
    about[kind] = kept;
  }

  function changed() {
    remembered = new Map();
    products.forget();
    places.forget();
    platform.onChange();
  }

  /** Bring the copy up to date: by what changed, or whole where there is none yet or `anew` is asked for. The old copy serves
   * until the new one is whole; what was fetched of it is kept, should it be interrupted.
   * @param {boolean} [anew] @returns {Promise<boolean>} */
  async function refresh(anew) {
    if (busy || (!anew && copy() && Math.abs(now() - about.at) < FRESH)) return false;
    busy = true;
    try {
      if (JSON.stringify(await outbox.get('catalogue')) !== JSON.stringify(about) && copy()) await load();
      for (const kind of KINDS) {
        const kept = anew ? undefined : about[kind];
        const done = (kept && (await follow(kind, kept))) || (await fetchAll(kind));
        if (done !== 'done') return false;
      }
      about.at = now();
      await outbox.shelve({ keep: [['catalogue', about]] });
      platform.onChange();
      return true;
    } finally {
      busy = false;
    }
  }

  /** Take what changed. @param {'products' | 'locations'} kind @param {Kept} kept
   * @returns {Promise<'done' | 'later' | ''>} '' when it must be fetched whole */
  async function follow(kind, kept) {
    for (;;) {
      const data = await ask(kind, { since: kept.journal, epoch: kept.epoch });
      if (typeof data === 'string') return data === '' ? '' : 'later';
      if (data.rows.length > 0) {
        const lines = data.rows.map(lineOf);
        const fresh = data.rows.filter((/** @type {any} */ one) => !shelves[kind].find(one.sku || one.code).some((known) => known.id === (one.sku || one.code))).length;
        const next = Object.assign({}, kept, { journal: data.next, changes: kept.changes + 1, rows: kept.rows + fresh });
        await store(kind, next, [[under(kind, kept.gen) + '+' + digits(next.changes), lines.join('\n')]]);
        shelves[kind].change(lines);
        kept = next;
        changed();
      }
      if (data.rows.length < PAGE) break;
    }
    if (shelves[kind].changes() > COMPACT) await compact(kind, kept);
    return 'done';
  }

  /** Fetch all rows, a text at a time; go on where an earlier fetch was interrupted.
   * @param {'products' | 'locations'} kind @returns {Promise<'done' | 'later'>} */
  async function fetchAll(kind) {
    const from = about[kind];
    const gen = (from ? from.gen : 0) + 1;
    /** @type {Coming | null} */
    let coming = (await outbox.get('coming/' + kind)) || null;
    if (coming === null || coming.gen !== gen) {
      coming = null;
      await outbox.shelve({ drop: [[under(kind, gen), under(kind, gen + 1)]] });
    }
    while (coming === null || !coming.whole) {
      const data = await ask(kind, { after: coming && coming.after, epoch: coming && coming.epoch });
      if (data === '') await outbox.shelve({ keep: [['coming/' + kind, null]] });
      if (typeof data === 'string') return 'later';
      coming = await more(kind, coming || { gen, epoch: data.epoch, journal: data.journal, boxes: 0, after: null, rest: [], whole: false }, data);
    }
    await turnTo(kind, coming, await outbox.getChunks(under(kind, gen) + '/'), [], [kind + '/', under(kind, gen)]);
    return 'done';
  }

  /** Store a page with those before it, once they fill a text. @param {'products' | 'locations'} kind @param {Coming} coming @param {any} data @returns {Promise<Coming>} */
  async function more(kind, coming, data) {
    const rest = coming.rest.concat(data.rows.map(lineOf));
    const whole = data.next === null;
    /** @type {[string, string][]} */
    const put = [];
    while (rest.length >= BOX || (whole && rest.length > 0)) put.push([under(kind, coming.gen) + '/' + digits(coming.boxes + put.length), rest.splice(0, BOX).join('\n')]);
    const next = Object.assign({}, coming, { rest, whole, after: data.next, boxes: coming.boxes + put.length });
    if (put.length > 0) await outbox.shelve({ put, keep: [['coming/' + kind, next]] });
    return next;
  }

  /** Make one copy of what was stored and what changed since. @param {'products' | 'locations'} kind @param {Kept} kept */
  async function compact(kind, kept) {
    const lines = shelves[kind].lists().reduce((all, some) => all.concat(some), []);
    const texts = [];
    for (let i = 0; i < lines.length; i += BOX) texts.push(lines.slice(i, i + BOX).join('\n'));
    const gen = kept.gen + 1;
    await turnTo(kind, Object.assign({}, kept, { gen }), texts, texts.map((text, i) => [under(kind, gen) + '/' + digits(i), text]), [kind + '/', kind + '0']);
  }

  /** Index a whole copy, and from now on use it instead of the one before.
   * @param {'products' | 'locations'} kind @param {{gen: number, epoch: string, journal: number}} of @param {string[]} texts
   * @param {[string, any][]} put texts that are not stored yet @param {[string, string]} drop the keys of what was before */
  async function turnTo(kind, of, texts, put, drop) {
    const index = makeIndex();
    for (const text of texts) {
      index.add(text);
      await pause();
    }
    const made = index.done();
    const kept = { gen: of.gen, epoch: of.epoch, journal: of.journal, boxes: texts.length, changes: 0, rows: index.rows() };
    await store(kind, kept, put.concat([[under(kind, of.gen) + '#', made]]), [drop], [['coming/' + kind, null]]);
    shelves[kind].fill(texts, made);
    changed();
  }

  /** @param {'products' | 'locations'} kind @param {Kept} kept @param {[string, any][]} put @param {[string, string][]} [drop] @param {[string, any][]} [keep] */
  async function store(kind, kept, put, drop, keep) {
    const next = Object.assign({}, about, { [kind]: kept });
    await outbox.shelve({ drop, put, keep: (keep || []).concat([['catalogue', next]]) });
    about = next;
  }

  /** @param {'products' | 'locations'} kind @param {Object.<string, any>} query @returns {Promise<any>} the answer; 'later', or '' for another epoch */
  async function ask(kind, query) {
    const answer = await api('GET', '/api/v1/' + kind, { query: Object.assign({ limit: PAGE }, query) });
    if (answer.status === 409) return '';
    return answer.status === 200 && answer.data && Array.isArray(answer.data.rows) ? answer.data : 'later';
  }

  /** Say what a code is, as far as this copy knows. @param {string} text @returns {Known} */
  function read(text) {
    const key = platform.ownCodes() + '\n' + text;
    let known = remembered.get(key);
    if (!known) {
      known = command(withoutAim(text)) || meaning(text, withoutAim(text).normalize('NFC'));
      if (remembered.size >= REMEMBERED) remembered = new Map();
      remembered.set(key, known);
    }
    return known;
  }

  /** In the server's order: location, barcode, SKU, number of a trade item, and what stands inside a GS1 code.
   * @param {string} text @param {string} code @returns {Known} */
  function meaning(text, code) {
    const [here] = shelves.locations.find(code).map(placeOf);
    const same = here ? [] : named(code);
    const said = here || same[0] ? null : messageOf(text, new Date(now()).getUTCFullYear(), checkDigitHolds);
    const own = gtins(/^\]E3/.test(text) ? withoutAddon(code) : code);
    const inside = said && said.gtin ? [said.gtin] : [];
    const found = [same, traded(own.concat(own[0] ? weighed(own[0], platform.ownCodes()) : [])), traded(inside), traded(alike(own.concat(inside)))].filter((some) => some[0])[0] || [];
    const [place] = here ? [here] : said && said.place && !found[0] ? shelves.locations.find(said.place).map(placeOf) : [];
    /** @type {any} */
    const more = said ? { text, said } : { text };
    if (place) return Object.assign(more, { kind: 'location', code: place.code, check: place.check, place });
    if (found.length === 1) return Object.assign(more, { kind: 'product' }, found[0]);
    return Object.assign(more, { kind: 'unknown' }, found[0] && { candidates: found.map((one) => one.product) });
  }

  /** @param {string} code @returns {Named[]} */
  function named(code) {
    const all = shelves.products.find(code).map(productOf);
    const asBarcode = all.map((product) => packed(product, (one) => folded(one) === folded(code))).filter(isNamed);
    return asBarcode.length > 0 ? asBarcode : all.map((product) => ({ product, pack: '1' }));
  }

  /** @param {string[]} numbers @returns {Named[]} */
  function traded(numbers) {
    /** @type {Map<string, Named>} */
    const found = new Map();
    numbers.forEach((gtin) => spellings(gtin).forEach((code) => shelves.products.find(code).map(productOf).forEach((product) => {
      const one = packed(product, (barcode) => gtin14(barcode) === gtin);
      if (one) found.set(product.sku, one);
    })));
    return Array.from(found.values());
  }

  /** Search by name and code.
   * @param {string} question @param {number} most of each kind @param {boolean} all products too, not only locations
   * @returns {Promise<{products: Product[], places: Place[], total: number} | null>} null: a newer question came */
  async function search(question, most, all) {
    const spots = await places.search(question, most);
    const items = spots && (all ? await products.search(question, most) : { lines: [], total: 0 });
    if (!spots || !items) return null;
    return { places: spots.lines.map(row).map(placeOf), products: items.lines.map(row).map(productOf), total: spots.total + items.total };
  }

  /** The code to say instead of scanning one piece of a product. @param {Product} product @returns {string} */
  function codeOf(product) {
    const codes = [product.sku].concat(product.barcodes.filter((one) => one.quantity === '1').map((one) => one.code));
    return codes.filter((code) => (read(code).product || { sku: '' }).sku === product.sku)[0] || product.sku;
  }

  function forget() {
    products.forget();
    places.forget();
  }

  /** How much there is, and since when; null: no copy yet. @returns {{at: number, products: number, locations: number} | null} */
  function copy() {
    return about.products && about.locations ? { at: about.at, products: about.products.rows, locations: about.locations.rows } : null;
  }

  /** Why a code that was read is nothing this copy knows: the three answers are not one.
   * @returns {'loading' | 'no_copy' | 'not_in_copy'} */
  function ignorance() {
    return loaded ? (copy() ? 'not_in_copy' : 'no_copy') : 'loading';
  }

  return { load, refresh, read, search, codeOf, forget, copy, ignorance };
}

/** @param {Product} product @param {(code: string) => boolean} is @returns {Named | null} */
function packed(product, is) {
  const barcode = product.barcodes.filter((one) => is(one.code))[0];
  return barcode ? { product, pack: barcode.quantity } : null;
}

/** @param {Named | null} one @returns {one is Named} */
function isNamed(one) {
  return one !== null;
}

/** @param {any} one a row of the wire @returns {string} */
function lineOf(one) {
  return line(one.sku === undefined
    ? { id: one.code, name: one.name, codes: [], more: [one.kind, one.parent || '', one.archived ? '1' : '', one.check || ''] }
    : { id: one.sku, name: one.name, codes: one.barcodes || [], more: [one.unit, one.tracking || 'none', String(one.decimals || 0), one.archived ? '1' : ''] });
}

/** @param {import('./shelf.js').Row} one @returns {Product} */
function productOf({ id, name, codes, more }) {
  return { sku: id, name, unit: more[0], tracking: more[1], decimals: Number(more[2]), archived: more[3] === '1', barcodes: codes };
}

/** @param {import('./shelf.js').Row} one @returns {Place} */
function placeOf({ id, name, more }) {
  return { code: id, name, kind: more[0], parent: more[1] || null, archived: more[2] === '1', check: more[3] };
}

/** @param {string} kind @param {number} gen @returns {string} what the keys of a copy begin with */
function under(kind, gen) {
  return kind + '/g' + digits(gen);
}

/** @param {number} n @returns {string} */
function digits(n) {
  return ('00000' + n).slice(-6);
}
