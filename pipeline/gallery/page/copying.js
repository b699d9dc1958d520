// Text that is taken along by pressing a button.
"use strict";

const Copying = (() => {
  /**
   * A text with a button that copies it.
   * @param {string} text
   * @param {string} [called]  what it is, for who cannot see it
   */
  function line(text, called = "") {
    return h(
      "div",
      { key: `${called}${text}`, class: "copied" },
      h("code", null, h("bdi", null, text)),
      button(text, called || text),
    );
  }

  /**
   * @param {string} text
   * @param {string} called
   */
  function button(text, called) {
    return h(
      "button",
      {
        class: "icon-button",
        type: "button",
        title: "Copy",
        "aria-label": `Copy ${called}`,
        on: { click: () => copy(text) },
      },
      icon("copy"),
    );
  }

  /** @param {string} text */
  async function copy(text) {
    try {
      await navigator.clipboard.writeText(text);
      Notices.done("Copied");
    } catch {
      Notices.error("The browser does not let this page copy", text);
    }
  }

  return { line, button };
})();
