/**
 * The phone's camera as a scanner: opens it, sends the decoder one picture at a time, and says each code once.
 */
import { makeSeen } from './seen.js';

const PAUSE = 50;
const WIDEST = 1280;
const PHOTO = 2400;
/** ms: so much later than its picture some engines know what a camera can. */
const KNOWN = 600;
const SIZE = { width: { ideal: 1920 }, height: { ideal: 1080 } };
/** The part of what the viewfinder shows in which a code is looked for; the frame drawn by the style sheet is as large. */
const REGION = { width: 0.86, height: 0.72 };

/**
 * @typedef {{text: string, symbology: string}} Code
 * @typedef {Object} CameraState
 * @property {boolean} open
 * @property {'off' | 'starting' | 'live'} phase
 * @property {string} trouble key of a text: why there is no picture, '' for none
 * @property {boolean} looking at a photo
 * @property {boolean | null} torch null: there is none, or it doesn't come on
 * @property {number[] | null} zooms steps that this camera has
 * @property {number} zoom
 * @property {number} cameras
 * @property {Code | null} last
 *
 * @typedef {ReturnType<typeof makeCamera>} Camera
 */

/** @param {{page: any, navigator: any, secure: boolean, makeWorker: () => any, settings: {get: (key: string) => Promise<any>, set: (key: string, value: any) => Promise<any>}, now: () => number, onCode: (code: Code) => void, onChange: () => void}} platform */
export function makeCamera(platform) {
  const { page, navigator, settings, now, onCode, onChange } = platform;
  /** @type {CameraState} */
  const state = { open: false, phase: 'off', trouble: '', looking: false, torch: null, zooms: null, zoom: 1, cameras: 0, last: null };
  const seen = makeSeen();
  const canvas = page.createElement('canvas');
  const decoder = makeClient(platform.makeWorker);
  /** @type {any} */
  let video = null;
  /** @type {any} */
  let stream = null;
  /** @type {any} */
  let lock = null;
  let run = 0;
  /** What the open camera was asked for. Each asking forgets the ones before, so all is asked for at once.
   * @type {Object.<string, any>} */
  let wish = {};

  /** @param {Partial<CameraState>} change */
  function set(change) {
    Object.assign(state, change);
    onChange();
  }

  /** The screen then shows the viewfinder, and that starts it. */
  function open() {
    seen.forget();
    set({ open: true, last: null, trouble: '' });
  }

  function close() {
    stop();
    wish = {};
    set({ open: false, trouble: '', torch: null });
  }

  /** Where to show the picture. No viewfinder on the screen, no running camera. @param {any} element null when it leaves the screen */
  function attach(element) {
    if (!element) stop();
    video = element;
    if (element && state.open) start();
  }

  function show() {
    if (!video) return;
    video.srcObject = stream;
    const playing = video.play();
    if (playing) playing.catch(() => undefined);
  }

  async function start() {
    stop();
    const mine = run;
    const media = navigator.mediaDevices;
    if (!platform.secure) return set({ trouble: 'insecure' });
    if (!media || !media.getUserMedia) return set({ trouble: 'none' });
    set({ phase: 'starting', trouble: '' });
    const kept = (await settings.get('camera')) || {};
    try {
      await decoder.ready();
      const any = () => media.getUserMedia({ audio: false, video: Object.assign({ facingMode: 'environment' }, SIZE) });
      const got = await (kept.id ? media.getUserMedia({ audio: false, video: Object.assign({ deviceId: { exact: kept.id } }, SIZE) }).catch((/** @type {any} */ no) => (troubleOf(no) === 'none' ? any() : Promise.reject(no))) : any());
      if (mine !== run) return end(got);
      stream = got;
    } catch (error) {
      return mine === run ? set({ phase: 'off', trouble: troubleOf(error) }) : undefined;
    }
    const track = stream.getVideoTracks()[0];
    track.onended = () => { if (mine === run) set({ phase: 'off', trouble: 'busy' }); };
    track.onmute = track.onended;  // a call, say: the picture stands still, and comes back by itself
    track.onunmute = () => { if (mine === run) set({ phase: 'live', trouble: '' }); };
    await equip(track, kept).catch(() => undefined);
    if (mine !== run) return undefined;
    stayAwake();
    set({ phase: 'live' });
    show();
    setTimeout(() => {
      if (mine === run && state.torch === null && !state.zooms) equip(track, kept).then(onChange, () => undefined);
    }, KNOWN);
    return watch(mine);
  }

  /** Learn what this camera can, and set what helps. @param {any} track @param {any} kept */
  async function equip(track, kept) {
    const can = track.getCapabilities ? track.getCapabilities() : {};
    const devices = await navigator.mediaDevices.enumerateDevices();
    const zooms = can.zoom ? [1, 2, 3, 4].filter((step) => step >= can.zoom.min && step <= can.zoom.max) : [];
    // An iPhone's wide lens can't focus near enough; twice as far away, enlarged twice, it can.
    const zoom = kept.zoom || (/iPhone/.test(navigator.userAgent) ? 2 : 1);
    const lit = state.torch === true;  // before a call, or another task, took the camera
    wish = {};
    Object.assign(state, { torch: can.torch ? false : null, zooms: zooms.length > 1 ? zooms : null, zoom: 1, cameras: devices.filter((/** @type {any} */ one) => one.kind === 'videoinput').length });
    if ((can.focusMode || []).indexOf('continuous') >= 0) await apply({ focusMode: 'continuous' });
    if (zooms.indexOf(zoom) > 0) await apply({ zoom });
    if (can.torch && lit) await apply({ torch: true });
  }

  /** Look at one frame after the other for as long as this run lasts. @param {number} mine */
  async function watch(mine) {
    while (mine === run) {
      const image = video && video.videoWidth && video.clientWidth ? grab(video, inView(video), WIDEST) : null;
      if (image) {
        const found = await decoder.look(image, false);
        if (mine !== run) return;
        hear(found);
      }
      await new Promise((resolve) => setTimeout(resolve, PAUSE));
    }
  }

  /** @param {{seen: Code | null, sure: Code | null}} found */
  function hear(found) {
    if (seen.look(found.seen && found.seen.text, !!found.sure, now()) && found.sure) take(found.sure);
  }

  /** @param {Code} code */
  function take(code) {
    set({ last: code });
    onCode(code);
  }

  /** Cut a part of a picture out. @param {any} source @param {{left: number, top: number, width: number, height: number}} part @param {number} most pixels on its longer side */
  function grab(source, part, most) {
    const scale = Math.min(1, most / Math.max(part.width, part.height));
    canvas.width = Math.max(1, Math.round(part.width * scale));
    canvas.height = Math.max(1, Math.round(part.height * scale));
    const pen = canvas.getContext('2d', { willReadFrequently: true });
    pen.fillStyle = '#fff';
    pen.fillRect(0, 0, canvas.width, canvas.height);
    pen.drawImage(source, part.left, part.top, part.width, part.height, 0, 0, canvas.width, canvas.height);
    return pen.getImageData(0, 0, canvas.width, canvas.height);
  }

  /** Look at a still photo. @param {any} file */
  async function photo(file) {
    set({ looking: true, trouble: '' });
    let trouble = 'no_code';
    try {
      const bitmap = await createImageBitmap(file);
      const found = await decoder.look(grab(bitmap, { left: 0, top: 0, width: bitmap.width, height: bitmap.height }, PHOTO), true);
      if (found.sure) {
        trouble = '';
        take(found.sure);
      }
    } catch (error) {
      trouble = troubleOf(error) === 'old' ? 'old' : 'no_photo';
    }
    set({ looking: false, trouble });
  }

  /** Count the last code once more: a second piece with the same code. */
  function again() {
    if (state.last) take(state.last);
  }

  /** Ask for more; a button that does nothing is worse than none. @param {Object.<string, any>} more torch, zoom or focus */
  async function apply(more) {
    const next = Object.assign({}, wish, more);
    try {
      await stream.getVideoTracks()[0].applyConstraints({ advanced: [next] });
      wish = next;
      set(more);
    } catch (cannot) {
      set('torch' in more ? { torch: null } : 'zoom' in more ? { zooms: null } : {});
    }
  }

  function torch() {
    return apply({ torch: !state.torch });
  }

  /** To the next step, and remember it. */
  async function zoom() {
    const zooms = state.zooms || [1];
    await apply({ zoom: zooms[(zooms.indexOf(state.zoom) + 1) % zooms.length] });
    await remember({ zoom: state.zoom });
  }

  /** To the next camera, and remember it. */
  async function next() {
    const all = (await navigator.mediaDevices.enumerateDevices()).filter((/** @type {any} */ one) => one.kind === 'videoinput');
    const current = stream ? stream.getVideoTracks()[0].getSettings().deviceId : '';
    const at = all.findIndex((/** @type {any} */ one) => one.deviceId === current);
    await remember({ id: all.length ? all[(at + 1) % all.length].deviceId : null, zoom: 0 });
    return start();
  }

  /** @param {Object.<string, any>} change */
  async function remember(change) {
    await settings.set('camera', Object.assign({}, await settings.get('camera'), change));
  }

  function stop() {
    run += 1;
    if (stream) end(stream);
    stream = null;
    if (video) video.srcObject = null;
    if (lock) lock.release().catch(() => undefined);
    lock = null;
    state.phase = 'off';
  }

  /** Keep the screen on; what is granted after the camera was closed is given back. */
  function stayAwake() {
    const mine = run;
    if (navigator.wakeLock) {
      navigator.wakeLock.request('screen').then((/** @type {any} */ got) => {
        if (mine === run) lock = got;
        else got.release();
      }).catch(() => undefined);
    }
  }

  // A camera that was in the background comes back black on iOS: give it away when hidden, open it anew when seen.
  page.addEventListener('visibilitychange', () => {
    if (!state.open) return;
    if (page.visibilityState === 'visible') start();
    else {
      stop();
      onChange();
    }
  });

  return { state, open, close, start, attach, photo, again, torch, zoom, next };
}

