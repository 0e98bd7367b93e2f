// Keeps the page a window on the room: what you read stays put, history loads, the newest is near.
(() => {
  "use strict";

  const campfire = window.campfire;
  const NEAR = 100;
  const KEEP = 300;

  let list = null;
  let scroller = null;
  // A reversed column counts its scrolling from the end, downwards from 0.
  let reversed = false;
  // At the end of the room, following it.
  let stuck = true;
  // Otherwise: the first messages in view as [id, distance from the top of the screen].
  let anchors = [];
  let newestSeen = 0;
  let unseen = 0;
  let arrivedAt = 0;
  // While a page of history is on its way: resolves when it is on the screen.
  let paging = null;

  const idOf = (message) => Number(message.dataset.messageId);
  const stored = () => [...list.querySelectorAll(":scope > .message[data-message-id]")];
  const upToDate = () => list.dataset.newest !== "false";
  const isPager = (element) => element instanceof Element && element.matches("a.older, a.newer");

  // --- what you are reading stays where it is --------------------------------------------------

  function remember() {
    if (!list) return;
    stuck = upToDate() && belowTheFold() <= NEAR;
    anchors = [];
    if (stuck) return offerJump(0);
    const edge = scroller === document.scrollingElement ? 0 : scroller.getBoundingClientRect().top;
    for (const message of stored()) {
      const box = message.getBoundingClientRect();
      // More than one, in case the first is deleted.
      if (box.bottom > edge && anchors.push([message.id, box.top]) === 3) break;
    }
  }

  function restore() {
    if (!list) return;
    if (stuck) return scrollTo(reversed ? 0 : scroller.scrollHeight);
    for (const [id, was] of anchors) {
      const message = document.getElementById(id);
      if (!message) continue;
      const moved = message.getBoundingClientRect().top - was;
      if (moved) scrollTo(scroller.scrollTop + moved);
      return;
    }
  }

  const belowTheFold = () =>
    reversed ? -scroller.scrollTop : scroller.scrollHeight - scroller.scrollTop - scroller.clientHeight;
  const scrollTo = (top) => scroller.scrollTo({ top, behavior: "instant" });

  function stick() {
    if (!list || !upToDate()) return;
    stuck = true;
    restore();
    offerJump(0);
  }

  let scrolled = false;
  document.addEventListener(
    "scroll",
    () => {
      if (scrolled) return;
      scrolled = true;
      requestAnimationFrame(() => {
        scrolled = false;
        remember();
      });
    },
    { capture: true, passive: true },
  );
  // A picture that came, boosts that grew: inside messages, where nothing else reports it.
  document.addEventListener("load", restore, { capture: true });
  const sizes = "ResizeObserver" in window && new ResizeObserver(restore);

  // --- jump to newest --------------------------------------------------------------------------

  const jump = document.createElement("button");
  jump.type = "button";
  jump.className = "jump";
  jump.hidden = true;
  jump.addEventListener("click", async () => {
    await showNewest();
    // On a touch screen this would bring up the keyboard.
    if (matchMedia("(hover: hover)").matches) {
      document.querySelector("#composer textarea")?.focus({ preventScroll: true });
    }
  });

  function offerJump(count) {
    unseen = count;
    jump.hidden = count === 0 && upToDate();
    jump.textContent = count ? word.jump_to_newest_counted : word.jump_to_newest;
  }

  // The last page, in place, from anywhere.
  async function showNewest() {
    if (!list || upToDate()) return stick();
    const done = startPaging();
    try {
      const answer = await fetch(`/rooms/${list.dataset.roomId}/messages`, { headers: { "HX-Request": "true" } });
      if (!answer.ok) throw new Error(`answered ${answer.status}`);
      const text = await answer.text();
      await window.htmx.swap({ sourceElement: list, target: list, swap: "innerHTML", text });
      list.dataset.newest = "true";
      refresh();
      stick();
    } catch {
      campfire.say(word.newest_failed);
    } finally {
      done();
    }
  }

  // --- frames and answers on their way in ------------------------------------------------------

  document.addEventListener("htmx:ws:before:message:incoming", ({ detail }) => {
    if (paging) detail.waitUntil(paging);
  });

  document.addEventListener("htmx:before:swap", (event) => {
    const { ctx, tasks } = event.detail;
    if (!list) return;
    // A refusal would take the place of the link.
    if (isPager(ctx.sourceElement) && ctx.response?.status >= 400) return event.preventDefault();
    remember();
    for (const task of tasks) {
      if (task.swapSpec?.style === "upsert" && task.target === "#messages") keepToTheWindow(task.fragment);
    }
  });

  // A message beyond the part of the room that is on the page would leave a gap: it comes with
  // its page of history instead.
  function keepToTheWindow(fragment) {
    const shown = stored();
    if (!shown.length) return;
    const first = idOf(shown[0]);
    const last = idOf(shown[shown.length - 1]);
    const hasOlder = list.querySelector(":scope > a.older");
    for (const message of [...fragment.children]) {
      const id = idOf(message);
      if (!id || document.getElementById(message.id)) continue;
      if (id < first && hasOlder) message.remove();
      if (id > last && !upToDate()) {
        notice(message);
        message.remove();
      }
    }
  }

  function notice(message) {
    const id = idOf(message);
    if (id <= newestSeen) return;
    newestSeen = id;
    // A page of history is not news.
    if (!message.isConnected || !paging) {
      if (message.dataset.authorId === campfire.userId) return;
      // One that comes alone is shown to come; a crowd would only flicker.
      if (Date.now() - arrivedAt > 1000) message.classList.add("arrived");
      arrivedAt = Date.now();
      if (!stuck) offerJump(unseen + 1);
      campfire.tell("arrived", { id });
    }
  }

  // --- history ---------------------------------------------------------------------------------

  // Frames wait while a page of history is on its way: a change made after the server read the
  // page finds its message there, and nothing falls between the two.
  function startPaging() {
    const target = list;
    const since = target.dataset.cursor;
    let late = false;
    let finish;
    const turn = Promise.all([paging, new Promise((resolve) => (finish = resolve))]);
    // But not for long: people are talking. Then, once the page is there, the line is resumed
    // from where it stood before, and whatever changed meanwhile is sent again.
    const limit = setTimeout(() => {
      late = true;
      finish();
    }, 5000);
    paging = turn;
    target.setAttribute("aria-live", "off");
    return () => {
      clearTimeout(limit);
      if (paging === turn) paging = null;
      setTimeout(() => target.removeAttribute("aria-live"), 1000);
      if (late && target === list) {
        list.dataset.cursor = since;
        campfire.reconnect();
      }
      finish();
    };
  }

  const loads = new Map();
  document.addEventListener("htmx:before:request", ({ detail: { ctx } }) => {
    if (list && isPager(ctx.sourceElement)) loads.set(ctx, startPaging());
  });
  document.addEventListener("htmx:finally:request", ({ detail: { ctx } }) => {
    if (!loads.has(ctx)) return;
    const status = ctx.response?.status;
    // Nothing newer.
    if (status === 204) ctx.sourceElement.remove();
    if (status === 204 || ctx.status === "swapped") {
      if (!list.querySelector(":scope > a.newer")) list.dataset.newest = "true";
    }
    refresh();
    loads.get(ctx)();
    loads.delete(ctx);
  });

  const watched = new WeakSet();
  let sight = null;

  function watch() {
    for (const link of list.querySelectorAll(":scope > a.older, :scope > a.newer")) {
      if (watched.has(link)) continue;
      watched.add(link);
      // A click must find htmx on it, or it would leave the page.
      window.htmx.process(link);
      sight?.observe(link);
    }
  }

  // At most so many on the page; what is farthest from the eyes goes first.
  function trim() {
    const all = stored();
    if (all.length <= KEEP + 20) return;
    const reading = all.findIndex((message) => message.id === anchors[0]?.[0]);
    if (stuck || reading < 0 || reading >= all.length / 2) {
      const kept = all.slice(-KEEP);
      all.slice(0, -KEEP).forEach((message) => message.remove());
      pager("older", "before", idOf(kept[0]));
    } else {
      const kept = all.slice(0, KEEP);
      all.slice(KEEP).forEach((message) => message.remove());
      list.dataset.newest = "false";
      pager("newer", "after", idOf(kept[KEEP - 1]));
    }
  }

  function pager(kind, parameter, id) {
    const address = `/rooms/${list.dataset.roomId}/messages?${parameter}=${id}`;
    const known = list.querySelector(`:scope > a.${kind}`);
    const link = known || document.createElement("a");
    link.href = address;
    link.setAttribute("hx-get", address);
    if (known) return;
    link.className = kind;
    link.textContent = kind === "older" ? word.older_messages : word.newer_messages;
    link.setAttribute("hx-trigger", "click");
    link.setAttribute("hx-swap", "outerHTML");
    link.setAttribute("hx-target", "this");
    if (kind === "older") list.prepend(link);
    else list.append(link);
  }

  // --- keeping up ------------------------------------------------------------------------------

  const changes = new MutationObserver(refresh);

  // After anything came, went or was replaced in the list, or the list itself was.
  function refresh() {
    const found = campfire.list();
    if (found && found !== list) adopt(found);
    list = found;
    if (!list) return;
    campfire.placeBubbles?.();
    stored().forEach(notice);
    trim();
    campfire.arrange(list);
    restore();
    watch();
    changes.takeRecords();
    remember();
  }

  function adopt(found) {
    const first = !list;
    list = found;
    scroller = document.scrollingElement;
    for (let box = list; box && box !== document.body; box = box.parentElement) {
      if (/auto|scroll/.test(getComputedStyle(box).overflowY)) {
        scroller = box;
        break;
      }
    }
    reversed = getComputedStyle(scroller).flexDirection === "column-reverse";
    // Done here for every browser alike, also at the very top, where theirs does not act.
    scroller.style.overflowAnchor = "none";
    list.after(jump);
    changes.disconnect();
    changes.observe(list, { childList: true });
    if (sizes) {
      sizes.disconnect();
      sizes.observe(list);
      sizes.observe(scroller);
    }
    if ("IntersectionObserver" in window) {
      sight?.disconnect();
      sight = new IntersectionObserver(
        (entries) => entries.forEach((entry) => entry.isIntersecting && !paging && entry.target.click()),
        { root: scroller === document.scrollingElement ? null : scroller, rootMargin: "300px 0px" },
      );
    }
    newestSeen = stored().reduce((most, message) => Math.max(most, idOf(message)), 0);
    stuck = upToDate();
    anchors = [];
    offerJump(0);
    const marked = first && (list.querySelector(":scope > .marked") || targeted());
    if (marked) show(marked);
  }

  // --- a message somebody points at ------------------------------------------------------------

  const targeted = () => /^#message_\d+$/.test(location.hash) && document.getElementById(location.hash.slice(1));

  function show(message) {
    list.querySelectorAll(":scope > .marked").forEach((other) => other.classList.remove("marked"));
    message.classList.add("marked");
    stuck = false;
    campfire.arrange(list);
    message.scrollIntoView({ block: "center", behavior: "instant" });
    remember();
  }

  window.addEventListener("hashchange", () => {
    const message = list && targeted();
    if (message) show(message);
  });
  document.addEventListener("visibilitychange", () => {
    // Midnight may have passed.
    if (list && !document.hidden) campfire.arrange(list);
  });
  document.addEventListener("htmx:after:swap", () => (campfire.list() === list ? restore() : refresh()));

  campfire.stick = stick;
  campfire.showNewest = showNewest;
  refresh();
})();
