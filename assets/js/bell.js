/**
 * The number at the bell follows events while the page is shown, so that a hidden tab holds no connection.
 * Where there are no events (the address answers with an error) it is asked for every minute instead.
 */
const EVERY = 60_000;

export function bell() {
  const badge = () => document.querySelector("#unread[data-url]");
  let source = null;
  let timer = 0;

  async function ask() {
    const here = badge();
    if (!here) return;
    try {
      const answer = await fetch(here.dataset.url, { headers: { "HX-Request": "true", "X-Yuju-Background": "1" } });
      if (answer.status === 401) return location.reload();
      if (!answer.ok || answer.redirected) return;
      const count = Number(await answer.text());
      here.textContent = count > 99 ? "99+" : String(count);
      here.hidden = !count;
    } catch {
      // Without connection the number stays as it was.
    }
  }

  function poll() {
    clearInterval(timer);
    timer = setInterval(ask, EVERY);
  }

  function listen() {
    const topic = badge()?.dataset.topic;
    if (!topic || source) return;
    source = new EventSource(`/live?topics=${topic}`);
    for (const name of ["notice", "resync"]) source.addEventListener(name, ask);
    // Signed out from elsewhere: what is on the screen goes too.
    source.addEventListener("signed_out", () => location.reload());
    source.addEventListener("error", () => {
      if (source?.readyState === EventSource.CLOSED) poll();
    });
  }

  function rest() {
    source?.close();
    source = null;
    clearInterval(timer);
  }

  document.addEventListener("visibilitychange", () => {
    if (document.hidden) return rest();
    ask();
    listen();
  });
  window.addEventListener("pagehide", rest);
  if (!document.hidden) listen();
}
