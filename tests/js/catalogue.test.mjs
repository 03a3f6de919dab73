import test from 'node:test';
import assert from 'node:assert/strict';
import { fakeOutbox, fakeClock } from './fakes.mjs';
import { COMPACT, makeCatalogue } from '../../static/catalogue.js';
import { makeSearch } from '../../static/search.js';
import { gtins } from '../../static/gtin.js';

const product = (i, more = {}) => Object.assign({ sku: `SKU-${i}`, name: `Thing ${i}`, unit: 'each', decimals: 0, tracking: 'none', barcodes: [] }, more);
const places = [{ code: 'A-01', name: 'Bin', kind: 'bin', check: '31' }, { code: '4006381333931', name: 'A bin that looks like a number', kind: 'bin' }];

const THINGS = true;
const nap = () => Promise.resolve();

/** A server's lists: by key, or what changed; each change gets the next number of the journal. */
function fakeLists(items, spots) {
  const server = { down: false, asked: [], epoch: 'e1', journal: 0, stopAfter: Infinity, all: { products: [], locations: [] } };
  server.put = (kind, row) => {
    server.journal += 1;
    const key = kind === 'products' ? 'sku' : 'code';
    server.all[kind] = server.all[kind].filter((one) => one[key] !== row[key]).concat([Object.assign({}, row, { journal: server.journal })]);
  };
  items.forEach((one) => server.put('products', one));
  spots.forEach((one) => server.put('locations', one));
  server.api = async (method, path, { query }) => {
    if (server.down || server.asked.length >= server.stopAfter) return { status: 0, data: null };
    server.asked.push(path + '?' + Object.keys(query).filter((name) => query[name] !== null).join());
    if (query.epoch && query.epoch !== server.epoch) return { status: 409, data: { code: 'epoch_changed' } };
    const all = server.all[path.split('/').pop()];
    const frame = { journal: server.journal, epoch: server.epoch };
    if (query.since !== undefined) {
      const rows = all.filter((row) => row.journal > query.since).sort((a, b) => a.journal - b.journal).slice(0, query.limit);
      return { status: 200, data: Object.assign({ rows, next: rows.length ? rows[rows.length - 1].journal : query.since }, frame) };
    }
    const key = (row) => row.sku || row.code;
    const rows = all.filter((row) => query.after === null || key(row) > query.after).sort((a, b) => (key(a) < key(b) ? -1 : 1));
    const page = rows.slice(0, query.limit);
    return { status: 200, data: Object.assign({ rows: page, next: rows.length > page.length ? key(page[page.length - 1]) : null }, frame) };
  };
  return server;
}

async function catalogueOf(items, { clock = fakeClock(), fetched = true } = {}) {
  const { outbox, factory } = await fakeOutbox({ clock });
  const server = fakeLists(items, places);
  const open = () => makeCatalogue({ outbox, api: server.api, now: clock.now, pause: nap, onChange: () => {}, ownCodes: () => server.ownCodes || '' });
  const catalogue = open();
  await catalogue.load();
  if (fetched) assert.equal(await catalogue.refresh(), true);
  const later = () => {
    clock.t += 3600000;
    server.asked = [];
    return catalogue.refresh();
  };
  const restarted = async () => {
    const again = open();
    await again.load();
    return again;
  };
  return { catalogue, outbox, server, clock, factory, later, restarted };
}

const many = (n, from = 0) => Array.from({ length: n }, (_, i) => product(10000 + from + i, { barcodes: [{ code: 'B' + (from + i), quantity: '1' }] }));

test('a copy of all pages is there after a restart without the network', async () => {
  const { outbox, server, restarted } = await catalogueOf(many(4203));
  assert.deepEqual((await outbox.getChunks('products/')).map((one) => (typeof one === 'string' ? one.split('\n').length : 'index')), ['index', 2000, 2000, 203]);
  server.down = true;
  const again = await restarted();
  for (const i of [0, 1999, 2000, 4202]) assert.equal(again.read('B' + i).product.name, `Thing ${10000 + i}`);
  assert.equal(again.read('B4203').kind, 'unknown');
  assert.deepEqual([again.copy().products, again.copy().locations], [4203, 2]);
});

