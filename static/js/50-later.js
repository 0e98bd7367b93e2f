// Fetches what a page rarely needs when it needs it: completion, formatting, emoji, code, pasting,
// forms beside messages, the way to another room, notifications.
(() => {
  "use strict";

  const campfire = window.campfire;
  const loads = {};

  // Runs a script of static/js/later, once. The build put the addresses into LATER.
  campfire.load = (name) =>
    (loads[name] ||= new Promise((resolve, reject) => {
      const script = document.createElement("script");
      script.src = LATER[name];
      script.onload = () => resolve();
      script.onerror = () => {
        delete loads[name];
        script.remove();
        reject(new Error(`${name} could not be loaded`));
      };
      document.head.append(script);
    }));

  const use = (campfire.need = (name, act) =>
    campfire.load(name).then(act, () => campfire.say(word.load_failed)));

  const quietly = (name) => campfire.load(name).catch(() => {});

  // Types for the person: it can be undone in one step, and everybody hears of it.
  campfire.insert = (box, text, start = box.selectionStart, end = box.selectionEnd) => {
    if (box.hidden) return campfire.insertRich(box, text);
    box.focus();
    box.setSelectionRange(start, end);
    if (!text && start === end) return;
    const typed = text ? document.execCommand("insertText", false, text) : document.execCommand("delete");
    if (typed) return;
    box.setRangeText(text, start, end, "end");
    box.dispatchEvent(new InputEvent("input", { bubbles: true }));
  };

  // Between an opening fence and the caret nothing closes it.
  campfire.inCode = (box) => {
    const fences = box.value.slice(0, box.selectionStart).match(/^ {0,3}(```|~~~)/gm);
    return Boolean(fences && fences.length % 2);
  };

  // --- writing ---------------------------------------------------------------------------------

  // The composer's box, or that of a message being edited.
  const isBox = (element) => element instanceof HTMLTextAreaElement && element.name === "body";

  // What came in as HTML is edited as HTML: there, signs of Markdown would be text.
  const isMarkdown = (box) => isBox(box) && box.form?.elements.format?.value !== "html";

  document.addEventListener("input", ({ target }) => {
    if (loads.completion || !isBox(target) || target.hidden || !/@|:\w\w|^\/play /.test(target.value)) return;
    // Without it the name is typed to its end.
    campfire.load("completion").then(() => campfire.complete(target), () => {});
  });

  const KEYS = { b: "bold", i: "italic", e: "code" };
  const isMac = /Mac|iP/.test(navigator.platform);

  document.addEventListener("keydown", (event) => {
    const kind = KEYS[event.key?.toLowerCase()];
    const wanted = (isMac ? event.metaKey : event.ctrlKey) && !event.altKey && !event.shiftKey;
    if (!kind || !wanted || event.isComposing || !isMarkdown(event.target)) return;
    event.preventDefault();
    use("formatting", () => campfire.format(event.target, kind));
  });

  const FORMATTED = /<(a|b|strong|i|em|s|del|strike|code|pre|ul|ol|blockquote|h[1-6])[\s>]|font-(weight|style)|line-through/i;

  document.addEventListener("paste", (event) => {
    const { target: box, clipboardData: pasted } = event;
    if (event.defaultPrevented || !isMarkdown(box) || !pasted || pasted.files.length) return;
    const html = pasted.getData("text/html");
    const plain = pasted.getData("text/plain");
    const url = plain.trim();
    if (/^(https?:\/\/|www\.)\S+$/i.test(url)) campfire.load("link-previews").then(() => campfire.previewLink(box, url), () => {});
    // What is pasted into code is code already.
    if (!FORMATTED.test(html) || campfire.inCode(box)) return;
    event.preventDefault();
    campfire
      .load("pasting")
      .then(() => campfire.markdown(html, plain), () => plain)
      .then((text) => campfire.insert(box, text));
  });

  // Files are chosen, pasted, or dropped anywhere on the room.
  const attach = document.querySelector("#composer .attach input");

  function bring(list) {
    const files = [...list];
    if (files.length) use("files", () => campfire.files.add(files));
  }

  attach?.addEventListener("change", () => {
    bring(attach.files);
    attach.value = "";
  });

  document.addEventListener("paste", (event) => {
    const { target, clipboardData: pasted } = event;
    const elsewhere = /^(INPUT|TEXTAREA)$/.test(target.nodeName) && target.form?.id !== "composer";
    // Office programs add a picture of the words.
    if (!attach || elsewhere || !pasted?.files.length || pasted.getData("text/plain")) return;
    event.preventDefault();
    bring(pasted.files);
  });

  for (const type of attach ? ["dragover", "dragleave", "drop"] : []) {
    document.addEventListener(type, (event) => {
      const { dataTransfer: dragged } = event;
      if (!dragged?.types.includes("Files")) return;
      document.body.classList.toggle("dropping", type === "dragover");
      event.preventDefault();
      dragged.dropEffect = "copy";
      if (type === "drop") bring(dragged.files);
    });
  }

  // Without script they would do nothing.
  for (const button of document.querySelectorAll("#composer [data-opens]")) {
    const name = button.dataset.opens;
    button.hidden = false;
    // The box keeps the focus and what is selected in it.
    button.addEventListener("mousedown", (event) => event.preventDefault());
    button.addEventListener("click", () => use(name, () => campfire.open[name](button)));
  }
  campfire.open = {};

  // What came in as HTML is changed in the editor, if it can show all of it.
  const RICH = /^(?:[^<]|<\/?(?:div|br|strong|em|del|a|h1|blockquote|pre|[ou]l|li)\b[^<>]*>)*$/;

  document.addEventListener("focusin", ({ target: box }) => {
    if (!isBox(box) || isMarkdown(box) || box.hidden || box.id === "composer_body" || !RICH.test(box.value)) return;
    campfire.load("rich").then(() => campfire.enrich(box)).catch(() => {});
  });

  try {
    const wanted = document.getElementById("composer") && localStorage.getItem("campfire:writing") === "rich";
    if (wanted) campfire.load("rich").then(() => campfire.writeRich(false)).catch(() => {});
    if (window.Notification?.permission === "default" && !localStorage.getItem("campfire:quiet-device")) document.body.dataset.silent = "";
  } catch {
    // Without storage nothing was chosen.
  }

  // --- messages --------------------------------------------------------------------------------

  // The forms beside messages come with the first wish for one, which is then heard again.
  let formsAreHere = false;
  let wished = false;

  function wish(event, again) {
    event.preventDefault();
    event.stopImmediatePropagation();
    // The second half of a double click.
    if (wished) return;
    wished = true;
    setTimeout(() => (wished = false), 1000);
    const done = () => {
      formsAreHere = true;
      again();
    };
    use("message-forms", done);
  }

  // A pointer over a message is early enough to have them at the click.
  document.addEventListener("pointerover", ({ target }) => {
    if (!formsAreHere && target.closest(".message > .menu, .boosts")) {
      campfire.load("message-forms").then(() => (formsAreHere = true), () => {});
    }
  });

  document.addEventListener("click", (event) => {
    if (formsAreHere || event.ctrlKey || event.metaKey || event.shiftKey) return;
    const wanted = event.target.closest(".message > .menu > summary, .message > .menu a, a.boost.add");
    if (wanted?.matches("summary, .edit, .delete, .new-boost, .add")) wish(event, () => wanted.click());
  });

  document.addEventListener("submit", (event) => {
    const { target, submitter } = event;
    if (!formsAreHere && target.matches(".message .boosts")) wish(event, () => target.requestSubmit(submitter));
  });

  // In an empty box the arrow leads back to what one said last.
  document.addEventListener("keydown", (event) => {
    const { key, target, altKey, ctrlKey, metaKey, shiftKey, isComposing } = event;
    if (formsAreHere || key !== "ArrowUp" || target.id !== "composer_body" || target.value) return;
    if (altKey || ctrlKey || metaKey || shiftKey || isComposing) return;
    wish(event, () => target.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true })));
  });

  // Own boosts read as pressed.
  function mark() {
    for (const chip of document.querySelectorAll("button.boost:not([aria-pressed])")) {
      chip.setAttribute("aria-pressed", String(chip.dataset.by.split(" ").includes(campfire.userId)));
    }
  }

  document.addEventListener("htmx:after:swap", mark);
  mark();

  if (matchMedia("(pointer: coarse)").matches) quietly("phone");

  // Who comes into the list with the keyboard goes on with it.
  document.addEventListener("focusin", ({ target }) => target.closest("#messages") && quietly("keys"));

  // --- going elsewhere -------------------------------------------------------------------------

  // Ctrl+K, or Command+K, or the link that is there without script as well.
  const way = window.HTMLDialogElement && document.querySelector("a.go-to");
  const goTo = (event) => {
    event.preventDefault();
    use("switcher", () => campfire.goTo());
  };

  way?.addEventListener("click", (event) => event.ctrlKey || event.metaKey || event.shiftKey || goTo(event));
  document.addEventListener("keydown", (event) => {
    const wanted = (event.ctrlKey || event.metaKey) && !event.altKey && !event.shiftKey;
    if (way && wanted && event.key?.toLowerCase() === "k" && !event.isComposing) goTo(event);
  });

  // --- notifications ---------------------------------------------------------------------------

  // The first press of a bell asks whether this device may ring; further ones change what it says.
  let rung = false;

  document.addEventListener(
    "submit",
    (event) => {
      const { target } = event;
      if (rung || !target.matches(".bell")) return;
      event.preventDefault();
      event.stopPropagation();
      rung = true;
      use("notifications", () => campfire.ring(target));
    },
    true,
  );
  if (document.querySelector(".mute, .hours")) quietly("notifications");

  // --- code and files --------------------------------------------------------------------------

  function look() {
    if (document.querySelector(".attachment")) quietly("lightbox");
    if (!document.querySelector(".body pre:not(.code > pre)")) return;
    campfire.load("code").then(() => campfire.dressCode(), () => {});
  }

  document.addEventListener("htmx:after:swap", look);
  look();

  // --- while nobody looks, and without a network -----------------------------------------------

  const { kept, page } = document.body.dataset;
  const hide = () => document.hidden && quietly("attention");

  if (kept !== undefined || page === "offline") quietly("kept");
  else if (campfire.userId) {
    addEventListener("load", () => navigator.serviceWorker?.register("/service-worker.js").catch(() => {}));
    document.addEventListener("visibilitychange", hide);
    hide();
  }
})();
