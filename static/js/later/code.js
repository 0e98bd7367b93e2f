// Dresses blocks of code: a button that copies, and colours. Only on pages that hold code.
(() => {
  "use strict";

  const campfire = window.campfire;
  // What is looked for where no language is given.
  const DETECTED = "bash css diff go java javascript json python ruby rust sql xml".split(" ");
  // Less than this is a guess.
  const SURE = 5;

  // What came since the last time; the rest stays as it is.
  campfire.dressCode = async () => {
    const fresh = [...document.querySelectorAll(".body pre:not(.code > pre)")];
    fresh.forEach(addButton);
    try {
      await campfire.load("highlight");
    } catch {
      // Then it stays plain.
      return;
    }
    for (const block of fresh) {
      // Other things may be more urgent than colours.
      await new Promise((resolve) => (window.requestIdleCallback || setTimeout)(resolve));
      colour(block.querySelector("code") || block);
    }
  };

  function addButton(block) {
    const frame = document.createElement("div");
    frame.className = "code";
    block.replaceWith(frame);
    const button = document.createElement("button");
    button.type = "button";
    button.className = "copy-code";
    button.textContent = "Copy";
    button.setAttribute("aria-label", "Copy the code");
    button.addEventListener("click", async () => {
      const sentence = (await campfire.copy(block.textContent.replace(/\n$/, ""))) ? "Copied" : "Could not be copied";
      campfire.say(sentence);
      button.textContent = sentence;
      setTimeout(() => (button.textContent = "Copy"), 2000);
    });
    frame.append(block, button);
    // What overflows can be scrolled by keys, too.
    if (block.scrollWidth > block.clientWidth) block.tabIndex = 0;
  }

  function colour(code) {
    // Only what we know to be text is replaced.
    if (!code.isConnected || code.childElementCount) return;
    const [, named] = /\blanguage-(\S+)/.exec(code.className) || [];
    if (named === "plaintext") return;
    const text = code.textContent;
    const known = named && window.hljs.getLanguage(named);
    const result = known
      ? window.hljs.highlight(text, { language: named, ignoreIllegals: true })
      : window.hljs.highlightAuto(text, DETECTED);
    if (known || result.relevance >= SURE) code.innerHTML = result.value;
  }
})();