test('afterwards only what changed is fetched, and is there after a restart', async () => {
  const { catalogue, server, later, restarted } = await catalogueOf(many(1203));
  server.put('products', product(10007, { name: 'Another name', barcodes: [{ code: 'B7', quantity: '1' }, { code: 'CASE', quantity: '12' }] }));
  server.put('products', product(99999));
  server.put('products', product(10008, { archived: true, barcodes: [{ code: 'B8', quantity: '1' }] }));
  server.put('locations', { code: 'A-02', name: 'A new bin', kind: 'bin' });
  assert.equal(await later(), true);
  assert.deepEqual(server.asked, ['/api/v1/locations?limit,since,epoch', '/api/v1/products?limit,since,epoch']);
  for (const one of [catalogue, await restarted()]) {
    assert.deepEqual([one.read('B7').product.name, one.read('CASE').product.name, one.read('CASE').pack], ['Another name', 'Another name', '12']);
    assert.equal(one.read('SKU-99999').kind, 'product');
    assert.equal(one.read('B8').product.archived, true, 'an archived product stays known, as archived');
    assert.equal(one.read('A-02').kind, 'location');
    assert.deepEqual([one.copy().products, one.copy().locations], [1204, 3]);
  }
});

test('a code that lost its row to a change is not found under what it was', async () => {
  const { catalogue, server, later } = await catalogueOf([product(1, { barcodes: [{ code: 'OLD', quantity: '1' }] })]);
  server.put('products', product(1, { barcodes: [{ code: 'NEW', quantity: '1' }] }));
  await later();
  assert.deepEqual([catalogue.read('OLD').kind, catalogue.read('NEW').kind], ['unknown', 'product']);
});

test('many changes are laid into one copy, without asking the server for it', async () => {
  const { catalogue, server, outbox, later, restarted } = await catalogueOf(many(2500));
  many(COMPACT + 1, 1500).forEach((one) => server.put('products', Object.assign(one, { name: 'Renamed ' + one.sku })));
  await later();
  assert.ok(server.asked.every((one) => one.includes('since')), String(server.asked));
  assert.equal((await outbox.getChunks('products/')).length, 3, 'two texts and an index; the changes are gone');
  for (const one of [catalogue, await restarted()]) {
    assert.deepEqual([one.read('B1499').product.name, one.read('B1500').product.name, one.read('B3500').product.name], ['Thing 11499', 'Renamed SKU-11500', 'Renamed SKU-13500']);
    assert.equal(one.copy().products, 3501);
  }
  server.put('products', product(10000, { name: 'Later' }));
  await later();
  assert.equal(catalogue.read('SKU-10000').product.name, 'Later');
});

test('a server of another epoch is fetched anew', async () => {
  const { catalogue, server, later } = await catalogueOf(many(3));
  server.epoch = 'e2';
  server.all.products = [];
  server.put('products', product(5));
  assert.equal(await later(), true);
  assert.deepEqual([catalogue.read('SKU-10001').kind, catalogue.read('SKU-5').kind], ['unknown', 'product']);
});

test('an interrupted copy goes on where it was, and misses no change made meanwhile', async () => {
  const { catalogue, server, clock, restarted } = await catalogueOf(many(5000), { fetched: false });
  server.stopAfter = 1 + 6;
  assert.equal(await catalogue.refresh(), false);
  assert.equal(catalogue.copy(), null);
  assert.equal(catalogue.ignorance(), 'no_copy');
  server.put('products', product(10003, { name: 'Changed meanwhile' }));
  server.stopAfter = Infinity;
  server.asked = [];
  const again = await restarted();
  assert.equal(await again.refresh(), true);
  assert.equal(server.asked.filter((one) => one.includes('after')).length, 6, 'four of ten pages need not be fetched again');
  clock.t += 3600000;
  await again.refresh();
  assert.equal(again.read('SKU-10003').product.name, 'Changed meanwhile');
  assert.equal(again.copy().products, 5000);
  assert.equal(again.read('B4999').kind, 'product');
});

