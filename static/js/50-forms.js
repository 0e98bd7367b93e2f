// Small comforts of plain forms: Ctrl or Cmd with Enter saves where Enter is only a new line.
(() => {
  "use strict";

  document.addEventListener("keydown", (event) => {
    const field = event.target;
    if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey) || event.isComposing) return;
    if (!(field instanceof HTMLTextAreaElement) || !field.hasAttribute("data-saved-by-keys")) return;
    event.preventDefault();
    field.form.requestSubmit();
  });
})();
