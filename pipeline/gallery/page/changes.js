// In files that compare with a revision: what was added, what changed, what was removed since, and for how much.
"use strict";

const Changes = (() => {
  /** @type {HTMLElement} */ let section;

  /** @param {HTMLElement} root */
  function start(root) {
    section = root;
  }

  function show() {
    const { against } = State;
    scrollTo(0, 0);
    if (!against)
      return render(
        section,
        h("h1", { tabindex: "-1" }, "Changes"),
        h("p", { class: "muted" }, "This gallery was not compared with anything."),
      );
    const of = (/** @type {string} */ change) =>
      Filter.apply(State.rows.values(), { ...Filter.read(new URLSearchParams()), change }).shown;
    const [changed, added, removed] = ["changed", "added", "removed"].map(of);
    render(
      section,
      h("h1", { tabindex: "-1" }, counted(against)),
      h(
        "div",
        { class: "compared" },
        h(
          "p",
          null,
          "Since ",
          h("strong", null, h("bdi", null, against.revision)),
          against.commit && against.commit !== against.revision
            ? [" (", h("code", null, against.commit.slice(0, 12)), ")"]
            : "",
          ": ",
          Words.told(Words.sentence(against.why)),
        ),
        cost(against),
      ),
      changed.length
        ? [
            h("h2", { key: "c" }, `Changed, ${changed.length.toLocaleString("en")}`),
            h("ul", { key: "cl", class: "change-list" }, changed.map(pair)),
          ]
        : null,
      added.length
        ? [
            h("h2", { key: "a" }, `Added, ${added.length.toLocaleString("en")}`),
            h(
              "ul",
              { key: "al", class: "change-list is-single" },
              added.map((row) => single(row, row.picture)),
            ),
          ]
        : null,
      removed.length
        ? [
            h("h2", { key: "r" }, `Removed, ${removed.length.toLocaleString("en")}`),
            h(
              "ul",
              { key: "rl", class: "change-list is-single" },
              removed.map((row) => single(row, row.before || null)),
            ),
          ]
        : null,
    );
  }

  /** @param {Against} against */
  function counted({ added, changed, removed }) {
    const said = [
      changed ? `${changed.toLocaleString("en")} changed` : "",
      added ? `${added.toLocaleString("en")} added` : "",
      removed ? `${removed.toLocaleString("en")} removed` : "",
    ].filter(Boolean);
    return said.length ? said.join(", ") : "Nothing changed";
  }

  /** @param {Against} against */
  function cost(against) {
    const facts = [
      against.takes
        ? `${Words.usd(against.cost_micro_usd)} for ${Words.plural(against.takes, "take")} since then`
        : `${Words.usd(against.cost_micro_usd)} spent since then`,
      against.in_vain_micro_usd ? `${Words.usd(against.in_vain_micro_usd)} for answers without a picture` : "",
      against.takes_of_unknown_cost
        ? `the cost of ${Words.plural(against.takes_of_unknown_cost, "take")} is not known here`
        : "",
    ];
    return h("p", null, Words.sentence(facts.filter(Boolean).join("; ")));
  }

  /** @param {Row} row */
  function pair(row) {
    const both = Entries.isOther(row) && row.picture;
    const href = both ? Route.to("compare", row.id, { a: "before", b: "now" }) : Route.to("asset", row.id);
    const asks = row.asks || [];
    return h(
      "li",
      { key: row.id, class: "change-card" },
      h(
        "a",
        { href },
        both || row.gap
          ? h(
              "span",
              { class: "change-pair" },
              picture(row.before || null, "Before", row.gap),
              picture(row.picture, "Now"),
            )
          : h(
              "span",
              { class: "change-pair is-one" },
              picture(row.picture, row.before ? "The same picture" : "The first picture"),
            ),
        name(row),
      ),
      asks.length
        ? h(
            "details",
            { class: "change-asks" },
            h("summary", null, Words.plain(`Asked otherwise: ${asks.map((change) => change.name).join(", ")}`)),
            asks.map(Diff.view),
          )
        : null,
    );
  }

  /**
   * @param {Row} row
   * @param {Picture|null} shown
   */
  function single(row, shown) {
    return h(
      "li",
      { key: row.id, class: "change-card" },
      h("a", { href: Route.to("asset", row.id) }, picture(shown, "", row.gap || ""), name(row)),
    );
  }

  /**
   * @param {Picture|null} shown
   * @param {string} label
   * @param {string} [gap]
   */
  function picture(shown, label, gap = "") {
    if (!shown)
      return h(
        "span",
        { class: "small-picture change-picture none", data: { label: label || null } },
        h("span", { class: "no-picture" }, gap || "No picture"),
      );
    const showIn = (/** @type {HTMLElement} */ frame) => Pictures.show(frame, shown.thumb, label, true);
    return h("span", {
      class: `small-picture change-picture${shown.alpha ? " checker" : ""}`,
      data: { label: label || null },
      own: true,
      after: showIn,
    });
  }

  /** @param {Row} row */
  function name(row) {
    return h(
      "span",
      { class: "change-name" },
      Tile.name(row.id),
      row.was ? h("span", { class: "muted" }, "was ", h("bdi", null, row.was)) : null,
    );
  }

  return { start, show, hide: () => {}, keys: () => [], title: () => "Changes" };
})();
