// A page that was shown without a network: nothing is sent from it, and it is loaded anew as soon
// as the server can be reached.
(() => {
  "use strict";

  const campfire = window.campfire;
  // Between two looks; a server that comes and goes must not make the page load without end.
  const PAUSE = 10000;

  document.addEventListener(
    "submit",
    (event) => {
      event.preventDefault();
      event.stopImmediatePropagation();
      campfire.say(word.no_network);
    },
    true,
  );

  let timer = setTimeout(look, PAUSE);

  async function look() {
    clearTimeout(timer);
    timer = setTimeout(look, PAUSE);
    try {
      const answer = await fetch("/up", { cache: "no-store" });
      // Who came to the page by its own address would see it again.
      if (answer.ok && location.pathname !== "/offline") location.reload();
    } catch {
      // Not yet.
    }
  }

  addEventListener("online", look);
})();
