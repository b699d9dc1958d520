"""The commands, by what one wants to do, and the page that `pipeline --help` prints."""

from __future__ import annotations

COMMANDS = (
    (
        "Make",
        (
            ("build", "plan, then do it: draw what changed, reuse and restore the rest"),
            ("plan", "what a build would do, why, and for how much; needs no key"),
            ("watch", "look at each save, and build what it reaches"),
        ),
    ),
    (
        "Look",
        (
            ("serve", "the gallery in a browser, live, on this machine alone"),
            ("list", "all assets: state, model, size, file"),
            ("graph", "which asset refers to which"),
            ("show", "everything about one asset"),
            ("takes", "all takes that an asset has, and which one is picked"),
            ("explain", "why an asset is fresh or stale, down to the words of the prompt"),
            ("request", "the exact API call of an asset, ready to run"),
        ),
    ),
    (
        "Show",
        (
            ("gallery", "the pictures as static pages, and what changed since a revision"),
            ("disclose", "what ships, which model drew it, and what people did"),
        ),
    ),
    (
        "Decide",
        (
            ("reroll", "reject the pick: the next build draws anew"),
            ("pick", "use that take"),
            ("reject", "reject one take: another candidate takes its place, or one is drawn"),
            ("refine", "add a turn that continues from the picture there is"),
            ("keep", "the spec changed, the picture is still right: accept it, free"),
            ("adopt", "use a file that a person drew or retouched"),
            ("restore", "put the built file back in place of an edited one"),
            ("approve", "open the gate: what refers to the asset may be drawn"),
            ("protect", "never draw it again as a side effect"),
            ("unprotect", "take that back"),
            ("note", "write down why, beside what is decided"),
        ),
    ),
    ("Money", (("costs", "what was spent, by day, asset, model, profile"), ("models", "the models, and their prices"))),
    (
        "Share",
        (("push", "copy takes to the remote"), ("pull", "copy takes from the remote")),
    ),
    (
        "Set up",
        (
            ("init", "a new project"),
            ("schema", "the JSON Schema of specs, for editors"),
            ("doctor", "what is set up, and what is missing"),
        ),
    ),
)
"""The commands by group, in the order of `--help`."""


def overview(prog: str) -> str:
    """The help of the whole tool, in lines of at most 80 columns. `prog` is how it is called."""
    lines = [
        f"usage: {prog} [-C DIR] [--profile P] [--json] [-q|-v] [--color WHEN] COMMAND",
        "",
        "A build system for generated images: specs in git, exactly the changed ones are",
        "drawn, at a price that is known beforehand.",
    ]
    for title, group in COMMANDS:
        lines += ["", f"{title}:", *(f"  {name:<10} {text}" for name, text in group)]
    lines += [
        "",
        "Options, before or after the command:",
        "  -C DIR              the project's folder (default: found from here upwards)",
        "  --profile P         the profile to work with; it has a lock of its own",
        "  --json              results and errors as JSON",
        "  -q, --quiet         errors and the last line only",
        "  -v, --verbose       tell more",
        "  --color WHEN        auto, always or never",
        "  --version, --help",
        "",
        f"`{prog} COMMAND --help` tells more, and so does `{prog} help COMMAND`.",
        "",
        "Exit codes: 0 done; 1 an asset failed or is missing; 2 wrong use, or errors in",
        "the specs; 3 refused by the budget; 4 something is to do (--frozen,",
        "--exit-code); 130 interrupted.",
    ]
    return "\n".join(lines) + "\n"
