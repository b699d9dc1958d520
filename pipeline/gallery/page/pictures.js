// Pictures in frames: the right size of thumbnail, a short fade when one takes the place of another.
"use strict";

const Pictures = (() => {
  /**
   * The smallest file that is sharp at a size.
   * @param {Picture} picture
   * @param {number} longest  the side it is shown at, in CSS pixels
   */
  function source(picture, longest) {
    const wanted = longest * Math.min(window.devicePixelRatio || 1, 2);
    const longRatio = Math.max(picture.width, picture.height) / Math.min(picture.width, picture.height);
    if (wanted > 960 && longRatio > 2) return picture.src;
    return wanted > 340 ? picture.thumb.replace(/\bside=320\b/, "side=640") : picture.thumb;
  }

  /**
   * Show a picture in a frame that is there for nothing else. What was shown stays until the new one has been read.
   * @param {HTMLElement} frame
   * @param {string|null} src
   * @param {string} alt
   * @param {boolean} [lazily]  whether it may wait for what is nearer to the eye
   */
  function show(frame, src, alt, lazily = false) {
    const shown = /** @type {HTMLImageElement|null} */ (frame.querySelector("img:last-of-type"));
    if (shown && shown.getAttribute("src") === src) {
      shown.alt = alt;
      return;
    }
    waiting.delete(frame);
    if (!src) frame.replaceChildren();
    else if (lazily && !shown) {
      waiting.set(frame, () => begin(frame, src, alt, true));
      // A frame that is just being made is not in the document yet.
      queueMicrotask(goOn);
    } else begin(frame, src, alt, lazily);
  }

  /** How many pictures may be on their way that nobody looks at yet. */
  const AHEAD = 3;
  const onTheWay = { near: 0, far: 0 };
  /** What waits until all that is looked at has come, by frame. @type {Map<HTMLElement, () => void>} */
  const waiting = new Map();

  function goOn() {
    for (const [frame, start] of waiting) {
      if (onTheWay.near || onTheWay.far >= AHEAD) return;
      waiting.delete(frame);
      if (frame.isConnected) start();
    }
  }

  /** Pictures that have not come yet, each with what is to be done once it has. @type {Map<HTMLImageElement, () => void>} */
  const coming = new Map();
  let isSweeping = false;

  /** Ask for nothing any more whose frame went while the wall was flung past: what is looked at would wait behind it. */
  function sweep() {
    isSweeping = false;
    for (const [image, ended] of coming) {
      if (image.isConnected) continue;
      image.removeAttribute("src");
      ended();
    }
  }

  /**
   * @param {HTMLElement} frame
   * @param {string} src
   * @param {string} alt
   * @param {boolean} isFar
   */
  function begin(frame, src, alt, isFar) {
    const shown = frame.querySelector("img");
    const image = new Image();
    image.decoding = "async";
    image.draggable = false;
    image.alt = alt;
    const whose = isFar ? "far" : "near";
    onTheWay[whose] += 1;
    const ended = () => {
      if (!coming.delete(image)) return;
      onTheWay[whose] -= 1;
      goOn();
    };
    coming.set(image, ended);
    if (!isSweeping) requestAnimationFrame(sweep);
    isSweeping = true;
    image.addEventListener("load", ended);
    image.addEventListener("error", ended);
    // The first one simply comes: a wall that is flung past must not fade in a hundred places.
    if (shown) {
      image.className = "coming";
      image.addEventListener("load", () => arrive(frame, image));
    }
    image.addEventListener("error", () => frame.classList.add("broken"));
    image.src = src;
    frame.classList.remove("broken");
    for (const older of frame.querySelectorAll("img.coming")) older.remove();
    frame.append(image);
  }

  /**
   * @param {HTMLElement} frame
   * @param {HTMLImageElement} image
   */
  function arrive(frame, image) {
    if (image.parentNode !== frame) return;
    const older = [...frame.querySelectorAll("img")].filter((other) => other !== image);
    image.classList.add("here");
    const settled = () => {
      image.className = "";
      older.forEach((other) => other.remove());
    };
    if (matchMedia("(prefers-reduced-motion: reduce)").matches) settled();
    else setTimeout(settled, 260);
  }

  /** @type {Map<string, HTMLImageElement>} */
  const ahead = new Map();
  /**
   * Read and decode a picture before it is looked at; the latest ones are kept.
   * @param {string|null|undefined} src
   */
  function prepare(src) {
    if (!src || ahead.has(src)) return;
    const image = new Image();
    image.src = src;
    image.decode().catch(() => ahead.delete(src));
    ahead.set(src, image);
    const oldest = ahead.keys().next().value;
    if (ahead.size > 24 && oldest !== undefined) ahead.delete(oldest);
  }

  /**
   * A small picture that stands beside a name.
   * @param {string|null|undefined} src
   * @param {string} [alt]
   * @param {string} [classes]
   */
  function small(src, alt = "", classes = "") {
    const showIn = (/** @type {HTMLElement} */ frame) => show(frame, src || null, alt);
    return h("span", { class: `small-picture ${classes}`, own: true, after: showIn });
  }

  return { source, show, prepare, small };
})();
