/** What a device knows of what is to be counted and expected: with the server, without it, and never of a blind count. */
import test from 'node:test';
import assert from 'node:assert/strict';
import { fakeClock, fakeOutbox } from './fakes.mjs';
import { FRESH, makeSheets } from '../../static/sheets.js';

const sheet = (code, location, more) => Object.assign({ code, location, sequence: 1, operator: null, lines: null, blind: false }, more);
const row = (location, sku, quantity, lot = '') => ({ location, sku, name: sku, lot, quantity });

async function device(server, more = {}) {
  const clock = more.clock || fakeClock();
  const { outbox } = more.outbox ? more : await fakeOutbox({ clock });
  const asked = [];
  const api = async (method, path, { query }) => {
    asked.push(path.split('/').pop() + ' ' + (query.location || query.operator + (query.after && ' ' + query.after)));
    if (server.down) return { status: 0, data: null };
    if (path === '/api/v1/stock') return { status: 200, data: { rows: server.stock.filter((one) => one.location.startsWith(query.location)), next: server.more || null } };
    const from = server.sheets.findIndex((one) => one.code > query.after);
    const rows = from < 0 ? [] : server.sheets.slice(from, from + 2);
    return { status: 200, data: { rows, next: from >= 0 && from + 2 < server.sheets.length ? rows[1].code : null } };
  };
  const sheets = makeSheets({ outbox, api, now: clock.now, onChange: () => undefined });
  return { sheets, asked, clock, outbox, expected: (location) => (sheets.state.book.find((page) => page.location === location) || {}).rows };
}

test('all pages of sheets are fetched, and what is expected there, lots taken together', async () => {
  const { sheets, asked, expected } = await device({ sheets: [sheet('K1-001', 'A'), sheet('K1-002', 'B'), sheet('K1-003', 'C')], stock: [row('A', 'P', '0.1', 'L1'), row('A', 'P', '0.2', 'L2'), row('A', 'Q', '4'), row('A-1', 'Z', '9')] });
  await sheets.refresh('OP-1');
  assert.deepEqual(sheets.state.rows.map(({ code }) => code), ['K1-001', 'K1-002', 'K1-003']);
  assert.deepEqual(expected('A'), [{ sku: 'P', name: 'P', quantity: 0.3 }, { sku: 'Q', name: 'Q', quantity: 4 }]);
  assert.deepEqual(expected('B'), [], 'a location where nothing is expected');
  assert.deepEqual(asked, ['sheets OP-1', 'sheets OP-1 K1-002', 'stock A', 'stock B', 'stock C']);
  assert.equal(sheets.find('K1-002').location, 'B');
});

test('a recount that somebody else has to make is not offered; an older server says nothing of it', async () => {
  const server = { sheets: [sheet('K1-003', 'A', { may_count: false }), sheet('K1-004', 'B', { may_count: true }), sheet('K1-005', 'C')], stock: [] };
  const { sheets } = await device(server);
  await sheets.refresh('OP-1');
  assert.deepEqual(sheets.state.rows.map(({ code }) => code), ['K1-004', 'K1-005']);
});

test('of a blind count a device asks nothing, shows nothing, and forgets what it knew', async () => {
  const server = { sheets: [sheet('K1-001', 'A')], stock: [row('A', 'P', '5')] };
  const { sheets, asked, expected } = await device(server);
  await sheets.refresh('OP-1');
  assert.equal(expected('A').length, 1);
  server.sheets = [sheet('K2-001', 'A', { blind: true }), sheet('K2-002', 'B', { blind: undefined })];
  await sheets.refresh('OP-1');
  assert.deepEqual(sheets.state.book, []);
  server.stock = [];
  await sheets.open('A');
  await sheets.open('B');
  assert.deepEqual(sheets.state.book, [], 'an empty answer would tell that nothing is expected');
  assert.equal(asked.filter((one) => one === 'stock B').length, 1, 'only when somebody came there');
});

test('a location without a sheet of this operator may be in a blind count: what is hidden or empty says nothing', async () => {
  const server = { sheets: [], stock: [row('A', 'P', null), row('C', 'P', '5')] };
  const { sheets, expected } = await device(server);
  for (const place of ['A', 'B', 'C']) await sheets.open(place);
  assert.deepEqual([expected('A'), expected('B'), expected('C').length], [undefined, undefined, 1]);
  await sheets.refresh('OP-1');
  assert.equal(expected('C').length, 1, 'whoever counts there goes on seeing it');
});

test('a recount looks for its products only, and a location with too many rows is left alone', async () => {
  const server = { sheets: [sheet('K1-002', 'A', { sequence: 2, lines: [{ sku: 'P', name: 'P', lot: null }] })], stock: [row('A', 'P', '5'), row('A', 'Q', '5')] };
  const { sheets } = await device(server);
  await sheets.refresh('OP-1');
  assert.deepEqual(sheets.state.book[0].only, ['P']);
  server.more = 'a cursor';
  await sheets.open('A');
  assert.deepEqual(sheets.state.book, []);
});

test('without the server the last answers serve, also after a restart; they are asked for anew when they are old', async () => {
  const server = { sheets: [sheet('K1-001', 'A'), sheet('K1-002', 'B')], stock: [row('A', 'P', '5')] };
  const first = await device(server);
  await first.sheets.refresh('OP-1');
  server.down = true;
  const { sheets, asked, clock, expected } = await device(server, first);
  await sheets.load();
  await sheets.refresh('OP-1');
  await sheets.open('A');
  assert.equal(sheets.state.rows.length, 2);
  assert.equal(expected('A')[0].quantity, 5);
  server.down = false;
  server.stock = [row('A', 'P', '4')];
  await sheets.refresh('OP-1');
  assert.equal(expected('A')[0].quantity, 5);
  clock.t += FRESH;
  await sheets.refresh('OP-1');
  assert.equal(expected('A')[0].quantity, 4);
  assert.deepEqual(asked, ['sheets OP-1', 'stock A', 'sheets OP-1', 'sheets OP-1', 'stock A', 'stock B']);
  server.stock = [row('A', 'P', '3')];
  clock.t -= 365 * 86400000;
  await sheets.refresh('OP-1');
  assert.equal(expected('A')[0].quantity, 3, 'what was told while the clock was a year ahead');
});
