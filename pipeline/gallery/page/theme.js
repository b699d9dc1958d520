// Light or dark: as the system has it until a person says otherwise. Loaded first, so that nothing flashes.
"use strict";

const Theme = (() => {
  const ORDER = ["auto", "light", "dark"];
  const WORDS = { auto: "as the system", light: "light", dark: "dark" };
  let theme = Remember.get("theme") || "auto";
  apply();

  function apply() {
    document.documentElement.dataset.theme = theme;
  }

  function turn() {
    theme = ORDER[(ORDER.indexOf(theme) + 1) % ORDER.length];
    Remember.set("theme", theme);
    apply();
  }

  const word = () => /** @type {any} */ (WORDS)[theme] || theme;
  const sign = () => /** @type {any} */ ({ auto: "auto", light: "sun", dark: "moon" })[theme] || "auto";

  return { turn, word, sign };
})();
