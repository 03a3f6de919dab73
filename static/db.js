/**
 * A few functions over IndexedDB: open, and one transaction that is finished only when its `complete` came.
 */

/** Open a database; `upgrade` makes the stores that a version lacks.
 * @param {IDBFactory} factory
 * @param {string} name
 * @param {number} version
 * @param {(db: IDBDatabase, from: number, tx: IDBTransaction) => void} upgrade
 * @param {() => void} [onLost] called when the browser closes the database by itself
 * @param {() => void} [onOutdated] called when a newer version of the app wants it
 * @returns {Promise<IDBDatabase>} */
export function openDatabase(factory, name, version, upgrade, onLost, onOutdated) {
  return new Promise((resolve, reject) => {
    const req = factory.open(name, version);
    req.onupgradeneeded = (event) => upgrade(req.result, event.oldVersion, /** @type {IDBTransaction} */ (req.transaction));
    req.onerror = () => reject(req.error);
    req.onsuccess = () => {
      const db = req.result;
      db.onversionchange = (event) => {
        db.close();
        if (onLost) onLost();
        if (onOutdated && event.newVersion !== null) onOutdated();
      };
      db.onclose = () => {
        if (onLost) onLost();
      };
      resolve(db);
    };
  });
}

/** Run `work` in one transaction. Resolves with what work gave, only after the transaction's `complete`: a request's
 * success can still abort, so nothing counts before.
 * @template T
 * @param {IDBDatabase} db
 * @param {string[]} stores
 * @param {'strict' | 'relaxed' | 'read'} how strict: on the disk before it resolves
 * @param {(store: (name: string) => IDBObjectStore) => T | Promise<T>} work
 * @returns {Promise<T>} */
export function transact(db, stores, how, work) {
  return new Promise((resolve, reject) => {
    const mode = how === 'read' ? 'readonly' : 'readwrite';
    const open = /** @type {any} */ (db);
    const tx = /** @type {IDBTransaction} */ (how === 'strict' ? open.transaction(stores, mode, { durability: 'strict' }) : db.transaction(stores, mode));
    /** @type {any} */
    let result;
    /** @type {any} */
    let failure = null;
    tx.oncomplete = () => resolve(result);
    tx.onabort = () => reject(failure || tx.error || new Error('aborted'));
    Promise.resolve()
      .then(() => work((name) => tx.objectStore(name)))
      .then((value) => { result = value; }, (error) => {
        failure = error;
        try {
          tx.abort();
        } catch (already) {
          reject(error);
        }
      });
  });
}

/** A request as a promise, for use inside `transact`.
 * @param {IDBRequest} req
 * @returns {Promise<any>} */
export function done(req) {
  return new Promise((resolve, reject) => {
    req.onsuccess = () => resolve(req.result);
    req.onerror = () => reject(req.error);
  });
}

/** Walk a store or index until `visit` returns false.
 * @param {IDBObjectStore | IDBIndex} source
 * @param {IDBKeyRange | null} range
 * @param {IDBCursorDirection} direction
 * @param {(cursor: IDBCursorWithValue) => boolean | void} visit
 * @returns {Promise<void>} */
export function walk(source, range, direction, visit) {
  return new Promise((resolve, reject) => {
    const req = source.openCursor(range, direction);
    req.onerror = () => reject(req.error);
    req.onsuccess = () => {
      const cursor = req.result;
      if (!cursor || visit(cursor) === false) resolve();
      else cursor.continue();
    };
  });
}
