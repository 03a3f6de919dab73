/** A clock that tests move, a server that keeps what it was sent, and an outbox in memory. */
import { readFileSync } from 'node:fs';
import vm from 'node:vm';
import { IDBFactory, IDBKeyRange } from 'fake-indexeddb';
import { openOutbox } from '../../static/outbox.js';
import { makeApi } from '../../static/api.js';
import { makeSync } from '../../static/sync.js';
import { platformBytes, xorId, NOTHING } from '../../static/ids.js';

globalThis.IDBKeyRange = IDBKeyRange;

export function fakeClock(start = Date.UTC(2026, 10, 22, 6)) {
  const clock = { t: start, alarms: [] };
  clock.now = () => clock.t;
  clock.steady = () => clock.t - start;
  clock.later = (run, ms) => clock.alarms.push({ at: clock.t + ms, run });
  return clock;
}

export async function fakeOutbox(options = {}) {
  const factory = options.factory || new IDBFactory();
  const clock = options.clock || fakeClock();
  const outbox = await openOutbox({ factory, now: clock.now, bytes: platformBytes });
  return { outbox, factory, clock };
}

const gunzip = async (body) => (typeof body === 'string' ? body : new Response(body.stream().pipeThrough(new DecompressionStream('gzip'))).text());

/** The server of CONTRACT.md in fifty lines: distinct ids, receipts, a proof. `faults` are answers to give first. */
export function fakeServer() {
  const server = { scans: new Map(), epoch: 'e1', journal: 0, calls: [], faults: [], bad: new Set(), orders: {}, limit: 500, me: { status: 200 } };
  const json = (status, data, headers = {}) => new Response(JSON.stringify(data), { status, headers: Object.assign({ 'Content-Type': status < 400 ? 'application/json' : 'application/problem+json' }, headers) });
  server.json = json;
  const held = (stream) => {
    const mine = Array.from(server.scans.values()).filter((row) => row.stream === stream);
    return { held: mine.length, through: mine.length, missing: [], missing_total: 0, xor: mine.map((row) => row.scan.id).reduce(xorId, NOTHING), forked: false };
  };
  server.fetch = async (url, init) => {
    const call = { url, method: init.method, headers: init.headers };
    server.calls.push(call);
    if (url.includes('/proof')) return json(200, Object.assign({ epoch: server.epoch }, held(url.split('/')[4])));
    if (url === '/api/v1/me') return json(200, { kind: 'device', epoch: server.epoch, journal: server.journal, checkpoint: server.checkpoint, device: { revoked: false } });
    call.body = JSON.parse(await gunzip(init.body));
    const fault = server.faults.shift();
    if (fault) {
      const answer = await fault(call, init);
      if (answer) return answer;
    }
    const { batch, stream, scans } = call.body;
    if (scans.length > server.limit) return json(413, { code: 'too_large' });
    if (scans.some((scan) => server.bad.has(scan.seq))) return json(400, { code: 'bad_envelope' });
    const receipts = scans.map((scan) => {
      const status = server.scans.has(scan.id) ? 'duplicate' : 'recorded';
      if (status === 'recorded') {
        server.journal += 1;
        server.scans.set(scan.id, { stream, scan, journal: server.journal });
      }
      return { id: scan.id, status, outcome: 'noted', reason: null, warnings: [], journal: server.scans.get(scan.id).journal };
    });
    return json(200, { batch, epoch: server.epoch, journal: server.journal, receipts, checkpoint: server.checkpoint, stream: held(stream), do: Object.assign({ rotate_stream: false, resend: [], revoked: false }, server.orders) });
  };
  return server;
}

export async function fakeDevice(options = {}) {
  const { outbox, factory, clock } = await fakeOutbox(options);
  const server = options.server || fakeServer();
  const states = [];
  const sync = makeSync({
    outbox, bytes: platformBytes, build: options.build || 'b1', now: clock.now, later: clock.later, steady: options.steady || clock.steady, random: () => 0.5, locks: options.locks,
    token: options.token || (() => 'token'), onState: (state) => states.push(state),
    api: makeApi({ fetch: (url, init) => server.fetch(url, init), token: () => 'token', now: clock.now }),
  });
  return { outbox, factory, clock, server, sync, states };
}

export const scan = (i = 1) => ({ task: 'count', scanned_at: '2026-11-22T06:00:00.000Z', location: 'A-01', barcode: `P-${i}`, quantity: '1', operator: 'OP-17', via: 'wedge' });

/** A folder of files as the origin's private file system gives workers: exclusive handles, synchronous writes. Each page is
 * the real worker, in a realm of its own. */
export function fakeFiles() {
  const content = new Map();
  /** What a pulled battery leaves. */
  const flushed = new Map();
  const locked = new Set();
  const busy = new Set();
  let pages = 0;
  const files = { full: false, names: () => Array.from(content.keys()), bytes: () => Array.from(content.values()).reduce((sum, one) => sum + one.length, 0) };
  files.cut = (bytes) => content.forEach((one, name) => content.set(name, one.subarray(0, one.length - bytes)));
  files.battery = () => content.forEach((one, name) => content.set(name, flushed.get(name) || new Uint8Array(0)));
  files.idle = async () => { do await new Promise((resolve) => setTimeout(resolve, 2)); while (busy.size > 0); };
  const handle = (name, held) => {
    if (locked.has(name)) throw new DOMException('held', 'NoModificationAllowedError');
    locked.add(name);
    held.add(name);
    return {
      getSize: () => content.get(name).length,
      read: (into, { at }) => into.set(content.get(name).subarray(at, at + into.length)),
      write(bytes, { at }) {
        if (files.full) throw new DOMException('full', 'QuotaExceededError');
        const grown = new Uint8Array(Math.max(content.get(name).length, at + bytes.length));
        grown.set(content.get(name));
        grown.set(bytes, at);
        content.set(name, grown);
        return bytes.length;
      },
      truncate: (size) => content.set(name, content.get(name).subarray(0, size)),
      flush: () => flushed.set(name, content.get(name)),
      close: () => locked.delete(name) && held.delete(name),
    };
  };
  const folder = (held) => ({
    getFileHandle: async (name, { create }) => {
      if (create && !content.has(name)) content.set(name, new Uint8Array(0));
      if (!content.has(name)) throw new DOMException('none', 'NotFoundError');
      return { createSyncAccessHandle: async () => handle(name, held) };
    },
    removeEntry: async (name) => {
      if (locked.has(name)) throw new DOMException('held', 'NoModificationAllowedError');
      content.delete(name);
    },
    async* keys() { yield* Array.from(content.keys()); },
  });
  const code = readFileSync(new URL('../../static/second-worker.js', import.meta.url), 'utf8').replace('export {};', '');
  files.page = async (indexedDB) => {
    const held = new Set();
    const self = { indexedDB, navigator: { storage: { getDirectory: async () => ({ getDirectoryHandle: async () => folder(held) }) } } };
    const worker = {
      postMessage(data) {
        const sent = structuredClone(data);
        busy.add(worker.name + sent.id);
        setTimeout(() => self.onmessage({ data: sent }), 0);
      },
      name: 'page ' + (pages += 1) + ' ',
      dies: () => held.forEach((name) => locked.delete(name)),
    };
    self.postMessage = (data) => {
      busy.delete(worker.name + data.id);
      if (worker.onmessage) worker.onmessage({ data: structuredClone(data) });
    };
    vm.runInNewContext(code, { self, setTimeout, RegExp, TextEncoder, TextDecoder, Uint8Array, Uint32Array, Map, JSON, Promise, Error, Math, Array, Object });
    return worker;
  };
  return files;
}
