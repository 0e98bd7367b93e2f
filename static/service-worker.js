// Runs beside the pages: keeps our files and the rooms seen last for when there is no network,
// shows notifications, and leads from them to the message. The server puts in what is in capitals.
"use strict";

const VERSION = "@VERSION@";
const FILES = @FILES@;
// What stands above a room that is shown as it was; `{at}` is when that was.
const SEEN_AT = @SEEN@;
const OURS = `files-${VERSION}`;
// What one person saw. It is emptied when they sign out or somebody else signs in.
const SEEN = "seen";
const OWNER = "/service-worker.js?owner";
const MOST_ROOMS = 10;
const MOST_PICTURES = 200;

// --- coming and going ----------------------------------------------------------------------------

self.addEventListener("install", (event) => {
  const install = async () => {
    const cache = await caches.open(OURS);
    await cache.addAll(FILES);
    await self.skipWaiting();
  };
  event.waitUntil(install());
});

// Pages that are open stay as they are, as they have what they need.
self.addEventListener("activate", (event) => {
  const takeOver = async () => {
    for (const name of await caches.keys()) {
      if (name.startsWith("files-") && name !== OURS) await caches.delete(name);
    }
    await alone(forgetOutdated);
    await self.registration.navigationPreload?.enable();
    await self.clients.claim();
  };
  event.waitUntil(takeOver());
});

// --- what pages ask for --------------------------------------------------------------------------

self.addEventListener("fetch", (event) => {
  const { request } = event;
  const { origin, pathname, search } = new URL(request.url);
  if (origin !== location.origin) return;
  if (request.method !== "GET") {
    // Somebody leaves, or somebody comes, who may be another one.
    if (/^\/(session|join|first_run)(\/|$)/.test(pathname)) event.waitUntil(forgetAll());
    if (pathname === "/session/delete" || (pathname === "/session" && request.method === "DELETE")) event.waitUntil(unsubscribe());
  } else if (request.mode === "navigate") {
    event.respondWith(page(event, pathname, search));
  } else if (/^\/assets\/.*\.(js|css|svg|png)$/.test(pathname) || FILES.includes(pathname + search)) {
    event.respondWith(file(event));
  } else if (pathname === "/users/me/style.css" || /^\/users\/\d+\/avatar$/.test(pathname)) {
    event.respondWith(piece(event));
  }
});

// Our own files: their names hold a digest of their content, so one that is kept is the right one.
async function file({ request }) {
  const cache = await caches.open(OURS).catch(() => null);
  const kept = await cache?.match(request.url, { ignoreVary: true });
  if (kept) return kept;
  const answer = await fetch(request);
  if (answer.status === 200) cache?.put(request.url, answer.clone()).catch(() => {});
  return answer;
}

async function page(event, pathname, search) {
  const then = leavings;
  let answer;
  try {
    answer = (await event.preloadResponse) || (await fetch(event.request));
  } catch {
    return (await keptRoom(pathname)) || (await caches.match("/offline", { ignoreVary: true })) || Response.error();
  }
  if (pathname === "/session/new" || answer.status === 401) {
    // Nobody is signed in here any more.
    event.waitUntil(forgetAll());
  } else if (isRoom(pathname) && answer.status === 404) {
    event.waitUntil(alone(async () => (await caches.open(SEEN)).delete(pathname)));
  } else if (isRoom(pathname) && !search && answer.status === 200 && !/no-store/.test(answer.headers.get("Cache-Control"))) {
    const copy = answer.clone();
    event.waitUntil(alone(() => keep(pathname, copy, then)));
  }
  return answer;
}

// Pictures of people and the person's own marks: as they are, and without network as they were.
async function piece(event) {
  const { request } = event;
  const then = leavings;
  try {
    const answer = await fetch(request);
    if (answer.status === 200) {
      const copy = answer.clone();
      event.waitUntil(alone(() => keepPiece(request.url, copy, then)));
    }
    return answer;
  } catch {
    const cache = await caches.open(SEEN);
    return (await cache.match(request.url, { ignoreVary: true })) || Response.error();
  }
}

// --- what one person saw -------------------------------------------------------------------------

// How often somebody left: what was asked for before must not be kept afterwards.
let leavings = 0;
let last = Promise.resolve();

// One after the other, or what is put away late would outlive the one it belongs to.
function alone(act) {
  last = last.then(act).catch(() => {});
  return last;
}

function forgetAll() {
  leavings += 1;
  return alone(() => caches.delete(SEEN));
}

const isRoom = (path) => /^\/rooms\/\d+$/.test(path);
const pathOf = (request) => new URL(request.url).pathname;

