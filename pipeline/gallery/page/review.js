// The queue through everything undecided, one picture at a time, by keys alone. A decision is sent while the next asset
// is looked at already: nobody waits.
"use strict";

const Review = (() => {
  /** @typedef {{id: string, words: string, undo: (() => Promise<boolean>)|null}} Done */

  /** @type {HTMLElement} */ let section;
  /** @type {Record<"head"|"body"|"under", HTMLElement>} */ let parts;
  const zoom = new Zoom(0);
  /** @type {Stage} */ let stage;
  /** @type {Beside} */ let beside;

  /** The assets to look at, in the order of the wall; those that were decided stay in their place. @type {string[]} */
  let queue = [];
  let at = 0;
  /** What was decided in this round, by asset. @type {Map<string, string>} */
  const decided = new Map();
  /** @type {Done[]} */
  let past = [];
  /** @type {AssetDocument|null} */ let asset = null;
  let chosen = "";
  /** The picture looked at before this one, to blink with. */
  let before = "";
  let all = false;
  let here = false;
  /** Keys that were pressed before all was known of the asset: they are not lost. @type {(() => void)[]} */
  let early = [];

  const draw = eachFrame(drawNow);

  /** @param {HTMLElement} root */
  function start(root) {
    section = root;
    stage = new Stage(zoom, "Picture: arrows move it where it is larger than the window");
    const part = (/** @type {string} */ name) => element(h("div", { class: name, own: true }));
    parts = { head: part("review-head"), body: part("review-body stages"), under: part("review-under") };
    parts.body.append(stage.element);
    beside = new Beside(parts.body, zoom, (number) => choose(candidates()[number]?.key || ""));
    section.append(parts.head, parts.body, parts.under);
    zoom.listeners.add(() => here && draw());
    State.on(["rows"], (ids) => {
      if (!here) return;
      fill();
      if (ids.has(now())) load();
      else draw();
    });
    State.on(["connection", "building"], () => here && draw());
  }

  /** @param {Place} place */
  function show(place) {
    here = true;
    scrollTo(0, 0);
    if (!queue.length || decided.size >= queue.length) {
      queue = [];
      decided.clear();
      past = [];
      at = 0;
    }
    fill();
    const wanted = queue.indexOf(place.id);
    if (wanted >= 0) at = wanted;
    load();
    drawNow();
  }

  function hide() {
    here = false;
  }

  const now = () => queue[at] || "";

  /** New ones come at the end; those that somebody else decided leave, unless one is looking at them. */
  function fill() {
    const open = Filter.apply(State.rows.values(), {
      ...Filter.read(new URLSearchParams()),
      state: "undecided",
    }).shown.map((row) => row.id);
    const wanted = new Set(open);
    const looked = now();
    // Who is behind the last one stays there.
    const ended = queue.length > 0 && !looked;
    queue = queue.filter((id) => wanted.has(id) || decided.has(id) || id === looked);
    const there = new Set(queue);
    queue.push(...open.filter((id) => !there.has(id)));
    at = looked ? Math.max(0, queue.indexOf(looked)) : ended ? queue.length : 0;
  }

  async function load() {
    const wanted = now();
    if (!wanted) {
      asset = null;
      return draw();
    }
    const found = await Assets.of(wanted).catch(() => null);
    if (wanted !== now() || !here) return;
    asset = found;
    draw();
    // One that leads to the next asset takes the rest with it: nobody has looked at that yet.
    while (asset && early.length) early.shift()?.();
    prepare();
  }

  /** The next ones are there before they are looked at. */
  async function prepare() {
    for (const id of [...queue.slice(at, at + 4), ...queue.slice(Math.max(0, at - 1), at)]) {
      const document = await Assets.of(id).catch(() => null);
      if (document) for (const entry of Entries.candidates(document)) Pictures.prepare(entry.picture?.src);
    }
  }

  const candidates = () => (asset && asset.row.id === now() ? shownOf(asset) : []);

  /** @param {AssetDocument} document */
  function shownOf(document) {
    const found = Entries.candidates(document);
    return found.length ? found : Entries.of(document).slice(0, 1);
  }

  function entryNow() {
    const found = candidates();
    return found.find((entry) => entry.key === chosen) || Entries.first(found);
  }

  // --- what is seen ---

  function drawNow() {
    if (!here) return;
    const entry = entryNow();
    const row = State.rows.get(now());
    section.classList.toggle("is-all", all);
    render(parts.head, ReviewHead.view({ queue, at, decided, row, go, all, toggle: toggleAll }));
    const ended = !now();
    parts.body.classList.toggle("ended", ended);
    stage.element.hidden = all || ended;
    if (!ended && entry) stage.show(entry.picture, row && row.alt ? row.alt : `${Entries.name(entry)} of ${now()}`);
    beside.show(all && !ended ? candidates() : [], entry);
    let end = parts.body.querySelector(".review-end");
    if (ended && !end) parts.body.append((end = element(h("div", { class: "review-end empty" }))));
    if (end) render(end, ended ? ReviewHead.end(decided, again) : null);
    render(parts.under, entry && row && asset ? under({ ...asset, row }, entry) : null);
  }

  /**
   * @param {AssetDocument} document
   * @param {Entry} entry
   */
  function under(document, entry) {
    const { row } = document;
    const found = candidates();
    return [
      h(
        "div",
        { class: "review-line" },
        Stage.controls(zoom),
        h(
          "p",
          { class: "stage-facts" },
          h("strong", null, h("bdi", null, Entries.name(entry))),
          entry.picture ? ` · ${entry.picture.width} × ${entry.picture.height} px` : "",
          row.gate ? " · what refers to it waits for its approval" : "",
        ),
        State.mayDecide() ? buttons(entry) : null,
      ),
      row.note ? h("p", { class: "note review-note" }, icon("note"), h("span", null, row.note)) : null,
      found.length > 1 ? Entries.strip(found, entry.key, choose, { numbered: true, dates: false }) : null,
    ];
  }

  /** @param {Entry} entry */
  function buttons(entry) {
    const { take } = entry;
    const button = (
      /** @type {string} */ word,
      /** @type {string} */ sign,
      /** @type {string} */ key,
      /** @type {() => void} */ act,
      /** @type {string} */ look = "",
    ) =>
      h(
        "button",
        {
          key: word,
          class: `button ${look}`,
          type: "button",
          "aria-keyshortcuts": key === "Enter" ? "Enter" : key,
          on: { click: act },
        },
        icon(sign),
        word,
        h("kbd", { "aria-hidden": "true" }, key),
      );
    return h(
      "div",
      { class: "review-buttons" },
      button("Note", "note", "n", note, "slight"),
      take && !take.rejected ? button("Reject", "reject", "x", reject) : null,
      take && !take.picked ? button("Pick", "pick", "p", pick) : null,
      button("Approve", "approve", "Enter", approve, "primary"),
      button("Next", "right", "j", () => go(1), "slight"),
    );
  }

  // --- where one goes ---

  /** @param {number} by */
  function go(by) {
    const next = Math.max(0, Math.min(queue.length, at + by));
    if (next === at) return;
    at = next;
    early = [];
    chosen = "";
    before = "";
    asset = null;
    zoom.fit();
    load();
    drawNow();
    Notices.quietly(now() ? `${at + 1} of ${queue.length}: ${now()}` : "All looked at");
  }

  /** @param {string} key */
  function choose(key) {
    const entry = entryNow();
    if (!key || !entry || entry.key === key) return;
    before = entry.key;
    chosen = key;
    drawNow();
    const next = entryNow();
    if (next)
      Notices.quietly(
        `${Entries.name(next)}${
          next.take
            ? `, ${Entries.marks(next.take)
                .map(([, word]) => word)
                .join(", ")}`
            : ""
        }`,
      );
  }

  /** @param {number} by */
  function step(by) {
    const found = candidates();
    const entry = entryNow();
    if (!entry) return;
    const next = found[found.indexOf(entry) + by];
    if (next) choose(next.key);
  }

  function blink() {
    const found = candidates();
    const other = found.find((entry) => entry.key === before) || found.find((entry) => entry !== entryNow());
    if (other) choose(other.key);
  }

  function toggleAll() {
    all = !all && candidates().length > 1;
    drawNow();
  }

  function again() {
    queue = [];
    decided.clear();
    at = 0;
    fill();
    load();
  }

  // --- what is decided ---

  /**
   * @param {Deed} deed
   * @param {string} words
   * @param {Take|null} take
   * @param {boolean} goOn
   */
  function decide(deed, words, take, goOn) {
    if (!asset || !State.mayDecide()) return;
    const seen = asset;
    const { id } = seen.row;
    const sent = Deciding.decide(seen, { id, do: deed, ...(take ? { take: take.take } : {}) }, { quiet: true });
    const done = { id, words, undo: Undoing.of(seen, deed, take, () => decided.delete(id)) };
    past.push(done);
    decided.set(id, words);
    if (goOn) go(1);
    sent.then((row) => {
      if (row) return;
      // It was not done: the queue has it again, and it can be looked at from the message.
      past = past.filter((one) => one !== done);
      decided.delete(id);
      if (now() !== id) Notices.error(`\`${id}\` was not decided`, "", { word: "Look at it", run: () => goTo(id) });
      draw();
    });
    draw();
  }

  /** @param {string} id */
  function goTo(id) {
    const number = queue.indexOf(id);
    if (number >= 0) go(number - at);
  }

  function approve() {
    const entry = entryNow();
    if (!entry) return;
    const { take } = entry;
    if (take && !take.in_reach) return Notices.error("Its bytes are nowhere in reach, so it cannot be picked");
    decide("approve", "approved", take, true);
  }

  function pick() {
    const take = entryNow()?.take;
    if (take && !take.picked) decide("pick", "picked", take, false);
  }

  function reject() {
    const entry = entryNow();
    if (!entry || !entry.take || entry.take.rejected) return;
    const found = candidates().filter((one) => !one.take?.rejected);
    const next = found[found.indexOf(entry) + 1] || found[found.indexOf(entry) - 1];
    decide("reject", "rejected a take", entry.take, found.length < 2);
    if (next && found.length > 1) choose(next.key);
  }

  function note() {
    if (asset && State.mayDecide()) Noting.write(asset);
  }

  async function undo() {
    const last = past.pop();
    if (!last) return Notices.done("Nothing to take back");
    if (!last.undo) {
      past.push(last);
      goTo(last.id);
      return Notices.error(
        `\`${last.id}\` stays ${last.words}`,
        "An approval is taken back by another pick: choose one, and press p",
      );
    }
    goTo(last.id);
    if (await last.undo()) Notices.done(`Taken back: \`${last.id}\` was ${last.words}`);
    load();
  }

  /** @returns {Key[]} */
  function keys() {
    const digits = Array.from({ length: 9 }, (_, number) => String(number + 1));
    const jump = (/** @type {KeyboardEvent} */ event) => {
      const found = candidates();
      // A single candidate has no number: 1 is then the true size, as everywhere else.
      if (found.length < 2 && event.key === "1") zoom.whole();
      else if (found[Number(event.key) - 1]) choose(found[Number(event.key) - 1].key);
    };
    /** @type {(run: (event: KeyboardEvent) => void) => (event: KeyboardEvent) => void} */
    const known = (run) => (event) => {
      if (asset) run(event);
      else if (now()) early.push(() => run(event));
    };
    const left = () => Stage.arrow(zoom, "ArrowLeft") || step(-1);
    const right = () => Stage.arrow(zoom, "ArrowRight") || step(1);
    return [
      { keys: ["ArrowLeft"], does: "Candidate before", run: known(left) },
      { keys: ["ArrowRight"], does: "Candidate after", run: known(right) },
      { keys: digits, shown: "1 … 9", does: "That candidate", run: known(jump) },
      { keys: ["Enter", "a"], does: "Approve it, and go on", run: known(approve) },
      { keys: ["p"], does: "Pick it", run: known(pick) },
      { keys: ["x"], does: "Reject it", run: known(reject) },
      { keys: ["n"], does: "Note", run: known(note) },
      { keys: [" ", "j"], does: "Next", run: () => go(1) },
      { keys: ["k"], does: "Back", run: () => go(-1) },
      { keys: ["b"], does: "Blink: the one looked at before", run: blink },
      { keys: ["g"], does: "All side by side, or one", run: toggleAll },
      { keys: ["u"], does: "Take the last decision back", run: undo },
      {
        keys: ["ArrowUp", "ArrowDown"],
        shown: "↑ ↓",
        does: "Move a picture that is zoomed",
        run: (event) => Stage.arrow(zoom, event.key),
        may: () => zoom.overflows,
      },
      ...Stage.keys(zoom).filter((key) => !key.keys.includes("1")),
      {
        keys: ["z"],
        does: "100 %, or fit to the window",
        run: () => (zoom.fitted && zoom.scale !== 1 ? zoom.whole() : zoom.fit()),
      },
    ];
  }

  return { start, show, hide, keys, title: () => "Review" };
})();
