// Gives the list of messages its shape: local times, day lines, groups, links to copy.
(() => {
  "use strict";

  const campfire = window.campfire;
  const GROUPED_FOR = 5 * 60 * 1000;

  // In the language of the page; in the way of the browser, if that is the same language.
  const { lang } = document.documentElement;
  const language = [...navigator.languages, lang].find((known) => known.startsWith(lang));
  const clock = new Intl.DateTimeFormat(language, { timeStyle: "short" });
  const moment = new Intl.DateTimeFormat(language, { dateStyle: "medium", timeStyle: "short" });
  const long = { weekday: "long", day: "numeric", month: "long" };
  const thisYear = new Intl.DateTimeFormat(language, long);
  const anyYear = new Intl.DateTimeFormat(language, { ...long, year: "numeric" });

  // The server writes UTC; the reader gets their own zone and habits.
  function localTimes(root) {
    for (const time of root.querySelectorAll("time[datetime]:not([data-local])")) {
      const at = new Date(time.dateTime);
      if (isNaN(at)) continue;
      time.dataset.local = "";
      time.title = moment.format(at);
      time.textContent = (time.closest(".message") ? clock : moment).format(at);
    }
  }

  const midnight = (at) => new Date(at.getFullYear(), at.getMonth(), at.getDate()).getTime();

  function dayName(at) {
    const today = new Date();
    // Rounded: the day on which the clocks change has 23 or 25 hours.
    const ago = Math.round((midnight(today) - midnight(at)) / 86400000);
    if (ago === 0) return word.today;
    if (ago === 1) return word.yesterday;
    return (at.getFullYear() === today.getFullYear() ? thisYear : anyYear).format(at);
  }

  // Brings the list into shape. Doing it again changes nothing.
  function arrange(list) {
    settle(list);
    const days = new Set(list.querySelectorAll(":scope > .day"));
    let before = null;
    let latest = 0;
    for (const message of list.querySelectorAll(":scope > .message")) {
      const at = new Date(Number(message.dataset.at));
      const newDay = midnight(at) !== latest;
      latest = midnight(at);
      const soon = before && Math.abs(message.dataset.at - before.dataset.at) <= GROUPED_FOR;
      const same = before?.dataset.authorId === message.dataset.authorId;
      const grouped = Boolean(soon && same && !newDay);
      message.classList.toggle("grouped", grouped);
      before?.classList.toggle("continued", grouped);
      if (newDay) {
        let day = message.previousElementSibling;
        if (!days.delete(day)) {
          day = document.createElement("p");
          day.className = "day";
          day.append(document.createElement("span"));
          message.before(day);
        }
        const name = dayName(at);
        if (day.textContent !== name) day.firstElementChild.textContent = name;
      }
      before = message;
    }
    before?.classList.remove("continued");
    days.forEach((day) => day.remove());
    localTimes(list);
  }

  // A real message takes the place of its bubble, whichever way it came; what is not sent yet
  // stays below what is.
  function settle(list) {
    const left = [];
    for (const bubble of list.querySelectorAll(":scope > .pending")) {
      const id = bubble.dataset.clientMessageId;
      const mine = `[data-client-message-id="${CSS.escape(id)}"][data-author-id="${CSS.escape(campfire.userId)}"]`;
      if (list.querySelector(`:scope > [data-message-id]${mine}`)) {
        bubble.remove();
        campfire.tell("settled", { id });
      } else {
        left.push(bubble);
      }
    }
    if (left.length && list.lastElementChild !== left[left.length - 1]) list.append(...left);
  }

  // --- links to copy ---------------------------------------------------------------------------

  // `data-copy` holds the text, or the path of a link.
  document.addEventListener("click", async (event) => {
    const button = event.target.closest("[data-copy]");
    if (!button || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    const text = button.dataset.copy;
    const done = await copy(text.startsWith("/") ? new URL(text, location.href).href : text);
    const sentence = done ? word.copied : word.could_not_be_copied;
    campfire.say(sentence);
    const label = button.lastChild;
    if (label.textContent === sentence) return;
    const before = label.textContent;
    label.textContent = sentence;
    setTimeout(() => (label.textContent = before), 2000);
  });

  async function copy(text) {
    try {
      await navigator.clipboard.writeText(text);
      return true;
    } catch {
      // Not there without TLS, or refused.
    }
    const box = document.createElement("textarea");
    const focused = document.activeElement;
    box.value = text;
    box.className = "visually-hidden";
    document.body.append(box);
    box.select();
    let done = false;
    try {
      done = document.execCommand("copy");
    } catch {
      // Then it stays undone.
    }
    box.remove();
    focused?.focus?.({ preventScroll: true });
    return done;
  }

  campfire.arrange = arrange;
  campfire.copy = copy;
  document.addEventListener("htmx:after:process", ({ target }) => target.querySelectorAll && localTimes(target));
  localTimes(document);
})();
