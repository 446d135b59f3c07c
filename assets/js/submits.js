/** A form is sent once: its button shows a spinner and cannot be pressed again until the answer is there. */
export function submits() {
  document.addEventListener("submit", (event) => {
    if (event.defaultPrevented || event.target.method === "dialog" || event.target.hasAttribute("data-download")) return;
    const button = event.submitter ?? event.target.querySelector('button[type="submit"], button:not([type])');
    // After this turn, so that the button's own name and value are still sent.
    if (button && event.target.method === "post") setTimeout(() => busy(button));
  });
  document.addEventListener("htmx:beforeRequest", (event) => {
    const { elt, requestConfig } = event.detail;
    if (requestConfig.verb === "get") return;
    const trigger = requestConfig.triggeringEvent?.submitter ?? elt;
    if (trigger instanceof HTMLButtonElement) busy(trigger);
  });
  document.addEventListener("htmx:afterRequest", () => document.querySelectorAll(".btn[data-busy]").forEach(free));
  window.addEventListener("pageshow", () => document.querySelectorAll(".btn[data-busy]").forEach(free));
}

function busy(button) {
  if (!button.classList.contains("btn") || button.classList.contains("busy")) return;
  button.dataset.busy = "yes";
  button.classList.add("busy");
  button.disabled = true;
  const spinner = document.createElement("span");
  spinner.className = "spinner";
  button.prepend(spinner);
}

function free(button) {
  delete button.dataset.busy;
  button.classList.remove("busy");
  button.disabled = false;
  button.querySelector(".spinner")?.remove();
}
