// How many pixels of two pictures differ, and by how much.
"use strict";

const Differing = (() => {
  /** The longest side that is measured pixel by pixel; larger ones are reckoned from a smaller copy. */
  const LONGEST = 1600;

  /**
   * @param {Picture} one
   * @param {Picture} other
   * @returns {Promise<string>} a sentence without its end; rejects where the browser does not let pixels be read
   */
  async function words(one, other) {
    const scale = Math.min(1, LONGEST / Math.max(one.width, one.height));
    const [first, second] = await Promise.all([pixels(one, scale), pixels(other, scale)]);
    let differ = 0;
    let most = 0;
    for (let at = 0; at < first.length; at += 4) {
      const by = Math.max(
        Math.abs(first[at] - second[at]),
        Math.abs(first[at + 1] - second[at + 1]),
        Math.abs(first[at + 2] - second[at + 2]),
        Math.abs(first[at + 3] - second[at + 3]),
      );
      if (by) differ += 1;
      if (by > most) most = by;
    }
    if (!differ) return scale === 1 ? "Not one pixel differs" : "No difference to be seen";
    const share = (differ / (first.length / 4)) * 100;
    return `${scale === 1 ? "" : "about "}${share < 0.1 ? "less than 0.1" : share.toFixed(1)} % of the pixels differ, by at most ${most} of 255`;
  }

  /**
   * @param {Picture} picture
   * @param {number} scale
   */
  async function pixels(picture, scale) {
    const image = new Image();
    image.src = picture.src;
    await image.decode();
    const width = Math.max(1, Math.round(picture.width * scale));
    const height = Math.max(1, Math.round(picture.height * scale));
    const canvas = new OffscreenCanvas(width, height);
    const context = canvas.getContext("2d", { willReadFrequently: true });
    if (!context) throw new Error("no canvas");
    context.drawImage(image, 0, 0, width, height);
    return context.getImageData(0, 0, width, height).data;
  }

  return { words };
})();
