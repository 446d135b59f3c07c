const LIFE = 8000;

/** Short messages at the corner: eight seconds, longer while the pointer or the focus is on them. */
export function toasts(Alpine) {
  Alpine.data("toast", () => ({
    timer: null,
    init() {
      this.resume();
    },
    hold() {
      clearTimeout(this.timer);
    },
    resume() {
      clearTimeout(this.timer);
      this.timer = setTimeout(() => this.$root.remove(), LIFE);
    },
    close() {
      clearTimeout(this.timer);
      this.$root.remove();
    },
  }));

  const holder = () => document.getElementById("toasts");
  // What carries `data-quiet` says it in its own place, or need not say it.
  const loud = (event) => !event.detail.elt.matches("[data-quiet]");
  document.addEventListener("htmx:sendError", (event) => loud(event) && say(holder()?.dataset.offline));
  document.addEventListener("htmx:timeout", (event) => loud(event) && say(holder()?.dataset.offline));
  document.addEventListener("htmx:responseError", (event) => {
    if (!loud(event)) return undefined;
    const { xhr } = event.detail;
    const plain = xhr.getResponseHeader("Content-Type")?.startsWith("text/plain");
    return say(plain ? xhr.responseText : holder()?.dataset.failed);
  });

  function say(text) {
    const template = document.getElementById("toast-template");
    if (!text || !template) return;
    const toast = template.content.firstElementChild.cloneNode(true);
    toast.querySelector("[data-text]").textContent = text;
    holder().append(toast);
  }
}
