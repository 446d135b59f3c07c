/**
 * Fields that pick one of many rows (`data-pick`): the text box asks the server, a click or Enter takes an option,
 * arrows move through them, Esc and leaving close. Changed text lets go of what was picked.
 */
export function pick() {
  document.addEventListener("focusin", (event) => {
    for (const open of document.querySelectorAll("[data-pick-options]:not([hidden])")) {
      if (!open.closest("[data-pick]").contains(event.target)) close(open.closest("[data-pick]"));
    }
    if (event.target.matches?.("[data-pick] [role=combobox]") && !event.target.value) {
      event.target.dispatchEvent(new Event("pick"));
    }
  });
  document.addEventListener("input", (event) => {
    const field = event.target.closest?.("[data-pick]");
    if (field) field.querySelector("[data-pick-value]").value = "";
  });
  document.addEventListener("htmx:afterSettle", (event) => {
    if (!event.detail.target?.matches("[data-pick-options]")) return;
    const field = event.detail.target.closest("[data-pick]");
    if (!field.contains(document.activeElement)) return;
    // Something was taken before this answer came: it would cover what is pressed next.
    if (field.querySelector("[data-pick-value]").value) return;
    event.detail.target.hidden = false;
    box(field).setAttribute("aria-expanded", "true");
  });
  document.addEventListener("click", (event) => {
    const option = event.target.closest("[data-pick-id]");
    if (option) take(option);
  });
  document.addEventListener("keydown", (event) => {
    const field = event.target.closest?.("[data-pick]");
    if (!field) return;
    const options = [...field.querySelectorAll("[data-pick-id]")];
    const at = options.indexOf(document.activeElement);
    if (event.key === "ArrowDown" && options.length) options[Math.min(at + 1, options.length - 1)].focus();
    else if (event.key === "ArrowUp" && options.length) (options[at - 1] ?? box(field)).focus();
    else if (event.key === "Enter" && at < 0 && options.length && expanded(field)) take(options[0]);
    else if (event.key === "Escape" && expanded(field)) close(field);
    else return;
    event.preventDefault();
    event.stopPropagation();
  });
}

function box(field) {
  return field.querySelector("[role=combobox]");
}

function expanded(field) {
  return box(field).getAttribute("aria-expanded") === "true";
}

function take(option) {
  const field = option.closest("[data-pick]");
  const value = field.querySelector("[data-pick-value]");
  value.value = option.dataset.pickId;
  box(field).value = option.dataset.pickLabel;
  box(field).focus();
  close(field);
  value.dispatchEvent(new Event("change", { bubbles: true }));
  value.dispatchEvent(new Event("picked", { bubbles: true }));
}

function close(field) {
  field.querySelector("[data-pick-options]").hidden = true;
  box(field).setAttribute("aria-expanded", "false");
}
