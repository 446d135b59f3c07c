// What is entered on a phone is kept on it until the server has it: in order, each once, also when the page was closed meanwhile.
// Pages do not know of it: a form with `data-queue` is queued as it is, photos with it. `yuju.field.entries` is the other end.
const DATABASE = "yuju-field";
const STORE = "entries";
const AGAIN = 15_000;
const PATIENCE = 60_000;

/** @typedef {{ id?: number, key: string, user: string, url: string, page: string, label: string, entered: string,
 *   fields: [string, string | Blob][], refused?: string }} Entry */

function open() {
  return new Promise((resolve, reject) => {
    const asked = indexedDB.open(DATABASE, 1);
    asked.onupgradeneeded = () => asked.result.createObjectStore(STORE, { keyPath: "id", autoIncrement: true });
    asked.onsuccess = () => resolve(asked.result);
    asked.onerror = () => reject(asked.error);
  });
}

async function inStore(mode, work) {
  const database = await open();
  try {
    return await new Promise((resolve, reject) => {
      const transaction = database.transaction(STORE, mode);
      const asked = work(transaction.objectStore(STORE));
      transaction.oncomplete = () => resolve(asked?.result);
      transaction.onabort = () => reject(transaction.error);
      transaction.onerror = () => reject(transaction.error);
    });
  } finally {
    database.close();
  }
}

const token = () =>
  document.cookie.match(/(?:^|; )csrftoken=([^;]+)/)?.[1] ?? document.querySelector('meta[name="csrf-token"]')?.content ?? "";

function uuid() {
  if (crypto.randomUUID) return crypto.randomUUID();
  // Without https browsers have no randomUUID, but random numbers.
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 0x0f) | 0x40;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}

/** Whether nothing was typed or photographed for an entry: it says no more than which button was pressed. */
const isPress = (entry) => entry.fields.every(([name, value]) => name === "result" || value === "");

/** The entries of one user on this phone; others' stay where they are and are never sent in this user's name. */
export class Queue extends EventTarget {
  constructor(user) {
    super();
    this.user = user;
    this.signedOut = false;
    this.sending = false;
    window.addEventListener("online", () => this.flush());
    document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && this.flush());
    setInterval(() => this.flush(), AGAIN);
  }

  /** All entries of the user, in the order they were made. @returns {Promise<Entry[]>} */
  async entries() {
    const all = await inStore("readonly", (store) => store.getAll());
    return all.filter((one) => one.user === this.user);
  }

  /** Keeps an entry, and sends it as soon as it can be; a mere press that was refused gives way to the next. Fails when the phone has no room. */
  async add({ url, page, label, fields }) {
    const entry = { key: uuid(), user: this.user, url, page, label, fields, entered: new Date().toISOString() };
    const refused = (await this.entries()).filter((one) => one.refused !== undefined && one.url === url && isPress(one));
    await inStore("readwrite", (store) => {
      for (const one of refused) store.delete(one.id);
      return store.add(entry);
    });
    await this.#changed();
    this.flush();
  }

  async drop(id) {
    await inStore("readwrite", (store) => store.delete(id));
    await this.#changed();
  }

  /** Lets a refused entry be tried again, after those that wait. */
  async again(id) {
    const entry = await inStore("readonly", (store) => store.get(id));
    if (!entry) return;
    delete entry.refused;
    await inStore("readwrite", (store) => store.put(entry));
    await this.#changed();
    this.flush();
  }

  /** Sends what waits, the oldest first, one after the other: of all windows of this browser only one at a time. */
  async flush() {
    if (this.sending || !navigator.onLine) return;
    this.sending = true;
    try {
      const work = () => this.#send();
      await (navigator.locks ? navigator.locks.request("yuju-field", { ifAvailable: true }, (lock) => lock && work()) : work());
    } finally {
      this.sending = false;
    }
  }

  async #send() {
    const sent = new Set();
    for (;;) {
      const entry = (await this.entries()).find((one) => one.refused === undefined);
      if (!entry) break;
      const outcome = await this.#deliver(entry);
      if (outcome === "wait") break;
      if (outcome === "sent") {
        sent.add(entry.page);
        await inStore("readwrite", (store) => store.delete(entry.id));
      } else {
        await inStore("readwrite", (store) => store.put({ ...entry, refused: outcome }));
      }
      await this.#changed();
    }
    if (sent.size) this.dispatchEvent(new CustomEvent("sent", { detail: sent }));
  }

  /** "sent", "wait" for later, or why it was refused. */
  async #deliver(entry) {
    const body = new FormData();
    for (const [name, value] of entry.fields) body.append(name, value);
    body.set("entry", entry.key);
    body.set("entered", entry.entered);
    let answer;
    try {
      const signal = AbortSignal.timeout?.(PATIENCE);
      answer = await fetch(entry.url, { method: "POST", body, redirect: "manual", signal, headers: { "X-CSRFToken": decodeURIComponent(token()) } });
    } catch {
      return "wait";
    }
    const signedOut = answer.type === "opaqueredirect" || answer.status === 401 || answer.status === 403;
    if (signedOut !== this.signedOut) {
      this.signedOut = signedOut;
      await this.#changed();
    }
    if (signedOut || answer.status === 429 || answer.status >= 502) return "wait";
    if (answer.ok) return "sent";
    if (answer.status === 422) return (await answer.json().catch(() => ({}))).refused || "failed";
    return { 404: "gone", 413: "large" }[answer.status] ?? "failed";
  }

  async #changed() {
    this.dispatchEvent(new CustomEvent("changed", { detail: await this.entries() }));
  }
}

const LAST = "yuju-field-user";

/** Pages kept for somebody else go before this user's are kept. */
export async function forgetOthers(user) {
  try {
    if (localStorage.getItem(LAST) === user) return;
    if (window.caches) await caches.delete("yuju-field-pages");
    localStorage.setItem(LAST, user);
  } catch {
    // A browser that keeps nothing has nothing to forget.
  }
}

/** Forgets everything that was kept on this phone: entries and pages, of whomever. */
export async function forgetAll() {
  await inStore("readwrite", (store) => store.clear()).catch(() => {});
  if (window.caches) await caches.delete("yuju-field-pages").catch(() => {});
  localStorage.removeItem(LAST);
}
