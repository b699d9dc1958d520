// The bar at the top: which project, where one is, what a build would do and cost, and what it is doing now.
"use strict";

const Bar = (() => {
  /** @type {HTMLElement} */ let bar;
  const draw = eachFrame(drawNow);
  /** @type {number|undefined} */ let ticking;

  /** @param {HTMLElement} root */
  function start(root) {
    bar = root;
    State.on(["plan", "problems", "building", "waiting", "connection", "rows"], draw);
    addEventListener("hashchange", draw);
    // Views that fill the window begin below the bar, which wraps where it is narrow.
    new ResizeObserver(() =>
      document.documentElement.style.setProperty("--bar-height", `${bar.offsetHeight}px`),
    ).observe(bar);
    drawNow();
  }

  function drawNow() {
    const view = Route.now().view;
    const { name, profile } = State.project;
    render(
      bar,
      h(
        "a",
        { class: "brand", href: Main.wallHash() },
        h("span", { class: "mark", "aria-hidden": "true" }),
        h(
          "span",
          { class: "project" },
          h("bdi", null, name || "Gallery"),
          h("span", { class: "unseen" }, ": the wall"),
        ),
        profile ? h("span", { class: "profile", title: "The profile" }, profile) : null,
      ),
      h("nav", { "aria-label": "Views" }, tabs(view)),
      h("div", { class: "activity", id: "activity" }, Activity.view()),
      h(
        "div",
        { class: "bar-end" },
        h(
          "button",
          {
            class: "icon-button",
            type: "button",
            title: `Light or dark: ${Theme.word()}`,
            "aria-label": `Light or dark: ${Theme.word()}`,
            on: { click: () => (Theme.turn(), drawNow()) },
          },
          icon(Theme.sign()),
        ),
        h(
          "button",
          {
            class: "icon-button keys-button",
            type: "button",
            title: "Keys (?)",
            "aria-label": "Keys",
            on: { click: () => Keys.help() },
          },
          icon("help"),
        ),
      ),
      progress(),
    );
    countDown();
  }

  /** @param {string} view */
  function tabs(view) {
    const undecided = count((row) => row.undecided);
    const tab = (
      /** @type {string} */ name,
      /** @type {string} */ word,
      /** @type {number} */ number,
      /** @type {string} */ classes,
      /** @type {string} */ href,
    ) =>
      h(
        "a",
        {
          key: name,
          class: `tab ${classes}`,
          href,
          "aria-current":
            view === name || (name === "wall" && (view === "asset" || view === "compare")) ? "page" : null,
        },
        word,
        number ? h("span", { class: "count" }, number.toLocaleString("en")) : null,
      );
    return [
      State.against
        ? tab(
            "changes",
            "Changes",
            count((row) => Boolean(row.change)),
            "",
            Route.to("changes"),
          )
        : null,
      tab("wall", "Wall", 0, "", Main.wallHash()),
      State.connection === "static"
        ? null
        : tab("review", "Review", undecided, undecided ? "has-some" : "", Route.to("review")),
      State.problems.length || State.connection !== "static"
        ? tab(
            "problems",
            "Problems",
            State.problems.length,
            State.problems.length ? "has-problems" : "",
            Route.to("problems"),
          )
        : null,
    ];
  }

  /** @param {(row: Row) => boolean} fits */
  function count(fits) {
    let found = 0;
    for (const row of State.rows.values()) if (fits(row)) found += 1;
    return found;
  }

  function progress() {
    const { building } = State;
    if (!building) return null;
    const done = building.total ? building.done / building.total : 0;
    return h(
      "div",
      {
        class: "progress",
        role: "progressbar",
        "aria-label": "Build",
        "aria-valuemin": 0,
        "aria-valuemax": building.total,
        "aria-valuenow": building.done,
      },
      h("span", { style: { transform: `scaleX(${Math.max(done, 0.02)})` } }),
    );
  }

  /** Seconds that are shown go down by themselves. */
  function countDown() {
    const counts =
      (State.waiting && State.waiting.seconds_left !== null) ||
      (State.building && State.building.seconds_left !== null);
    if (counts && ticking === undefined) ticking = window.setInterval(draw, 500);
    if (!counts && ticking !== undefined) {
      clearInterval(ticking);
      ticking = undefined;
    }
  }

  return { start };
})();
