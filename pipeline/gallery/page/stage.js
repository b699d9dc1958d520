// A place where a picture is looked at: zoomed by wheel, pinch and keys, moved by dragging and arrows.
"use strict";

class Stage {
  /**
   * @param {Zoom} zoom
   * @param {string} label
   * @param {number} [layers]  pictures that lie over each other
   */
  constructor(zoom, label, layers = 1) {
    this.zoom = zoom;
    this.label = label;
    this.element = element(h("div", { class: "stage", tabindex: "0", role: "group", "aria-label": label, own: true }));
    this.layers = Array.from({ length: layers }, () => new Layer());
    this.element.append(...this.layers.map((layer) => layer.element));
    /** @type {Map<number, {x: number, y: number}>} */
    this.pointers = new Map();
    /** Asked first what a drag is for; true where it is taken. @type {((event: PointerEvent) => boolean)|null} */
    this.drags = null;
    zoom.listeners.add(() => this.draw());
    new ResizeObserver(() => this.measure()).observe(this.element);
    for (const [type, handler] of Object.entries({
      wheel: this.wheel,
      pointerdown: this.down,
      pointermove: this.move,
      pointerup: this.up,
      pointercancel: this.up,
      dblclick: this.toggle,
      keydown: this.key,
    }))
      this.element.addEventListener(type, /** @type {any} */ (handler).bind(this), { passive: false });
  }

  measure() {
    const { clientWidth, clientHeight } = this.element;
    if (clientWidth && clientHeight) this.zoom.room(clientWidth, clientHeight);
  }

  /**
   * @param {Picture|null} picture
   * @param {string} alt
   * @param {number} [number]  of the layer
   */
  show(picture, alt, number = 0) {
    if (number === 0 && picture) this.zoom.picture(picture.width, picture.height);
    this.layers[number].show(picture, alt);
    this.draw();
  }

  draw() {
    const { zoom } = this;
    const width = Math.max(1, Math.round(zoom.width * zoom.scale));
    const height = Math.max(1, Math.round(zoom.height * zoom.scale));
    for (const layer of this.layers) layer.place(Math.round(zoom.x), Math.round(zoom.y), width, height);
    this.element.classList.toggle("enlarged", zoom.scale > 1);
    this.element.classList.toggle("overflows", zoom.overflows);
  }

  // --- by hand ---

  /** @param {{clientX: number, clientY: number}} event @returns {[number, number]} */
  at(event) {
    const box = this.element.getBoundingClientRect();
    return [event.clientX - box.left, event.clientY - box.top];
  }

  /** @param {WheelEvent} event */
  wheel(event) {
    // Where the whole page scrolls, the wheel is the page's, and a pinch is the picture's.
    if (!event.ctrlKey && !this.zoom.overflows && document.documentElement.scrollHeight > innerHeight + 1) return;
    event.preventDefault();
    const lines = event.deltaMode === WheelEvent.DOM_DELTA_LINE ? 16 : 1;
    const strength = event.ctrlKey ? 0.01 : 0.0022;
    this.zoom.by(Math.exp(-Math.max(-120, Math.min(120, event.deltaY * lines)) * strength), ...this.at(event));
  }

  /** @param {PointerEvent} event */
  down(event) {
    if (event.button !== 0 || /** @type {Element} */ (event.target).closest("button, a, input")) return;
    if (this.drags && this.pointers.size === 0 && this.drags(event)) return;
    this.pointers.set(event.pointerId, { x: event.clientX, y: event.clientY });
    this.element.setPointerCapture(event.pointerId);
    if (event.pointerType === "mouse") this.element.classList.add("dragged");
  }

  /** @param {PointerEvent} event */
  move(event) {
    const before = this.pointers.get(event.pointerId);
    if (!before) return;
    const now = { x: event.clientX, y: event.clientY };
    const other = [...this.pointers].find(([id]) => id !== event.pointerId)?.[1];
    if (other) {
      const ratio =
        Math.hypot(now.x - other.x, now.y - other.y) / Math.max(1, Math.hypot(before.x - other.x, before.y - other.y));
      this.zoom.by(ratio, ...this.at({ clientX: (now.x + other.x) / 2, clientY: (now.y + other.y) / 2 }));
    } else this.zoom.pan(now.x - before.x, now.y - before.y);
    this.pointers.set(event.pointerId, now);
  }

  /** @param {PointerEvent} event */
  up(event) {
    this.pointers.delete(event.pointerId);
    this.element.classList.remove("dragged");
  }

