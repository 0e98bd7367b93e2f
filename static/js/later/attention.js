// Calls while nobody looks: a dot on the page's icon, and a short sound.
(() => {
  "use strict";

  const campfire = window.campfire;
  const off = (document.body.dataset.quiet || "").split("-");

  // --- the dot ---------------------------------------------------------------------------------

  const icon = document.querySelector("link[rel=icon]");
  const SIDE = 64;
  const plain = icon?.href;
  let dotted = null;

  async function draw() {
    const image = new Image();
    image.src = plain;
    await image.decode();
    const canvas = document.createElement("canvas");
    canvas.width = canvas.height = SIDE;
    const pen = canvas.getContext("2d");
    pen.drawImage(image, 0, 0, SIDE, SIDE);
    pen.beginPath();
    pen.arc(SIDE - 16, 16, 15, 0, 2 * Math.PI);
    pen.fillStyle = "#fff";
    pen.fill();
    pen.beginPath();
    pen.arc(SIDE - 16, 16, 12, 0, 2 * Math.PI);
    pen.fillStyle = "#c2410c";
    pen.fill();
    const blob = await new Promise((done) => canvas.toBlob(done));
    return URL.createObjectURL(blob);
  }

  const isCalled = () => document.hidden && campfire.unread > 0 && !off.includes("dot");

  async function dot() {
    if (!icon) return;
    if (!isCalled()) {
      if (icon.href !== plain) icon.href = plain;
      return;
    }
    dotted ||= draw().catch(() => null);
    const address = await dotted;
    // Somebody may have come back meanwhile.
    if (address && isCalled()) icon.href = address;
  }

  document.addEventListener("campfire:unread", dot);
  document.addEventListener("visibilitychange", dot);
  dot();

  // --- the sound -------------------------------------------------------------------------------

  const PAUSE = 3000;
  let context = null;
  let rang = 0;

  // Two soft notes, the second one higher.
  function play() {
    context ||= new AudioContext();
    if (context.state === "suspended") context.resume().catch(() => {});
    for (const [note, delay] of [[587, 0], [880, 0.12]]) {
      const start = context.currentTime + delay;
      const tone = context.createOscillator();
      const volume = context.createGain();
      tone.frequency.value = note;
      volume.gain.setValueAtTime(0, start);
      volume.gain.linearRampToValueAtTime(0.12, start + 0.02);
      volume.gain.exponentialRampToValueAtTime(0.001, start + 0.45);
      tone.connect(volume).connect(context.destination);
      tone.start(start);
      tone.stop(start + 0.5);
    }
  }

  function ring() {
    if (!document.hidden || off.includes("sound") || Date.now() - rang < PAUSE) return;
    rang = Date.now();
    // Most browsers allow no sound before the page was touched.
    if (!window.AudioContext || navigator.userActivation?.hasBeenActive === false) return;
    campfire.tell("rang");
    // Of several pages one is enough.
    const held = (lock) => lock && (play(), new Promise((done) => setTimeout(done, PAUSE)));
    if (navigator.locks) navigator.locks.request("campfire:ring", { ifAvailable: true }, held).catch(() => {});
    else play();
  }

  // In the room of this page: everything if that is wanted, and what names the person.
  document.addEventListener("campfire:arrived", ({ detail }) => {
    const message = document.getElementById(`message_${detail.id}`);
    const own = CSS.escape(campfire.userId);
    const calls = `.body .mention[href="/users/${own}"], .reply-to[data-to="${own}"]`;
    if (document.querySelector(".room-tools .bell-everything") || message?.querySelector(calls)) ring();
  });

  // Elsewhere: what called them.
  const count = () => parseInt(document.querySelector("#calls_count .count")?.textContent, 10) || 0;
  const sidebar = document.getElementById("sidebar");
  let known = count();

  function counted() {
    const calls = count();
    if (calls > known) ring();
    known = calls;
  }

  if (sidebar) new MutationObserver(counted).observe(sidebar, { childList: true, subtree: true });
})();
