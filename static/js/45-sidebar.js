// Keeps the sidebar true: the open room marked, the badge counted, all of it fresh after a break.
(() => {
  "use strict";

  const campfire = window.campfire;
  const sidebar = document.getElementById("sidebar");
  if (!campfire || !sidebar) return;

  // --- the open room ---------------------------------------------------------------------------

  // Entries are the same for every page of a person; which one is open, only the page knows.
  function mark() {
    const here = campfire.roomId && `/rooms/${campfire.roomId}`;
    for (const link of sidebar.querySelectorAll("li a[href^='/rooms/']")) {
      const open = link.getAttribute("href") === here;
      if (open && !link.hasAttribute("aria-current")) link.setAttribute("aria-current", "page");
      if (!open && link.hasAttribute("aria-current")) link.removeAttribute("aria-current");
    }
    badge();
  }

  function badge() {
    const unread = sidebar.querySelectorAll("li a.unread:not([aria-current])").length;
    if (unread) navigator.setAppBadge?.(unread).catch(() => {});
    else navigator.clearAppBadge?.().catch(() => {});
    document.body.classList.toggle("has-unread", unread > 0);
  }

  new MutationObserver(mark).observe(sidebar, { childList: true, subtree: true });
  mark();

  // --- after a break ---------------------------------------------------------------------------

  // What happened to the list meanwhile was told to nobody. The first connection counts as one
  // if it took its time.
  let known = performance.now();
  let connected = false;

  document.addEventListener("campfire:connection", ({ detail }) => {
    if (detail.state !== "live") return;
    const late = connected || performance.now() - known > 1500;
    connected = true;
    known = performance.now();
    if (late) reload();
  });

  async function reload() {
    try {
      const answer = await fetch("/users/me/sidebar", { headers: { "HX-Request": "true" } });
      if (!answer.ok) return;
      const text = await answer.text();
      const open = sidebar.querySelector(".suggestions")?.open;
      const top = sidebar.querySelector("#sidebar_lists").scrollTop;
      await window.htmx.swap({ sourceElement: sidebar, target: sidebar, swap: "none swapEmpty:false", text });
      const details = sidebar.querySelector(".suggestions");
      if (details && open !== undefined) details.open = open;
      sidebar.querySelector("#sidebar_lists").scrollTop = top;
    } catch {
      // The next connection brings it.
    }
  }

  // --- unread from here ------------------------------------------------------------------------

  // The buttons in the messages' menus belong to one form; the answer moves the line.
  document.addEventListener("submit", async (event) => {
    const { target, submitter } = event;
    if (target.id !== "message_action" || !submitter?.formAction.endsWith("/unread")) return;
    event.preventDefault();
    const menu = submitter.closest("details");
    if (menu) menu.open = false;
    try {
      const answer = await fetch(submitter.formAction, { method: "POST", headers: { "HX-Request": "true" } });
      if (!answer.ok) throw new Error(`answered ${answer.status}`);
      const text = await answer.text();
      await window.htmx.swap({ sourceElement: target, target, swap: "none swapEmpty:false", text });
      campfire.say("Marked as unread from this message on.");
    } catch {
      campfire.say("That could not be marked as unread.");
    }
  });
})();
