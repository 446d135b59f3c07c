const PATIENCE = 300;

/** The old content stays; after 300 ms it fades and says that it is busy. */
export function waiting() {
  const timers = new WeakMap();
  document.addEventListener("htmx:beforeRequest", (event) => {
    const { target } = event.detail;
    if (!target || timers.has(target)) return;
    timers.set(
      target,
      setTimeout(() => {
        target.classList.add("slow");
        target.setAttribute("aria-busy", "true");
      }, PATIENCE),
    );
  });
  document.addEventListener("htmx:afterRequest", (event) => {
    const { target } = event.detail;
    if (!target) return;
    clearTimeout(timers.get(target));
    timers.delete(target);
    target.classList.remove("slow");
    target.removeAttribute("aria-busy");
  });
}
