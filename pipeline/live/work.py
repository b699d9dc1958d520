"""From a plan to the work that there is: what is free, what is paid, and what tells whether it is still the same."""

from __future__ import annotations

from dataclasses import replace

from pipeline import digest
from pipeline.bundle.deciding import BundleStep
from pipeline.live.pace import Build, Due, Rules, Work
from pipeline.options import BuildOptions
from pipeline.plan.graph import Graph
from pipeline.spec.load import Settings
from pipeline.views.planned import Forecast
from pipeline.words import NOTHING, Action, AssetId

_FREE = (Action.REUSE, Action.DERIVE, Action.PLACEHOLD)
_PAID = (Action.DRAW, Action.AWAIT)


def work_of(found: Forecast, graph: Graph) -> Work:
    """What a build of all that is planned would do."""
    free = {step.asset: _same(step.action, step.key, step.take) for step in found.plan.by_action(*_FREE)}
    # A name with a blank in it is no asset's.
    free |= {AssetId(one.name): _same_bundle(one) for one in found.bundles if one.is_due}
    paid = {step.asset: step for step in found.plan.by_action(*_PAID)}
    due: dict[AssetId, Due] = {}
    for id, step in paid.items():  # upstream first
        needs = graph.all_upstream([id]) & paid.keys()
        asked = _same(step.key, sorted(_rejected(found, id)), *sorted(due[need].wants for need in needs if need in due))
        certain = step.action is Action.DRAW
        due[id] = Due(
            wants=asked,
            draws=step.count if certain else 0,
            table=step.price.table if certain else NOTHING,
            worst=step.price.worst,
            needs=needs,
        )
    return Work(free, due)


def _rejected(found: Forecast, id: AssetId) -> set[str]:
    return {str(take) for entry in found.locked.of(id) for take in entry.rejected}


def _same_bundle(step: BundleStep) -> str:
    return _same(step.derivation and step.derivation.key, [reason.kind for reason in step.reasons])


def _same(*parts: object) -> str:
    return digest.of_value([part if isinstance(part, list) else str(part) for part in parts])


def rules_of(settings: Settings, options: BuildOptions, *, settle_s: float | None, asks: bool, auto: bool) -> Rules:
    """How a watch is asked for: by its options, or else by the project's settings."""
    return Rules(
        settle_s=settings.settle_s if settle_s is None else settle_s,
        budget=options.max_cost if options.max_cost is not None else settings.budget_per_build,
        ask_above=settings.ask_above if asks and not options.yes else None,
        auto=auto,
    )


def options_of(options: BuildOptions, build: Build, found: Forecast) -> BuildOptions:
    """How a build is done that begins now: with a yes, and with all bundles, of what is there by then."""
    bundles = frozenset(step.name for step in found.bundles)
    return replace(options, yes=True, max_cost=build.max_cost, agreed=build.agreed, bundles=bundles)


def is_other(before: Forecast, after: Forecast) -> bool:
    """Whether two plans of the same work tell something else: what it costs, or what stands against it."""
    return any(
        (
            before.price != after.price,
            before.why_not != after.why_not,
            before.missing != after.missing,
            before.project.settings != after.project.settings,
            before.left != after.left,
            before.bundles != after.bundles,
        )
    )
