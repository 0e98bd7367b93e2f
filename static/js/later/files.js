// Sends files ahead of their message, one after another, each with a chip: how far it is, a way to
// stop it, a way to try it again. Fetched with the first file somebody brings.
(() => {
  "use strict";

  const campfire = window.campfire;
  const form = document.getElementById("composer");
  const input = form?.querySelector(".attach input");
  if (!input) return;

  const MOST = Number(input.dataset.most);
  const LARGEST = Number(input.dataset.largest);
  // A local picture of a larger file costs more than it shows.
  const LARGEST_SHOWN = 30000000;
  const ICONS = form.querySelector(".attach use").getAttribute("href").split("#")[0];

  const words = (bytes) =>
    bytes < 1000 ? word.bytes : bytes < 1e6 ? `${Math.round(bytes / 1e3)} KB` : `${(bytes / 1e6).toFixed(bytes < 1e7 ? 1 : 0)} MB`;

  function element(name, className, text = "") {
    const made = document.createElement(name);
    if (className) made.className = className;
    made.textContent = text;
    return made;
  }

  function icon(name) {
    const space = "http://www.w3.org/2000/svg";
    const svg = document.createElementNS(space, "svg");
    const use = document.createElementNS(space, "use");
    svg.setAttribute("class", "icon");
    svg.setAttribute("aria-hidden", "true");
    use.setAttribute("href", `${ICONS}#icon-${name}`);
    svg.append(use);
    return svg;
  }

  // --- the line of files -----------------------------------------------------------------------

  const drawn = new WeakMap();
  // Over all messages: one at a time, in the order they were brought.
  const line = [];
  let going = null;

  function pump() {
    if (going || !(going = line.shift())) return;
    going.send().finally(() => {
      going = null;
      pump();
    });
  }

  class Chip {
    constructor(file, batch) {
      this.file = file;
      this.batch = batch;
      this.state = "waiting";
      this.why = "";
      // Whether another try may help.
      this.again = true;
      this.draw();
      if (file.size > LARGEST) this.fail(word.file_too_large, false);
      else line.push(this);
      this.paint();
    }

    draw() {
      const { file } = this;
      this.item = element("li", "chip");
      drawn.set(this.item, this);
      if (file.type.startsWith("image/") && file.size < LARGEST_SHOWN) {
        this.address = URL.createObjectURL(file);
        const picture = element("img");
        picture.alt = "";
        // What this browser cannot show has an icon.
        picture.onerror = () => picture.replaceWith(icon("file"));
        picture.src = this.address;
        this.item.append(picture);
      } else {
        this.item.append(icon("file"));
      }
      const name = element("span", "chip-name", file.name);
      name.dir = "auto";
      this.note = element("span", "chip-note");
      this.bar = element("progress");
      this.bar.max = 100;
      this.bar.setAttribute("aria-label", word.sending_file);
      const text = element("span", "chip-text");
      text.append(name, this.note, this.bar);
      this.retry = element("button", "retry", word.retry);
      this.retry.type = "button";
      this.retry.setAttribute("aria-label", word.retry_file);
      this.retry.addEventListener("click", () => this.start());
      this.cancel = element("button", "icon-button cancel-file");
      this.cancel.type = "button";
      this.cancel.append(icon("close"));
      this.cancel.addEventListener("click", () => this.remove());
      this.item.append(text, this.retry, this.cancel);
    }

    start() {
      this.state = "waiting";
      line.push(this);
      this.changed();
      pump();
    }

    // Answers when it is over, whatever came of it.
    send() {
      return new Promise((over) => {
        const fields = new FormData();
        fields.set("attachment", this.file, this.file.name);
        const request = (this.request = new XMLHttpRequest());
        request.open("POST", "/uploads");
        request.setRequestHeader("Accept", "application/json");
        request.responseType = "json";
        request.upload.onprogress = ({ loaded, total }) => {
          this.part = total ? Math.floor((loaded / total) * 100) : 0;
          this.paint();
        };
        request.onloadend = () => {
          this.request = null;
          this.answered(request);
          over();
        };
        this.part = 0;
        this.state = "going";
        this.changed();
        request.send(fields);
      });
    }

    answered({ status, response }) {
      if (this.state === "gone") return status === 201 && discard(response.id);
      if (status === 201) {
        this.id = response.id;
        this.state = "done";
        return this.changed();
      }
      if (status === 401) campfire.leave();
      const lost = word.connection_broke;
      this.fail(response?.error || (status ? word.file_not_accepted : lost), ![403, 413, 422].includes(status));
      this.lost = !status;
    }

    fail(why, again) {
      this.state = "failed";
      this.why = why;
      this.again = again;
      this.changed();
    }

    remove() {
      const at = line.indexOf(this);
      if (at >= 0) line.splice(at, 1);
      const { id, state } = this;
      this.state = "gone";
      if (state === "going") this.request?.abort();
      if (id) discard(id);
      const next = this.item.nextElementSibling || this.item.previousElementSibling;
      const focused = this.item.contains(document.activeElement);
      this.batch.forget(this);
      if (focused) (next?.querySelector(".cancel-file") || form.querySelector("textarea")).focus();
    }

    changed() {
      this.paint();
      this.batch.changed();
    }

    paint() {
      const { state, file } = this;
      this.item.dataset.state = state;
      const notes = { waiting: word.waiting, going: `${this.part} %`, done: words(file.size), failed: this.why };
      this.note.textContent = notes[state] || "";
      this.bar.hidden = state !== "going";
      this.bar.value = this.part || 0;
      this.retry.hidden = state !== "failed" || !this.again;
      const over = state === "done" || state === "failed";
      this.cancel.setAttribute("aria-label", over ? word.remove_file : word.cancel_file);
      this.cancel.title = over ? word.remove : word.cancel;
    }
  }

  // A file nobody will post. If this fails, the server forgets it in a day.
  const discard = (id) => fetch(`/uploads/${id}/delete`, { method: "POST" }).catch(() => {});

  // --- the files of one message ----------------------------------------------------------------

  class Batch {
    constructor() {
      this.chips = [];
      this.list = element("ul", "chips");
      this.list.setAttribute("aria-label", word.files);
      // Called with every change; whoever has the batch listens.
      this.watch = () => {};
    }

    add(file) {
      const chip = new Chip(file, this);
      this.chips.push(chip);
      this.list.append(chip.item);
    }

    changed() {
      this.watch();
    }

    forget(chip) {
      this.chips = this.chips.filter((other) => other !== chip);
      chip.item.remove();
      if (chip.address) URL.revokeObjectURL(chip.address);
      this.changed();
    }

    ready() {
      return this.chips.every(({ state }) => state === "done");
    }

    failed() {
      return this.chips.some(({ state }) => state === "failed");
    }

    ids() {
      return this.chips.map(({ id }) => id);
    }

    retry() {
      for (const chip of this.chips) if (chip.state === "failed" && chip.again) chip.start();
    }

    // Nobody wants them any more.
    drop() {
      for (const chip of [...this.chips]) chip.remove();
    }

    // They are in their message.
    free() {
      this.list.remove();
      for (const { address } of this.chips) if (address) URL.revokeObjectURL(address);
    }
  }

  // --- what is attached to the box -------------------------------------------------------------

  let batch = null;

  function hold(other) {
    batch = other;
    batch.watch = () => {
      if (!batch.chips.length) batch.list.remove();
    };
    form.querySelector(".composer-row").before(batch.list);
    batch.watch();
  }

  campfire.files = {
    add(files) {
      if (!batch) hold(new Batch());
      const free = MOST - batch.chips.length;
      for (const file of files.slice(0, free)) batch.add(file);
      if (!batch.list.isConnected) hold(batch);
      campfire.writing.complain(files.length > free ? word.too_many_files : "");
      pump();
      form.querySelector("textarea").focus();
    },

    // For the message that is sent now; nothing if there are none.
    take() {
      const taken = batch?.chips.length ? batch : null;
      if (taken) {
        taken.list.remove();
        batch = null;
      }
      return taken;
    },

    // Back from a message that was refused.
    give(back) {
      const since = batch;
      hold(back);
      for (const chip of since?.chips || []) {
        chip.batch = back;
        back.chips.push(chip);
        back.list.append(chip.item);
      }
      since?.list.remove();
    },
  };

  // What broke with the line is tried again with it.
  document.addEventListener("campfire:connection", ({ detail }) => {
    if (detail.state !== "live") return;
    for (const item of document.querySelectorAll(".chip[data-state=failed]")) {
      const chip = drawn.get(item);
      if (chip?.lost) chip.start();
    }
  });
})();
