// Pages about people: links to share, a picture before it is sent, a sign-in link that presses its own button.
(() => {
  "use strict";

  // --- sharing, where the device can -----------------------------------------------------------

  if (navigator.share) {
    for (const button of document.querySelectorAll("[data-share]")) {
      button.hidden = false;
      button.addEventListener("click", async () => {
        try {
          await navigator.share({ url: button.dataset.share });
        } catch {
          // Closed without sharing: that is an answer, too.
        }
      });
    }
  }

  // --- the chosen picture ----------------------------------------------------------------------

  const chooser = document.querySelector("input[type=file][name=avatar]");
  chooser?.addEventListener("change", () => {
    const [file] = chooser.files;
    const before = chooser.parentElement.querySelector(".chosen");
    if (before) {
      URL.revokeObjectURL(before.src);
      before.remove();
    }
    if (!file) return;
    const picture = new Image(96, 96);
    picture.className = "avatar chosen";
    picture.alt = word.picture_you_chose;
    // What the browser cannot show is no picture; the server says so in words.
    picture.addEventListener("error", () => picture.remove());
    picture.src = URL.createObjectURL(file);
    chooser.before(picture);
  });

  // --- a link that signs in --------------------------------------------------------------------

  // Only once: coming back by the back button shows the page, not another attempt.
  const form = document.querySelector("form[data-auto-submit]");
  const [navigation] = performance.getEntriesByType("navigation");
  if (form && navigation?.type !== "back_forward") form.requestSubmit();
})();
