"""What a plan costs, honest about what it cannot know."""

from __future__ import annotations

from dataclasses import dataclass

from pipeline.spec.load import Project
from pipeline.spec.models import Model
from pipeline.words import Action, Asset, MicroUsd, Plan, Step

_WORTH_NAMING = 0.8
"""A cheaper model is named when it asks for less than this share of the price."""


@dataclass(frozen=True, kw_only=True)
class PlanPrice:
    """`certain` and `possible` count pictures.

    `table` is what the certain draws cost by the table; `top` is everything at its ceiling, repeats and all.
    `possible_table` adds, by the table, what may have to be drawn once upstream takes are known.
    """

    certain: int
    possible: int
    table: MicroUsd
    possible_table: MicroUsd
    top: MicroUsd


@dataclass(frozen=True, kw_only=True)
class Cheaper:
    """A model that would draw the same shapes for less, by the table."""

    model: str
    table: MicroUsd


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
    draws = [(project.assets[step.asset], step) for step in plan.by_action(Action.DRAW)]
    now = sum(step.price.table for _, step in draws)
    offers = [
        Cheaper(
            model=model.id, table=MicroUsd(sum(model.price(0, 0, a.image_size, 0).table * s.count for a, s in draws))
        )
        for model in project.models.all()
        if model.status == "current" and all(_can_draw(model, asset, step) for asset, step in draws)
    ]
    best = min(offers, key=lambda offer: offer.table, default=None)
    return best if best is not None and best.table < now * _WORTH_NAMING else None


def _table(model: Model, asset: Asset) -> MicroUsd:
    return model.price(0, 0, asset.image_size, 0).table


def _can_draw(model: Model, asset: Asset, step: Step) -> bool:
    references = len(step.request.references) if step.request is not None else 0
    fits = asset.aspect_ratio in model.ratios and asset.image_size in model.sizes
    return fits and references <= model.references
