// One asset as the wall shows it: its picture, and how it stands.
"use strict";

const Tile = (() => {
  /**
   * @param {Row} row
   * @param {number} width
   * @param {number} height
   * @param {boolean} isFar  whether it is not looked at yet
   */
  function frame(row, width, height, isFar) {
    const picture = seen(row);
    const doing = State.doing(row.id);
    const src = picture ? Pictures.source(picture, Math.max(width, height)) : null;
    const [shownWidth, shownHeight] = fitted(picture || row, width, height);
    const classes = [
      "frame",
      picture?.alpha && "checker",
      picture?.kind === "placeholder" && "stand-in",
      !picture && "none",
      doing,
    ]
      .filter(Boolean)
      .join(" ");
    return h(
      "span",
      { class: "frame-place", style: { height: `${height}px` } },
      h(
        "span",
        { class: classes, style: { width: `${shownWidth}px`, height: `${shownHeight}px` } },
        h("span", {
          class: "pictures",
          own: true,
          after: (/** @type {HTMLElement} */ place) => Pictures.show(place, src, row.alt, isFar),
        }),
        picture
          ? null
          : h("span", { class: "no-picture" }, row.change === "removed" ? row.gap || "No picture" : "No picture yet"),
        doing ? h("span", { class: "doing" }, icon(doing), doing === "drawing" ? "Drawing" : "Queued") : null,
      ),
    );
  }

  /** The picture that stands for an asset: of one that was removed, the last there was. @param {Row} row */
  const seen = (row) => row.picture || (row.change === "removed" && row.before) || null;

  /**
   * The size at which a picture fits into its place, at its own ratio.
   * @param {{width: number, height: number}} picture
   * @param {number} width
   * @param {number} height
   */
  function fitted(picture, width, height) {
    const scale = Math.min(width / picture.width, height / picture.height);
    return scale > 0 && isFinite(scale)
      ? [Math.round(picture.width * scale), Math.round(picture.height * scale)]
      : [width, height];
  }

  /**
   * @param {Row} row
   * @param {number} width
   */
  function caption(row, width) {
    return h(
      "span",
      { class: "caption" },
      h(
        "span",
        { class: "name-line" },
        name(row.id),
        row.price_micro_usd
          ? h("span", { class: "price", title: "What drawing it would cost" }, Words.usd(row.price_micro_usd))
          : null,
      ),
      h("span", { class: "state-line" }, status(row, width), marks(row)),
    );
  }

  /**
   * An id, of which the last name is the last to be cut off.
   * @param {string} id
   */
  function name(id) {
    const [folder, last] = Words.parts(id);
    return h(
      "span",
      { class: "name", title: id },
      folder ? h("bdi", { class: "folder" }, folder) : null,
      h("bdi", { class: "last" }, last),
    );
  }

  /**
   * How an asset stands, in a word and with the reason.
   * @param {Row} row
   * @param {number} width
   */
  function status(row, width) {
    if (row.change) {
      const change = Words.CHANGES[row.change];
      return h("span", { class: `badge is-${row.change}` }, icon(change.icon), change.word);
    }
    if (row.state === "fresh" && row.undecided) {
      const why = row.takes > 1 ? `${row.takes} takes` : "not approved";
      return [h("span", { class: "badge is-undecided" }, icon("eye"), "To review"), h("span", { class: "why" }, why)];
    }
    const why = row.failure || row.why;
    return [
      badge(row.state),
      why && width > 90 && row.state !== "fresh"
        ? h("span", { class: "why", title: Words.plain(why) }, Words.plain(why))
        : null,
    ];
  }

  /** @param {string} name */
  function badge(name) {
    const state = Words.state(name);
    return h("span", { class: `badge is-${name}` }, icon(state.icon), state.word);
  }

  /** What people decided about it, as small signs. @param {Row} row */
  function marks(row) {
    const signs = [
      row.approved && sign("approve", "approved"),
      row.protected && sign("protect", "protected"),
      row.adopted && sign("adopt", "adopted"),
      row.note && sign("note", `note: ${row.note}`),
    ].filter(Boolean);
    return signs.length ? h("span", { class: "marks" }, signs) : null;
  }

  /**
   * @param {string} name
   * @param {string} says
   */
  const sign = (name, says) =>
    h("span", { class: "sign", title: says }, icon(name), h("span", { class: "unseen" }, says));

  return { frame, seen, caption, name, badge, status, marks, fitted };
})();
