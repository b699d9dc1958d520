// Above the picture in review: how far one is, and what is looked at. Behind the last one: what became of all.
"use strict";

const ReviewHead = (() => {
  /**
   * @param {object} given
   * @param {string[]} given.queue
   * @param {number} given.at
   * @param {Map<string, string>} given.decided
   * @param {Row|undefined} given.row
   * @param {(by: number) => void} given.go
   * @param {boolean} given.all
   * @param {() => void} given.toggle
   */
  function view({ queue, at, decided, row, go, all, toggle }) {
    const id = queue[at];
    if (!queue.length) return h("h1", { class: "unseen", tabindex: "-1" }, "Review");
    return [
      h(
        "div",
        {
          class: "review-progress",
          role: "progressbar",
          "aria-label": "Decided",
          "aria-valuemin": 0,
          "aria-valuemax": queue.length,
          "aria-valuenow": decided.size,
        },
        h("span", { style: { transform: `scaleX(${decided.size / queue.length})` } }),
      ),
      h(
        "div",
        { class: "asset-head" },
        h(
          "button",
          {
            class: "icon-button",
            type: "button",
            title: "Back (k)",
            "aria-label": "Asset before",
            disabled: at === 0,
            on: { click: () => go(-1) },
          },
          icon("left"),
        ),
        h(
          "p",
          { class: "review-count" },
          h("strong", null, String(Math.min(at + 1, queue.length))),
          ` of ${queue.length.toLocaleString("en")}`,
        ),
        h("h1", { class: "asset-name", tabindex: "-1", title: id || "" }, id ? Tile.name(id) : "All looked at"),
        id && decided.has(id)
          ? h("span", { class: "badge is-fresh" }, icon("fresh"), decided.get(id))
          : row && row.state !== "fresh"
            ? Tile.badge(row.state)
            : null,
        row && row.why ? h("span", { class: "why", title: Words.plain(row.why) }, Words.plain(row.why)) : null,
        h(
          "div",
          { class: "neighbours" },
          row && row.takes > 1
            ? h(
                "button",
                {
                  class: "icon-button",
                  type: "button",
                  title: "All side by side (g)",
                  "aria-label": "All side by side",
                  "aria-pressed": String(all),
                  on: { click: toggle },
                },
                icon("grid"),
              )
            : null,
          id
            ? h(
                "a",
                {
                  class: "icon-button",
                  href: Route.to("asset", id),
                  title: "All about it",
                  "aria-label": "All about this asset",
                },
                icon("more"),
              )
            : null,
          h(
            "button",
            {
              class: "icon-button",
              type: "button",
              title: "Next (Space)",
              "aria-label": "Next asset",
              disabled: at >= queue.length,
              on: { click: () => go(1) },
            },
            icon("right"),
          ),
        ),
      ),
    ];
  }

  /**
   * @param {Map<string, string>} decided
   * @param {() => void} again
   */
  function end(decided, again) {
    /** @type {Record<string, number>} */
    const counts = {};
    for (const words of decided.values()) counts[words] = (counts[words] || 0) + 1;
    const left = [...State.rows.values()].filter((row) => row.undecided).length;
    const said = Object.entries(counts).map(([words, count]) => `${count.toLocaleString("en")} ${words}`);
    if (!decided.size && !left)
      return [
        h("h2", null, "Nothing to review"),
        h(
          "p",
          null,
          "Every take has been decided. What is drawn with several candidates, or has `approve: true`, comes here.".replaceAll(
            "`",
            "",
          ),
        ),
        h("a", { class: "button", href: Main.wallHash() }, "To the wall"),
      ];
    return [
      h("h2", null, left ? "That was the last one" : "All decided"),
      h("p", null, [...said, left ? `${left.toLocaleString("en")} still open` : ""].filter(Boolean).join(", "), "."),
      h(
        "div",
        { class: "offers" },
        left
          ? h(
              "button",
              { class: "button primary", type: "button", on: { click: again } },
              `Look at the ${left.toLocaleString("en")} again`,
            )
          : null,
        h("a", { class: "button", href: Main.wallHash() }, "To the wall"),
      ),
    ];
  }

  return { view, end };
})();
