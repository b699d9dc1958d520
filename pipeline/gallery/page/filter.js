// Which assets the wall shows, and in which order: a value that the address holds. Pure functions.
"use strict";

/** @typedef {{state: string, tag: string, file: string, text: string, sort: string, change: string}} Wanted */

const Filter = (() => {
  const SORTS = { spec: "As in the specs", name: "Name", attention: "Attention first", price: "Dearest first" };
  const NAMES = /** @type {const} */ (["state", "tag", "file", "text", "sort", "change"]);

  /**
   * @param {URLSearchParams} query
   * @returns {Wanted}
   */
  function read(query) {
    const wanted = Object.fromEntries(NAMES.map((name) => [name, query.get(name) || ""]));
    return /** @type {Wanted} */ ({ ...wanted, sort: wanted.sort in SORTS ? wanted.sort : "spec" });
  }

  /** @param {Wanted} wanted @returns {Record<string, string>} */
  function query(wanted) {
    return Object.fromEntries(
      NAMES.filter((name) => wanted[name] && !(name === "sort" && wanted.sort === "spec")).map((name) => [
        name,
        wanted[name],
      ]),
    );
  }

  /** @param {Wanted} wanted */
  const isSet = (wanted) => Boolean(wanted.state || wanted.tag || wanted.file || wanted.text || wanted.change);

  /**
   * Whether an asset fits all but its state: the chips count those.
   * @param {Row} row
   * @param {Wanted} wanted
   */
  function fitsElse(row, wanted) {
    if (wanted.tag && !row.tags.includes(wanted.tag)) return false;
    if (wanted.file && row.file !== wanted.file) return false;
    if (!wanted.text) return true;
    const text = `${row.id} ${row.why} ${row.note} ${row.model} ${row.tags.join(" ")} ${row.alt}`.toLowerCase();
    return wanted.text
      .toLowerCase()
      .split(/\s+/)
      .every((word) => text.includes(word));
  }

  /**
   * @param {Row} row
   * @param {Wanted} wanted
   */
  function fitsState(row, wanted) {
    if (wanted.change && row.change !== wanted.change) return false;
    if (wanted.state && row.change === "removed") return false;
    if (!wanted.state) return true;
    return wanted.state === "undecided" ? row.undecided : row.state === wanted.state;
  }

  const natural = new Intl.Collator("en", { numeric: true });
  const attention = Object.keys(Words.STATES);
  /** @type {Record<string, (a: Row, b: Row) => number>} */
  const ORDERS = {
    spec: (a, b) => rank(a.file) - rank(b.file) || a.line - b.line,
    name: () => 0,
    attention: (a, b) =>
      attention.indexOf(a.state) - attention.indexOf(b.state) || Number(b.undecided) - Number(a.undecided),
    price: (a, b) => b.price_micro_usd - a.price_micro_usd,
  };

  /** The places of the specs among each other: a collator is too slow to be asked for each pair of assets. @type {Map<string, number>} */
  let ranks = new Map();
  /** @param {string} file */
  const rank = (file) => ranks.get(file) || 0;

  /** @type {WeakMap<Row, string>} */
  const padded = new WeakMap();
  /**
   * An id such that its numbers sort as numbers when compared as plain text, which is much faster than a collator.
   * @param {Row} row
   */
  function sortable(row) {
    let text = padded.get(row);
    if (text === undefined)
      padded.set(row, (text = row.id.toLowerCase().replace(/\d+/g, (digits) => digits.padStart(8, "0"))));
    return text;
  }

  /**
   * The assets to show, in order, and how many there are of each state among those that fit the rest.
   * @param {Iterable<Row>} rows
   * @param {Wanted} wanted
   */
  function apply(rows, wanted) {
    /** @type {Record<string, number>} */
    const counts = { all: 0, undecided: 0, added: 0, changed: 0, removed: 0 };
    const shown = [];
    for (const row of rows) {
      if (!fitsElse(row, wanted)) continue;
      counts.all += 1;
      // What was removed has no state any more.
      if (row.change !== "removed") counts[row.state] = (counts[row.state] || 0) + 1;
      if (row.undecided) counts.undecided += 1;
      if (row.change) counts[row.change] += 1;
      if (fitsState(row, wanted)) shown.push(row);
    }
    if (wanted.sort === "spec")
      ranks = new Map(
        [...new Set(shown.map((row) => row.file))].sort(natural.compare).map((file, number) => [file, number]),
      );
    const order = ORDERS[wanted.sort];
    // The rows of one `for_each` share a line: they stay in the order in which they came.
    const byName =
      wanted.sort === "spec"
        ? () => 0
        : (/** @type {Row} */ a, /** @type {Row} */ b) => (sortable(a) < sortable(b) ? -1 : 1);
    shown.sort((a, b) => order(a, b) || byName(a, b));
    return { shown, counts };
  }

  /**
   * All values of a list, counted, the most frequent ones last sorted by name.
   * @param {Iterable<Row>} rows
   * @param {(row: Row) => string[]} of
   * @returns {[string, number][]}
   */
  function tally(rows, of) {
    /** @type {Map<string, number>} */
    const counts = new Map();
    for (const row of rows) for (const value of of(row)) counts.set(value, (counts.get(value) || 0) + 1);
    return [...counts].sort((a, b) => natural.compare(a[0], b[0]));
  }

  return { SORTS, read, query, isSet, apply, tally };
})();
