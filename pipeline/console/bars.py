"""Progress on a terminal: how far, what is drawn now, money spent, time left. The only module that imports rich."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from typing import TextIO

from rich.console import Console, RenderableType
from rich.progress import BarColumn, Progress, TextColumn
from rich.text import Text

from pipeline.amounts import span, usd
from pipeline.console import Wording
from pipeline.words import Event

_SHOWN = 3
"""Assets that are named while they are drawn; of the others there is a count."""

_UNDONE = ("failed", "held", "not_tried")
_ENDS = ("built", "reused", *_UNDONE)


class Bars:
    """A bar that stays at the bottom while finished things scroll by above it. It starts with the first draw."""

    def __init__(
        self,
        wording: Wording,
        stream: TextIO,
        *,
        colors: bool,
        safe: Callable[[str], str],
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self._wording, self._safe, self._now = wording, safe, now
        self._console = Console(file=stream, no_color=not colors, highlight=False, markup=False, emoji=False)
        self._running: dict[str, float] = {}
        self._spent = 0
        self._total = 0
        self._done = 0
        self._began: float | None = None
        self._progress = _Bar(self._below, safe, console=self._console)
        self._task = self._progress.add_task("", total=None, spent=usd(0), left="")

    def report(self, event: Event) -> None:
        self._follow(event)
        line = self._wording.line(event)
        try:
            if line is not None:
                self._console.print(Text.from_ansi(self._safe(line.text)), soft_wrap=not line.prose)
            if event.kind == "drawing" and self._began is None:
                self._began = self._now()
                self._progress.start()
        except OSError:
            return
        self._progress.update(
            self._task, completed=self._done, total=self._total or None, spent=usd(self._spent), left=self._left()
        )

    def above(self, text: str) -> bool:
        if self._began is None:
            return False
        self._console.print(Text.from_ansi(text.removesuffix("\n")), soft_wrap=True)
        return True

    def close(self) -> None:
        if self._began is not None:
            self._progress.stop()

    def _follow(self, event: Event) -> None:
        id = event.asset or ""
        if event.kind == "planned":
            self._total = int(event.detail.get("draws", 0)) + int(event.detail.get("possible", 0))
        elif event.kind == "drawing":
            self._running.setdefault(id, self._now())
        elif event.kind == "drawn":
            self._spent += int(event.detail.get("cost_micro_usd", 0))
            self._count()
        elif event.kind in _ENDS and self._running.pop(id, None) is not None and event.kind in _UNDONE:
            self._count()

    def _count(self) -> None:
        self._done += 1
        self._total = max(self._total, self._done)

    def _left(self) -> str:
        if self._began is None or not self._done or self._done >= self._total:
            return ""
        each = (self._now() - self._began) / self._done
        return f"about {span(round(each * (self._total - self._done)))} left"

    def _below(self) -> str:
        """What is drawn now, the oldest first."""
        now = self._now()
        shown = [f"{id} ({span(round(now - since))})" for id, since in list(self._running.items())[:_SHOWN]]
        more = len(self._running) - len(shown)
        return "  drawing " + ", ".join(shown) + (f" and {more} more" if more else "") if shown else ""


class _Bar(Progress):
    """rich's progress, with a line below it."""

    def __init__(self, below: Callable[[], str], safe: Callable[[str], str], *, console: Console) -> None:
        self._below, self._safe = below, safe
        super().__init__(
            BarColumn(bar_width=30),
            TextColumn("{task.completed} of {task.total}"),
            TextColumn("{task.fields[spent]} spent"),
            TextColumn("{task.fields[left]}"),
            console=console,
            transient=True,
            refresh_per_second=4,
        )

    def get_renderables(self) -> Iterable[RenderableType]:
        yield self.make_tasks_table(self.tasks)
        below = self._below()
        if below:
            yield Text(self._safe(below), overflow="ellipsis", no_wrap=True, style="dim")
