/**
 * `<main data-topics="own">` is fetched anew when something of the resident's own is told of, while the page is shown.
 * Bills are issued to a whole property at once: pages then ask at slightly different moments.
 */
const KINDS = ["account", "property_bills", "settlement"];
const EVERY = 60_000;
const SPREAD = 500;

export function follow() {
  const main = () => document.querySelector("main[data-topics]");
  let source = null;
  let timer = 0;
  let poll = 0;

  function ask() {
    timer = 0;
    const here = main();
    // What is being typed stays.
    if (!here || here.querySelector("form :focus")) return;
    const open = [...here.querySelectorAll("details")].map((one) => one.open);
    window.htmx
      .ajax("GET", location.pathname + location.search, { target: "#main", select: "#main", swap: "outerHTML", selectOOB: "#unread" })
      .then(() => main()?.querySelectorAll("details").forEach((one, index) => (one.open = open[index] ?? false)));
  }

  function soon(spread) {
    if (!timer) timer = setTimeout(ask, Math.random() * spread);
  }

  function listen() {
    const topics = main()?.dataset.topics;
    if (!topics || source) return;
    source = new EventSource(`/live?topics=${topics}`);
    for (const kind of KINDS)
      source.addEventListener(kind, () => soon(kind === "account" ? 0 : SPREAD));
    source.addEventListener("resync", () => soon(SPREAD));
    source.addEventListener("signed_out", () => location.reload());
    source.addEventListener("error", () => {
      if (source?.readyState !== EventSource.CLOSED) return;
      clearInterval(poll);
      poll = setInterval(ask, EVERY);
    });
  }

  function rest() {
    source?.close();
    source = null;
    clearInterval(poll);
  }

  document.addEventListener("visibilitychange", () => {
    if (document.hidden) return rest();
    if (main()) ask();
    listen();
  });
  window.addEventListener("pagehide", rest);
  window.addEventListener("pageshow", (event) => {
    if (event.persisted) listen();
  });
  if (!document.hidden) listen();
}
