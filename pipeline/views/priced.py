"""What a plan comes to and costs, in sentences: for a terminal, a page and a pull request alike."""

from __future__ import annotations

from collections.abc import Mapping

from pipeline.amounts import all_of, dollars, plural, usd
from pipeline.plan.pricing import Measured, PlanPrice
from pipeline.tell import Teller
from pipeline.undeclared import Undeclared
from pipeline.views.planned import Forecast, grouped, sentence
from pipeline.words import Action

_MOST_MEASURED = 3
"""Models and sizes of which a plan says what they have really cost; `--json` has all."""


def counted(count: Mapping[str, int], price: PlanPrice) -> str:
    """`2 to draw, up to 7 more after them, 3 free, 40 fresh`, by how many assets there are in each group."""
    free = sum(count.get(name, 0) for name in ("reuse", "derive", "restore"))
    waiting = f"up to {price.possible} more after them"
    parts = [
        (price.certain, f"{price.certain:,} to draw"),
        (price.possible, waiting if price.certain else f"up to {price.possible} to draw"),
        (free, f"{free:,} free"),
        (count.get("placeholder", 0), plural(count.get("placeholder", 0), "placeholder") + " to place"),
        (count.get("standing", 0), f"{count.get('standing', 0):,} already placeholders"),
        (count.get("bundles", 0), plural(count.get("bundles", 0), "bundle") + " to make"),
        *((count.get(name, 0), f"{count.get(name, 0):,} {name}") for name in IN_ORDER),
    ]
    return ", ".join(text for number, text in parts if number)


IN_ORDER = ("stale", "held", "missing", "edited", "failed", "not tried", "fresh")
"""In which a line counts what was not done, here and at the end of a build."""


def nothing_to_do(count: Mapping[str, int]) -> str:
    """`Nothing to do: 42 assets are fresh.`; where that is not all, what a build leaves as it is."""
    fresh, standing = count.get("fresh", 0), count.get("standing", 0)
    if set(count) == {"fresh"}:
        return f"Nothing to do: {plural(fresh, 'asset')} {'is' if fresh == 1 else 'are'} fresh."
    parts = [f"{count[name]:,} {name}" for name in IN_ORDER if name in count]
    if set(count) <= {"fresh", "edited"}:
        return f"Nothing to do: {all_of(parts)}."
    stand = (
        f"{plural(standing, 'placeholder')} {'stands in for a picture' if standing == 1 else 'stand in for pictures'}"
    )
    if set(count) <= {"fresh", "standing"}:
        return f"{stand}{f'; {fresh:,} fresh' if fresh else ''}."
    return f"A build changes nothing now: {all_of([*([plural(standing, 'placeholder')] if standing else []), *parts])}."


def without_generator(found: Forecast) -> list[str]:
    price = found.with_key
    if found.why_not == "no_key":
        first, otherwise = sentence(found.missing), "With a key"
    else:
        first, otherwise = "Offline: no model is called.", "Otherwise"
    if not price.certain and not price.possible:
        return [first]
    return [first, f"{otherwise}: {counted(found.counts(grouped(found.drawing)), price)}."]


def cost_lines(found: Forecast) -> list[str]:
    """What the draws cost, honest about what cannot be known, and what the budget says to it."""
    price, settings = found.with_key, found.project.settings
    if not price.certain and not price.possible:
        return []
    table = f"the table of {found.priced_on}" if found.priced_on else "the table"
    top = usd(price.top)
    limit = (
        f" for the {price.certain if price.certain > 1 else 'one'}; at most {top} for all"
        if price.possible
        else f"; at most {top}, repeats and all"
    )
    lines = [f"Cost: {usd(price.table)} by {table}{limit}."]
    lines += [f"Measured here: {paid_so_far(one)}." for one, _ in found.measured[:_MOST_MEASURED]]
    guessed = _guessed(found)
    if guessed:
        lines.append(f"Of {all_of(guessed)} no price is known: the dearest one is reckoned with.")
    if price.table > settings.budget_per_build:
        lines.append(
            f"The budget of {usd(settings.budget_per_build)} a build refuses this; "
            f"`--max-cost {dollars(price.top)}` allows all of it."
        )
    elif price.top > settings.budget_per_build:
        lines.append(f"The budget of {usd(settings.budget_per_build)} a build may hold some of it back.")
    if found.cheaper is not None:
        lines.append(f"The same on `{found.cheaper.model}` would be {usd(found.cheaper.table)}.")
    return lines


def paid_so_far(one: Measured, *, brief: bool = False) -> str:
    """What a picture of that kind has really cost; `brief` where the kind and the table's price stand beside it."""
    median, table = usd(one.median), usd(one.table)
    if brief:
        return f"{median} in {one.image_size} here (median of {one.calls})"
    beside = "as the table says" if median == table else f"where the table says {table}"
    return f"{median} a picture of `{one.model}` in {one.image_size}, {beside} (median of {one.calls})"


def _guessed(found: Forecast) -> list[str]:
    drawn = {found.project.assets[s.asset].model for s in found.drawing.by_action(Action.DRAW, Action.AWAIT)}
    return [f"`{id}`" for id in sorted(drawn) if not found.project.models.get(id).known]


def left_over(left: Undeclared, teller: Teller) -> str:
    """What is no longer declared, and how it goes."""
    parts = [plural(len(left.assets), "asset")] if left.assets else []
    parts += [plural(len(left.files), "file")] if left.files else []
    return f"No longer declared: {all_of(parts)}; {teller.command('build --prune')} clears them away."


def in_words(found: Forecast) -> str:
    """What a build would do now and what that costs, as `plan -q` ends."""
    count = found.counts(found.groups)
    if not (found.plan.steps or found.not_read):
        return "Nothing to do: no asset is selected."
    first = f"Plan: {counted(count, found.price)}." if found.acts else nothing_to_do(count)
    more = without_generator(found) if found.why_not else []
    return " ".join([first, *more, *cost_lines(found)])
