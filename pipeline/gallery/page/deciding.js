// A decision from the press of a button to what came of it; where another person was faster, what they decided.
"use strict";

const Deciding = (() => {
  /** @type {HTMLDialogElement} */ let dialog;

  function start() {
    dialog = Dialogs.make("overtaken-dialog", "Somebody decided meanwhile");
    dialog.dataset.keeps = "typed";
  }

  /**
   * Send a decision about an asset as it was seen, and tell what came of it.
   * @param {AssetDocument} seen
   * @param {Decision} decision
   * @param {{quiet?: boolean}} [options]  quiet: done is not told, only what went wrong
   * @returns {Promise<Row|null>} the asset as it is then; null where nothing was decided
   */
  async function decide(seen, decision, { quiet = false } = {}) {
    const done = await Decide.send(decision, seen.row.version);
    if (done.ok) {
      if (quiet) Notices.quietly(Words.plain(done.text));
      else Notices.done(done.text);
      return done.row;
    }
    if (done.overtaken) return overtaken(seen, done.overtaken, decision);
    Notices.error(Words.sentence(done.message), done.hint);
    return null;
  }

  /**
   * Show what changed, and let the person decide again.
   * @param {AssetDocument} seen
   * @param {AssetDocument} now
   * @param {Decision} decision
   * @returns {Promise<Row|null>}
   */
  function overtaken(seen, now, decision) {
    return new Promise((resolve) => {
      let again = false;
      const note = () => /** @type {HTMLTextAreaElement|null} */ (dialog.querySelector("textarea"));
      const repeat = () => {
        again = true;
        const text = note()?.value.trim();
        dialog.close();
        resolve(decide(now, text === undefined ? decision : { ...decision, note: text }));
      };
      dialog.addEventListener("close", () => again || resolve(null), { once: true });
      const typed = decision.note !== undefined;
      Dialogs.fill(
        dialog,
        h(
          "p",
          null,
          h("strong", null, h("bdi", null, now.row.id)),
          " is no longer as this page showed it, so nothing of yours was done yet.",
        ),
        h("div", { class: "before-now" }, pictured("As you saw it", seen), pictured("As it is now", now)),
        h(
          "ul",
          { class: "bullets" },
          differences(seen, now).map((text) => h("li", { key: text }, Words.told(text))),
        ),
        h("h3", null, "You were about to"),
        h("p", null, Words.sentence(words(decision, now))),
        typed
          ? h(
              "label",
              null,
              h("span", { class: "unseen" }, "Your note"),
              h("textarea", { key: "typed", value: decision.note }),
            )
          : null,
        h(
          "div",
          { class: "dialog-buttons" },
          h(
            "button",
            { class: "button", type: "button", on: { click: () => dialog.close() } },
            "Leave it as it is now",
          ),
          h(
            "button",
            { class: "button primary", type: "button", on: { click: repeat } },
            typed ? "Keep my note" : "Do it all the same",
          ),
        ),
      );
      const field = note();
      if (field) field.value = decision.note || "";
      Dialogs.open(dialog);
      Notices.quietly(`Somebody decided about ${now.row.id} meanwhile`);
    });
  }

  /**
   * @param {string} title
   * @param {AssetDocument} asset
   */
  function pictured(title, asset) {
    const { picture } = asset.row;
    return h(
      "figure",
      { key: title },
      picture
        ? Pictures.small(picture.thumb, "", "before-now-picture")
        : h("span", { class: "small-picture before-now-picture none" }),
      h("figcaption", null, title),
    );
  }

  /**
   * What is otherwise now, in sentences.
   * @param {AssetDocument} seen
   * @param {AssetDocument} now
   */
  function differences(seen, now) {
    const found = [];
    const picked = (/** @type {AssetDocument} */ asset) => asset.takes.find((take) => take.picked);
    const name = (/** @type {Take|undefined} */ take) => (take ? `\`${take.label}\`` : "none");
    if (picked(seen)?.take !== picked(now)?.take)
      found.push(`the pick is ${name(picked(now))} now, and was ${name(picked(seen))}`);
    for (const take of now.takes) {
      const before = seen.takes.find((one) => one.take === take.take);
      if (!before) found.push(`take \`${take.label}\` is new`);
      else if (before.rejected !== take.rejected)
        found.push(`take \`${take.label}\` is ${take.rejected ? "rejected" : "no longer rejected"}`);
    }
    const flags = /** @type {const} */ ([
      ["approved", "approved"],
      ["protected", "protected"],
      ["adopted", "adopted from a person"],
    ]);
    for (const [name, word] of flags)
      if (seen.row[name] !== now.row[name]) found.push(`it is ${now.row[name] ? "" : "no longer "}${word}`);
    if (seen.row.note !== now.row.note)
      found.push(now.row.note ? `its note says now: ${now.row.note}` : "its note was taken away");
    if (seen.row.state !== now.row.state) found.push(`it is ${now.row.state} now, and was ${seen.row.state}`);
    return found.length ? found : ["its request is another now: the spec, or what it refers to, changed"];
  }

  /**
   * @param {Decision} decision
   * @param {AssetDocument} asset
   */
  function words(decision, asset) {
    const take = asset.takes.find((one) => one.take === decision.take);
    const named = take ? (/^\d+$/.test(take.label) ? `take ${take.label}` : `“${take.label}”`) : "it";
    return {
      pick: `pick ${named}`,
      approve: `approve ${named}`,
      reject: `reject ${named}`,
      reroll: "reroll it",
      keep: "keep its picture",
      protect: "protect it",
      unprotect: "lift its protection",
      adopt: "adopt your file",
      restore: "put the built file back",
      note: "keep this note",
    }[decision.do];
  }

  return { start, decide, overtaken };
})();
