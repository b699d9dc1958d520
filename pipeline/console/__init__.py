"""How a build looks while it runs: progress on a terminal, plain lines elsewhere, JSON lines for programs.

All of them see only events, and none of them may ever fail a build: a reader that goes away, or a full disk under a
log file, ends the printing and nothing else.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Protocol

from pipeline.amounts import one_line, plural, span, usd
from pipeline.tell import Teller
from pipeline.words import Event

_WIDEST_ID = 40
"""Columns up to which ids are padded, so that what follows stands in a column."""

_WORTH_TELLING_S = 0.05

Print = Callable[[str], None]
Paint = Callable[[str, str], str]


class Screen(Protocol):
    """What a build reports to."""

    def report(self, event: Event) -> None: ...
    def above(self, text: str) -> bool:
        """Print text (safe as it is) above what moves; False where nothing does, and nothing is printed."""

    def close(self) -> None:
        """The build is over: leave the terminal as it was."""


@dataclass(frozen=True, kw_only=True)
class Line:
    """A line worth printing. `loud` ones are errors and warnings; only `failure` is told with -q.

    `prose` may be broken between words; what is not holds a path, which stays in one piece.
    """

    text: str
    loud: bool = False
    failure: bool = False
    prose: bool = False


class Wording:
    """Which events are worth a line, and which line. It remembers what a draw cost until its file is built."""

    def __init__(
        self,
        teller: Teller,
        paint: Paint,
        *,
        verbose: bool,
        ids: Iterable[str] = (),
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self._teller, self._paint, self._verbose, self._now = teller, paint, verbose, now
        self._wide = min(max(map(len, ids), default=0), _WIDEST_ID)
        self._started: dict[str, float] = {}
        self._drawn: dict[str, tuple[int, int, str]] = {}

    def line(self, event: Event) -> Line | None:
        """The line of an event, or None where it has none (yet)."""
        id, detail = event.asset or "", event.detail
        match event.kind:
            case "planned":
                return self._planned(event)
            case "drawing":
                self._started.setdefault(id, self._now())
                return self._done("drawing", "dim", id, f"with {detail.get('model', '')}") if self._verbose else None
            case "drawn":
                now = self._now()
                took = now - self._started.get(id, now)
                count, cost, _ = self._drawn.get(id, (0, 0, ""))
                within = f" in {span(took)}" if took >= _WORTH_TELLING_S else ""
                self._drawn[id] = (count + 1, cost + int(detail.get("cost_micro_usd", 0)), within)
                return None
            case "built":
                self._started.pop(id, None)
                return self._done("built", "green", id, f"{detail.get('path', '')}{self._cost(id)}")
            case "reused" | "derived" | "restored":
                return self._done(event.kind, "green", id, str(detail.get("path", "")))
            case "placeholder":
                return self._done("placeholder", "magenta", id, str(detail.get("path", "")))
            case "failed":
                return Line(
                    text=self._row("failed", "red bold", id, self._teller.event(event)),
                    loud=True,
                    failure=True,
                    prose=True,
                )
            case kind if kind.startswith("bundle_"):
                return self._bundle(event)
            case "held" | "not_tried":
                why = self._teller.event(event)
                return Line(text=self._row(event.kind.replace("_", " "), "yellow", id, why)) if self._verbose else None
        return Line(
            text=self._row(WARNINGS.get(event.kind, "note"), "yellow", id, self._teller.event(event)),
            loud=True,
            prose=True,
        )

    def _bundle(self, event: Event) -> Line | None:
        """What became of a bundle; what is not as it should be stands in the summary too, but for a failure's line."""
        what, name, told = event.kind.removeprefix("bundle_"), str(event.detail["bundle"]), self._teller.event(event)
        if what == "made":
            return self._done("made", "green", name, told)
        if what == "failed":
            return Line(text=self._row(what, "red bold", name, told), loud=True, failure=True, prose=True)
        return Line(text=self._row(what.replace("_", " "), "yellow", name, told)) if self._verbose and told else None

    def _cost(self, id: str) -> str:
        """What the draws of an asset cost, and how long they took."""
        if id not in self._drawn:
            return ""
        count, cost, within = self._drawn.pop(id)
        return f"  {usd(cost)}{f' for {count}' if count > 1 else ''}{within}"

    def _planned(self, event: Event) -> Line | None:
        draws, possible = int(event.detail.get("draws", 0)), int(event.detail.get("possible", 0))
        if not draws:
            return None
        table, top = int(event.detail.get("price_table", 0)), int(event.detail.get("price_top", 0))
        return Line(text=priced(draws, possible, table, top), prose=True)

    def _done(self, what: str, style: str, id: str, rest: str) -> Line:
        return Line(text=self._row(what, style, id, rest))

    def _row(self, what: str, style: str, id: str, rest: str) -> str:
        words = [f"{id:<{self._wide}} " if rest else id, one_line(rest)] if id else [rest]
        return f"{self._paint(f'{what:<11}', style)} {' '.join(words)}".rstrip()


def priced(draws: int, possible: int, table: int, top: int) -> str:
    """What a build is about to draw and for how much, as a sentence; money in micro-dollars."""
    more = f", up to {possible} more after them" if possible else ""
    return f"{plural(draws, 'picture')} to draw{more}: {usd(table)} by the table, at most {usd(top)}."


WARNINGS = {
    "build_waits": "waiting",
    "retrying": "retry",
    "slowed": "slowed",
    "stopped": "stopped",
    "lost": "lost",
    "recovered": "recovered",
    "above_ceiling": "dearer",
    "kept_aside": "kept",
    "spare_pictures": "odd",
    "misnamed_type": "odd",
    "interrupting": "stopping",
}


class Lines:
    """One line for each thing that is finished; with `quiet` only failures."""

    def __init__(self, wording: Wording, say: Print, warn: Print, *, quiet: bool) -> None:
        self._wording, self._say, self._warn, self._quiet = wording, say, warn, quiet
        self._closed = False

    def report(self, event: Event) -> None:
        line = self._wording.line(event)
        if line is None or self._closed or (self._quiet and not line.failure):
            return
        try:
            (self._warn if line.loud else self._say)(line.text)
        except OSError:
            self._closed = True

    def above(self, text: str) -> bool:
        return False

    def close(self) -> None:
        return


class JsonLines:
    """Each event as one JSON document in one line."""

    def __init__(self, teller: Teller, write: Callable[[dict[str, Any]], None]) -> None:
        self._teller, self._write = teller, write
        self._closed = False

    def report(self, event: Event) -> None:
        if self._closed:
            return
        try:
            self._write(self._teller.event_json(event))
        except OSError:
            self._closed = True

    def above(self, text: str) -> bool:
        return False

    def close(self) -> None:
        return
