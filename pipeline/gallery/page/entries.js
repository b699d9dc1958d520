// The pictures of one asset that can be looked at: its takes, the file a person changed, the one before.
"use strict";

/** @typedef {{key: string, label: string, picture: Picture|null, take: Take|null}} Entry */

const Entries = (() => {
  /** Whether there was another picture before, in files that compare. @param {Row} row */
  const isOther = (row) => Boolean(row.before && row.before.src !== row.picture?.src);

  /** Found once for each document, so that entries can be compared. @type {WeakMap<AssetDocument, {all: Entry[], open: Entry[]}>} */
  const found = new WeakMap();

  /** @param {AssetDocument} asset */
  function foundOf(asset) {
    let both = found.get(asset);
    if (!both) {
      const all = collect(asset);
      const open = all.filter((entry) => entry.take && !entry.take.past && entry.picture);
      found.set(
        asset,
        (both = { all, open: open.sort((a, b) => Number(a.take?.rejected) - Number(b.take?.rejected)) }),
      );
    }
    return both;
  }

  /** All of them. @param {AssetDocument} asset */
  const of = (asset) => foundOf(asset).all;

  /** The takes among which a person has to choose: of the present request, the rejected ones last. @param {AssetDocument} asset */
  const candidates = (asset) => foundOf(asset).open;

  /**
   * @param {AssetDocument} asset
   * @returns {Entry[]}
   */
  function collect(asset) {
    /** @type {Entry[]} */
    const found = [];
    const { row } = asset;
    const before = isOther(row) ? row.before || null : null;
    if (before) found.push({ key: "before", label: "Before", picture: before, take: null });
    if (before && row.picture) found.push({ key: "now", label: "Now", picture: row.picture, take: null });
    if (asset.edited) found.push({ key: "edited", label: "Your file", picture: asset.edited, take: null });
    if (asset.edited && asset.built) found.push({ key: "built", label: "Built", picture: asset.built, take: null });
    for (const take of asset.takes)
      found.push({ key: Words.hex(take.take), label: take.label, picture: take.picture, take });
    if (!found.some((entry) => entry.take && entry.take.picked) && row.picture && !before && !asset.edited) {
      const label = row.picture.kind === "placeholder" ? "Placeholder" : "The file";
      found.unshift({ key: "now", label, picture: row.picture, take: null });
    }
    return found;
  }

  /**
   * The one to look at first.
   * @param {Entry[]} entries
   */
  function first(entries) {
    return (
      entries.find((entry) => entry.key === "edited") ||
      entries.find((entry) => entry.take?.picked) ||
      entries.find((entry) => entry.key === "now") ||
      entries[0]
    );
  }

  /**
   * What was decided about a take, in words.
   * @param {Take} take
   */
  function marks(take) {
    return [
      take.picked && ["pick", "picked"],
      take.approved && ["approve", "approved"],
      take.adopted && ["adopt", "adopted"],
      take.kept && ["keep", "kept"],
      take.rejected && ["reject", "rejected"],
      take.past && ["queued", "past"],
      !take.in_reach && ["missing", "out of reach"],
    ].filter((mark) => mark !== false);
  }

  /**
   * A label as a name: a number becomes `Take 2`.
   * @param {Entry} entry
   */
  const name = (entry) => (/^\d+$/.test(entry.label) ? `Take ${entry.label}` : entry.label);

  /**
   * Pictures in a row, one of which is looked at.
   * @param {Entry[]} entries
   * @param {string} chosen
   * @param {(key: string) => void} choose
   * @param {{numbered?: boolean, dates?: boolean}} [options]
   */
  function strip(entries, chosen, choose, { numbered = false, dates = true } = {}) {
    return h(
      "ul",
      { class: "strip", "aria-label": "Takes" },
      entries.map((entry, number) =>
        h(
          "li",
          { key: entry.key },
          h(
            "button",
            {
              class: `strip-take${entry.take?.rejected ? " is-rejected" : ""}${entry.take?.past ? " is-past" : ""}`,
              type: "button",
              "aria-pressed": String(entry.key === chosen),
              on: { click: () => choose(entry.key) },
            },
            entry.picture
              ? Pictures.small(entry.picture.thumb, "", "strip-picture")
              : h("span", { class: "small-picture strip-picture none" }, icon("missing")),
            h(
              "span",
              { class: "strip-words" },
              h(
                "span",
                { class: "strip-name" },
                numbered && number < 9 ? h("kbd", { "aria-hidden": "true" }, String(number + 1)) : null,
                h("bdi", null, name(entry)),
              ),
              entry.take
                ? h(
                    "span",
                    { class: "strip-marks" },
                    marks(entry.take).map(([sign, word]) =>
                      h("span", { key: word, class: `strip-mark is-${word.replaceAll(" ", "-")}` }, icon(sign), word),
                    ),
                  )
                : null,
              dates && entry.take
                ? h(
                    "span",
                    { class: "strip-facts" },
                    [
                      entry.take.ended ? Words.when(entry.take.ended).split(",")[0] : "",
                      entry.take.cost_micro_usd ? Words.usd(entry.take.cost_micro_usd) : "",
                    ]
                      .filter(Boolean)
                      .join(" · "),
                  )
                : null,
            ),
          ),
        ),
      ),
    );
  }

  return { of, isOther, first, candidates, marks, name, strip };
})();
