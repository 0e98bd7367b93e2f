// Keeps the page live: one socket that resumes where the page stands; without it, by asking.
(() => {
  "use strict";

  const live = document.getElementById("live");
  const page = document.body.dataset;
  const SIGN_IN = "/session/new";

  // What the other scripts may use of this one.
  const campfire = (window.campfire = {
    userId: page.userId,
    roomId: page.roomId,
    state: "connecting",
    list: () => document.getElementById("messages"),
    send(value) {
      if (connection?.socket?.readyState === WebSocket.OPEN) connection.socket.send(JSON.stringify(value));
    },
    reconnect,
    leave,
    leaving: () => (finished = true),
    gone,
    tell: (name, detail) => document.dispatchEvent(new CustomEvent(`campfire:${name}`, { detail })),
  });

  let connection = null;
  let finished = false;
  let patience = 0;
  let lastTry = 0;
  // No longer in the room of the page.
  let left = false;
  // Nothing has come since the page was drawn.
  let fresh = true;

  if (!live) return;

  // --- the address of a connection -------------------------------------------------------------

  document.addEventListener("htmx:ws:before:connection", ({ target, detail }) => {
    if (target !== live) return;
    if (finished) {
      detail.connection.cancelled = true;
      return;
    }
    lastTry = Date.now();
    if (connection !== detail.connection) {
      connection = detail.connection;
      const address = connection.url;
      // Read when the socket is made, which is after the delay of a reconnection: frames that
      // were still being drawn have moved the cursor by then.
      Object.defineProperty(connection, "url", { get: () => standing(address).href });
    }
  });

  // --- where the page stands -------------------------------------------------------------------

  // An address that says what the page shows.
  function standing(address) {
    const url = new URL(address, location.href);
    const list = campfire.list();
    const lists = document.getElementById("sidebar_lists");
    if (left) url.searchParams.delete("room");
    else if (list) {
      url.searchParams.set("cursor", list.dataset.cursor);
      url.searchParams.set("epoch", list.dataset.epoch);
    }
    // What was told since the page was drawn is in no version.
    if (lists) url.searchParams.set("sidebar", fresh ? lists.dataset.version : "");
    return url;
  }

  // Only the first tag of a frame speaks for the frame; what people wrote comes later.
  document.addEventListener("htmx:ws:after:message:incoming", ({ target, detail }) => {
    if (target !== live || typeof detail.message.data !== "string") return;
    heardAt = Date.now();
    const found = /^\s*<hx-[a-z]+\s[^>]*?\bdata-cursor="(\d+)"(?: data-epoch="(\w+)")?/.exec(detail.message.data);
    const list = campfire.list();
    if (!found || !list) return;
    if (found[2]) list.dataset.epoch = found[2];
    if (Number(found[1]) > Number(list.dataset.cursor || 0)) list.dataset.cursor = found[1];
  });

  // The line is the same for everybody; nobody needs to be told that they write themselves.
  document.addEventListener("htmx:after:swap", () => {
    document.querySelector(`#typing [data-user-id="${CSS.escape(page.userId)}"]`)?.remove();
  });

  // --- states ----------------------------------------------------------------------------------

  const WORDS = {
    live: "",
    reconnecting: "Reconnecting…",
    offline: "You are offline. What you send now waits for the connection.",
  };

  function show(state, words = WORDS[state]) {
    clearTimeout(patience);
    patience = 0;
    campfire.state = state;
    const line = document.getElementById("connection");
    if (line) line.dataset.state = state;
    // Words that stand there already are not said again.
    if (line && line.textContent !== words) line.textContent = words;
    campfire.tell("connection", { state });
  }

  // A short break is not worth a word.
  function broken() {
    if (finished) return;
    asking ||= setTimeout(ask, 5000 + 3000 * Math.random());
    if (navigator.onLine === false) return show("offline");
    if (campfire.state === "live") campfire.state = "connecting";
    if (campfire.state === "offline") return show("reconnecting");
    if (!patience) patience = setTimeout(() => show("reconnecting"), 2000);
  }

  document.addEventListener("htmx:ws:after:connection", ({ target }) => {
    if (target !== live) return;
    said = null;
    fresh = false;
    clearTimeout(asking);
    asking = 0;
    slow = false;
    heardAt = Date.now();
    show("live");
    attend();
  });

  document.addEventListener("htmx:ws:close", ({ target, detail }) => {
    if (target !== live || detail.reason !== "closed" || detail.connection !== connection) return;
    document.getElementById("typing")?.replaceChildren();
    if (detail.code === 4401) return leave();
    if (detail.code === 4403) return gone();
    if (!slow) broken();
    // The extension gives up on the codes it does not list; the page does not.
    if (!connection.config.reconnectCodes.includes(detail.code)) {
      setTimeout(() => campfire.state !== "live" && reconnect(), 10000);
    }
  });

  // Signed out, here or elsewhere.
  function leave() {
    if (finished) return;
    finished = true;
    location.assign(SIGN_IN);
  }

  // No longer in the room: what is on the screen stays to be read, and the list of rooms is kept.
  function gone() {
    if (finished || left) return;
    left = true;
    // When the extension has tidied up after the socket that ended.
    setTimeout(reconnect);
    const form = document.getElementById("composer");
    if (!form) return location.assign("/");
    const notice = document.createElement("p");
    notice.className = "gone";
    notice.setAttribute("role", "alert");
    const home = document.createElement("a");
    home.href = "/";
    home.textContent = "Go to your rooms";
    notice.append("You are no longer in this room. ", home);
    form.after(notice);
    form.hidden = true;
  }

  // --- without a socket ------------------------------------------------------------------------

  let asking = 0;
  // Asking works, so the page is true, if a few seconds late.
  let slow = false;

  // Some networks let no sockets through. What one would bring is asked for instead, while
  // the next socket is tried: everything goes the same way once it is here.
  async function ask() {
    clearTimeout(asking);
    if (finished) return;
    asking = setTimeout(ask, 5000);
    try {
      const url = standing(live.getAttribute("hx-ws:connect").replace("/live", "/live/frames"));
      if (!document.hidden) url.searchParams.set("present", "true");
      const answer = await fetch(url, { headers: { "HX-Request": "true" } });
      if (!asking || finished) return;
      if (answer.status === 401) return leave();
      if (page.roomId && answer.status === 404) return gone();
      if (!answer.ok) throw new Error(`answered ${answer.status}`);
      await take(await answer.text());
      slow = Boolean(asking);
      if (slow) show("live", "This network blocks live updates: news are fetched every 5 seconds.");
    } catch {
      slow = false;
      if (asking) broken();
    }
  }

  // As the extension does with what comes over the socket.
  async function take(text) {
    const waits = [];
    const tell = (moment) => {
      const detail = { message: { data: text }, waitUntil: (work) => waits.push(work) };
      live.dispatchEvent(new CustomEvent(`htmx:ws:${moment}:message:incoming`, { bubbles: true, detail }));
    };
    tell("before");
    await Promise.all(waits);
    if (!asking) return;
    fresh = false;
    document.getElementById("typing")?.replaceChildren();
    await window.htmx.swap({ sourceElement: live, target: live, swap: "none swapEmpty:false", text });
    tell("after");
  }

  // --- coming back -----------------------------------------------------------------------------

  // Tears the socket down and makes a new one now, with no delay.
  function reconnect() {
    if (finished) return;
    broken();
    window.htmx.process(live, true);
  }

  // A line can be dead without a word, after a sleep for instance: then not even the sign comes
  // that the server gives twice a minute.
  let heardAt = Date.now();
  setInterval(() => {
    if (campfire.state === "live" && !slow && Date.now() - heardAt > 60000) reconnect();
  }, 5000);

  window.addEventListener("offline", () => show("offline"));
  window.addEventListener("online", reconnect);
  // From the back/forward cache a page returns with its socket closed.
  window.addEventListener("pageshow", (event) => {
    if (!event.persisted) return;
    finished = false;
    reconnect();
  });

  let hiddenAt = 0;
  let absence = 0;
  let said = null;

  // Tells the server whether somebody is looking, when that has changed.
  function attend() {
    const type = document.hidden ? "absent" : "present";
    if (said === type || campfire.state !== "live") return;
    said = type;
    campfire.send({ type });
  }

  document.addEventListener("visibilitychange", () => {
    clearTimeout(absence);
    if (document.hidden) {
      hiddenAt = Date.now();
      // A glance at another tab is not an absence.
      absence = setTimeout(attend, 5000);
      return;
    }
    const away = Date.now() - hiddenAt;
    const socket = connection?.socket?.readyState;
    if (slow) ask();
    // After a sleep a socket can look open and be dead; a new one costs one small request.
    if (away > 60000 || (socket !== WebSocket.OPEN && socket !== WebSocket.CONNECTING)) {
      if (Date.now() - lastTry > 1000) reconnect();
    } else {
      attend();
    }
  });

  // From the load on: the first connection has the same two seconds.
  broken();
})();
