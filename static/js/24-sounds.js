// Plays the sounds that messages bring: by click, and by itself for who is looking as they arrive.
(() => {
  "use strict";

  const campfire = window.campfire;
  if (!campfire?.list()) return;

  // What was said longer ago is history.
  const FRESH = 30000;
  const loaded = new Map();

  // Fetched as a whole: some browsers only play what can be had in parts.
  function load(address) {
    if (!loaded.has(address)) {
      const blob = fetch(address).then((answer) => {
        if (!answer.ok) throw new Error(`answered ${answer.status}`);
        return answer.blob();
      });
      blob.catch(() => loaded.delete(address));
      loaded.set(address, blob.then((bytes) => URL.createObjectURL(bytes)));
    }
    return loaded.get(address);
  }

  async function play(link) {
    link.classList.add("playing");
    try {
      const sound = new Audio(await load(link.href));
      await sound.play();
      await new Promise((done) => sound.addEventListener("ended", done, { once: true }));
    } finally {
      link.classList.remove("playing");
    }
  }

  document.addEventListener("click", (event) => {
    const link = event.target.closest(".sound > a.play");
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    play(link).catch(() => campfire.say(word.sound_failed));
  });

  // Not before somebody has touched the page, in most browsers; then it stays quiet.
  function arrived(message) {
    const link = message?.querySelector(".sound > a.play");
    if (!link || document.hidden || "muted" in document.body.dataset || Math.abs(Date.now() - message.dataset.at) > FRESH) return;
    play(link).catch(() => {});
  }

  document.addEventListener("campfire:arrived", ({ detail }) => arrived(document.getElementById(`message_${detail.id}`)));
  document.addEventListener("campfire:settled", ({ detail }) => {
    const own = `.message[data-author-id="${campfire.userId}"][data-client-message-id="${CSS.escape(detail.id)}"]`;
    arrived(campfire.list().querySelector(own));
  });
})();
