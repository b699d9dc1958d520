// One asset: its pictures as large as one likes, and beside them all that is known and can be decided.
"use strict";

const Asset = (() => {
  /** @type {HTMLElement} */ let section;
  /** @type {Record<"head"|"under"|"side", HTMLElement>} */ let parts;
  const zoom = new Zoom(320, 16);
  /** @type {Stage} */ let stage;
  let id = "";
  let chosen = "";
  /** @type {AssetDocument|null} */ let asset = null;
  let problem = "";
  let here = false;

  const draw = eachFrame(drawNow);

  /** @param {HTMLElement} root */
  function start(root) {
    section = root;
    stage = new Stage(zoom, "Picture: arrows move it, plus and minus zoom");
    const part = (/** @type {string} */ name, /** @type {string} */ tag = "div") =>
      element(h(tag, { class: name, own: true }));
    parts = { head: part("asset-head"), under: part("asset-under"), side: part("inspector") };
    const main = element(h("div", { class: "asset-main", own: true }));
    main.append(parts.head, stage.element, parts.under);
    section.append(main, parts.side);
    zoom.listeners.add(() => here && draw());
    State.on(["rows", "plan"], (ids) => here && (ids.size === 0 || ids.has(id)) && load());
    State.on(["building", "connection", "rows"], () => here && draw());
  }

  /** @param {Place} place */
  function show(place) {
    here = true;
    if (place.id !== id) {
      id = place.id;
      asset = null;
      problem = "";
      chosen = "";
      parts.side.scrollTop = 0;
    }
    scrollTo(0, 0);
    chosen = place.query.get("take") || chosen;
    drawNow();
    load();
    prepareNeighbours();
  }

  function hide() {
    here = false;
    Wall.leaveAt(id);
  }

  async function load() {
    const wanted = id;
    try {
      const found = await Assets.of(wanted);
      if (wanted !== id || !here) return;
      problem = found ? "" : State.ready ? "No asset goes by that name." : "";
      asset = found;
    } catch (error) {
      if (wanted === id) problem = /** @type {Error} */ (error).message;
    }
    draw();
  }

  function entries() {
    return asset ? Entries.of(asset) : [];
  }

  function entryNow() {
    const all = entries();
    return all.find((entry) => entry.key === chosen) || Entries.first(all);
  }

  function drawNow() {
    if (!here) return;
    const row = State.rows.get(id) || (asset ? asset.row : undefined);
    render(parts.head, AssetHead.view(id, row, go));
    const entry = entryNow();
    stage.show(entry ? entry.picture : row ? row.picture : null, row && row.alt ? row.alt : `Picture of ${id}`);
    stage.element.classList.toggle("nothing", !(entry ? entry.picture : row && row.picture));
    render(parts.under, asset && row ? under(asset, entry) : null);
    render(
      parts.side,
      problem
        ? h("p", { class: "problem-line" }, icon("failed"), problem)
        : asset && row
          ? Inspector.view({ ...asset, row }, entry, act, draw)
          : h("p", { class: "muted" }, "Reading"),
    );
  }

  /**
   * @param {AssetDocument} asset
   * @param {Entry|undefined} entry
   */
  function under(asset, entry) {
    const all = entries();
    const take = entry && entry.take;
    const picture = entry && entry.picture;
    const other = rival(all, entry);
    const facts = [
      picture ? `${picture.width} × ${picture.height} px` : "",
      take ? Words.format(take.type) : "",
      take && take.size ? Words.size(take.size) : "",
      take && take.model ? take.model : "",
    ].filter(Boolean);
    return [
      h(
        "div",
        { class: "stage-bar" },
        Stage.controls(zoom),
        h(
          "p",
          { class: "stage-facts" },
          entry ? h("strong", null, h("bdi", null, Entries.name(entry))) : null,
          entry && facts.length ? " · " : "",
          facts.join(" · "),
        ),
        other && entry
          ? h(
              "a",
              {
                class: "button",
                href: Route.to("compare", asset.row.id, { a: other.key, b: entry.key }),
                title: "Compare (c)",
              },
              icon("compare"),
              "Compare",
            )
          : null,
      ),
      all.length > 1 ? Entries.strip(all, entry ? entry.key : "", choose) : null,
    ];
  }

  /**
   * What the picture that is looked at is compared with: the pick, or else the one beside it.
   * @param {Entry[]} all
   * @param {Entry|undefined} entry
   */
  function rival(all, entry) {
    const others = all.filter((one) => one !== entry && one.picture);
    if (!entry || !entry.picture) return undefined;
    return (
      others.find((one) => one.key === "before" || one.key === "built") ||
      others.find((one) => one.take && one.take.picked) ||
      others[0]
    );
  }

  /** @param {string} key */
  function choose(key) {
    chosen = key;
    drawNow();
    const entry = entryNow();
    if (entry)
      Notices.quietly(
        `${Entries.name(entry)}${
          entry.take
            ? `, ${Entries.marks(entry.take)
                .map(([, word]) => word)
                .join(", ")}`
            : ""
        }`,
      );
  }

  /** @param {number} by */
  function step(by) {
    const all = entries().filter((entry) => entry.picture);
    const at = all.indexOf(/** @type {Entry} */ (entryNow()));
    const next = all[at + by];
    if (next) choose(next.key);
  }

  /** @param {number} by */
  function go(by) {
    const next = Wall.neighbour(id, by);
    if (!next) return;
    Route.go(Route.to("asset", next));
    Notices.quietly(`${next}, ${Words.state(State.rows.get(next)?.state || "").word}`);
  }

  function prepareNeighbours() {
    for (const by of [1, -1]) {
      const row = State.rows.get(Wall.neighbour(id, by));
      if (row && row.picture) Pictures.prepare(row.picture.src);
    }
  }

  // --- what is decided ---

  /** @param {Offer} offer */
  async function act(offer) {
    if (!asset) return;
    // The row is shown as it is now, the takes as they were when they were read: that is what a decision is about.
    const seen = { ...asset, row: { ...(State.rows.get(id) || asset.row), version: asset.row.version } };
    if (offer.do === "build") Money.build([id], seen.row.price_micro_usd);
    else if (offer.do === "adopt-file") Dropping.choose(id);
    else if (offer.do === "note") Noting.write(seen);
    else await Deciding.decide(seen, { id, do: offer.do, take: offer.take });
  }

  /** @param {string} key */
  function press(key) {
    if (!asset || !State.mayDecide()) return;
    const offer = Decide.offers({ ...asset, row: State.rows.get(id) || asset.row }, entryNow()).find(
      (one) => one.key === key,
    );
    if (!offer) return;
    // What spends is pressed by hand or by Enter, never by a letter alone.
    if (offer.do === "build") /** @type {HTMLElement|null} */ (parts.side.querySelector(".offer-build"))?.focus();
    else act(offer);
  }

  /** @returns {Key[]} */
  function keys() {
    const decisions = /** @type {[string, string][]} */ ([
      ["a", "Approve"],
      ["p", "Pick"],
      ["x", "Reject"],
      ["e", "Keep the picture"],
      ["r", "Reroll"],
      ["l", "Protect, or lift it"],
      ["o", "Adopt the file that stands there"],
      ["f", "Adopt a file from the disk"],
      ["z", "Restore"],
      ["n", "Note"],
      ["d", "To the button that draws it"],
    ]);
    return [
      {
        keys: ["ArrowLeft"],
        does: "Take before; moves a picture that is zoomed",
        run: () => Stage.arrow(zoom, "ArrowLeft") || step(-1),
      },
      { keys: ["ArrowRight"], does: "Take after", run: () => Stage.arrow(zoom, "ArrowRight") || step(1) },
      {
        keys: ["ArrowUp", "ArrowDown"],
        shown: "↑ ↓",
        does: "Move a picture that is zoomed",
        run: (event) => Stage.arrow(zoom, event.key),
        may: () => zoom.overflows,
      },
      { keys: ["j"], does: "Next asset", run: () => go(1) },
      { keys: ["k"], does: "Asset before", run: () => go(-1) },
      {
        keys: ["c"],
        does: "Compare",
        run: () => /** @type {HTMLElement|null} */ (parts.under.querySelector("a.button"))?.click(),
      },
      ...Stage.keys(zoom),
      ...(State.mayDecide() ? decisions.map(([key, does]) => ({ keys: [key], does, run: () => press(key) })) : []),
    ];
  }

  return { start, show, hide, keys, title: (/** @type {Place} */ place) => place.id };
})();
