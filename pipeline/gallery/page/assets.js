// All that is known of single assets: asked for when it is needed, and again when something about it has changed.
"use strict";

const Assets = (() => {
  /** @typedef {{row: Row|undefined, document: Promise<AssetDocument|null>}} Known */
  /** @type {Map<string, Known>} */
  const known = new Map();
  const MOST = 60;

  /**
   * An asset as it is now; null where there is none by that name.
   * @param {string} id
   * @returns {Promise<AssetDocument|null>}
   */
  function of(id) {
    const row = State.rows.get(id);
    const kept = known.get(id);
    if (kept && kept.row === row) return kept.document;
    const trail = Decide.trailOf(id);
    const document = Wire.asset(id).then((found) => {
      if (found && Decide.trailOf(id) === trail) Decide.read(id, found.row.version);
      return found;
    });
    known.delete(id);
    known.set(id, { row, document });
    document.catch(() => known.delete(id));
    const oldest = known.keys().next().value;
    if (known.size > MOST && oldest !== undefined) known.delete(oldest);
    return document;
  }

  /** @param {string} id */
  const forget = (id) => known.delete(id);

  /**
   * An answer of the server that holds the asset as it is now.
   * @param {AssetDocument} document
   */
  function put(document) {
    State.put(document.row);
    known.set(document.row.id, { row: document.row, document: Promise.resolve(document) });
  }

  // The specs may have changed a prompt of what is fresh still: a plan is made anew then.
  State.on(["plan"], () => known.clear());

  return { of, forget, put };
})();
