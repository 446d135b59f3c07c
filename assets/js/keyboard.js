import { show } from "./panel.js";
import { current, step } from "./walk.js";

const WAIT_FOR_LETTER = 1200;

/**
 * Keys: `/` search, `g` then a letter goes to a page (`data-go`), `j` `k` move over the rows, `x` ticks, Enter opens,
 * Space and `o` show the row beside the list, `e` edits it, `e` and `n` press what carries `data-key`, `?` shows this list, Ctrl+S and Ctrl+Enter save and submit, Esc closes.
 * Single letters do nothing while somebody is typing or a dialog is open.
 */
export function keyboard() {
  let going = 0;
  document.addEventListener("keydown", (event) => {
    if ((event.ctrlKey || event.metaKey) && (event.key === "s" || event.key === "Enter")) return send(event);
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return undefined;
    if (event.key === "Escape") return escape(event);
    if (inSearch(event)) return hits(event);
    if (typing(event.target) || document.querySelector("dialog[open]")) return undefined;
    if (Date.now() - going < WAIT_FOR_LETTER) {
      going = 0;
      return press(event, `[data-go="${CSS.escape(event.key)}"]`);
    }
    switch (event.key) {
      case "/":
        event.preventDefault();
        return document.getElementById("search")?.focus();
      case "g":
        going = Date.now();
        return undefined;
      case "j":
        return move(event, 1);
      case "k":
        return move(event, -1);
      case "x":
        return current()?.querySelector("[data-tick]")?.click();
      case "Enter":
        if (event.target.closest("a, button, summary")) return undefined;
        return current()?.querySelector("a.lead, a")?.click();
      case " ":
      case "o":
        if (event.key === " " && event.target.closest("a, button, summary, input")) return undefined;
        return peek(event);
      case "e":
        return edit(event);
      case "n":
        return press(event, `[data-key="${event.key}"]`);
      case "?":
        return document.getElementById("keys")?.showModal();
      default:
        return undefined;
    }
  });
}

function typing(target) {
  return target.matches("input:not([type=checkbox], [type=radio]), textarea, select, [contenteditable]");
}

function press(event, selector) {
  const target = document.querySelector(selector);
  if (!target) return;
  event.preventDefault();
  target.click();
}

function send(event) {
  const key = event.key === "s" ? "save" : "submit";
  const target = document.querySelector(`[data-key="${key}"]:not([disabled])`);
  const form = event.target.closest("form") ?? target?.form;
  if (target) {
    event.preventDefault();
    target.click();
  } else if (key === "submit" && form) {
    event.preventDefault();
    form.requestSubmit();
  }
}

function escape(event) {
  if (event.target.id === "search") event.target.blur();
  clearHits();
  document.querySelector("tr.cur")?.classList.remove("cur");
}

function clearHits() {
  const list = document.getElementById("search-hits");
  if (list) list.replaceChildren();
}

function inSearch(event) {
  return event.target.closest?.(".yj-search") && ["ArrowDown", "ArrowUp"].includes(event.key);
}

function hits(event) {
  const links = [...document.querySelectorAll("#search-hits a")];
  if (!links.length) return;
  event.preventDefault();
  const at = links.indexOf(document.activeElement);
  const next = at + (event.key === "ArrowDown" ? 1 : -1);
  (links[next] ?? document.getElementById("search")).focus();
}

function move(event, by) {
  event.preventDefault();
  step(by);
}

function peek(event) {
  if (!current()?.closest("[data-rows]")) return;
  event.preventDefault();
  show(current());
}

/** The edit page of the current row of a list, where the user may; elsewhere the page's own edit button. */
function edit(event) {
  const row = current();
  const list = row?.closest("[data-rows]");
  if (!list) return press(event, '[data-key="e"]');
  if (row.hasAttribute("data-may-edit")) location.assign(`${list.dataset.rows}${row.dataset.row}/edit/`);
  return undefined;
}

document.addEventListener("click", (event) => {
  if (!event.target.closest(".yj-search")) clearHits();
});
