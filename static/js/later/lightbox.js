// Shows the pictures of a room large, one after another, and offers files to other apps. Fetched
// when there is a file on the page.
(() => {
  "use strict";

  const campfire = window.campfire;
  const list = campfire?.list();
  if (!list) return;

  const ICONS = document.querySelector("use[href*='#icon-']").getAttribute("href").split("#")[0];
  const canShare = Boolean(navigator.canShare && navigator.share);
  // An installed app on that system opens a download and finds no way back.
  if (navigator.standalone) document.body.classList.add("no-downloads");

  function button(name, label, act) {
    const made = document.createElement(name === "download" ? "a" : "button");
    const space = "http://www.w3.org/2000/svg";
    const svg = document.createElementNS(space, "svg");
    const use = document.createElementNS(space, "use");
    svg.setAttribute("class", "icon");
    svg.setAttribute("aria-hidden", "true");
    use.setAttribute("href", `${ICONS}#icon-${name}`);
    svg.append(use);
    made.className = `icon-button ${name}`;
    made.setAttribute("aria-label", label);
    made.title = label;
    made.append(svg);
    if (name !== "download") made.type = "button";
    if (act) made.addEventListener("click", act);
    return made;
  }

  // --- sharing ---------------------------------------------------------------------------------

  async function share(address, name) {
    try {
      const answer = await fetch(address);
      if (!answer.ok) throw new Error(`answered ${answer.status}`);
      const blob = await answer.blob();
      const [kind, subtype] = blob.type.split("/");
      const own = kind === "image" ? `Campfire_${Math.random().toString(36).slice(2, 10)}.${subtype}` : name;
      const files = [new File([blob], own, { type: blob.type })];
      if (!navigator.canShare({ files })) return campfire.say(word.cannot_be_shared);
      await navigator.share({ files });
    } catch (error) {
      // Closed by the person: no word about that.
      if (error.name !== "AbortError") campfire.say(word.share_failed);
    }
  }

  function offer() {
    if (!canShare) return;
    for (const line of document.querySelectorAll(".attachment :is(.download):not(.offered)")) {
      line.classList.add("offered");
      const name = line.parentElement.querySelector(".file-name").textContent;
      line.before(button("share", word.share_name, () => share(line.href, name)));
    }
  }

  document.addEventListener("htmx:after:swap", offer);
  offer();

  // --- the large picture -----------------------------------------------------------------------

  if (!window.HTMLDialogElement) return;

  const dialog = document.createElement("dialog");
  const picture = document.createElement("img");
  const title = document.createElement("p");
  const download = button("download", word.download);
  let at = null;

  dialog.className = "lightbox";
  dialog.setAttribute("aria-label", word.picture);
  title.dir = "auto";
  download.download = "";
  const previous = button("previous", word.previous_picture, () => go(-1));
  const next = button("next", word.next_picture, () => go(1));
  const bar = document.createElement("div");
  bar.className = "lightbox-bar";
  bar.append(title);
  if (canShare) bar.append(button("share", word.share, () => share(at.href, at.dataset.name)));
  bar.append(download, button("close", word.close, () => dialog.close()));
  dialog.append(bar, previous, picture, next);
  document.body.append(dialog);

  const all = () => [...campfire.list().querySelectorAll(".attachment.picture")];
  // The list may have been drawn anew meanwhile.
  const place = () => all().findIndex((link) => link.getAttribute("href") === at?.getAttribute("href"));

  function show(link) {
    at = link;
    picture.src = link.href;
    picture.alt = link.dataset.name;
    title.textContent = link.dataset.name;
    download.href = link.href;
    download.setAttribute("aria-label", word.download_name);
    const [here, last] = [place(), all().length - 1];
    previous.disabled = here <= 0;
    next.disabled = here < 0 || here >= last;
    if (!dialog.open) dialog.showModal();
  }

  function go(step) {
    const link = all()[place() + step];
    if (link) show(link);
    const pressed = step < 0 ? previous : next;
    if (pressed.disabled) (step < 0 ? next : previous).focus();
  }

  document.addEventListener("click", (event) => {
    if (event.ctrlKey || event.metaKey || event.shiftKey || event.defaultPrevented) return;
    const link = event.target.closest(".attachment.picture");
    // One that is not ready yet would only be downloaded.
    if (!link?.querySelector("img")) return;
    event.preventDefault();
    show(link);
  });

  dialog.addEventListener("click", ({ target }) => {
    if (target === dialog) dialog.close();
  });

  dialog.addEventListener("keydown", ({ key }) => {
    if (key === "ArrowLeft") go(-1);
    if (key === "ArrowRight") go(1);
  });

  dialog.addEventListener("close", () => {
    picture.removeAttribute("src");
    all()[place()]?.focus({ preventScroll: true });
    at = null;
  });
})();
