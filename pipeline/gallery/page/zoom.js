// How large a picture is shown and which part of it, shared by all stages that show the same.
"use strict";

class Zoom {
  /**
   * @param {number} [most]  the longest side that small pictures are enlarged to when they are fitted
   * @param {number} [margin]  around a fitted picture, in CSS pixels
   */
  constructor(most = 0, margin = 0) {
    this.most = most;
    this.margin = margin;
    this.width = 1;
    this.height = 1;
    this.roomWidth = 1;
    this.roomHeight = 1;
    /** CSS pixels for a pixel of the picture. */
    this.scale = 1;
    /** Where the picture's corner is, in CSS pixels from the stage's. */
    this.x = 0;
    this.y = 0;
    /** Whether it stays fitted when the stage or the picture changes. */
    this.fitted = true;
    /** @type {Set<() => void>} */
    this.listeners = new Set();
  }

  /**
   * Another picture: one of the same size stays as it is seen.
   * @param {number} width
   * @param {number} height
   */
  picture(width, height) {
    if (width === this.width && height === this.height) return;
    this.width = width || 1;
    this.height = height || 1;
    this.fit();
  }

  /**
   * @param {number} width
   * @param {number} height
   */
  room(width, height) {
    if (width === this.roomWidth && height === this.roomHeight) return;
    this.roomWidth = width;
    this.roomHeight = height;
    if (this.fitted) this.fit();
    else this.moved();
  }

  get fitScale() {
    const margin = this.roomWidth < 600 ? 0 : this.margin * 2;
    const whole = Math.min(
      Math.max(1, this.roomWidth - margin) / this.width,
      Math.max(1, this.roomHeight - margin) / this.height,
    );
    return Math.min(whole, Math.max(1, Math.floor(this.most / Math.max(this.width, this.height))));
  }

  fit() {
    this.scale = this.fitScale;
    this.fitted = true;
    this.moved();
  }

  /** One CSS pixel for each pixel of the picture. */
  whole() {
    this.to(1);
  }

  /**
   * @param {number} factor
   * @param {number} [x]  what stays in place, from the stage's corner
   * @param {number} [y]
   */
  by(factor, x, y) {
    this.to(this.scale * factor, x, y);
  }

  /**
   * @param {number} scale
   * @param {number} [x]
   * @param {number} [y]
   */
  to(scale, x = this.roomWidth / 2, y = this.roomHeight / 2) {
    const least = Math.min(this.fitScale, 1) / 4;
    let next = Math.min(64, Math.max(least, scale));
    // Near to one picture pixel for a CSS pixel it is exactly that.
    if (Math.abs(next - 1) < 0.03 && scale !== 1) next = 1;
    this.x = x - ((x - this.x) / this.scale) * next;
    this.y = y - ((y - this.y) / this.scale) * next;
    this.scale = next;
    this.fitted = false;
    this.moved();
  }

  /**
   * @param {number} dx
   * @param {number} dy
   */
  pan(dx, dy) {
    this.x += dx;
    this.y += dy;
    this.moved();
  }

  /** Whether more of the picture is there than is seen. */
  get overflows() {
    return this.width * this.scale > this.roomWidth + 1 || this.height * this.scale > this.roomHeight + 1;
  }

  moved() {
    this.x = Zoom.kept(this.x, this.width * this.scale, this.roomWidth);
    this.y = Zoom.kept(this.y, this.height * this.scale, this.roomHeight);
    this.listeners.forEach((told) => told());
  }

  /**
   * What is smaller than the room is in its middle, what is larger fills it.
   * @param {number} at
   * @param {number} size
   * @param {number} room
   */
  static kept(at, size, room) {
    return size <= room ? (room - size) / 2 : Math.min(0, Math.max(room - size, at));
  }

  get words() {
    return `${Math.round(this.scale * 100)} %`;
  }
}
