"""A declarative asset pipeline: YAML specs in git become images, and only what changed is drawn and paid for.

The house, by what happens to an asset in each room:

    spec/       declared    YAML, layers, rows and templates become assets; all mistakes at once, with their lines
    plan/       decided     the request of each asset, and what is to happen to it: free, pure, no network
    draw/       drawn       the paid call: generators, limits, budget, credentials; and placeholders
    finish/     finished    from a take to a file
    bundle/     gathered    from the files of many assets to sheets and exports
    store/      remembered  objects and records, the lock, the ledger, the built files

The corridors, in the order in which a build walks them:

    workshop      everything from outside, wired once          build       THE loop
    options       how a build was asked for                    drawing     from a decision to a take in the store
    conversation  what a turn continues from                   picking     from a take to the lock and the file
    revision      what specs and lock said at a git revision   decisions   what people decide; adopting, sharing
    undeclared    what the specs no longer declare             recovering  what had arrived when a build died
    ready         which asset may start now                    interrupting  Ctrl-C, CI's way, and a thread's
    outcome       what a build gives back                      allowing      whether it may spend what it would
    bundling      sheets and exports, when the assets are done

The short cuts, which may only ever be quicker, never different:

    uptodate      is there anything to do? asked first         footprint   all that a build depended on
    rest          what is fresh and need not be read           narrowing   a workshop that reads only what moved
    remembering   what a build leaves behind for these two     looks       how files look, as it is kept
    plainly       plain command lines, without argparse

Kept up with while people work (`live/`):

    keeping       the loop: looks, builds, asks, tells         pace        when what may be done: pure
    changes       which files changed, as the system tells     followed    which folders, and what a file there means
    reading       one look, which reads what moved             building    builds in a thread of their own
    state         what is known, as values that stay           work        from a plan to what there is to do

On the ground floor: `words` (the glossary as types), `keys` (the rule by which requests are compared), `key_colors`
(what it says of the ground behind a transparent asset), `digest`, `marks` and `text_marks` (what the tool made, told
by the file itself), `saying` (what any picture says of its origin), `commits` (what git says), `files` (atomic writes),
`amounts` (money and lists as people read them), `bulk` (many values that all stay), `frozen` (dataclasses that are
quick to import), `credentials`, `paper` (what text is printed on), `errors`. Upstairs: `cli`, `arguments`, `overview`,
`typed`, `dispatch`, `commands/`, `console/`, `gallery/`, `views/`, `tell` (facts become English there and nowhere
else), `bug`.
"""

__version__ = "0.1.0"
