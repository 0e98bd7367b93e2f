// Answers a message: the bar above the box says which, and a click on a quotation leads there.
(() => {
  "use strict";

  const campfire = window.campfire;
  const form = document.getElementById("composer");
  const bar = form?.querySelector(".reply-bar");
  if (!bar) return;

  const box = form.querySelector("textarea");
  const field = bar.querySelector("input");
  const name = bar.querySelector("b");
  const line = bar.querySelector(".line");

  // {id, name, line}, or nothing to answer nothing.
  campfire.answer = (reply) => {
    field.value = reply?.id || "";
    name.textContent = reply?.name || "";
    line.textContent = reply?.line || "";
    bar.hidden = !reply;
  };

  // What is being answered, once: whoever sends it takes it.
  campfire.takeAnswered = () => {
    const reply = field.value ? { id: field.value, name: name.textContent, line: line.textContent } : null;
    campfire.answer(null);
    return reply;
  };

  function firstLine(message) {
    const text = message.querySelector(".body")?.innerText.trim() || "";
    return text.split("\n")[0].slice(0, 120);
  }

  document.addEventListener("click", (event) => {
    if (event.ctrlKey || event.metaKey || event.shiftKey) return;
    const { target } = event;
    const message = target.closest(".message[data-message-id]");
    if (message && target.closest(".menu .reply")) {
      event.preventDefault();
      target.closest("details").open = false;
      const { messageId } = message.dataset;
      campfire.answer({ id: messageId, name: message.querySelector(".author").textContent, line: firstLine(message) });
      return box.focus();
    }
    if (target.closest(".cancel-reply")) {
      event.preventDefault();
      campfire.answer(null);
      return box.focus();
    }
    // On the page already: no need to leave it.
    const quotation = target.closest("a.reply-to");
    const original = quotation && /@(\d+)$/.exec(quotation.pathname);
    if (!original || !document.getElementById(`message_${original[1]}`)) return;
    event.preventDefault();
    const place = `#message_${original[1]}`;
    if (location.hash === place) window.dispatchEvent(new HashChangeEvent("hashchange"));
    else location.hash = place;
  });

  box.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || event.isComposing || bar.hidden) return;
    event.preventDefault();
    campfire.answer(null);
  });
})();
