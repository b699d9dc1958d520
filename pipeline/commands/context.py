"""What every command is given: where the project is, how to print, and the world outside."""

from __future__ import annotations

import io
import json
import os
import re
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

from pipeline import paper
from pipeline.amounts import one_line
from pipeline.frozen import dataclass, field

if TYPE_CHECKING:
    from pipeline.errors import Problem
    from pipeline.tell import Teller
    from pipeline.words import AssetId
    from pipeline.workshop import Workshop

# Everything that steers a terminal, except line ends and tabs: the words of a model, the prompts of a spec and the
# names of files are printed, and none of them may move the cursor, retitle the window or hide what follows.
_UNSAFE = "[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]"

# Where a style begins or ends in a text that is not printed yet. Nobody outside can know it, so whatever else looks
# like a colour by the time of printing came with a spec, a model or a path.
_INK = f"\x1b{os.urandom(8).hex()}"
_INKED = re.compile(f"{_INK}([0-9;]*m)")

_STYLES: Mapping[str, str] = {
    "bold": "1",
    "dim": "2",
    "red": "31",
    "green": "32",
    "yellow": "33",
    "blue": "34",
    "magenta": "35",
    "cyan": "36",
}


@dataclass(frozen=True, kw_only=True)
class Context:
    """How a command was called. Results go to `stdout`, everything else to `stderr`."""

    directory: Path
    """The project's folder (for `init`: the folder that is to become one)."""
    here: Path = field(default_factory=Path.cwd)
    """The folder from which paths on the command line are meant."""
    profile: str | None = None
    json: bool = False
    verbosity: int = 0
    """-1 quiet, 0, 1 and more: verbose."""
    color: str = "auto"
    """auto, always or never."""
    argv: tuple[str, ...] = ()
    """The words of the command line, as they were typed."""
    environ: Mapping[str, str]
    stdin: TextIO = field(default_factory=lambda: sys.stdin)
    stdout: TextIO
    stderr: TextIO

    def shop(self) -> Workshop:
        """The workshop of this project. Raises UsageError where there is none."""
        from pipeline.workshop import open_workshop

        return open_workshop(self.directory, self.profile, self.environ)

    def teller(self, shop: Workshop, selected: frozenset[AssetId] = frozenset()) -> Teller:
        """Tells reasons with the commands that fit this profile, this remote and what is selected."""
        from pipeline.tell import Teller

        return Teller(profile=self.profile, remote=shop.project.settings.remote, selected=selected)

    # --- printing ---

    def say(self, text: str = "") -> None:
        """A line (or several) of the result, to stdout."""
        self.stdout.write(safe(text) + "\n")

    def say_prose(self, text: str, style: str = "", *, indent: str = "") -> None:
        """A sentence of the result, wrapped at words to the width of the terminal."""
        for line in wrapped(text, self.width, indent=indent):
            self.say(indent + self.paint(line[len(indent) :], style))

    def warn(self, text: str = "") -> None:
        """A line that is not the result, to stderr."""
        self.stderr.write(safe(text) + "\n")

    def warn_all(self, shop: Workshop) -> None:
        """What the specs warn of (aliases, retired and unknown models), to stderr."""
        for problem in shop.warnings:
            self.warn(self.shown(problem, "warning"))

    def shown(self, problem: Problem, kind: str = "error") -> str:
        """A problem with its line and caret; place, kind and remedy stand out where stderr has colours."""
        from pipeline.spec.show import show_problem

        told = problem._replace(message=one_line(problem.message), hint=one_line(problem.hint))
        text, place = show_problem(told, self.directory, kind), f"{problem.origin}: {kind}:"
        first, *rest = text.removeprefix(place).split("\n")
        style = "bold red" if kind == "error" else "bold yellow"
        where = self.paint(one_line(str(problem.origin)), "bold", errors=True)
        first = f"{where}: {self.paint(f'{kind}:', style, errors=True)}{first}"
        lines = (self.paint(line, "cyan", errors=True) if line.lstrip().startswith("=") else line for line in rest)
        return "\n".join([first, *lines])

    def tell_json(self, value: Any) -> None:
        """The result as one JSON document, to stdout."""
        self.stdout.write(to_json(value, indent=2) + "\n")

    def tell_json_line(self, value: Any) -> None:
        """One line of a stream of JSON documents, to stdout at once."""
        self.stdout.write(to_json(value) + "\n")
        self.stdout.flush()

    def paint(self, text: str, style: str, *, errors: bool = False) -> str:
        """The text in a style (`bold`, `dim`, a colour; several with blanks) if stdout, or stderr, shows colours."""
        if not text or not (self.colors_errors if errors else self.colors):
            return text
        codes = ";".join(_STYLES[one] for one in style.split())
        return f"{_INK}{codes}m{text}{_INK}0m" if codes else text

    @property
    def quiet(self) -> bool:
        return self.verbosity < 0

    @property
    def verbose(self) -> bool:
        return self.verbosity > 0

    @property
    def colors(self) -> bool:
        """Whether stdout is to have colours."""
        return self._colors(self.stdout)

    @property
    def colors_errors(self) -> bool:
        """Whether stderr is to have colours."""
        return self._colors(self.stderr)

    @property
    def terminal(self) -> bool:
        """Whether a person sees stdout on a terminal that can redraw lines."""
        return self.stdout.isatty() and self.environ.get("TERM") != "dumb"

    @property
    def width(self) -> int:
        """Columns of the terminal that stdout is; 80 where it is none."""
        return self.columns(self.stdout) or paper.WIDTH

    def columns(self, stream: TextIO) -> int | None:
        """Columns of the terminal that a stream is; None where it is none."""
        return paper.columns(stream, self.environ)

    def _colors(self, stream: TextIO) -> bool:
        if self.color != "auto":
            return self.color == "always"
        return paper.shows_colors(stream, self.environ)


class OnPaper(io.StringIO):
    """Collects text as it would be printed on a stream, which gets none of it."""

    def __init__(self, stream: TextIO) -> None:
        super().__init__()
        self._stream = stream

    def isatty(self) -> bool:
        return self._stream.isatty()

    def fileno(self) -> int:
        return self._stream.fileno()


def safe(text: str) -> str:
    """The text as it may be printed: all that steers a terminal is spelled out (`\\u202e`), but what `paint` added."""
    parts = _INKED.split(text)
    return "".join(f"\x1b[{part}" if number % 2 else _spelled_out(part) for number, part in enumerate(parts))


def _spelled_out(text: str) -> str:
    if text.isprintable():  # as most lines are, and then nothing in them is unsafe
        return text
    return re.sub(_UNSAFE, lambda found: found.group().encode("unicode_escape").decode("ascii"), text)


def wrapped(text: str, width: int, *, indent: str = "", hanging: str | None = None) -> list[str]:
    """The text (without styles) in lines of that many columns, broken between words and never inside a command.

    What is longer than a line stays whole. `hanging` begins the further lines (default: as `indent`).
    """
    lines, line = [], ""
    for word in re.findall(r"(?:`[^`]*`|[^\s`]|`)+", text):
        if line and len(line) + 1 + len(word) > width:
            lines.append(line)
            line = ""
        start = indent if not lines or hanging is None else hanging
        line = f"{line} {word}" if line else f"{start}{word}"
    return [*lines, line] if line else []


def to_json(value: Any, *, indent: int | None = None) -> str:
    """Text as people read it, but for what would steer a terminal."""
    text = json.dumps(value, indent=indent, ensure_ascii=False, allow_nan=False, default=str)
    return re.sub(r"[\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]", lambda c: f"\\u{ord(c.group()):04x}", text)