async function keep(path, answer, then) {
  // The link that lets people join is for nobody who finds this device.
  const html = (await answer.text()).replace(/<section class="welcome">[\s\S]*?<\/section>/, "");
  const owner = html.match(/<body[^>]* data-user-id="(\d+)"/)?.[1];
  if (!owner || then !== leavings) return;
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
  // A room that is not in the person's list any more may not be theirs any more.
  for (const request of await cache.keys()) {
    if (isRoom(pathOf(request)) && !html.includes(`href="${pathOf(request)}"`)) await cache.delete(request);
  }
  await most(cache, isRoom, MOST_ROOMS);
}

async function keepPiece(url, answer, then) {
  const cache = await caches.open(SEEN);
  // While no room is kept it is not known whose this is.
  if (then !== leavings || !(await cache.match(OWNER))) return;
  await cache.delete(url);
  await cache.put(url, answer);
  await most(cache, (path) => path.endsWith("/avatar"), MOST_PICTURES);
}

async function most(cache, fits, limit) {
  const keys = (await cache.keys()).filter((request) => fits(pathOf(request)));
  for (const request of keys.slice(0, -limit)) await cache.delete(request);
}

// Pages that were made for files of another version would look like nothing.
async function forgetOutdated() {
  const needed = FILES.filter((path) => /\/app-[^/]*\.(js|css)$/.test(path));
  const cache = await caches.open(SEEN);
  for (const request of await cache.keys()) {
    if (!isRoom(pathOf(request))) continue;
    const html = await (await cache.match(request)).text();
    if (!needed.every((path) => html.includes(path))) await cache.delete(request);
  }
}

// As it was, to be read only: nothing can be sent from it, and it says when it was seen.
async function keptRoom(pathname) {
  await last;
  const cache = await caches.open(SEEN);
  const rooms = (await cache.keys()).map(pathOf).filter(isRoom);
  const path = pathname === "/" ? rooms.at(-1) : pathname;
  if (!rooms.includes(path)) return null;
  const kept = await cache.match(path, { ignoreVary: true });
  const at = new Date(Number(kept.headers.get("X-Kept-At")));
  const said = SEEN_AT.replace("{at}", () => `<time datetime="${at.toISOString()}">${at.toLocaleString()}</time>`);
  const html = (await kept.text())
    .replace("<body ", "<body data-kept ")
    .replace(/<div id="live"[^>]*><\/div>/, "")
    .replace(/<form id="composer"[\s\S]*?<\/form>/, "")
    .replace(/<p id="connection"[^>]*><\/p>/, () => `<p id="connection" role="status" data-state="offline">${said}</p>`);
  return new Response(html, { headers: kept.headers });
}

// --- notifications -------------------------------------------------------------------------------

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
    else await self.navigator.clearAppBadge?.();
  };
  event.waitUntil(show().catch(() => {}));
});

self.addEventListener("notificationclick", (event) => {
  event.notification.close();
  const wanted = new URL(event.notification.data?.path || "/", location.origin);
  if (wanted.origin !== location.origin) return;
  const room = wanted.pathname.match(/^\/rooms\/\d+/)?.[0];
  const open = async () => {
    const pages = await self.clients.matchAll({ type: "window", includeUncontrolled: true });
    const shows = (one) => room && new URL(one.url).pathname.match(/^\/rooms\/\d+/)?.[0] === room;
    const page = pages.find((one) => one.focused) || pages.find(shows) || pages[0];
    if (!page) return self.clients.openWindow(wanted.href);
    await page.focus().catch(() => {});
    return page.navigate(wanted.href).catch(() => self.clients.openWindow(wanted.href));
  };
  event.waitUntil(open().catch(() => {}));
});

// This device is nobody's now.
async function unsubscribe() {
  const own = await self.registration.pushManager?.getSubscription();
  await own?.unsubscribe();
}

// Push services give out another address now and then.
self.addEventListener("pushsubscriptionchange", (event) => {
  const renew = async () => {
    const before = event.oldSubscription?.options;
    const own = event.newSubscription || (before && (await self.registration.pushManager.subscribe(before)));
    if (!own) return;
    const { keys } = own.toJSON();
    const fields = { endpoint: own.endpoint, p256dh_key: keys.p256dh, auth_key: keys.auth };
    await fetch("/users/me/push_subscriptions", {
      method: "POST",
      headers: { Accept: "application/json" },
      body: new URLSearchParams(fields),
    });
  };
  event.waitUntil(renew().catch(() => {}));
});
