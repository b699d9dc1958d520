// What changed since the picked take was drawn, word by word.
"use strict";

const Diff = (() => {
  /** Words on either side of what changed that are always shown. */
  const NEAR = 14;

  /**
   * @param {Change} change
   * @returns {Described}
   */
  function view(change) {
    const title = h("h3", null, Words.sentence(`${change.name} changed`).replace(/\.$/, ""));
    if (change.diff && change.diff.length)
      return h(
        "div",
        { key: change.field, class: "change" },
        title,
        h(
          "p",
          { class: "diff" },
          change.diff.map((piece, number) => pieceOf(piece, number, change.diff.length)),
        ),
      );
    return h(
      "div",
      { key: change.field, class: "change" },
      title,
      h(
        "p",
        { class: "change-values" },
        h("del", null, value(change.before)),
        " ",
        icon("right"),
        h("span", { class: "unseen" }, "became"),
        " ",
        h("ins", null, value(change.after)),
      ),
    );
  }

  /**
   * @param {Piece} piece
   * @param {number} number
   * @param {number} count
   * @returns {Children}
   */
  function pieceOf([kind, text], number, count) {
    const space = number < count - 1 ? " " : "";
    if (kind === "removed") return [h("del", { key: `${number}` }, text), space];
    if (kind === "added") return [h("ins", { key: `${number}` }, text), space];
    const words = text.split(" ");
    const head = number > 0 ? NEAR : 0;
    const tail = number < count - 1 ? NEAR : 0;
    if (words.length <= head + tail + 24) return [h("span", { key: `${number}` }, text), space];
    return [h("span", { key: `${number}` }, folded(words, head, tail)), space];
  }

  /**
   * Words that stayed as they were, out of the way until somebody wants them.
   * @param {string[]} words
   * @param {number} head
   * @param {number} tail
   */
  function folded(words, head, tail) {
    const inner = words.slice(head, words.length - tail).join(" ");
    const unfold = (/** @type {any} */ event) => {
      const text = document.createTextNode(inner);
      event.currentTarget.parentElement.replaceChildren(text);
    };
    return [
      head ? `${words.slice(0, head).join(" ")} ` : "",
      h("span", {
        own: true,
        made: (/** @type {HTMLElement} */ place) =>
          place.append(
            element(
              h(
                "button",
                { class: "fold", type: "button", on: { click: unfold } },
                `${(words.length - head - tail).toLocaleString("en")} words as before`,
              ),
            ),
          ),
      }),
      tail ? ` ${words.slice(words.length - tail).join(" ")}` : "",
    ];
  }

  /** A value of a request in few words. @param {any} value */
  function value(value) {
    if (value === null || value === undefined || value === "") return "none";
    if (Array.isArray(value))
      return value.length
        ? value
            .map((one) => (one && one.role) || (one && one.digest ? String(one.digest).slice(0, 15) : String(one)))
            .join(", ")
        : "none";
    return typeof value === "object" ? JSON.stringify(value) : String(value);
  }

  return { view };
})();
