/**
 * The cashier's desk. What is counted here is only shown: the server counts again what it takes.
 *
 * Keys: F2 or / find, arrows and Enter choose, F5 cash, F6 card, Enter collects.
 */
const FULL = /^\d{1,10}(?:\.\d{0,2})?$/;
const NOTES = [5, 10, 20, 50, 100, 500, 1000, 5000, 10_000, 50_000, 100_000].map((yuan) => yuan * 100);

/** Fen from what people type, full-width digits and signs of money included; null for what is no amount. */
function fen(text) {
  const typed = text.normalize("NFKC").replace(/[\s,、]/g, "").replace(/^¥/, "").replace(/元整?$/, "");
  if (!FULL.test(typed)) return null;
  const [yuan, rest = ""] = typed.split(".");
  return Number(yuan) * 100 + Number(rest.padEnd(2, "0"));
}

function yuan(amount) {
  const sign = amount < 0 ? "−" : "";
  const value = Math.abs(amount);
  const whole = String(Math.floor(value / 100)).replace(/\B(?=(\d{3})+$)/g, ",");
  return `${sign}¥${whole}.${String(value % 100).padStart(2, "0")}`;
}

const plain = (amount) => `${Math.floor(amount / 100)}.${String(amount % 100).padStart(2, "0")}`;
const short = (amount) => yuan(amount).replace(/\.00$/, "");

/** The exact sum, and what people hand over for it: the next hundred and the next round sum, or single notes. */
function handed(due) {
  if (due <= 0) return [0];
  const round = NOTES.map((note) => Math.ceil(due / note) * note);
  const likely = due < 10_000 ? NOTES.filter((note) => note > due && note <= 10_000) : round.filter((_sum, at) => NOTES[at] >= 10_000);
  const sums = [...likely, ...NOTES.map((note) => (Math.floor(due / note) + 1) * note).filter((sum) => sum >= 10_000)];
  const next = [...new Set(sums)].filter((sum) => sum > due);
  return [due, ...next.slice(0, 2)];
}

const hovering = () => window.matchMedia("(hover: hover)").matches;

export function cashier(Alpine) {
  Alpine.data("till", () => ({
    free: false,
    channel: "cash",
    due: 0,
    count: 0,
    tendered: null,
    typed: false,
    changed: false,
    voucher: "",
    aimed: null,
    marks: {},
    sealed: "",
    get ticking() { return !this.free; },
    get cash() { return this.channel === "cash"; },
    get card() { return this.channel === "card"; },
    get dueText() { return yuan(this.due); },
    get countText() { return this.label.replace("{count}", this.count); },
    get sums() { return handed(this.due); },
    get quick0() { return this.sumText(0); },
    get quick1() { return this.sumText(1); },
    get quick2() { return this.sumText(2); },
    get at0() { return this.tendered === this.sums[0]; },
    get at1() { return this.tendered === this.sums[1]; },
    get at2() { return this.tendered === this.sums[2]; },
    get short() { return this.tendered === null || this.tendered < this.due; },
    get missing() { return this.due - (this.tendered ?? 0); },
    get enough() { return !this.short; },
    get changeText() { return yuan(Math.abs((this.tendered ?? 0) - this.due)); },
    get blocked() { return this.due <= 0 || (this.cash ? this.short : !this.voucher.trim()); },
    sumText(at) {
      const sum = this.sums[at];
      return sum === undefined ? "" : short(sum);
    },
    init() {
      const { free, tendered } = this.$root.dataset;
      this.label = this.$root.querySelector("[data-one]").dataset.one;
      // From the choice itself: F6 may have been pressed before this ran.
      this.channel = this.$root.querySelector("[name=channel]:checked").value;
      this.free = Boolean(free);
      this.voucher = this.$refs.reference.value;
      this.typed = Boolean(tendered);
      this.tendered = fen(tendered);
      this.sealed = this.seen();
      for (const box of this.boxes()) this.marks[box.value] = box.checked;
      this.$root.addEventListener("change", (event) => this.tick(event.target));
      this.$root.addEventListener("htmx:afterSettle", (event) => {
        if (event.target.id === "desk-open") this.renew();
      });
      this.sum();
      if (this.free) this.look();
      this.$nextTick(() => this.begin());
    },
    boxes() { return [...this.$root.querySelectorAll("[data-charge]")]; },
    seen() { return this.boxes().map((box) => `${box.value}:${box.dataset.charge}`).join(); },
    tick(box) {
      if (box.matches("[data-all]")) for (const one of this.boxes()) one.checked = box.checked;
      else if (!box.matches("[data-charge]")) return;
      for (const one of this.boxes()) this.marks[one.value] = one.checked;
      this.sum();
    },
    /** The list came anew: ticks stay as they were, and a change is told. */
    renew() {
      for (const box of this.boxes()) if (box.value in this.marks) box.checked = this.marks[box.value];
      for (const box of this.boxes()) this.marks[box.value] = box.checked;
      if (this.seen() !== this.sealed) this.changed = true;
      this.sealed = this.seen();
      this.sum();
      if (this.free) this.look();
    },
    sum() {
      const ticked = this.boxes().filter((box) => box.checked);
      this.count = ticked.length;
      this.due = this.free ? (fen(this.$refs.amount.value) ?? 0) : ticked.reduce((all, box) => all + (fen(box.dataset.charge) ?? 0), 0);
      const all = this.$root.querySelector("[data-all]");
      if (all) {
        all.checked = this.count > 0 && this.count === this.boxes().length;
        all.indeterminate = this.count > 0 && !all.checked;
        for (const box of [all, ...this.boxes()]) box.disabled = this.free;
      }
      this.$refs.mode.value = this.free ? "amount" : "";
      if (!this.typed) {
        this.$refs.tendered.value = this.due ? plain(this.due) : "";
        this.tendered = this.due;
      }
    },
    toggle() {
      this.free = !this.free;
      this.sum();
      this.look();
      this.$nextTick(() => (this.free ? this.$refs.amount : this.field()).focus());
    },
    enter() {
      this.sum();
      clearTimeout(this.timer);
      this.timer = setTimeout(() => this.look(), 250);
    },
    look() {
      const amount = encodeURIComponent(this.$refs.amount.value);
      window.htmx.ajax("GET", `${this.$root.dataset.preview}?amount=${amount}`, { target: "#desk-preview", swap: "innerHTML" });
    },
    hand() {
      this.typed = this.$refs.tendered.value.trim() !== "";
      this.tendered = this.typed ? fen(this.$refs.tendered.value) : this.due;
    },
    note() { this.voucher = this.$refs.reference.value; },
    quick(event) {
      this.$refs.tendered.value = plain(this.sums[Number(event.currentTarget.dataset.at)]);
      this.hand();
      this.$refs.tendered.focus();
    },
    aim(event) { this.aimed = event.target; },
    pad(event) {
      const box = this.aimed && this.aimed.offsetParent ? this.aimed : this.field();
      const { digit } = event.currentTarget.dataset;
      // The sum that stands there by itself gives way to what is typed, and so does what is selected.
      const fresh = (box === this.$refs.tendered && !this.typed) || (box.selectionEnd - box.selectionStart === box.value.length && document.activeElement === box);
      box.value = digit ? (fresh ? "" : box.value) + digit : fresh ? "" : box.value.slice(0, -1);
      box.dispatchEvent(new Event("input", { bubbles: true }));
      if (hovering()) {
        box.focus();
        box.setSelectionRange(box.value.length, box.value.length);
      }
    },
    choose() {
      this.channel = this.$root.querySelector("[name=channel]:checked").value;
      this.$nextTick(() => this.begin());
    },
    field() { return this.cash ? this.$refs.tendered : this.$refs.reference; },
    begin() {
      if (!hovering()) return;
      const bad = this.$root.querySelector("[aria-invalid=true]");
      const field = bad && bad.offsetParent ? bad : this.free && !this.$refs.amount.value ? this.$refs.amount : this.field();
      field.focus();
      field.select();
    },
  }));

  Alpine.data("count", () => ({
    differs: false,
    asks: false,
    text: "",
    init() {
      const box = this.$root.querySelector("#counted");
      this.asks = Boolean(box.value);
      this.weigh(box.value);
    },
    type(event) { this.weigh(event.target.value); },
    weigh(value) {
      const counted = fen(value);
      const difference = counted === null ? 0 : counted - fen(this.$root.dataset.expected);
      this.differs = difference !== 0;
      this.asks = this.differs;
      this.text = (difference > 0 ? "+" : "") + yuan(difference);
    },
  }));

  keys();
}

