"""argv -> command, and whatever goes wrong -> a sentence on stderr and an exit code.

Nothing heavy is imported before the command is known: `--help` and `--version` answer at once.
"""

from __future__ import annotations

import gc
import os
import re
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

from pipeline import errors, plainly
from pipeline.amounts import one_line
from pipeline.commands.context import Context, to_json, wrapped
from pipeline.dispatch import COMMANDS
from pipeline.files import failure_of
from pipeline.frozen import replace
from pipeline.uptodate import project_above

if TYPE_CHECKING:
    from argparse import Namespace

_CLOSED_PIPE = 141
"""As a shell tells it of any other tool whose reader went away (`pipeline list | head -1`)."""

_MAKES_A_PROJECT = "init"


def main(
    argv: Sequence[str],
    *,
    environ: Mapping[str, str] | None = None,
    stdin: TextIO | None = None,
    stdout: TextIO | None = None,
    stderr: TextIO | None = None,
) -> int:
    """Run one command and return its exit code. Raises nothing but SystemExit, for `--help` and `--version`."""
    context = Context(
        directory=Path(),
        here=Path(),
        json="--json" in argv,
        argv=tuple(argv),
        environ=environ if environ is not None else os.environ,
        stdin=_able(stdin or sys.stdin),
        stdout=_able(stdout or sys.stdout),
        stderr=_able(stderr or sys.stderr),
    )
    try:
        namespace = plainly.parse(argv) or _by_argparse(argv)
        context = _context(namespace, context)
        if namespace.command != "plan":  # that ends before there is much to collect
            gc.enable()
        code = COMMANDS[namespace.command](context, namespace)
        context.stdout.flush()
        return code
    except BrokenPipeError:
        _close_quietly(context.stdout)
        return _CLOSED_PIPE
    except BaseException as error:
        return _tell(error, context, argv)


def _by_argparse(argv: Sequence[str]) -> Namespace:
    from pipeline import arguments

    return arguments.parse(argv)


def _able(stream: TextIO | None) -> TextIO:
    """The stream, set up to spell out what its encoding cannot say instead of failing; a closed one leads nowhere."""
    if stream is None:
        return Path(os.devnull).open("r+", encoding="utf-8")
    reconfigure = getattr(stream, "reconfigure", None)
    if reconfigure is not None:
        reconfigure(errors="backslashreplace")
    return stream


def _context(namespace: Namespace, before: Context) -> Context:
    """The context of a parsed command line. Raises UsageError where the current folder is gone."""
    try:
        here = Path.cwd() / (namespace.directory or "")
    except FileNotFoundError:
        raise errors.UsageError("the current folder is gone", hint="`cd` to one that exists") from None
    finds = namespace.directory is None and namespace.command != _MAKES_A_PROJECT
    return replace(
        before,
        directory=Path(project_above(str(here)) or here) if finds else here,
        here=here,
        profile=namespace.profile,
        json=namespace.json,
        verbosity=namespace.verbosity,
        color=namespace.color,
    )


# --- what went wrong ------------------------------------------------------------------------------------------------


def _tell(error: BaseException, context: Context, argv: Sequence[str]) -> int:
    """Say what went wrong, and give the exit code. Raises SystemExit as it is."""
    error = _only(error)
    if isinstance(error, SystemExit):
        raise error
    if isinstance(error, KeyboardInterrupt) or type(error).__name__ == "CancelledError":
        error = errors.Interrupted("interrupted", hint="what is finished is kept; run the same command to go on")
    elif isinstance(error, OSError):
        error = failure_of(error)
    elif not isinstance(error, errors.PipelineError):
        error = _bug(error, context, argv)
    try:
        _print(error, context)
        context.stdout.flush()
        context.stderr.flush()
    except OSError:
        # Nobody reads any more, or the disk under the stream is full: the exit code still tells.
        _close_quietly(context.stdout)
    return error.exit_code


class _Bug(errors.PipelineError):
    exit_code = errors.BUG


def _only(error: BaseException) -> BaseException:
    """The first error of a group (several tasks of a build failed at once)."""
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return error


def _bug(error: BaseException, context: Context, argv: Sequence[str]) -> _Bug:
    from pipeline.bug import redacted, write_report

    what = redacted(f"{type(error).__name__}: {error}".strip(), context.environ)
    try:
        path = write_report(error, argv, context.environ, context.directory)
    except OSError as failure:
        return _Bug(f"this is a bug of the tool: {what}", hint=f"the report could not be written: {failure}")
    return _Bug(f"this is a bug of the tool: {what}", hint=f"please report it with {path}, which holds no secret")


def _print(error: errors.PipelineError, context: Context) -> None:
    problems = error.problems if isinstance(error, errors.SpecErrors) else ()
    _print_problems(problems, context)
    columns = context.columns(context.stderr)
    message, *further = wrapped(f"error: {error.message}", columns, hanging="  ") if columns else [error.message]
    context.warn(f"{context.paint('error:', 'bold red', errors=True)} {one_line(message.removeprefix('error: '))}")
    for line in [*further, *wrapped(error.hint, columns or _HINT_COLUMNS, indent="  ")]:
        context.warn(one_line(line))
    if context.json:
        context.stdout.write(to_json({"error": _as_json(error, problems)}) + "\n")


_HINT_COLUMNS = 80
_MOST_ALIKE = 20


def _print_problems(problems: Sequence[errors.Problem], context: Context) -> None:
    """Each problem with its line; of many with the same words the first ones, and how many more there are."""
    seen: dict[str, int] = {}
    for problem in problems:
        words = re.sub(r"`[^`]*`", "``", problem.message)
        seen[words] = seen.get(words, 0) + 1
        if context.verbose or seen[words] <= _MOST_ALIKE:
            context.warn(context.shown(problem))
            context.warn()
    more = sum(count - _MOST_ALIKE for count in seen.values() if count > _MOST_ALIKE)
    if more and not context.verbose:
        context.warn(f"and {more:,} more like these; -v shows all")
        context.warn()


def _as_json(error: errors.PipelineError, problems: Sequence[errors.Problem]) -> dict[str, Any]:
    value: dict[str, Any] = {
        "kind": type(error).__name__.lstrip("_"),
        "exit_code": error.exit_code,
        "message": error.message,
        "hint": error.hint,
    }
    if problems:
        value["problems"] = [{**p.origin._asdict(), "message": p.message, "hint": p.hint} for p in problems]
    return value


def _close_quietly(stream: TextIO) -> None:
    """Let nothing be written at exit to a pipe that nobody reads."""
    try:
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
    except (OSError, ValueError):
        return
