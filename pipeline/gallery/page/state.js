// What is known of the project now: replaced whole when the page opens, then changed by what the server tells.
"use strict";

const State = (() => {
  const state = {
    ready: false,
    revision: -1,
    /** @type {Project} */
    project: { name: "", root: "", profile: null, auto: false, read_only: true },
    /** @type {Map<string, Row>} */
    rows: new Map(),
    /** @type {Plan|null} */
    plan: null,
    /** @type {Problem[]} */
    problems: [],
    /** @type {Building|null} */
    building: null,
    /** When what is told of the build was told, to count its seconds down. */
    buildingSince: 0,
    /** @type {Waiting|null} */
    waiting: null,
    waitingSince: 0,
    spent: 0,
    spentEver: 0,
    /** @type {"connecting"|"live"|"lost"|"static"} */
    connection: "connecting",
    token: "",
    /** @type {Against|null} */
    against: null,
    /** What happened since the page was opened, the latest first. @type {{text: string, asset: string|null, at: number}[]} */
    happened: [],
  };

  /** @typedef {"rows"|"plan"|"problems"|"building"|"waiting"|"connection"|"happened"} Topic */
  /** @type {Map<Topic, Set<(ids: Set<string>) => void>>} */
  const listeners = new Map();

  /**
   * Be told of changes. `ids` are the assets that changed, where the topic is `rows`.
   * @param {Topic[]} topics
   * @param {(ids: Set<string>) => void} told
   * @returns {() => void} ends it
   */
  function on(topics, told) {
    for (const topic of topics) {
      if (!listeners.has(topic)) listeners.set(topic, new Set());
      /** @type {any} */ (listeners.get(topic)).add(told);
    }
    return () => topics.forEach((topic) => listeners.get(topic)?.delete(told));
  }

  /**
   * @param {Topic[]} topics
   * @param {Set<string>} [ids]
   */
  function tell(topics, ids = new Set()) {
    const called = new Set(topics.flatMap((topic) => [...(listeners.get(topic) || [])]));
    called.forEach((told) => told(ids));
  }

  /** @param {WallDocument} wall */
  function replace(wall) {
    const now = performance.now();
    const ids = new Set([...state.rows.keys(), ...wall.rows.map((row) => row.id)]);
    state.rows = new Map(wall.rows.map((row) => [row.id, row]));
    Object.assign(state, {
      ready: true,
      revision: wall.revision,
      project: wall.project,
      plan: wall.plan,
      problems: wall.problems,
      building: wall.building,
      waiting: wall.waiting,
      buildingSince: now,
      waitingSince: now,
      spent: wall.spent_micro_usd,
      spentEver: wall.spent_ever_micro_usd,
    });
    tell(["rows", "plan", "problems", "building", "waiting"], ids);
  }

  /** @param {Update} update */
  function change(update) {
    const now = performance.now();
    /** @type {Topic[]} */
    const topics = [];
    const ids = new Set([...(update.rows || []).map((row) => row.id), ...(update.gone || [])]);
    for (const row of update.rows || []) state.rows.set(row.id, row);
    for (const id of update.gone || []) state.rows.delete(id);
    if (ids.size) topics.push("rows");
    if (update.plan !== undefined) ((state.plan = update.plan), topics.push("plan"));
    if (update.problems !== undefined) ((state.problems = update.problems), topics.push("problems"));
    if (update.building !== undefined)
      ((state.building = update.building), (state.buildingSince = now), topics.push("building"));
    if (update.waiting !== undefined)
      ((state.waiting = update.waiting), (state.waitingSince = now), topics.push("waiting"));
    if (update.spent_micro_usd !== undefined) {
      state.spentEver += Math.max(0, update.spent_micro_usd - state.spent);
      state.spent = update.spent_micro_usd;
      topics.push("building");
    }
    state.revision = update.revision;
    tell(topics, ids);
  }

  /** @param {Row} row */
  function put(row) {
    state.rows.set(row.id, row);
    tell(["rows"], new Set([row.id]));
  }

  /** @param {"connecting"|"live"|"lost"|"static"} connection */
  function connect(connection) {
    if (state.connection === connection) return;
    state.connection = connection;
    tell(["connection"]);
  }

  /**
   * @param {string} text
   * @param {string|null} asset
   */
  function happen(text, asset) {
    state.happened = [{ text, asset, at: Date.now() }, ...state.happened].slice(0, 100);
    tell(["happened"]);
  }

  /** Whether something may be decided here. */
  const mayDecide = () => state.connection !== "static" && !state.project.read_only && state.token !== "";

  /** The words `drawing` or `queued` where a build has the asset just now. @param {string} id */
  function doing(id) {
    if (!state.building) return "";
    return state.building.drawing.includes(id) ? "drawing" : queued().has(id) ? "queued" : "";
  }

  /** @type {{of: Building|null, ids: Set<string>}} */
  let queue = { of: null, ids: new Set() };
  function queued() {
    if (queue.of !== state.building)
      queue = { of: state.building, ids: new Set(state.building ? state.building.queued : []) };
    return queue.ids;
  }

  return Object.assign(state, { on, replace, change, put, connect, happen, mayDecide, doing });
})();