test('a copy that came whole but was not taken into use is used without fetching', async () => {
  const { catalogue, outbox, server, restarted } = await catalogueOf(many(10), { fetched: false });
  const shelve = outbox.shelve;
  outbox.shelve = (change) => (change.put && change.put.some(([key]) => key.endsWith('#')) && change.put[0][0].startsWith('products') ? Promise.reject(new Error('power cut')) : shelve(change));
  await assert.rejects(catalogue.refresh(), /power cut/);
  outbox.shelve = shelve;
  server.asked = [];
  const again = await restarted();
  assert.equal(await again.refresh(), true);
  assert.deepEqual(server.asked, ['/api/v1/locations?limit,since,epoch']);
  assert.equal(again.read('B9').kind, 'product');
});

test('two pages of one browser do not spoil the copy of each other', async () => {
  const { catalogue, server, clock, restarted } = await catalogueOf(many(10));
  const other = await restarted();
  server.put('products', product(1));
  clock.t += 3600000;
  await catalogue.refresh();
  server.put('products', product(2));
  clock.t += 3600000;
  await other.refresh();
  const third = await restarted();
  for (const one of [other, third]) assert.deepEqual(['SKU-1', 'SKU-2', 'SKU-10003'].map((code) => one.read(code).kind), ['product', 'product', 'product']);
});

test('an older build\'s copy is replaced', async () => {
  const { catalogue, outbox } = await catalogueOf(many(3), { fetched: false });
  await outbox.shelve({ put: [['products/000000', [product(1)]]], keep: [['catalogue', { at: 5, products: 1, locations: 1 }]] });
  await catalogue.load();
  assert.equal(catalogue.copy(), null);
  assert.equal(await catalogue.refresh(), true);
  assert.equal((await outbox.getChunks('products/')).filter(Array.isArray).length, 0);
});

test('what is not known is said by its cause', async () => {
  const { catalogue, server, restarted } = await catalogueOf(many(3), { fetched: false });
  assert.equal(catalogue.ignorance(), 'no_copy');
  await catalogue.refresh();
  assert.equal(catalogue.ignorance(), 'not_in_copy');
  server.down = true;
  assert.equal((await restarted()).ignorance(), 'not_in_copy');
  const { outbox } = await fakeOutbox();
  assert.equal(makeCatalogue({ outbox, api: server.api, now: () => 0, pause: nap, onChange: () => {} }).ignorance(), 'loading');
});

test('codes: exact, folded, by GTIN of any length, with an AIM id, inside a GS1 code', async () => {
  const { catalogue } = await catalogueOf([product(1, { barcodes: [{ code: '9501101530003', quantity: '1' }, { code: '19501101530000', quantity: '12' }] }), product(2, { barcodes: [{ code: 'Stra\u00dfe-1', quantity: '1' }] })]);
  const same = { '9501101530003': '1', '19501101530000': '12', '09501101530003': '1', ']E09501101530003': '1', ']C1010950110153000310L7': '1', '0119501101530000': '12', '\u001d0109501101530003': '1', '(01)09501101530003(10)L7': '1', '02195011015300003724': '12', 'https://example.com/01/9501101530003/10/L7?x=1': '1', 'https://id.example.com/some/01/09501101530003': '1', 'sku-1': '1' };
  Object.keys(same).forEach((code) => assert.deepEqual([catalogue.read(code).product && catalogue.read(code).product.sku, catalogue.read(code).pack], ['SKU-1', same[code]], code));
  assert.equal(catalogue.read('STRA\u00dfE-1').product.sku, 'SKU-2');
  assert.deepEqual([catalogue.read('a-01').kind, catalogue.read('a-01').code], ['location', 'A-01']);
  ['NOBODY', '', '0109501101530004', '9501101530004', 'https://example.com/9501101530003', '95011015300030'].forEach((code) => assert.equal(catalogue.read(code).kind, 'unknown', code));
});

test('a location brings the check digits of its label, as long as its site has them', async () => {
  const { catalogue } = await catalogueOf(many(3));
  assert.equal(catalogue.read('A-01').check, '31');
  assert.equal(catalogue.read('4006381333931').check, '');
});

