// Completes what is typed: people after @, emoji after a colon, sounds after /play.
(() => {
  "use strict";

  const campfire = window.campfire;
  const PATIENCE = 300;
  const SHOWN = 20;

  // What may be completed: where it begins in the text before the caret, and what it could become.
  // A choice is {label, text, detail, picture, emoji}; `text` takes the place of what was typed.
  const KINDS = [
    { label: "Emoji", find: /(?:^|[\s(])(:([\p{L}\p{N}_+-]{2,30}:?))$/u, choices: emoji },
    { label: "Sounds", find: /^(\/play (\w*))$/, choices: sounds, whole: true },
    // Last, as names have spaces in them: what begins after the @ may be an emoji's.
    { label: "People", find: /(?:^|[^\p{L}\p{N}_@./-])(@((?:[^\s@]+(?: [^\s@]+){0,3})?))$/u, choices: people, fits },
  ];

  // --- people ----------------------------------------------------------------------------------

  let asking = null;
  // Nobody is called this; then nobody's name goes on from it either.
  let nobody = null;

  async function people(query) {
    const mine = turn;
    if (nobody !== null && query.startsWith(nobody)) return [];
    await new Promise((resolve) => setTimeout(resolve, PATIENCE));
    if (turn !== mine) return null;
    asking?.abort();
    asking = new AbortController();
    const [, room] = /\/rooms\/(\d+)\//.exec(mine.box.form.getAttribute("action")) || [];
    const search = new URLSearchParams({ query, room_id: room || "" });
    const headers = { "HX-Request": "true" };
    const answer = await fetch(`/autocompletable/users?${search}`, { headers, signal: asking.signal });
    if (!answer.ok) return [];
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const found = [...page.querySelectorAll("[data-name]")].map(({ dataset, firstElementChild }) => ({
      label: dataset.name,
      text: `@${dataset.name} `,
      picture: firstElementChild?.getAttribute("src"),
    }));
    if (!found.length && query) nobody = query;
    // Typed to the end already.
    const typed = query.toLowerCase();
    return found.length === 1 && found[0].label.toLowerCase() === typed ? [] : found;
  }

  const bare = (text) => text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();

  // Until the answer is there, what it will surely not hold goes.
  function fits({ label }, query) {
    return bare(label).includes(bare(query));
  }

  // --- emoji and sounds ------------------------------------------------------------------------

  const lists = {};

  // Fetched once, when first needed.
  campfire.words = (name) =>
    (lists[name] ||= fetch(`/autocompletable/${name}`, { headers: { Accept: "application/json" } }).then(
      (answer) => (answer.ok ? answer.json() : Promise.reject(new Error(`answered ${answer.status}`))),
      (error) => {
        delete lists[name];
        throw error;
      },
    ));

  // The name that was typed, then those that begin with it, short ones first, then other words.
  async function emoji(typed) {
    const query = typed.toLowerCase().replace(/:$/, "");
    const closed = typed.endsWith(":");
    const ranked = [];
    for (const [sign, name, ...codes] of await campfire.words("emoji")) {
      const code = codes.find((one) => one.startsWith(query));
      if (closed && codes.includes(query)) return [{ text: sign, now: true }];
      const word = code ? 0 : name.toLowerCase().split(/[\s-]/).some((one) => one.startsWith(query)) ? 100 : -1;
      if (word < 0) continue;
      const shown = code || codes[0];
      ranked.push({ rank: word + shown.length, emoji: sign, label: `:${shown}:`, detail: name, text: `${sign} ` });
    }
    return closed ? [] : ranked.sort((a, b) => a.rank - b.rank).slice(0, SHOWN);
  }

  async function sounds(query) {
    const found = (await campfire.words("sounds")).filter(({ name }) => name.startsWith(query));
    if (found.length === 1 && found[0].name === query) return [];
    return found.map(({ name, shown }) => ({ label: name, detail: shown, text: `/play ${name}` }));
  }

  // --- what is being completed -----------------------------------------------------------------

  const NOTHING = { box: null, start: 0, kind: null };
  let turn = NOTHING;
  // Where something was chosen or refused: it is not offered again.
  let settled = null;

  campfire.complete = async (box) => {
    const { value, selectionStart: caret, selectionEnd } = box;
    const before = value.slice(0, caret);
    const kind = caret === selectionEnd && KINDS.find(({ find, whole }) => find.test(before) && (!whole || caret === value.length));
    if (!kind || campfire.inCode(box)) return close();
    const [, token, query] = kind.find.exec(before);
    const start = caret - token.length;
    if (settled?.box === box && settled.start === start && value.startsWith(settled.text, start)) return close();
    settled = null;
    const now = (turn = { box, start, kind });
    if (list && (shownFor.kind !== kind || shownFor.start !== start || shownFor.box !== box)) hide();
    if (list && kind.fits) {
      const left = choices.filter((choice) => kind.fits(choice, query));
      if (left.length) show(left);
      else hide();
    }
    let found = [];
    try {
      found = await kind.choices(query);
    } catch {
      // No connection, no suggestions.
    }
    // Meanwhile the person typed on; the next answer counts.
    if (turn !== now || !found) return;
    if (found[0]?.now) return commit(found[0]);
    if (found.length) show(found);
    else hide();
  };

  function commit({ text }) {
    const { box, start } = turn;
    if (!box) return;
    close();
    settled = { box, start, text: text.trimEnd() };
    // A space that is there already is not doubled.
    const end = box.selectionStart;
    const spaced = text.endsWith(" ") && box.value[end] === " ";
    campfire.insert(box, text, start, end + Number(spaced));
  }

  function close() {
    turn = NOTHING;
    hide();
  }

  // --- the list on the screen ------------------------------------------------------------------

  let list = null;
  let shownFor = NOTHING;
  let choices = [];
  let chosen = 0;

  function show(found) {
    const fresh = !list;
    const { box, kind } = (shownFor = turn);
    if (fresh) {
      list = document.createElement("ul");
      list.id = "completions";
      list.className = "completions";
      list.setAttribute("role", "listbox");
      // The box keeps the focus, and on a phone the keyboard.
      list.addEventListener("mousedown", (event) => event.preventDefault());
      list.addEventListener("click", ({ target }) => {
        const option = target.closest("[role=option]");
        if (option) commit(choices[[...list.children].indexOf(option)]);
      });
      box.after(list);
    }
    list.setAttribute("aria-label", kind.label);
    choices = found;
    list.replaceChildren(...found.map(draw));
    // Without a list it is no combobox but a box for many lines of text.
    // A box of several lines stays a text box; this says that there is a list to choose from.
    box.setAttribute("aria-autocomplete", "list");
    box.setAttribute("aria-haspopup", "listbox");
    box.setAttribute("aria-controls", list.id);
    choose(0);
    if (fresh) campfire.say(found.length === 1 ? "One suggestion" : `${found.length} suggestions`);
  }

  function draw(choice, at) {
    const option = document.createElement("li");
    option.id = `completion_${at}`;
    option.setAttribute("role", "option");
    if (choice.picture) {
      const picture = document.createElement("img");
      Object.assign(picture, { className: "avatar", alt: "", width: 28, height: 28, src: choice.picture });
      option.append(picture);
    }
    if (choice.emoji) option.append(span("sign", choice.emoji));
    option.append(span("label", choice.label));
    if (choice.detail) option.append(span("detail", choice.detail));
    return option;
  }

  function span(name, text) {
    const made = document.createElement("span");
    made.className = name;
    made.dir = "auto";
    made.textContent = text;
    return made;
  }

  function choose(at) {
    chosen = (at + choices.length) % choices.length;
    [...list.children].forEach((option, n) => option.setAttribute("aria-selected", String(n === chosen)));
    const option = list.children[chosen];
    // Not scrollIntoView: that would move the page as well.
    if (option.offsetTop < list.scrollTop) list.scrollTop = option.offsetTop;
    const below = option.offsetTop + option.offsetHeight - list.clientHeight;
    if (below > list.scrollTop) list.scrollTop = below;
    shownFor.box.setAttribute("aria-activedescendant", option.id);
  }

  function hide() {
    if (!list) return;
    for (const name of ["aria-autocomplete", "aria-haspopup", "aria-controls", "aria-activedescendant"]) {
      shownFor.box.removeAttribute(name);
    }
    list.remove();
    list = null;
  }

  // --- keys and the rest -----------------------------------------------------------------------

  const ACTS = {
    ArrowDown: () => choose(chosen + 1),
    ArrowUp: () => choose(chosen - 1),
    Enter: () => commit(choices[chosen]),
    Tab: () => commit(choices[chosen]),
    Escape() {
      const { box, start } = turn;
      settled = { box, start, text: box.value.slice(start, box.selectionStart) };
      close();
    },
  };

  // Before everybody else who listens for Enter and Escape.
  document.addEventListener(
    "keydown",
    (event) => {
      if (!list || event.target !== shownFor.box || event.isComposing || event.keyCode === 229) return;
      if (["ArrowLeft", "ArrowRight", "Home", "End", "PageUp", "PageDown"].includes(event.key)) return close();
      const act = ACTS[event.key];
      if (!act || event.ctrlKey || event.metaKey || event.altKey || event.shiftKey) return;
      event.preventDefault();
      event.stopImmediatePropagation();
      act();
    },
    { capture: true },
  );

  document.addEventListener("input", ({ target }) => {
    if (target instanceof HTMLTextAreaElement && target.name === "body") campfire.complete(target);
  });
  document.addEventListener("mousedown", ({ target }) => target === turn.box && close());
  document.addEventListener("focusout", ({ target }) => target === turn.box && close());
  document.addEventListener("submit", close, { capture: true });
})();
