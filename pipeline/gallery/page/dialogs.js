// Dialogs over the page: one element each, filled anew when it opens. The browser keeps the focus inside and gives it back.
"use strict";

const Dialogs = (() => {
  /**
   * @param {string} id
   * @param {string} title
   * @returns {HTMLDialogElement}
   */
  function make(id, title) {
    const dialog = /** @type {HTMLDialogElement} */ (
      element(
        h(
          "dialog",
          { id, class: "dialog", tabindex: "-1", "aria-labelledby": `${id}-title` },
          h(
            "div",
            { class: "dialog-head" },
            h("h2", { id: `${id}-title` }, title),
            h(
              "button",
              { class: "icon-button", type: "button", "aria-label": "Close", on: { click: () => dialog.close() } },
              icon("close"),
            ),
          ),
          h("div", { class: "dialog-body", own: true }),
        ),
      )
    );
    // A click beside the dialog is one on its backdrop, which is the dialog itself.
    dialog.addEventListener("mousedown", (event) => {
      const box = dialog.getBoundingClientRect();
      const inside =
        event.clientX >= box.left &&
        event.clientX <= box.right &&
        event.clientY >= box.top &&
        event.clientY <= box.bottom;
      if (event.target === dialog && !inside && !dialog.dataset.keeps) dialog.close();
    });
    document.body.append(dialog);
    return dialog;
  }

  /**
   * @param {HTMLDialogElement} dialog
   * @param {...Children} children
   */
  function fill(dialog, ...children) {
    render(/** @type {Element} */ (dialog.querySelector(".dialog-body")), ...children);
  }

  /**
   * @param {HTMLDialogElement} dialog
   * @param {string} title
   */
  function name(dialog, title) {
    /** @type {Element} */ (dialog.querySelector("h2")).textContent = title;
  }

  /** @param {HTMLDialogElement} dialog */
  function open(dialog) {
    if (!dialog.open) dialog.showModal();
    // Not on the cross: on what is written, or on the whole, so that it is read out.
    const field = /** @type {HTMLElement|null} */ (dialog.querySelector("textarea"));
    (field || dialog).focus();
  }

  return { make, fill, name, open };
})();
