/** Menus made of `details.drop-x` open without scripts; here they close on Escape and on a click elsewhere. */
export function drops() {
  document.addEventListener("click", (event) => {
    for (const open of document.querySelectorAll("details.drop-x[open]")) {
      if (!open.contains(event.target)) open.open = false;
    }
  });
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    const open = document.querySelector("details.drop-x[open]");
    if (!open) return;
    open.open = false;
    open.querySelector("summary").focus();
  });
}
