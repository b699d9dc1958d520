"""A plan in words: groups of assets with reasons, then what it comes to, and what it costs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from functools import cache
from itertools import groupby

from pipeline.amounts import all_of, dollars, one_line, plural, usd
from pipeline.commands.context import Context, wrapped
from pipeline.plan.pricing import Measured, PlanPrice
from pipeline.tell import FIXED, Teller
from pipeline.undeclared import Undeclared
from pipeline.views.planned import HEADINGS, NO_GENERATOR, Forecast, grouped, sentence
from pipeline.words import Action, State, Step

_STYLES: Mapping[str, str] = {"draw": "green", "await": "green", "held": "yellow", "missing": "red", "failed": "red"}
_COUNTED_ONLY = ("standing", "fresh")

_LONG = 40
"""Characters of a sentence that is not repeated in the next line."""

_MOST_ALIKE = 20
"""Rows that say the same; of more there is a count."""

_WIDEST_ID = 44
"""Columns up to which ids are padded, so that what follows stands in a column."""

_MOST_MEASURED = 3
"""Models and sizes of which a plan says what they have really cost; `--json` has all."""

Row = tuple[str, str, str]
"""An id, a price and a reason."""


def say_plan(context: Context, found: Forecast, teller: Teller) -> None:
    """The plan as people read it; with -q only what it comes to."""
    if not context.quiet:
        for name, steps in found.groups.items():
            if name not in _COUNTED_ONLY or context.verbose:
                style = f"bold {_STYLES[name]}" if name in _STYLES else "bold"
                rows = [(step.asset, _price(name, step), why_told(step, teller)) for step in steps]
                say_group(context, HEADINGS[name], style, rows, teller.remedies(steps))
                context.say()
        noted = [step for step in found.groups.get("fresh", ()) if step.reasons]
        if noted and not context.verbose:
            say_group(context, "Fresh, with a note", "bold", [(step.asset, "", teller.why(step)) for step in noted])
            context.say()
    for text, style in _conclusion(found, teller, quiet=context.quiet):
        context.say_prose(text, style)


def say_group(context: Context, title: str, style: str, rows: Iterable[Row], remedies: Iterable[str] = ()) -> None:
    """A heading with its rows in columns, and below them, once, what mends them."""
    rows = list(rows)
    context.say(context.paint(f"{title} ({len(rows):,})", style))
    wide = min(max((len(id) for id, _, _ in rows), default=0), _WIDEST_ID)
    money = max((len(price) for _, price, _ in rows), default=0)
    for why, alike in groupby(rows, key=lambda row: row[2]):
        same = list(alike)
        shown = same if context.verbose else same[:_MOST_ALIKE]
        for number, (id, price, _) in enumerate(shown):
            # One gate may hold a hundred assets: the sentence stands at the first.
            said = "likewise" if number and len(why) > _LONG else one_line(why)
            start = f"  {id:<{wide}}  {f'{price:>{money}}  ' if money else ''}"
            for line in _row_lines(context, start, said):
                context.say(line)
        if len(same) > len(shown):
            context.say(context.paint(f"  and {len(same) - len(shown):,} more; -v shows all", "dim"))
    for remedy in remedies:
        context.say_prose(remedy, "dim", indent="  ")


def _row_lines(context: Context, start: str, said: str) -> Iterator[str]:
    """A row; on a terminal its reason goes on in its own column."""
    columns = context.columns(context.stdout)
    room = columns - len(start) if columns is not None else 0
    lines = wrapped(said, room) if room >= _LONG else [said]
    for number, line in enumerate(lines or [""]):
        yield f"{start if not number else ' ' * len(start)}{context.paint(line, 'dim')}".rstrip()


def why_told(step: Step, teller: Teller) -> str:
    """The reasons, without remedies; of a placeholder those that its heading does not tell already."""
    if step.state is State.PLACEHOLDER:
        reasons = [reason for reason in step.reasons if reason.kind not in NO_GENERATOR]
        if len(reasons) == 1 and reasons[0].kind in FIXED:
            return teller.reason(reasons[0], step)
        step = replace(step, reasons=tuple(reasons))
    return teller.why(step, brief=True)


def _price(group: str, step: Step) -> str:
    if group == "draw":
        return _usd(step.price.table)
    return f"<= {_usd(step.price.worst)}" if group == "await" else ""


_usd = cache(usd)


def _conclusion(found: Forecast, teller: Teller, *, quiet: bool) -> Iterator[tuple[str, str]]:
    """Sentences, each with its style."""
    count = found.counts(found.groups)
    selected = found.plan.steps or found.not_read
    if not selected:
        what = "no asset is selected" if found.project.assets else "no spec declares an asset"
        yield f"Nothing to do: {what}.", ""
    elif found.acts:
        yield f"Plan: {counted(count, found.price)}.", "bold"
    else:
        yield nothing_to_do(count), "bold green" if found.settled else "bold"
        if "fresh" in count and not quiet:
            yield f"{teller.command('reroll ID')} marks one to be drawn anew.", ""
    if found.why_not and selected:
        for line in _without_generator(found)[1 if quiet else 0 :]:
            yield line, ""
    for line in cost_lines(found):
        yield line, ""
    if (found.left.assets or found.left.files) and not quiet:
        yield left_over(found.left, teller), ""


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


def _without_generator(found: Forecast) -> list[str]:
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
