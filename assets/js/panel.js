import { current, mark, neighbour, rows } from "./walk.js";

const narrow = matchMedia("(max-width: 767.98px)");
const PAUSE = 120;
const OWN = "a, button, input, label, select, textarea, summary, [contenteditable]";
let timer = 0;

/**
 * The panel beside a list (`#side-panel`): a click on a row, Space or `o` shows the row in it, `j` and `k` the next one,
 * Esc closes it. It is no step of the browser's history. On a narrow screen a row leads to its page instead.
 */
export function sidePanel() {
  document.addEventListener("click", (event) => {
    if (event.target.closest("[data-panel-close]")) return close();
    const button = event.target.closest("[data-step]");
    if (button) {
      const next = neighbour(Number(button.dataset.step));
      if (next) mark(next);
      return next?.scrollIntoView({ block: "nearest" });
    }
    const row = event.target.closest("[data-rows] tr[data-row]");
    if (!row || event.target.closest(OWN) || event.ctrlKey || event.metaKey || event.shiftKey) return undefined;
    if (String(getSelection())) return undefined;
    return show(row);
  });

  document.addEventListener("yuju:row", (event) => {
    if (!opened()) return;
    clearTimeout(timer);
    // Held down, `j` runs through the rows: only where it stops is asked for.
    timer = setTimeout(() => opened() && fill(event.detail), PAUSE);
  });

  document.addEventListener(
    "keydown",
    (event) => {
      if (event.key !== "Escape" || !opened() || document.querySelector("dialog[open], details.drop-x[open]")) return;
      if (event.target.matches("input, textarea, select")) return;
      event.stopPropagation();
      close();
    },
    true,
  );

  document.addEventListener("htmx:afterSettle", (event) => {
    const panel = opened();
    if (!panel) return;
    if (event.detail.target === panel) mend(panel);
    else if (!document.getElementById(`row-${panel.dataset.row}`)) hide(panel);
  });
}

/** Shows a row in the panel and goes there. */
export function show(row) {
  const panel = document.getElementById("side-panel");
  if (!panel || !row?.closest("[data-rows]")) return;
  if (narrow.matches) return void row.querySelector("a.lead, a")?.click();
  if (row !== current()) mark(row);
  const fresh = panel.hidden;
  panel.hidden = false;
  fill(row);
  if (fresh) panel.focus({ preventScroll: true });
}

function opened() {
  const panel = document.getElementById("side-panel");
  return panel && !panel.hidden ? panel : null;
}

function fill(row) {
  clearTimeout(timer);
  const panel = document.getElementById("side-panel");
  panel.dataset.row = row.dataset.row;
  const url = `${row.closest("[data-rows]").dataset.rows}${row.dataset.row}/panel`;
  window.htmx.ajax("GET", url, { target: panel, source: panel, swap: "innerHTML" });
}

/** The ends of the page have no further row; the focus stays in the panel when its content is another. */
function mend(panel) {
  const at = rows().indexOf(current());
  for (const button of panel.querySelectorAll("[data-step]")) button.disabled = !rows()[at + Number(button.dataset.step)];
  if (document.activeElement === document.body) panel.focus({ preventScroll: true });
}

function close() {
  const panel = opened();
  const row = document.getElementById(`row-${panel.dataset.row}`);
  hide(panel);
  if (row) row.focus({ preventScroll: true });
}

function hide(panel) {
  panel.hidden = true;
  panel.replaceChildren();
}
