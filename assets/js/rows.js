/**
 * Ticked rows of a list. Inside `[data-ticks]`: `[data-tick-all]`, one `[data-tick]` a row, `[data-tick-bar]` shown
 * while any is ticked, `[data-tick-count]` with their number, `[data-tick-none]` to let go of them.
 */
export function rows() {
  document.addEventListener("change", (event) => {
    const list = event.target.closest("[data-ticks]");
    if (!list) return;
    if (event.target.matches("[data-tick-all]")) set(list, event.target.checked);
    else if (!event.target.matches("[data-tick]")) return;
    refresh(list);
  });
  document.addEventListener("click", (event) => {
    const none = event.target.closest("[data-tick-none]");
    if (none) {
      const list = none.closest("[data-ticks]");
      set(list, false);
      refresh(list);
    }
    if (event.target.closest("[data-print]")) window.print();
  });
  document.addEventListener("htmx:afterSettle", (event) => {
    const list = event.detail.target?.closest("[data-ticks]") ?? event.detail.target?.querySelector?.("[data-ticks]");
    if (list) refresh(list);
  });
}

function set(list, checked) {
  for (const box of list.querySelectorAll("[data-tick]")) box.checked = checked;
}

function refresh(list) {
  const boxes = [...list.querySelectorAll("[data-tick]")];
  const ticked = boxes.filter((box) => box.checked).length;
  for (const box of boxes) box.closest("tr")?.classList.toggle("sel", box.checked);
  for (const bar of list.querySelectorAll("[data-tick-bar]")) bar.hidden = ticked === 0;
  for (const count of list.querySelectorAll("[data-tick-count]")) count.textContent = ticked;
  const all = list.querySelector("[data-tick-all]");
  if (all) {
    all.checked = ticked > 0 && ticked === boxes.length;
    all.indeterminate = ticked > 0 && ticked < boxes.length;
  }
}
