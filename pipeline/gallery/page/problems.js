// What is wrong: specs with the place and the line, assets with the model's words.
"use strict";

const Problems = (() => {
  /** @type {HTMLElement} */ let section;
  let here = false;
  const draw = eachFrame(drawNow);

  /** @param {HTMLElement} root */
  function start(root) {
    section = root;
    State.on(["problems", "rows", "plan", "connection"], () => here && draw());
  }

  function show() {
    here = true;
    scrollTo(0, 0);
    drawNow();
  }

  function hide() {
    here = false;
  }

  function drawNow() {
    if (!here) return;
    const assets = State.problems.filter((problem) => problem.asset);
    const others = State.problems.filter((problem) => !problem.asset);
    const specs = others.filter((problem) => problem.kind === "spec");
    const tools = others.filter((problem) => problem.kind !== "spec");
    const failed = [...new Set(assets.map((problem) => problem.asset))]
      .map((id) => State.rows.get(/** @type {string} */ (id)))
      .filter((row) => row !== undefined);
    render(
      section,
      h(
        "h1",
        { tabindex: "-1" },
        State.problems.length ? Words.plural(State.problems.length, "problem") : "No problems",
      ),
      State.problems.length ? null : h("p", { class: "muted" }, "Every spec can be read, and nothing failed."),
      specs.length
        ? [
            h("h2", { key: "specs" }, "In the specs"),
            h(
              "p",
              { key: "stands", class: "muted" },
              State.rows.size ? "Until they are mended, the wall shows the last state that could be read." : "",
            ),
          ]
        : null,
      byFile(specs).map(([file, problems]) =>
        h(
          "section",
          { key: `file ${file}`, class: "file", "aria-label": file },
          h("h3", null, h("bdi", { class: "mono" }, file)),
          problems.map(spec),
        ),
      ),
      tools.length ? h("h2", { key: "tools" }, "In the project") : null,
      tools.map(spec),
      assets.length ? h("h2", { key: "assets" }, "Assets that failed") : null,
      failed.length > 1 ? retryAll(failed) : null,
      h("ul", { key: "failed", class: "failed-assets" }, assets.map(failure)),
    );
  }

  /** @param {Problem[]} problems @returns {[string, Problem[]][]} */
  function byFile(problems) {
    /** @type {Map<string, Problem[]>} */
    const files = new Map();
    for (const problem of problems) files.set(problem.file, [...(files.get(problem.file) || []), problem]);
    return [...files];
  }

  /** @param {Problem} problem */
  function spec(problem) {
    const line = problem.line ? `${problem.line}${problem.column ? `:${problem.column}` : ""}` : "";
    const where = [problem.file, line].filter(Boolean).join(":");
    return h(
      "article",
      { key: `${where} ${problem.message}`, class: "problem" },
      h(
        "div",
        { class: "problem-head" },
        h("p", { class: "problem-message" }, Words.told(Words.sentence(problem.message).replace(/\.$/, ""))),
        where
          ? h(
              "span",
              { class: "problem-where" },
              h("bdi", { class: "mono" }, line || problem.file),
              Copying.button(where, "the place"),
            )
          : null,
      ),
      problem.snippet
        ? h(
            "pre",
            { class: "snippet", tabindex: "0", role: "region", "aria-label": `Lines of ${where}` },
            lines(problem.snippet),
          )
        : null,
      problem.hint ? h("p", { class: "problem-hint" }, Words.told(Words.sentence(problem.hint))) : null,
    );
  }

  /** The lines of a spec; the one with the caret stands out. @param {string} snippet */
  function lines(snippet) {
    return snippet
      .split("\n")
      .map((line, number) =>
        h("span", { key: String(number), class: /^[\s|\d]*\^+/.test(line) ? "caret" : "" }, `${line}\n`),
      );
  }

  /** @param {Problem} problem */
  function failure(problem) {
    const id = /** @type {string} */ (problem.asset);
    const row = State.rows.get(id);
    return h(
      "li",
      { key: id, class: "problem is-asset" },
      Pictures.small(row && row.picture ? row.picture.thumb : null, "", row && row.picture ? "" : "none"),
      h(
        "div",
        { class: "problem-text" },
        h("h3", null, h("a", { href: Route.to("asset", id) }, h("bdi", null, id))),
        h("blockquote", { class: "failure" }, h("p", null, Words.told(problem.message))),
        problem.hint ? h("p", { class: "problem-hint" }, Words.told(Words.sentence(problem.hint))) : null,
        problem.file ? h("p", { class: "muted mono" }, h("bdi", null, `${problem.file}:${problem.line}`)) : null,
      ),
      row && row.action === "draw" && State.mayDecide()
        ? h(
            "button",
            { class: "button", type: "button", on: { click: () => Money.build([id], row.price_micro_usd) } },
            icon("reroll"),
            "Try again ",
            h("span", { class: "sum" }, Words.usd(row.price_micro_usd)),
          )
        : null,
    );
  }

  /** @param {Row[]} rows */
  function retryAll(rows) {
    const again = rows.filter((row) => row.action === "draw");
    if (!again.length || !State.mayDecide()) return null;
    const price = again.reduce((sum, row) => sum + row.price_micro_usd, 0);
    return h(
      "button",
      {
        key: "retry",
        class: "button",
        type: "button",
        on: {
          click: () =>
            Money.build(
              again.map((row) => row.id),
              price,
            ),
        },
      },
      icon("reroll"),
      `Try all ${again.length} again `,
      h("span", { class: "sum" }, Words.usd(price)),
    );
  }

  return { start, show, hide, keys: () => [], title: () => "Problems" };
})();
