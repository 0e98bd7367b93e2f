// Goes to a room or a person by typing a few letters. Fetched when somebody first asks for it.
(() => {
  "use strict";

  const dialog = document.createElement("dialog");
  dialog.className = "switcher";
  dialog.setAttribute("aria-label", word.go_to);
  const box = document.createElement("input");
  box.type = "search";
  box.placeholder = word.go_to;
  box.setAttribute("aria-label", word.name_to_find);
  box.setAttribute("role", "combobox");
  box.setAttribute("aria-expanded", "true");
  box.setAttribute("aria-controls", "found");
  box.autocomplete = "off";
  box.maxLength = 100;
  const results = document.createElement("div");
  dialog.append(box, results);
  document.body.append(dialog);

  let asked = 0;
  let timer = 0;
  let chosen = 0;
  // What was typed when the list on the screen was asked for.
  let shown = null;

  const choices = () => [...results.querySelectorAll("#found a, #found button")];

  window.campfire.goTo = () => {
    if (dialog.open) return dialog.close();
    box.value = "";
    results.replaceChildren();
    dialog.showModal();
    look();
  };

  // Answers that were overtaken by a newer question are not shown.
  async function look() {
    const turn = ++asked;
    const typed = box.value;
    try {
      const address = `/users/me/switcher?q=${encodeURIComponent(typed)}`;
      const answer = await fetch(address, { headers: { "HX-Request": "true" } });
      const text = await answer.text();
      if (turn !== asked || !answer.ok) return;
      const page = new DOMParser().parseFromString(text, "text/html");
      results.replaceChildren(...page.body.childNodes);
      shown = typed;
      choices().forEach((choice, at) => {
        choice.id = `found_${at}`;
        choice.tabIndex = -1;
      });
      choose(0);
    } catch {
      if (turn === asked) results.textContent = word.not_reached;
    }
  }

  function choose(at) {
    const all = choices();
    if (!all.length) return box.removeAttribute("aria-activedescendant");
    chosen = (at + all.length) % all.length;
    all.forEach((choice, n) => choice.classList.toggle("chosen", n === chosen));
    all[chosen].scrollIntoView({ block: "nearest" });
    box.setAttribute("aria-activedescendant", all[chosen].id);
  }

  box.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(look, 120);
  });

  dialog.addEventListener("keydown", async (event) => {
    if (event.isComposing) return;
    if (event.key === "Escape") {
      // Or the first press would only empty the box.
      event.preventDefault();
      dialog.close();
    } else if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      choose(chosen + (event.key === "ArrowDown" ? 1 : -1));
    } else if (event.key === "Enter" && event.target === box) {
      event.preventDefault();
      clearTimeout(timer);
      // Typed faster than the answers come: the letters count, not what is still shown.
      if (shown !== box.value) await look();
      choices()[chosen]?.click();
    }
    event.stopPropagation();
  });

  // A click beside the dialog.
  dialog.addEventListener("click", (event) => event.target === dialog && dialog.close());
})();
