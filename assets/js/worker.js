/** The worker shows a page of ours while there is no connection; it keeps nothing of anybody. */
export function worker() {
  const { worker: address, scope } = document.body.dataset;
  // Without https (but on this machine) browsers have none.
  if (!address || !("serviceWorker" in navigator)) return;
  navigator.serviceWorker.register(address, { scope }).catch(() => {});
}
