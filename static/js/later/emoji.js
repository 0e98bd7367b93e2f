// The emoji picker: a few dozen common ones of each kind, by mouse, finger and arrows.
(() => {
  "use strict";

  const campfire = window.campfire;
  const KINDS = {
    [word.smileys]: "😀 😃 😄 😁 😆 😅 😂 🤣 🙂 🙃 😉 😊 😇 🥰 😍 😘 😋 😛 😜 🤪 🤑 🤗 🤭 🤫 🤔 😐 😑 😏 😒 🙄 😬 😌 😔 😴 🤒 🤯 🥳 😎 🤓 🧐 😕 😟 😮 😳 🥺 😢 😭 😱 😤 😡 🤬 😈 💀 💩 🤡 👻 👽 🤖",
    [word.people]: "👋 🤚 ✋ 👌 ✌️ 🤞 🤘 👈 👉 👆 👇 👍 👎 ✊ 👊 👏 🙌 👐 🤝 🙏 ✍️ 💪 👀 🧠 🤷 🤦 🙋 🙇 💁 🙅 💃 🕺 🏃 🚶 👶 👩 👨 👪",
    [word.nature]: "🐶 🐱 🐭 🐰 🦊 🐻 🐼 🐨 🐯 🦁 🐮 🐷 🐸 🐵 🙈 🙉 🙊 🐔 🐧 🐦 🦉 🐴 🦄 🐝 🐛 🦋 🐌 🐞 🐢 🐍 🐙 🐠 🐬 🐳 🌵 🌲 🌳 🌴 🍀 🍁 🌹 🌻 🌸 🌍 🌙 ⭐ ☀️ ⛅ 🌈 ⚡ ❄️ 🔥 💧 🌊",
    [word.food]: "🍎 🍐 🍊 🍋 🍌 🍉 🍇 🍓 🍒 🍑 🥭 🍍 🥥 🥝 🍅 🥑 🌶️ 🌽 🥕 🥔 🥐 🍞 🧀 🥚 🥞 🥓 🍔 🍟 🍕 🌭 🥪 🌮 🍝 🍜 🍣 🍚 🍦 🍩 🍪 🎂 🍰 🍫 🍿 ☕ 🍵 🥤 🍺 🍷 🍸 🥂",
    [word.activities]: "⚽ 🏀 🏈 ⚾ 🎾 🏐 🏓 🏸 ⛳ 🎣 🥊 ⛸️ 🎿 🏂 🏊 🚴 🏆 🥇 🥈 🥉 🎉 🎊 🎈 🎁 🎟️ 🎨 🎬 🎤 🎧 🎹 🥁 🎷 🎺 🎸 🎻 🎲 🎯 🎳 🎮 🧩",
    [word.travel]: "🚗 🚕 🚌 🚑 🚒 🚜 🚲 🛵 🚨 🚂 🚆 ✈️ 🚀 🛸 🚁 ⛵ 🚢 ⚓ 🚧 🚦 🗺️ 🗽 🏰 🎡 🎢 🏖️ 🏝️ 🏔️ 🌋 🏕️ ⛺ 🏠 🏢 🏥 🏦 🏫 ⛪ 🌅 🌃",
    [word.things]: "⌚ 📱 💻 ⌨️ 🖨️ 💾 📷 📺 📻 ⏰ ⏳ 🔋 🔌 💡 🔦 💸 💰 💎 🔧 🔨 ⚙️ 🧲 💣 🔪 🛡️ 🔮 🔭 🔬 💊 🧹 🔑 🚪 🛒 ✉️ 📦 📈 📉 📅 📌 📎 ✂️ 📝 🔍 🔒",
    [word.symbols]: "❤️ 🧡 💛 💚 💙 💜 🖤 💔 💯 💢 💥 💫 💦 💤 ✅ ❌ ❓ ❗ ⚠️ 🚫 ♻️ ✨ 🎵 ➕ ➖ ✖️ ➡️ ⬅️ ⬆️ ⬇️ 🔄 🔝 🆗 🆕 🔴 🟠 🟡 🟢 🔵 🟣 🏁 🚩 🏳️‍🌈",
  };

  let panel = null;
  let opener = null;

  campfire.open.emoji = (button) => {
    if (panel && !panel.hidden) return close();
    opener = button;
    panel ||= build(button);
    panel.hidden = false;
    button.setAttribute("aria-expanded", "true");
    (panel.querySelector("button[tabindex='0']") || panel.querySelector("button")).focus();
  };

  function close() {
    if (!panel || panel.hidden) return;
    panel.hidden = true;
    opener.setAttribute("aria-expanded", "false");
  }

  function build(button) {
    const made = document.createElement("div");
    made.id = "emoji";
    made.className = "emoji-picker";
    made.setAttribute("role", "dialog");
    made.setAttribute("aria-label", word.emoji);
    for (const [at, [kind, signs]] of Object.entries(KINDS).entries()) {
      const heading = document.createElement("h2");
      heading.textContent = kind;
      heading.id = `emoji_${at}`;
      const group = document.createElement("div");
      group.setAttribute("role", "group");
      group.setAttribute("aria-labelledby", heading.id);
      for (const sign of signs.split(" ")) {
        const one = document.createElement("button");
        one.type = "button";
        one.tabIndex = -1;
        one.textContent = sign;
        group.append(one);
      }
      made.append(heading, group);
    }
    made.querySelector("button").tabIndex = 0;
    made.addEventListener("click", ({ target }) => {
      if (target.localName === "button") choose(target.textContent);
    });
    made.addEventListener("keydown", walk);
    made.addEventListener("focusout", ({ relatedTarget }) => {
      if (relatedTarget && !made.contains(relatedTarget) && relatedTarget !== opener) close();
    });
    button.setAttribute("aria-controls", made.id);
    button.closest(".composer-row").append(made);
    campfire
      .load("completion")
      .then(() => campfire.words("emoji"))
      .then((list) => name(made, list), () => {});
    return made;
  }

  // Their names, for those who do not see them and those who wonder.
  function name(made, list) {
    const bare = (sign) => sign.replace(/\ufe0f/g, "");
    const names = new Map(list.map(([sign, name]) => [bare(sign), name]));
    for (const one of made.querySelectorAll("button")) {
      const known = names.get(bare(one.textContent));
      if (!known) continue;
      one.title = known;
      one.setAttribute("aria-label", known);
    }
  }

  function choose(sign) {
    const box = opener.form.querySelector("textarea");
    close();
    campfire.insert(box, sign);
  }

  function walk(event) {
    const all = [...panel.querySelectorAll("button")];
    const at = all.indexOf(document.activeElement);
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (event.key === "Escape") {
      close();
      opener.focus();
    } else if (step) {
      go(all, all[at + step]);
    } else if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      go(all, beside(all, at, event.key === "ArrowDown"));
    } else if (event.key === "Home" || event.key === "End") {
      go(all, all.at(event.key === "Home" ? 0 : -1));
    } else {
      return;
    }
    event.preventDefault();
    event.stopPropagation();
  }

  function go(all, to) {
    if (!to) return;
    all.forEach((one) => (one.tabIndex = one === to ? 0 : -1));
    to.focus();
  }

  // The nearest in the next row, or the one before.
  function beside(all, at, down) {
    const here = all[at].getBoundingClientRect();
    const rows = down ? all.slice(at + 1) : all.slice(0, at).reverse();
    const next = rows.find((one) => Math.abs(one.getBoundingClientRect().top - here.top) > 4);
    if (!next) return null;
    const top = next.getBoundingClientRect().top;
    const row = rows.filter((one) => Math.abs(one.getBoundingClientRect().top - top) < 4);
    const distance = (one) => Math.abs(one.getBoundingClientRect().left - here.left);
    return row.reduce((best, one) => (distance(one) < distance(best) ? one : best));
  }

  document.addEventListener("mousedown", ({ target }) => {
    if (panel && !panel.contains(target) && !opener.contains(target)) close();
  });
})();
