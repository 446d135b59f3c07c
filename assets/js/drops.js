/**
 * Menus made of `details.drop-x` open without scripts; here they close on Escape, on a click elsewhere and once they gave out
 * a file, and where a name is asked for, the cursor stands there.
 */
export function drops() {
  document.addEventListener(
    "toggle",
    (event) => {
      if (event.target.matches("details.drop-x[open]")) event.target.querySelector("[data-first]")?.focus();
    },
    true,
  );
  document.addEventListener("submit", (event) => {
    const menu = event.target.closest("details.drop-x[open]");
    if (menu && event.target.hasAttribute("data-download")) menu.open = false;
  });
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
