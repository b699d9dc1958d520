// The way to the server and back: what is there, what changes, what a person decides. In static files, what lies beside.
"use strict";

/** @typedef {{status: number, body: any}} Answer */

const Wire = (() => {
  /** @type {Static|null} */
  const files = /** @type {any} */ (window).GALLERY || null;
  let server = "";
  let wait = 1000;

  function start() {
    if (files) {
      State.connect("static");
      State.against = files.against;
      State.replace(files.wall);
      return;
    }
    takeToken();
    addEventListener("hashchange", takeToken);
    fetchWall();
    listen();
  }

  /** The address that the terminal prints holds the token; it is kept here, and taken out of the address. */
  function takeToken() {
    const found = /^#token=([\w-]+)/.exec(location.hash);
    if (found) {
      Remember.set("token", found[1]);
      Route.rewrite("#/");
    }
    State.token = Remember.get("token") || (found ? found[1] : "");
  }

  // --- what comes ---

  /** Updates that arrive while the wall is on its way; null where it is not. @type {Update[]|null} */
  let held = null;
  /** The revision that the server named last. */
  let named = -1;

  function listen() {
    const source = new EventSource("api/events");
    source.addEventListener("hello", (event) => {
      const said = JSON.parse(event.data);
      const restarted = server !== "" && server !== said.server;
      server = said.server;
      named = said.revision;
      wait = 1000;
      if (held) return;
      if (restarted || named !== State.revision) fetchWall();
      else State.connect("live");
    });
    source.addEventListener("update", (event) => {
      const update = JSON.parse(event.data);
      if (held) held.push(update);
      else if (update.revision > State.revision) State.change(update);
    });
    source.addEventListener("happened", (event) => {
      const said = JSON.parse(event.data);
      if (said.text) State.happen(said.text, said.asset || null);
    });
    source.addEventListener("error", () => {
      State.connect("lost");
      // A refused connection is tried again by the browser, an answer that is no stream of events is not.
      if (source.readyState !== EventSource.CLOSED) return;
      source.close();
      setTimeout(listen, wait);
      wait = Math.min(wait * 2, 10000);
    });
  }

  async function fetchWall() {
    held = [];
    const early = askedEarly;
    askedEarly = null;
    const answer = await (early ? answerOf(early) : ask("api/wall"));
    const updates = held;
    held = null;
    if (answer.status !== 200) {
      State.connect("lost");
      setTimeout(() => held || fetchWall(), wait);
      wait = Math.min(wait * 2, 10000);
      return;
    }
    State.replace(answer.body);
    for (const update of updates) if (update.revision > State.revision) State.change(update);
    // Another process counts from its own beginning.
    if (named >= 0 && State.revision < named) return fetchWall();
    State.connect("live");
  }

  /**
   * All that is known of an asset.
   * @param {string} id
   * @returns {Promise<AssetDocument|null>} null where there is none by that name
   */
  async function asset(id) {
    if (files) return stored(files, id);
    const answer = await ask(`api/asset?id=${encodeURIComponent(id)}`);
    if (answer.status === 200) return answer.body;
    if (answer.status === 404) return null;
    throw new Error(answer.body.error?.message || "the server does not answer");
  }

  /**
   * An asset of the files, with its row as the wall has it: that one knows what was there before.
   * @param {Static} files
   * @param {string} id
   */
  function stored(files, id) {
    const found = files.assets[id];
    return found ? { ...found, row: State.rows.get(id) || found.row } : null;
  }

  // --- what goes ---

  /**
   * @param {string} path
   * @param {any} body
   */
  function post(path, body) {
    const isFile = body instanceof Blob;
    return ask(path, {
      method: "POST",
      headers: {
        "X-Pipeline-Token": State.token,
        "Content-Type": isFile ? "application/octet-stream" : "application/json",
      },
      body: isFile ? body : JSON.stringify(body),
    });
  }

  /**
   * @param {string} path
   * @param {RequestInit} [options]
   * @returns {Promise<Answer>} status 0 where nobody answered
   */
  const ask = (path, options) => answerOf(fetch(path, options));

  /** @param {Promise<Response>} asked @returns {Promise<Answer>} */
  async function answerOf(asked) {
    try {
      const response = await asked;
      const text = await response.text();
      return { status: response.status, body: parsed(text) };
    } catch {
      return {
        status: 0,
        body: { error: { message: "the server does not answer", hint: "is `pipeline serve` still running?" } },
      };
    }
  }

  /** @param {string} text */
  function parsed(text) {
    try {
      return JSON.parse(text) || {};
    } catch {
      return { error: { message: text.slice(0, 300) || "the server gave no answer", hint: "" } };
    }
  }

  return { start, asset, post };
})();
