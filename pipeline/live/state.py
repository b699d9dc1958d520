"""What is known of a project that is kept up with, as values: nothing here changes once it is told."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from pipeline.errors import Origin, PipelineError, SpecErrors
from pipeline.live.pace import Wait
from pipeline.words import NOTHING, AssetId, Event, MicroUsd

if TYPE_CHECKING:
    from pipeline.live.reading import Row
    from pipeline.outcome import Outcome
    from pipeline.views.planned import Forecast
    from pipeline.workshop import Workshop


NO_ROWS: Mapping[AssetId, Mapping[str, Any]] = {}


@dataclass(frozen=True, kw_only=True)
class Trouble:
    """Something that a person has to see to."""

    kind: str
    """`spec`: a mistake in what people write; `asset`: it could not be drawn or built; `tool`: all else."""
    message: str
    hint: str = ""
    origin: Origin | None = None
    asset: AssetId | None = None


@dataclass(frozen=True, kw_only=True)
class Building:
    """A build that is under way."""

    began: str
    """ISO 8601, UTC."""
    ids: frozenset[AssetId] | None = None
    """What it was asked to build; None: all that is selected."""
    total: int = 0
    """Pictures to draw, those too that may turn out not to be needed."""
    done: int = 0
    drawing: tuple[AssetId, ...] = ()
    """Assets whose calls are in flight, the oldest first."""
    queued: tuple[AssetId, ...] = ()
    """Assets that are still to be drawn."""
    spent: MicroUsd = NOTHING
    maybe_spent: MicroUsd = NOTHING
    seconds_left: int | None = None
    is_stopping: bool = False


@dataclass(frozen=True, kw_only=True)
class Waiting:
    """Paid work that may not begin yet."""

    wait: Wait
    words: str
    """What it waits for, as a sentence."""
    until: float | None = None
    """When that is over by itself, on the clock of `time.monotonic`."""


@dataclass(frozen=True, kw_only=True)
class Spent:
    """Money of all builds of this session."""

    spent: MicroUsd = NOTHING
    """As the service counted, and by the table for answers that counted nothing."""
    maybe: MicroUsd = NOTHING
    """At most, for calls whose answers never came whole."""
    budget: MicroUsd = NOTHING
    left: MicroUsd = NOTHING


@dataclass(frozen=True, kw_only=True)
class State:
    """All that is known at one moment."""

    revision: int = 0
    """Counts what has changed."""
    rows: Mapping[AssetId, Row] = field(default_factory=dict)
    """Of all assets, as the last good look saw them."""
    shop: Workshop | None = None
    """What the last good look read; it stands while the specs are broken."""
    selected: frozenset[AssetId] = frozenset()
    plan: Forecast | None = None
    error: PipelineError | None = None
    """Why the project cannot be read just now."""
    problems: tuple[Trouble, ...] = ()
    """The errors of the specs, then assets that failed, then what else there is."""
    building: Building | None = None
    waiting: Waiting | None = None
    spent: Spent = field(default_factory=Spent)


@dataclass(frozen=True, kw_only=True)
class Update:
    """What has changed: told in order, each time with the state that it led to."""

    state: State
    rows: Mapping[AssetId, Row] = field(default_factory=dict)
    """Those that are others now."""
    gone: frozenset[AssetId] = frozenset()
    changed: frozenset[str] = frozenset()
    """Which fields of the state changed: of `plan`, `problems`, `building`, `waiting`, `spent`."""
    event: Event | None = None
    """Something that happened in a build."""
    outcome: Outcome | None = None
    """Of a build that ended just now."""

    @property
    def revision(self) -> int:
        return self.state.revision


def problems_of(
    error: PipelineError | None, failures: Mapping[AssetId, Trouble], troubles: tuple[Trouble, ...]
) -> tuple[Trouble, ...]:
    """All that a person has to see to, mistakes in specs first."""
    if isinstance(error, SpecErrors):
        of_specs = [Trouble(kind="spec", message=p.message, hint=p.hint, origin=p.origin) for p in error.problems]
    else:
        of_specs = [Trouble(kind="tool", message=error.message, hint=error.hint)] if error is not None else []
    return (*of_specs, *(failures[id] for id in sorted(failures)), *troubles)


def changed_fields(before: State, after: State) -> frozenset[str]:
    """Which of the fields that updates tell of are others now."""
    simple = ("problems", "building", "waiting", "spent")
    changed = {name for name in simple if getattr(before, name) != getattr(after, name)}
    return frozenset({*changed, *(["plan"] if before.plan is not after.plan else [])})


def is_same(error: PipelineError, other: PipelineError | None) -> bool:
    """Whether two errors tell the same."""
    return other is not None and _told(error) == _told(other)


def _told(error: PipelineError) -> tuple[object, ...]:
    return type(error), error.message, error.hint, error.problems if isinstance(error, SpecErrors) else ()
