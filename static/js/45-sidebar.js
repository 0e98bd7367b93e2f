// Keeps the sidebar true: the open room marked, the badge counted, left as it was after a break.
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

  // What happened to the lists meanwhile was told to nobody: then they come anew, all of them.
  let open = false;
  let top = 0;

  document.addEventListener("htmx:before:swap", ({ detail }) => {
    if (!detail.tasks.some(({ target }) => target?.id === "sidebar_lists")) return;
    open = sidebar.querySelector(".suggestions")?.open;
    top = document.getElementById("sidebar_lists").scrollTop;
    document.addEventListener("htmx:after:swap", settle, { once: true });
  });

  function settle() {
    const people = sidebar.querySelector(".suggestions");
    if (people && open !== undefined) people.open = open;
    document.getElementById("sidebar_lists").scrollTop = top;
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
      campfire.say(word.marked_unread);
    } catch {
      campfire.say(word.mark_unread_failed);
    }
  });
})();
