// Writes and sends: the box, its draft, the bubble that waits, one message at a time, none lost.
(() => {
  "use strict";

  const campfire = window.campfire;
  const form = document.getElementById("composer");
  const box = form?.querySelector("textarea[name=body]");
  if (!box) return;

  const room = campfire.roomId;
  const place = `${campfire.userId}:${room}`;
  const TIMEOUT = 20000;

  // --- what this device keeps ------------------------------------------------------------------

  // Storage can be full, forbidden or switched off: then nothing is kept, and that is all.
  const store = {
    get(key) {
      try {
        return localStorage.getItem(`campfire:${key}:${place}`);
      } catch {
        return null;
      }
    },
    set(key, value) {
      try {
        if (value) localStorage.setItem(`campfire:${key}:${place}`, value);
        else localStorage.removeItem(`campfire:${key}:${place}`);
      } catch {
        // Kept on the page alone.
      }
    },
  };

  // --- the box ---------------------------------------------------------------------------------

  const growsByItself = getComputedStyle(box).fieldSizing === "content";

  function grow() {
    if (growsByItself) return;
    const style = getComputedStyle(box);
    const line = parseFloat(style.lineHeight) || 1.4 * parseFloat(style.fontSize);
    const around = box.offsetHeight - box.clientHeight;
    const padding = parseFloat(style.paddingTop) + parseFloat(style.paddingBottom);
    box.style.height = "auto";
    box.style.height = `${Math.min(box.scrollHeight, 10 * line + padding) + around}px`;
  }

  // What the box holds: "html" while the rich-text editor stands in for it, else nothing.
  const format = () => form.elements.format?.value || "";

  function keepDraft() {
    store.set("draft", format() ? "" : box.value);
    store.set("rich", format() ? box.value : "");
  }

  function write(text) {
    box.value = text;
    grow();
    keepDraft();
    box.dispatchEvent(new Event("campfire:written"));
  }

  // The words of what the editor makes.
  function plain(html) {
    const text = html.replace(/<br>|<\/(?=div|h1|li|pre|blockq)/g, "\n$&");
    return new DOMParser().parseFromString(text, "text/html").body.textContent.trim();
  }

  // For the editor and for files.
  campfire.writing = { write, keepDraft, complain, richDraft: () => store.get("rich") };

  let typedAt = 0;

  function typing() {
    if (box.value.trim()) {
      if (Date.now() - typedAt < 1000) return;
      typedAt = Date.now();
      campfire.send({ type: "typing" });
    } else if (typedAt) {
      typedAt = 0;
      campfire.send({ type: "typing_stop" });
    }
  }

  box.addEventListener("input", () => {
    grow();
    keepDraft();
    typing();
    complain("");
  });

  // A finger has no Shift: there Enter is a new line and the button sends.
  const touch = () => matchMedia("(pointer: coarse)").matches && !matchMedia("(any-pointer: fine)").matches;

  // Whether a key sends; then it does. The editor asks as well.
  campfire.sends = (event) => {
    // While an input method composes, Enter belongs to it; 229 is how Safari says so.
    if (event.key !== "Enter" || event.isComposing || event.keyCode === 229) return false;
    const always = event.ctrlKey || event.metaKey;
    if (!always && (event.shiftKey || event.altKey || touch())) return false;
    event.preventDefault();
    if (!event.repeat) form.requestSubmit();
    return true;
  };

  box.addEventListener("keydown", campfire.sends);

  // What was wrong with the last message, beside the box; nothing when empty.
  function complain(sentence) {
    let problem = form.querySelector("[role=alert]");
    if (!problem) {
      if (!sentence) return;
      problem = document.createElement("p");
      problem.className = "problem";
      problem.setAttribute("role", "alert");
      form.prepend(problem);
    }
    problem.id ||= "composer_problem";
    problem.hidden = !sentence;
    problem.textContent = sentence;
    if (sentence) {
      box.setAttribute("aria-invalid", "true");
      box.setAttribute("aria-describedby", problem.id);
    } else {
      box.removeAttribute("aria-invalid");
      box.removeAttribute("aria-describedby");
    }
  }

  // --- the queue -------------------------------------------------------------------------------

  // Oldest first: {id, text, format, reply, files, uploads, at, state, why, bubble}. The states: uploading (its files
  // go ahead of it), waiting (for its turn), sending, offline (waiting for the connection), failed.
  const queue = [];
  let sending = null;
  let alarm = 0;

  function uuid() {
    if (crypto.randomUUID) return crypto.randomUUID();
    // Without TLS browsers have only this.
    const bytes = crypto.getRandomValues(new Uint8Array(16));
    bytes[6] = (bytes[6] & 0x0f) | 0x40;
    bytes[8] = (bytes[8] & 0x3f) | 0x80;
    const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
    return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
  }

  // What is not acknowledged survives a reload or a crash: the same id makes the same message.
  function keep() {
    const whole = queue.filter(({ files }) => !files || files.ready());
    const kept = whole.map(({ id, text, format, reply, files, uploads, at, state }) => ({ id, text, format, reply, uploads: files ? files.ids() : uploads, at, state }));
    store.set("outbox", kept.length ? JSON.stringify(kept) : "");
  }

  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const text = box.value;
    const files = campfire.files?.take();
    if (!text.trim() && !files) return box.focus();
    // The box is empty from here on: a second click finds nothing to send.
    write("");
    typing();
    complain("");
    const reply = campfire.takeAnswered();
    add({ id: uuid(), text, format: format(), reply, files, at: Date.now(), state: "waiting" });
    box.focus();
    await campfire.showNewest();
    // With what waits already, which was said before.
    wake();
  });

  function add(item) {
    item.bubble = draw(item);
    queue.push(item);
    if (item.files) {
      item.bubble.querySelector(".body").after(item.files.list);
      item.files.watch = () => follow(item);
      if (!item.files.ready()) follow(item);
    }
    paint(item);
    keep();
    campfire.placeBubbles();
  }

  // Its files go on their way, or do not.
  function follow(item) {
    if (!queue.includes(item) || /sending|offline/.test(item.state)) return;
    const { files, text } = item;
    if (!files.ready()) return change(item, files.failed() ? "failed" : "uploading", files.failed() ? "Not sent: a file is missing." : "");
    if (!files.chips.length && !text.trim()) return remove(item);
    change(item, "waiting");
    pump();
  }

  function remove(item) {
    const at = queue.indexOf(item);
    if (at >= 0) queue.splice(at, 1);
    item.files?.free();
    item.bubble.remove();
    keep();
  }

  const next = () => queue.find((item) => item.state === "waiting");

  async function pump() {
    if (sending) return;
    while ((sending = next())) {
      change(sending, "sending");
      await deliver(sending);
    }
  }

  async function deliver(item) {
    const aborter = new AbortController();
    const timer = setTimeout(() => aborter.abort(), TIMEOUT);
    let status = 0;
    let text = "";
    try {
      const answer = await fetch(form.action, {
        method: "POST",
        headers: { "HX-Request": "true" },
        body: bodyOf(item),
        signal: aborter.signal,
      });
      status = answer.status;
      text = await answer.text();
    } catch {
      // Not even an answer; or half of one, and then we cannot know. The same id is safe.
      status = 0;
    }
    clearTimeout(timer);
    // The socket was faster: it is on the screen, whatever became of the answer.
    if (!queue.includes(item)) return;
    if (status >= 200 && status < 300) return arrived(item, text);
    // Not there, or away behind a proxy that is: it goes out when they are back.
    if (status === 0 || (status > 501 && status < 505)) return wait();
    if (status === 401) {
      change(item, "waiting");
      return campfire.leave();
    }
    const sentence = sentenceIn(text);
    if (status === 422 || status === 413) return giveBack(item, sentence || "This message was not accepted.");
    if (status === 429) return change(item, "failed", sentence || "Not sent: that was too fast. Wait a moment.");
    if (status === 404) return change(item, "failed", "Not sent: you are no longer in this room.");
    change(item, "failed", sentence || "Not sent: something went wrong on the server.");
  }

  function bodyOf({ id, text, format, reply, files, uploads }) {
    const fields = new URLSearchParams();
    fields.set("body", text);
    fields.set("client_message_id", id);
    if (format) fields.set("format", format);
    if (reply) fields.set("reply_to_id", reply.id);
    for (const upload of files?.ids() || uploads || []) fields.append("uploads", upload);
    return fields;
  }

  async function arrived(item, text) {
    try {
      await window.htmx.swap({ sourceElement: form, target: form, swap: "none swapEmpty:false", text });
    } finally {
      remove(item);
    }
  }

  // Everything that did not fail waits for the connection, or for the next try.
  function wait() {
    for (const item of queue) if (!/failed|uploading/.test(item.state)) change(item, "offline");
    clearTimeout(alarm);
    alarm = setTimeout(wake, 10000);
  }

  document.addEventListener("campfire:connection", ({ detail }) => detail.state === "live" && wake());

  function wake() {
    for (const item of queue) if (item.state === "offline") change(item, "waiting");
    pump();
  }

  // Refused for what it says: the text goes back to where it can be changed.
  function giveBack(item, sentence) {
    const { files } = item;
    item.files = null;
    remove(item);
    if (files) campfire.files.give(files);
    const words = item.format ? plain(item.text) : item.text;
    const text = item.format && format() ? item.text : format() ? campfire.asHtml(words) : words;
    write(text + (box.value ? `\n${box.value}` : ""));
    if (item.reply) campfire.answer(item.reply);
    complain(sentence);
    box.focus();
  }

  function sentenceIn(html) {
    const page = new DOMParser().parseFromString(html, "text/html");
    const alert = page.querySelector("[role=alert]");
    return alert ? alert.textContent.trim().replace(/\s+/g, " ") : "";
  }

  // --- the bubbles -----------------------------------------------------------------------------

  function draw(item) {
    const template = document.getElementById("pending_message");
    const bubble = template.content.firstElementChild.cloneNode(true);
    bubble.dataset.clientMessageId = item.id;
    bubble.dataset.at = item.at;
    bubble.querySelector("time").dateTime = new Date(item.at).toISOString();
    if (item.reply) quote(bubble, item.reply);
    bubble.querySelector(".body").innerText = item.format ? plain(item.text) : item.text;
    button(bubble, "retry", "Retry", () => {
      if (item.files && !item.files.ready()) return item.files.retry();
      change(item, "waiting");
      box.focus();
      pump();
    });
    button(bubble, "discard", "Discard", () => {
      item.files?.drop();
      remove(item);
      box.focus();
    });
    return bubble;
  }

  function quote(bubble, { name, line }) {
    const quotation = document.createElement("p");
    const who = document.createElement("b");
    const words = document.createElement("span");
    quotation.className = "reply-to";
    words.className = "line";
    who.textContent = name;
    words.textContent = line;
    quotation.append(who, " ", words);
    bubble.querySelector(".body").before(quotation);
  }

  function button(bubble, name, label, act) {
    const made = document.createElement("button");
    made.type = "button";
    made.className = name;
    made.textContent = label;
    made.addEventListener("click", act);
    bubble.querySelector(".actions").append(made);
  }

  function change(item, state, why = "") {
    item.state = state;
    item.why = why;
    paint(item);
    keep();
  }

  function paint({ bubble, state, why }) {
    // The server is away: it goes out by itself later, but nobody has to wait for that.
    const stuck = state === "failed" || (state === "offline" && navigator.onLine !== false);
    bubble.classList.toggle("failed", stuck);
    bubble.querySelector(".actions").hidden = !stuck;
    const note = bubble.querySelector(".note");
    note.textContent = state === "offline" ? "Waiting for the connection" : why || "";
    note.hidden = !note.textContent;
  }

  // Every bubble whose message is not there yet is in the list, in order; the list may be new.
  campfire.placeBubbles = () => {
    const list = campfire.list();
    for (const { bubble } of queue) if (bubble.parentElement !== list) list?.append(bubble);
  };

  document.addEventListener("campfire:settled", ({ detail }) => {
    const item = queue.find(({ id }) => id === detail.id);
    if (item) remove(item);
  });

  // --- the start -------------------------------------------------------------------------------

  // An empty box is no error to shout about: it is what a second click finds.
  form.noValidate = true;
  if (!box.value) box.value = store.get("draft") || plain(store.get("rich") || "");
  grow();
  try {
    for (const { id, text, format, reply, uploads, at, state } of JSON.parse(store.get("outbox") || "[]")) {
      const failed = state === "failed";
      const item = { id, text, format, reply, uploads, at, state: failed ? "failed" : "waiting" };
      add(item);
      if (failed) change(item, "failed", "Not sent.");
    }
  } catch {
    store.set("outbox", "");
  }
  pump();
  // A finger would get the keyboard over half of what it came to read.
  if (!touch() && !document.querySelector("#messages > .marked")) box.focus({ preventScroll: true });
})();
