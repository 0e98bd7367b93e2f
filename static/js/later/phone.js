// What fingers do: hold a message for its menu, pull the list of rooms in and out; and what a
// keyboard on the screen takes away is given back. Fetched on touch screens only.
(() => {
  "use strict";

  const campfire = window.campfire;
  const HOLD = 500;
  const opener = document.querySelector(".app .open-drawer");
  const isRtl = getComputedStyle(document.documentElement).direction === "rtl";

  // --- the keyboard on the screen --------------------------------------------------------------

  // Some browsers lay it over the page: then the page ends where it begins.
  const view = window.visualViewport;

  function yieldToKeyboard() {
    const hidden = view.scale > 1.01 ? 0 : Math.round(innerHeight - view.height);
    const taken = hidden > 80 ? hidden : 0;
    document.documentElement.style.setProperty("--keyboard", `${taken}px`);
    if (taken && document.querySelector(".app")) window.scrollTo(0, 0);
  }

  view?.addEventListener("resize", yieldToKeyboard);
  view?.addEventListener("scroll", yieldToKeyboard);

  // --- fingers ---------------------------------------------------------------------------------

  let start = null;
  let timer = 0;

  const OWN = "a, button, summary, input, textarea, select, label, video, audio, dialog, .menu, .message-form, .message.pending";

  function stop() {
    clearTimeout(timer);
    timer = 0;
  }

  document.addEventListener(
    "touchstart",
    (event) => {
      stop();
      start = null;
      if (event.touches.length > 1) return;
      const { clientX: x, clientY: y } = event.touches[0];
      start = { x, y, target: event.target };
      const message = event.target.closest("#messages > .message");
      if (message && !event.target.closest(OWN)) timer = setTimeout(() => hold(message), HOLD);
    },
    { passive: true },
  );

  document.addEventListener(
    "touchmove",
    (event) => {
      const { clientX: x, clientY: y } = event.touches[0];
      if (start && Math.hypot(x - start.x, y - start.y) > 10) stop();
    },
    { passive: true },
  );

  for (const name of ["touchcancel", "scroll"]) document.addEventListener(name, stop, { capture: true, passive: true });

  document.addEventListener("touchend", (event) => {
    stop();
    const from = held ? null : start;
    // The end of what opened the menu is no click on it.
    if (held) event.preventDefault();
    held = false;
    start = null;
    if (!from || !opener) return;
    const { clientX, clientY } = event.changedTouches[0];
    const across = (clientX - from.x) * (isRtl ? -1 : 1);
    if (Math.abs(across) < 60 || Math.abs(clientY - from.y) > Math.abs(across) / 2) return;
    if (from.target.closest("pre, table, input, textarea, audio, video, dialog, .formatting, .link-preview")) return;
    const isOpen = document.body.classList.contains("drawer-open");
    // Only where the list of rooms is not there anyway.
    if (opener.getClientRects().length && across > 0 !== isOpen) opener.click();
  });

  // --- a message that is held ------------------------------------------------------------------

  let held = false;

  // To select words is another meaning of the same gesture: instead, the menu copies them.
  document.getElementById("messages")?.classList.add("held-for-menu");
  document.addEventListener("contextmenu", (event) => {
    if (event.target.closest(".held-for-menu > .message") && !event.target.closest(OWN)) event.preventDefault();
  });

  function hold(message) {
    held = true;
    navigator.vibrate?.(10);
    const menu = message.querySelector(".menu");
    if (!menu || menu.open) return;
    const text = message.querySelector(".body")?.innerText.trim();
    const items = menu.querySelector(".menu-items");
    if (text && !items.querySelector(".copy-text")) {
      const button = document.createElement("button");
      button.type = "button";
      button.className = "copy-text";
      button.append(items.querySelector(".copy-link .icon")?.cloneNode(true) || "", word.copy_text);
      button.addEventListener("click", async () => {
        menu.open = false;
        campfire.say((await campfire.copy(message.querySelector(".body").innerText.trim())) ? word.copied : word.could_not_be_copied);
      });
      items.querySelector(".copy-link").after(button);
    }
    menu.querySelector("summary").click();
  }
})();
