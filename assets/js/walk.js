/**
 * The current row of a list: `j` and `k` move it, a click or the focus inside a row makes it so. It takes the focus, so
 * that it is in view and read out, and it is still the current one after the list was swapped.
 * Whoever cares listens for `yuju:row`.
 */
export function walk() {
  let kept = "";
  document.addEventListener("focusin", (event) => {
    const row = event.target.closest?.("tr[data-row]");
    if (row && row !== current()) mark(row);
  });
  document.addEventListener("htmx:beforeSwap", () => {
    kept = current()?.id ?? "";
  });
  document.addEventListener("htmx:afterSettle", () => {
    const row = kept && !current() && document.getElementById(kept);
    if (row) row.classList.add("cur");
  });
}

export function current() {
  return document.querySelector("tr.cur");
}

export function rows() {
  return [...document.querySelectorAll(".tbl tbody tr[data-row]")];
}

/** The next row, or the one before; none beyond the ends of the page. */
export function neighbour(by) {
  const all = rows();
  const at = all.indexOf(current());
  return all[at < 0 ? 0 : at + by];
}

export function mark(row) {
  current()?.classList.remove("cur");
  row.classList.add("cur");
  document.dispatchEvent(new CustomEvent("yuju:row", { detail: row }));
}

export function step(by) {
  const next = neighbour(by);
  if (!next) return;
  next.tabIndex = -1;
  next.focus({ preventScroll: true });
  if (next !== current()) mark(next);
  next.scrollIntoView({ block: "nearest" });
}
