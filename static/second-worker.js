/**
 * The second copy's file: lines of JSON in the origin's private file system, flushed at each write. It runs in a worker, since
 * only there such a file can be written at once. A page has a file of its own; a file that can be opened belongs to no page
 * that lives, and is taken over.
 */
const FOLDER = 'second';
const SMALL = 262144;
const worker = /** @type {any} */ (self);
/** Names of a module are its own. */
export {};
/** @type {any} */
let folder = null;
/** @type {any} */
let file = null;
let name = '';
let size = 0;
let live = 0;
/** Lines that count, by the id of their scan or the key of their fact. @type {Map<string, string>} */
const lines = new Map();
/** @type {Promise<any>} */
let turn = Promise.resolve();

worker.onmessage = (/** @type {any} */ event) => {
  const { id, call, data } = event.data;
  /** @type {(data: any) => Promise<any>} */
  const work = call === 'compare' ? compare : call === 'keep' ? keep : drop;
  turn = turn.then(() => work(data)).then(
    (answer) => worker.postMessage({ id, answer }),
    (error) => worker.postMessage({ id, error: (error && error.name) || 'Error' }),
  );
};

/** Keep what waits in the database and is not in the copy; answer what is in the copy and neither waits there nor is set there.
 * @param {string} database @returns {Promise<any[]>} */
async function compare(database) {
  if (file === null) await open();
  const there = await read(database).catch(() => new Map());
  const missing = Array.from(lines, ([key, line]) => ({ now: there.get(key), said: JSON.parse(line) }))
    .filter(({ now, said }) => !now || (said.key && now.value.made < said.value.made)).map(({ said }) => said);
  const older = missing.map((said) => said.key);
  const fresh = Array.from(there.values()).filter((said) => (said.kept ? !lines.has(said.kept.scan.id) : older.indexOf(said.key) < 0));
  if (fresh.length > 0) await append(fresh.map((said) => JSON.stringify(said)));
  return missing;
}

/** Read what waits in the database, and what this device must know, as lines say it, by id and key.
 * @param {string} database @returns {Promise<Map<string, any>>} */
function read(database) {
  return new Promise((resolve, reject) => {
    const open = worker.indexedDB.open(database);
    open.onupgradeneeded = () => open.transaction.abort();
    open.onerror = () => reject(open.error);
    open.onsuccess = () => {
      const db = open.result;
      db.onversionchange = () => db.close();
      const tx = db.transaction(['meta', 'outbox', 'aside']);
      /** @type {Map<string, any>} */
      const found = new Map();
      ['outbox', 'aside'].forEach((name) => {
        const all = tx.objectStore(name).getAll();
        all.onsuccess = () => all.result.forEach((/** @type {any} */ kept) => found.set(kept.scan.id, { kept }));
      });
      const facts = tx.objectStore('meta').openCursor();
      facts.onsuccess = () => {
        const at = facts.result;
        if (!at) return;
        if (/^device$|^streams\//.test(at.key)) found.set(at.key, { key: at.key, value: at.value, at: Date.now() });
        at.continue();
      };
      tx.oncomplete = () => {
        db.close();
        resolve(found);
      };
      tx.onabort = () => reject(tx.error);
    };
  });
}

/** Read what the files of pages that are gone hold, into one file of ours. */
async function open() {
  folder = await (await worker.navigator.storage.getDirectory()).getDirectoryHandle(FOLDER, { create: true });
  const others = await takeOver();
  if (file === null) await begin();
  const merged = others.length === 0 || (await compact());
  if (merged) await Promise.all(others.map((one) => folder.removeEntry(one)));
}

/** Open and read the files that no living page holds; the first is ours from now on. A page that was just reloaded may hold
 * its file for a moment longer. @returns {Promise<string[]>} the names of the others */
async function takeOver() {
  /** @type {string[]} */
  const others = [];
  for (let again = true, tries = 0; again && tries < 3; tries += 1) {
    if (tries > 0) await new Promise((resolve) => setTimeout(resolve, 100));
    again = false;
    for await (const one of folder.keys()) {
      if (one === name || others.indexOf(one) >= 0) continue;
      const handle = await handleOf(one, false).catch(() => null);
      if (handle === null) again = true;
      else if (file === null) {
        size = await load(handle);
        file = handle;
        name = one;
      } else {
        await load(handle);
        await handle.close();
        others.push(one);
      }
    }
  }
  return others;
}

/** @param {string} one @param {boolean} create */
async function handleOf(one, create) {
  return (await folder.getFileHandle(one, { create })).createSyncAccessHandle();
}

/** Read a file; a line that a kill cut off is no line. @param {any} handle @returns {Promise<number>} the bytes of its whole lines */
async function load(handle) {
  const bytes = new Uint8Array(await handle.getSize());
  handle.read(bytes, { at: 0 });
  const whole = bytes.lastIndexOf(10) + 1;
  new TextDecoder().decode(bytes.subarray(0, whole)).split('\n').forEach((line) => {
    try {
      learn(line);
    } catch (damaged) {
      // No line.
    }
  });
  return whole;
}

/** @param {string} line */
function learn(line) {
  const said = JSON.parse(line);
  if (said.gone) said.gone.forEach((/** @type {string} */ id) => put(id, null));
  else if (said.kept) put(said.kept.scan.id, line);
  else if (!(JSON.parse(lines.get(said.key) || '{}').at > said.at)) put(said.key, line);
}

/** @param {string} key @param {string | null} line */
function put(key, line) {
  live += (line || '').length - (lines.get(key) || '').length;
  if (line) lines.set(key, line);
  else lines.delete(key);
}

/** Write what was made and what this device must know; it is on the disk when this answers.
 * @param {{scans: any[], facts: [string, any][], at: number}} data */
async function keep({ scans, facts, at }) {
  await append(scans.map((kept) => JSON.stringify({ kept })).concat(facts.map(([key, value]) => JSON.stringify({ key, value, at }))));
}

/** @param {string[]} fresh */
async function append(fresh) {
  await write(fresh);
  await file.flush();
  fresh.forEach(learn);
}

/** Forget what the server has named. @param {string[]} ids */
async function drop(ids) {
  const mine = ids.filter((id) => lines.has(id));
  if (mine.length === 0) return;
  await write([JSON.stringify({ gone: mine })]);
  mine.forEach((id) => put(id, null));
  if (size > SMALL && live < size / 2) await compact();
}

/** Append, or change nothing. @param {string[]} fresh */
async function write(fresh) {
  const bytes = new TextEncoder().encode(fresh.map((line) => line + '\n').join(''));
  let written = 0;
  try {
    written = file.write(bytes, { at: size });
  } finally {
    if (written < bytes.length) await file.truncate(size);
  }
  if (written < bytes.length) throw new Error();
  size += written;
}

async function begin() {
  const fresh = String(Math.random());
  file = await handleOf(fresh, true);
  name = fresh;
  size = 0;
}

/** Write what still counts into a new file, and only then let go of the old one. @returns {Promise<boolean>} */
async function compact() {
  const old = { file, name, size };
  await begin();
  try {
    await write(Array.from(lines.values()));
    await file.flush();
  } catch (full) {
    await file.close();
    await folder.removeEntry(name);
    ({ file, name, size } = old);
    return false;
  }
  await old.file.close();
  await folder.removeEntry(old.name);
  return true;
}
