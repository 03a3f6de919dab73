/**
 * The decoder's worker: gets pictures one at a time, answers each with what was read.
 */
import { prepareZXingModule, readBarcodes } from './vendor/zxing-reader.js';
import { makeDecoder } from './decoding.js';

const worker = /** @type {any} */ (self);
const home = worker.location.href.replace(/worker\.js$/, 'vendor/');
const decoder = makeDecoder(readBarcodes);

worker.addEventListener('message', async (/** @type {any} */ event) => {
  const { id, still, width, height, data } = event.data;
  const image = { width, height, data: new Uint8ClampedArray(data) };
  try {
    worker.postMessage(Object.assign({ id }, still ? await decoder.still(image) : await decoder.frame(image)));
  } catch (error) {
    worker.postMessage({ id, seen: null, sure: null, trouble: String(error) });
  }
});

prepareZXingModule({ overrides: { locateFile: (/** @type {string} */ file) => home + file }, fireImmediately: true }).then(
  () => worker.postMessage({ ready: true }),
  (/** @type {any} */ error) => worker.postMessage({ ready: false, trouble: String(error) }),
);
