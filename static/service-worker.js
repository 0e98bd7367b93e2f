// Runs beside the pages: keeps our files and the rooms seen last for when there is no network,
// shows notifications, and leads from them to the message. The server puts in what is in capitals.
"use strict";

const VERSION = "@VERSION@";
const FILES = @FILES@;
const OURS = `files-${VERSION}`;
// What one person saw. It is emptied when they sign out or somebody else signs in.
const SEEN = "seen";
const OWNER = "/service-worker.js?owner";
const MOST_ROOMS = 10;
const MOST_PICTURES = 200;

self.addEventListener("install", (event) => {
  event.waitUntil(
    caches
      .open(OURS)
      .then((cache) => cache.addAll(FILES))
      .then(() => self.skipWaiting()),
  );
});

// Pages that are open stay as they are: their files have other names than the new ones.
self.addEventListener("activate", (event) => {
  const clean = async () => {
    for (const name of await caches.keys()) {
      if (name.startsWith("files-") && name !== OURS) await caches.delete(name);
    }
    await self.clients.claim();
  };
  event.waitUntil(clean());
});

self.addEventListener("fetch", (event) => {
  const { request } = event;
  const { origin, pathname, search } = new URL(request.url);
  if (origin !== location.origin) return;
  if (request.method !== "GET") {
    const leaves = (request.method === "POST" && pathname === "/session/delete") || (request.method === "DELETE" && pathname === "/session");
    if (leaves) event.waitUntil(caches.delete(SEEN));
    return;
  }
  if (pathname.startsWith("/assets/")) {
    event.respondWith(file(request));
  } else if (request.mode === "navigate") {
    event.respondWith(page(event, pathname, search));
  } else if (pathname === "/users/me/style.css" || /^\/users\/\d+\/avatar$/.test(pathname)) {
    event.respondWith(piece(event));
  }
});

async function file(request) {
  const kept = await caches.match(request, { ignoreVary: true });
  return kept || fetch(request);
}

async function page(event, pathname, search) {
  let answer;
  try {
    answer = await fetch(event.request);
  } catch {
    return (await keptRoom(pathname)) || (await caches.match("/offline", { ignoreVary: true })) || Response.error();
  }
  // Nobody is signed in here any more.
  if (pathname === "/session/new" || answer.status === 401) {
    event.waitUntil(caches.delete(SEEN));
  } else if (answer.status === 404 && isRoom(pathname)) {
    event.waitUntil(forget(pathname));
  } else if (answer.ok && !search && isRoom(new URL(answer.url).pathname)) {
    event.waitUntil(keep(answer.clone()).catch(() => {}));
  }
  return answer;
}

const isRoom = (path) => /^\/rooms\/\d+$/.test(path);

async function keep(answer) {
  const path = new URL(answer.url).pathname;
  const html = await answer.text();
  const owner = html.match(/<body[^>]* data-user-id="(\d+)"/)?.[1];
  if (!owner) return;
  let cache = await caches.open(SEEN);
  const before = await (await cache.match(OWNER))?.text();
  if (before !== owner) {
    await caches.delete(SEEN);
    cache = await caches.open(SEEN);
    await cache.put(OWNER, new Response(owner));
  }
  const headers = new Headers({ "Content-Type": "text/html; charset=utf-8", "X-Kept-At": String(Date.now()) });
  for (const name of ["Content-Security-Policy", "X-Content-Type-Options", "Referrer-Policy"]) {
    if (answer.headers.has(name)) headers.set(name, answer.headers.get(name));
  }
  // Put anew it is the last of the list.
  await cache.delete(path);
  await cache.put(path, new Response(html, { headers }));
  await most(cache, (one) => isRoom(one.pathname), MOST_ROOMS);
}

async function forget(path) {
  const cache = await caches.open(SEEN);
  await cache.delete(path);
}

async function most(cache, fits, limit) {
  const keys = (await cache.keys()).filter((request) => fits(new URL(request.url)));
  for (const request of keys.slice(0, -limit)) await cache.delete(request);
}

// As it was, to be read only: nothing can be sent from it, and it says when it was seen.
async function keptRoom(pathname) {
  const cache = await caches.open(SEEN);
  let kept = isRoom(pathname) && (await cache.match(pathname, { ignoreVary: true }));
  if (!kept && pathname === "/") {
    const rooms = (await cache.keys()).filter((request) => isRoom(new URL(request.url).pathname));
    if (rooms.length) kept = await cache.match(rooms[rooms.length - 1], { ignoreVary: true });
  }
  if (!kept) return null;
  const at = new Date(Number(kept.headers.get("X-Kept-At"))).toLocaleString();
  const notice = `<p class="gone kept" role="status">There is no network. This is how the room looked on ${at}; nothing can be sent from here.</p>`;
  const html = (await kept.text())
    .replace(/<form id="composer"[\s\S]*?<\/form>/, () => notice)
    .replace(/ hx-ws:connect="[^"]*"/, "")
    .replace("<body ", '<body data-kept ');
  return new Response(html, { headers: kept.headers });
}

// Pictures and the person's own marks: as they are, and without network as they were.
async function piece(event) {
  const { request } = event;
  try {
    const answer = await fetch(request);
    if (answer.ok && answer.type === "basic") event.waitUntil(keepPiece(request, answer.clone()).catch(() => {}));
    return answer;
  } catch {
    const cache = await caches.open(SEEN);
    return (await cache.match(request, { ignoreVary: true })) || Response.error();
  }
}

async function keepPiece(request, answer) {
  const cache = await caches.open(SEEN);
  // Nobody's room was kept yet, so it is not known whose this is.
  if (!(await cache.match(OWNER))) return;
  await cache.put(request, answer);
  await most(cache, (one) => one.pathname.endsWith("/avatar"), MOST_PICTURES);
}

// --- notifications -----------------------------------------------------------------------------

self.addEventListener("push", (event) => {
  let sent = {};
  try {
    sent = event.data?.json() || {};
  } catch {
    // What cannot be read is told of in general.
  }
  const { title = "Campfire", options = {} } = sent;
  const show = async () => {
    // The same tag takes the place of the one before and is heard nevertheless.
    await self.registration.showNotification(title, { ...options, renotify: Boolean(options.tag) });
    const unread = Number(options.data?.badge) || 0;
    if (unread) await self.navigator.setAppBadge?.(unread);
    else await self.navigator.setAppBadge?.();
  };
  event.waitUntil(show().catch(() => {}));
});

self.addEventListener("notificationclick", (event) => {
  event.notification.close();
  const wanted = new URL(event.notification.data?.path || "/", location.origin);
  if (wanted.origin !== location.origin) return;
  const open = async () => {
    await self.navigator.clearAppBadge?.();
    const pages = await self.clients.matchAll({ type: "window", includeUncontrolled: true });
    const there = pages.find((page) => new URL(page.url).pathname === wanted.pathname) || pages.find((page) => page.focused) || pages[0];
    if (!there) return self.clients.openWindow(wanted.href);
    await there.focus().catch(() => {});
    if (new URL(there.url).pathname === wanted.pathname) return there;
    return there.navigate(wanted.href).catch(() => self.clients.openWindow(wanted.href));
  };
  event.waitUntil(open());
});
