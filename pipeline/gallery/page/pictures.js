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
    if (!src) {
      frame.replaceChildren();
      return;
    }
    const image = new Image();
    image.decoding = "async";
    image.draggable = false;
    image.alt = alt;
    if (lazily) image.setAttribute("fetchpriority", "low");
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
    const showIn = (/** @type {HTMLElement} */ frame) => show(frame, src || null, alt, true);
    return h("span", { class: `small-picture ${classes}`, own: true, after: showIn });
  }

  return { source, show, prepare, small };
})();