test('a GS1 code tells its lot and date, and may name a place', async () => {
  const { catalogue } = await catalogueOf([product(1, { barcodes: [{ code: '9501101530003', quantity: '1' }] })]);
  assert.deepEqual(catalogue.read(']C101095011015300031727123110L7').said, { gtin: '09501101530003', lot: 'L7', expiry: '2027-12-31' });
  assert.equal(catalogue.read('(01)09506000134352(10)L7').said.lot, 'L7', 'of a product that is not in this copy, too');
  const there = catalogue.read('(414)9501101530003(254)A-01');
  assert.deepEqual([there.kind, there.code], ['location', 'A-01']);
  assert.equal(catalogue.read('9501101530003').said, undefined);
});

test('an SKU that looks like a shortened GTIN is not taken for it', async () => {
  const { catalogue } = await catalogueOf([product(1, { sku: '00000095200002' })]);
  assert.equal(catalogue.read('95200002').kind, 'unknown');
});

test('8 digits may be a UPC-E and an EAN-8: the catalogue decides, and says so when it can\'t', async () => {
  const upcE = product(1, { barcodes: [{ code: '012345000058', quantity: '1' }] });
  const ean8 = product(2, { barcodes: [{ code: '01234558', quantity: '1' }] });
  const { catalogue } = await catalogueOf([upcE]);
  assert.equal(gtins('01234558').length, 2);
  assert.equal(catalogue.read('01234558').product.sku, 'SKU-1');
  const both = await catalogueOf([upcE, Object.assign(ean8, { barcodes: [{ code: '00000001234558', quantity: '1' }] })]);
  assert.deepEqual([both.catalogue.read('01234558').kind, both.catalogue.read('01234558').candidates.map((one) => one.sku)], ['unknown', ['SKU-2', 'SKU-1']]);
});

test('a UPC-E of the catalogue is found however a gun sends it, as on the server', async () => {
  const soda = product(1, { barcodes: [{ code: '042100005264', quantity: '1' }] });
  const gum = product(2, { barcodes: [{ code: '01234565', quantity: '6' }] });
  const { catalogue } = await catalogueOf([soda, gum]);
  assert.equal(catalogue.read('04252614').product.sku, 'SKU-1');
  for (const code of ['01234565', '012345000065', ']E00012345000065', '(01)00012345000065']) assert.deepEqual([(catalogue.read(code).product || {}).sku, catalogue.read(code).pack], ['SKU-2', '6'], code);
  const other = await catalogueOf([gum, product(3, { barcodes: [{ code: '012345000065', quantity: '1' }] })]);
  assert.equal(other.catalogue.read('0012345000065').product.sku, 'SKU-3', 'what has the number itself wins');
});

test('a shop\'s own code names the product whose weight or price it tells, as on the server', async () => {
  const { catalogue, server } = await catalogueOf([product(1, { barcodes: [{ code: '2112345000008', quantity: '1' }] }), product(2, { barcodes: [{ code: '2312345000002', quantity: '1' }] })]);
  assert.equal(catalogue.read('2112345012506').kind, 'unknown', 'nobody has said what it means');
  server.ownCodes = '02iiiiiwwwwwc=kg3, 21iiiiiwwwwwc=kg3 23iiiiivppppc=EUR2';
  for (const code of ['2112345012506', ']E02112345012506', '02112345012506', '2112345000008']) assert.equal((catalogue.read(code).product || {}).sku, 'SKU-1', code);
  assert.equal(catalogue.read('2312345001993').product.sku, 'SKU-2', 'a price and its check digit');
  for (const code of ['2112345012505', '2212345012505', '9506000134352', '96385074']) assert.equal(catalogue.read(code).kind, 'unknown', code);
});

test('an add-on beside an EAN-13 or a UPC-A is passed over', async () => {
  const { catalogue } = await catalogueOf([product(1, { barcodes: [{ code: '9506000134352', quantity: '1' }, { code: '614141999996', quantity: '6' }] })]);
  for (const more of ['', '07', '51234']) assert.deepEqual(['9506000134352', '614141999996'].map((code) => catalogue.read(']E3' + code + more).pack), ['1', '6'], more);
});

