"""What a plan costs, honest about what it cannot know."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping

from pipeline.frozen import NamedTuple
from pipeline.spec.load import Project
from pipeline.spec.models import Model, Models
from pipeline.store.ledger import TAKE, Ledger
from pipeline.words import Action, Asset, MicroUsd, Plan, Step

_WORTH_NAMING = 0.8
"""A cheaper model is named when it asks for less than this share of the price."""

_FEWEST_MEASURED = 3
"""Calls from which on their median tells something."""

_LATEST_MEASURED = 100
"""Calls whose median is taken: prices change, and what was paid long ago says less."""

Kind = tuple[str, str]
"""What pictures are priced by: a model's id and an image size."""


class PlanPrice(NamedTuple):
    """`certain` and `possible` count pictures.

    `table` is what the certain draws cost by the table; `top` is everything at its ceiling, repeats and all.
    `possible_table` adds, by the table, what may have to be drawn once upstream takes are known.
    """

    certain: int
    possible: int
    table: MicroUsd
    possible_table: MicroUsd
    top: MicroUsd


class Cheaper(NamedTuple):
    """A model that would draw the same shapes for less, by the table."""

    model: str
    table: MicroUsd


class Measured(NamedTuple):
    """What a picture of one model and size has really cost here: a median of facts, beside the table's price."""

    model: str
    image_size: str
    table: MicroUsd
    median: MicroUsd
    calls: int


def measured(ledger: Ledger, models: Models, kinds: Collection[Kind]) -> Mapping[Kind, Measured]:
    """The medians of the latest calls that brought a take and whose cost the service counted, of known models.

    Whole micro-dollars, the middle of an even number rounded up. Kinds with too few calls, and models for which the
    dearest price stands in, have none; nor have calls in lines of older versions, which do not tell a size.
    """
    costs: dict[Kind, list[MicroUsd]] = {kind: [] for kind in kinds if models.get(kind[0]).known}
    ids = {id for id, _ in costs}
    names = {*ids, *(alias for alias, id in models.aliases.items() if id in ids)}
    for call in ledger.backwards(names, {size for _, size in costs}) if costs else ():
        found = costs.get((models.resolve(call.model), call.image_size))
        if found is not None and call.result == TAKE and call.cost_from == "usage":
            if len(found) < _LATEST_MEASURED:
                found.append(call.cost)
            elif all(len(every) == _LATEST_MEASURED for every in costs.values()):
                break
    return {
        (id, size): Measured(
            model=id,
            image_size=size,
            table=models.get(id).price(0, 0, size, 0).table,
            median=_median(every),
            calls=len(every),
        )
        for (id, size), every in costs.items()
        if len(every) >= _FEWEST_MEASURED
    }


def _median(costs: Iterable[MicroUsd]) -> MicroUsd:
    ordered = sorted(costs)
    return MicroUsd(-(-(ordered[(len(ordered) - 1) // 2] + ordered[len(ordered) // 2]) // 2))


def drawn_kinds(plan: Plan, project: Project) -> Mapping[Kind, int]:
    """How many pictures of each model and size a plan draws or may draw; the most first."""
    drawn: Counter[Kind] = Counter()
    for step in plan.by_action(Action.DRAW, Action.AWAIT):
        if step.price.worst:
            asset = project.assets[step.asset]
            drawn[project.models.resolve(asset.model), asset.image_size] += step.count
    return dict(drawn.most_common())


def price_of(plan: Plan) -> PlanPrice:
    """The price of all that a plan draws or may draw."""
    certain = plan.by_action(Action.DRAW)
    possible = [step for step in plan.by_action(Action.AWAIT) if step.price.worst]
    return PlanPrice(
        certain=sum(step.count for step in certain),
        possible=sum(step.count for step in possible),
        table=MicroUsd(sum(step.price.table for step in certain)),
        possible_table=MicroUsd(sum(step.price.table for step in [*certain, *possible])),
        top=MicroUsd(sum(step.price.worst for step in [*certain, *possible])),
    )


def cheaper_choice(plan: Plan, project: Project) -> Cheaper | None:
    """The current model that can draw all of the certain draws for least, if that saves a fifth."""
    steps = plan.by_action(Action.DRAW)
    draws: Counter[_Shape] = Counter()
    for step in steps:
        draws[_shape(project.assets[step.asset], step)] += step.count
    now = sum(step.price.table for step in steps)
    offers = [
        Cheaper(model=model.id, table=MicroUsd(sum(_table(model, shape) * count for shape, count in draws.items())))
        for model in project.models.all()
        if model.status == "current" and all(_can_draw(model, shape) for shape in draws)
    ]
    best = min(offers, key=lambda offer: offer.table, default=None)
    return best if best is not None and best.table < now * _WORTH_NAMING else None


class _Shape(NamedTuple):
    """All of a request that says which models can draw it, and for how much by the table."""

    aspect_ratio: str
    image_size: str
    references: int


def _shape(asset: Asset, step: Step) -> _Shape:
    references = len(step.request.references) if step.request is not None else 0
    return _Shape(asset.aspect_ratio, asset.image_size, references)


def _table(model: Model, shape: _Shape) -> MicroUsd:
    return model.price(0, 0, shape.image_size, 0).table


def _can_draw(model: Model, shape: _Shape) -> bool:
    fits = shape.aspect_ratio in model.ratios and shape.image_size in model.sizes
    return fits and shape.references <= model.references
