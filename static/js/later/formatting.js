// Formats the Markdown in a text box, by keys and by a toolbar, and keeps the selection.
(() => {
  "use strict";

  const campfire = window.campfire;
  const MARKS = { bold: "**", italic: "*", strike: "~~" };
  const LINES = {
    heading: { is: /^#{1,6} /, make: (line) => `# ${line}` },
    quote: { is: /^> ?/, make: (line) => `> ${line}` },
    bullets: { is: /^[-*+] (?!\[)/, make: (line) => `- ${line}` },
    numbers: { is: /^\d+[.)] /, make: (line, n) => `${n + 1}. ${line}` },
  };
  // What may stand before the words of a line.
  const PREFIX = /^\s*(?:(?:#{1,6}|[-*+]|\d+[.)]|>) +)*/;
  const isWord = (c) => Boolean(c) && /[\p{L}\p{N}_]/u.test(c);

  campfire.format = (box, kind) => {
    box.focus();
    if (MARKS[kind]) mark(box, MARKS[kind]);
    else if (LINES[kind]) lines(box, LINES[kind]);
    else if (kind === "code") code(box);
    else if (kind === "link") link(box);
  };

  const replace = (box, start, end, text, from, to) => {
    campfire.insert(box, text, start, end);
    box.setSelectionRange(from, to);
  };

  // --- marks around words ----------------------------------------------------------------------

  // Stars at the end (or the start) of a text: one is italic, two are bold, three are both.
  const stars = (text, atEnd) => (atEnd ? /\**$/ : /^\**/).exec(text)[0].length;

  function isMarked(before, after, sign) {
    if (sign !== "**" && sign !== "*") return before.endsWith(sign) && after.startsWith(sign);
    const count = Math.min(stars(before, true), stars(after, false));
    return sign === "**" ? count >= 2 : count % 2 === 1;
  }

  function mark(box, sign) {
    let { value, selectionStart: start, selectionEnd: end } = box;
    const length = sign.length;
    if (start === end) {
      if (isWord(value[start - 1]) && isWord(value[start])) {
        while (isWord(value[start - 1])) start--;
        while (isWord(value[end])) end++;
      } else if (value.startsWith(sign, end) && !value.endsWith(sign, start) && value.slice(0, start).includes(sign)) {
        // At the end of marked words: on past the mark.
        return box.setSelectionRange(end + length, end + length);
      }
    } else {
      // A mark does not hold beside a space.
      while (start < end && /\s/.test(value[start])) start++;
      while (end > start && /\s/.test(value[end - 1])) end--;
      if (start === end) return;
    }
    const inner = value.slice(start, end);
    if (isMarked(value.slice(0, start), value.slice(end), sign)) {
      return replace(box, start - length, end + length, inner, start - length, end - length);
    }
    const [head, tail] = sign === "~~" ? [inner.slice(0, 2), inner.slice(-2)] : [/^\**/, /\**$/].map((run) => run.exec(inner)[0]);
    if (inner.length > 2 * length && isMarked(head, tail, sign)) {
      return replace(box, start, end, inner.slice(length, -length), start, end - 2 * length);
    }
    if (!inner.includes("\n")) {
      return replace(box, start, end, sign + inner + sign, start + length, end + length);
    }
    const text = markLines(inner.split("\n"), sign).join("\n");
    replace(box, start, end, text, start, start + text.length);
  }

  // A mark ends with its paragraph, so every line gets its own; or loses it, if all have it.
  function markLines(all, sign) {
    const parts = all.map((line) => {
      const prefix = PREFIX.exec(line)[0];
      return [prefix, line.slice(prefix.length).trimEnd()];
    });
    const has = (words) => words.length > 2 * sign.length && words.startsWith(sign) && words.endsWith(sign);
    const remove = parts.every(([, words]) => !words || has(words));
    return parts.map(([prefix, words]) => {
      if (!words) return prefix;
      return prefix + (remove ? words.slice(sign.length, -sign.length) : sign + words + sign);
    });
  }

  // --- marks before lines ----------------------------------------------------------------------

  function lines(box, { is, make }) {
    const { value, selectionStart, selectionEnd } = box;
    const start = value.lastIndexOf("\n", selectionStart - 1) + 1;
    // A line whose very start is selected is not meant.
    const reach = selectionEnd > selectionStart && value[selectionEnd - 1] === "\n" ? selectionEnd - 1 : selectionEnd;
    const found = value.indexOf("\n", reach);
    const end = found < 0 ? value.length : found;
    const old = value.slice(start, end).split("\n");
    const full = old.filter((line) => line.trim());
    const remove = full.length > 0 && full.every((line) => is.test(line));
    let n = 0;
    const fresh = old.map((line) => {
      if (!line.trim() && old.length > 1) return line;
      if (remove) return line.replace(is, "");
      // A list item becomes a heading, but a quotation may hold either.
      const others = is === LINES.quote.is ? [] : [LINES.heading, LINES.bullets, LINES.numbers];
      return make(others.reduce((text, other) => text.replace(other.is, ""), line), n++);
    });
    let text = fresh.join("\n");
    const length = text.length;
    // The next line would go on with the list or the quotation.
    if (!remove && is !== LINES.heading.is && /[^\n]/.test(value[end + 1] || "\n")) text += "\n";
    const collapsed = selectionStart === selectionEnd;
    const caret = start + Math.max(0, selectionStart - start + fresh[0].length - old[0].length);
    replace(box, start, end, text, collapsed ? caret : start, collapsed ? caret : start + length);
  }

  // --- code and links --------------------------------------------------------------------------

  function code(box) {
    const { value, selectionStart: start, selectionEnd: end } = box;
    const inner = value.slice(start, end);
    const [before, after] = [value.slice(0, start), value.slice(end)];
    const fence = /(?:^|\n)```[^\n`]*\n$/.exec(before);
    if (fence && /^\n```(?=\n|$)/.test(after)) {
      const from = start - fence[0].replace(/^\n/, "").length;
      return replace(box, from, end + 4, inner, from, from + inner.length);
    }
    if (inner.includes("\n")) {
      let ticks = "```";
      while (inner.includes(ticks)) ticks += "`";
      const open = `${before && !before.endsWith("\n") ? "\n" : ""}${ticks}\n`;
      const body = inner.replace(/\n$/, "");
      const shut = `\n${ticks}${after && !after.startsWith("\n") ? "\n" : ""}`;
      return replace(box, start, end, open + body + shut, start + open.length, start + open.length + body.length);
    }
    if (before.endsWith("`") && after.startsWith("`") && !inner.includes("`")) {
      if (start === end) return replace(box, start - 1, end + 1, "", start - 1, start - 1);
      return replace(box, start - 1, end + 1, inner, start - 1, end - 1);
    }
    if (start === end && after.startsWith("`")) return box.setSelectionRange(end + 1, end + 1);
    const ticks = inner.includes("`") ? "`` " : "`";
    const shut = [...ticks].reverse().join("");
    replace(box, start, end, ticks + inner + shut, start + ticks.length, end + ticks.length);
  }

  function link(box) {
    const { value, selectionStart: start, selectionEnd: end } = box;
    const inner = value.slice(start, end).trim();
    const isAddress = /^(https?:\/\/|www\.)\S+$/i.test(inner);
    const words = isAddress ? "" : inner.replace(/[[\]]/g, "\\$&");
    const address = isAddress ? inner : "https://";
    const text = `[${words}](${address})`;
    // On to what is still missing.
    const at = start + (words ? words.length + 3 : 1);
    replace(box, start, end, text, at, words ? at + address.length : at);
  }

  // --- the toolbar -----------------------------------------------------------------------------

  const key = /Mac|iP/.test(navigator.platform) ? "⌘" : "Ctrl+";
  const BUTTONS = [
    ["bold", word.bold],
    ["italic", word.italic],
    ["strike", word.strike],
    ["link", word.link],
    ["heading", word.heading],
    ["quote", word.quote],
    ["code", word.code_key],
    ["bullets", word.bullets],
    ["numbers", word.numbers],
  ];

  campfire.open.formatting = (opener) => {
    const bar = document.getElementById("formatting") || build(opener);
    bar.hidden = !bar.hidden;
    opener.setAttribute("aria-expanded", String(!bar.hidden));
    if (bar.hidden && bar.contains(document.activeElement)) opener.form.querySelector("textarea").focus();
  };

  function build(opener) {
    const bar = document.createElement("div");
    bar.id = "formatting";
    bar.className = "formatting";
    bar.hidden = true;
    bar.setAttribute("role", "toolbar");
    bar.setAttribute("aria-label", word.formatting);
    const box = opener.form.querySelector("textarea");
    for (const [kind, label] of BUTTONS) {
      const button = document.createElement("button");
      button.type = "button";
      button.className = "icon-button";
      button.title = label;
      button.setAttribute("aria-label", label);
      // One stop for Tab; the arrows go on from there.
      button.tabIndex = kind === BUTTONS[0][0] ? 0 : -1;
      const icon = opener.querySelector("svg").cloneNode(true);
      const use = icon.querySelector("use");
      use.setAttribute("href", use.getAttribute("href").replace(/#.*/, `#icon-${kind}`));
      button.append(icon);
      button.addEventListener("click", () => campfire.format(box, kind));
      bar.append(button);
    }
    const rich = document.createElement("button");
    rich.type = "button";
    rich.className = "other-mode";
    rich.textContent = word.rich_text;
    rich.tabIndex = -1;
    rich.addEventListener("click", async () => {
      try {
        await campfire.load("rich");
        await campfire.writeRich(true);
      } catch {
        campfire.say(word.load_failed);
      }
    });
    bar.append(rich);
    bar.addEventListener("mousedown", (event) => event.preventDefault());
    bar.addEventListener("keydown", (event) => walk(event, bar, box));
    opener.setAttribute("aria-controls", bar.id);
    opener.closest(".composer-row").prepend(bar);
    return bar;
  }

  function walk(event, bar, box) {
    const buttons = [...bar.children];
    const at = buttons.indexOf(event.target);
    const forward = getComputedStyle(bar).direction === "rtl" ? "ArrowLeft" : "ArrowRight";
    const back = forward === "ArrowRight" ? "ArrowLeft" : "ArrowRight";
    const to = { [forward]: at + 1, [back]: at - 1, Home: 0, End: -1 }[event.key];
    if (event.key === "Escape") {
      event.preventDefault();
      return box.focus();
    }
    if (to === undefined || at < 0) return;
    event.preventDefault();
    const next = buttons.at(to % buttons.length);
    buttons.forEach((button) => (button.tabIndex = button === next ? 0 : -1));
    next.focus();
  }
})();
