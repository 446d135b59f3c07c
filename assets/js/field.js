import { Queue, forgetAll, forgetOthers } from "./queue.js";
import { shrink } from "./shrink.js";
import { signPads } from "./sign_pad.js";
import { theme } from "./theme.js";
import { worker } from "./worker.js";

const STALE = 60_000;
/** A phone that was in a pocket for longer than this, in milliseconds, fetches its page anew. */

theme();
worker();
const user = document.body.dataset.user;
if (user) field(new Queue(user));

function field(queue) {
  const bar = document.getElementById("queue");
  const words = bar.dataset;
  let entries = [];
  let left = Date.now();

  queue.addEventListener("changed", (event) => show(event.detail));
  queue.addEventListener("sent", (event) => event.detail.has(location.pathname) && renew());
  window.addEventListener("online", () => show(entries));
  window.addEventListener("offline", () => show(entries));
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState === "hidden") left = Date.now();
    else if (Date.now() - left > STALE) renew();
  });
  window.addEventListener("pageshow", (event) => event.persisted && renew());
  queue.entries().then((found) => {
    show(found);
    queue.flush();
  }, () => show([]));
  forgetOthers(user).then(keepPages);
  signPads();

  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (form.matches("[data-queue]")) {
      event.preventDefault();
      enter(form, event.submitter);
    } else if (form.matches("[data-call]")) {
      event.preventDefault();
      call(form);
    } else if (form.matches("[data-leave]")) {
      event.preventDefault();
      leave(form);
    }
  });
  document.addEventListener("change", (event) => {
    const form = event.target.closest("form[data-now]");
    if (form && event.target.files?.length) form.requestSubmit();
  });
  document.addEventListener("input", (event) => event.target.matches("[data-least]") && warnBelow(event.target));
  bar.addEventListener("click", (event) => {
    const id = Number(event.target.closest("li")?.dataset.entry);
    if (event.target.closest("[data-fault-again]")) queue.again(id);
    if (event.target.closest("[data-fault-drop]")) queue.drop(id).then(renew);
  });

  async function enter(form, button) {
    if (asksFirst(form, button) || lacks(form)) return;
    const data = new FormData(form, button);
    data.delete("csrfmiddlewaretoken");
    const fields = [];
    for (const [name, value] of data) fields.push([name, value instanceof File ? await shrink(value) : value]);
    const page = form.dataset.then ?? location.pathname;
    try {
      await queue.add({ url: form.getAttribute("action"), page, label: form.dataset.label ?? "", fields });
    } catch {
      tell(words.full);
      return;
    }
    for (const input of form.querySelectorAll("input:not([type=hidden]):not([type=checkbox]):not([name=note]):not([data-keeps])")) input.value = "";
    if (form.dataset.then && navigator.onLine) leaveFor(form.dataset.then);
  }

  /** What is not OK needs a word: the box for it opens first. */
  function asksFirst(form, button) {
    const note = form.querySelector("[name=note]");
    if (!button || !note || button.value !== "not_ok") {
      if (note && button?.value) note.value = "";
      return false;
    }
    if (note.value.trim()) return false;
    note.closest(".f-note").hidden = false;
    note.focus();
    return true;
  }

  /** What a rule would refuse is said at once: who has to sign may be gone when the connection is back. */
  function lacks(form) {
    const least = form.querySelector("[data-least]");
    if (least && warnBelow(least) && !form.querySelector("[name=is_rollover]").checked) return true;
    if (!("whole" in form.dataset)) return false;
    const undone = document.querySelector("[data-step]:not([data-result])");
    const dark = [...document.querySelectorAll("[data-step][data-result=damaged]")].find((step) => !step.querySelector("[data-shots] > *"));
    const blank = [...form.querySelectorAll("[data-sign-pad]")].find((pad) => !pad.querySelector("input").value);
    const place = undone ?? dark ?? blank;
    if (!place) return false;
    tell(undone ? words.unfinished : dark ? words.unphotographed : (form.dataset.unsigned ?? words.unsigned));
    place.scrollIntoView({ block: "center" });
    return true;
  }

  /** Whether a meter shows less than it did; the page asks then whether its counter began anew. */
  function warnBelow(input) {
    const typed = Number(input.value.replace(",", "."));
    const below = input.value.trim() !== "" && typed < Number(input.dataset.least);
    const asked = input.form.querySelector(".f-below");
    asked.hidden = !below;
    if (!below) asked.querySelector("input").checked = false;
    return below;
  }

  async function leaveFor(address) {
    const waits = async () => (await queue.entries()).some((one) => one.page === address && one.refused === undefined);
    for (let turn = 0; turn < 20 && (await waits()); turn++) await new Promise((done) => setTimeout(done, 150));
    if (!(await waits())) location.assign(address);
  }

  function show(found) {
    entries = found;
    const faults = found.filter((one) => one.refused !== undefined);
    const waiting = found.length - faults.length;
    const text = bar.querySelector("[data-queue-text]");
    const said = waiting ? (queue.signedOut ? words.signIn : words.waiting) : navigator.onLine ? "" : words.offline;
    text.textContent = said.replace("{n}", waiting);
    bar.querySelector(".f-queue-line").hidden = !said;
    const signIn = bar.querySelector("[data-queue-sign-in]");
    signIn.hidden = !(waiting && queue.signedOut);
    signIn.href = `${words.signInUrl}?next=${encodeURIComponent(location.pathname)}`;
    bar.querySelector("[data-queue-faults]").replaceChildren(...faults.map(faultLine));
    bar.hidden = !said && !faults.length;
    bar.dataset.count = waiting;
    overlay();
  }

  function tell(text) {
    bar.querySelector("[data-queue-text]").textContent = text;
    bar.querySelector(".f-queue-line").hidden = false;
    bar.hidden = false;
  }

  const reason = (entry) => ({ gone: words.gone, failed: words.failed, large: words.large })[entry.refused] ?? entry.refused;

  function faultLine(entry) {
    const line = bar.querySelector("[data-queue-fault]").content.firstElementChild.cloneNode(true);
    line.dataset.entry = entry.id;
    line.querySelector("[data-fault-label]").textContent = entry.label;
    line.querySelector("[data-fault-text]").textContent = reason(entry);
    // What is too large stays too large, and what is somebody else's theirs.
    line.querySelector("[data-fault-again]").hidden = ["large", "gone"].includes(entry.refused);
    return line;
  }

  /** What waits on this phone is drawn over what the server said last. */
  function overlay() {
    document.querySelectorAll("[data-waits]").forEach((drawn) => drawn.remove());
    document.querySelectorAll(".f-waits").forEach((form) => form.classList.remove("f-waits"));
    document.querySelectorAll("[data-fault-here]").forEach((drawn) => drawn.remove());
    for (const entry of entries) {
      const form = [...document.querySelectorAll("form[data-queue]")].find((one) => one.getAttribute("action") === entry.url);
      if (form) draw(entry, form);
    }
    count();
  }

  function draw(entry, form) {
    if (entry.refused !== undefined) {
      const said = document.createElement("div");
      said.className = "err";
      said.dataset.faultHere = "";
      said.textContent = reason(entry);
      (form.closest("[data-step]") ?? form).append(said);
      return;
    }
    form.classList.add("f-waits");
    const values = Object.fromEntries(entry.fields);
    if ("result" in values) {
      for (const one of form.querySelectorAll("[aria-pressed]")) one.setAttribute("aria-pressed", one.value === values.result);
      form.closest("[data-step]").dataset.result = values.result;
      const note = form.querySelector(".f-note");
      if (note) note.hidden = !values.note;
    }
    for (const input of form.querySelectorAll("[data-drawn]")) {
      if (input.name in values && input !== document.activeElement) input.value = values[input.name];
    }
    if (form.dataset.list) document.querySelector(form.dataset.list).append(waitingLine(saidIn(form, values)));
    if (values.photo instanceof Blob) form.closest("[data-step], [data-photos]").querySelector("[data-shots]").append(waitingPhoto(values.photo));
    if (values.text) document.querySelector("[data-comments]")?.append(waitingLine(values.text));
  }

  function waitingPhoto(photo) {
    const box = document.createElement("span");
    box.className = "f-photo f-waits";
    box.dataset.waits = "";
    // Drawn, not linked: the pages' policy allows no picture from elsewhere, not even from the phone itself.
    const image = document.createElement("canvas");
    image.width = image.height = 128;
    createImageBitmap(photo).then((found) => {
      const side = Math.min(found.width, found.height);
      image.getContext("2d").drawImage(found, (found.width - side) / 2, (found.height - side) / 2, side, side, 0, 0, 128, 128);
    }, () => {});
    box.append(image);
    return box;
  }

  /** What was entered into a form, as somebody would read it. */
  function saidIn(form, values) {
    const shown = [...form.elements].filter((one) => one.name && one.type !== "hidden" && one.type !== "file" && values[one.name]);
    return shown.map((one) => [...(one.options ?? [])].find((option) => option.value === values[one.name])?.text ?? values[one.name]).join(" · ");
  }

  function waitingLine(text) {
    const line = document.createElement("li");
    line.className = "f-waits";
    line.dataset.waits = "";
    line.textContent = text;
    return line;
  }

  /** How many steps were looked at, and how many are left. */
  function count() {
    const steps = [...document.querySelectorAll("[data-step]")];
    const done = steps.filter((step) => step.dataset.result).length;
    const shown = document.querySelector("[data-done]");
    if (shown) shown.textContent = done;
    const left = document.querySelector("[data-left]");
    if (left) left.textContent = done < steps.length ? left.dataset.left.replace("{n}", steps.length - done) : "";
    countParts();
  }

  /** How many things of each room were looked at, and how many were found in which condition. */
  function countParts() {
    for (const link of document.querySelectorAll("[data-counts]")) {
      const steps = [...(document.getElementById(link.dataset.counts)?.querySelectorAll("[data-step]") ?? [])];
      const done = steps.filter((step) => step.dataset.result).length;
      link.querySelector("[data-counted]").textContent = steps.length ? `${done}/${steps.length}` : "";
      link.classList.toggle("done", steps.length > 0 && done === steps.length);
    }
    for (const tally of document.querySelectorAll("[data-tally]")) {
      tally.textContent = document.querySelectorAll(`[data-step][data-result="${tally.dataset.tally}"]`).length;
    }
  }

  /** The page anew from the server; what is being typed stays, and what was opened to type into stays open. */
  async function renew() {
    let fresh;
    try {
      const answer = await fetch(location.href, { headers: { "X-Field": "1" }, redirect: "manual" });
      if (!answer.ok) return;
      fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
    } catch {
      return;
    }
    const name = (input) => `${input.form?.getAttribute("action")} ${input.name}`;
    const inputs = () => [...document.querySelectorAll("#main input:not([type=file]):not([type=hidden])")];
    const typed = new Map(inputs().filter((one) => one.value !== one.defaultValue).map((one) => [name(one), one.value]));
    const place = document.activeElement?.form ? name(document.activeElement) : "";
    const opened = new Set([...document.querySelectorAll(".f-note:not([hidden]), .f-hold[open]:has(input:focus)")].map(actionAt));
    // A camera that is open belongs to its button, and a signature to its field: those stay, or what was drawn would be lost.
    const stays = "form[data-now], form[data-stays]";
    const kept = new Map([...document.querySelectorAll(stays)].map((one) => [one.getAttribute("action"), one]));
    for (const one of fresh.querySelectorAll(stays)) kept.get(one.getAttribute("action")) && one.replaceWith(kept.get(one.getAttribute("action")));
    for (const part of ["#main", "#acts", ".f-nav"]) {
      const [old, now] = [document.querySelector(part), fresh.querySelector(part)];
      if (old && now) old.replaceWith(document.adoptNode(now));
    }
    for (const one of document.querySelectorAll(".f-note, .f-hold")) {
      if (!opened.has(actionAt(one))) continue;
      one.hidden = false;
      if (one.matches("details")) one.open = true;
    }
    for (const one of inputs()) {
      if (typed.has(name(one))) one.value = typed.get(name(one));
      if (name(one) === place) one.focus();
    }
    signPads();
    overlay();
  }

  /** The address of the form around or inside a part that opens: what tells it again on the page that comes. */
  function actionAt(part) {
    return (part.closest("form") ?? part.querySelector("form")).getAttribute("action");
  }

  async function call(form) {
    try {
      const headers = { "X-CSRFToken": form.querySelector("[name=csrfmiddlewaretoken]").value };
      const answer = await fetch(form.action, { method: "POST", headers, redirect: "manual" });
      location.href = `tel:${(await answer.json()).phone}`;
    } catch {
      tell(words.noNumber);
    }
  }

  async function leave(form) {
    const note = form.querySelector("[data-leave-note]");
    if (entries.length && note.hidden) {
      note.hidden = false;
      return;
    }
    await forgetAll();
    form.submit();
  }

  /** One's own tasks are kept, as they are now, with the lists they ask for, for where there is no connection. */
  async function keepPages() {
    if (!navigator.onLine || navigator.connection?.saveData || !navigator.serviceWorker?.controller) return;
    await keepLinked(document, await caches.open("yuju-field-pages"));
  }

  async function keepLinked(page, kept) {
    for (const link of [...page.querySelectorAll("a[data-keep]")].slice(0, 12)) {
      const path = new URL(link.getAttribute("href"), location.href).pathname;
      if (await kept.match(path)) continue;
      const answer = await fetch(path, { headers: { "X-Field": "1" }, redirect: "manual" }).catch(() => null);
      if (answer?.ok) await keepLinked(new DOMParser().parseFromString(await answer.text(), "text/html"), kept);
    }
  }
}
