// Beside an asset's picture: why it is as it is, what can be decided, its prompt and all its facts.
"use strict";

const Inspector = (() => {
  /** Which text of the request is read: it stays from asset to asset. */
  let reading = "changes";

  /**
   * @param {AssetDocument} asset
   * @param {Entry|undefined} entry
   * @param {(offer: Offer) => void} act
   * @param {() => void} again  describe it anew
   */
  function view(asset, entry, act, again) {
    return [
      why(asset),
      decisions(asset, entry, act),
      note(asset),
      prompt(asset, entry, again),
      references(asset),
      neededBy(asset),
      facts(asset),
      commands(asset),
    ];
  }

  /** @param {AssetDocument} asset */
  function why({ row, reasons }) {
    const said = reasons.filter((reason) => reason && reason !== row.failure);
    if (!said.length && !row.failure) return null;
    return h(
      "section",
      { key: "why", class: `why-box is-${row.state}`, "aria-label": "Why" },
      row.failure ? h("blockquote", { class: "failure" }, h("p", null, Words.told(row.failure))) : null,
      said.map((reason) => h("p", { key: reason }, Words.told(Words.sentence(reason)))),
    );
  }

  /**
   * @param {AssetDocument} asset
   * @param {Entry|undefined} entry
   * @param {(offer: Offer) => void} act
   */
  function decisions(asset, entry, act) {
    if (!State.mayDecide()) return null;
    const offers = Decide.offers(asset, entry);
    const primary = offers.findIndex((offer) => offer.rank === "first");
    return h(
      "section",
      { key: "decisions", class: "decisions", "aria-label": "Decisions" },
      h(
        "div",
        { class: "offers" },
        offers
          .filter((offer) => offer.rank !== "more")
          .map((offer) => button(offer, offers.indexOf(offer) === primary ? "primary" : "", act)),
      ),
      h(
        "div",
        { class: "offers more" },
        offers.filter((offer) => offer.rank === "more").map((offer) => button(offer, "slight", act)),
      ),
    );
  }

  /**
   * @param {Offer} offer
   * @param {string} look
   * @param {(offer: Offer) => void} act
   */
  function button(offer, look, act) {
    return h(
      "button",
      {
        key: offer.do,
        class: `button ${look} offer-${offer.do}`,
        type: "button",
        title: `${offer.says} (${offer.key})`,
        "aria-keyshortcuts": offer.key,
        on: { click: () => act(offer) },
      },
      icon(offer.sign),
      offer.word,
      offer.sum ? h("span", { class: "sum" }, offer.sum) : null,
      look === "slight" ? null : h("kbd", { "aria-hidden": "true" }, offer.key),
    );
  }

  /** @param {AssetDocument} asset */
  function note({ row }) {
    if (!row.note) return null;
    return h("section", { key: "note", class: "note", "aria-label": "Note" }, icon("note"), h("p", null, row.note));
  }

  /**
   * The text that was sent: of an asset with points, that of the point whose take is looked at, else of the picked one.
   * @param {AssetDocument} asset
   * @param {Entry|undefined} entry
   */
  function promptOf(asset, entry) {
    const prompts = asset.prompts || {};
    const point = entry?.take?.point || asset.takes.find((take) => take.picked)?.point;
    return (point && prompts[point]) || asset.prompt || Object.values(prompts)[0] || "";
  }

  /**
   * @param {AssetDocument} asset
   * @param {Entry|undefined} entry
   * @param {() => void} again
   */
  function prompt(asset, entry, again) {
    const tabs = [
      asset.changes.length ? { name: "changes", word: "What changed" } : null,
      { name: "sent", word: "Prompt as sent" },
      asset.request ? { name: "request", word: "Request" } : null,
    ].filter((tab) => tab !== null);
    const now = tabs.find((tab) => tab.name === reading) || tabs[0];
    const turn = (/** @type {string} */ name) => () => {
      reading = name;
      again();
    };
    return h(
      "section",
      { key: "prompt" },
      h("h2", { class: "unseen" }, "Prompt"),
      h(
        "div",
        { class: "segments", role: "group", "aria-label": "What is read" },
        tabs.map((tab) =>
          h(
            "button",
            { key: tab.name, type: "button", "aria-pressed": String(tab === now), on: { click: turn(tab.name) } },
            tab.word,
          ),
        ),
      ),
      now.name === "changes"
        ? h(
            "div",
            {
              key: "changes",
              class: "text-box",
              tabindex: "0",
              role: "region",
              "aria-label": "What changed since the picked take",
            },
            asset.changes.map(Diff.view),
          )
        : null,
      now.name === "sent"
        ? h(
            "div",
            { key: "sent", class: "text-box", tabindex: "0", role: "region", "aria-label": "Prompt as sent" },
            asset.system_instruction
              ? h("p", { class: "system" }, h("span", { class: "muted" }, "System: "), asset.system_instruction)
              : null,
            h("p", { class: "sent" }, promptOf(asset, entry)),
          )
        : null,
      now.name === "sent" && asset.turns.length
        ? h(
            "ol",
            { key: "turns", class: "turns" },
            asset.turns.map((turn, number) =>
              h("li", { key: String(number) }, h("span", { class: "muted" }, "then: "), turn.prompt),
            ),
          )
        : null,
      now.name === "request" && asset.request
        ? [
            h(
              "pre",
              { key: "json", class: "text-box", tabindex: "0", role: "region", "aria-label": "The request as JSON" },
              asset.request.json,
            ),
            Copying.line(asset.request.key, "request key"),
          ]
        : null,
    );
  }

  /** @param {AssetDocument} asset */
  function references(asset) {
    if (!asset.refers_to.length && !asset.after.length) return null;
    return h(
      "section",
      { key: "references" },
      h("h2", null, "Refers to"),
      h(
        "ul",
        { class: "related" },
        asset.refers_to.map((one) => {
          const name = one.asset || one.path || "";
          const inner = [
            Pictures.small(thumbOf(one)),
            h(
              "span",
              { class: "related-words" },
              h("bdi", { class: "related-name" }, name),
              one.role ? h("span", { class: "muted" }, one.role) : null,
            ),
          ];
          return h(
            "li",
            { key: `${one.number}${name}` },
            one.asset && State.rows.has(one.asset)
              ? h("a", { href: Route.to("asset", one.asset) }, inner)
              : h("span", { class: "related-file" }, inner),
          );
        }),
        asset.after
          .filter((id) => !asset.refers_to.some((one) => one.asset === id))
          .map((id) =>
            h(
              "li",
              { key: `after${id}` },
              h(
                "a",
                { href: Route.to("asset", id) },
                Pictures.small(State.rows.get(id)?.picture?.thumb),
                h(
                  "span",
                  { class: "related-words" },
                  h("bdi", { class: "related-name" }, id),
                  h("span", { class: "muted" }, "drawn before it"),
                ),
              ),
            ),
          ),
      ),
    );
  }

  /** An asset's picture as it is on the wall now, else as it was told. @param {Referred} one */
  const thumbOf = (one) => (one.asset && State.rows.get(one.asset)?.picture?.thumb) || one.thumb;

  /** @param {AssetDocument} asset */
  function neededBy(asset) {
    if (!asset.needed_by.length) return null;
    return h(
      "section",
      { key: "needed" },
      h("h2", null, "Referred to by"),
      h(
        "ul",
        { class: "related" },
        asset.needed_by.map(({ id, thumb }) =>
          h(
            "li",
            { key: id },
            h(
              State.rows.has(id) ? "a" : "span",
              { class: "related-file", href: State.rows.has(id) ? Route.to("asset", id) : null },
              Pictures.small(State.rows.get(id)?.picture?.thumb || thumb),
              h("span", { class: "related-words" }, h("bdi", { class: "related-name" }, id)),
            ),
          ),
        ),
      ),
    );
  }

  /** @param {AssetDocument} asset */
  function facts(asset) {
    const { row, origin, measured } = asset;
    const where = `${origin.file}:${origin.line}`;
    const price =
      Words.usd(asset.price.table_micro_usd) +
      (asset.price.worst_micro_usd > asset.price.table_micro_usd
        ? `, at worst ${Words.usd(asset.price.worst_micro_usd)}`
        : "");
    /** @type {[string, Children][]} */
    const all = [
      ["Model", asset.model],
      ["Size", `${row.width} × ${row.height} px (${asset.image_size}, ${asset.aspect_ratio})`],
      ["File", row.path ? [h("bdi", null, row.path), " ", Copying.button(row.path, "the path")] : "none"],
      ["Spec", [h("bdi", null, where), " ", Copying.button(where, "where it is declared")]],
      ["Tags", row.tags.join(", ")],
      ["Varied", asset.varied.join(", ")],
      ["Seed", asset.seed === null ? "" : String(asset.seed)],
      ["Price", price],
      [
        "Measured",
        measured && measured.median_micro_usd
          ? `${Words.usd(measured.median_micro_usd)}, the median of ${measured.calls} calls`
          : "",
      ],
      [
        "Paid so far",
        asset.paid_micro_usd
          ? `${Words.usd(asset.paid_micro_usd)} for ${Words.plural(asset.takes.length, "take")}`
          : "nothing",
      ],
      ["Protected", { spec: "by its spec", decision: "by a person", "": "" }[asset.protected_by]],
      ["Alt text", row.alt],
    ];
    return h(
      "section",
      { key: "facts" },
      h("h2", null, "Facts"),
      h(
        "dl",
        { class: "facts-list" },
        all
          .filter(([, value]) => value)
          .map(([name, value]) => h("div", { key: name }, h("dt", null, name), h("dd", null, value))),
      ),
    );
  }

  /** @param {AssetDocument} asset */
  function commands(asset) {
    const all = Object.entries(asset.commands);
    if (!all.length) return null;
    return h(
      "section",
      { key: "commands" },
      h(
        "details",
        null,
        h("summary", null, h("h2", null, "In a terminal")),
        all.map(([name, command]) => Copying.line(command, `the command to ${name}`)),
      ),
    );
  }

  return { view };
})();
