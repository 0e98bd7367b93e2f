// Changing messages in place: edit, delete, boost. The forms stand beside the messages, so that
// nothing that happens to a message disturbs what somebody is typing. Fetched at the first of these.
(() => {
  "use strict";

  const campfire = window.campfire;
  const list = campfire?.list();
  if (!list) return;

  const TIMEOUT = 20000;
  const template = (id) => document.getElementById(id)?.content.firstElementChild.cloneNode(true);
  const messageOf = (element) => element.closest(".message[data-message-id]");
  const byId = (id) => document.getElementById(`message_${id}`);
  const formOf = (id, kind) => document.querySelector(`.message-form[data-for="${id}"][data-kind=${kind}]`);

  // --- asking the server -----------------------------------------------------------------------

  // Status 0: no answer came.
  async function ask(address, fields) {
    const aborter = new AbortController();
    const timer = setTimeout(() => aborter.abort(), TIMEOUT);
    const headers = { "HX-Request": "true" };
    try {
      const answer = await fetch(address, {
        method: fields ? "POST" : "GET",
        body: fields && new URLSearchParams(fields),
        headers,
        signal: aborter.signal,
      });
      if (answer.status === 401) campfire.leave();
      return { status: answer.status, text: await answer.text() };
    } catch {
      return { status: 0, text: "" };
    } finally {
      clearTimeout(timer);
    }
  }

  // The socket brings the same; what it has brought already may be out of date by now.
  async function show(text) {
    const found = /^\s*<hx-[a-z]+\s[^>]*?\bdata-cursor="(\d+)"/.exec(text);
    const shown = campfire.list();
    if (!found || Number(found[1]) <= Number(shown.dataset.cursor || 0)) return;
    await window.htmx.swap({ sourceElement: shown, target: shown, swap: "none swapEmpty:false", text });
  }

  function sentenceOf({ status, text }) {
    if (status === 0) return word.not_reached_unchanged;
    const page = new DOMParser().parseFromString(text, "text/html");
    const alert = page.querySelector("[role=alert]");
    return (alert || page.body).textContent.trim().replace(/\s+/g, " ") || word.did_not_work;
  }

  // --- forms beside messages -------------------------------------------------------------------

  // Each with what had the focus before.
  const open = new Map();

  function place(form, id, kind, from) {
    form.dataset.for = id;
    form.dataset.kind = kind;
    byId(id).after(form);
    open.set(form, from);
    dress(id);
    const field = form.querySelector("textarea, input:not([type=hidden])");
    field.focus();
    field.setSelectionRange?.(field.value.length, field.value.length);
    form.scrollIntoView({ block: "nearest" });
  }

  // What stands in for a message hides it.
  function dress(id) {
    const kinds = [...open.keys()].filter((form) => form.dataset.for === id).map((form) => form.dataset.kind);
    byId(id)?.classList.toggle("has-form", kinds.length > 0);
    byId(id)?.classList.toggle("being-edited", kinds.includes("edit"));
  }

  function close(form) {
    const inside = form.contains(document.activeElement);
    const from = open.get(form);
    open.delete(form);
    form.remove();
    dress(form.dataset.for);
    if (!inside) return;
    const menu = byId(form.dataset.for)?.querySelector(".menu summary");
    // It may have been drawn anew since.
    const back = from?.isConnected ? from : document.getElementById(from?.id);
    if (back?.matches(".message")) back.tabIndex = -1;
    (back?.getClientRects().length ? back : menu || box())?.focus({ preventScroll: true });
  }

  const box = () => document.querySelector("#composer textarea");

  // A list that was drawn anew has lost them; a message that is gone needs none.
  function keep() {
    for (const form of open.keys()) {
      const message = byId(form.dataset.for);
      if (!message) {
        close(form);
        continue;
      }
      if (!form.isConnected) message.after(form);
      dress(form.dataset.for);
    }
  }

  function complain(form, sentence) {
    let problem = form.querySelector("[role=alert]");
    if (!problem) {
      problem = document.createElement("p");
      problem.className = "problem";
      problem.setAttribute("role", "alert");
      form.querySelector("form").prepend(problem);
    }
    problem.hidden = false;
    problem.textContent = sentence;
  }

  async function submit(form) {
    const fields = new FormData(form.querySelector("form"));
    const button = form.querySelector(".primary");
    button.disabled = true;
    const answer = await ask(form.querySelector("form").action, fields);
    button.disabled = false;
    if (!open.has(form)) return;
    if (answer.status !== 200) return complain(form, sentenceOf(answer));
    close(form);
    await show(answer.text);
  }

  // --- edit ------------------------------------------------------------------------------------

  async function edit(message, address) {
    const id = message.dataset.messageId;
    const known = formOf(id, "edit");
    if (known) return known.querySelector("textarea").focus();
    const from = document.activeElement;
    const answer = await ask(address);
    if (answer.status !== 200) return campfire.say(sentenceOf(answer));
    if (!byId(id) || formOf(id, "edit")) return;
    const form = new DOMParser().parseFromString(answer.text, "text/html").querySelector(".message-form");
    form.querySelector("form").noValidate = true;
    place(form, id, "edit", from);
  }

  // In an empty box the arrow leads back to what one said last.
  document.addEventListener("keydown", (event) => {
    const { key, target, altKey, ctrlKey, metaKey, shiftKey, isComposing } = event;
    if (key !== "ArrowUp" || target !== box() || target.value || isComposing) return;
    if (altKey || ctrlKey || metaKey || shiftKey || campfire.list().dataset.newest === "false") return;
    const own = campfire.list().querySelectorAll(`.message[data-message-id][data-author-id="${campfire.userId}"]`);
    const last = own[own.length - 1];
    if (!last) return;
    event.preventDefault();
    edit(last, last.querySelector(".menu .edit").href);
  });

  // --- delete ----------------------------------------------------------------------------------

  const dialog = document.getElementById("delete_message");
  let doomed = null;

  function askToDelete(id) {
    doomed = id;
    dialog.showModal();
  }

  dialog?.addEventListener("submit", async (event) => {
    if (event.submitter?.formMethod === "dialog") return;
    event.preventDefault();
    dialog.close();
    const answer = await ask(`/rooms/${campfire.roomId}/messages/${doomed}/delete`, []);
    // Somebody was faster.
    if (answer.status === 404) return;
    if (answer.status !== 200) return campfire.say(sentenceOf(answer));
    await show(answer.text);
    box()?.focus({ preventScroll: true });
  });

  // --- boosts ----------------------------------------------------------------------------------

  async function boost(address, fields) {
    const answer = await ask(address, fields);
    if (answer.status === 200) await show(answer.text);
    else campfire.say(sentenceOf(answer));
  }

  function newBoost(message, address) {
    const id = message.dataset.messageId;
    const known = formOf(id, "boost");
    if (known) return known.querySelector("input").focus();
    const form = template("boost_form");
    form.querySelector("form").action = address;
    form.querySelector("form").noValidate = true;
    place(form, id, "boost", document.activeElement);
  }

  // The quick ones come into a menu when it is opened. Opened here, so that it is whole and in its
  // place before anybody can see it or click on it.
  function openMenu(menu) {
    const items = menu.querySelector(".menu-items");
    if (!items.querySelector(".quick-boosts")) {
      const quick = template("quick_boosts");
      quick.action = items.querySelector(".new-boost").href;
      items.prepend(quick);
    }
    menu.open = true;
    fit(items, menu.getBoundingClientRect());
  }

  // Downwards if there is room, else to where there is more of it.
  function fit(items, button) {
    const around = items.closest(".scroller")?.getBoundingClientRect();
    const composer = document.getElementById("composer")?.getBoundingClientRect();
    const top = Math.max(0, around?.top ?? 0);
    const bottom = Math.min(innerHeight, around?.bottom ?? innerHeight, composer?.top || innerHeight);
    const below = bottom - button.bottom - 8;
    const above = button.top - top - 8;
    items.style.maxHeight = "none";
    const up = items.offsetHeight > below && above > below;
    items.classList.toggle("up", up);
    items.style.maxHeight = `${Math.max(up ? above : below, 120)}px`;
  }

  // --- clicks and keys -------------------------------------------------------------------------

  const WAYS = {
    edit: (message, link) => edit(message, link.href),
    delete: (message) => askToDelete(message.dataset.messageId),
    "new-boost": (message, link) => newBoost(message, link.href),
    add: (message, link) => newBoost(message, link.href),
  };

  document.addEventListener("click", (event) => {
    if (event.ctrlKey || event.metaKey || event.shiftKey || event.defaultPrevented) return;
    const menu = event.target.closest(".message > .menu:not([open]) > summary")?.parentElement;
    if (menu) {
      event.preventDefault();
      return openMenu(menu);
    }
    const form = event.target.closest(".message-form");
    if (form && event.target.closest(".cancel")) {
      event.preventDefault();
      return close(form);
    }
    if (form && event.target.closest("#delete")) {
      event.preventDefault();
      return askToDelete(form.dataset.for);
    }
    const link = event.target.closest(".message > .menu a, a.boost.add");
    const message = link && messageOf(link);
    const way = link && Object.keys(WAYS).find((name) => link.classList.contains(name));
    if (!message || !way) return;
    event.preventDefault();
    link.closest("details")?.removeAttribute("open");
    WAYS[way](message, link);
  });

  document.addEventListener("submit", (event) => {
    const { target, submitter } = event;
    const form = target.closest(".message-form");
    if (form) {
      event.preventDefault();
      return void submit(form);
    }
    if (!target.matches(".boosts, .quick-boosts") || !messageOf(target)) return;
    event.preventDefault();
    target.closest("details")?.removeAttribute("open");
    boost(target.action, [[submitter.name, submitter.value]]);
  });

  document.addEventListener("keydown", (event) => {
    const form = event.target.closest?.(".message-form");
    if (!form || event.isComposing) return;
    if (event.key === "Escape") {
      event.preventDefault();
      close(form);
    } else if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
      event.preventDefault();
      submit(form);
    }
  });

  document.addEventListener("htmx:after:swap", keep);
})();
