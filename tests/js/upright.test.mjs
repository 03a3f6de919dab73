/** Turned codes: a row that leaves one by its edge reads a part of it, and a part is never taken for the whole. */
import test from 'node:test';
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { makeDecoder } from '../../static/decoder/decoding.js';
import { imageOf } from '../../static/decoder/picture.js';
import { FORMATS } from '../../static/decoder/symbology.js';
import { upright } from '../../static/decoder/upright.js';
import { prepareZXingModule, readBarcodes } from '../../static/decoder/vendor/zxing-reader.js';

const wasm = readFileSync(new URL('../../static/decoder/vendor/zxing_reader.wasm', import.meta.url));
await prepareZXingModule({ overrides: { wasmBinary: wasm.buffer.slice(wasm.byteOffset, wasm.byteOffset + wasm.length) }, fireImmediately: true });
const alone = async (grey) => (await readBarcodes(imageOf(grey), { formats: FORMATS, maxNumberOfSymbols: 1, textMode: 'Plain' })).map((code) => code.text)[0] || '';

const WIDE = ['..##.', '#...#', '.#..#', '##...', '..#.#', '#.#..', '.##..', '...##', '#..#.', '.#.#.'];
const itf = (digits) => {
  const pairs = digits.match(/../g).map((pair) => [0, 1, 2, 3, 4].map((i) => (WIDE[pair[0]][i] === '#' ? '###' : '#') + (WIDE[pair[1]][i] === '#' ? '...' : '.')).join(''));
  return `#.#.${pairs.join('')}###.#`;
};

/** Bars on white paper on a dark table, 2 pixels a module and 60 high, turned about the middle; 16 points a pixel. */
function turned(modules, degrees, [width, height] = [420, 360]) {
  const [cos, sin] = [Math.cos, Math.sin].map((of) => of((degrees * Math.PI) / 180));
  const data = new Uint8Array(width * height);
  for (let i = 0; i < data.length; i += 1) {
    let light = 0;
    for (let point = 0; point < 16; point += 1) {
      const x = (i % width) + (point % 4) / 4 - width / 2;
      const y = Math.floor(i / width) + Math.floor(point / 4) / 4 - height / 2;
      const [along, up] = [x * cos + y * sin, y * cos - x * sin];
      const module = Math.floor(along / 2 + modules.length / 2);
      const paper = Math.abs(x) < width / 2 - 10 && Math.abs(y) < height / 2 - 10;
      light += !paper ? 60 : Math.abs(up) < 30 && modules[module] === '#' ? 25 : 230;
    }
    data[i] = light / 16;
  }
  return { width, height, data };
}

/** The same numbers for the same seed. */
function numbers(seed, count) {
  let state = seed;
  return Array.from({ length: count }, () => Array.from({ length: 14 }, () => {
    state = (state * 1664525 + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * 10);
  }).join(''));
}

test('of a turned ITF no part is believed, and the whole is read from where a row of the reader alone reads a part', async () => {
  const decoder = makeDecoder(readBarcodes);
  const tried = { parts: 0, whole: 0, none: 0 };
  for (const [at, digits] of numbers(3, 40).entries()) {
    const picture = turned(itf(digits), 12 + at / 2);
    const part = await alone(picture);
    if (part && part !== digits) tried.parts += 1;
    const { seen } = await decoder.frame(imageOf(picture));
    assert.ok(seen === null || seen.text === ']I0' + digits || seen.text === ']I1' + digits, `${digits} at ${12 + at / 2} degrees is read as ${seen && seen.text}`);
    tried[seen ? 'whole' : 'none'] += 1;
  }
  assert.ok(tried.parts >= 3, 'the control: the reader alone reads parts: ' + JSON.stringify(tried));
  assert.ok(tried.whole >= tried.parts, JSON.stringify(tried));
});

test('a code of which the edge of the picture cuts the end is no code, however it is turned', async () => {
  const decoder = makeDecoder(readBarcodes);
  for (const [at, digits] of numbers(5, 12).entries()) {
    const picture = turned(itf(digits), at, [250, 200]);
    assert.equal((await decoder.frame(imageOf(picture))).seen, null, digits);
  }
});

test('what was read stands upright in the middle afterwards', async () => {
  const picture = turned(itf('12345678901231'), 8);
  const [found] = await readBarcodes(imageOf(picture), { formats: FORMATS, maxNumberOfSymbols: 1 });
  const straight = upright(picture, found.position);
  const half = straight.width / 2;
  const row = (y) => Array.from(straight.data.subarray((half + y) * straight.width + half - 100, (half + y) * straight.width + half + 100), (grey) => (grey < 128 ? '#' : '.')).join('');
  const same = Array.from(row(-10)).filter((one, x) => one === row(10)[x]).length;
  assert.ok(same > 190, `${same} of 200 are the same 20 rows below`);
});
