// Reading by keyboard: from message to message, what letters do there, and the sheet that lists all
// keys. Fetched when the list gets the focus, or at the first question mark.
(() => {
  "use strict";

  const campfire = window.campfire;

  // --- the sheet -------------------------------------------------------------------------------

  let sheet = null;

  campfire.showKeys = async () => {
    if (document.querySelector("dialog[open]")) return;
    try {
      const answer = await fetch("/users/me/keys");
      if (answer.status === 401) return campfire.leave();
      if (!answer.ok) throw new Error(`answered ${answer.status}`);
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      open(page.querySelector("h1"), page.getElementById("keys"));
    } catch {
      campfire.say(word.keys_failed);
    }
  };

  function open(title, keys) {
    sheet?.remove();
    sheet = document.createElement("dialog");
    sheet.className = "keys-sheet";
    sheet.setAttribute("aria-labelledby", "keys_title");
    const head = document.createElement("form");
    head.method = "dialog";
    const close = document.createElement("button");
    close.className = "icon-button";
    close.textContent = "×";
    close.setAttribute("aria-label", word.close);
    title.id = "keys_title";
    head.append(title, close);
    // The keyboard scrolls what has the focus.
    keys.tabIndex = 0;
    keys.setAttribute("role", "region");
    keys.setAttribute("aria-labelledby", "keys_title");
    sheet.append(head, keys);
    document.body.append(sheet);
    sheet.addEventListener("click", (event) => event.target === sheet && sheet.close());
    keys.querySelector("form").addEventListener("submit", choose);
    sheet.showModal();
    close.focus();
  }

  async function choose(event) {
    event.preventDefault();
    const form = event.target;
    const fields = new URLSearchParams(new FormData(form));
    const answer = await fetch(form.action, { method: "POST", body: fields, redirect: "manual" }).catch(() => null);
    if (answer?.type !== "opaqueredirect") return campfire.say(word.not_saved);
    document.body.toggleAttribute("data-keyless", fields.get("keys") === "off");
    sheet.close();
    campfire.say(word.changed_here);
  }

  // --- from message to message -----------------------------------------------------------------

  const list = () => campfire.list();
  const all = () => [...list().querySelectorAll(":scope > .message")];
  const messageOf = (element) => element.closest("#messages > .message");
  const isSeen = (element) =>
    element.getClientRects().length > 0 && !element.closest("details:not([open]) > :not(summary)");
  // Where somebody was, and what they are answering from there.
  let here = null;
  let answered = null;

  function go(message) {
    if (!message) return;
    here = message;
    message.tabIndex = -1;
    message.focus();
  }

  // The message where reading goes on: where one was, or the last that can be seen.
  function place() {
    const messages = all();
    const view = (list().closest(".scroller") || document.documentElement).getBoundingClientRect();
    const inView = (message) => {
      const box = message.getBoundingClientRect();
      return box.bottom > view.top && box.top < view.bottom;
    };
    if (here?.isConnected && inView(here)) return here;
    return messages.filter(inView).pop() || messages.pop();
  }

  function step(from, by) {
    const message = messageOf(from);
    if (!message) return go(place());
    const messages = all();
    go(messages[messages.indexOf(message) + by]);
  }

  // A message that is drawn anew takes the focus with it that was on the one before. Two frames may
  // draw the same one at once, so what counts is where somebody was last, not when it was lost.
  let held = null;
  document.addEventListener("focusin", ({ target }) => (held = messageOf(target)?.id));
  document.addEventListener("pointerdown", () => (held = null));
  document.addEventListener("htmx:after:swap", () => {
    if (held && document.activeElement === document.body) go(document.getElementById(held));
  });

  // What can have the focus in a message, in order.
  const stops = (root) =>
    [...root.querySelectorAll("a[href], button, summary, input, video, audio, [tabindex='0']")].filter(
      (element) => isSeen(element) && !element.disabled,
    );

  // The list is one stop and so is each message: Tab leads through what is in it, and on to the text box.
  function tab(event) {
    const { target, shiftKey } = event;
    const log = list();
    if (target === log) {
      const message = !shiftKey && place();
      if (!message) return;
      event.preventDefault();
      return go(message);
    }
    const message = messageOf(target);
    if (!message) return;
    const inside = stops(message);
    if (shiftKey) {
      if (target !== message && target !== inside[0]) return;
      event.preventDefault();
      return target === message ? log.focus() : go(message);
    }
    if (target !== (inside[inside.length - 1] || message) || message.nextElementSibling?.matches(".message-form")) return;
    // From the end of the list the browser finds the next stop by itself.
    stops(log).pop()?.focus({ preventScroll: true });
  }

  // --- what letters do -------------------------------------------------------------------------

  const act = (name) => (message) => {
    const link = message.querySelector(`.menu .${name}`);
    if (link && getComputedStyle(link).display !== "none") link.click();
  };

  const LETTERS = {
    j: (message, target) => step(target, 1),
    k: (message, target) => step(target, -1),
    r: (message) => {
      if (!document.querySelector("#composer textarea")) return;
      answered = message;
      act("reply")(message);
    },
    e: act("edit"),
    "+": act("new-boost"),
    c: act("copy-link"),
  };

  document.addEventListener("keydown", (event) => {
    const { key, target, isComposing, altKey, ctrlKey, metaKey } = event;
    if (event.defaultPrevented || isComposing || event.keyCode === 229 || altKey || ctrlKey || metaKey) return;
    if (!list()?.contains(target) || target.closest("input, textarea, select, [contenteditable], .message-form")) return;
    if (key === "Tab") return tab(event);
    if (target.closest("audio, video, .menu[open]")) return;
    if (key === "ArrowDown" || key === "ArrowUp") {
      event.preventDefault();
      return step(target, key === "ArrowDown" ? 1 : -1);
    }
    if (key === "Escape") {
      event.preventDefault();
      return document.querySelector("#composer textarea")?.focus();
    }
    const letter = !("keyless" in document.body.dataset) && LETTERS[key];
    const message = messageOf(target);
    if (!letter || (!message && key !== "j" && key !== "k")) return;
    event.preventDefault();
    here = message || here;
    letter(message, target);
  });

  // An answer that was begun here and given up leads back here.
  document.addEventListener(
    "keydown",
    ({ key, target, isComposing }) => {
      const bar = document.querySelector("#composer .reply-bar");
      if (key !== "Escape" || isComposing || target.id !== "composer_body" || !bar || bar.hidden) return;
      const from = answered;
      answered = null;
      if (from?.isConnected) setTimeout(() => bar.hidden && go(from));
    },
    true,
  );
})();
