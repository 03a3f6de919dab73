/**
 * Who a badge names proves it by PIN: at the server, or without a network by what this device was given when it could be reached. Asks
 * again after a while without use, and when a grant ends; what waits goes on being sent meanwhile.
 *
 * Of a PIN the device keeps ten bits, no more: a slip of the finger is noticed, and who reads them is left with a thousand PINs that fit.
 */

/** How long the server may take to answer before the device decides by itself. */
const WAIT = 2000;
/** Wrong ones in a row without the server. */
export const TRIES = 5;
export const LENGTH = { least: 6, most: 12 };
const ROUNDS = 100000;
const KEPT = 0x3ff;

/**
 * @typedef {{name: string, salt: string, check: number | null, at: number, until: number, wrong: number}} Grant `check` null: this browser can't compute it
 * @typedef {{badge: string, name: string, salt: string, seconds: number}} Given
 *
 * @param {{outbox: any, api: import('../api.js').Api, subtle: any, now: () => number, steady: () => number, shift: any, policy: () => {pin: string, idle_minutes: number | null}}} platform
 */
export function makePins({ outbox, api, subtle, now, steady, shift, policy }) {
  const { state } = shift;
  let used = steady() - Math.max(0, now() - Math.max(state.operator ? state.operator.since : 0, state.records.length ? state.records[0].saved : 0));

  /** Somebody uses the device. */
  function touch() {
    used = steady();
  }

  /** Ask for the PIN where it is due. */
  function guard() {
    const { operator, asked } = state;
    const minutes = policy().idle_minutes;
    if (!operator || asked !== null) return;
    if (!(now() < operator.until) || (minutes && steady() - used >= minutes * 60000)) shift.ask(operator.badge);
  }

  /** Prove who has a badge. @param {string} badge @param {string} pin @returns {Promise<string>} '' or why not: a key of ui.pin.trouble */
  async function prove(badge, pin) {
    const answer = await api('POST', '/api/v1/grants', { body: { badge, pin }, timeout: WAIT });
    if (answer.status === 201) return take(answer.data, pin);
    if (answer.status === 0 || answer.status >= 500) return alone(badge, pin);
    const why = reason(answer);
    if (why === 'pin_locked' || why === 'pin_needed' || why === 'not_found') await forget(badge);
    return why;
  }

  /** Set a PIN with a supervisor's code. @param {string} badge @param {string} code @param {string} pin @returns {Promise<string>} as `prove` */
  async function begin(badge, code, pin) {
    const answer = await api('POST', '/api/v1/pins', { body: { badge, code, pin } });
    if (answer.status === 201) return take(answer.data, pin);
    return answer.status === 0 ? 'network' : reason(answer);
  }

  /** @param {Given} given @param {string} pin */
  async function take(given, pin) {
    const until = now() + given.seconds * 1000;
    const check = subtle ? await bits(pin, given.salt) : null;
    await change(given.badge, () => ({ name: given.name, salt: given.salt, check, at: now(), until, wrong: 0 }));
    return open(given.badge, given.name, until);
  }

  /** Without the server. A try counts before it is judged. @param {string} badge @param {string} pin */
  async function alone(badge, pin) {
    if (!subtle) return 'no_crypto';
    const before = ((await outbox.get('grants')) || {})[badge];
    if (!before || before.check === null) return 'no_grant';
    if (now() >= before.until || now() < before.at - 300000) return 'grant_old';
    const grant = (await change(badge, (/** @type {Grant} */ one) => Object.assign(one, { wrong: one.wrong + 1 })))[badge];
    if (grant.wrong > TRIES) return 'offline_locked';
    if ((await bits(pin, grant.salt)) !== grant.check) return grant.wrong === TRIES ? 'offline_locked' : 'wrong_pin';
    await change(badge, (/** @type {Grant} */ one) => Object.assign(one, { wrong: 0 }));
    return open(badge, grant.name, grant.until);
  }

  /** @param {string} badge @param {string} name @param {number} until */
  async function open(badge, name, until) {
    touch();
    await shift.takeOver(badge, { name, until });
    return '';
  }

  /** @param {string} badge */
  async function forget(badge) {
    await change(badge, () => null);
  }

  /** Change what is kept of a badge, and drop what is over. @param {string} badge @param {(one: any) => any} how @returns {Promise<Object.<string, Grant>>} */
  function change(badge, how) {
    return outbox.update('grants', (/** @type {Object.<string, Grant> | undefined} */ all) => {
      /** @type {Object.<string, Grant>} */
      const next = {};
      const kept = all || {};
      Object.keys(kept).forEach((one) => { if (one !== badge && kept[one].until > now()) next[one] = kept[one]; });
      const mine = how(kept[badge] && Object.assign({}, kept[badge]));
      if (mine) next[badge] = mine;
      return next;
    });
  }

  /** The server refused what this operator made after they had proven it: it knows something that the device doesn't.
   * @param {import('../outbox.js').Kept[]} left */
  async function heard(left) {
    const { operator, asked } = state;
    const mine = (/** @type {import('../outbox.js').Kept} */ { receipt, scan, saved }) => receipt && receipt.reason === 'unproven_operator' && scan.operator === operator.badge && saved >= operator.since;
    if (!operator || asked !== null || !left.some(mine)) return;
    await forget(operator.badge);
    await shift.ask(operator.badge);
  }

  /** @param {string} pin @param {string} salt @returns {Promise<number>} */
  async function bits(pin, salt) {
    const text = new TextEncoder();
    const key = await subtle.importKey('raw', text.encode(pin), 'PBKDF2', false, ['deriveBits']);
    const made = new Uint8Array(await subtle.deriveBits({ name: 'PBKDF2', hash: 'SHA-256', salt: text.encode(salt), iterations: ROUNDS }, key, 128));
    return ((made[0] << 8) | made[1]) & KEPT;
  }

  return { touch, guard, prove, begin, heard };
}

/** @param {import('../api.js').Answer} answer @returns {string} */
function reason({ status, data }) {
  return status === 429 ? 'too_many_requests' : (data && data.code) || 'failed';
}
