/** A side panel (`data-panel`) comes into view when it is filled, and the item (`data-panel-item`) that filled it is marked. */
export function panels() {
  document.addEventListener("htmx:afterSettle", (event) => {
    const { target, requestConfig } = event.detail;
    if (!target?.matches("[data-panel]")) return;
    target.scrollIntoView({ block: "nearest" });
    const item = requestConfig.elt;
    if (!item.matches("[data-panel-item]")) return;
    for (const other of document.querySelectorAll("[data-panel-item].on")) other.classList.remove("on");
    item.classList.add("on");
  });
}
