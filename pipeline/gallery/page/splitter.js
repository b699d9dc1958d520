// A line across two pictures that lie over each other: to its left the first is seen, to its right the second.
"use strict";

class Splitter {
  /** @param {Stage} stage  with two layers */
  constructor(stage) {
    this.stage = stage;
    /** Where the line is, as a part of the stage's width. */
    this.at = 0.5;
    this.on = true;
    const settings = {
      class: "split",
      role: "slider",
      tabindex: "0",
      own: true,
      "aria-valuemin": 0,
      "aria-valuemax": 100,
    };
    this.handle = element(h("div", { ...settings, "aria-label": "Where the first picture ends" }));
    this.handle.append(element(h("span", { class: "split-grip", "aria-hidden": "true" }, icon("swap"))));
    this.handle.addEventListener("keydown", (event) => this.byKey(event));
    stage.element.append(this.handle);
    stage.drags = (event) => this.byHand(event);
  }

  /** Put the two layers and the handle where the line is. */
  place() {
    const { zoom, layers } = this.stage;
    const isShown = this.on && layers[1].src !== "";
    const width = zoom.width * zoom.scale;
    const cut = Math.max(0, Math.min(width, this.at * zoom.roomWidth - zoom.x));
    layers[0].element.style.clipPath = isShown ? `inset(0 ${Math.max(0, width - cut)}px 0 0)` : "";
    layers[1].element.style.clipPath = isShown ? `inset(0 0 0 ${cut}px)` : "";
    const percent = Math.round(this.at * 100);
    this.handle.hidden = !isShown;
    this.handle.style.transform = `translateX(${Math.round(this.at * zoom.roomWidth)}px)`;
    this.handle.setAttribute("aria-valuenow", String(percent));
    this.handle.setAttribute("aria-valuetext", `${percent} % first, ${100 - percent} % second`);
  }

  /** @param {number} at */
  to(at) {
    this.at = Math.max(0, Math.min(1, at));
    this.place();
  }

  /**
   * A drag moves the line where there is nothing to be moved about, and always by its handle.
   * @param {PointerEvent} event
   */
  byHand(event) {
    const isHeld = /** @type {Element} */ (event.target).closest(".split") !== null;
    if (!this.on || (this.stage.zoom.overflows && !isHeld)) return false;
    event.preventDefault();
    this.handle.focus({ preventScroll: true });
    const stage = this.stage.element;
    const ended = new AbortController();
    const move = (/** @type {PointerEvent} */ moved) =>
      this.to((moved.clientX - stage.getBoundingClientRect().left) / this.stage.zoom.roomWidth);
    stage.setPointerCapture(event.pointerId);
    stage.addEventListener("pointermove", move, { signal: ended.signal });
    for (const end of ["pointerup", "pointercancel"])
      stage.addEventListener(end, () => ended.abort(), { signal: ended.signal });
    move(event);
    return true;
  }

  /** @param {KeyboardEvent} event */
  byKey(event) {
    const step = event.shiftKey ? 0.1 : 0.02;
    /** @type {Record<string, number>} */
    const moves = { ArrowLeft: -step, ArrowRight: step, PageDown: -0.1, PageUp: 0.1, Home: -1, End: 1 };
    if (!(event.key in moves)) return;
    event.preventDefault();
    event.stopPropagation();
    this.to(this.at + moves[event.key]);
  }
}
