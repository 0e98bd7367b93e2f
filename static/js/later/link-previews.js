// Shows the card of a pasted address above the box, and lets the writer do without it.
(() => {
  "use strict";

  const campfire = window.campfire;
  let asking = null;
  let shown = null;
  let toldOff = false;

  // Takes the card away; what was being asked is not wanted any more.
  function close() {
    asking?.abort();
    asking = null;
    shown?.place.remove();
    shown = null;
  }

  function place(box, url) {
    const place = document.createElement("div");
    place.className = "written-link";
    box.closest(".composer-row").before(place);
    shown = { place, box, url };
    return place;
  }

  // An address in angle brackets says that no card is wanted, to the server and to everybody
  // who reads the text.
  function decline() {
    const { box, url } = shown;
    const at = box.value.indexOf(url);
    close();
    if (at >= 0) campfire.insert(box, `<${url}>`, at, at + url.length);
    box.focus();
  }

  function button(label, act) {
    const made = document.createElement("button");
    made.type = "button";
    made.className = "icon-button";
    made.setAttribute("aria-label", label);
    made.title = label;
    made.innerHTML = '<svg class="icon" aria-hidden="true"><path d="m6 6 12 12M18 6 6 18"/></svg>';
    made.firstChild.setAttribute("viewBox", "0 0 24 24");
    made.addEventListener("click", act);
    return made;
  }

  // The server says that it looks nothing up: once is enough.
  function say(box, html) {
    const problem = new DOMParser().parseFromString(html, "text/html").querySelector("[role=alert]");
    if (toldOff || !problem) return;
    toldOff = true;
    const note = document.createElement("p");
    note.className = "quiet";
    note.setAttribute("role", "status");
    note.textContent = problem.textContent;
    place(box, "").append(note, button(word.close, close));
  }

  // Looks the address up that was just pasted into `box`.
  campfire.previewLink = async (box, url) => {
    close();
    if (box.id !== "composer_body") return;
    const aborter = (asking = new AbortController());
    try {
      const body = new URLSearchParams({ url });
      const headers = { "HX-Request": "true" };
      const answer = await fetch("/unfurl_link", { method: "POST", headers, body, signal: aborter.signal });
      const html = await answer.text();
      if (asking !== aborter) return;
      asking = null;
      if (answer.status === 403) return say(box, html);
      // Typed on meanwhile, perhaps without the address.
      if (answer.status !== 200 || !stands(box, url)) return;
      const card = new DOMParser().parseFromString(html, "text/html").querySelector(".link-preview");
      if (card) place(box, url).append(card, button(word.send_without_preview, decline));
    } catch {
      // Without an answer there is no card; the server tries again after posting.
    }
  };

  // Alone in a line: so it gets a card.
  const stands = (box, url) => box.value.split("\n").some((line) => line.trim() === url);

  document.addEventListener("input", ({ target }) => shown && target === shown.box && shown.url && !stands(target, shown.url) && close());
  document.addEventListener("campfire:written", close, true);
})();
