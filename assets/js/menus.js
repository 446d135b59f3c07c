/** Alpine's local state: opened menus and the navigation drawer. */
export function menus(Alpine) {
  Alpine.data("menu", () => ({
    open: false,
    toggle() {
      this.open = !this.open;
      if (this.open) this.$nextTick(() => this.items()[0]?.focus({ preventScroll: true }));
    },
    close() {
      this.open = false;
    },
    escape() {
      if (!this.open) return;
      this.open = false;
      this.$root.querySelector("[aria-expanded]")?.focus();
    },
    items() {
      return [...this.$root.querySelectorAll(".menu :is(a, button, input):not([disabled])")];
    },
    next() {
      this.step(1);
    },
    previous() {
      this.step(-1);
    },
    step(by) {
      const items = this.items();
      if (!items.length) return;
      const at = items.indexOf(document.activeElement);
      items[(at + by + items.length) % items.length].focus();
    },
  }));

  Alpine.data("shell", () => ({
    drawer: false,
    init() {
      // On a low screen the entry of the page may lie below the sidebar's edge.
      const list = this.$root.querySelector(".yj-nav");
      const on = list?.querySelector(".on");
      if (on && on.offsetTop + on.offsetHeight > list.offsetTop + list.clientHeight) list.scrollTop = on.offsetTop - list.offsetTop - list.clientHeight / 2;
    },
    show() {
      this.drawer = true;
      this.$nextTick(() => this.$root.querySelector(".yj-nav a")?.focus());
    },
    hide() {
      this.drawer = false;
    },
  }));
}
