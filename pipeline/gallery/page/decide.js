// What a person decides: which decisions make sense now, and how they are sent, one after another for each asset.
"use strict";

/** @typedef {"pick"|"reject"|"reroll"|"keep"|"approve"|"protect"|"unprotect"|"adopt"|"restore"|"note"} Deed */
/** @typedef {{id: string, do: Deed, take?: string, note?: string}} Decision */
/** @typedef {{ok: true, text: string, row: Row}|{ok: false, overtaken: AssetDocument|null, message: string, hint: string}} Decided */
/** @typedef {{do: Deed|"build"|"adopt-file", word: string, sign: string, key: string, rank: "first"|"now"|"more", says: string, sum?: string, take?: string}} Offer */

const Decide = (() => {
  /**
   * What can be done about an asset while one of its pictures is looked at, the likeliest first.
   * @param {AssetDocument} asset
   * @param {Entry|undefined} entry
   * @returns {Offer[]}
   */
  function offers(asset, entry) {
    const { row } = asset;
    const take = entry?.take || null;
    const has = asset.takes.some((one) => one.picked) || row.adopted;
    const isChoice = row.undecided || row.takes > 1;
    const found = /** @type {(Offer|false|null)[]} */ ([
      asset.edited && offer("adopt", "Adopt this file", "adopt", "o", "first", "Your file becomes the asset"),
      asset.edited &&
        offer(
          "restore",
          "Put the built one back",
          "restore",
          "z",
          "now",
          "Your file is kept aside, and the built picture is in its place again",
        ),
      take &&
        !take.picked &&
        take.in_reach &&
        offer(
          "pick",
          take.rejected ? "Pick after all" : "Pick",
          "pick",
          "p",
          isChoice ? "first" : "now",
          "The asset uses this take",
          take.take,
        ),
      take &&
        take.in_reach &&
        !take.past &&
        !take.approved &&
        offer(
          "approve",
          take.picked ? "Approve" : "Pick and approve",
          "approve",
          "a",
          row.undecided ? (take.picked ? "first" : "now") : row.gate ? "now" : "more",
          "Seen and accepted: what refers to it may be drawn",
          take.take,
        ),
      build(row),
      has &&
        ["stale", "held"].includes(row.state) &&
        (asset.changes.length > 0 || row.adopted) &&
        offer(
          "keep",
          "Keep the picture",
          "keep",
          "e",
          "now",
          "The spec changed and the picture is still right: nothing is drawn",
        ),
      take &&
        !take.rejected &&
        !take.past &&
        offer(
          "reject",
          "Reject",
          "reject",
          "x",
          isChoice ? "now" : "more",
          "Never used by this asset again; the take stays in the store",
          take.take,
        ),
      has &&
        offer(
          "reroll",
          "Reroll",
          "reroll",
          "r",
          "more",
          `All takes of this request are rejected; the next build draws another, ${Words.usd(asset.price.table_micro_usd)}`,
        ),
      row.protected
        ? asset.protected_by !== "spec" &&
          offer("unprotect", "Unprotect", "unprotect", "l", "more", "It may be drawn again as a side effect")
        : offer("protect", "Protect", "protect", "l", "more", "Never drawn again as a side effect"),
      row.adopted &&
        !asset.edited &&
        offer("restore", "Drop the adopted file", "restore", "z", "more", "The drawn picture is in its place again"),
      offer(
        "adopt-file",
        "Adopt a file",
        "adopt",
        "f",
        "more",
        "A picture of yours becomes the asset; drop it on the page, or choose it",
      ),
      offer("note", row.note ? "Change the note" : "Note", "note", "n", "more", "Why, kept beside what is decided"),
    ]);
    const rank = { first: 0, now: 1, more: 2 };
    return /** @type {Offer[]} */ (found.filter(Boolean)).sort((a, b) => rank[a.rank] - rank[b.rank]);
  }

  /**
   * @param {Offer["do"]} deed
   * @param {string} word
   * @param {string} sign
   * @param {string} key
   * @param {Offer["rank"]} rank
   * @param {string} says
   * @param {string} [take]
   * @returns {Offer}
   */
  function offer(deed, word, sign, key, rank, says, take) {
    return { do: deed, word, sign, key, rank, says, take };
  }

  /** @param {Row} row @returns {Offer|null} */
  function build(row) {
    if (!["draw", "await", "reuse", "derive", "placehold"].includes(row.action)) return null;
    const sum = row.price_micro_usd ? Words.usd(row.price_micro_usd) : row.action === "await" ? "" : "free";
    return {
      ...offer(
        "build",
        row.state === "failed" ? "Try again" : "Build this",
        "build",
        "d",
        row.action === "placehold" ? "more" : "first",
        "Draws it now, at the price on the button",
      ),
      sum,
    };
  }

  // --- sent in turn ---

  /** The last decision about each asset that is on its way. @type {Map<string, Promise<Decided>>} */
  const underWay = new Map();
  /**
   * The versions that this page's own decisions led through, by asset, and the one they led to: who saw an earlier one
   * knows the last. Two decisions that take each other back lead to a version again that was there before.
   * @type {Map<string, {seen: Set<string>, last: string}>}
   */
  const trails = new Map();

  /**
   * The version that a person knows who saw this one: their own decisions since then are no news to them.
   * @param {string} id
   * @param {string} version
   */
  function known(id, version) {
    const trail = trails.get(id);
    return trail && trail.seen.has(version) ? trail.last : version;
  }

  /**
   * @param {string} id
   * @param {string} from
   * @param {string} to
   */
  function decided(id, from, to) {
    const trail = trails.get(id);
    if (trail && trail.last === from) trail.seen.add(from);
    else trails.set(id, { seen: new Set([from]), last: from });
    const now = /** @type {{seen: Set<string>, last: string}} */ (trails.get(id));
    now.last = to;
  }

  /**
   * What was read of an asset, where nothing was decided here while it was read: another version is another person's.
   * @param {string} id
   * @param {string} version
   */
  function read(id, version) {
    if (trails.get(id)?.last !== version) trails.delete(id);
  }

  /** Where the asset's own decisions are: what was read at another point says nothing about them. @param {string} id */
  const trailOf = (id) => underWay.get(id) || trails.get(id)?.last;

  /**
   * Send a decision about what somebody saw, after those about the same asset that are on their way.
   * @param {Decision} decision
   * @param {string} version  of what was seen
   * @returns {Promise<Decided>}
   */
  function send(decision, version) {
    const before = underWay.get(decision.id);
    const sent = (before || Promise.resolve(null)).then((done) => {
      if (done && !done.ok && done.overtaken) return done;
      return post("api/decide", decision, version, { ...decision, version: known(decision.id, version) });
    });
    underWay.set(decision.id, sent);
    sent.finally(() => underWay.get(decision.id) === sent && underWay.delete(decision.id));
    return sent;
  }

  /**
   * Adopt a file of the person's disk.
   * @param {string} id
   * @param {File} file
   * @param {boolean} asTake
   * @param {string} version
   */
  function adopt(id, file, asTake, version) {
    const query = new URLSearchParams({
      id,
      version: known(id, version),
      as_take: asTake ? "1" : "0",
      name: file.name,
    });
    return post(`api/adopt?${query}`, { id, do: "adopt" }, version, file);
  }

  /**
   * @param {string} path
   * @param {Decision} decision
   * @param {string} seen  the version that the person saw
   * @param {any} body
   * @returns {Promise<Decided>}
   */
  async function post(path, decision, seen, body) {
    const { status, body: answer } = await Wire.post(path, body);
    if (status === 200) {
      decided(decision.id, known(decision.id, seen), answer.row.version);
      Assets.forget(decision.id);
      State.put(answer.row);
      return { ok: true, text: answer.text, row: answer.row };
    }
    if (status === 409 && answer.asset) Assets.put(answer.asset);
    const error = answer.error || {};
    return {
      ok: false,
      overtaken: status === 409 ? answer.asset || null : null,
      message: error.message || `the server answered ${status}`,
      hint: error.hint || "",
    };
  }

  return { offers, send, adopt, read, trailOf };
})();
