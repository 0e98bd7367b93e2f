// Keeps the page live: one socket that resumes where the page stands, and says when it is not there.
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
    gone,
    tell: (name, detail) => document.dispatchEvent(new CustomEvent(`campfire:${name}`, { detail })),
  });

  let connection = null;
  let finished = false;
  let patience = 0;
  let lastTry = 0;

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
      const address = new URL(connection.url);
      // Read when the socket is made, which is after the delay of a reconnection: frames that
      // were still being drawn have moved the cursor by then.
      Object.defineProperty(connection, "url", {
        get() {
          const cursor = campfire.list()?.dataset.cursor;
          if (cursor) address.searchParams.set("cursor", cursor);
          return address.href;
        },
      });
    }
    // A refused upgrade looks like a broken line: after a few, ask plainly what is wrong.
    if (connection.attempt === 3 || (connection.attempt > 0 && connection.attempt % 10 === 0)) ask();
  });

  async function ask() {
    const path = page.roomId ? `/rooms/${page.roomId}/messages?after=${lastId()}` : "/users/me/sidebar";
    try {
      const { status } = await fetch(path, { headers: { "HX-Request": "true" }, credentials: "same-origin" });
      if (status === 401) leave();
      else if (page.roomId && (status === 404 || status === 403)) gone();
    } catch {
      // The line is broken indeed.
    }
  }

  const lastId = () => {
    const messages = campfire.list()?.querySelectorAll(":scope > [data-message-id]") || [];
    return messages.length ? messages[messages.length - 1].dataset.messageId : 0;
  };

  // --- where the page stands -------------------------------------------------------------------

  // Only the first tag of a frame speaks for the frame; what people wrote comes later.
  document.addEventListener("htmx:ws:after:message:incoming", ({ target, detail }) => {
    if (target !== live || typeof detail.message.data !== "string") return;
    const found = /^\s*<hx-[a-z]+\s[^>]*?\bdata-cursor="(\d+)"/.exec(detail.message.data);
    const list = campfire.list();
    if (found && list && Number(found[1]) > Number(list.dataset.cursor || 0)) list.dataset.cursor = found[1];
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

  function show(state) {
    clearTimeout(patience);
    patience = 0;
    campfire.state = state;
    const line = document.getElementById("connection");
    if (line) line.dataset.state = state;
    // Words that stand there already are not said again.
    if (line && line.textContent !== WORDS[state]) line.textContent = WORDS[state];
    campfire.tell("connection", { state });
  }

  // A short break is not worth a word.
  function broken() {
    if (finished) return;
    if (navigator.onLine === false) return show("offline");
    if (campfire.state === "live") campfire.state = "connecting";
    if (campfire.state === "offline") return show("reconnecting");
    if (!patience) patience = setTimeout(() => show("reconnecting"), 2000);
  }

  document.addEventListener("htmx:ws:after:connection", ({ target }) => {
    if (target !== live) return;
    said = null;
    show("live");
    attend();
  });

  document.addEventListener("htmx:ws:close", ({ target, detail }) => {
    if (target !== live || detail.reason !== "closed" || detail.connection !== connection) return;
    document.getElementById("typing")?.replaceChildren();
    if (detail.code === 4401) return leave();
    if (detail.code === 4403) return gone();
    broken();
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

  // No longer in the room: what is on the screen stays to be read.
  function gone() {
    if (finished) return;
    finished = true;
    show("live");
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

  // --- coming back -----------------------------------------------------------------------------

  // Tears the socket down and makes a new one now, with no delay.
  function reconnect() {
    if (finished) return;
    broken();
    window.htmx.process(live, true);
  }

  window.addEventListener("offline", () => show("offline"));
  window.addEventListener("online", reconnect);
  // From the back/forward cache a page returns with its socket closed.
  window.addEventListener("pageshow", (event) => event.persisted && reconnect());

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
