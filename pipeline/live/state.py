"""What is known of a project that is kept up with, at one moment; and what has changed since the moment before."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from typing import Protocol

from pipeline.errors import PipelineError, SpecErrors
from pipeline.live.rows import Row
from pipeline.outcome import Outcome
from pipeline.views.planned import Forecast
from pipeline.words import NOTHING, AssetId, Event, MicroUsd
from pipeline.workshop import Workshop


@dataclass(frozen=True, kw_only=True)
class Building:
    """A build that is under way."""

    began: str
    """ISO 8601, UTC."""
    total: int
    """Pictures to draw, those too that may turn out not to be needed."""
    ids: tuple[AssetId, ...] = ()
    """All that it was asked to build, sorted."""
    done: int = 0
    drawing: tuple[AssetId, ...] = ()
    """Those whose calls are on the wire."""
    queued: tuple[AssetId, ...] = ()
    """Those that are to be drawn after them."""
    spent: MicroUsd = NOTHING
    maybe_spent: MicroUsd = NOTHING
    seconds_left: float | None = None
    """None while nobody can tell."""
    is_stopping: bool = False


@dataclass(frozen=True, kw_only=True)
class Waiting:
    """Draws that could be made and are not yet."""

    question: str
    """What a yes answers: another one once anything about it has changed."""
    why: str
    """settle, git, budget or ask."""
    price: MicroUsd
    """Of all of them, by the table."""
    draws: int
    ids: tuple[AssetId, ...]
    """Sorted."""
    text: str
    """A sentence for people, without its end."""
    top: MicroUsd = NOTHING
    """The most that all of it may cost."""
    until: float | None = None
    """By the monotonic clock, in seconds; None where it waits for no moment."""


@dataclass(frozen=True, kw_only=True)
class State:
    """A project as it is known; it never changes, another one takes its place."""

    revision: int = 0
    rows: Mapping[AssetId, Row] = field(default_factory=dict)
    """Of every asset, as the last good look found them."""
    plan: Forecast | None = None
    """None before the first good look."""
    shop: Workshop | None = None
    """What the last good look read: all of the project, or a part."""
    error: PipelineError | None = None
    """Why the project cannot be read just now; then all else is as it was before."""
    unbuilt: PipelineError | None = None
    """Why the last build could not be done at all: a full disk, a lock that cannot be read."""
    building: Building | None = None
    waiting: Waiting | None = None
    spent: MicroUsd = NOTHING
    """In this session, with what may have been charged."""
    budget: MicroUsd | None = None
    """What the session may spend without another yes; None before the first good look."""
    spent_ever: MicroUsd = NOTHING


@dataclass(frozen=True, kw_only=True)
class Update:
    """What is new: either another state, or something that happened in a build."""

    state: State
    rows: Mapping[AssetId, Row] = field(default_factory=dict)
    """Those that changed."""
    gone: frozenset[AssetId] = frozenset()
    changed: frozenset[str] = frozenset()
    """Which of `plan`, `error`, `unbuilt`, `building`, `waiting` and `spent` changed."""
    event: Event | None = None
    outcome: Outcome | None = None
    """Of a build that ended just now."""


_TOLD = ("unbuilt", "building", "waiting", "spent")


def changed_fields(before: State, after: State) -> frozenset[str]:
    """Which of the fields that updates tell of are others now."""
    changed = {name for name in _TOLD if getattr(before, name) != getattr(after, name)}
    if before.plan is not after.plan:
        changed.add("plan")
    if not is_same(before.error, after.error):
        changed.add("error")
    return frozenset(changed)


def is_same(error: PipelineError | None, other: PipelineError | None) -> bool:
    """Whether two errors tell the same."""
    return _told(error) == _told(other)


def _told(error: PipelineError | None) -> tuple[object, ...] | None:
    if error is None:
        return None
    return type(error), error.message, error.hint, error.problems if isinstance(error, SpecErrors) else ()


class Keeps(Protocol):
    """Whoever keeps up with a project. All of it may be called from any thread."""

    def state(self) -> State: ...

    def subscribe(self, told: Callable[[Update], None]) -> Callable[[], None]:
        """Be told what is new, in a thread of its own; what is given back ends that."""
        ...

    def decided(self, id: AssetId) -> None:
        """Somebody decided about an asset: look now, and tell how it looks, whether that is news or not."""
        ...

    def build(self, ids: Collection[AssetId] | None, price: MicroUsd) -> None:
        """Build these, or all, now. Raises Overtaken where it would be dearer than that by the table."""
        ...

    def allow(self, question: str) -> None:
        """Say yes to what waits. Raises Overtaken where that is another question by now."""
        ...

    def stop_build(self) -> None:
        """Let the calls in flight arrive, and begin no other."""
        ...
