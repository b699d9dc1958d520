// What happens, told in passing: shown for a while in the corner, and read out by a screen reader.
"use strict";

const Notices = (() => {
  /** @typedef {{id: number, kind: "done"|"error", text: string, hint: string, act: {word: string, run: () => void}|null}} Notice */
  /** @type {HTMLElement} */ let stack;
  /** @type {HTMLElement} */ let voice;
  /** @type {Notice[]} */ let notices = [];
  let made = 0;

  function start() {
    stack = /** @type {HTMLElement} */ (document.getElementById("notices"));
    voice = /** @type {HTMLElement} */ (document.getElementById("voice"));
  }

  /**
   * Something was done.
   * @param {string} text
   * @param {{word: string, run: () => void}|null} [act]
   */
  function done(text, act = null) {
    show({ id: ++made, kind: "done", text, hint: "", act }, act ? 8000 : 4000);
  }

  /**
   * Something could not be done: stays until it is closed.
   * @param {string} text
   * @param {string} [hint]
   * @param {{word: string, run: () => void}|null} [act]
   */
  function error(text, hint = "", act = null) {
    show({ id: ++made, kind: "error", text, hint, act }, 0);
  }

  /**
   * @param {Notice} notice
   * @param {number} forMs
   */
  function show(notice, forMs) {
    notices = [...notices.filter((other) => other.text !== notice.text), notice].slice(-4);
    draw();
    quietly(Words.plain(`${notice.text} ${notice.hint}`));
    if (forMs) leaveAfter(notice.id, forMs);
  }

  /**
   * Not while somebody points at it or is in it.
   * @param {number} id
   * @param {number} forMs
   */
  function leaveAfter(id, forMs) {
    setTimeout(() => {
      if (stack.matches(":hover, :focus-within")) leaveAfter(id, 1500);
      else close(id);
    }, forMs);
  }

  /** @param {number} id */
  function close(id) {
    notices = notices.filter((notice) => notice.id !== id);
    draw();
  }

  function draw() {
    render(stack, notices.map(one));
  }

  /** @param {Notice} notice */
  function one(notice) {
    const { act } = notice;
    return h(
      "li",
      { key: String(notice.id), class: `notice is-${notice.kind}` },
      icon(notice.kind === "done" ? "fresh" : "failed"),
      h(
        "div",
        { class: "notice-text" },
        h("p", null, Words.told(notice.text)),
        notice.hint ? h("p", { class: "hint" }, Words.told(notice.hint)) : null,
      ),
      act
        ? h("button", { class: "link", type: "button", on: { click: () => (close(notice.id), act.run()) } }, act.word)
        : null,
      h(
        "button",
        {
          class: "icon-button",
          type: "button",
          "aria-label": "Close this message",
          on: { click: () => close(notice.id) },
        },
        icon("close"),
      ),
    );
  }

  /** Said to a screen reader alone. @param {string} text */
  function quietly(text) {
    // The same words twice are a change too.
    voice.textContent = voice.textContent === text ? `${text}\u00a0` : text;
  }

  return { start, done, error, quietly };
})();
