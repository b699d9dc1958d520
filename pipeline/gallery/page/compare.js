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
  /** @type {HTMLElement} */ let handle;
  let id = "";
  let mode = /** @type {keyof typeof MODES} */ (Remember.get("compare") in MODES ? Remember.get("compare") : "slider");
  let a = "";
  let b = "";
  let split = 0.5;
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
    handle = element(
      h("div", {
        class: "split",
        role: "slider",
        tabindex: "0",
        "aria-label": "Where the first picture ends",
        "aria-valuemin": 0,
        "aria-valuemax": 100,
        own: true,
      }),
    );
    handle.append(element(h("span", { class: "split-grip", "aria-hidden": "true" }, icon("swap"))));
    handle.addEventListener("keydown", slideByKey);
    over.element.append(handle);
    over.drags = slideByHand;
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
      split = 0.5;
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
    place();
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
        side("First", first, all, (key) => go(key, second.key), "is-a"),
        side("Second", second, all, (key) => go(first.key, key), "is-b"),
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

  /**
   * @param {string} title
   * @param {Entry} entry
   * @param {Entry[]} all
   * @param {(key: string) => void} choose
   * @param {string} classes
   */
  function side(title, entry, all, choose, classes) {
    const { take, picture } = entry;
    return h(
      "div",
      { class: `side ${classes}${mode === "blink" && (shown === "a") === (classes === "is-a") ? " is-shown" : ""}` },
      h("span", { class: "side-title" }, title),
      h(
        "label",
        null,
        h(
          "select",
          {
            "aria-label": `${title} picture`,
            on: { change: (/** @type {any} */ event) => choose(event.target.value) },
          },
          all.map((one) =>
            h(
              "option",
              { key: one.key, value: one.key, selected: one === entry },
              [Entries.name(one), ...(one.take ? Entries.marks(one.take).map(([, word]) => word) : [])].join(", "),
            ),
          ),
        ),
      ),
      h(
        "span",
        { class: "muted wide-only" },
        [
          picture ? `${picture.width} × ${picture.height}` : "",
          take && take.ended ? Words.when(take.ended) : "",
          take && take.cost_micro_usd ? Words.usd(take.cost_micro_usd) : "",
        ]
          .filter(Boolean)
          .join(" · "),
      ),
      State.mayDecide() && take && !take.picked && take.in_reach
        ? h(
            "button",
            {
              class: "button slight",
              type: "button",
              on: { click: () => asset && Deciding.decide(asset, { id, do: "pick", take: take.take }) },
            },
            icon("pick"),
            "Pick",
          )
        : null,
    );
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

  // --- the slider ---

  /** Put the two layers and the handle where the split is. */
  function place() {
    const width = zoom.width * zoom.scale;
    const cut = Math.max(0, Math.min(width, split * zoom.roomWidth - zoom.x));
    const [first, second] = over.layers.map((layer) => layer.element.style);
    first.clipPath = mode === "slider" && over.layers[1].src ? `inset(0 ${Math.max(0, width - cut)}px 0 0)` : "";
    second.clipPath = mode === "slider" ? `inset(0 0 0 ${cut}px)` : "";
    second.filter = "";
    over.element.style.setProperty("--gain", String(gain));
    handle.style.transform = `translateX(${Math.round(split * zoom.roomWidth)}px)`;
    handle.setAttribute("aria-valuenow", String(Math.round(split * 100)));
    handle.setAttribute(
      "aria-valuetext",
      `${Math.round(split * 100)} % first, ${100 - Math.round(split * 100)} % second`,
    );
    handle.hidden = mode !== "slider" || !over.layers[1].src;
  }

  /** A drag moves the split where there is nothing to be moved about, and always by its handle. @param {PointerEvent} event */
  function slideByHand(event) {
    if (mode !== "slider") return false;
    const byHandle = /** @type {Element} */ (event.target).closest(".split") !== null;
    if (zoom.overflows && !byHandle) return false;
    event.preventDefault();
    handle.focus({ preventScroll: true });
    const move = (/** @type {PointerEvent} */ moved) =>
      slide((moved.clientX - over.element.getBoundingClientRect().left) / zoom.roomWidth);
    const end = () => {
      over.element.removeEventListener("pointermove", move);
      over.element.removeEventListener("pointerup", end);
      over.element.removeEventListener("pointercancel", end);
    };
    over.element.setPointerCapture(event.pointerId);
    over.element.addEventListener("pointermove", move);
    over.element.addEventListener("pointerup", end);
    over.element.addEventListener("pointercancel", end);
    move(event);
    return true;
  }

  /** @param {number} to */
  function slide(to) {
    split = Math.max(0, Math.min(1, to));
    place();
  }

  /** @param {KeyboardEvent} event */
  function slideByKey(event) {
    const step = event.shiftKey ? 0.1 : 0.02;
    /** @type {Record<string, number>} */
    const to = {
      ArrowLeft: split - step,
      ArrowRight: split + step,
      Home: 0,
      End: 1,
      PageDown: split - 0.1,
      PageUp: split + 0.1,
    };
    if (!(event.key in to)) return;
    event.preventDefault();
    event.stopPropagation();
    slide(to[event.key]);
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
        run: (event) => Stage.arrow(zoom, event.key) || (mode === "slider" && slideByKey(event)),
      },
      ...Stage.keys(zoom),
    ];
  }

  return { start, show, hide, keys, title: (/** @type {Place} */ place) => `Compare ${place.id}` };
})();
