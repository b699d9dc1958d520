// Two pictures of one asset against each other: a slider, side by side, in turn, and what differs.
"use strict";

const Compare = (() => {
  const MODES = { slider: "Slider", side: "Side by side", blink: "Blink", difference: "Difference" };
  /** Not faster than this: three flashes in a second can harm. */
  const FASTEST = 400;

  /** @type {HTMLElement} */ let section;
  /** @type {Record<"head"|"stages"|"under", HTMLElement>} */ let parts;
  const zoom = new Zoom(320);
  /** @type {Stage} */ let over;
  /** @type {Stage} */ let left;
  /** @type {Stage} */ let right;
  /** @type {Splitter} */ let splitter;
  let id = "";
  let mode = /** @type {keyof typeof MODES} */ (Remember.get("compare") in MODES ? Remember.get("compare") : "slider");
  let a = "";
  let b = "";
  let shown = "b";
  let pace = 800;
  let gain = 4;
  /** @type {number|undefined} */ let blinking;
  let measured = "";
  /** @type {AssetDocument|null} */ let asset = null;
  let here = false;

  const draw = eachFrame(drawNow);

  /** @param {HTMLElement} root */
  function start(root) {
    section = root;
    over = new Stage(zoom, "Both pictures, one over the other", 2);
    left = new Stage(zoom, "The first picture");
    right = new Stage(zoom, "The second picture");
    splitter = new Splitter(over);
    over.layers[0].element.classList.add("is-a");
    over.layers[1].element.classList.add("is-b");
    const part = (/** @type {string} */ name) => element(h("div", { class: name, own: true }));
    parts = { head: part("asset-head"), stages: part("stages"), under: part("compare-under") };
    parts.stages.append(over.element, left.element, right.element);
    section.append(parts.head, parts.stages, parts.under);
    zoom.listeners.add(() => here && draw());
    State.on(["rows"], (ids) => here && ids.has(id) && load());
  }

  /** @param {Place} place */
  function show(place) {
    here = true;
    if (place.id !== id) {
      id = place.id;
      asset = null;
      splitter.at = 0.5;
    }
    a = place.query.get("a") || "";
    b = place.query.get("b") || "";
    measured = "";
    scrollTo(0, 0);
    load();
    drawNow();
  }

  function hide() {
    here = false;
    blink(false);
  }

  async function load() {
    const wanted = id;
    const found = await Assets.of(wanted).catch(() => null);
    if (wanted !== id || !here) return;
    asset = found;
    draw();
  }

  /** The two pictures. @returns {[Entry|undefined, Entry|undefined, Entry[]]} */
  function pair() {
    const all = asset ? Entries.of(asset).filter((entry) => entry.picture) : [];
    const first =
      all.find((entry) => entry.key === a) ||
      all.find((entry) => entry.key === "before") ||
      all.find((entry) => entry.take?.picked) ||
      all[0];
    const second = all.find((entry) => entry.key === b && entry !== first) || all.find((entry) => entry !== first);
    return [first, second, all];
  }

  function drawNow() {
    if (!here) return;
    const [first, second, all] = pair();
    render(parts.head, head());
    for (const name of Object.keys(MODES)) parts.stages.classList.toggle(`is-${name}`, name === mode);
    parts.stages.dataset.shown = shown;
    const both = mode !== "side";
    over.element.hidden = !both;
    left.element.hidden = right.element.hidden = both;
    const [one, other] = both ? [over, over] : [left, right];
    if (first) one.show(first.picture, `First: ${Entries.name(first)}`);
    if (second || both)
      other.show(second ? second.picture : null, second ? `Second: ${Entries.name(second)}` : "", both ? 1 : 0);
    over.element.style.setProperty("--gain", String(gain));
    splitter.on = mode === "slider";
    splitter.place();
    render(
      parts.under,
      first && second
        ? under(first, second, all)
        : asset
          ? h("p", { class: "muted" }, "There is only one picture of it in reach: nothing to compare.")
          : null,
    );
    if (mode === "difference" && first && second && !measured) measure(first, second);
  }

  function head() {
    return [
      h(
        "a",
        {
          class: "icon-button",
          href: Route.to("asset", id),
          title: "Back to the asset (Esc)",
          "aria-label": "Back to the asset",
        },
        icon("back"),
      ),
      h("h1", { tabindex: "-1", class: "asset-name", title: id }, Tile.name(id)),
      h(
        "div",
        { class: "segments", role: "group", "aria-label": "How they are compared" },
        Object.entries(MODES).map(([name, word], number) =>
          h(
            "button",
            {
              key: name,
              type: "button",
              "aria-pressed": String(mode === name),
              title: `${word} (${"sdbf"[number]})`,
              on: { click: () => turn(/** @type {any} */ (name)) },
            },
            word,
          ),
        ),
      ),
    ];
  }

  /**
   * @param {Entry} first
   * @param {Entry} second
   * @param {Entry[]} all
   */
  function under(first, second, all) {
    const pick = (/** @type {Take} */ take) => asset && Deciding.decide(asset, { id, do: "pick", take: take.take });
    const isShown = (/** @type {string} */ side) => (mode === "blink" && shown === side ? " is-shown" : "");
    const sides = [
      {
        title: "First",
        entry: first,
        classes: `is-a${isShown("a")}`,
        choose: (/** @type {string} */ key) => go(key, second.key),
      },
      {
        title: "Second",
        entry: second,
        classes: `is-b${isShown("b")}`,
        choose: (/** @type {string} */ key) => go(first.key, key),
      },
    ];
    return [
      h(
        "div",
        { class: "stage-bar" },
        Stage.controls(zoom),
        controls(),
        h(
          "button",
          { class: "button", type: "button", title: "Change places (w)", on: { click: swap } },
          icon("swap"),
          "Swap",
        ),
      ),
      h(
        "div",
        { class: "sides" },
        sides.map((side) => CompareSide.view({ ...side, all, pick })),
      ),
    ];
  }

  function controls() {
    if (mode === "blink") {
      const onPace = (/** @type {any} */ event) => {
        pace = Number(event.target.value);
        if (blinking !== undefined) blink(true);
        draw();
      };
      return h(
        "div",
        { class: "compare-controls", key: "blink" },
        h(
          "button",
          {
            class: "button",
            type: "button",
            "aria-pressed": String(blinking !== undefined),
            title: "Start or stop (b)",
            on: { click: () => blink(blinking === undefined) },
          },
          blinking === undefined ? "Start" : "Stop",
        ),
        h(
          "label",
          null,
          "Every ",
          h("input", {
            type: "range",
            min: FASTEST,
            max: 2000,
            step: 100,
            value: String(pace),
            "aria-valuetext": `${pace / 1000} seconds`,
            on: { input: onPace },
          }),
          h("span", { class: "figures" }, ` ${(pace / 1000).toFixed(1)} s`),
        ),
        h("span", { class: "muted wide-only" }, h("kbd", null, "Space"), " turns by hand"),
      );
    }
    if (mode === "difference") {
      return h(
        "div",
        { class: "compare-controls", key: "difference" },
        h(
          "label",
          null,
          "Strength ",
          h("input", {
            type: "range",
            min: 1,
            max: 16,
            value: String(gain),
            "aria-valuetext": `${gain} times`,
            on: { input: (/** @type {any} */ event) => ((gain = Number(event.target.value)), draw()) },
          }),
          h("span", { class: "figures" }, ` × ${gain}`),
        ),
        h("span", { class: "muted", role: "status" }, measured),
      );
    }
    return h("div", { class: "compare-controls" });
  }

  // --- what is turned ---

  /** @param {keyof typeof MODES} next */
  function turn(next) {
    mode = next;
    Remember.set("compare", mode);
    shown = "b";
    blink(mode === "blink" && !matchMedia("(prefers-reduced-motion: reduce)").matches);
    drawNow();
  }

  /**
   * @param {string} first
   * @param {string} second
   */
  function go(first, second) {
    a = first;
    b = second;
    measured = "";
    Route.rewrite(Route.to("compare", id, { a, b }));
    drawNow();
  }

  function swap() {
    const [first, second] = pair();
    if (first && second) go(second.key, first.key);
  }

  function flip() {
    shown = shown === "a" ? "b" : "a";
    const [first, second] = pair();
    const now = shown === "a" ? first : second;
    if (now && blinking === undefined) Notices.quietly(Entries.name(now));
    draw();
  }

  /** @param {boolean} on */
  function blink(on) {
    clearInterval(blinking);
    blinking = on ? window.setInterval(flip, pace) : undefined;
    if (here) draw();
  }

  // --- what differs, in figures ---

  /**
   * @param {Entry} first
   * @param {Entry} second
   */
  async function measure(first, second) {
    measured = "Measuring";
    const [one, other] = [first.picture, second.picture];
    if (!one || !other) return;
    if (one.width !== other.width || one.height !== other.height) {
      measured = `${one.width} × ${one.height} against ${other.width} × ${other.height} px`;
      return draw();
    }
    try {
      measured = await Differing.words(one, other);
    } catch {
      measured = "The browser does not let files be measured";
    }
    draw();
  }

  /** @returns {Key[]} */
  function keys() {
    return [
      {
        keys: [" "],
        does: "The other one (blink)",
        run: () => (mode === "blink" ? (blink(false), flip()) : turn("blink")),
      },
      { keys: ["s"], does: "Slider", run: () => turn("slider") },
      { keys: ["d"], does: "Side by side", run: () => turn("side") },
      {
        keys: ["b"],
        does: "Blink, or stop it",
        run: () => (mode === "blink" ? blink(blinking === undefined) : turn("blink")),
      },
      { keys: ["f"], does: "Difference", run: () => turn("difference") },
      { keys: ["w"], does: "Change places", run: swap },
      {
        keys: ["ArrowLeft", "ArrowRight", "ArrowUp", "ArrowDown"],
        shown: "arrows",
        does: "Move the slider, or a picture that is zoomed",
        run: (event) => Stage.arrow(zoom, event.key) || (mode === "slider" && splitter.byKey(event)),
      },
      ...Stage.keys(zoom),
    ];
  }

  return { start, show, hide, keys, title: (/** @type {Place} */ place) => `Compare ${place.id}` };
})();
