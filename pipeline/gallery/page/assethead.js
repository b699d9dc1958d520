// The line above an asset's picture: its name, how it stands, the assets before and after it.
"use strict";

const AssetHead = (() => {
  /**
   * @param {string} id
   * @param {Row|undefined} row
   * @param {(by: number) => void} go
   */
  function view(id, row, go) {
    const [at, count] = Wall.position(id);
    const doing = State.doing(id);
    return [
      h(
        "a",
        {
          class: "icon-button",
          href: Main.wallHash(),
          title: "Back to the wall (Esc)",
          "aria-label": "Back to the wall",
        },
        icon("back"),
      ),
      h("h1", { tabindex: "-1", class: "asset-name", title: id }, Tile.name(id)),
      doing
        ? h("span", { class: "badge is-doing" }, icon(doing), doing === "drawing" ? "Drawing" : "Queued")
        : row
          ? Tile.badge(row.state)
          : null,
      row ? Tile.marks(row) : null,
      h(
        "div",
        { class: "neighbours" },
        at ? h("span", { class: "muted" }, `${at.toLocaleString("en")} of ${count.toLocaleString("en")}`) : null,
        h(
          "button",
          {
            class: "icon-button",
            type: "button",
            title: "Asset before (k)",
            "aria-label": "Asset before",
            disabled: at < 2,
            on: { click: () => go(-1) },
          },
          icon("up"),
        ),
        h(
          "button",
          {
            class: "icon-button",
            type: "button",
            title: "Next asset (j)",
            "aria-label": "Next asset",
            disabled: !at || at >= count,
            on: { click: () => go(1) },
          },
          icon("down"),
        ),
      ),
    ];
  }

  return { view };
})();