function keys() {
  let waiting = false;
  const find = () => document.getElementById("desk-find");
  const hits = () => [...document.querySelectorAll("#desk-hits [data-hit]")];
  const fresh = () => document.querySelector("[data-hits-of]")?.dataset.hitsOf === find().value.trim();

  function mark(hit) {
    for (const one of hits()) one.classList.toggle("cur", one === hit);
    if (hit) find().setAttribute("aria-activedescendant", hit.id);
    else find().removeAttribute("aria-activedescendant");
    find().setAttribute("aria-expanded", String(hits().length > 0));
    hit?.scrollIntoView({ block: "nearest" });
  }

  function open(hit) {
    for (const one of hits()) {
      one.classList.toggle("sel", one === hit);
      one.setAttribute("aria-selected", String(one === hit));
    }
    hit.click();
  }

  document.addEventListener("keydown", (event) => {
    const box = find();
    if (!box || event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
    if (document.querySelector("dialog[open]")) return;
    const typing = event.target.matches("input:not([type=checkbox], [type=radio]), textarea, select");
    if (event.key === "F2" || (event.key === "/" && !typing)) {
      stop(event);
      box.focus();
      box.select();
    } else if (event.key === "F5" || event.key === "F6") {
      const radio = document.querySelector(`[data-till] [name=channel][value=${event.key === "F5" ? "cash" : "card"}]`);
      if (!radio) return;
      stop(event);
      radio.checked = true;
      radio.dispatchEvent(new Event("change", { bubbles: true }));
    } else if (event.target === box) {
      const all = hits();
      const at = all.findIndex((hit) => hit.classList.contains("cur"));
      if (event.key === "ArrowDown") mark(all[Math.min(at + 1, all.length - 1)]);
      else if (event.key === "ArrowUp") mark(all[Math.max(at - 1, 0)]);
      else if (event.key === "Enter" && fresh() && all.length) open(all[Math.max(at, 0)]);
      else if (event.key === "Enter" && box.value.trim()) {
        // Typed faster than found: the only one found is taken when the answer is there.
        waiting = true;
        box.dispatchEvent(new Event("find"));
      } else return;
      stop(event);
    } else if (event.key === "Enter" && event.target === document.body) {
      document.querySelector("[data-collect]:not([disabled])")?.click();
    }
  }, true);

  document.addEventListener("htmx:afterSettle", (event) => {
    if (event.target.id !== "desk-hits") return;
    const all = hits();
    mark(all[0]);
    if (waiting && all.length === 1) open(all[0]);
    waiting = false;
  });
}

function stop(event) {
  event.preventDefault();
  event.stopPropagation();
}
