"""Whether a build may spend what it would: asked once, before the first call."""

from __future__ import annotations

from collections.abc import Callable

from pipeline.amounts import dollars, plural, usd
from pipeline.errors import BudgetRefused, Overtaken, PipelineError
from pipeline.options import BuildOptions
from pipeline.plan.planner import Outlook
from pipeline.plan.pricing import PlanPrice, price_of
from pipeline.words import Event, MicroUsd
from pipeline.workshop import Workshop


def allow(
    shop: Workshop,
    outlook: Outlook,
    options: BuildOptions,
    report: Callable[[Event], None],
    confirm: Callable[[PlanPrice], bool] | None,
) -> None:
    """Refuse what is over the budget, and ask about what is dear.

    Raises Overtaken, BudgetRefused, and PipelineError where the answer is no.
    """
    price, settings = price_of(outlook.plan()), shop.project.settings
    budget = budget_of(shop, options)
    detail = {"draws": price.certain, "possible": price.possible, "price_table": price.table, "price_top": price.top}
    report(Event(kind="planned", detail={**detail, "budget": budget, "assets": len(outlook.selected)}))
    if options.agreed is not None and price.table > options.agreed:
        raise Overtaken(
            f"this would cost {usd(price.table)} by now, and {usd(options.agreed)} was agreed upon",
            hint="nothing was drawn; look at the plan again",
        )
    if price.table > budget:
        raise BudgetRefused(
            f"{plural(price.certain, 'picture')} would cost {usd(price.table)} by the table; "
            f"this build may spend {usd(budget)}",
            hint=f"nothing was drawn; `--max-cost {dollars(price.top)}` allows all of it, or select fewer assets",
        )
    asks = price.certain and price.table > settings.ask_above and not options.yes
    if asks and confirm is not None and not confirm(price):
        raise PipelineError("not confirmed: nothing was drawn")


def budget_of(shop: Workshop, options: BuildOptions) -> MicroUsd:
    return options.max_cost if options.max_cost is not None else shop.project.settings.budget_per_build
