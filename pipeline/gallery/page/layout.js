// Rows of pictures at their true ratios, filled from edge to edge, in reading order. Pure functions.
"use strict";

/** @typedef {{x: number, y: number, width: number, height: number, row: number}} Cell */
/** @typedef {{cells: Cell[], rows: {y: number, first: number, last: number}[], height: number}} Laid */

const Layout = (() => {
  /**
   * @param {number[]} ratios  width by height of each picture
   * @param {object} room
   * @param {number} room.width  of the whole, in pixels
   * @param {number} room.height  of a picture, about
   * @param {number} room.gap  between pictures
   * @param {number} room.below  of each picture, for its caption and the space to the next row
   * @param {number} room.least  the width that a caption needs
   * @returns {Laid}
   */
  function rows(ratios, room) {
    const cells = /** @type {Cell[]} */ ([]);
    /** @type {Laid["rows"]} */
    const found = [];
    let y = 0;
    let first = 0;
    let sum = 0;
    for (let number = 0; number < ratios.length; number += 1) {
      const ratio = cellRatio(ratios[number], room);
      const gaps = (number - first) * room.gap;
      // The picture that overflows a row belongs to it if the row is then nearer to the height that is wanted.
      const with_ = (room.width - gaps) / (sum + ratio);
      const without = sum ? (room.width - gaps + room.gap) / sum : Infinity;
      if (sum && with_ < room.height && without / room.height < room.height / with_ && without < room.height * 1.6) {
        y = close(first, number, without);
        first = number;
        sum = 0;
      }
      sum += ratio;
    }
    if (first < ratios.length) {
      const full = (room.width - (ratios.length - 1 - first) * room.gap) / sum;
      y = close(first, ratios.length, Math.min(room.height, full));
    }
    return { cells, rows: found, height: y };

    /**
     * @param {number} from
     * @param {number} until
     * @param {number} height
     */
    function close(from, until, height) {
      let x = 0;
      for (let number = from; number < until; number += 1) {
        const width = cellRatio(ratios[number], room) * height;
        cells.push({
          x: Math.round(x),
          y,
          width: Math.round(x + width) - Math.round(x),
          height: Math.round(height),
          row: found.length,
        });
        x += width + room.gap;
      }
      found.push({ y, first: from, last: until - 1 });
      return y + Math.round(height) + room.below;
    }
  }

  /**
   * The ratio of the place that a picture gets: very narrow ones get room for their caption.
   * @param {number} ratio
   * @param {{width: number, height: number, least: number}} room
   */
  function cellRatio(ratio, room) {
    return Math.max(Math.min(ratio, (room.width * 3) / room.height), room.least / room.height);
  }

  /**
   * The rows that lie between two heights, as the first and the last place of their pictures; by halving.
   * @param {Laid} laid
   * @param {number} top
   * @param {number} bottom
   * @returns {[number, number]}
   */
  function between(laid, top, bottom) {
    if (!laid.rows.length) return [0, -1];
    return [laid.rows[rowAt(laid, top)].first, laid.rows[rowAt(laid, bottom)].last];
  }

  /**
   * The row at a height.
   * @param {Laid} laid
   * @param {number} y
   */
  function rowAt(laid, y) {
    let low = 0;
    let high = laid.rows.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (laid.rows[middle].y <= y) low = middle;
      else high = middle - 1;
    }
    return low;
  }

  /**
   * The picture above or below another, nearest to it.
   * @param {Laid} laid
   * @param {number} number
   * @param {number} rows  how many rows down, negative for up
   */
  function beside(laid, number, rows) {
    const from = laid.cells[number];
    const row = laid.rows[Math.max(0, Math.min(laid.rows.length - 1, from.row + rows))];
    if (!row || row === laid.rows[from.row]) return rows < 0 ? 0 : laid.cells.length - 1;
    const centre = from.x + from.width / 2;
    let best = row.first;
    for (let other = row.first; other <= row.last; other += 1) {
      const cell = laid.cells[other];
      if (
        Math.abs(cell.x + cell.width / 2 - centre) < Math.abs(laid.cells[best].x + laid.cells[best].width / 2 - centre)
      )
        best = other;
    }
    return best;
  }

  return { rows, between, rowAt, beside };
})();
