{% autoescape off %}// Keeps the face's looks, and the pages of one's own tasks for where there is no connection. The latter are gone when
// somebody signs out (assets/js/field.js) or the session is over.
const KEPT = [{% for one in kept %}"{{ one|escapejs }}"{% if not forloop.last %}, {% endif %}{% endfor %}];
const NAME = "yuju-field:" + KEPT.join(",");
const PAGES = "yuju-field-pages";
const HOME = "{{ home|escapejs }}";
const keepable = (path) => path === HOME || /^tasks\/\d+(\/(handover|entry))?$/.test(path.slice(HOME.length));
self.addEventListener("install", (event) => {
  event.waitUntil(caches.open(NAME).then((cache) => cache.addAll(KEPT)).then(() => self.skipWaiting()));
});
self.addEventListener("activate", (event) => {
  const old = (names) => names.filter((name) => name.startsWith("yuju-field:") && name !== NAME);
  event.waitUntil(caches.keys().then((names) => Promise.all(old(names).map((name) => caches.delete(name)))).then(() => self.clients.claim()));
});
async function page(request, path) {
  try {
    const answer = await fetch(request);
    // Led elsewhere: to sign in, because the session is over.
    if (answer.type === "opaqueredirect" || answer.redirected) await caches.delete(PAGES);
    else if (answer.ok) await (await caches.open(PAGES)).put(path, answer.clone());
    else if (answer.status === 404) await (await caches.open(PAGES)).delete(path);
    return answer;
  } catch {
    return (await (await caches.open(PAGES)).match(path)) ?? caches.match("{{ offline|escapejs }}");
  }
}
self.addEventListener("fetch", (event) => {
  const { request } = event;
  if (request.method !== "GET") return;
  const path = new URL(request.url).pathname;
  if (keepable(path) && (request.mode === "navigate" || request.headers.has("X-Field"))) event.respondWith(page(request, path));
  else if (request.mode === "navigate") event.respondWith(fetch(request).catch(() => caches.match("{{ offline|escapejs }}")));
  else if (KEPT.includes(path)) event.respondWith(fetch(request).catch(() => caches.match(request)));
});
{% endautoescape %}
