/** Bars that blur has melted: what is found in a picture, what they must have been, and that nothing is made up. */
import test from 'node:test';
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { STILL } from '../../static/decoder/copies.js';
import { deblurred } from '../../static/decoder/deblur.js';
import { makeDecoder } from '../../static/decoder/decoding.js';
import { imageOf } from '../../static/decoder/picture.js';
import { redrawn } from '../../static/decoder/redrawn.js';
import { profileOf, stripesIn } from '../../static/decoder/stripes.js';
import { prepareZXingModule, readBarcodes } from '../../static/decoder/vendor/zxing-reader.js';

const wasm = readFileSync(new URL('../../static/decoder/vendor/zxing_reader.wasm', import.meta.url));
await prepareZXingModule({ overrides: { wasmBinary: wasm.buffer.slice(wasm.byteOffset, wasm.byteOffset + wasm.length) }, fireImmediately: true });
const decoder = makeDecoder(readBarcodes);
const readBy = async (copy) => (await readBarcodes(imageOf(copy.grey), Object.assign({ maxNumberOfSymbols: 1, textMode: 'Plain' }, copy.options))).map((code) => code.text)[0] || '';

/** From the first bar to the last: # is a dark module. */
const DATABAR = {
  '0102001234567893': '#.#....#......#.#...#.........#.#..##.#..####..#.####.###...#.#.#######.....#..#..###.###...#.#',
};
const LEFT = ['...##.#', '..##..#', '..#..##', '.####.#', '.#...##', '.##...#', '.#.####', '.###.##', '.##.###', '...#.##'];
const inverse = (modules) => modules.replace(/[.#]/g, (module) => (module === '#' ? '.' : '#'));
const mirrored = (modules) => modules.split('').reverse().join('');
const EVEN = ['000000', '001011', '001101', '001110', '010011', '011001', '011100', '010101', '010110', '011010'];
const ean = (digits) => {
  const left = digits.slice(1, 7).split('').map((d, i) => (EVEN[digits[0]][i] === '1' ? mirrored(inverse(LEFT[d])) : LEFT[d]));
  return `#.#${left.join('')}.#.#.${digits.slice(7).split('').map((d) => inverse(LEFT[d])).join('')}#.#`;
};
const checked = (digits) => digits + ((10 - (digits.split('').reverse().reduce((sum, d, i) => sum + d * (i % 2 ? 1 : 3), 0) % 10)) % 10);
const WIDE = ['..##.', '#...#', '.#..#', '##...', '..#.#', '#.#..', '.##..', '...##', '#..#.', '.#.#.'];
const itf = (digits) => {
  const pairs = digits.match(/../g).map((pair) => [0, 1, 2, 3, 4].map((i) => (WIDE[pair[0]][i] === '#' ? '##' : '#') + (WIDE[pair[1]][i] === '#' ? '..' : '.')).join(''));
  return `#.#.${pairs.join('')}##.#`;
};

const dice = (seed) => () => {
  seed = (seed + 0x6d2b79f5) | 0;
  let t = Math.imul(seed ^ (seed >>> 15), 1 | seed);
  t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
  return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
};
const number = (random, digits) => Array.from({ length: digits }, () => Math.floor(random() * 10)).join('');
const bell = (random) => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());

/** A photo of bars: light is blurred on its way into the camera, then noise is added and it is written down as grey.
 * @param {string} modules @param {{module: number, blur: number, noise?: number, lean?: number, rows?: number}} how pixels, modules, greys */
const photo = (modules, { module, blur, noise = 3, lean = 0.07, rows = 44 }, random = dice(1)) => {
  const [width, height] = [Math.ceil(modules.length * module) + 80, rows + 40];
  const fine = 8;
  const ink = Float64Array.from({ length: width * fine }, (_, k) => (modules[Math.floor((k / fine - 40) / module)] === '#' ? 1 : 0));
  const reach = Math.ceil(4 * blur * module * fine);
  const weights = Array.from({ length: 2 * reach + 1 }, (_, k) => Math.exp(-(((k - reach) / fine / blur / module) ** 2) / 2));
  const sum = weights.reduce((a, b) => a + b);
  const soft = ink.map((_, k) => weights.reduce((seen, weight, j) => seen + weight * (ink[k + j - reach] || 0), 0) / sum);
  const data = new Uint8Array(width * height);
  for (let y = 0, i = 0; y < height; y += 1) {
    for (let x = 0; x < width; x += 1, i += 1) {
      const at = Math.round((x + 0.5 - lean * (y - height / 2)) * fine);
      const dark = y >= 20 && y < 20 + rows ? soft[Math.max(0, Math.min(soft.length - 1, at))] : 0;
      data[i] = Math.max(0, Math.min(255, 255 * (0.6 - 0.55 * dark) ** (1 / 2.2) + noise * bell(random) + 0.5));
    }
  }
  return { width, height, data };
};
const turned = ({ width, height, data }) => ({ width: height, height: width, data: data.map((_, i) => data[(i % height) * width + Math.floor(i / height)]) });
const upsideDown = ({ width, height, data }) => ({ width, height, data: data.slice().reverse() });
const still = async (grey) => ((await decoder.still(imageOf(grey))).sure || { text: '' }).text;

test('a DataBar of which single bars have melted is read, and not without the drawing anew', async () => {
  for (const [i, [text, modules]] of Object.entries(DATABAR).entries()) {
    const [module, blur] = [[1.6, 0.9], [1.75, 0.85], [2, 1]][i];
    const grey = photo(modules, { module, blur });
    assert.equal(await still(grey), `]e0${text}`);
    for (const prepare of STILL) assert.equal(await readBy(prepare(grey)), '', 'the control');
  }
});
test('whichever way it lies', async () => {
  const [[text, modules]] = Object.entries(DATABAR);
  const grey = photo(modules, { module: 1.75, blur: 0.9, lean: -0.2 });
  for (const picture of [turned(grey), upsideDown(grey), upsideDown(turned(grey))]) assert.equal(await still(picture), `]e0${text}`);
});
test('an EAN-13 too', async () => {
  for (const text of ['4006381333931', '0023942431015', '9780201379624']) assert.equal(await still(photo(ean(text), { module: 1.75, blur: 1 })), `]E0${text}`);
});
test('the reader alone reads what is drawn sharp: the control of these pictures', async () => {
  for (const modules of [Object.values(DATABAR)[0], ean('4006381333931'), itf('3071234500')]) assert.notEqual(await readBy(STILL[0](photo(modules, { module: 4, blur: 0.2 }))), '');
});
test('modules are found again exactly', () => {
  for (const modules of [...Object.values(DATABAR), ean('4006381333931')]) {
    const grey = photo(modules, { module: 1.75, blur: 1, noise: 2 });
    const [found] = stripesIn(grey, { shortest: 120, fewest: 14, most: 70 }, 1);
    const { modules: bits, error } = deblurred(profileOf(found), found.left, found.right, 2.2);
    assert.equal(bits.map((bit) => (bit ? '#' : '.')).join(''), modules);
    assert.ok(error < 0.05, `${error}`);
    assert.ok(deblurred(profileOf(found), found.left, found.right, 1).error > error, 'light adds up, grey does not');
  }
});
test('a picture of a few rows does not break the reader', async () => {
  for (const [width, height] of [[256, 1], [256, 3], [256, 4], [512, 8], [1600, 20], [2400, 31], [2400, 32]]) {
    const rows = { width, height, data: Uint8Array.from({ length: width * height }, (_, i) => ((i % width) % 7 < 3 ? 30 : 230)) };
    assert.equal((await decoder.still(imageOf(rows))).sure, null);
  }
  assert.equal(await still(photo(ean('4006381333931'), { module: 4, blur: 0.2 })), ']E04006381333931');
});

/** What is read equally of both halves of the bars, of many pictures: [right, wrong, nothing]. */
const tally = async (count, draw) => {
  const got = [0, 0, 0];
  for (let seed = 1; seed <= count; seed += 1) {
    const random = dice(seed);
    const [grey, text] = draw(random);
    const reads = [];
    let said = '';
    for (const copy of redrawn(grey)) {
      const read = await readBy(copy);
      if (reads.includes(read)) said = read;
      if (said) break;
      reads.push(read);
    }
    got[said === '' ? 2 : said === text ? 0 : 1] += 1;
  }
  return got;
};
const SEEDS = Number(process.env.SEEDS || 8);
test('more and more blur, and more noise: read or not, never wrong', async (t) => {
  for (const [blur, noise] of [[0.8, 3], [1.1, 6], [1.4, 6], [1.7, 4]]) {
    const [right, wrong, nothing] = await tally(SEEDS, (random) => {
      const text = checked(number(random, 12));
      return [photo(ean(text), { module: 1.5 + random() / 2, blur, noise, lean: random() * 0.4 - 0.2 }, random), text];
    });
    t.diagnostic(`EAN-13, blur of ${blur} modules, noise of ${noise}: ${right} read, ${wrong} wrong, ${nothing} not, of ${SEEDS}`);
    assert.equal(wrong, 0);
    if (blur < 1) assert.ok(right > SEEDS * 0.8, `${right}`);
  }
});
test('bars that are another code, none, or one with a wrong check digit give nothing', async () => {
  const bars = {
    'another code': (random) => photo(itf(number(random, random() < 0.5 ? 8 : 10)), { module: 2, blur: 0.9 }, random),
    none: (random) => photo(`#${Array.from({ length: 93 }, () => (random() < 0.5 ? '#' : '.')).join('')}#`, { module: 1.75, blur: 0.8 }, random),
    'a wrong check digit': (random) => {
      const [body, check] = checked(number(random, 12)).match(/^.{12}|.$/g);
      return photo(ean(body + ((Number(check) + 1 + Math.floor(random() * 9)) % 10)), { module: 1.75, blur: 0.9 }, random);
    },
  };
  for (const [kind, draw] of Object.entries(bars)) assert.deepEqual(await tally(SEEDS, (random) => [draw(random), '']), [0, 0, SEEDS], kind);
});
test('noise, and pages of text, give nothing', async () => {
  const page = (random) => {
    const [width, height] = [320, 200];
    const data = new Uint8Array(width * height).fill(225);
    for (let k = 0; k < 1200; k += 1) {
      const [x, y, tall] = [Math.floor(random() * 300) + 10, Math.floor(random() * 12) * 15 + 10, Math.floor(random() * 10) + 2];
      for (let j = 0; j < tall; j += 1) data[(y + j) * width + x] = data[(y + j) * width + x + 1] = 40;
    }
    return { width, height, data };
  };
  const snow = (random) => ({ width: 240, height: 120, data: Uint8Array.from({ length: 240 * 120 }, () => 100 + random() * 120) });
  for (const draw of [page, snow]) assert.deepEqual(await tally(SEEDS, (random) => [draw(random), '']), [0, 0, SEEDS]);
});
