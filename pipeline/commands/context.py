"""What every command is given: where the project is, how to print, and the world outside."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

if TYPE_CHECKING:
    from pipeline.errors import Problem
    from pipeline.spec.load import Project
    from pipeline.tell import Teller
    from pipeline.words import AssetId
    from pipeline.workshop import Workshop

# Everything that steers a terminal, except line ends, tabs and colours: the words of a model, the prompts of a spec and
# the names of files are printed, and none of them may move the cursor or retitle the window.
_UNSAFE = re.compile("\x1b(?!\\[[0-9;]*m)|[\x00-\x08\x0b-\x1a\x1c-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]")

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

    def warn(self, text: str = "") -> None:
        """A line that is not the result, to stderr."""
        self.stderr.write(safe(text) + "\n")

    def warn_all(self, project: Project) -> None:
        """What the specs warn of (aliases, retired and unknown models), to stderr."""
        for problem in project.warnings:
            self.warn(self.shown(problem, "warning"))

    def shown(self, problem: Problem, kind: str = "error") -> str:
        """A problem with its line and caret; place, kind and remedy stand out where stderr has colours."""
        from pipeline.spec.show import show_problem

        first, *rest = show_problem(problem, self.directory, kind).split("\n")
        place = f"{problem.origin}: {kind}:"
        if first.startswith(place):
            style = "bold red" if kind == "error" else "bold yellow"
            where = self.paint(str(problem.origin), "bold", errors=True)
            first = f"{where}: {self.paint(f'{kind}:', style, errors=True)}{first[len(place) :]}"
        lines = (self.paint(line, "cyan", errors=True) if line.lstrip().startswith("=") else line for line in rest)
        return "\n".join([first, *lines])

    def tell_json(self, value: Any) -> None:
        """The result as one JSON document, to stdout."""
        self.stdout.write(json.dumps(value, indent=2, ensure_ascii=False, allow_nan=False, default=str) + "\n")

    def tell_json_line(self, value: Any) -> None:
        """One line of a stream of JSON documents, to stdout at once."""
        self.stdout.write(json.dumps(value, ensure_ascii=False, allow_nan=False, default=str) + "\n")
        self.stdout.flush()

    def paint(self, text: str, style: str, *, errors: bool = False) -> str:
        """The text in a style (`bold`, `dim`, a colour; several with blanks) if stdout, or stderr, shows colours."""
        if not text or not (self.colors_errors if errors else self.colors):
            return text
        return f"\x1b[{';'.join(_STYLES[one] for one in style.split())}m{text}\x1b[0m"

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

    def _colors(self, stream: TextIO) -> bool:
        if self.color != "auto":
            return self.color == "always"
        return stream.isatty() and self.environ.get("TERM") != "dumb" and not self.environ.get("NO_COLOR")


def safe(text: str) -> str:
    """The text with everything that would steer a terminal spelled out (`\\x1b`, `\\u202e`)."""
    return _UNSAFE.sub(lambda found: found.group().encode("unicode_escape").decode("ascii"), text)
