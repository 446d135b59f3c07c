import { isSecret } from "./passkeys.js";

/**
 * A form that could not be sent says so above itself, with what to do: its input stays. The panel beside it
 * (`#consequences`) is drawn anew while somebody types, also in the panel: what is being typed there stays, too.
 */
export function forms() {
  document.addEventListener("htmx:sendError", (event) => failed(event));
  document.addEventListener("htmx:timeout", (event) => failed(event));
  document.addEventListener("htmx:responseError", (event) => failed(event, event.detail.xhr));
  document.addEventListener("htmx:beforeRequest", (event) => {
    if (event.detail.elt.id === "main-form") document.querySelector("[data-form-failed]")?.remove();
  });

  // A proof of who is there is for saving alone.
  document.addEventListener("htmx:configRequest", (event) => {
    if (event.detail.elt.id !== "consequences") return;
    for (const field of document.getElementById("main-form").elements) if (isSecret(field)) delete event.detail.parameters[field.name];
  });

  let held = null;
  document.addEventListener("htmx:beforeSwap", (event) => {
    const typing = document.activeElement;
    held = event.detail.target.id === "consequences" && typing?.id && event.detail.target.contains(typing) ? typing : null;
  });
  document.addEventListener("htmx:afterSwap", () => {
    const fresh = held && document.getElementById(held.id);
    if (fresh) fresh.value = held.value;
    held = null;
  });
}

function failed(event, xhr) {
  const form = event.detail.elt;
  const template = document.getElementById("form-failed");
  if (form.id !== "main-form" || !template) return;
  document.querySelector("[data-form-failed]")?.remove();
  const note = template.content.firstElementChild.cloneNode(true);
  const plain = xhr?.getResponseHeader("Content-Type")?.startsWith("text/plain");
  if (plain) note.querySelector("[data-why]").textContent = xhr.responseText;
  (form.closest(".form-grid") ?? form).before(note);
  note.focus();
}
