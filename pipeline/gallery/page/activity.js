// One line on what is going on, and the one thing to do about it.
"use strict";

const Activity = (() => {
  function view() {
    if (State.connection === "static") return isStatic();
    if (State.connection === "lost")
      return line("lost", icon("offline"), "The server does not answer; what you see is how it was. Trying again.");
    if (!State.ready || !State.plan) return line("idle", null, "Reading the project");
    return [
      State.building ? building(State.building) : State.waiting ? waiting(State.waiting) : planned(State.plan),
      lookingOnly(),
    ];
  }

  /**
   * @param {string} kind
   * @param {Child} sign
   * @param {...Children} words
   */
  function line(kind, sign, ...words) {
    return h(
      "p",
      { key: "line", class: `activity-line is-${kind}`, role: kind === "lost" ? "status" : null },
      sign,
      h("span", { class: "activity-words" }, ...words),
    );
  }

  function isStatic() {
    const { against } = State;
    if (!against) return line("idle", null, Words.plural(State.rows.size, "asset"));
    return line("idle", icon("compare"), "Compared with ", h("strong", null, h("bdi", null, against.revision)));
  }

  function lookingOnly() {
    if (State.mayDecide()) return null;
    const why = State.project.read_only
      ? "This page is for looking only."
      : "To decide here, open the address with the token that `pipeline serve` printed in its terminal.";
    return h(
      "p",
      { key: "only", class: "looking-only", title: Words.plain(why) },
      icon("eye"),
      "Looking only",
      h("span", { class: "unseen" }, `. ${Words.plain(why)}`),
    );
  }

  // --- a build ---

  /** @param {Building} building */
  function building(building) {
    const left =
      building.seconds_left === null
        ? null
        : Math.max(0, building.seconds_left - (performance.now() - State.buildingSince) / 1000);
    const cost = building.spent_micro_usd ? `${Words.usd(building.spent_micro_usd)} so far` : "";
    const maybe = building.maybe_spent_micro_usd
      ? `up to ${Words.usd(building.maybe_spent_micro_usd)} more may have been charged`
      : "";
    const facts = [
      `${building.done} of ${building.total}`,
      cost,
      maybe,
      building.queued.length ? `${building.queued.length.toLocaleString("en")} queued` : "",
      left === null ? "" : left < 1 ? "nearly done" : `about ${Words.span(left)} left`,
    ];
    return [
      h(
        "button",
        {
          key: "now",
          class: "activity-line is-building",
          type: "button",
          popovertarget: "now-panel",
          title: "What is being drawn, and what happened",
        },
        h("span", { class: "pulse", "aria-hidden": "true" }),
        h(
          "span",
          { class: "activity-words" },
          building.is_stopping
            ? "Stopping: what is in flight arrives"
            : building.drawing.length
              ? [
                  h("span", { class: "verb" }, "Drawing "),
                  h("strong", null, h("bdi", null, Words.names(building.drawing, 2))),
                ]
              : "Building",
        ),
        h("span", { class: "facts" }, facts.filter(Boolean).join(" · ")),
      ),
      State.mayDecide() && !building.is_stopping
        ? h(
            "button",
            {
              key: "stop",
              class: "button",
              type: "button",
              title: "What is in flight arrives; nothing more is begun",
              on: { click: Money.stop },
            },
            icon("stop"),
            "Stop",
          )
        : null,
    ];
  }

  // --- what waits ---

  /** @param {Waiting} waiting */
  function waiting(waiting) {
    const left =
      waiting.seconds_left === null
        ? null
        : Math.max(0, waiting.seconds_left - (performance.now() - State.waitingSince) / 1000);
    const pictures = waiting.draws
      ? `${Words.plural(waiting.draws, "picture")}, ${Words.usd(waiting.table_micro_usd)}`
      : "";
    if (waiting.why === "settle") {
      return [
        line(
          "waiting",
          icon("queued"),
          left === null || left < 0.5 ? "Begins now" : `Begins in ${Math.ceil(left)} s, when nothing more is saved`,
          pictures ? ` · ${pictures}` : "",
        ),
        buildAll(State.plan),
      ];
    }
    if (waiting.why === "git")
      return [
        line("waiting", icon("queued"), "Waits until git is done", pictures ? ` · ${pictures}` : ""),
        buildAll(State.plan),
      ];
    return [
      line("asks", icon("held"), Words.told(waiting.text || `${pictures}: waits for your yes`)),
      State.mayDecide()
        ? h(
            "button",
            { key: "allow", class: "button primary", type: "button", on: { click: () => Money.allow(waiting) } },
            "Allow ",
            h("span", { class: "sum" }, Words.usd(waiting.table_micro_usd)),
          )
        : null,
    ];
  }

  // --- a plan ---

  /** @param {Plan} plan */
  function planned(plan) {
    const { price } = plan;
    if (!plan.draws)
      return [
        line(
          "asks",
          icon("held"),
          h(
            "span",
            { title: plan.lacking },
            h("strong", null, "No key, so nothing is drawn. "),
            Words.told(Words.sentence(plan.lacking || "placeholders stand in")),
          ),
        ),
        free(plan),
      ];
    if (!price.certain_draws && !price.possible_draws)
      return plan.free
        ? [line("idle", icon("build"), `${plan.free.toLocaleString("en")} to build, free`), free(plan)]
        : line("idle", icon("fresh"), standing(plan));
    const possible = price.possible_draws ? ` and up to ${price.possible_draws} after them` : "";
    return [
      line(
        "plan",
        null,
        h("strong", null, `${price.certain_draws.toLocaleString("en")} to draw`),
        `${possible}, ${Words.range(price)}`,
      ),
      buildAll(plan),
    ];
  }

  /** What there is to do for a person where there is nothing to draw. @param {Plan} plan @returns {Children} */
  function standing(plan) {
    if (!State.rows.size) return "No assets yet";
    const spent = State.spentEver ? `, ${Words.usd(State.spentEver)} spent so far` : "";
    const counts = /** @type {any} */ (plan);
    const open = ["held", "missing", "edited", "failed"]
      .filter((state) => counts[state])
      .map((state) => `${counts[state].toLocaleString("en")} ${state}`);
    let undecided = 0;
    for (const row of State.rows.values()) undecided += Number(row.undecided);
    if (undecided)
      return [
        "Nothing to draw; ",
        h("a", { href: Route.to("review") }, `${undecided.toLocaleString("en")} to review`),
        open.length ? `, ${open.join(", ")}` : "",
      ];
    return open.length ? `Nothing to draw; ${open.join(", ")}` : `Everything is fresh${spent}`;
  }

  /** @param {Plan|null} plan */
  function buildAll(plan) {
    if (!plan || !State.mayDecide() || !plan.draws || !(plan.price.certain_draws + plan.price.possible_draws))
      return null;
    return h(
      "button",
      {
        key: "build",
        class: "button primary",
        type: "button",
        on: { click: () => Money.build(null, plan.price.table_micro_usd) },
      },
      "Build all stale ",
      h("span", { class: "sum" }, Words.range(plan.price)),
    );
  }

  /** @param {Plan} plan */
  function free(plan) {
    if (!plan.free || State.project.auto || !State.mayDecide()) return null;
    return h(
      "button",
      { key: "free", class: "button", type: "button", on: { click: () => Money.build(null, 0) } },
      "Build, free",
    );
  }

  /** What is being drawn, what is queued, what happened: in a panel below the bar. */
  function panel() {
    const { building, happened } = State;
    const list = (/** @type {string} */ title, /** @type {string[]} */ ids) =>
      ids.length
        ? [
            h("h3", null, title),
            h(
              "ul",
              { class: "plain" },
              ids
                .slice(0, 60)
                .map((id) => h("li", { key: id }, h("a", { href: Route.to("asset", id) }, h("bdi", null, id)))),
              ids.length > 60
                ? h("li", { class: "muted" }, `and ${(ids.length - 60).toLocaleString("en")} more`)
                : null,
            ),
          ]
        : null;
    return [
      building ? [list("Being drawn", building.drawing), list("Queued", building.queued)] : null,
      h("h3", null, "What happened"),
      happened.length
        ? h(
            "ol",
            { class: "plain" },
            happened.map((one) =>
              h(
                "li",
                { key: `${one.at}${one.text}` },
                h("time", { class: "muted" }, new Date(one.at).toLocaleTimeString("en-GB")),
                " ",
                Words.told(one.text),
              ),
            ),
          )
        : h("p", { class: "muted" }, "Nothing since this page was opened."),
    ];
  }

  return { view, panel };
})();
