// What this browser remembers of how a person likes the page.
"use strict";

const Remember = (() => {
  /** @param {string} name */
  function get(name) {
    try {
      return localStorage.getItem(`pipeline.${name}`) || "";
    } catch {
      return ""; // a browser may forbid it, for files above all
    }
  }

  /**
   * @param {string} name
   * @param {string} value
   */
  function set(name, value) {
    try {
      localStorage.setItem(`pipeline.${name}`, value);
    } catch {
      // Then it holds until the page is closed.
    }
  }

  return { get, set };
})();
