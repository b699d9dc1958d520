"""What may stand on the command line, and what is said when something else does."""

from __future__ import annotations

import argparse
import os
import re
import sys
from collections.abc import Sequence
from typing import Any, NoReturn

from pipeline import __version__, paper
from pipeline.errors import UsageError
from pipeline.overview import COMMANDS, overview
from pipeline.typed import jobs, money, port, seconds

_SELECT = (
    "ids or globs (`item/*`), `+x` with all that x needs, `x+` with all that needs x, `tag:T`, `file:specs/x.yaml`, "
    "`state:stale`, `changed:REV`; several are a union; none is all"
)


def parse(argv: Sequence[str]) -> argparse.Namespace:
    """The command line as values. Raises UsageError; SystemExit for `--help` and `--version`."""
    parser = _parser(next(iter(_first_words(argv)), ""))
    _help_if_asked(parser, argv)
    namespace, left = parser.parse_known_args(list(argv))
    unknown = [word for word in left if word.startswith("-") and word != "-"]
    if namespace.command is None:
        if unknown:
            _refuse(parser, "", unknown[0])
        raise UsageError("no command is given", hint="`pipeline --help` lists them")
    if unknown or (left and not hasattr(namespace, "words")):
        _refuse(parser, namespace.command, (unknown or left)[0])
    if left:
        # argparse gives up on further words once an option stood between them.
        namespace.words = [*namespace.words, *left]
    if namespace.quiet and namespace.verbose:
        raise UsageError("-q and -v do not go together", hint="-q tells less, -v tells more")
    namespace.verbosity = -1 if namespace.quiet else namespace.verbose
    return namespace


def _help_if_asked(parser: argparse.ArgumentParser, argv: Sequence[str]) -> None:
    """`--help` anywhere, or `help` in place of a command: print the help of the command that is named, and exit."""
    words = list(argv[: argv.index("--")] if "--" in argv else argv)
    named = _first_words(words)
    if named[:1] == ["help"]:
        named = named[1:]
    elif not {"-h", "--help"}.intersection(words):
        return
    if not named:
        parser.print_help()
    else:
        action = _commands_of(parser)
        parser._check_value(action, named[0])
        _of(parser, named[0]).print_help()
    raise SystemExit(0)


def _first_words(words: Sequence[str]) -> list[str]:
    """The words that are neither options nor the values of those that stand before a command."""
    values = ("-C", "--profile", "--color")
    return [
        word
        for number, word in enumerate(words)
        if not word.startswith("-") and (number == 0 or words[number - 1] not in values)
    ]


class _Formatter(argparse.HelpFormatter):
    """As wide as the terminal; argparse would load four modules to ask for that, and asks with each option."""

    def __init__(self, prog: str) -> None:
        columns = paper.columns(sys.stdout, os.environ) if sys.stdout is not None else None
        super().__init__(prog, width=(columns or paper.WIDTH) - 2)


class _Parser(argparse.ArgumentParser):
    """An argparse parser whose errors are ours, and whose choices know what was meant."""

    def __init__(self, **settings: Any) -> None:
        super().__init__(allow_abbrev=False, formatter_class=_Formatter, **settings)

    def error(self, message: str) -> NoReturn:
        found = re.fullmatch(r"argument ([^:]+): (.*)", message, re.DOTALL)
        needed = re.fullmatch(r"the following arguments are required: (.*)", message, re.DOTALL)
        if needed:
            message = f"`{self.prog}` needs {needed.group(1)}"
        elif found:
            message = f"{found.group(1).split('/')[-1]}: {found.group(2)}"
        raise UsageError(message, hint=f"`{self.prog} --help` says how")

    def _check_value(self, action: argparse.Action, value: Any) -> None:
        if action.choices is None or value in action.choices:
            return
        choices = [str(choice) for choice in action.choices]
        near = _nearest(str(value), choices)
        if isinstance(action, argparse._SubParsersAction):
            hint = f"did you mean `{near}`?" if near else "`pipeline --help` lists the commands"
            raise UsageError(f"there is no command `{value}`", hint=hint)
        name = (action.option_strings or [str(action.metavar or action.dest)])[-1]
        hint = f"did you mean `{near}`?" if near else ""
        raise UsageError(f"{name} is one of {', '.join(choices)}, not `{value}`", hint=hint)

    def format_help(self) -> str:
        return overview(self.prog) if self.prog == "pipeline" else super().format_help()


_SAID_ELSEWHERE = {"-V": "--version", "-?": "--help", "--help-all": "--help"}

_DRY_RUNS = ("-n", "--dry-run", "--dryrun", "--dry", "--just-print", "--simulate")

_COSTLY = ("--prune", "--redraw-missing", "--yes", "-y")
"""Options that delete or spend: suggested for a slip of the finger, never for mere likeness."""


