// Where the page is, as its address says: `#/asset/ID`, and what is filtered in the hash's query.
"use strict";

/** @typedef {{view: string, id: string, query: URLSearchParams}} Place */

const Route = (() => {
  const VIEWS = ["asset", "compare", "review", "problems", "changes"];

  /**
   * @param {string} hash
   * @returns {Place}
   */
  function read(hash) {
    const [path, query = ""] = split(hash.replace(/^#\/?/, ""), "?");
    const [view, id = ""] = split(path, "/");
    return { view: VIEWS.includes(view) ? view : "wall", id: decoded(id), query: new URLSearchParams(query) };
  }

  /**
   * @param {string} text
   * @param {string} at
   * @returns {[string, string|undefined]}
   */
  function split(text, at) {
    const cut = text.indexOf(at);
    return cut < 0 ? [text, undefined] : [text.slice(0, cut), text.slice(cut + 1)];
  }

  /** @param {string} text */
  function decoded(text) {
    try {
      return decodeURIComponent(text);
    } catch {
      return text;
    }
  }

  /**
   * The address of a view.
   * @param {string} view
   * @param {string} [id]
   * @param {Record<string, string>} [query]
   */
  function to(view, id = "", query = {}) {
    const path = view === "wall" ? "#/" : `#/${view}${id ? `/${encodeURIComponent(id)}` : ""}`;
    const text = new URLSearchParams(query).toString();
    return text ? `${path}?${text}` : path;
  }

  /** @param {string} hash */
  function go(hash) {
    location.hash = hash;
  }

  /**
   * Change the address without a step in the history.
   * @param {string} hash
   */
  function rewrite(hash) {
    history.replaceState(history.state, "", hash);
  }

  const now = () => read(location.hash);

  return { read, to, go, rewrite, now };
})();
