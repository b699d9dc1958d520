// The wall: all assets with their pictures, of which only those near the eye are in the document.
"use strict";

const Wall = (() => {
  const SIZES = { least: 72, most: 480 };
  const CAPTION = 46;

  /** @type {HTMLElement} */ let section;
  /** @type {HTMLElement} */ let list;
  /** @type {HTMLElement} */ let tools;
  /** @type {HTMLElement} */ let empty;
  let wanted = Filter.read(new URLSearchParams());
  let size = 0;
  /** @type {Row[]} */ let shown = [];
  /** @type {Record<string, number>} */ let counts = {};
  /** @type {Laid} */ let laid = { cells: [], rows: [], height: 0 };
  /** The asset that Tab reaches. */
  let current = "";
  let scrolledTo = 0;
  let here = false;
  let cameBack = false;

  /** What a tile was described with, to describe only what changed. @type {Map<string, {by: any[], tile: Described}>} */
  let tiles = new Map();

  /** Where each asset is among those that are shown. @type {Map<string, number>} */
  let places = new Map();
  /** The first and the last tile that are in the document. */
  let range = "";
  /** The height on the wall at which the window begins. */
  let eye = 0;

  const draw = eachFrame(drawNow);
  const drawMoved = eachFrame(() => nearby().join() !== range && drawNow());
  const sift = eachFrame(siftNow);

  /** @param {HTMLElement} root */
  function start(root) {
    section = root;
    size = Number(Remember.get("size")) || (innerWidth < 600 ? 120 : innerWidth < 1800 ? 190 : 250);
    tools = element(h("div", { class: "tools" }));
    list = element(
      h("ul", { class: "tiles", own: true, "aria-label": "Assets", on: { keydown: onKey, focusin: onFocus } }),
    );
    empty = element(h("div", { class: "empty", own: true }));
    section.append(tools, list, empty);
    new ResizeObserver(() => here && keepPlace(layOut)).observe(list);
    addEventListener("scroll", () => here && drawMoved(), { passive: true });
    addEventListener("resize", draw);
    State.on(["rows"], sift);
    State.on(["building", "plan", "connection"], () => here && draw());
  }

  /** @param {Place} place */
  function show(place) {
    here = true;
    const before = JSON.stringify(wanted);
    wanted = Filter.read(place.query);
    siftNow();
    if (before === JSON.stringify(wanted)) scrollTo(0, scrolledTo);
    else scrollTo(0, 0);
    drawNow();
    // Who comes back goes on where they left.
    const focus = document.activeElement;
    if (cameBack && (!focus || focus === document.body || focus.closest("[hidden]")))
      tileOf(current)?.focus({ preventScroll: true });
    cameBack = true;
  }

  function hide() {
    scrolledTo = scrollY;
    here = false;
  }

  // --- what is shown ---

  function siftNow() {
    const found = Filter.apply(State.rows.values(), wanted);
    counts = found.counts;
    const take = () => {
      shown = found.shown;
      places = new Map(shown.map((row, number) => [row.id, number]));
    };
    if (!here) return take();
    keepPlace(() => {
      take();
      layOut();
    });
    drawTools();
  }

  /** @param {Partial<Wanted>} change */
  function want(change) {
    wanted = { ...wanted, ...change };
    Route.rewrite(Route.to("wall", "", Filter.query(wanted)));
    scrollTo(0, Math.min(scrollY, tools.offsetTop));
    siftNow();
    Notices.quietly(`${Words.plural(shown.length, "asset")} shown`);
  }

  function layOut() {
    const width = list.clientWidth;
    if (!width) return;
    const gap = size < 110 ? 8 : 14;
    laid = Layout.rows(shown.map(ratioOf), {
      width,
      height: size,
      gap,
      below: CAPTION + gap + 4,
      least: Math.min(size < 110 ? 84 : 108, width),
    });
    list.style.height = `${laid.height}px`;
    drawNow();
  }

  /** @param {Row} row */
  function ratioOf(row) {
    const of = Tile.seen(row) || row;
    return of.width > 0 && of.height > 0 ? of.width / of.height : 1;
  }

  /**
   * Lay out anew with what was at the top of the window staying there.
   * @param {() => void} change
   */
  function keepPlace(change) {
    const top = scrollY - list.offsetTop + headroom();
    const number = top > 0 && laid.rows.length ? laid.rows[Layout.rowAt(laid, top)].first : -1;
    const anchor = number >= 0 && shown[number] ? shown[number].id : "";
    const offset = anchor ? top - laid.cells[number].y : 0;
    change();
    if (!anchor) return;
    const now = places.get(anchor);
    if (now !== undefined && laid.cells[now]) {
      const y = laid.cells[now].y + offset + list.offsetTop - headroom();
      if (Math.abs(y - scrollY) >= 1) scrollTo(0, y);
      drawNow();
    }
  }

  /** What stays above the pictures when the page is scrolled. */
  const headroom = () => tools.getBoundingClientRect().bottom;

  /** The tiles that are near the eye. @returns {[number, number]} */
  function nearby() {
    const top = scrollY - list.offsetTop;
    return Layout.between(laid, top - innerHeight * 1.2, top + innerHeight * 2.2);
  }

  /** Whether a tile is beyond the edges of the window. @param {Cell} cell */
  function isFar(cell) {
    return cell.y > eye + innerHeight + 100 || cell.y + cell.height < eye - 100;
  }

  function drawNow() {
    if (!here) return;
    const [first, last] = nearby();
    range = [first, last].join();
    eye = scrollY - list.offsetTop;
    const now = new Map();
    const described = [];
    if (!places.has(current)) current = shown[0] ? shown[0].id : "";
    for (let number = first; number <= last && number < shown.length; number += 1) {
      const row = shown[number];
      const by = [
        row,
        laid.cells[number],
        isFar(laid.cells[number]),
        State.doing(row.id),
        row.id === current,
        shown.length,
        number,
      ];
      const before = tiles.get(row.id);
      const kept =
        before && by.every((value, at) => value === before.by[at])
          ? before
          : { by, tile: tile(row, laid.cells[number], number) };
      now.set(row.id, kept);
      described.push(kept.tile);
    }
    tiles = now;
    render(list, described);
    drawEmpty();
  }

  /**
   * @param {Row} row
   * @param {Cell} cell
   * @param {number} number
   */
  function tile(row, cell, number) {
    return h(
      "li",
      {
        key: row.id,
        class: "tile",
        style: { transform: `translate(${cell.x}px, ${cell.y}px)`, width: `${cell.width}px` },
        "aria-setsize": shown.length,
        "aria-posinset": number + 1,
      },
      h(
        "a",
        {
          class: "tile-link",
          href: Route.to("asset", row.id),
          tabindex: row.id === current ? 0 : -1,
          data: { id: row.id },
        },
        Tile.frame(row, cell.width, cell.height, isFar(cell)),
        Tile.caption(row, cell.width),
      ),
    );
  }

  function drawEmpty() {
    render(
      empty,
      shown.length || !State.ready
        ? null
        : State.rows.size
          ? Empty.noMatch(() => want({ state: "", tag: "", file: "", text: "", change: "" }))
          : Empty.noAssets(),
    );
    empty.hidden = !empty.firstChild;
  }

  function drawTools() {
    render(
      tools,
      State.ready && !State.rows.size
        ? null
        : WallTools.view({ wanted, counts, shown: shown.length, size, sizes: SIZES, want, resize }),
    );
  }

  /** @param {number} height */
  function resize(height) {
    size = height;
    Remember.set("size", String(height));
    keepPlace(layOut);
    drawTools();
  }

  // --- by keyboard ---

  /** @param {string} id @returns {HTMLElement|null} */
  const tileOf = (id) => list.querySelector(`a[data-id="${CSS.escape(id)}"]`);

  /** @param {FocusEvent} event */
  function onFocus(event) {
    const id = /** @type {HTMLElement} */ (event.target).dataset.id;
    if (id && id !== current) {
      current = id;
      draw();
    }
  }

  /** @param {KeyboardEvent} event */
  function onKey(event) {
    if (event.altKey || event.ctrlKey || event.metaKey) return;
    const at = places.get(current) ?? -1;
    const page = Math.max(1, Math.floor((innerHeight - headroom()) / (size + CAPTION)));
    /** @type {Record<string, () => number>} */
    const moves = {
      ArrowRight: () => at + 1,
      ArrowLeft: () => at - 1,
      ArrowDown: () => Layout.beside(laid, at, 1),
      ArrowUp: () => Layout.beside(laid, at, -1),
      PageDown: () => Layout.beside(laid, at, page),
      PageUp: () => Layout.beside(laid, at, -page),
      Home: () => 0,
      End: () => shown.length - 1,
    };
    const move = moves[event.key];
    if (!move || at < 0) return;
    event.preventDefault();
    goTo(Math.max(0, Math.min(shown.length - 1, move())));
  }

  /** @param {number} number */
  function goTo(number) {
    const cell = laid.cells[number];
    current = shown[number].id;
    const top = cell.y + list.offsetTop - headroom() - 12;
    const bottom = cell.y + cell.height + CAPTION + list.offsetTop - innerHeight + 12;
    if (scrollY > top) scrollTo(0, top);
    else if (scrollY < bottom) scrollTo(0, bottom);
    drawNow();
    tileOf(current)?.focus({ preventScroll: true });
  }

  /**
   * The asset before or after another on the wall, as it is filtered and sorted there.
   * @param {string} id
   * @param {number} by
   */
  function neighbour(id, by) {
    if (!shown.length) siftNow();
    const at = places.get(id);
    const other = at === undefined ? undefined : shown[at + by];
    return other ? other.id : "";
  }

  /** How many assets there are on the wall, and which of them this one is. @param {string} id */
  const position = (id) => [(places.get(id) ?? -1) + 1, shown.length];

  /** @param {string} id */
  function leaveAt(id) {
    const number = places.get(id);
    if (number === undefined) return;
    current = id;
    const cell = laid.cells[number];
    const top = cell ? cell.y + list.offsetTop : 0;
    if (cell && (top < scrolledTo + 100 || top + cell.height > scrolledTo + innerHeight))
      scrolledTo = Math.max(0, top - innerHeight / 3);
  }

  const keys = () => [
    { keys: ["/"], does: "Search", run: () => focusSearch() },
    {
      keys: ["+", "="],
      shown: "+",
      does: "Larger pictures",
      run: () => resize(Math.min(SIZES.most, Math.round(size * 1.2))),
    },
    { keys: ["-"], does: "Smaller pictures", run: () => resize(Math.max(SIZES.least, Math.round(size / 1.2))) },
    { keys: [], shown: "arrows", does: "Go from picture to picture; Enter opens one" },
  ];

  function focusSearch() {
    const field = /** @type {HTMLInputElement|null} */ (tools.querySelector("input[type=search]"));
    field?.focus();
    field?.select();
  }

  /** The first tile, for whoever comes from the search field. */
  function enter() {
    if (shown.length) goTo(places.get(current) ?? 0);
  }

  return { start, show, hide, keys, neighbour, position, leaveAt, enter, title: () => "Wall" };
})();
