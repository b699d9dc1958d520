// What stands above the wall: search, filters, order, size.
"use strict";

const WallTools = (() => {
  let open = false;

  /**
   * @param {object} given
   * @param {Wanted} given.wanted
   * @param {Record<string, number>} given.counts
   * @param {number} given.shown
   * @param {number} given.size
   * @param {{least: number, most: number}} given.sizes
   * @param {(change: Partial<Wanted>) => void} given.want
   * @param {(height: number) => void} given.resize
   */
  function view({ wanted, counts, shown, size, sizes, want, resize }) {
    const toggle = (/** @type {MouseEvent} */ event) => {
      open = !open;
      /** @type {HTMLElement} */ (event.currentTarget).setAttribute("aria-expanded", String(open));
      document.getElementById("more-tools")?.classList.toggle("open", open);
    };
    const chosen = Boolean(wanted.tag || wanted.file || wanted.sort !== "spec");
    return [
      search(wanted, want),
      chips(wanted, counts, want),
      h(
        "button",
        {
          class: `quiet tools-toggle${chosen ? " set" : ""}`,
          type: "button",
          "aria-expanded": String(open),
          "aria-controls": "more-tools",
          on: { click: toggle },
        },
        icon("filter"),
        "Filter",
      ),
      h(
        "div",
        { id: "more-tools", class: `tools-more${open ? " open" : ""}` },
        choice(
          "Tag",
          "All tags",
          wanted.tag,
          Filter.tally(State.rows.values(), (row) => row.tags),
          (tag) => want({ tag }),
        ),
        choice(
          "Spec",
          "All specs",
          wanted.file,
          Filter.tally(State.rows.values(), (row) => [row.file]),
          (file) => want({ file }),
        ),
        sort(wanted, want),
        h(
          "span",
          { class: "shown-count" },
          shown === State.rows.size
            ? Words.plural(shown, "asset")
            : `${shown.toLocaleString("en")} of ${State.rows.size.toLocaleString("en")}`,
        ),
      ),
      h(
        "label",
        { class: "size" },
        icon("picture", "tiny"),
        h("span", { class: "unseen" }, "Size of the pictures"),
        h("input", {
          type: "range",
          min: sizes.least,
          max: sizes.most,
          value: String(size),
          "aria-valuetext": `${size} pixels high`,
          on: { input: (/** @type {any} */ event) => resize(Number(event.target.value)) },
        }),
        icon("picture"),
      ),
    ];
  }

  /**
   * @param {Wanted} wanted
   * @param {(change: Partial<Wanted>) => void} want
   */
  function search(wanted, want) {
    const onKey = (/** @type {any} */ event) => {
      if (event.key === "Escape" && event.target.value) want({ text: "" });
      else if (event.key === "Escape") event.target.blur();
      else if (event.key === "Enter" || event.key === "ArrowDown") Wall.enter();
      else return;
      event.preventDefault();
      event.stopPropagation();
    };
    return h(
      "label",
      { class: "search" },
      icon("search"),
      h("span", { class: "unseen" }, "Search ids, reasons, notes, tags"),
      h("input", {
        type: "search",
        placeholder: "Search",
        autocomplete: "off",
        spellcheck: "false",
        value: wanted.text,
        "aria-keyshortcuts": "/",
        on: { input: (/** @type {any} */ event) => want({ text: event.target.value }), keydown: onKey },
      }),
      h("kbd", { "aria-hidden": "true" }, "/"),
    );
  }

  /**
   * @param {Wanted} wanted
   * @param {Record<string, number>} counts
   * @param {(change: Partial<Wanted>) => void} want
   */
  function chips(wanted, counts, want) {
    const states = Object.keys(Words.STATES).filter((state) => counts[state] || wanted.state === state);
    const changes = /** @type {("added"|"changed"|"removed")[]} */ (
      State.against ? ["added", "changed", "removed"] : []
    );
    return h(
      "div",
      { class: "chips", role: "group", "aria-label": "Show only" },
      chip("All", "", counts.all, !wanted.state && !wanted.change, () => want({ state: "", change: "" })),
      changes.map((change) =>
        chip(Words.CHANGES[change].word, change, counts[change], wanted.change === change, () =>
          want({ change: wanted.change === change ? "" : change }),
        ),
      ),
      counts.undecided || wanted.state === "undecided"
        ? chip("To review", "undecided", counts.undecided, wanted.state === "undecided", () =>
            want({ state: wanted.state === "undecided" ? "" : "undecided" }),
          )
        : null,
      states.map((state) =>
        chip(Words.state(state).word, state, counts[state] || 0, wanted.state === state, () =>
          want({ state: wanted.state === state ? "" : state }),
        ),
      ),
    );
  }

  /**
   * @param {string} word
   * @param {string} of
   * @param {number} count
   * @param {boolean} pressed
   * @param {() => void} press
   */
  function chip(word, of, count, pressed, press) {
    const sign =
      of === "undecided"
        ? icon("eye")
        : of in Words.STATES
          ? icon(Words.state(of).icon)
          : of in Words.CHANGES
            ? icon(/** @type {any} */ (Words.CHANGES)[of].icon)
            : null;
    return h(
      "button",
      {
        key: of || "all",
        class: `chip is-${of || "all"}`,
        type: "button",
        "aria-pressed": String(pressed),
        on: { click: press },
      },
      sign,
      word,
      h("span", { class: "count" }, (count || 0).toLocaleString("en")),
    );
  }

  /**
   * @param {string} label
   * @param {string} all
   * @param {string} value
   * @param {[string, number][]} values
   * @param {(value: string) => void} choose
   */
  function choice(label, all, value, values, choose) {
    if (!values.length || (values.length === 1 && !value)) return null;
    return h(
      "label",
      { class: "choice", key: label },
      h(
        "select",
        {
          class: value ? "set" : "",
          "aria-label": label,
          on: { change: (/** @type {any} */ event) => choose(event.target.value) },
        },
        h("option", { value: "", selected: !value }, all),
        values.map(([name, count]) =>
          h("option", { key: name, value: name, selected: name === value }, `${name} (${count.toLocaleString("en")})`),
        ),
      ),
    );
  }

  /**
   * @param {Wanted} wanted
   * @param {(change: Partial<Wanted>) => void} want
   */
  function sort(wanted, want) {
    return h(
      "label",
      { class: "choice", key: "sort" },
      h(
        "select",
        { "aria-label": "Order", on: { change: (/** @type {any} */ event) => want({ sort: event.target.value }) } },
        Object.entries(Filter.SORTS).map(([value, name]) =>
          h("option", { value, selected: wanted.sort === value }, name),
        ),
      ),
    );
  }

  return { view };
})();
