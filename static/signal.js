/**
 * Feedback that works with gloves, sun and noise: a tone with its own rhythm, vibration, a flash. Sign and word are the
 * screen's. Three of them: accepted, question, NOT SAVED (which repeats until it is touched).
 */

/** @typedef {ReturnType<typeof makeSignal>} Signal */

/** Each tone: [hertz, starts at ms, lasts ms]. */
const TONES = {
  ok: [[1320, 0, 70], [1760, 85, 90]],
  question: [[440, 0, 170], [440, 240, 170]],
  unsaved: [[880, 0, 130], [330, 150, 260], [880, 440, 130], [330, 590, 260]],
};
const BUZZ = { ok: [40], question: [90, 70, 90], unsaved: [300, 100, 300, 100, 600] };
const REPEAT = 1800;
const FLASH = 200;

/** @param {{page: HTMLElement, navigator: any, Audio: any}} platform */
export function makeSignal(platform) {
  /** @type {any} */
  let audio = null;
  /** @type {any} */
  let alarm = null;
  /** @type {any} */
  let fading = null;

  /** Allow sound: browsers want a touch or key first. */
  function unlock() {
    if (!platform.Audio) return;
    try {
      if (!audio) audio = new platform.Audio();
      if (audio.state === 'suspended') audio.resume().catch(() => undefined);
    } catch (silent) {
      audio = null;
    }
  }

  /** @param {'ok' | 'question' | 'unsaved'} kind */
  function play(kind) {
    flash(kind);
    const touchedOnce = !platform.navigator.userActivation || platform.navigator.userActivation.hasBeenActive;
    if (platform.navigator.vibrate && touchedOnce) platform.navigator.vibrate(BUZZ[kind]);
    if (!audio || audio.state !== 'running') return;
    TONES[kind].forEach(([hertz, at, ms]) => {
      const start = audio.currentTime + at / 1000;
      const tone = audio.createOscillator();
      const volume = audio.createGain();
      tone.type = kind === 'ok' ? 'sine' : 'square';
      tone.frequency.value = hertz;
      volume.gain.setValueAtTime(kind === 'ok' ? 0.5 : 0.3, start);
      volume.gain.exponentialRampToValueAtTime(0.001, start + ms / 1000);
      tone.connect(volume);
      volume.connect(audio.destination);
      tone.start(start);
      tone.stop(start + ms / 1000);
    });
  }

  /** @param {string} kind */
  function flash(kind) {
    clearTimeout(fading);
    platform.page.setAttribute('data-flash', kind);
    fading = setTimeout(() => platform.page.removeAttribute('data-flash'), FLASH);
  }

  /** Sound the alarm until `touched`. */
  function unsaved() {
    play('unsaved');
    if (alarm === null) alarm = setInterval(() => play('unsaved'), REPEAT);
  }

  function touched() {
    clearInterval(alarm);
    alarm = null;
  }

  return { unlock, accepted: () => play('ok'), question: () => play('question'), unsaved, touched };
}
