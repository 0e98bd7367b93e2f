// Choosing people in a form: Enter does what the field is for.
(() => {
  "use strict";

  // Without script, Enter shows the form again.
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.isComposing || !event.target.closest?.(".room-form")) return;
    if (event.target.name === "name") {
      event.preventDefault();
      event.target.form.requestSubmit(event.target.form.querySelector("button.primary"));
    } else if (event.target.name === "filter") {
      event.preventDefault();
    }
  });
})();
