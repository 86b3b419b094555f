"use strict";
// The service worker of /village/: keeps the page for visits and its files, and nothing else. No page with anybody's
// data is ever kept; whatever is not in the list goes to the network untouched. self.KEPT comes from the server.
const NAME = "jingban-village-" + self.KEPT.version;
const LISTED = new Set([self.KEPT.page].concat(self.KEPT.files));

self.addEventListener("install", (event) => {
  // "reload": what the browser's own store holds may be older than this list.
  const wanted = Array.from(LISTED).map((address) => new Request(address, { cache: "reload" }));
  event.waitUntil(caches.open(NAME).then((kept) => kept.addAll(wanted)).then(() => self.skipWaiting()));
});

self.addEventListener("activate", (event) => {
  const old = (name) => name.startsWith("jingban-village-") && name !== NAME;
  event.waitUntil(
    caches.keys()
      .then((names) => Promise.all(names.filter(old).map((name) => caches.delete(name))))
      .then(() => self.clients.claim())
  );
});

self.addEventListener("fetch", (event) => {
  const address = new URL(event.request.url);
  if (event.request.method !== "GET" || address.origin !== self.location.origin) return;
  if (!LISTED.has(address.pathname)) return;
  event.respondWith(
    caches.open(NAME)
      .then((kept) => kept.match(address.pathname))
      .then((found) => found || fetch(event.request))
  );
});
