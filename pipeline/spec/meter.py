"""How far a template has run: each turn of a loop, call, filter and include is a step, and steps are limited.

Not a clock: the same specs fail or render alike on every machine.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextvars import ContextVar
from typing import Any, Final

from pipeline.spec.filters import LimitReached
from pipeline.spec.pieces import MAX_TEXT, Ref

MAX_STEPS: Final = 100_000
MAX_RANGE: Final = 10_000


class Rendering:
    """What one rendering has used so far, and what `ref()` does in it."""

    def __init__(
        self,
        ref: Ref | None,
        *,
        noted: list[tuple[Exception, str | None, int]] | None = None,
        lacking: frozenset[str] = frozenset(),
    ) -> None:
        self.ref = ref
        self.noted = noted
        """Failures, each with the file (None: the text itself) and line; None where the first one ends it."""
        self.lacking = lacking
        """Partials that there are not, and that are taken for empty ones."""
        self.steps = 0
        self.partials: dict[str, None] = {}


now: ContextVar[Rendering | None] = ContextVar("rendering", default=None)
"""The rendering under way; None while Jinja folds constants."""


def spend(steps: int) -> None:
    """Count steps of the rendering under way. Raises LimitReached."""
    rendering = now.get()
    if rendering is None:
        return
    rendering.steps += steps
    if rendering.steps > MAX_STEPS:
        raise LimitReached(f"this template takes more than {MAX_STEPS:,} steps", "a loop in it is far too long")


def counted(values: Any) -> Any:
    """What a loop runs over, so that each of its turns counts. Raises LimitReached, now or while it runs."""
    if hasattr(values, "__len__"):
        spend(len(values) + 1)  # of an undefined name, `len` raises with the name
        return values
    return _counting(values)


def _counting(values: Iterable[Any]) -> Iterator[Any]:
    for value in values:
        spend(1)
        yield value


def numbers(*args: int) -> range:
    """`range` of a bounded length. Raises LimitReached."""
    found = range(*args)
    if len(found) > MAX_RANGE:
        raise LimitReached(f"a range of more than {MAX_RANGE:,} numbers")
    return found


def joined(pieces: Iterable[str]) -> str:
    """The pieces of a rendered text as one; stops as soon as it is too long. Raises LimitReached."""
    found: list[str] = []
    length = 0
    for piece in pieces:
        found.append(piece)
        length += len(piece)
        if length > MAX_TEXT:
            raise LimitReached(f"the rendered text has more than {MAX_TEXT:,} characters")
    return "".join(found)
