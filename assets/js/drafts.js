import { isSecret } from "./passkeys.js";

const QUIET = 2_000;
const LONGEST = 8_000;
const AGAIN = 10_000;

/**
 * `<form data-draft="address">` keeps what is typed as a draft: two seconds after the last change, at the latest eight
 * after the first, and on leaving. Passwords, passkeys and files never go along. Whoever leaves with input that is not kept yet is asked.
 */
export function drafts() {
  let timer = 0;
  let first = 0;
  let changed = false;
  let done = false;
  let running = null;
  let said = "";

  const form = () => document.querySelector("form[data-draft]");

  function tell(text) {
    said = text;
    const line = document.querySelector("[data-draft-said]");
    if (line && line.textContent !== text) line.textContent = text;
  }

  function soon(wait) {
    clearTimeout(timer);
    timer = setTimeout(keep, wait);
  }

  function touched(event) {
    const here = form();
    if (!here || event.target.form !== here) return;
    changed = true;
    first ||= Date.now();
    soon(Math.max(0, Math.min(QUIET, first + LONGEST - Date.now())));
  }

  async function keep() {
    const here = form();
    if (!here || done) return;
    // While the form itself is being saved its draft is about to go.
    if (running || here.matches(".htmx-request")) return soon(QUIET);
    clearTimeout(timer);
    changed = false;
    first = 0;
    try {
      running = fetch(here.dataset.draft, { method: "POST", body: typed(here), headers: { "HX-Request": "true" }, keepalive: true });
      const answer = await running;
      const text = await answer.text();
      if (!answer.ok) throw new Error(text);
      tell(text);
    } catch {
      changed = true;
      tell(document.querySelector("[data-draft-said]")?.dataset.failed ?? "");
      soon(AGAIN);
    } finally {
      running = null;
    }
  }

  document.addEventListener("input", touched);
  document.addEventListener("change", touched);
  document.addEventListener(
    "click",
    (event) => {
      if (!event.target.closest("[data-draft-keep]")) return;
      // Before htmx sees it, which would take it for the button that sends the form.
      event.preventDefault();
      event.stopPropagation();
      keep();
    },
    true,
  );
  document.addEventListener("visibilitychange", () => {
    if (document.hidden && changed) keep();
  });
  window.addEventListener("beforeunload", (event) => {
    if (changed && !done && form()) event.preventDefault();
  });
  window.addEventListener("pagehide", () => {
    const here = form();
    if (here && changed && !done) navigator.sendBeacon(here.dataset.draft, typed(here));
  });
  window.addEventListener("pageshow", () => (done = false));

  document.addEventListener("htmx:confirm", (event) => {
    if (event.detail.elt !== form()) return;
    if (done) return event.preventDefault();
    // A draft on its way would come after the save that deletes it.
    if (!running) return undefined;
    event.preventDefault();
    return running.finally(() => event.detail.issueRequest(true)).catch(() => undefined);
  });
  document.addEventListener("htmx:beforeOnLoad", (event) => {
    const { xhr, requestConfig } = event.detail;
    if (requestConfig.elt.id === "main-form" && xhr.status < 300 && xhr.getResponseHeader("HX-Redirect")) done = true;
  });
  document.addEventListener("htmx:afterSettle", () => {
    if (form() && said) tell(said);
  });
}

function typed(form) {
  const data = new FormData(form);
  for (const field of form.elements) if (isSecret(field) || field.type === "file") data.delete(field.name);
  return data;
}
