// What is said of one of two pictures that are compared, and which other one could be in its place.
"use strict";

const CompareSide = (() => {
  /**
   * @param {object} given
   * @param {string} given.title
   * @param {Entry} given.entry
   * @param {Entry[]} given.all
   * @param {string} given.classes
   * @param {(key: string) => void} given.choose
   * @param {(take: Take) => void} given.pick
   */
  function view({ title, entry, all, classes, choose, pick }) {
    const { take, picture } = entry;
    const facts = [
      picture ? `${picture.width} × ${picture.height}` : "",
      take && take.ended ? Words.when(take.ended) : "",
      take && take.cost_micro_usd ? Words.usd(take.cost_micro_usd) : "",
    ];
    const onChange = (/** @type {any} */ event) => choose(event.target.value);
    const mayPick = State.mayDecide() && take && !take.picked && take.in_reach;
    return h(
      "div",
      { class: `side ${classes}` },
      h("span", { class: "side-title" }, title),
      h(
        "label",
        null,
        h(
          "select",
          { "aria-label": `${title} picture`, on: { change: onChange } },
          all.map((one) => h("option", { key: one.key, value: one.key, selected: one === entry }, named(one))),
        ),
      ),
      h("span", { class: "muted wide-only" }, facts.filter(Boolean).join(" · ")),
      mayPick
        ? h("button", { class: "button slight", type: "button", on: { click: () => pick(take) } }, icon("pick"), "Pick")
        : null,
    );
  }

  /** A picture with what was decided about it. @param {Entry} entry */
  function named(entry) {
    const marks = entry.take ? Entries.marks(entry.take).map(([, word]) => word) : [];
    return [Entries.name(entry), ...marks].join(", ");
  }

  return { view };
})();
