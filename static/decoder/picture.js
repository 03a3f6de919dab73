/**
 * Grey pictures and what is done to them before a code is looked for: cut, resize, blur, sharpen, spread, pad. Pure.
 */

/** @typedef {{width: number, height: number, data: Uint8Array | Uint8ClampedArray}} Grey one byte a pixel, row by row */

/** Take the colours out. @param {{width: number, height: number, data: Uint8ClampedArray}} image four bytes a pixel @returns {Grey} */
export function greyOf(image) {
  const { width, height, data } = image;
  const out = new Uint8Array(width * height);
  for (let i = 0, p = 0; i < out.length; i += 1, p += 4) out[i] = (data[p] * 306 + data[p + 1] * 601 + data[p + 2] * 117 + 512) >> 10;
  return { width, height, data: out };
}

/** Give a grey picture the four bytes a pixel that the reader takes. @param {Grey} grey */
export function imageOf(grey) {
  const out = new Uint8ClampedArray(grey.data.length * 4);
  for (let i = 0, p = 0; i < grey.data.length; i += 1, p += 4) {
    out[p] = out[p + 1] = out[p + 2] = grey.data[i];
    out[p + 3] = 255;
  }
  return { width: grey.width, height: grey.height, data: out };
}

/** Make it larger or smaller: bilinear up, the mean of the covered pixels down. @param {Grey} grey @param {number} factor @returns {Grey} */
export function resized(grey, factor) {
  const width = Math.max(1, Math.round(grey.width * factor));
  const height = Math.max(1, Math.round(grey.height * factor));
  if (factor === 1) return grey;
  return factor > 1 ? enlarged(grey, width, height) : shrunk(grey, width, height);
}

/** @param {Grey} grey @param {number} width @param {number} height @returns {Grey} */
function enlarged(grey, width, height) {
  const out = new Uint8Array(width * height);
  const across = steps(grey.width, width);
  const down = steps(grey.height, height);
  for (let y = 0, at = 0; y < height; y += 1) {
    const upper = down.from[y] * grey.width;
    const lower = Math.min(grey.height - 1, down.from[y] + 1) * grey.width;
    const b = down.part[y];
    for (let x = 0; x < width; x += 1, at += 1) {
      const left = across.from[x];
      const right = Math.min(grey.width - 1, left + 1);
      const a = across.part[x];
      const above = grey.data[upper + left] * (1 - a) + grey.data[upper + right] * a;
      const below = grey.data[lower + left] * (1 - a) + grey.data[lower + right] * a;
      out[at] = above * (1 - b) + below * b + 0.5;
    }
  }
  return { width, height, data: out };
}

/** @param {number} before @param {number} after */
function steps(before, after) {
  const from = new Int32Array(after);
  const part = new Float32Array(after);
  for (let i = 0; i < after; i += 1) {
    const exact = Math.min(before - 1, Math.max(0, ((i + 0.5) * before) / after - 0.5));
    from[i] = Math.floor(exact);
    part[i] = exact - from[i];
  }
  return { from, part };
}

/** @param {Grey} grey @param {number} width @param {number} height @returns {Grey} */
function shrunk(grey, width, height) {
  const out = new Uint8Array(width * height);
  for (let y = 0, at = 0; y < height; y += 1) {
    const top = Math.floor((y * grey.height) / height);
    const bottom = Math.max(top + 1, Math.floor(((y + 1) * grey.height) / height));
    for (let x = 0; x < width; x += 1, at += 1) {
      const left = Math.floor((x * grey.width) / width);
      const right = Math.max(left + 1, Math.floor(((x + 1) * grey.width) / width));
      let sum = 0;
      for (let j = top; j < bottom; j += 1) for (let i = left; i < right; i += 1) sum += grey.data[j * grey.width + i];
      out[at] = sum / ((bottom - top) * (right - left)) + 0.5;
    }
  }
  return { width, height, data: out };
}

/** Cut a part out. @param {Grey} grey @param {number} left @param {number} top @param {number} width @param {number} height @returns {Grey} */
export function cut(grey, left, top, width, height) {
  const x = Math.max(0, Math.min(grey.width - 1, Math.round(left)));
  const y = Math.max(0, Math.min(grey.height - 1, Math.round(top)));
  const w = Math.max(1, Math.min(grey.width - x, Math.round(width)));
  const h = Math.max(1, Math.min(grey.height - y, Math.round(height)));
  const out = new Uint8Array(w * h);
  for (let row = 0; row < h; row += 1) out.set(grey.data.subarray((y + row) * grey.width + x, (y + row) * grey.width + x + w), row * w);
  return { width: w, height: h, data: out };
}

/** The mean of the pixels around each one. @param {Grey} grey @param {number} across radius along the rows @param {number} down radius along the columns @returns {Grey} */
export function blurred(grey, across, down) {
  const { width, height } = grey;
  const half = new Float32Array(width * height);
  const out = new Uint8Array(width * height);
  for (let y = 0; y < height; y += 1) slide(width, across, (i) => grey.data[y * width + i], (i, mean) => { half[y * width + i] = mean; });
  for (let x = 0; x < width; x += 1) slide(height, down, (i) => half[i * width + x], (i, mean) => { out[i * width + x] = mean + 0.5; });
  return { width, height, data: out };
}

/** A running mean; what lies beyond the edge is as the edge. @param {number} length @param {number} radius @param {(i: number) => number} get @param {(i: number, mean: number) => void} put */
function slide(length, radius, get, put) {
  const last = length - 1;
  let sum = 0;
  for (let k = -radius; k <= radius; k += 1) sum += get(Math.min(last, Math.max(0, k)));
  for (let i = 0; i < length; i += 1) {
    put(i, sum / (2 * radius + 1));
    sum += get(Math.min(last, i + radius + 1)) - get(Math.max(0, i - radius));
  }
}

/** Unsharp mask: away from the mean around each pixel. @param {Grey} grey @param {number} radius @param {number} strength @returns {Grey} */
export function sharpened(grey, radius, strength) {
  const soft = blurred(grey, radius, radius);
  const out = new Uint8ClampedArray(grey.data.length);
  for (let i = 0; i < out.length; i += 1) out[i] = grey.data[i] + strength * (grey.data[i] - soft.data[i]);
  return { width: grey.width, height: grey.height, data: out };
}

/** Let the darkest and the brightest few of a hundred pixels be black and white. @param {Grey} grey @param {number} few @returns {Grey} */
export function spread(grey, few) {
  const counts = new Uint32Array(256);
  for (let i = 0; i < grey.data.length; i += 1) counts[grey.data[i]] += 1;
  const least = (grey.data.length * few) / 100;
  let low = 0;
  for (let sum = counts[0]; sum < least && low < 255; sum += counts[low]) low += 1;
  let high = 255;
  for (let sum = counts[255]; sum < least && high > 0; sum += counts[high]) high -= 1;
  const range = Math.max(1, high - low);
  const out = new Uint8ClampedArray(grey.data.length);
  for (let i = 0; i < out.length; i += 1) out[i] = ((grey.data[i] - low) * 255) / range;
  return { width: grey.width, height: grey.height, data: out };
}

/** Take shadows out: each pixel against the mean of a wide neighbourhood. @param {Grey} grey @param {number} radius @returns {Grey} */
export function levelled(grey, radius) {
  const soft = blurred(grey, radius, radius);
  const out = new Uint8ClampedArray(grey.data.length);
  for (let i = 0; i < out.length; i += 1) out[i] = 128 + 2 * (grey.data[i] - soft.data[i]);
  return { width: grey.width, height: grey.height, data: out };
}
