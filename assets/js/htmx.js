import htmx from "htmx.org/dist/htmx.esm.js";

// The policy forbids eval and inline styles; refusals by a form come as 422 and are swapped in.
// No page is kept in the browser's storage: pages hold personal data and the machine may be shared.
Object.assign(htmx.config, {
  allowEval: false,
  includeIndicatorStyles: false,
  historyCacheSize: 0,
  refreshOnHistoryMiss: true,
  selfRequestsOnly: true,
  scrollIntoViewOnBoost: false,
  // What was swapped in works at once: a choice made within the usual 20 ms would be lost.
  defaultSettleDelay: 0,
  responseHandling: [
    { code: "204", swap: false },
    { code: "[23]..", swap: true },
    { code: "409", swap: true },
    { code: "422", swap: true },
    { code: "[45]..", swap: false, error: true },
  ],
});
window.htmx = htmx;

document.addEventListener("htmx:configRequest", (event) => {
  const token = document.querySelector('meta[name="csrf-token"]');
  if (token && event.detail.verb !== "get") event.detail.headers["X-CSRFToken"] = token.content;
  // What a page asks by itself does not keep its visitor signed in.
  if (event.detail.elt.getAttribute("hx-trigger")?.includes("every")) event.detail.headers["X-Yuju-Background"] = "1";
});

// A refused form: the first field at fault takes the focus.
document.addEventListener("htmx:afterSettle", (event) => {
  if (event.detail.xhr?.status !== 422) return;
  const { target } = event.detail;
  const field = (target.isConnected ? target : event.target).querySelector('[aria-invalid="true"]');
  if (field) field.focus();
});

// Polling stops while the page is hidden.
document.addEventListener("htmx:beforeRequest", (event) => {
  if (document.hidden && event.detail.elt.getAttribute("hx-trigger")?.includes("every")) event.preventDefault();
});
