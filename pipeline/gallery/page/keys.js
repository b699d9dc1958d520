// Keys that do something without a field or a dialog being open, and the dialog that lists them.
"use strict";

/** @typedef {{keys: string[], does: string, run?: (event: KeyboardEvent) => void, shown?: string, may?: () => boolean}} Key */

const Keys = (() => {
  /** @type {() => Key[]} */ let ofView = () => [];
  let viewName = "";
  let on = Remember.get("keys") !== "off";
  /** @type {HTMLDialogElement} */ let dialog;

  /** @type {() => Key[]} */
  const everywhere = () => [
    { keys: ["?"], does: "This help", run: help },
    { keys: ["Escape"], shown: "Esc", does: "Close, or back to the wall", run: back },
  ];

  function start() {
    dialog = Dialogs.make("keys-dialog", "Keys");
    document.addEventListener("keydown", press);
  }

  /**
   * @param {string} name
   * @param {() => Key[]} keys
   */
  function use(name, keys) {
    viewName = name;
    ofView = keys;
  }

  /** @param {KeyboardEvent} event */
  function press(event) {
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
    if (document.querySelector("dialog[open]") || isField(event.target)) return;
    if (!on && event.key.length === 1 && event.key !== " ") return;
    // A button that has the focus is what Enter and Space press.
    if ((event.key === "Enter" || event.key === " ") && isPressable(event.target)) return;
    const found = [...ofView(), ...everywhere()].find(
      (key) => key.run && key.keys.includes(event.key) && (!key.may || key.may()),
    );
    if (!found || !found.run) return;
    event.preventDefault();
    found.run(event);
  }

  /** @param {any} target */
  const isField = (target) =>
    target instanceof Element &&
    target.matches(
      "input:not([type=range]):not([type=checkbox]):not([type=radio]), textarea, select, [contenteditable]",
    );
  /** @param {any} target */
  const isPressable = (target) =>
    target instanceof Element && target.closest("a[href], button, summary, select, input") !== null;

  function back() {
    if (document.querySelector(":popover-open")) return;
    if (Route.now().view === "compare") Route.go(Route.to("asset", Route.now().id));
    else if (Route.now().view !== "wall") Route.go(Main.wallHash());
  }

  function help() {
    const listed = (/** @type {Key[]} */ keys) =>
      h(
        "dl",
        { class: "keys" },
        keys.map((key) => h("div", null, h("dt", null, caps(key)), h("dd", null, key.does))),
      );
    const toggle = (/** @type {any} */ event) => {
      on = event.target.checked;
      Remember.set("keys", on ? "on" : "off");
    };
    Dialogs.fill(
      dialog,
      h("h3", null, viewName),
      listed(ofView()),
      h("h3", null, "Everywhere"),
      listed(everywhere()),
      h(
        "label",
        { class: "check" },
        h("input", { type: "checkbox", checked: on, on: { change: toggle } }),
        "Single letters are keys",
      ),
    );
    Dialogs.open(dialog);
  }

  /** @param {Key} key */
  function caps(key) {
    return (
      key.shown
        ? [key.shown]
        : key.keys.filter(
            (name) => !(name.length === 1 && name !== name.toLowerCase() && key.keys.includes(name.toLowerCase())),
          )
    ).map(cap);
  }

  /** A key as it is printed on keyboards. @param {string} name */
  function cap(name) {
    const printed = { " ": "Space", ArrowLeft: "←", ArrowRight: "→", ArrowUp: "↑", ArrowDown: "↓", Escape: "Esc" };
    return h("kbd", null, /** @type {any} */ (printed)[name] || name);
  }

  const areOn = () => on;

  return { start, use, help, cap, areOn };
})();