  /** @param {MouseEvent} event */
  toggle(event) {
    if (this.zoom.scale === 1 || !this.zoom.fitted) this.zoom.fit();
    else this.zoom.to(1, ...this.at(event));
  }

  // --- by keyboard ---

  /** @param {KeyboardEvent} event */
  key(event) {
    if (!event.ctrlKey && !event.metaKey && !event.altKey && Stage.arrow(this.zoom, event.key)) event.preventDefault();
  }

  /**
   * Move by an arrow, where there is anywhere to move.
   * @param {Zoom} zoom
   * @param {string} key
   */
  static arrow(zoom, key) {
    const step = { ArrowLeft: [80, 0], ArrowRight: [-80, 0], ArrowUp: [0, 80], ArrowDown: [0, -80] }[key];
    if (!step || !zoom.overflows) return false;
    zoom.pan(step[0], step[1]);
    return true;
  }

  /**
   * The keys of a view with a stage.
   * @param {Zoom} zoom
   * @returns {Key[]}
   */
  static keys(zoom) {
    return [
      { keys: ["+", "="], shown: "+", does: "Zoom in", run: () => zoom.by(1.4) },
      { keys: ["-"], does: "Zoom out", run: () => zoom.by(1 / 1.4) },
      { keys: ["0"], does: "Fit the picture", run: () => zoom.fit() },
      { keys: ["1"], does: "100 %: a pixel of the picture for each of the page", run: () => zoom.whole() },
    ];
  }

  /**
   * Buttons for what the keys and the wheel do.
   * @param {Zoom} zoom
   */
  static controls(zoom) {
    const press = (/** @type {() => void} */ act) => ({ click: act });
    return h(
      "div",
      { class: "zoom-controls", role: "group", "aria-label": "Zoom" },
      h(
        "button",
        {
          class: "icon-button",
          type: "button",
          "aria-label": "Zoom out",
          title: "Zoom out (-)",
          on: press(() => zoom.by(1 / 1.4)),
        },
        icon("minus"),
      ),
      h(
        "button",
        {
          class: "zoom-now",
          type: "button",
          title: "100 % (1)",
          "aria-label": `${zoom.words}; show at 100 %`,
          on: press(() => zoom.whole()),
        },
        zoom.words,
      ),
      h(
        "button",
        {
          class: "icon-button",
          type: "button",
          "aria-label": "Zoom in",
          title: "Zoom in (+)",
          on: press(() => zoom.by(1.4)),
        },
        icon("plus"),
      ),
      h(
        "button",
        {
          class: "icon-button",
          type: "button",
          "aria-label": "Fit",
          title: "Fit (0)",
          "aria-pressed": String(zoom.fitted),
          on: press(() => zoom.fit()),
        },
        icon("fit"),
      ),
    );
  }
}

/** One picture on a stage. What was shown stays until the next one can be shown at once. */
class Layer {
  constructor() {
    this.element = element(h("div", { class: "layer", own: true }));
    this.src = "";
  }

  /**
   * @param {Picture|null} picture
   * @param {string} alt
   */
  show(picture, alt) {
    const src = picture ? picture.src : "";
    const shown = this.element.querySelector("img");
    if (shown) shown.alt = alt;
    if (src === this.src) return;
    this.src = src;
    this.element.classList.remove("broken");
    if (!picture) {
      this.element.replaceChildren();
      return;
    }
    const image = new Image();
    image.draggable = false;
    image.alt = alt;
    image.src = src;
    const arrive = () => {
      if (this.src !== src) return;
      this.element.classList.toggle("checker", picture.alpha);
      this.element.replaceChildren(image);
    };
    image.decode().then(arrive, () => {
      if (this.src !== src) return;
      this.element.replaceChildren();
      this.element.classList.add("broken");
    });
    // A picture of another asset must not stand under the new name: its thumbnail does, until it is there.
    const small = new Image();
    small.draggable = false;
    small.alt = "";
    small.src = picture.thumb;
    if (small.complete && small.naturalWidth) {
      this.element.classList.toggle("checker", picture.alpha);
      this.element.replaceChildren(small);
    } else if (shown) shown.remove();
  }

  /**
   * @param {number} x
   * @param {number} y
   * @param {number} width
   * @param {number} height
   */
  place(x, y, width, height) {
    const { style } = this.element;
    style.transform = `translate(${x}px, ${y}px)`;
    style.width = `${width}px`;
    style.height = `${height}px`;
  }
}
