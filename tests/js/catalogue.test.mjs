import test from 'node:test';
import assert from 'node:assert/strict';
import { fakeOutbox, fakeClock } from './fakes.mjs';
import { makeCatalogue } from '../../static/catalogue.js';

const product = (i, more = {}) => Object.assign({ sku: `SKU-${i}`, name: `Thing ${i}`, unit: 'each', decimals: 0, tracking: 'none', barcodes: [] }, more);
const places = [{ code: 'A-01', name: 'Bin', kind: 'bin' }, { code: '4006381333931', name: 'A bin that looks like a number', kind: 'bin' }];

async function catalogueOf(items, { clock = fakeClock(), down = false } = {}) {
  const { outbox, factory } = await fakeOutbox({ clock });
  const asked = [];
  const server = { down };
  const api = async (method, path, { query }) => {
    asked.push(path);
    if (server.down) return { status: 0, data: null };
    const all = path.endsWith('products') ? items : places;
    const from = query.after === null ? 0 : Number(query.after);
    const next = from + query.limit < all.length ? String(from + query.limit) : null;
    return { status: 200, data: { rows: all.slice(from, from + query.limit), next } };
  };
  const catalogue = makeCatalogue({ outbox, api, now: clock.now, onChange: () => {} });
  await catalogue.load();
  await catalogue.refresh();
  return { catalogue, outbox, api, asked, server, clock, factory };
}

test('a copy of all pages, kept in chunks, is there after a restart without the network', async () => {
  const { outbox, clock } = await catalogueOf(Array.from({ length: 1203 }, (_, i) => product(i)));
  assert.deepEqual((await outbox.getChunks('products/')).map((chunk) => chunk.length), [500, 500, 203]);
  const again = makeCatalogue({ outbox, api: async () => ({ status: 0, data: null }), now: clock.now, onChange: () => {} });
  await again.load();
  assert.equal(again.read('SKU-1202').product.name, 'Thing 1202');
  assert.equal(again.copy().products, 1203);
});

test('codes: exact, folded, by GTIN of any length, with an AIM id, in an element string', async () => {
  const { catalogue } = await catalogueOf([product(1, { barcodes: [{ code: '9501101530003', quantity: '1' }, { code: '19501101530000', quantity: '12' }] })]);
  assert.equal(catalogue.read('9501101530003').product.sku, 'SKU-1');
  assert.equal(catalogue.read('19501101530000').pack, '12');
  assert.equal(catalogue.read('09501101530003').product.sku, 'SKU-1');
  assert.equal(catalogue.read(']E09501101530003').product.sku, 'SKU-1');
  assert.equal(catalogue.read(']C1010950110153000310L7').product.sku, 'SKU-1');
  assert.equal(catalogue.read('sku-1').product.sku, 'SKU-1');
  assert.deepEqual([catalogue.read('a-01').kind, catalogue.read('a-01').code], ['location', 'A-01']);
  assert.equal(catalogue.read('NOBODY').kind, 'unknown');
});

test('a location comes before a product, as on the server', async () => {
  const { catalogue } = await catalogueOf([product(1, { barcodes: [{ code: '4006381333931', quantity: '1' }] })]);
  assert.equal(catalogue.read('4006381333931').kind, 'location');
});

test('a command barcode is a command', async () => {
  const { catalogue } = await catalogueOf([]);
  assert.equal(catalogue.read('SL-DONE').kind, 'command');
});

test('a refresh that fails half way leaves the old copy whole', async () => {
  const { catalogue, server, clock } = await catalogueOf([product(1)]);
  server.down = true;
  clock.t += 3600000;
  assert.equal(await catalogue.refresh(), false);
  assert.equal(catalogue.read('SKU-1').kind, 'product');
});

test('a fresh copy is not fetched again', async () => {
  const { catalogue, asked, clock } = await catalogueOf([product(1)]);
  const before = asked.length;
  await catalogue.refresh();
  assert.equal(asked.length, before);
  clock.t += 3600000;
  await catalogue.refresh();
  assert.ok(asked.length > before);
});
