/**
 * Ticked rows of a list. `[data-ticks="view"]` holds the table and its bar; ticks are kept while its view stays the same, over
 * all its pages. Inside: `[data-tick-all]`, one `[data-tick]` a row whose value is the row's id; `[data-tick-bar]`, shown while
 * any is ticked, with `[data-tick-text]`, `[data-tick-every]` to tick all that match, `[data-tick-none]` to let go. Somewhere
 * `[data-tick-start]` shows the ticks on a phone. The bar sends `[data-tick-ids]`, or `[data-tick-whole]` for all that
 * match: which those are the server finds out.
 */
const kept = { view: null, ids: new Set(), whole: false, shown: false };
const narrow = matchMedia("(max-width: 767.98px)");
let last = null;

export function rows() {
  document.addEventListener("change", (event) => {
    const list = event.target.closest("[data-ticks]");
    if (!list || !event.target.matches("[data-tick], [data-tick-all]")) return;
    if (kept.whole) onlyThisPage(list, event.target);
    const all = event.target.matches("[data-tick-all]");
    for (const box of all ? boxes(list) : [event.target]) set(box, event.target.checked);
    refresh(list);
  });
  document.addEventListener("click", (event) => {
    const list = event.target.closest("[data-ticks]");
    if (list && event.target.matches("[data-tick]")) between(list, event.target, event.shiftKey);
    if (event.target.closest("[data-tick-start]")) start();
    if (list && event.target.closest("[data-tick-every]")) kept.whole = true;
    if (list && event.target.closest("[data-tick-none]")) forget(list.dataset.ticks);
    if (list && event.target.closest("[data-tick-every], [data-tick-none]")) refresh(list);
    if (event.target.closest("[data-print]")) window.print();
  });
  document.addEventListener("click", anywhereInRow, true);
  document.addEventListener("htmx:afterSettle", again);
  window.addEventListener("pageshow", again);
}

/** While a phone shows the ticks, a tap anywhere in a row ticks it instead of opening it. */
function anywhereInRow(event) {
  if (!narrow.matches || event.target.closest("label")) return;
  const box = event.target.closest(".ticking tr[data-row]")?.querySelector("[data-tick]");
  if (!box || event.target === box) return;
  event.preventDefault();
  event.stopPropagation();
  box.click();
}

/** The button of a phone: the ticks come, or go and what was ticked with them. */
function start() {
  const list = document.querySelector("[data-ticks]");
  if (!list) return;
  if (list.matches(".ticking")) forget(list.dataset.ticks);
  else kept.shown = true;
  refresh(list);
}

function again() {
  const list = document.querySelector("[data-ticks]");
  if (list) refresh(list);
}

function forget(view) {
  Object.assign(kept, { view, ids: new Set(), whole: false, shown: false });
  last = null;
}

function boxes(list) {
  return [...list.querySelectorAll("[data-tick]")];
}

function set(box, ticked) {
  box.checked = ticked;
  if (ticked) kept.ids.add(box.value);
  else kept.ids.delete(box.value);
}

/** Somebody takes one away from all that match: what stays ticked is what stands on the page. */
function onlyThisPage(list, target) {
  kept.whole = false;
  kept.ids = new Set(boxes(list).filter((box) => box !== target).map((box) => box.value));
}

/** With Shift the rows from the one ticked before to this one follow it. */
function between(list, box, shift) {
  const all = boxes(list);
  const from = all.indexOf(last);
  const to = all.indexOf(box);
  if (shift && from >= 0) for (const one of all.slice(Math.min(from, to), Math.max(from, to) + 1)) set(one, box.checked);
  last = box;
}

function refresh(list) {
  if (kept.view !== list.dataset.ticks) forget(list.dataset.ticks);
  const all = boxes(list);
  for (const box of all) {
    box.checked = kept.whole || kept.ids.has(box.value);
    box.closest("tr").classList.toggle("sel", box.checked);
  }
  const here = all.filter((box) => box.checked).length;
  const any = kept.whole || kept.ids.size > 0;
  list.classList.toggle("ticking", any || kept.shown);
  document.querySelector("[data-tick-start]")?.setAttribute("aria-pressed", String(any || kept.shown));
  const head = list.querySelector("[data-tick-all]");
  if (head) {
    head.checked = here > 0 && here === all.length;
    head.indeterminate = here > 0 && here < all.length;
  }
  const bar = list.querySelector("[data-tick-bar]");
  if (bar) say(bar, any, list.querySelector("[data-total]")?.dataset.total);
}

function say(bar, any, total) {
  bar.hidden = !any;
  bar.querySelector("[data-tick-ids]").value = [...kept.ids].join(",");
  const whole = bar.querySelector("[data-tick-whole]");
  whole.disabled = !kept.whole;
  whole.value = "yes";
  const text = bar.querySelector("[data-tick-text]");
  const { some, whole: everything, unknown } = text.dataset;
  if (!kept.whole) text.textContent = some.replace("{}", number(kept.ids.size));
  else text.textContent = total ? everything.replace("{}", total) : unknown;
  const every = bar.querySelector("[data-tick-every]");
  every.hidden = kept.whole || number(kept.ids.size) === total;
  every.textContent = total ? every.dataset.text.replace("{}", total) : every.dataset.unknown;
}

/** As the server writes it. */
function number(count) {
  return count.toLocaleString("en");
}