/** @param {any} stream */
function end(stream) {
  stream.getTracks().forEach((/** @type {any} */ track) => {
    track.onended = track.onmute = track.onunmute = null;
    track.stop();
  });
}

/** The middle of what the viewfinder shows of the picture (`object-fit: cover`), in the picture's own pixels. @param {any} video */
function inView(video) {
  const scale = Math.max(video.clientWidth / video.videoWidth, video.clientHeight / video.videoHeight) || 1;
  const width = Math.min(video.videoWidth, video.clientWidth / scale) * REGION.width;
  const height = Math.min(video.videoHeight, video.clientHeight / scale) * REGION.height;
  return { left: (video.videoWidth - width) / 2, top: (video.videoHeight - height) / 2, width, height };
}

/** @param {any} error @returns {string} */
function troubleOf(error) {
  const name = (error && error.name) || '';
  if (name === 'NotAllowedError' || name === 'SecurityError') return 'denied';
  if (name === 'NotFoundError' || name === 'OverconstrainedError') return 'none';
  if (name === 'NotReadableError' || name === 'AbortError') return 'busy';
  return error === 'old' ? 'old' : 'failed';
}

/** The decoder in its worker, made when it is first needed; one picture at a time. @param {() => any} makeWorker */
function makeClient(makeWorker) {
  /** @type {Promise<any> | null} */
  let worker = null;
  /** @type {Promise<any>} */
  let turn = Promise.resolve();
  let id = 0;

  /** Rejects with 'old' where this browser can't run it. @returns {Promise<any>} */
  function ready() {
    if (!worker) {
      worker = new Promise((resolve, reject) => {
        if (typeof Worker !== 'function' || typeof WebAssembly !== 'object') return reject('old');
        const made = makeWorker();
        made.onerror = () => reject('old');
        made.onmessage = (/** @type {any} */ event) => (event.data.ready ? resolve(made) : reject('old'));
        return undefined;
      });
      worker.catch(() => { worker = null; });
    }
    return worker;
  }

  /** @param {any} image @param {boolean} still @returns {Promise<{seen: Code | null, sure: Code | null}>} */
  function look(image, still) {
    const next = turn.then(ready).then((made) => new Promise((resolve) => {
      id += 1;
      const mine = id;
      made.onmessage = (/** @type {any} */ event) => { if (event.data.id === mine) resolve(event.data); };
      made.postMessage({ id, still, width: image.width, height: image.height, data: image.data.buffer }, [image.data.buffer]);
    }));
    turn = next.catch(() => undefined);
    return next;
  }

  return { ready, look };
}
