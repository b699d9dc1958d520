// The dialog in which a note is written. What was typed stays until it has been kept.
"use strict";

const Noting = (() => {
  /** @type {HTMLDialogElement} */ let dialog;
  /** What was typed and not kept, by asset. @type {Map<string, string>} */
  const drafts = new Map();

  function start() {
    dialog = Dialogs.make("note-dialog", "Note");
    dialog.dataset.keeps = "typed";
  }

  /**
   * @param {AssetDocument} asset
   * @param {() => void} [kept]
   */
  function write(asset, kept = () => {}) {
    const { id } = asset.row;
    const before = asset.row.note;
    const field = () => /** @type {HTMLTextAreaElement} */ (dialog.querySelector("textarea"));
    const keep = async () => {
      const note = field().value.trim();
      drafts.set(id, note);
      dialog.close();
      const done = await Deciding.decide(asset, { id, do: "note", note });
      if (!done) return;
      drafts.delete(id);
      kept();
    };
    const onKey = (/** @type {KeyboardEvent} */ event) => {
      if (event.key === "Enter" && !event.shiftKey && !event.isComposing) {
        event.preventDefault();
        keep();
      }
    };
    const earlier = recent(id);
    Dialogs.fill(
      dialog,
      h("p", { class: "muted" }, h("bdi", null, id)),
      h(
        "label",
        null,
        h("span", { class: "unseen" }, "The note"),
        h("textarea", {
          key: id,
          value: drafts.get(id) ?? before,
          placeholder: "Why, in a few words",
          on: { keydown: onKey, input: () => drafts.set(id, field().value) },
        }),
      ),
      earlier.length
        ? [
            h("h3", null, "Earlier notes"),
            h(
              "ul",
              { class: "earlier" },
              earlier.map((note) =>
                h(
                  "li",
                  { key: note },
                  h(
                    "button",
                    {
                      class: "chip",
                      type: "button",
                      on: { click: () => ((field().value = note), drafts.set(id, note), field().focus()) },
                    },
                    note.length > 80 ? `${note.slice(0, 78)}…` : note,
                  ),
                ),
              ),
            ),
          ]
        : null,
      h(
        "div",
        { class: "dialog-buttons" },
        h(
          "button",
          { class: "button", type: "button", on: { click: () => (drafts.delete(id), dialog.close()) } },
          "Discard",
        ),
        h(
          "button",
          { class: "button primary", type: "button", on: { click: keep } },
          "Keep the note",
          h("kbd", { "aria-hidden": "true" }, "Enter"),
        ),
      ),
    );
    Dialogs.open(dialog);
    // The description compares with what is there: a draft from before must not stand in another asset's dialog.
    field().value = drafts.get(id) ?? before;
    field().focus();
    field().setSelectionRange(field().value.length, field().value.length);
  }

  /** Notes of other assets, the most frequent first. @param {string} id */
  function recent(id) {
    /** @type {Map<string, number>} */
    const counts = new Map();
    for (const row of State.rows.values())
      if (row.note && row.id !== id) counts.set(row.note, (counts.get(row.note) || 0) + 1);
    return [...counts]
      .sort((a, b) => b[1] - a[1])
      .slice(0, 6)
      .map(([note]) => note);
  }

  return { start, write };
})();
