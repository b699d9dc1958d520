"""A plan with all that is told about it, and its JSON; planned_text.py tells it in words.

`plan --json` prints one document; fields are only ever added while `version` is 1:

    version           1
    profile           the profile's name, or null
    draws             whether a generator may be called; if not, `why_not` is `no_key` or `offline`
    steps             of every selected asset, upstream first: {asset, state, action, reasons [{kind, text, ...}],
                      request, take, count (pictures to draw), path, model, price {table_micro_usd,
                      ceiling_micro_usd, worst_micro_usd}}
    counts            assets by group: draw, await, reuse, derive (made otherwise of the same take), restore,
                      placeholder, standing (placeholders that are there already), stale (no key, the old picture
                      stays), held, missing, edited, failed, fresh
    price             {certain_draws, possible_draws, table_micro_usd, possible_table_micro_usd, top_micro_usd,
                      priced_on}
    with_key          the same as `price` for a build with credentials, where this one has none; else null
    cheaper           {model, table_micro_usd} of a cheaper model for the certain draws, or null
    measured          [{model, image_size, draws, table_micro_usd, median_micro_usd, calls}]: what a picture has really
                      cost here, for each model and size that is drawn, the most drawn first; in no other sum
    budget            {per_build_micro_usd, ask_above_micro_usd}
    settled           whether nothing is to do: what `--exit-code` tells
    bundles           of every bundle that the selection touches: {bundle, state, action (nothing, derive or hold),
                      reasons [{kind, text, ...}], files (those it consists of, as far as they are made), assets,
                      without (assets that it wants and that are not built)}
    undeclared        {assets, files} that only the lock and the disk know
    warnings          [{file, line, column, message, hint}]
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Any

from pipeline.frozen import dataclass, replace
from pipeline.options import BuildOptions, missing, mode_of
from pipeline.plan.known import Mode
from pipeline.plan.planner import Outlook
from pipeline.plan.pricing import Cheaper, Measured, PlanPrice, cheaper_choice, drawn_kinds, measured, price_of
from pipeline.spec.load import Project
from pipeline.store.ledger import Ledger
from pipeline.store.lock import Locked
from pipeline.tell import Teller, bundles
from pipeline.undeclared import Undeclared
from pipeline.words import Action, AssetId, Digest, Plan, Reason, State, Step
from pipeline.workshop import Workshop

if TYPE_CHECKING:
    from pipeline.bundle.deciding import BundleStep

Groups = Mapping[str, tuple[Step, ...]]

HEADINGS: Mapping[str, str] = {
    "draw": "To draw",
    "await": "May be drawn after them",
    "reuse": "To reuse, free",
    "derive": "To derive, free",
    "restore": "To restore, free",
    "placeholder": "Placeholders to place",
    "stale": "Stale, left as they are",
    "held": "Held",
    "missing": "Missing",
    "edited": "Edited",
    "failed": "Failed",
    "standing": "Placeholders that stand already",
    "fresh": "Fresh",
}
"""The groups of a plan, in the order in which they are told."""


@dataclass(frozen=True, kw_only=True)
class Forecast:
    """A plan with all that is told about it."""

    plan: Plan
    price: PlanPrice
    why_not: str
    """Empty where a generator may be called, else `no_key` or `offline`."""
    missing: str
    """What to set so that one may be called."""
    drawing: Plan
    """The plan of the same build with a generator; `plan` itself where there is one."""
    project: Project
    profile: str | None
    locked: Locked
    not_read: int
    """Assets that are fresh, and did not have to be read to know that."""
    left: Undeclared
    ledger: Ledger
    outlook: Outlook
    """What is decided of every asset that was read, as a build here and now would see it."""
    bundles: tuple[BundleStep, ...]
    with_generator: Outlook
    """The same as a build with a generator would see it."""

    def former(self, asset: AssetId) -> Digest | None:
        """The request that the present pick of an asset was made for."""
        return next((entry.request for entry in self.locked.of(asset)[:1]), None)

    @cached_property
    def groups(self) -> Groups:
        return grouped(self.plan)

    def counts(self, groups: Groups) -> dict[str, int]:
        """How many assets are in each of these groups, those that were not read too."""
        count = {name: len(steps) for name, steps in groups.items()}
        if self.bundles_to_make:
            count["bundles"] = len(self.bundles_to_make)
        if self.not_read:
            count["fresh"] = count.get("fresh", 0) + self.not_read
        return count

    @cached_property
    def bundles_to_make(self) -> tuple[BundleStep, ...]:
        return tuple(step for step in self.bundles if step.action is Action.DERIVE)

    @cached_property
    def with_key(self) -> PlanPrice:
        return price_of(self.drawing)

    @cached_property
    def cheaper(self) -> Cheaper | None:
        return cheaper_choice(self.drawing, self.project)

    @cached_property
    def measured(self) -> tuple[tuple[Measured, int], ...]:
        """What pictures of the kinds to draw have really cost here, and how many there are to draw, the most first."""
        draws = drawn_kinds(self.drawing, self.project)
        paid = measured(self.ledger, self.project.models, draws)
        return tuple((paid[kind], count) for kind, count in draws.items() if kind in paid)

    @property
    def acts(self) -> bool:
        """Whether a build would do anything now."""
        idle = (Action.NOTHING, Action.HOLD)
        return bool(self.bundles_to_make) or any(step.action not in idle for step in self.plan.steps)

    @property
    def settled(self) -> bool:
        """Whether every asset is as its spec asks, or as a person edited it: nobody has anything to do."""
        idle, steps = (Action.NOTHING, Action.HOLD), self.drawing.steps
        found = [*((one.state, one.action) for one in steps), *((one.state, one.action) for one in self.bundles)]
        return all(state in (State.FRESH, State.EDITED) and action in idle for state, action in found)

    @property
    def priced_on(self) -> str:
        """The date of the oldest price among those that are reckoned with."""
        drawn = self.drawing.by_action(Action.DRAW, Action.AWAIT)
        models = [self.project.models.get(self.project.assets[step.asset].model) for step in drawn]
        return min((model.priced_on for model in models if model.priced_on), default="")


def forecast(shop: Workshop, selected: frozenset[AssetId], options: BuildOptions) -> Forecast:
    """What a build of these assets would do. Raises SpecErrors, LockError, UsageError."""
    return forecast_of(shop, shop.outlook(selected, mode_of(shop, options)))


def forecast_of(shop: Workshop, outlook: Outlook) -> Forecast:
    """The same by what is decided already."""
    mode = outlook.known.mode
    plan = drawing = outlook.plan()
    with_generator = outlook
    if not mode.draws:
        with_generator = outlook.by_mode(replace(mode, why_not=""))
        drawing = with_generator.plan()
        plan = _with_upstream(plan, drawing)
    return Forecast(
        plan=plan,
        price=price_of(plan),
        why_not=mode.why_not,
        missing=lacking(shop, mode),
        drawing=drawing,
        project=shop.project,
        profile=shop.profile,
        locked=shop.lock.read(),
        not_read=shop.not_read,
        left=shop.undeclared(outlook),
        ledger=shop.ledger,
        outlook=outlook,
        bundles=bundles_foreseen(shop, outlook),
        with_generator=with_generator,
    )


def bundles_foreseen(shop: Workshop, outlook: Outlook) -> tuple[BundleStep, ...]:
    """What a build would do about the bundles; without any nothing is imported. Raises UsageError, OSError."""
    if not shop.project.has_bundles:
        return ()
    from pipeline.bundling import foreseen

    return foreseen(shop, outlook)


def _with_upstream(plan: Plan, drawing: Plan) -> Plan:
    """A plan without a generator, with what lies upstream as the reason where it gives none but that."""
    states = {step.asset: step.state for step in plan.steps}
    whys = {step.asset: step.reasons for step in drawing.steps}

    def told(step: Step) -> Step:
        if any(reason.kind not in NO_GENERATOR for reason in step.reasons):
            return step
        more = tuple(map(upstream, whys.get(step.asset, ())))
        return replace(step, reasons=(*more, *step.reasons))

    def upstream(reason: Reason) -> Reason:
        assets = reason.detail.get("assets", ())
        stand_in = assets and all(states.get(id) is State.PLACEHOLDER for id in assets)
        return Reason(kind="upstream_placeholder", detail={"assets": assets}) if stand_in else reason

    return Plan(steps=tuple(map(told, plan.steps)))


NO_GENERATOR = ("no_key", "offline")
"""Reasons that say why nothing is drawn at all."""


def lacking(shop: Workshop, mode: Mode) -> str:
    """What to set so that a generator may be called, as a sentence without its end; empty where nothing is missing."""
    if mode.why_not != "no_key":
        return ""
    return missing(mode.generator, shop.environ) or ""


def sentence(text: str) -> str:
    return f"{text[:1].upper()}{text[1:]}."


def grouped(plan: Plan) -> Groups:
    """The steps by group, empty groups left out."""
    found: dict[str, list[Step]] = {name: [] for name in HEADINGS}
    for step in plan.steps:
        # What has no file is told while something is to do about it.
        if step.has_file or step.action is not Action.NOTHING:
            found[_group(step)].append(step)
    return {name: tuple(steps) for name, steps in found.items() if steps}


def _group(step: Step) -> str:
    match step.action:
        case Action.NOTHING:
            return "standing" if step.state is State.PLACEHOLDER else "fresh"
        case Action.AWAIT:
            kinds = {reason.kind for reason in step.reasons}
            if kinds & {"uses_point", "made_of"}:
                return "reuse" if "uses_point" in kinds else "derive"
            # What is protected or adopted waits too, but whatever comes of it, it is not drawn.
            return "await" if step.price.worst else "held"
        case Action.HOLD:
            return str(step.state) if step.state in HEADINGS else "held"
        case Action.DERIVE:
            return "derive" if any(reason.kind == "made_otherwise" for reason in step.reasons) else "restore"
        case Action.REUSE if any(reason.kind == "derived" for reason in step.reasons):
            return "derive"
        case Action.PLACEHOLD:
            return "placeholder"
    return str(step.action)


# --- JSON -----------------------------------------------------------------------------------------------------------


def plan_json(found: Forecast, teller: Teller) -> dict[str, Any]:
    """The document of `plan --json`; see the top of this module."""
    settings = found.project.settings
    return {
        "version": 1,
        "profile": found.profile,
        "draws": not found.why_not,
        "why_not": found.why_not or None,
        "steps": [step_json(step, found.project, teller) for step in found.plan.steps],
        "counts": {name: len(found.groups.get(name, ())) for name in HEADINGS},
        "price": price_json(found.price, found.priced_on),
        "with_key": price_json(found.with_key, found.priced_on) if found.why_not else None,
        "cheaper": {"model": c.model, "table_micro_usd": c.table} if (c := found.cheaper) else None,
        "measured": [{**measured_json(one), "draws": draws} for one, draws in found.measured],
        "budget": {
            "per_build_micro_usd": settings.budget_per_build,
            "ask_above_micro_usd": settings.ask_above,
        },
        "settled": found.settled,
        "bundles": [bundle_json(step) for step in found.bundles],
        "undeclared": {"assets": list(found.left.assets), "files": list(found.left.files)},
        "warnings": [{**w.origin._asdict(), "message": w.message, "hint": w.hint} for w in found.project.warnings],
    }


def measured_json(one: Measured) -> dict[str, Any]:
    """What pictures of a kind have really cost here."""
    return {
        "model": one.model,
        "image_size": one.image_size,
        "table_micro_usd": one.table,
        "median_micro_usd": one.median,
        "calls": one.calls,
    }


def step_json(step: Step, project: Project, teller: Teller) -> dict[str, Any]:
    """One step: what is to happen to an asset, why, and at what price."""
    asset = project.assets[step.asset]
    return {
        "asset": step.asset,
        "state": str(step.state),
        "action": str(step.action),
        "reasons": [teller.reason_json(reason, step) for reason in step.reasons],
        "request": step.key,
        "take": step.take,
        "count": step.count if step.action in (Action.DRAW, Action.AWAIT) else 0,
        "path": asset.path or None,
        "model": project.models.resolve(asset.model),
        "price": {
            "table_micro_usd": step.price.table,
            "ceiling_micro_usd": step.price.ceiling,
            "worst_micro_usd": step.price.worst,
        },
    }


def bundle_json(step: BundleStep) -> dict[str, Any]:
    """What is to happen to a bundle, and why."""
    return {
        "bundle": step.name,
        "state": str(step.state),
        "action": str(step.action),
        "reasons": bundles.reasons_json(step.reasons),
        "files": sorted(step.files),
        "assets": [item.id for item in step.items],
        "without": list(step.lacking),
    }


def price_json(price: PlanPrice, priced_on: str) -> dict[str, Any]:
    return {
        "certain_draws": price.certain,
        "possible_draws": price.possible,
        "table_micro_usd": price.table,
        "possible_table_micro_usd": price.possible_table,
        "top_micro_usd": price.top,
        "priced_on": priced_on or None,
    }
