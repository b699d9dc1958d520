// All candidates side by side, with one zoom for all of them, as large as the window lets them be.
"use strict";

class Beside {
  /**
   * @param {HTMLElement} room
   * @param {Zoom} zoom
   * @param {(number: number) => void} choose
   */
  constructor(room, zoom, choose) {
    this.room = room;
    this.zoom = zoom;
    this.choose = choose;
    /** Made as they are needed. @type {Stage[]} */
    this.stages = [];
  }

  /**
   * @param {Entry[]} entries
   * @param {Entry|undefined} chosen
   */
  show(entries, chosen) {
    while (this.stages.length < entries.length) this.more();
    this.room.style.setProperty("--columns", String(this.columns(entries.length)));
    this.stages.forEach((stage, number) => {
      const entry = entries[number];
      stage.element.hidden = !entry;
      if (!entry) return;
      const name = Entries.name(entry);
      stage.show(entry.picture, name);
      stage.element.setAttribute("aria-label", `${number + 1}: ${name}`);
      stage.element.classList.toggle("is-chosen", entry === chosen);
      stage.element.classList.toggle("is-rejected", Boolean(entry.take?.rejected));
      stage.element.dataset.label = entry.label === String(number + 1) ? name : `${number + 1} · ${name}`;
    });
  }

  more() {
    const number = this.stages.length;
    const stage = new Stage(this.zoom, "Candidate");
    stage.element.addEventListener("pointerup", () => this.choose(number));
    this.stages.push(stage);
    this.room.append(stage.element);
  }

  /** Columns for which the pictures come out largest. @param {number} count */
  columns(count) {
    const { clientWidth: width, clientHeight: height } = this.room;
    let best = 1;
    let most = 0;
    for (let columns = 1; columns <= count; columns += 1) {
      const rows = Math.ceil(count / columns);
      const scale = Math.min(width / columns / this.zoom.width, height / rows / this.zoom.height);
      if (scale > most) {
        most = scale;
        best = columns;
      }
    }
    return best;
  }
}