def _refuse(parser: argparse.ArgumentParser, command: str, word: str) -> NoReturn:
    """Raise UsageError for a word or an option that the command (or, where it is empty, the tool) does not know."""
    prog = f"pipeline {command}".strip()
    if not word.startswith("-"):
        raise UsageError(f"`{prog}` does not take `{word}`", hint=f"`{prog} --help` says what it takes")
    option = word.partition("=")[0]
    parsers = (parser, _of(parser, command)) if command else (parser,)
    near = _SAID_ELSEWHERE.get(option) or _nearest(
        option, [o for one in parsers for o in one._option_string_actions], 0.7
    )
    hint = f"did you mean `{near}`?" if near else f"`{prog} --help` lists its options"
    if option in _DRY_RUNS and command in ("", "build"):
        hint = "`pipeline plan` tells what a build would do, and changes nothing"
    raise UsageError(f"`{prog}` has no option `{word}`", hint=hint)


def _commands_of(parser: argparse.ArgumentParser) -> argparse._SubParsersAction[Any]:
    return next(action for action in parser._actions if isinstance(action, argparse._SubParsersAction))


def _of(parser: argparse.ArgumentParser, command: str) -> argparse.ArgumentParser:
    found = _commands_of(parser).choices[command]
    assert isinstance(found, argparse.ArgumentParser)
    return found


def _nearest(word: str, known: Sequence[str], likeness: float = 0.6) -> str | None:
    import difflib

    for found in difflib.get_close_matches(word, known, n=3, cutoff=likeness):
        if found not in _COSTLY or difflib.SequenceMatcher(None, word, found).ratio() > 0.85:
            return found
    return None


# --- the parser -----------------------------------------------------------------------------------------------------


_MOST_USED = ("build", "plan")


def _parser(command: str = "") -> _Parser:
    """The parser of all commands; if that is enough for this one, of the most used ones alone."""
    few = command in _MOST_USED
    parser = _Parser(prog="pipeline", parents=[_global_options(first=True)])
    parser.add_argument("--version", action="version", version=f"asset-pipeline {__version__}")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND")
    everywhere = _global_options(first=False)
    made = {
        name: commands.add_parser(name, parents=[everywhere], description=f"{text[0].upper()}{text[1:]}.")
        for _, group in COMMANDS
        for name, text in group
        if name in _MOST_USED or not few
    }
    _making(made)
    if few:
        return parser
    _looking(made)
    _deciding(made)
    _other(made)
    return parser


def _global_options(*, first: bool) -> _Parser:
    """The options that stand before or after the command. After it they have no default that would undo the former."""
    options = _Parser(add_help=False)
    group = options.add_argument_group("everywhere")

    def add(*names: str, default: Any = None, **settings: Any) -> None:
        group.add_argument(*names, default=default if first else argparse.SUPPRESS, **settings)

    add("-C", dest="directory", metavar="DIR", help="the project's folder (default: found from here upwards)")
    add("--profile", metavar="P", help="the profile to work with; it has a lock of its own")
    add("--json", action="store_true", default=False, help="results and errors as JSON")
    add("-q", "--quiet", action="store_true", default=False, help="errors and last line only")
    add("-v", "--verbose", action="count", default=0, help="tell more")
    add("--color", choices=("auto", "always", "never"), default="auto", help="default: auto")
    return options


def _words(parser: argparse.ArgumentParser, metavar: str, text: str, *, needed: bool = False) -> None:
    parser.add_argument("words", nargs="+" if needed else "*", metavar=metavar, help=text)


def _select(parser: argparse.ArgumentParser) -> None:
    _words(parser, "SELECT", _SELECT)
    parser.add_argument("--exclude", action="append", default=[], metavar="SELECT", help="take these away (repeatable)")


def _making(made: dict[str, Any]) -> None:
    build, plan, watch = made["build"], made["plan"], made.get("watch")
    for parser in filter(None, (build, plan, watch)):
        _select(parser)
        parser.add_argument("--generator", metavar="NAME", help="gemini, placeholder, or a plug-in")
        parser.add_argument("--offline", action="store_true", help="call no model")
        parser.add_argument("--redraw-missing", action="store_true", help="draw takes anew that are nowhere in reach")
    for parser in filter(None, (build, watch)):
        what = "this build" if parser is build else "the whole watch"
        most = "the most calls in flight (default: 8, and soon up to 64)"
        parser.add_argument("-j", "--jobs", type=jobs, metavar="N", help=most)
        parser.add_argument("--max-cost", type=money, metavar="USD", help=f"what {what} may spend: 5, 5.00 or $5")
        parser.add_argument("-y", "--yes", action="store_true", help="do not ask above `ask_above`")
        parser.add_argument("--no-placeholders", action="store_true", help="fail where a placeholder would stand in")
    if watch is not None:
        settle = "how long nothing must be saved before anything is paid for (default: `watch.settle`, or 2)"
        watch.add_argument("--settle", type=seconds, metavar="SECONDS", help=settle)
        watch.add_argument("--serve", action="store_true", help="show the gallery in a browser meanwhile")
        _serving(watch)
    ends = build.add_mutually_exclusive_group()
    ends.add_argument("-k", "--keep-going", action="store_true", help="build the rest when one fails (default)")
    ends.add_argument("--fail-fast", action="store_true", help="start nothing new after a failure")
    build.add_argument(
        "--prune", action="store_true", help="forget assets that are no longer declared, delete their files"
    )
    build.add_argument(
        "--frozen", action="store_true", help="restore and derive only; exit 4 and the names if that is not enough"
    )
    plan.add_argument("--markdown", action="store_true", help="for a pull request")
    plan.add_argument("--exit-code", action="store_true", help="exit 4 when something is to do")


