// A file dropped on the page, or chosen, that becomes the asset.
"use strict";

const Dropping = (() => {
  /** @type {HTMLDialogElement} */ let dialog;
  /** @type {HTMLElement} */ let veil;
  /** @type {HTMLInputElement} */ let chooser;
  let wanted = "";

  function start() {
    dialog = Dialogs.make("adopt-dialog", "Adopt a file");
    veil = element(h("div", { class: "drop-veil", hidden: true, own: true }));
    chooser = /** @type {HTMLInputElement} */ (
      element(
        h("input", {
          type: "file",
          accept: "image/png,image/jpeg,image/webp",
          hidden: true,
          "aria-label": "A picture to adopt",
        }),
      )
    );
    chooser.addEventListener("change", () => chooser.files && chooser.files[0] && propose(wanted, chooser.files[0]));
    document.body.append(veil, chooser);
    addEventListener("dragover", over);
    addEventListener("dragleave", (event) => event.relatedTarget === null && hide());
    addEventListener("drop", drop);
  }

  /** The asset that a file would be adopted for, by where it is. @param {DragEvent} event */
  function target(event) {
    const { view, id } = Route.now();
    if (view === "asset") return id;
    const tile = event.target instanceof Element ? event.target.closest("a[data-id]") : null;
    return tile instanceof HTMLElement ? tile.dataset.id || "" : "";
  }

  /** @param {DragEvent} event */
  function over(event) {
    if (!event.dataTransfer || !event.dataTransfer.types.includes("Files")) return;
    // Else the browser would leave the page for the file.
    event.preventDefault();
    const id = State.mayDecide() ? target(event) : "";
    event.dataTransfer.dropEffect = id ? "copy" : "none";
    veil.hidden = !id;
    if (id) veil.textContent = `Drop it to adopt it as ${id}`;
  }

  const hide = () => (veil.hidden = true);

  /** @param {DragEvent} event */
  function drop(event) {
    hide();
    const file = event.dataTransfer?.files[0];
    if (!file) return;
    event.preventDefault();
    const id = target(event);
    if (id && State.mayDecide()) propose(id, file);
  }

  /** Let a person choose a file. @param {string} id */
  function choose(id) {
    wanted = id;
    chooser.value = "";
    chooser.click();
  }

  /**
   * @param {string} id
   * @param {File} file
   */
  async function propose(id, file) {
    const asset = await Assets.of(id);
    if (!asset) return;
    const address = URL.createObjectURL(file);
    const image = new Image();
    image.alt = "The file to adopt";
    image.src = address;
    const readable = await image.decode().then(
      () => true,
      () => false,
    );
    const { row } = asset;
    const close = () => dialog.close();
    dialog.addEventListener("close", () => URL.revokeObjectURL(address), { once: true });
    const adopt = async () => {
      const asTake = /** @type {HTMLInputElement} */ (dialog.querySelector("input[value=take]")).checked;
      close();
      await send(asset, file, asTake);
    };
    const ratio = readable && Math.abs(image.naturalWidth / image.naturalHeight - row.width / row.height) > 0.02;
    Dialogs.fill(
      dialog,
      readable
        ? h("div", {
            key: address,
            class: "adopt-picture checker",
            own: true,
            made: (/** @type {HTMLElement} */ place) => place.append(image),
          })
        : null,
      h(
        "p",
        null,
        h("bdi", null, file.name),
        readable ? `, ${image.naturalWidth} × ${image.naturalHeight} px, ` : ", ",
        Words.size(file.size),
        " for ",
        h("strong", null, h("bdi", null, id)),
      ),
      readable ? null : h("p", { class: "warning" }, icon("failed"), "The browser cannot read it as a picture."),
      ratio
        ? h(
            "p",
            { class: "warning" },
            icon("failed"),
            `Its spec asks for ${row.width} × ${row.height} px: another ratio.`,
          )
        : null,
      h(
        "fieldset",
        { class: "options" },
        h("legend", { class: "unseen" }, "How"),
        option("file", "As the finished file", "It is used as it is, byte for byte.", true),
        option("take", "As a take", "The tool converts it to the format that the spec asks for.", false),
      ),
      h(
        "div",
        { class: "dialog-buttons" },
        h("button", { class: "button", type: "button", on: { click: close } }, "Not now"),
        h("button", { class: "button primary", type: "button", on: { click: adopt } }, "Adopt"),
      ),
    );
    Dialogs.open(dialog);
  }

  /**
   * @param {string} value
   * @param {string} word
   * @param {string} says
   * @param {boolean} chosen
   */
  function option(value, word, says, chosen) {
    return h(
      "label",
      { key: value },
      h("input", { type: "radio", name: "adopt-as", value, checked: chosen }),
      h("span", null, word, h("span", { class: "muted" }, ` ${says}`)),
    );
  }

  /**
   * @param {AssetDocument} asset
   * @param {File} file
   * @param {boolean} asTake
   */
  async function send(asset, file, asTake) {
    const { id, version } = asset.row;
    const done = await Decide.adopt(id, file, asTake, version);
    if (done.ok) Notices.done(done.text);
    else if (done.overtaken) {
      const again = { word: "Adopt it all the same", run: () => done.overtaken && send(done.overtaken, file, asTake) };
      Notices.error(Words.sentence(done.message), "Look at it as it is now; your file was not used yet.", again);
    } else Notices.error(Words.sentence(done.message), done.hint);
  }

  return { start, choose };
})();
