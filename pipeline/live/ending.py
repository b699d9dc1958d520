"""What a build left undone, told to the pace, and to people."""

from __future__ import annotations

from pipeline.errors import Interrupted, Overtaken, PipelineError
from pipeline.live.building import Done
from pipeline.live.pace import Ended
from pipeline.live.progress import Progress
from pipeline.words import AssetId, MicroUsd

_IN_VAIN = ("", "Blocked", "BadAnswer", "BadCall", "Lost")
"""Errors after which the same request would be refused, or paid, once more; all others cost nothing."""


def ended_of(done: Done, progress: Progress, *, was_stopped: bool) -> Ended:
    """What a build cost, and what it left undone and why."""
    outcome, building = done.outcome, progress.building
    if done.is_outdated or isinstance(done.error, Overtaken):
        return Ended(is_outdated=done.is_outdated, is_dearer=not done.is_outdated)
    if outcome is None:
        return Ended(cost=building.spent, untried=progress.ids, was_stopped=was_stopped)
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
    return progress.errors.get(id, "")


def unbuilt(done: Done) -> PipelineError | None:
    """What kept the build from being done at all. That it was stopped, or is dearer by now, is told otherwise."""
    error = done.error
    return error if isinstance(error, PipelineError) and not isinstance(error, Interrupted | Overtaken) else None
