// Rich text: an editor stands in for a text box. The box stays in the form, hidden, and holds HTML.
(() => {
  "use strict";

  const campfire = window.campfire;
  const composer = document.getElementById("composer");
  const main = composer?.querySelector("textarea[name=body]");

  const key = /Mac|iP/.test(navigator.platform) ? "⌘" : "Ctrl+";
  // Attribute of the editor, icon, label, letter.
  const BUTTONS = [
    ["bold", "bold", word.bold, "b"],
    ["italic", "italic", word.italic, "i"],
    ["strike", "strike", word.strike],
    ["href", "link", word.link],
    ["heading1", "heading", word.heading],
    ["quote", "quote", word.quote],
    ["code", "code", word.code],
    ["bullet", "bullets", word.bullets],
    ["number", "numbers", word.numbers],
  ];

  // box -> {editor, toolbar, what listens to the box}
  const editors = new Map();
  let made = 0;

  const element = (name, properties, ...children) => {
    const made = Object.assign(document.createElement(name), properties);
    made.append(...children);
    return made;
  };

  // Text as the editor would have it.
  campfire.asHtml = (text) => {
    if (!text) return "";
    const held = element("div", { textContent: text });
    return `<div>${held.innerHTML.replace(/\r?\n/g, "<br>")}</div>`;
  };

  // The editor defines its elements a moment after it was loaded.
  async function ready() {
    await campfire.load("trix");
    await customElements.whenDefined("trix-editor");
  }

  // --- the toolbar -----------------------------------------------------------------------------

  function icon(name) {
    const drawn = document.querySelector("#composer svg.icon").cloneNode(true);
    const use = drawn.querySelector("use");
    use.setAttribute("href", use.getAttribute("href").replace(/#.*/, `#icon-${name}`));
    return drawn;
  }

  function makeToolbar(id) {
    const toolbar = element("trix-toolbar", { id, className: "formatting rich" });
    toolbar.setAttribute("role", "toolbar");
    toolbar.setAttribute("aria-label", word.formatting);
    for (const [attribute, name, label, letter] of BUTTONS) {
      const button = element("button", { type: "button", className: "icon-button", title: label }, icon(name));
      button.setAttribute("aria-label", label);
      button.setAttribute("aria-pressed", "false");
      button.dataset.trixAttribute = attribute;
      if (letter) button.dataset.trixKey = letter;
      toolbar.append(button);
    }
    const address = element("input", { type: "text", name: "href", inputMode: "url", placeholder: "https://…", disabled: true });
    address.setAttribute("aria-label", word.address_of_link);
    address.dataset.trixInput = "";
    const method = (name, label) => {
      const button = element("button", { type: "button", textContent: label });
      button.dataset.trixMethod = name;
      return button;
    };
    const dialog = element("div", { className: "link-address" }, address, method("setAttribute", word.link), method("removeAttribute", word.unlink));
    dialog.dataset.trixDialog = "href";
    dialog.dataset.trixDialogAttribute = "href";
    toolbar.append(dialog);
    return toolbar;
  }

  // --- the editor ------------------------------------------------------------------------------

  function open(box) {
    const number = ++made;
    box.id ||= `rich_box_${number}`;
    const toolbar = makeToolbar(`rich_toolbar_${number}`);
    const editor = document.createElement("trix-editor");
    for (const [name, value] of [
      ["input", box.id],
      ["toolbar", toolbar.id],
      ["class", "rich-text"],
      ["dir", "auto"],
      ["role", "textbox"],
      ["aria-multiline", "true"],
      ["aria-label", box.getAttribute("aria-label")],
      ["placeholder", box.placeholder],
    ]) {
      editor.setAttribute(name, value);
    }
    box.hidden = true;
    // Whoever means the box means what is seen in its place.
    box.focus = () => editor.focus();
    editor.dataset.heard = box.value;
    const written = () => {
      if (box.value === editor.dataset.heard) return;
      editor.dataset.heard = box.value;
      editor.editor?.loadHTML(box.value);
    };
    box.addEventListener("campfire:written", written);
    editors.set(box, { editor, toolbar, written });
    box.before(toolbar, editor);

    editor.addEventListener("trix-change", () => {
      // The editor has written into the box already: also where there is nothing to read, and with
      // spaces that nobody typed so and no search would find.
      const says = editor.editor.getDocument().toString().trim();
      box.value = says ? box.value.replaceAll("&nbsp;", " ") : "";
      if (box.value === editor.dataset.heard) return;
      editor.dataset.heard = box.value;
      box.dispatchEvent(new InputEvent("input", { bubbles: true }));
    });
    editor.addEventListener("trix-file-accept", (event) => event.preventDefault());
    editor.addEventListener("trix-attributes-change", () => {
      for (const button of toolbar.querySelectorAll("[data-trix-attribute]")) {
        button.setAttribute("aria-pressed", String(button.hasAttribute("data-trix-active")));
      }
    });
    return editor;
  }

  // The editor takes what is typed at once and draws it with the next frame, and only then does the
  // box hear of it: too late for quick fingers.
  const settle = () => editors.forEach(({ editor }) => editor.isConnected && editor.editorController?.render());

  document.addEventListener("submit", settle, true);
  document.addEventListener(
    "keydown",
    ({ key, ctrlKey, metaKey, isComposing, target }) => {
      const matters = key === "Enter" || key === "Escape" || ctrlKey || metaKey;
      if (matters && !isComposing && target.localName === "trix-editor") settle();
    },
    true,
  );

  function shut(box) {
    const { editor, toolbar, written } = editors.get(box);
    editors.delete(box);
    box.removeEventListener("campfire:written", written);
    editor.remove();
    toolbar.remove();
    box.hidden = false;
    delete box.focus;
  }

  campfire.insertRich = (box, text) => {
    const { editor } = editors.get(box);
    editor.focus();
    editor.editor.recordUndoEntry("Emoji");
    editor.editor.insertString(text);
  };

  // The policy of the page forbids styles and handlers, and there are no pictures in messages: what
  // is pasted keeps its elements and the addresses of its links.
  function bare(html) {
    const quiet = html
      .replace(/<(\/?)(style|img|svg|picture|video|audio|iframe|object|embed|link|script)\b/gi, "<$1template")
      .replace(/<[^<>]*>/g, (tag) => tag.replace(/\s(style|on\w+)\s*=/gi, " data-$1="));
    const page = new DOMParser().parseFromString(quiet, "text/html");
    for (const gone of page.body.querySelectorAll("template, title, meta")) gone.remove();
    for (const kept of page.body.querySelectorAll("*")) {
      for (const { name } of [...kept.attributes]) if (name !== "href") kept.removeAttribute(name);
    }
    return page.body.innerHTML;
  }

  // Before the editor sees it.
  document.addEventListener(
    "paste",
    (event) => {
      const editor = event.target.closest?.("trix-editor");
      const html = editor && event.clipboardData?.getData("text/html");
      if (!html) return;
      event.preventDefault();
      event.stopImmediatePropagation();
      editor.editor.recordUndoEntry("Paste");
      editor.editor.insertHTML(bare(html.slice(0, 500000)));
    },
    true,
  );

  // --- the composer ----------------------------------------------------------------------------

  const remember = (mode) => {
    try {
      if (mode) localStorage.setItem("campfire:writing", mode);
      else localStorage.removeItem("campfire:writing");
    } catch {
      // Then only this page knows.
    }
  };

  const opener = composer?.querySelector("[data-opens=formatting]");

  campfire.writeRich = async (byHand) => {
    await ready();
    if (!main || main.hidden) return;
    const hadFocus = document.activeElement === main || byHand;
    const html = campfire.writing.richDraft() || campfire.asHtml(main.value);
    composer.append(element("input", { type: "hidden", name: "format", value: "html" }));
    main.value = html;
    const editor = open(main);
    campfire.writing.keepDraft();
    document.getElementById("formatting")?.setAttribute("hidden", "");
    opener.setAttribute("aria-expanded", "false");
    opener.hidden = true;
    const back = element("button", { type: "button", className: "other-mode", textContent: word.plain_text });
    back.addEventListener("click", writePlain);
    editors.get(main).toolbar.querySelector(".link-address").before(back);
    if (byHand) remember("rich");
    if (!hadFocus) return;
    editor.focus();
    editor.editor?.setSelectedRange(editor.editor.getDocument().getLength() - 1);
  };

  // What was formatted becomes Markdown.
  async function writePlain() {
    const { editor } = editors.get(main);
    const words = editor.editor.getDocument().toString().replace(/\n$/, "");
    const text = await campfire.load("pasting").then(() => campfire.markdown(main.value, words), () => words);
    if (!main.hidden) return;
    shut(main);
    composer.elements.format.remove();
    opener.hidden = false;
    remember("");
    campfire.writing.write(text);
    main.focus();
  }

  composer?.addEventListener(
    "keydown",
    (event) => {
      if (event.target !== editors.get(main)?.editor || event.isComposing) return;
      if (event.key === "Escape") {
        event.preventDefault();
        event.stopPropagation();
        return void writePlain();
      }
      if (event.key === "Enter" && event.shiftKey && !event.ctrlKey && !event.metaKey) {
        // A new line; in a list its next item.
        event.preventDefault();
        event.target.editor.recordUndoEntry("Typing");
        event.target.editor.insertLineBreak();
      } else if (!campfire.sends(event)) return;
      event.stopPropagation();
    },
    true,
  );

  // --- messages being edited -------------------------------------------------------------------

  campfire.enrich = async (box) => {
    await ready();
    if (!box.isConnected || box.hidden) return;
    const hadFocus = document.activeElement === box;
    const editor = open(box);
    if (!hadFocus) return;
    editor.focus();
    editor.editor?.setSelectedRange(editor.editor.getDocument().getLength() - 1);
  };
})();
