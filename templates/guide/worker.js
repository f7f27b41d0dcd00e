/* The guide app's service worker. It keeps our own static files and the page that says there is no connection; never a page with figures. */
"use strict";
const KEPT = "guide-{{ version }}";
const FILES = {{ files|tojson }};
const OFFLINE = new URL(self.location.href).searchParams.get("in") === "en" ? "/guide/offline/en" : "/guide/offline/zh";

async function keep() {
  const store = await caches.open(KEPT);
  await store.addAll(FILES.map((file) => new Request(file, { cache: "reload", credentials: "omit" })));
  await self.skipWaiting();
}

/* Files have their content's hash in the address, so an old page and a new worker cannot mix them up: the new one takes over at once. */
async function takeOver() {
  const names = await caches.keys();
  await Promise.all(names.filter((name) => name.startsWith("guide-") && name !== KEPT).map((name) => caches.delete(name)));
  await self.registration.navigationPreload?.enable();
  await self.clients.claim();
}

async function page(event) {
  try {
    return (await event.preloadResponse) || (await fetch(event.request));
  } catch {
    return caches.match(OFFLINE);
  }
}

self.addEventListener("install", (event) => event.waitUntil(keep()));
self.addEventListener("activate", (event) => event.waitUntil(takeOver()));
self.addEventListener("fetch", (event) => {
  const { request } = event;
  const { origin, pathname, search } = new URL(request.url);
  if (request.method !== "GET" || origin !== self.location.origin) return;
  if (request.mode === "navigate") event.respondWith(page(event));
  else if (pathname.startsWith("/static/") && FILES.includes(pathname + search)) event.respondWith(caches.match(request).then((kept) => kept || fetch(request)));
});
