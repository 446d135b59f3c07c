/**
 * Lists: Shift + click on a column's head sorts by it as well (`data-shift`), the density (`data-density`), the filters of
 * a narrow screen (`data-filters`), and that a swapped list leaves the focus where it was.
 */
export function lists() {
  document.addEventListener(
    "click",
    (event) => {
      const head = event.target.closest("a[data-shift]");
      if (!head || !event.shiftKey) return;
      event.preventDefault();
      event.stopImmediatePropagation();
      window.htmx.ajax("GET", head.dataset.shift, { target: "#list-body", source: head });
    },
    true,
  );

  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-filters]");
    if (!button) return;
    const all = document.getElementById("list-filters").classList.toggle("all");
    button.setAttribute("aria-expanded", String(all));
  });

  document.addEventListener("htmx:configRequest", (event) => {
    const { elt, parameters } = event.detail;
    if (!elt.matches("[data-density]")) return;
    const compact = elt.getAttribute("aria-pressed") !== "true";
    elt.setAttribute("aria-pressed", String(compact));
    document.getElementById("list-card").classList.toggle("compact", compact);
    if (parameters.set) parameters.set("compact", compact ? "yes" : "no");
    else parameters.compact = compact ? "yes" : "no";
  });

  tabInView();

  let places = [];
  let staying = "";
  document.addEventListener("htmx:beforeRequest", (event) => {
    if (event.detail.target?.id !== "list-body") return;
    const active = document.activeElement;
    const summary = active?.closest("details, .chip-x")?.querySelector("summary");
    // On the last page there is no next one: the way back is nearest.
    const turns = active?.closest("#list-pager") ? ["page-previous", "page-next"] : [];
    places = [active?.id, summary?.id, ...turns].filter(Boolean);
    staying = active?.closest("details[data-stays]")?.id ?? "";
  });
  document.addEventListener("htmx:afterSettle", (event) => {
    if (event.detail.target?.id !== "list-body") return;
    const menu = staying && document.getElementById(staying);
    if (menu) menu.open = true;
    if (document.activeElement === document.body || menu) {
      const place = places.map((id) => document.getElementById(id)).find(Boolean);
      place?.focus({ preventScroll: true });
    }
    const search = document.getElementById("list-q");
    const sought = document.getElementById("list-filters")?.dataset.q;
    if (search && sought !== undefined && document.activeElement !== search) search.value = sought;
    tabInView();
  });
}

/** Of many tabs the open one shows, however narrow the screen. */
function tabInView() {
  const tabs = document.getElementById("list-tabs");
  const open = tabs?.querySelector(".active");
  if (open) tabs.scrollLeft = open.offsetLeft - tabs.offsetLeft - (tabs.clientWidth - open.offsetWidth) / 2;
}