test('a barcode of the catalogue is never taken apart', async () => {
  const { catalogue } = await catalogueOf([product(1, { barcodes: [{ code: '010950600013435210L7', quantity: '1' }] })]);
  assert.deepEqual([catalogue.read(']C1010950600013435210L7').product.sku, catalogue.read(']C1010950600013435210L7').said], ['SKU-1', undefined]);
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
  const { catalogue, server, later } = await catalogueOf([product(1)]);
  server.down = true;
  assert.equal(await later(), false);
  assert.equal(catalogue.read('SKU-1').kind, 'product');
});

test('a fresh copy is not fetched again', async () => {
  const { catalogue, server, later } = await catalogueOf([product(1)]);
  const before = server.asked.length;
  await catalogue.refresh();
  assert.equal(server.asked.length, before);
  await later();
  assert.equal(server.asked.length, 2);
});

test('a copy that was fetched while the clock was a year ahead is fetched again', async () => {
  const { clock, server, later } = await catalogueOf([product(1)]);
  clock.t -= 365 * 86400000;
  await later();
  assert.equal(server.asked.length, 2);
});

test('search: no accents, no case, several words, what is named exactly or begins so comes first', async () => {
  const { catalogue } = await catalogueOf([
    product(1, { sku: 'CAFE-9', name: 'Cr\u00e8me br\u00fbl\u00e9e' }), product(2, { sku: 'X-1', name: 'Caf\u00e9 cr\u00e8me, 250 g' }), product(3, { sku: 'X-2', name: 'Decafe' }),
    product(4, { sku: 'X-3', name: 'Ice cafe', barcodes: [{ code: '4006381333931', quantity: '1' }] }), product(5, { sku: 'cafe', name: 'Tin' }),
  ]);
  const ask = async (question) => (await catalogue.search(question, 10, THINGS)).products.map((one) => one.sku);
  assert.deepEqual(await ask('caf\u00e9'), ['cafe', 'CAFE-9', 'X-1', 'X-3', 'X-2']);
  assert.deepEqual(await ask('creme CAFE'), ['CAFE-9', 'X-1']);
  assert.deepEqual(await ask('40063'), ['X-3']);
  assert.deepEqual(await ask('none'), [], 'what is no name or code is not searched');
  assert.deepEqual(await ask('  '), []);
  const some = await catalogue.search('a', 2, THINGS);
  assert.deepEqual([some.products.length, some.places.length > 0, some.total > 4], [2, true, true]);
});

test('search knows what changed', async () => {
  const { catalogue, server, later } = await catalogueOf([product(1), product(2)]);
  assert.equal((await catalogue.search('thing', 10, THINGS)).total, 2);
  server.put('products', product(1, { name: 'Renamed' }));
  await later();
  assert.deepEqual((await catalogue.search('renamed', 10, THINGS)).products.map((one) => one.sku), ['SKU-1']);
  assert.equal((await catalogue.search('thing', 10, THINGS)).total, 1);
});

test('only the newest question is answered', async () => {
  let t = 0;
  const { search } = makeSearch({ lists: () => [['a\tAnvil\t\t'], ['b\tBolt\t\t'], ['c\tAnt\t\t']], now: () => (t += 10), pause: nap });
  const [first, second] = await Promise.all([search('bolt', 5), search('an', 5)]);
  assert.equal(first, null);
  assert.deepEqual(second, { lines: ['a\tAnvil\t\t', 'c\tAnt\t\t'], total: 2 });
});

test('a product is said by its SKU, unless that names something else', async () => {
  const { catalogue } = await catalogueOf([product(1), product(2, { sku: 'A-01', barcodes: [{ code: 'CASE', quantity: '12' }, { code: 'PIECE', quantity: '1' }] })]);
  const found = (await catalogue.search('thing', 10, THINGS)).products;
  assert.deepEqual(found.map((one) => catalogue.codeOf(one)).sort(), ['PIECE', 'SKU-1']);
});
