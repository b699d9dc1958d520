"""What is known of a project that is kept up with, at one moment; and what has changed since the moment before."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from typing import Protocol

from pipeline.errors import PipelineError
from pipeline.live.rows import Row
from pipeline.views.planned import Forecast
from pipeline.words import NOTHING, AssetId, Event, MicroUsd
from pipeline.workshop import Workshop


@dataclass(frozen=True, kw_only=True)
class Building:
    """A build that is under way."""

    began: str
    """ISO 8601, UTC."""
    total: int
    """Assets that something is to be done about."""
    done: int = 0
    drawing: tuple[AssetId, ...] = ()
    """Those whose calls are on the wire."""
    queued: tuple[AssetId, ...] = ()
    """Those that are to be drawn after them."""
    spent: MicroUsd = NOTHING
    maybe_spent: MicroUsd = NOTHING
    seconds_left: float | None = None
    """None while nobody can tell."""


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
    text: str
    """A sentence for people."""
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
    building: Building | None = None
    waiting: Waiting | None = None
    spent: MicroUsd = NOTHING
    """In this session."""
    budget: MicroUsd | None = None
    """What the session may spend; None is the project's own setting, for each build."""
    spent_ever: MicroUsd = NOTHING


@dataclass(frozen=True, kw_only=True)
class Update:
    """What is new: either another state, or something that happened in a build."""

    state: State
    rows: Mapping[AssetId, Row] = field(default_factory=dict)
    """Those that changed."""
    gone: frozenset[AssetId] = frozenset()
    changed: frozenset[str] = frozenset()
    """Which of `plan`, `error`, `building`, `waiting` and `spent` changed."""
    event: Event | None = None


class Keeps(Protocol):
    """Whoever keeps up with a project. All of it may be called from any thread."""

    def state(self) -> State: ...

    def subscribe(self, told: Callable[[Update], None]) -> Callable[[], None]:
        """Be told what is new, in a thread of its own; what is given back ends that."""
        ...

    def poke(self) -> None:
        """Look now: something was decided here."""
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
