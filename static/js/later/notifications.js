// Lets this device be told of messages: asks for the permission, subscribes, and helps where that
// is refused or not possible. Fetched when a bell is first pressed.
(() => {
  "use strict";

  const campfire = window.campfire;
  const LIST = "/users/me/push_subscriptions";
  const JSON_PLEASE = { Accept: "application/json" };
  // Forgotten when they sign out, as the rest that is kept for them.
  const QUIET = "campfire:quiet-device";
  // Longer than a worker takes to start, shorter than anybody waits.
  const PATIENCE = 15000;

  const isPossible = () => "serviceWorker" in navigator && "PushManager" in window && "Notification" in window;

  function isLeftAlone() {
    try {
      return Boolean(localStorage.getItem(QUIET));
    } catch {
      return false;
    }
  }

  function leaveAlone() {
    delete document.body.dataset.silent;
    try {
      localStorage.setItem(QUIET, "1");
    } catch {
      // Without storage it is asked again next time.
    }
  }

  // --- the bell --------------------------------------------------------------------------------

  // The first press of a bell on a page: goes on to what the bell says if this device rings already,
  // or is to be left alone.
  campfire.ring = async (bell) => {
    if (isLeftAlone()) return bell.requestSubmit();
    const button = bell.querySelector("button");
    button.setAttribute("aria-busy", "true");
    try {
      // Who cannot be asked now is told so by the press itself.
      if (await rings().catch(() => true)) return bell.requestSubmit();
      await turnOn(bell.getAttribute("action"));
    } finally {
      button.removeAttribute("aria-busy");
    }
  };

  const granted = () => isPossible() && Notification.permission === "granted";

  // As the browser and the server both say.
  async function rings() {
    if (!granted()) return false;
    const registration = await navigator.serviceWorker.getRegistration();
    if (!(await registration?.pushManager.getSubscription())) return false;
    return (await ask()).subscriptions.some(({ here }) => here);
  }

  async function ask() {
    const answer = await fetch(LIST, { headers: JSON_PLEASE });
    if (!answer.ok) throw new Error(`the devices could not be asked for: ${answer.status}`);
    return answer.json();
  }

  // `levels` is where to choose how much of the room reaches one, if it began at a room's bell.
  async function turnOn(levels) {
    if (!isPossible()) return help("impossible", levels);
    if (Notification.permission === "default") await Notification.requestPermission();
    if (Notification.permission === "denied") return help("denied", levels);
    if (Notification.permission !== "granted") return help("undecided", levels);
    let refused;
    try {
      refused = await subscribe();
    } catch {
      return help("failed", levels);
    }
    if (refused) return help("refused", levels, refused);
    delete document.body.dataset.silent;
    if (levels) return help("on", levels);
    return location.reload();
  }

  // Gives the sentence of a server that does not take it.
  async function subscribe() {
    await navigator.serviceWorker.register("/service-worker.js");
    const registration = await soon(navigator.serviceWorker.ready);
    const key = bytes((await ask()).vapid_public_key);
    let own = await registration.pushManager.getSubscription();
    // The server was given another key since.
    if (own && !same(own.options?.applicationServerKey, key)) {
      await own.unsubscribe();
      own = null;
    }
    own ||= await registration.pushManager.subscribe({ userVisibleOnly: true, applicationServerKey: key });
    const { endpoint, keys } = own.toJSON();
    const body = new URLSearchParams({ endpoint, p256dh_key: keys.p256dh, auth_key: keys.auth });
    const answer = await fetch(LIST, { method: "POST", headers: JSON_PLEASE, body });
    if (answer.ok) return null;
    await own.unsubscribe();
    const said = await answer.json().catch(() => ({}));
    return said.error || word.push_not_taken;
  }

  const soon = (promise) =>
    Promise.race([promise, new Promise((_, reject) => setTimeout(() => reject(new Error("too slow")), PATIENCE))]);

  function bytes(base64url) {
    const binary = atob(base64url.replace(/-/g, "+").replace(/_/g, "/"));
    return Uint8Array.from(binary, (character) => character.charCodeAt(0));
  }

  function same(buffer, key) {
    const own = new Uint8Array(buffer || 0);
    return own.length === key.length && own.every((byte, at) => byte === key[at]);
  }

  // --- help ------------------------------------------------------------------------------------

  const agent = navigator.userAgent;
  const isPad = /Mac/.test(agent) && navigator.maxTouchPoints > 1;
  const isApple = /iPhone|iPad|iPod/.test(agent) || isPad;
  const isInstalled = navigator.standalone || matchMedia("(display-mode: standalone)").matches;

  function system() {
    if (isApple) return word.system_apple;
    if (/Android/.test(agent)) return word.system_android;
    if (/Windows/.test(agent)) return word.system_windows;
    if (/Mac/.test(agent)) return word.system_mac;
    return word.system_other;
  }

  function browser() {
    if (isApple) return [word.browser_apple_1, word.browser_apple_2];
    if (/Firefox/.test(agent)) {
      return /Android/.test(agent)
        ? [word.browser_firefox_mobile_1, word.browser_firefox_mobile_2]
        : [word.browser_firefox_1, word.browser_firefox_2, word.load_and_press_bell];
    }
    if (/Chrome|Chromium|Edg/.test(agent)) {
      return [word.browser_chrome_1, word.browser_chrome_2, word.load_and_press_bell];
    }
    if (/Safari/.test(agent)) return [word.browser_safari_1, word.browser_safari_2];
    return [word.browser_other_1, word.browser_other_2];
  }

  function install() {
    if (isApple && !isInstalled) {
      return [word.install_apple_1, word.install_apple_2, word.install_apple_3];
    }
    if (!window.isSecureContext) return [word.install_https];
    return [word.install_other];
  }

  const HELP = {
    on: () => [word.notify_on, word.notify_on_lead],
    undecided: () => [word.notify_undecided, word.notify_undecided_lead, [[word.notify_in_this_browser, browser()]]],
    denied: () => [word.notify_denied, word.notify_denied_lead, [[word.notify_in_this_browser, browser()], [word.notify_in_the_system, [system()]]]],
    impossible: () => [word.notify_impossible, word.notify_impossible_lead, [[word.notify_what_helps, install()]]],
    failed: () => [word.notify_failed, word.notify_failed_lead, [[word.notify_in_the_system, [system()]]]],
    refused: () => [word.notify_refused, ""],
  };

  const made = (name, text, attributes = {}) => {
    const element = Object.assign(document.createElement(name), attributes);
    if (text) element.textContent = text;
    return element;
  };

  function help(outcome, levels, sentence) {
    const [title, lead, blocks = []] = HELP[outcome]();
    const dialog = made("dialog", "", { className: "notifications" });
    dialog.setAttribute("aria-labelledby", "notifications_title");
    dialog.append(made("h2", title, { id: "notifications_title" }), made("p", sentence || lead));
    for (const [summary, steps] of blocks) {
      // One alone has nothing to hide behind.
      const block = made("details", "", { open: blocks.length === 1 });
      const list = made(steps.length > 1 ? "ol" : "ul");
      list.append(...steps.map((step) => made("li", step)));
      block.append(made("summary", summary), list);
      dialog.append(block);
    }
    if (levels) {
      const link = made("a", word.notify_levels, { href: levels });
      const place = made("p");
      place.append(link);
      dialog.append(place);
    }
    const buttons = made("div", "", { className: "buttons" });
    const button = (label, act, main) => {
      const one = made("button", label, { type: "button", className: main ? "primary" : "" });
      one.addEventListener("click", () => {
        dialog.close();
        act?.();
      });
      buttons.append(one);
    };
    if (outcome === "on") {
      button(word.close, null, true);
    } else {
      if (outcome === "undecided" || outcome === "failed") button(word.notify_again, () => turnOn(levels), true);
      // The bell is a bell all the same: from now on a press changes what it says.
      if (levels) button(word.notify_not_here, leaveAlone);
      button(word.close);
    }
    dialog.append(buttons);
    dialog.addEventListener("close", () => dialog.remove());
    dialog.addEventListener("click", (event) => event.target === dialog && dialog.close());
    document.body.append(dialog);
    dialog.showModal();
  }

  // --- pages -----------------------------------------------------------------------------------

  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;

  // Whoever chose nothing yet most likely lives by the clock of this device.
  const zones = document.querySelector("select[data-unchosen]");
  if (zones && zone && [...zones.options].some(({ value }) => value === zone)) zones.value = zone;

  const mute = document.querySelector(".mute");
  if (mute && zone) mute.append(made("input", "", { type: "hidden", name: "zone", value: zone }));

  const here = document.querySelector(".notify-here");
  if (here) {
    here.hidden = false;
    here.querySelector("button").addEventListener("click", () => turnOn(null));
  }
})();
