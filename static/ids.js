/**
 * The device's own numbers: scan ids (UUIDv7), stream ids, the xor that proves two sides hold the same set, and the
 * shift code that people compare instead. Pure.
 */

/** @typedef {(size: number) => Uint8Array} RandomBytes */

/** Bytes from the platform; works on insecure origins too, where `crypto.randomUUID` is missing.
 * @type {RandomBytes} */
export const platformBytes = (size) => crypto.getRandomValues(new Uint8Array(size));

/** Make a UUIDv7: 48 bits of milliseconds, then 74 random bits. The time is a help for readers, uniqueness is the random part's.
 * @param {number} now milliseconds since 1970
 * @param {RandomBytes} bytes
 * @returns {string} */
export function uuid7(now, bytes) {
  const b = bytes(16);
  let t = Math.max(0, Math.floor(now));
  for (let i = 5; i >= 0; i -= 1) {
    b[i] = t % 256;
    t = Math.floor(t / 256);
  }
  b[6] = (b[6] & 0x0f) | 0x70;
  b[8] = (b[8] & 0x3f) | 0x80;
  return dashed(b);
}

/** Make a random UUID (version 4), for streams and batches.
 * @param {RandomBytes} bytes
 * @returns {string} */
export function uuid4(bytes) {
  const b = bytes(16);
  b[6] = (b[6] & 0x0f) | 0x40;
  b[8] = (b[8] & 0x3f) | 0x80;
  return dashed(b);
}

export const NOTHING = '00000000000000000000000000000000';

/** Xor a UUID into 32 hex digits. The same id twice cancels out.
 * @param {string} hex 32 lower-case hex digits
 * @param {string} id
 * @returns {string} */
export function xorId(hex, id) {
  const other = id.replace(/-/g, '').toLowerCase();
  let out = '';
  for (let i = 0; i < 32; i += 8) {
    const word = (parseInt(hex.slice(i, i + 8), 16) ^ parseInt(other.slice(i, i + 8), 16)) >>> 0;
    out += ('0000000' + word.toString(16)).slice(-8);
  }
  return out;
}

const ALPHABET = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';

/** Make the shift code: eight characters that this device and the server both get, each from its own numbers, only where they
 * agree. The twin of `app/scans/shiftcodes.py`, where the rule is.
 * @param {string} stream @param {number} held how many ids @param {string} xor of these ids @param {string} epoch
 * @returns {string} seven characters and a check character */
export function shiftCode(stream, held, xor, epoch) {
  const parts = [xor, stream, epoch].map((id) => id.replace(/-/g, '').slice(-9));
  const low = parts.reduce((sum, hex) => sum ^ parseInt(hex.slice(1), 16), 0) >>> 0;
  const high = parts.reduce((sum, hex) => sum ^ parseInt(hex[0], 16), 0) & 7;
  let rest = (high * 4294967296 + low + held) % 34359738368;
  let text = '';
  let total = 0;
  for (let place = 0; place < 7; place += 1) {
    const digit = rest % 32;
    const value = digit * (place % 2 ? 1 : 2);
    total += Math.floor(value / 32) + (value % 32);
    text = ALPHABET[digit] + text;
    rest = Math.floor(rest / 32);
  }
  return text + ALPHABET[(32 - (total % 32)) % 32];
}

/** Write a code so that people read it out. @param {string} code @returns {string} */
export const spaced = (code) => code.slice(0, 4) + '-' + code.slice(4);

/** @param {Uint8Array} b */
function dashed(b) {
  let hex = '';
  for (let i = 0; i < 16; i += 1) hex += ('0' + b[i].toString(16)).slice(-2);
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
}
