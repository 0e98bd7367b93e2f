// Makes Markdown of HTML that is pasted: what our composer can say, and nothing else of it.
(() => {
  "use strict";

  const campfire = window.campfire;
  const LONGEST = 500000;
  const DEEPEST = 60;

  const SKIPPED = new Set(
    "SCRIPT STYLE TEMPLATE NOSCRIPT IFRAME OBJECT SVG MATH TITLE HEAD META LINK TEXTAREA SELECT BUTTON AUDIO VIDEO INPUT IMG".split(" "),
  );
  const BLOCKS = new Set(
    "P DIV SECTION ARTICLE HEADER FOOTER MAIN ASIDE NAV FIGURE FIGCAPTION ADDRESS DL DT DD TABLE TR FORM DETAILS SUMMARY BODY CENTER".split(" "),
  );
  const MARKS = { bold: "**", italic: "*", strike: "~~" };

  // The text to paste. Where the HTML says no more than the plain text, that wins.
  campfire.markdown = (html, plain) => {
    if (html.length > LONGEST) return plain;
    // The policy of the page forbids styles and handlers, even in a document that is only read.
    const bare = html
      .replace(/<(\/?)style\b/gi, "<$1template")
      .replace(/<[^<>]*>/g, (tag) => tag.replace(/\s(style|on\w+)\s*=/gi, " data-$1="));
    const page = new DOMParser().parseFromString(bare, "text/html");
    const root = page.body.firstElementChild;
    // Code editors colour what is plain text.
    if (page.body.children.length === 1 && /monospace|consolas|menlo|courier/i.test(root.dataset.style)) return plain;
    const text = blocks(page.body, {}, 0).replace(/\n{3,}/g, "\n\n").trim();
    const same = (one) => one.replace(/\\(?=[^\w\s])|\s+/g, "");
    return !text || (plain && same(text) === same(plain)) ? plain : text;
  };

  // --- blocks ----------------------------------------------------------------------------------

  // The content of an element as lines: words in paragraphs, blocks between them.
  function blocks(element, marks, depth) {
    let out = "";
    let words = [];
    const end = (gap) => {
      const text = join(words);
      words = [];
      if (text) out += text;
      if (out && gap && !out.endsWith(gap)) out = out.replace(/\n*$/, gap);
    };
    const walk = (parent, marks, depth) => {
      for (const node of parent.childNodes) {
        if (node.nodeType === Node.TEXT_NODE) {
          words.push({ text: node.data, marks });
          continue;
        }
        if (node.nodeType !== Node.ELEMENT_NODE || SKIPPED.has(node.nodeName.toUpperCase()) || depth > DEEPEST) continue;
        const name = node.nodeName;
        if (name === "BR") words.push({ text: "\n", marks, kept: true });
        else if (BLOCK[name]) {
          end("\n\n");
          out += BLOCK[name](node, depth + 1);
          end("\n\n");
        } else if (BLOCKS.has(name)) {
          const gap = name === "P" ? "\n\n" : "\n";
          end(gap);
          walk(node, marksOf(node, marks), depth + 1);
          end(gap);
        } else if (name === "TD" || name === "TH") {
          walk(node, marks, depth + 1);
          words.push({ text: " ", marks });
        } else {
          walk(node, marksOf(node, marks), depth + 1);
        }
      }
    };
    walk(element, marks, depth);
    end("");
    return out;
  }

  const inner = (node, depth) => blocks(node, {}, depth).replace(/\n{3,}/g, "\n\n").trim();
  const indented = (text, by) => text.replace(/\n(?=[^\n])/g, `\n${by}`);

  function list(node, depth) {
    if (depth > DEEPEST) return "";
    let number = node.nodeName === "OL" ? node.start || 1 : 0;
    const items = [];
    for (const item of node.children) {
      // A list that stands beside the items belongs to the one before.
      const nested = /^[OU]L$/.test(item.nodeName) && items.length;
      const text = nested ? list(item, depth + 1) : inner(item, depth).replace(/\n\n(?=[-*]|\d+\.)/g, "\n");
      if (!text) continue;
      const sign = number ? `${nested ? number - 1 : number++}. ` : "- ";
      const by = " ".repeat(sign.length);
      if (nested) items[items.length - 1] += `\n${by}${indented(text, by)}`;
      else items.push(sign + indented(text, by));
    }
    return items.join("\n");
  }

  function heading(node, depth) {
    const text = inner(node, depth).replace(/\n+/g, " ").replace(/^\*\*([^*]+)\*\*$/, "$1");
    return text && `${"#".repeat(Number(node.nodeName[1]))} ${text}`;
  }

  function fence(node) {
    for (const br of node.querySelectorAll("br")) br.replaceWith("\n");
    const text = node.textContent.replace(/\u00a0/g, " ").replace(/^\n|\s+$/g, "");
    const said = `${node.className} ${node.firstElementChild?.className || ""}`;
    const language = /\blang(?:uage)?-([\w+#-]+)/.exec(said)?.[1] || "";
    let ticks = "```";
    while (text.includes(ticks)) ticks += "`";
    return text && `${ticks}${language}\n${text}\n${ticks}`;
  }

  const quote = (node, depth) => inner(node, depth).replace(/^/gm, "> ").replace(/^> $/gm, ">");

  const BLOCK = { UL: list, OL: list, MENU: list, LI: inner, PRE: fence, BLOCKQUOTE: quote, HR: () => "---" };
  for (let level = 1; level <= 6; level++) BLOCK[`H${level}`] = heading;

  // --- words -----------------------------------------------------------------------------------

  function marksOf(node, marks) {
    const style = node.dataset?.style || "";
    const [, weight] = /font-weight:\s*(\w+)/.exec(style) || [];
    const [, slant] = /font-style:\s*(\w+)/.exec(style) || [];
    const found = { ...marks };
    const name = node.nodeName;
    if (/^(B|STRONG)$/.test(name)) found.bold = true;
    if (/^(I|EM|CITE|VAR|DFN)$/.test(name)) found.italic = true;
    if (/^(S|DEL|STRIKE)$/.test(name)) found.strike = true;
    if (/^(CODE|KBD|SAMP|TT)$/.test(name)) found.code = true;
    // Some editors say it all with styles, or take back with them what the element says.
    if (weight) found.bold = weight === "bold" || Number(weight) >= 600;
    if (slant) found.italic = slant === "italic" || slant === "oblique";
    if (/line-through/.test(style)) found.strike = true;
    if (/white-space:\s*(pre|break)/.test(style)) found.pre = true;
    if (name === "A") found.link = address(node);
    return found;
  }

  function address(link) {
    try {
      const url = new URL(link.getAttribute("href") || "", location.href);
      // Whom the text mentions, the server finds by the name.
      const mention = url.origin === location.origin && /^\/users\/\d+$/.test(url.pathname);
      return /^(https?|mailto):$/.test(url.protocol) && !mention ? url.href : null;
    } catch {
      return null;
    }
  }

  // Pieces of text with their marks, as one text: white space as a browser would show it, each
  // run of pieces with the same mark inside one pair of signs.
  function join(pieces) {
    let last = " ";
    for (const piece of pieces) {
      const kept = piece.kept || piece.marks.pre;
      piece.text = piece.text.replace(/\u00a0/g, " ").replace(/[\u200b\ufeff]/g, "");
      if (!kept) piece.text = piece.text.replace(/\s+/g, " ");
      if (!kept && /\s/.test(last)) piece.text = piece.text.replace(/^ /, "");
      last = piece.text.slice(-1) || last;
    }
    return wrap(pieces.filter((piece) => piece.text), ["link", "strike", "bold", "italic", "code"])
      .replace(/[ \t]+(?=\n|$)/g, "")
      .replace(/^\s+|\s+$/g, "");
  }

  function wrap(pieces, kinds) {
    const [kind, ...rest] = kinds;
    if (!kind) return pieces.map(({ text, marks }) => escape(text, marks)).join("");
    let out = "";
    for (let at = 0; at < pieces.length; ) {
      const value = pieces[at].marks[kind];
      let to = at;
      while (to < pieces.length && pieces[to].marks[kind] === value) to++;
      const run = pieces.slice(at, to);
      out += value ? signed(kind, value, run, rest) : wrap(run, rest);
      at = to;
    }
    return out;
  }

  function signed(kind, value, run, rest) {
    const plain = run.map(({ text }) => text).join("");
    if (kind === "code") return ticked(plain);
    // Signs stand right at the words; the space around them stays outside.
    const [, before, words, after] = /^(\s*)([^]*?)(\s*)$/.exec(wrap(run, rest));
    if (!words) return before + after;
    if (kind === "link") {
      const shown = plain.trim();
      const bare = [value, value.replace(/\/$/, ""), value.replace(/^mailto:/, "")].includes(shown);
      return before + (bare ? shown : `[${words}](${value.replace(/\(/g, "%28").replace(/\)/g, "%29")})`) + after;
    }
    const sign = MARKS[kind];
    const lines = words.split("\n").map((line) => (line.trim() ? sign + line.trim() + sign : line));
    return before + lines.join("\n") + after;
  }

  function ticked(text) {
    const ticks = text.includes("`") ? "``" : "`";
    const gap = ticks.length > 1 ? " " : "";
    const words = text.replace(/\n+/g, " ").trim();
    return words && text.replace(/^(\s*)[^]*?(\s*)$/, (_, before, after) => before + ticks + gap + words + gap + ticks + after);
  }

  // Signs that would mean something to Markdown and did not here. Addresses mean themselves.
  const escape = (text, { link }) =>
    text
      .split(/((?:https?:\/\/|www\.)\S+)/i)
      .map((part, at) => (at % 2 ? part : escaped(part, link)))
      .join("");

  function escaped(text, link) {
    const safe = text
      .replace(/\\(?=[!-/:-@[-`{-~])/g, "\\\\")
      .replace(/[*`]|~~|(?<![\p{L}\p{N}])_|_(?![\p{L}\p{N}])/gu, "\\$&")
      .replace(/^(\s*)([#>+-]|\d+[.)])(?=\s)/gm, (_, space, sign) => space + sign.replace(/.$/, "\\$&"));
    return safe.replace(link ? /[[\]]/g : /\](?=\()/g, "\\$&");
  }
})();
