// What is said where there is nothing to see, and what to do about it.
"use strict";

const Empty = (() => {
  function noAssets() {
    const problems = State.problems.filter((problem) => problem.kind !== "asset").length;
    if (problems)
      return [
        h("h2", null, "The specs cannot be read"),
        h(
          "p",
          null,
          `${Words.plural(problems, "problem")} to mend before anything can be shown. `,
          h("a", { href: Route.to("problems") }, "See what is wrong"),
        ),
      ];
    return [
      h("h2", null, "No assets yet"),
      h(
        "p",
        null,
        "Write a spec below ",
        h("code", null, "specs/"),
        " and it shows up here as soon as it is saved. A first one:",
      ),
      h(
        "pre",
        { class: "sample", tabindex: "0" },
        "assets:\n  key-art:\n    prompt: Key art of a rain-soaked neon bazaar, seen from a roof at night.\n    aspect_ratio: 16:9\n",
      ),
    ];
  }

  /** @param {() => void} clear */
  function noMatch(clear) {
    return [
      h("h2", null, "Nothing matches"),
      h("p", null, "No asset fits what is searched and filtered."),
      h("button", { class: "button", type: "button", on: { click: clear } }, "Show all assets"),
    ];
  }

  return { noAssets, noMatch };
})();
