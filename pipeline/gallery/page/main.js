// Starts all, and puts the view that the address names on the page.
"use strict";

/**
 * A view: shown at a place, hidden when another takes the page.
 * @typedef {object} View
 * @property {(root: HTMLElement) => void} start
 * @property {(place: Place) => void} show
 * @property {() => void} hide
 * @property {() => Key[]} keys
 * @property {(place: Place) => string} title
 */

const Main = (() => {
  /** @type {Record<string, View>} */
  const views = {};
  let shown = "";
  let wall = "#/";

  function start() {
    // The wall keeps its own place.
    history.scrollRestoration = "manual";
    Notices.start();
    Keys.start();
    Deciding.start();
    Noting.start();
    Dropping.start();
    Object.assign(views, {
      wall: Wall,
      asset: Asset,
      compare: Compare,
      review: Review,
      problems: Problems,
      changes: Changes,
    });
    for (const [name, view] of Object.entries(views))
      view.start(/** @type {HTMLElement} */ (document.getElementById(name)));
    Bar.start(/** @type {HTMLElement} */ (document.getElementById("bar")));
    State.on(["happened"], () => State.happened[0] && Notices.quietly(Words.plain(State.happened[0].text)));
    const panel = /** @type {HTMLElement} */ (document.getElementById("now-panel"));
    const fill = eachFrame(() => panel.matches(":popover-open") && render(panel, Activity.panel()));
    panel.addEventListener("toggle", fill);
    State.on(["happened", "building"], fill);
    document.getElementById("skip")?.addEventListener("click", () => document.getElementById("main")?.focus());
    Wire.start();
    addEventListener("hashchange", show);
    // Files that compare are opened for what changed.
    if (State.against && !location.hash) Route.rewrite(Route.to("changes"));
    show();
  }

  function show() {
    const place = Route.now();
    const name = views[place.view] ? place.view : "wall";
    if (name === "wall" && shown !== "wall") wall = location.hash || "#/";
    if (shown && shown !== name) views[shown].hide();
    for (const other of Object.keys(views))
      /** @type {HTMLElement} */ (document.getElementById(other)).hidden = other !== name;
    document.documentElement.dataset.view = name;
    const from = shown;
    shown = name;
    Keys.use(views[name].title(place), views[name].keys);
    views[name].show(place);
    document.title = `${views[name].title(place)} · ${State.project.name || "gallery"}`;
    if (from && from !== name && name !== "wall")
      /** @type {HTMLElement|null} */ (document.querySelector(`#${name} h1`))?.focus({ preventScroll: true });
  }

  /** The wall as it was left, with its filters. */
  const wallHash = () => (shown === "wall" ? location.hash || "#/" : wall);

  return { start, wallHash };
})();

Main.start();
