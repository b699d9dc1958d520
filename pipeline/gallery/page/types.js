// The JSON that the page is given, as types. Never loaded: for readers, editors and type checkers.

/** @typedef {{src: string, thumb: string, width: number, height: number, alpha: boolean, kind: "take"|"file"|"placeholder"}} Picture */

/**
 * An asset as the wall shows it.
 * @typedef {object} Row
 * @property {string} id
 * @property {string} state  fresh, stale, missing, placeholder, edited, held or failed
 * @property {string} action
 * @property {string} why  one sentence, or empty
 * @property {string} file  the spec
 * @property {number} line
 * @property {string[]} tags
 * @property {string|null} path
 * @property {string} model
 * @property {number} width  what is asked for, in pixels
 * @property {number} height
 * @property {Picture|null} picture
 * @property {number} price_micro_usd  what drawing now would cost; 0 where nothing is drawn
 * @property {number} draws
 * @property {boolean} gate
 * @property {boolean} approved
 * @property {boolean} protected
 * @property {boolean} adopted
 * @property {number} takes  of the present request, not rejected
 * @property {boolean} undecided
 * @property {string} note
 * @property {string} alt
 * @property {string} version  of its decisions
 * @property {string} failure  the model's words, or empty
 * @property {"added"|"changed"|"removed"|null} [change]  in static files that compare
 * @property {Picture|null} [before]
 * @property {string} [gap]  why `before` cannot be shown, or empty
 * @property {string|null} [was]  the id it had before
 * @property {Change[]} [asks]  what is asked otherwise since then
 */

/**
 * @typedef {object} PlanPrice
 * @property {number} certain_draws
 * @property {number} possible_draws
 * @property {number} table_micro_usd
 * @property {number} possible_table_micro_usd  the certain ones too
 * @property {number} top_micro_usd
 * @property {string} priced_on
 */

/**
 * What a build would do now.
 * @typedef {object} Plan
 * @property {number} draw
 * @property {number} free
 * @property {PlanPrice} price
 * @property {boolean} draws  whether a key is there
 * @property {string} lacking  what to set, or empty
 * @property {string} text
 * @property {number} budget_micro_usd
 * @property {number} left_micro_usd
 */

/** @typedef {{kind: "spec"|"asset"|"tool", file: string, line: number, column: number, message: string, hint: string, snippet: string, asset: string|null}} Problem */

/** @typedef {{began: string, total: number, done: number, drawing: string[], queued: string[], spent_micro_usd: number, maybe_spent_micro_usd: number, seconds_left: number|null, is_stopping?: boolean}} Building */

/** @typedef {{question: string, why: "settle"|"git"|"budget"|"ask", seconds_left: number|null, draws: number, table_micro_usd: number, text: string}} Waiting */

/** @typedef {{name: string, root: string, profile: string|null, auto: boolean, read_only: boolean}} Project */

/** @typedef {{revision: number, project: Project, rows: Row[], plan: Plan, problems: Problem[], building: Building|null, waiting: Waiting|null, spent_micro_usd: number, spent_ever_micro_usd: number}} WallDocument */

/** @typedef {{revision: number, rows?: Row[], gone?: string[], plan?: Plan, problems?: Problem[], building?: Building|null, waiting?: Waiting|null, spent_micro_usd?: number}} Update */

/**
 * @typedef {object} Take
 * @property {string} take  its digest
 * @property {string|null} call
 * @property {string|null} [point]  the point that it is of
 * @property {boolean} picked
 * @property {boolean} approved
 * @property {boolean} rejected
 * @property {boolean} adopted
 * @property {boolean} kept
 * @property {boolean} past
 * @property {boolean} in_reach
 * @property {string} label
 * @property {string|null} ended
 * @property {number|null} cost_micro_usd
 * @property {string|null} model
 * @property {number|null} width
 * @property {number|null} height
 * @property {number|null} size  bytes
 * @property {string|null} type
 * @property {Picture|null} picture
 */

/** @typedef {["same"|"removed"|"added", string]} Piece */

/** @typedef {{field: string, name: string, before: any, after: any, diff: Piece[]}} Change */

/** @typedef {{asset?: string, path?: string, role: string, number: number, thumb?: string|null, src?: string|null}} Referred */

/**
 * An asset with all that is known of it.
 * @typedef {object} AssetDocument
 * @property {Row} row
 * @property {{file: string, line: number, column: number}} origin
 * @property {string} prompt  as sent; empty where only its points are drawn
 * @property {Record<string, string>} [prompts]  as sent, of its points
 * @property {string} system_instruction
 * @property {{key: string, json: string}|null} request
 * @property {Change[]} changes  since the picked take
 * @property {string[]} reasons
 * @property {string} model
 * @property {string} aspect_ratio
 * @property {string} image_size
 * @property {number|null} seed
 * @property {string} format
 * @property {{table_micro_usd: number, worst_micro_usd: number}} price
 * @property {number} paid_micro_usd
 * @property {{median_micro_usd?: number, calls?: number}|null} measured
 * @property {Take[]} takes
 * @property {Referred[]} refers_to
 * @property {string[]} after
 * @property {{id: string, thumb: string|null}[]} needed_by
 * @property {""|"spec"|"decision"} protected_by
 * @property {{prompt: string}[]} turns  that people added
 * @property {string[]} varied
 * @property {Picture|null} edited
 * @property {Picture|null} built
 * @property {Record<string, string>} commands
 */

/**
 * What static files compare with.
 * @typedef {object} Against
 * @property {string} revision
 * @property {string} [named]
 * @property {string} commit
 * @property {string} why  how it was chosen
 * @property {number} cost_micro_usd
 * @property {number} [takes]
 * @property {number} [takes_of_unknown_cost]
 * @property {number} [in_vain_micro_usd]
 * @property {number} added
 * @property {number} changed
 * @property {number} removed
 */

/** @typedef {{wall: WallDocument, assets: Record<string, AssetDocument>, against: Against|null}} Static */
