/** What the camera believes, when it counts a code anew, and what it does to pictures. */
import test from 'node:test';
import assert from 'node:assert/strict';
import { makeSeen } from '../../static/late/seen.js';
import { makeEvidence } from '../../static/decoder/evidence.js';
import { makeDecoder } from '../../static/decoder/decoding.js';
import { isLinear, symbologyOf } from '../../static/decoder/symbology.js';
import { blurred, greyOf, imageOf, levelled, resized, sharpened, whitened } from '../../static/decoder/picture.js';

const bars = (text) => ({ text, symbology: 'ean-13', linear: true });
const heard = (...reads) => {
  const evidence = makeEvidence();
  return reads.map((read) => (evidence.hear(read) ? read.text : ''));
};

test('a linear code is believed at its second equal read', () => assert.deepEqual(heard(bars('A'), bars('A')), ['', 'A']));
test('two different reads are no evidence', () => assert.deepEqual(heard(bars('A'), bars('B')), ['', '']));
test('each read of another code asks for one read more', () => {
  assert.deepEqual(heard(bars('A'), bars('B'), bars('A'), bars('A')), ['', '', '', 'A']);
  assert.deepEqual(heard(bars('A'), bars('B'), bars('A'), bars('B'), bars('A'), bars('A')), ['', '', '', '', '', 'A']);
});
test('a 2D code is believed at once', () => assert.deepEqual(heard({ text: 'Q', symbology: 'qr', linear: false }), ['Q']));
test('what was believed is no evidence against the next code', () => assert.deepEqual(heard(bars('A'), bars('A'), bars('B'), bars('B')), ['', 'A', '', 'B']));
test('without the rule one misread is a scan: the control', () => {
  const naive = (read) => read;
  assert.equal(naive(bars('misread')).text, 'misread');
  assert.deepEqual(heard(bars('misread'), bars('A'), bars('A'), bars('A')), ['', '', '', 'A']);
});

/** Frames 100 ms apart: a letter is a code believed there, a small one only seen, '.' nothing. */
const counted = (frames) => {
  const seen = makeSeen();
  return frames.split('').map((one, i) => (seen.look(one === '.' ? null : one.toUpperCase(), one >= 'A' && one <= 'Z', i * 100) ? one : '')).join('');
};
test('a code that stays in view counts once', () => assert.equal(counted('.aAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA'), 'A'));
test('a code that is hard to read and flickers counts once', () => assert.equal(counted('aA.....a......aA........A......A'), 'A'));
test('a code that was away for a moment counts anew', () => assert.equal(counted('aA..................aA'), 'AA'));
test('two codes in view at a time count once each', () => assert.equal(counted('aAbBaAbBaAbBabABABAB'), 'AB'));
test('slow frames alone do not make a code come back', () => {
  const seen = makeSeen();
  assert.equal(seen.look('A', true, 0), true);
  assert.equal(seen.look(null, false, 2000), false);
  assert.equal(seen.look('A', true, 4000), false);
});

test('kinds of codes have our words', () => {
  assert.deepEqual(
    [['EAN13', ']E0'], ['Code128', ']C1'], ['Code128', ']C0'], ['DataMatrix', ']d2'], ['QRCode', ']Q1'], ['QRCodeModel2', ']Q3'], ['Code39Std', ']A0'], ['DataBarExpStk', ']e0'], ['DataBarOmni', ']e0']].map(([format, aim]) => symbologyOf(format, aim)),
    ['ean-13', 'gs1-128', 'code-128', 'gs1-data-matrix', 'qr', 'gs1-qr', 'code-39', 'databar-expanded', 'databar'],
  );
  assert.deepEqual(['ean-13', 'gs1-128', 'databar', 'itf-14'].filter(isLinear).length, 4);
  assert.deepEqual(['qr', 'gs1-qr', 'micro-qr', 'rmqr', 'data-matrix', 'gs1-data-matrix'].filter(isLinear), []);
});

const grey = (width, ...data) => ({ width, height: data.length / width, data: Uint8Array.from(data) });
test('pictures: grey and back', () => assert.deepEqual([...greyOf(imageOf(grey(2, 0, 99, 200, 255))).data], [0, 99, 200, 255]));
test('pictures: enlarged is between its neighbours, shrunk is their mean', () => {
  assert.deepEqual([...resized(grey(2, 0, 100), 2).data.slice(0, 4)], [0, 25, 75, 100]);
  assert.deepEqual([...resized(grey(2, 0, 100, 100, 200), 0.5).data], [100]);
});
test('pictures: an edge is softer after a blur and harder after sharpening', () => {
  const edge = grey(6, 50, 50, 50, 150, 150, 150);
  assert.deepEqual([...blurred(edge, 1).data], [50, 50, 83, 117, 150, 150]);
  assert.deepEqual([...sharpened(edge, 1, 1).data], [50, 50, 17, 183, 150, 150]);
});
test('pictures: a shadow on the paper is gone, and the ink stays', () => {
  const row = Array.from({ length: 64 }, (_, x) => (x % 4 === 0 ? 40 : 240) * (x < 32 ? 1 : 0.5));
  const even = whitened(grey(64, ...[].concat(...new Array(8).fill(row)))).data;
  [1, 2, 3, 57, 58, 59].forEach((x) => assert.ok(even[x] > 240, `paper at ${x}: ${even[x]}`));
  [0, 4, 56, 60].forEach((x) => assert.ok(even[x] < 60, `ink at ${x}: ${even[x]}`));
});
test('pictures: levelled, even ground is grey', () => assert.deepEqual([...levelled(grey(2, 9, 9, 9, 9), 3).data], [128, 128, 128, 128]));

/** A reader that says of each copy what the list says. */
const reader = (...answers) => async () => {
  const text = answers.length > 1 ? answers.shift() : answers[0];
  return text ? [{ text, format: text[0] === 'q' ? 'QRCode' : 'Code128', symbologyIdentifier: text[0] === 'q' ? ']Q1' : ']C0' }] : [];
};
const picture = imageOf(grey(8, ...new Array(64).fill(9)));
test('a still is read from two copies', async () => {
  assert.deepEqual((await makeDecoder(reader('A', '', 'A')).still(picture)).sure, { text: ']C0A', symbology: 'code-128', linear: true });
  assert.equal((await makeDecoder(reader('A', '', '', 'B', '')).still(picture)).sure, null);
});
test('frames: the second equal one is believed, unless nothing was seen for long in between', async () => {
  const soon = makeDecoder(reader('A', '', 'A'));
  assert.deepEqual([await soon.frame(picture), await soon.frame(picture), await soon.frame(picture)].map((found) => found.sure && found.sure.text), [null, null, ']C0A']);
  const late = makeDecoder(reader('A', ...new Array(20).fill(''), 'A', ''));
  for (let i = 0; i < 22; i += 1) assert.equal((await late.frame(picture)).sure, null);
});
test('what was in a photo is no evidence for the frames after it', async () => {
  let answers = ['A', ''];
  const decoder = makeDecoder(async (...what) => reader(answers.length > 1 ? answers.shift() : answers[0])(...what));
  await decoder.still(picture);
  answers = ['A', ''];
  assert.equal((await decoder.frame(picture)).seen.text, ']C0A');
  assert.equal((await decoder.frame(picture)).sure, null);
});
