"""A plan in words: groups of assets with reasons, then what it comes to, and what it costs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from itertools import groupby
from typing import TYPE_CHECKING

from pipeline.amounts import one_line, usd
from pipeline.commands.context import Context, wrapped
from pipeline.frozen import replace
from pipeline.tell import FIXED, Teller
from pipeline.tell import bundles as bundles_told
from pipeline.views.planned import HEADINGS, NO_GENERATOR, Forecast
from pipeline.views.priced import cost_lines, counted, left_over, nothing_to_do, without_generator
from pipeline.words import State, Step

if TYPE_CHECKING:
    from pipeline.bundle.deciding import BundleStep

_STYLES: Mapping[str, str] = {"draw": "green", "await": "green", "held": "yellow", "missing": "red", "failed": "red"}
_COUNTED_ONLY = ("standing", "fresh")

_LONG = 40
"""Characters of a sentence that is not repeated in the next line."""

_MOST_ALIKE = 20
"""Rows that say the same; of more there is a count."""

_WIDEST_ID = 44
"""Columns up to which ids are padded, so that what follows stands in a column."""

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
        for title, bundles in bundle_groups(found):
            told: list[Row] = [(one.name, "", bundles_told.why(one.reasons)) for one in bundles]
            say_group(context, title, "bold", told)
            context.say()
        noted = [step for step in found.groups.get("fresh", ()) if step.reasons]
        if noted and not context.verbose:
            say_group(context, "Fresh, with a note", "bold", [(step.asset, "", teller.why(step)) for step in noted])
            context.say()
    for text, style in _conclusion(found, teller, quiet=context.quiet):
        context.say_prose(text, style)


def bundle_groups(found: Forecast) -> list[tuple[str, list[BundleStep]]]:
    """The bundles that are not as they should be, under their headings."""
    headings = {State.STALE: "Bundles to make, free", State.HELD: "Bundles held", State.EDITED: "Bundles edited"}
    headings |= {State.FAILED: "Bundles that cannot be made"}
    groups = [(title, [one for one in found.bundles if one.state is state]) for state, title in headings.items()]
    return [group for group in groups if group[1]]


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
        for line in without_generator(found)[1 if quiet else 0 :]:
            yield line, ""
    for line in cost_lines(found):
        yield line, ""
    if (found.left.assets or found.left.files) and not quiet:
        yield left_over(found.left, teller), ""
