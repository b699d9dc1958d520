// Facts as people read them: states, money, times, sizes. Pure functions.
"use strict";

const Words = (() => {
  /** The states in the order in which they want attention, each with its word and what it means. */
  const STATES = {
    failed: { word: "Failed", icon: "failed", means: "the model was asked and could not draw it" },
    missing: { word: "Missing", icon: "missing", means: "picked, but its bytes are nowhere in reach" },
    edited: { word: "Edited", icon: "edited", means: "the file was changed by hand" },
    held: { word: "Held", icon: "held", means: "it stays as it is until a person decides" },
    stale: { word: "Stale", icon: "stale", means: "its spec asks for another picture than the one there is" },
    placeholder: { word: "Placeholder", icon: "placeholder", means: "no take yet: a stand-in of the right size" },
    fresh: { word: "Fresh", icon: "fresh", means: "the picture is what its spec asks for" },
  };

  const CHANGES = {
    added: { word: "Added", icon: "plus" },
    changed: { word: "Changed", icon: "changed" },
    removed: { word: "Removed", icon: "minus" },
  };

  /**
   * `$12.30`, `$0.27`, `$0.134`, `$0.0004`: cents from a dollar on, else as many digits as tell.
   * @param {number} micro
   */
  function usd(micro) {
    if (micro % 10000 === 0 || micro >= 999500)
      return (
        "$" +
        (Math.round(micro / 10000) / 100).toLocaleString("en", { minimumFractionDigits: 2, maximumFractionDigits: 2 })
      );
    if (micro >= 500) return "$" + (micro / 1e6).toFixed(3);
    return "$" + (micro / 1e6).toFixed(6).replace(/0+$/, "");
  }

  /**
   * @param {number} count
   * @param {string} noun
   */
  function plural(count, noun) {
    return `${count.toLocaleString("en")} ${noun}${count === 1 ? "" : "s"}`;
  }

  /**
   * `12 s`, `2 min 5 s`, `3 h 10 min`.
   * @param {number} seconds
   */
  function span(seconds) {
    const whole = Math.max(0, Math.round(seconds));
    if (whole < 60) return `${whole} s`;
    const minutes = Math.floor(whole / 60);
    if (minutes < 60) return whole % 60 ? `${minutes} min ${whole % 60} s` : `${minutes} min`;
    return minutes % 60 ? `${Math.floor(minutes / 60)} h ${minutes % 60} min` : `${Math.floor(minutes / 60)} h`;
  }

  /** @param {number} bytes */
  function size(bytes) {
    if (bytes < 1000) return `${bytes} B`;
    if (bytes < 1e6) return `${Math.round(bytes / 1000)} kB`;
    return `${(bytes / 1e6).toFixed(1)} MB`;
  }

  /**
   * `20 Nov 2026, 14:20` in the reader's own time.
   * @param {string|null} iso
   */
  function when(iso) {
    const date = iso ? new Date(iso) : null;
    if (!date || isNaN(date.getTime())) return "";
    return date.toLocaleString("en-GB", {
      day: "numeric",
      month: "short",
      year: "numeric",
      hour: "2-digit",
      minute: "2-digit",
    });
  }

  /**
   * Names, the first ones and how many more there are.
   * @param {string[]} all
   * @param {number} [most]
   */
  function names(all, most = 3) {
    const shown = all.length <= most ? all : all.slice(0, most - 1);
    const more = all.length - shown.length;
    return shown.join(", ") + (more ? ` and ${more.toLocaleString("en")} more` : "");
  }

  /**
   * A message of the tool: what stands in backticks becomes code.
   * @param {string} text
   * @returns {Child[]}
   */
  function told(text) {
    return text.split("`").map((part, number) => (number % 2 ? h("code", null, h("bdi", null, part)) : part));
  }

  /** @param {string} text */
  const plain = (text) => text.replaceAll("`", "");

  /** @param {string} text */
  const sentence = (text) => text.charAt(0).toUpperCase() + text.slice(1) + (/[.!?:]$/.test(text) ? "" : ".");

  /** @param {string} digest */
  const hex = (digest) => digest.replace(/^sha256:/, "");

  /** @param {string|null} type */
  const format = (type) => (type ? type.replace("image/", "").toUpperCase() : "");

  /**
   * The folder of an id, and its last name.
   * @param {string} id
   * @returns {[string, string]}
   */
  function parts(id) {
    const cut = id.lastIndexOf("/") + 1;
    return cut && cut < id.length ? [id.slice(0, cut), id.slice(cut)] : ["", id];
  }

  /**
   * What the price of a plan is: one sum, or a range where not all can be known.
   * @param {PlanPrice} price
   */
  function range(price) {
    const from = usd(price.table_micro_usd);
    return price.possible_table_micro_usd > price.table_micro_usd
      ? `${from} to ${usd(price.possible_table_micro_usd)}`
      : from;
  }

  /** @param {string} state */
  const state = (state) =>
    /** @type {Record<string, {word: string, icon: string, means: string}>} */ (STATES)[state] || {
      word: state,
      icon: "held",
      means: "",
    };

  return {
    STATES,
    CHANGES,
    usd,
    plural,
    span,
    size,
    when,
    names,
    told,
    plain,
    sentence,
    hex,
    format,
    parts,
    range,
    state,
  };
})();
