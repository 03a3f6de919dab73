/**
 * Grey pictures and what is done to them before a code is looked for: resize, blur, sharpen, take light and shadow out. Pure.
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

/** The mean of the pixels around each one; what lies beyond the edge is as the edge. @param {Grey} grey @param {number} radius @returns {Grey} */
export function blurred(grey, radius) {
  const { width, height } = grey;
  const half = new Float32Array(width * height);
  const out = new Uint8ClampedArray(width * height);
  for (let y = 0; y < height; y += 1) means(grey.data, half, y * width, 1, width, radius);
  for (let x = 0; x < width; x += 1) means(half, out, x, width, height, radius);
  return { width, height, data: out };
}

/** Running means of one row or column. @param {Float32Array | Uint8Array | Uint8ClampedArray} from @param {Float32Array | Uint8ClampedArray} to @param {number} first @param {number} step @param {number} length @param {number} radius */
function means(from, to, first, step, length, radius) {
  const last = first + (length - 1) * step;
  const reach = radius * step;
  let sum = from[first] * (radius + 1);
  for (let k = 1; k <= radius; k += 1) sum += from[Math.min(last, first + k * step)];
  for (let at = first; at <= last; at += step) {
    to[at] = sum / (2 * radius + 1);
    sum += from[Math.min(last, at + reach + step)] - from[Math.max(first, at - reach)];
  }
}

/** Unsharp mask: away from the mean around each pixel. @param {Grey} grey @param {number} radius @param {number} strength @returns {Grey} */
export function sharpened(grey, radius, strength) {
  const soft = blurred(grey, radius);
  const out = new Uint8ClampedArray(grey.data.length);
  for (let i = 0; i < out.length; i += 1) out[i] = grey.data[i] + strength * (grey.data[i] - soft.data[i]);
  return { width: grey.width, height: grey.height, data: out };
}

/** Take shadows out: each pixel against the mean of a wide neighbourhood. @param {Grey} grey @param {number} radius @returns {Grey} */
export function levelled(grey, radius) {
  const soft = blurred(grey, radius);
  const out = new Uint8ClampedArray(grey.data.length);
  for (let i = 0; i < out.length; i += 1) out[i] = 128 + 2 * (grey.data[i] - soft.data[i]);
  return { width: grey.width, height: grey.height, data: out };
}

/** Make the paper equally white wherever light or shadow falls on it: each pixel against the brightest ones around it.
 * @param {Grey} grey @returns {Grey} */
export function whitened(grey) {
  const paper = paperOf(grey, Math.max(4, Math.round(Math.max(grey.width, grey.height) / 32)));
  const out = new Uint8ClampedArray(grey.data.length);
  for (let i = 0; i < out.length; i += 1) out[i] = (255 * grey.data[i]) / Math.max(1, paper.data[i]);
  return { width: grey.width, height: grey.height, data: out };
}

/** The brightest pixel of each square and of those around it, made smooth. @param {Grey} grey @param {number} side of a square @returns {Grey} */
function paperOf(grey, side) {
  const width = Math.ceil(grey.width / side);
  const height = Math.ceil(grey.height / side);
  const squares = new Uint8Array(width * height);
  for (let y = 0, i = 0; y < grey.height; y += 1) {
    const row = Math.floor(y / side) * width;
    for (let x = 0; x < grey.width; x += 1, i += 1) {
      const at = row + Math.floor(x / side);
      if (grey.data[i] > squares[at]) squares[at] = grey.data[i];
    }
  }
  const around = new Uint8Array(width * height);
  for (let y = 0; y < height; y += 1) {
    for (let x = 0; x < width; x += 1) {
      let most = 0;
      for (let b = Math.max(0, y - 1); b <= Math.min(height - 1, y + 1); b += 1) for (let a = Math.max(0, x - 1); a <= Math.min(width - 1, x + 1); a += 1) most = Math.max(most, squares[b * width + a]);
      around[y * width + x] = most;
    }
  }
  return enlarged({ width, height, data: around }, grey.width, grey.height);
}
