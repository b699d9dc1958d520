"""What a plan costs, honest about what it cannot know."""

from __future__ import annotations

from dataclasses import dataclass

from pipeline.spec.load import Project
from pipeline.words import Action, MicroUsd, Plan

_WORTH_NAMING = 0.8
"""A cheaper model is named when it asks for less than this share of the price."""


@dataclass(frozen=True, kw_only=True)
class PlanPrice:
    """`table` is what the certain draws cost by the table; `top` is everything at its ceiling, repeats and all.

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
        certain=len(certain),
        possible=len(possible),
        table=MicroUsd(sum(step.price.table for step in certain)),
        possible_table=MicroUsd(sum(step.price.table for step in [*certain, *possible])),
        top=MicroUsd(sum(step.price.worst for step in [*certain, *possible])),
    )


def cheaper_choice(plan: Plan, project: Project) -> Cheaper | None:
    """The current model by which the certain draws cost least, if that saves a fifth; what it cannot draw stays."""
    draws = plan.by_action(Action.DRAW)
    now = sum(step.price.table for step in draws)
    best: Cheaper | None = None
    for model in project.models.all():
        if model.status != "current":
            continue
        table = 0
        for step in draws:
            asset = project.assets[step.asset]
            own = step.price.table
            if model.pixel_size(asset.aspect_ratio, asset.image_size) is not None:
                own = min(own, model.price(0, 0, asset.image_size, 0).table)
            table += own
        if best is None or table < best.table:
            best = Cheaper(model=model.id, table=MicroUsd(table))
    return best if best is not None and best.table < now * _WORTH_NAMING else None
