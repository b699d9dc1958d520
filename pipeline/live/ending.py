"""What a build left undone, told to the pace, and to people."""

from __future__ import annotations

from collections.abc import Iterator

from pipeline.errors import Interrupted, Overtaken, PipelineError
from pipeline.live.building import Done
from pipeline.live.pace import Ended
from pipeline.live.progress import Progress
from pipeline.live.state import Trouble
from pipeline.words import AssetId, MicroUsd

_IN_VAIN = ("", "Blocked", "BadAnswer", "BadCall", "Lost")
"""Errors after which the same request would be refused, or paid, once more; all others cost nothing."""


def ended_of(done: Done, progress: Progress, *, was_stopped: bool) -> Ended:
    """What a build cost, and what it left undone and why."""
    outcome, building = done.outcome, progress.building
    if outcome is None:
        ids = building.ids or frozenset()
        return Ended(cost=building.spent, untried=ids, was_stopped=was_stopped)
    undone = {id: did for id, did in outcome.did.items() if did in ("failed", "not tried")}
    in_vain = {id for id, did in undone.items() if did == "failed" and _error(progress, id) in _IN_VAIN}
    return Ended(
        cost=MicroUsd(outcome.spent + outcome.estimated + outcome.maybe_spent),
        failed=frozenset(in_vain),
        untried=frozenset(undone.keys() - in_vain),
        over_budget=frozenset(
            step.asset for step in outcome.steps if any(reason.kind == "budget" for reason in step.reasons)
        ),
        was_stopped=was_stopped,
    )


def _error(progress: Progress, id: AssetId) -> str:
    return progress.errors[id][0] if id in progress.errors else ""


def failures_of(done: Done, progress: Progress) -> dict[AssetId, Trouble]:
    """What went wrong with which asset."""
    found = {}
    for id, (_, event) in progress.errors.items():
        message, hint = str(event.detail.get("message", "")), str(event.detail.get("hint", ""))
        found[id] = Trouble(kind="asset", message=message, hint=hint, asset=id)
    return found


def troubles_of(done: Done) -> Iterator[Trouble]:
    """What kept the build from being done at all."""
    if isinstance(done.error, PipelineError) and not isinstance(done.error, Interrupted | Overtaken):
        yield Trouble(kind="tool", message=done.error.message, hint=done.error.hint)
