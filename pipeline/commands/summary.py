"""What became of a build, in words and as JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pipeline.amounts import all_of, one_line, plural, spent
from pipeline.commands.context import Context
from pipeline.commands.planned_text import say_group, why_told
from pipeline.errors import NotFresh
from pipeline.options import BuildOptions, mode_of
from pipeline.tell import Teller
from pipeline.tell import bundles as bundles_told
from pipeline.views.planned import lacking, sentence
from pipeline.views.priced import IN_ORDER, left_over
from pipeline.words import Action, Reason, State, Step
from pipeline.workshop import Workshop

if TYPE_CHECKING:
    from pipeline.outcome import Bundled, Outcome


def say_summary(context: Context, outcome: Outcome, shop: Workshop, options: BuildOptions, placed: int) -> None:
    """What is not as it should be, and one line about all. `placed`: placeholders of this build."""
    no_key = any(reason.kind == "no_key" for step in outcome.steps for reason in step.reasons)
    missing = sentence(lacking(shop, mode_of(shop, options))) if no_key else ""
    teller = context.teller(shop, frozenset(step.asset for step in outcome.steps))
    if not context.quiet:
        for title, style, steps in _open_ends(outcome, frozen=options.frozen):
            rows = [(step.asset, "", _why(step, outcome, shop, teller)) for step in steps]
            say_group(context, title, f"bold {style}", rows, teller.remedies(steps))
        for title, style, bundles in _open_bundles(outcome):
            told = [(one.step.name, "", bundles_told.why(one.step.reasons)) for one in bundles]
            say_group(context, title, f"bold {style}", told)
        for path in outcome.pruned:
            context.say(f"{context.paint('deleted', 'yellow')}  {one_line(path)}")
        if not options.prune and (outcome.undeclared.assets or outcome.undeclared.files):
            context.say_prose(left_over(outcome.undeclared, teller))
    if missing and (not context.quiet or outcome.exit_code):
        context.say_prose(missing)
    context.say_prose(
        last_line(outcome, placed, shop.not_read),
        "bold green" if outcome.exit_code == 0 else "bold yellow",
    )


def _open_ends(outcome: Outcome, *, frozen: bool) -> list[tuple[str, str, list[Step]]]:
    """What is not as it should be, by kind. With `frozen` a placeholder is not."""
    found: dict[tuple[str, str], list[Step]] = {}
    for step in outcome.steps:
        did = outcome.did.get(step.asset, "not tried")
        if did == "held":
            title = "Held" if step.state not in (State.MISSING, State.EDITED, State.STALE) else str(step.state).title()
            key = (title, "red" if step.state is State.MISSING else "yellow")
        elif did in ("failed", "not tried"):
            key = (did.capitalize(), "red")
        elif did == "placeholder" and frozen:
            key = ("Only placeholders", "yellow")
        else:
            continue
        found.setdefault(key, []).append(step)
    order = ("Only placeholders", "Stale", "Held", "Missing", "Edited", "Failed", "Not tried")
    return sorted(((title, style, steps) for (title, style), steps in found.items()), key=lambda e: order.index(e[0]))


def _open_bundles(outcome: Outcome) -> list[tuple[str, str, list[Bundled]]]:
    """The bundles that are not as they should be, by kind."""
    kinds = (("held", "yellow"), ("edited", "yellow"), ("failed", "red"), ("not tried", "red"))
    found = [(f"Bundles {what}", style, [one for one in outcome.bundles if one.did == what]) for what, style in kinds]
    return [group for group in found if group[2]]


def _why(step: Step, outcome: Outcome, shop: Workshop, teller: Teller) -> str:
    would = {Action.DRAW: "would be drawn", Action.REUSE: "would change the lock", Action.DERIVE: "would be written"}
    would |= {Action.AWAIT: "would be drawn or reused", Action.PLACEHOLD: "would be a placeholder"}
    why = outcome.messages.get(step.asset, "").removeprefix("not tried: ") or why_told(step, teller)
    if step.state is State.PLACEHOLDER and not why:
        needs = Reason(kind="upstream_placeholder", detail={"assets": shop.graph.upstream[step.asset]})
        why = teller.reason(needs, step)
    return ": ".join(part for part in (would.get(step.action, ""), why) if part)


def _told_steps(outcome: Outcome) -> list[Step]:
    """The steps that are counted: what has no file only where something was done about it, or is still to do."""
    idle = ("fresh", "placeholder")
    return [step for step in outcome.steps if step.has_file or outcome.did.get(step.asset) not in idle]


def last_line(outcome: Outcome, placed: int, rest: int) -> str:
    """One line that says it all: what was done, what was not, and the money.

    `placed`: placeholders of this build; `rest`: assets that were fresh and did not have to be looked at.
    """
    count: dict[str, int] = {"fresh": rest} if rest else {}
    for step in _told_steps(outcome):
        did = outcome.did.get(step.asset, "not tried")
        if did == "held" and step.state in (State.MISSING, State.EDITED, State.STALE):
            did = str(step.state)
        count[did] = count.get(did, 0) + 1
    from pipeline.outcome import PICKED

    done = [f"{count[did]:,} {did}" for did in PICKED if did in count]
    if placed:
        done.append(plural(placed, "placeholder") + " placed")
    if made := sum(one.did == "made" for one in outcome.bundles):
        done.append(f"{plural(made, 'bundle')} made")
    standing = count.pop("placeholder", 0) - placed
    others = [f"{count[kind]:,} {kind}" for kind in IN_ORDER if kind in count]
    if standing:
        others.append(f"{plural(standing, 'placeholder')} from before")
    others += _bundles_left(outcome)
    money = spent(outcome.spent, outcome.maybe_spent, outcome.overrun, estimated=outcome.estimated)
    booked = outcome.spent or outcome.estimated or outcome.maybe_spent
    paid = f" {money[0].upper()}{money[1:]}." if booked or "built" in count else ""
    if not outcome.steps and not rest and not outcome.bundles:
        return "Nothing to do: no asset is selected."
    if outcome.exit_code == NotFresh.exit_code:
        return f"--frozen is not enough: {all_of([*done, *others])}."
    # Turns and points alone are not counted while nothing is to do about them.
    if not count and not placed and not standing and not done and not others:
        return f"Nothing to do.{paid}"
    if set(count) == {"fresh"} and not done and len(others) == 1:
        are = "is" if count["fresh"] == 1 else "are"
        return f"Nothing to do: {plural(count['fresh'], 'asset')} {are} fresh.{paid}"
    if not done and set(count) <= {"fresh", "held", "edited", "stale"} and outcome.exit_code == 0:
        return f"Nothing to do: {all_of(others)}.{paid}"
    return f"{'Interrupted' if outcome.exit_code == 130 else 'Done'}: {', '.join([*done, *others])}.{paid}"


def _bundles_left(outcome: Outcome) -> list[str]:
    """How many bundles are not as they should be, by kind."""
    kinds = ("held", "edited", "failed", "not tried")
    count = {kind: sum(one.did == kind for one in outcome.bundles) for kind in kinds}
    return [f"{plural(number, 'bundle')} {kind}" for kind, number in count.items() if number]


def summary_json(outcome: Outcome, shop: Workshop, teller: Teller) -> dict[str, Any]:
    """The last line of `build --json`; see making.py."""
    did = {step.asset: outcome.did.get(step.asset, "not tried") for step in outcome.steps}
    counts: dict[str, int] = {}
    for what in did.values():
        counts[what] = counts.get(what, 0) + 1
    return {
        "event": "summary",
        "version": 1,
        "exit_code": outcome.exit_code,
        "counts": counts,
        "spent_micro_usd": outcome.spent,
        "estimated_micro_usd": outcome.estimated,
        "maybe_spent_micro_usd": outcome.maybe_spent,
        "overrun_micro_usd": outcome.overrun,
        "assets": [
            {
                "asset": step.asset,
                "did": did[step.asset],
                "state": str(step.state),
                "path": shop.project.assets[step.asset].path or None,
                "reasons": [teller.reason_json(reason, step) for reason in step.reasons],
                "message": outcome.messages.get(step.asset),
            }
            for step in outcome.steps
        ],
        "bundles": [
            {
                "bundle": one.step.name,
                "did": one.did,
                "files": sorted(one.step.files),
                "written": list(one.written),
                "without": list(one.step.lacking),
                "reasons": bundles_told.reasons_json(one.step.reasons),
            }
            for one in outcome.bundles
        ],
        "pruned": list(outcome.pruned),
        "undeclared": {"assets": list(outcome.undeclared.assets), "files": list(outcome.undeclared.files)},
    }