def _looking(made: dict[str, Any]) -> None:
    _serving(made["serve"])
    _select(made["list"])
    _select(made["graph"])
    made["graph"].add_argument("--format", choices=("text", "dot", "mermaid", "json"), default="text")
    for name, more in (("show", "; or a bundle's name"), ("takes", ""), ("explain", "")):
        made[name].add_argument("id", metavar="ID", help=f"an asset's id, or the path of its file{more}")
    made["request"].add_argument("id", metavar="ID", help="an asset's id")
    made["request"].add_argument(
        "--as", dest="form", choices=("curl", "python", "node", "json"), default="curl", help="default: curl"
    )


def _serving(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--port", type=port, metavar="N", help="default: 4747, or the next one that is free")
    parser.add_argument("--open", action="store_true", help="open the page in the browser")


def _deciding(made: dict[str, Any]) -> None:
    for name in ("reroll", "keep", "restore", "approve", "protect", "unprotect"):
        _words(made[name], "ID", "ids, or a SELECT as for build", needed=True)
    adopt = made["adopt"]
    for name in ("pick", "reject"):
        made[name].add_argument("id", metavar="ID", help="an asset's id")
        made[name].add_argument(
            "take",
            metavar="TAKE",
            help="its digest or call, or the first 4 digits or more; `pipeline takes ID` lists them",
        )
    made["note"].add_argument("id", metavar="ID", help="an asset's id")
    made["note"].add_argument("text", metavar="TEXT", help="in place of the note that is there; '' takes it away")
    refine = made["refine"]
    refine.add_argument("id", metavar="ID", help="an asset's id")
    refine.add_argument("turn", nargs="?", metavar="TEXT", help="what to change; the next build draws it")
    refine.add_argument("--image-size", default="", metavar="SIZE", help="of this turn (default: as before)")
    refine.add_argument("--aspect-ratio", default="", metavar="RATIO", help="of this turn (default: as before)")
    refine.add_argument("--undo", action="store_true", help="drop the turn that was added last")
    adopt.usage = "pipeline adopt ID [FILE] [--take] [--note TEXT]\n       pipeline adopt --from DIR [SELECT ...]"
    _words(adopt, "ID", "an asset's id, and the file (default: the one in its place); with --from a SELECT")
    adopt.add_argument("--from", dest="folder", metavar="DIR", help="adopt the pictures of a folder, by their names")
    adopt.add_argument("--take", action="store_true", help="use it as the take, not as the finished file")
    for name in ("reroll", "pick", "reject", "keep", "refine", "adopt", "restore", "approve", "protect", "unprotect"):
        made[name].add_argument("--note", default="", metavar="TEXT", help="why; kept in the lock")


def _other(made: dict[str, Any]) -> None:
    _select(made["gallery"])
    made["gallery"].add_argument("--out", required=True, metavar="DIR", help="the folder to write, which is its alone")
    made["gallery"].add_argument(
        "--against", metavar="REV", help="show what changed since HEAD parted from it: a branch, tag or commit"
    )
    disclose = made["disclose"]
    _select(disclose)
    disclose.add_argument("--format", choices=("markdown", "json"), help="default: markdown, or --guard's result alone")
    disclose.add_argument("--prompts", action="store_true", help="tell the prompts too, as they were sent")
    guard = "look through a folder that ships; exit 1 if nobody knows where a picture in it comes from (repeatable)"
    disclose.add_argument("--guard", action="append", default=[], metavar="DIR", help=guard)
    made["costs"].add_argument(
        "--by",
        action="append",
        choices=("day", "asset", "model", "profile"),
        help="group by this (repeatable; default: by day and by model)",
    )
    made["costs"].add_argument("--calls", action="store_true", help="list every call: when, for what, how it ended")
    made["schema"].add_argument("-o", "--output", metavar="FILE", help="write it there (default: stdout)")
    made["schema"].add_argument("--settings", action="store_true", help="of pipeline.yaml instead")
    made["doctor"].add_argument("--online", action="store_true", help="also ask the API whether the key works (free)")
