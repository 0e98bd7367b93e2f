// Around the room: the drawer, menus that close, the title's count, keys, and a clean sign-out.
(() => {
  "use strict";

  const campfire = window.campfire;
  const sidebar = document.getElementById("sidebar");
  const main = document.getElementById("main");

  // --- said to a screen reader -----------------------------------------------------------------

  const voice = document.createElement("p");
  voice.className = "visually-hidden";
  voice.setAttribute("role", "status");
  document.body.append(voice);
  campfire.say = (sentence) => {
    voice.textContent = "";
    setTimeout(() => (voice.textContent = sentence), 50);
  };

  // --- the drawer ------------------------------------------------------------------------------

  // On a narrow screen the sidebar is a page of its own, behind a link. With script the link
  // opens it here.
  const links = sidebar ? document.querySelectorAll("a[href='/users/me/sidebar']") : [];
  const isOpen = () => document.body.classList.contains("drawer-open");
  let opener = null;

  for (const link of links) {
    link.setAttribute("role", "button");
    link.setAttribute("aria-expanded", "false");
    link.setAttribute("aria-controls", "sidebar");
    link.addEventListener("click", (event) => {
      if (event.ctrlKey || event.metaKey || event.shiftKey) return;
      event.preventDefault();
      event.stopPropagation();
      if (isOpen()) closeDrawer();
      else openDrawer(link);
    });
    link.addEventListener("keydown", (event) => {
      if (event.key !== " ") return;
      event.preventDefault();
      link.click();
    });
  }

  function openDrawer(link) {
    opener = link;
    drawer(true);
    // What is still hidden takes no focus; it is visible a frame later.
    const first = sidebar.querySelector("li a[aria-current]") || sidebar.querySelector("a, button");
    requestAnimationFrame(() => requestAnimationFrame(() => first.focus()));
  }

  function closeDrawer() {
    if (!isOpen()) return;
    drawer(false);
    opener?.focus();
  }

  function drawer(open) {
    document.body.classList.toggle("drawer-open", open);
    // What is in it, so that it stays a landmark.
    for (const part of main?.children || []) part.inert = open;
    links.forEach((link) => link.setAttribute("aria-expanded", String(open)));
  }

  // The screen was turned or the window widened: the sidebar stands beside the room again.
  window.addEventListener("resize", () => {
    if (isOpen() && opener && !opener.getClientRects().length) drawer(false);
  });

  // --- what closes -----------------------------------------------------------------------------

  document.addEventListener("click", (event) => {
    const { target } = event;
    if (isOpen() && (!sidebar.contains(target) || target.closest(".close-drawer"))) {
      event.preventDefault();
      closeDrawer();
    }
    for (const menu of document.querySelectorAll("details.menu[open]")) {
      if (!menu.contains(target)) menu.open = false;
    }
    if (target.closest(".dismiss")) target.closest(".flash")?.remove();
  });

  for (const flash of document.querySelectorAll(".flash")) {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "dismiss icon-button";
    button.setAttribute("aria-label", word.dismiss);
    button.textContent = "×";
    flash.append(" ", button);
  }

  function escape() {
    const focused = document.activeElement;
    const menus = [...document.querySelectorAll("details.menu[open]")];
    const menu = menus.reverse().find((one) => one.contains(focused)) || menus[0];
    if (menu) {
      menu.open = false;
      if (menu.contains(focused) || focused === document.body) menu.querySelector("summary")?.focus();
      return true;
    }
    if (!isOpen()) return false;
    closeDrawer();
    return true;
  }

  // --- keys ------------------------------------------------------------------------------------

  const isTyping = (element) => element?.closest?.("input, textarea, select, [contenteditable]");

  document.addEventListener("keydown", (event) => {
    if (event.isComposing || event.defaultPrevented) return;
    const { key, altKey, ctrlKey, metaKey, shiftKey, target } = event;
    if (key === "Escape") {
      if (escape()) event.preventDefault();
    } else if (altKey && !ctrlKey && !metaKey && (key === "ArrowUp" || key === "ArrowDown")) {
      const link = neighbour(key === "ArrowUp" ? -1 : 1, shiftKey);
      if (!link) return;
      event.preventDefault();
      link.click();
    } else if (altKey || ctrlKey || metaKey || isTyping(target) || "keyless" in document.body.dataset) {
      return;
    } else if (key === "?" && campfire.userId) {
      event.preventDefault();
      campfire.need("keys", () => campfire.showKeys());
    } else if (key === "/") {
      const search = document.querySelector("input[name=q], a[href^='/searches']");
      if (!search) return;
      event.preventDefault();
      search.focus();
      search.select?.();
    }
  });

  // The room before or after this one in the sidebar; with Shift, the next that has news.
  function neighbour(step, unread) {
    const rooms = [...(sidebar?.querySelectorAll("a[href^='/rooms/']") || [])].filter((link) =>
      /^\/rooms\/\d+$/.test(link.getAttribute("href")),
    );
    const here = rooms.findIndex((link) => link.getAttribute("aria-current"));
    for (let n = 1; n <= rooms.length; n++) {
      const from = here < 0 && step < 0 ? rooms.length : here;
      const link = rooms[(from + step * n + rooms.length * 2) % rooms.length];
      if (!link.getAttribute("aria-current") && (!unread || link.classList.contains("unread"))) return link;
    }
    return null;
  }

  // --- the title's count -----------------------------------------------------------------------

  const heading = document.getElementById("room_title");
  const called = heading?.textContent;
  const named = document.title.replace(/^\(\d+\) /, "");
  let missed = 0;

  function count() {
    let unread = missed;
    for (const link of sidebar?.querySelectorAll("a.unread:not([aria-current])") || []) {
      unread += parseInt(link.querySelector(".count")?.textContent, 10) || 1;
    }
    // A room can be called otherwise since.
    const title = heading ? named.replace(called, () => heading.textContent) : named;
    const wanted = unread && !/title/.test(document.body.dataset.quiet) ? `(${unread}) ${title}` : title;
    if (document.title !== wanted) document.title = wanted;
    campfire.unread = unread;
    campfire.tell("unread");
  }

  document.addEventListener("campfire:arrived", () => {
    if (!document.hidden) return;
    missed += 1;
    count();
  });
  document.addEventListener("visibilitychange", () => {
    if (document.hidden) return;
    missed = 0;
    count();
  });
  if (sidebar) {
    new MutationObserver(count).observe(sidebar, { childList: true, subtree: true, attributeFilter: ["class"] });
    if (heading) new MutationObserver(count).observe(heading, { childList: true });
    count();
  }

  // --- signing out -----------------------------------------------------------------------------

  // Drafts are private, and the next person at this machine is somebody else.
  document.addEventListener("submit", ({ target }) => {
    if (new URL(target.action, location.href).pathname !== "/session/delete") return;
    // The end of the socket must not lead away before the answer is here.
    campfire.leaving?.();
    try {
      Object.keys(localStorage).filter((key) => key.startsWith("campfire:")).forEach((key) => localStorage.removeItem(key));
    } catch {
      // Nothing was kept, then.
    }
  });
})();
