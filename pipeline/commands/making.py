"""`plan` and `build`.

`build --json` prints one JSON document a line: each event as it happens ({event, asset, ...}; see pipeline/build.py for
the kinds), and at last {"event": "summary", version, exit_code, counts, spent_micro_usd, estimated_micro_usd,
maybe_spent_micro_usd, overrun_micro_usd, assets [{asset, did, state, path, reasons, message}], pruned, undeclared
{assets, files}}. Where a build is refused or cannot start, the last line is {"error": {...}} instead.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from pipeline.amounts import all_of, one_line, plural, spent
from pipeline.bulk import in_bulk
from pipeline.commands.context import Context, OnPaper, safe
from pipeline.commands.planned_text import say_group, say_plan, why_told
from pipeline.errors import NotFresh
from pipeline.options import BuildOptions, mode_of
from pipeline.plan.pricing import PlanPrice
from pipeline.tell import Teller
from pipeline.uptodate import paper_of, question
from pipeline.views.planned import forecast, lacking, plan_json, sentence
from pipeline.views.priced import IN_ORDER, left_over
from pipeline.words import Action, AssetId, Event, MicroUsd, Reason, State, Step, is_internal
from pipeline.workshop import Workshop

if TYPE_CHECKING:
    from pipeline.console import Screen
    from pipeline.footprint import Began
    from pipeline.outcome import Outcome
    from pipeline.remembering import Idle


@in_bulk()
def plan(
    context: Context,
    *,
    select: Sequence[str],
    exclude: Sequence[str],
    options: BuildOptions,
    markdown: bool,
    exit_code: bool,
) -> int:
    """What a build would do, why, and what it would cost. Calls no model and changes no file."""
    shop = _shop(context, options, in_part=not (select or exclude or markdown), building=False)
    selected = shop.select(select, exclude, mode_of(shop, options))
    found, teller = forecast(shop, selected, options), context.teller(shop, selected)
    if context.json:
        context.tell_json(plan_json(found, teller))
    elif markdown:
        from pipeline.commands.markdown import plan_markdown

        context.say(plan_markdown(found, teller, shop.store.request))
    else:
        if not context.quiet:
            context.warn_all(shop)
        say_plan(context, found, teller)
    return NotFresh.exit_code if exit_code and not found.settled else 0


def build(context: Context, *, select: Sequence[str], exclude: Sequence[str], options: BuildOptions) -> int:
    """Plan, then do it."""
    from pipeline import footprint

    began = footprint.begin()
    shop = _shop(context, options, in_part=not (select or exclude), building=True)
    selected = shop.select(select, exclude, mode_of(shop, options))
    if not context.json and not context.quiet:
        context.warn_all(shop)
    from pipeline.rest import Outdated

    words = (*select, *exclude)
    try:
        return _build(context, shop, selected, began, options, words)
    except Outdated:  # its warnings have been told
        shop = context.shop()
        return _build(context, shop, shop.select(select, exclude, mode_of(shop, options)), began, options, words)


def _build(
    context: Context,
    shop: Workshop,
    selected: frozenset[AssetId],
    began: Began,
    options: BuildOptions,
    words: Sequence[str],
) -> int:
    """Build what the words selected. Raises Outdated where the project was read in part, and that is not enough now."""
    from pipeline.build import run

    teller = context.teller(shop, selected)
    screen = _screen(context, teller)
    placed: set[AssetId | None] = set()

    def report(event: Event) -> None:
        if event.kind == "placeholder":
            placed.add(event.asset)
        screen.report(event)

    try:
        outcome = run(shop, selected, options, report, _question(context))
    finally:
        screen.close()
    if context.json:
        context.tell_json_line(_summary_json(outcome, shop, teller))
    else:
        _say_summary(context, outcome, shop, options, len(placed))
    _remember(context, shop, began, outcome, options, words)
    return outcome.exit_code


def _shop(context: Context, options: BuildOptions, *, in_part: bool, building: bool) -> Workshop:
    """The project; read in part where nobody asks for each asset of it."""
    from pipeline.narrowing import narrowed

    if in_part and options.generator is None and not context.json and not context.verbose:
        return narrowed(context.shop(), building=building)
    return context.shop()


def _remember(
    context: Context, shop: Workshop, began: Began, outcome: Outcome, options: BuildOptions, select: Sequence[str]
) -> None:
    """What the build depended on, for the next one; and what that would say, where nothing is left to do."""
    from pipeline.remembering import is_foreseeable, remember

    if not is_foreseeable(shop, options, outcome):
        return
    idle = None if context.json or context.verbose else _idle(context, shop, outcome, options, select)
    everything = not select and options.generator is None
    remember(shop, began, outcome.steps, idle, picked=outcome.picked, everything=everything)


_IDLE = {"built": "fresh", "reused": "fresh", "restored": "fresh", "fresh": "fresh", "placeholder": "placeholder"}


def _idle(
    context: Context, shop: Workshop, outcome: Outcome, options: BuildOptions, select: Sequence[str]
) -> Idle | None:
    """What the next build would say; None where it would find something to do, or is not asked of files alone."""
    from pipeline.remembering import Idle

    unsure = any(word.lstrip("+").startswith(("changed:", "state:")) for word in select)
    undone = outcome.exit_code or outcome.messages or outcome.pruned
    if undone or unsure or not _IDLE.keys() >= set(outcome.did.values()):
        return None
    nothing = MicroUsd(0)
    then = replace(outcome, did={asset: _IDLE[did] for asset, did in outcome.did.items()})
    then = replace(then, spent=nothing, estimated=nothing, maybe_spent=nothing, overrun=nothing)
    out, err = OnPaper(context.stdout), OnPaper(context.stderr)
    copied = replace(context, stdout=out, stderr=err)
    if not context.quiet:
        copied.warn_all(shop)
    _say_summary(copied, then, shop, options, 0)
    return Idle(
        question=question(context.argv, context.environ, str(shop.root)),
        paper=paper_of(context.environ, context.stdout, context.stderr),
        said=(out.getvalue(), err.getvalue()),
    )


def _screen(context: Context, teller: Teller) -> Screen:
    """Progress on a terminal, plain lines elsewhere, JSON lines with --json."""
    from pipeline.console import JsonLines, Lines, Wording

    if context.json:
        return JsonLines(teller, context.tell_json_line)
    wording = Wording(teller, context.paint, verbose=context.verbose, ids=teller.selected)
    if context.terminal and not context.quiet:
        from pipeline.console.bars import Bars

        return Bars(wording, context.stdout, colors=context.colors, safe=safe)
    return Lines(wording, context.say, context.warn, quiet=context.quiet)


def _question(context: Context) -> Callable[[PlanPrice], bool] | None:
    """Asks whether to spend that much; None where nobody could answer."""
    if context.json or not (context.stdin.isatty() and context.stdout.isatty()):
        return None

    def confirm(price: PlanPrice) -> bool:
        if context.quiet:
            from pipeline.console import priced

            context.say_prose(priced(price.certain, price.possible, price.table, price.top))
        context.stdout.write("Draw? [y/N] ")
        context.stdout.flush()
        return context.stdin.readline().strip().lower() in ("y", "yes")

    return confirm


# --- what became of it ----------------------------------------------------------------------------------------------


def _say_summary(context: Context, outcome: Outcome, shop: Workshop, options: BuildOptions, placed: int) -> None:
    no_key = any(reason.kind == "no_key" for step in outcome.steps for reason in step.reasons)
    missing = sentence(lacking(shop, mode_of(shop, options))) if no_key else ""
    teller = context.teller(shop, frozenset(step.asset for step in outcome.steps))
    if not context.quiet:
        for title, style, steps in _open_ends(outcome, frozen=options.frozen):
            rows = [(step.asset, "", _why(step, outcome, shop, teller)) for step in steps]
            say_group(context, title, f"bold {style}", rows, teller.remedies(steps))
        for path in outcome.pruned:
            context.say(f"{context.paint('deleted', 'yellow')}  {one_line(path)}")
        if not options.prune and (outcome.undeclared.assets or outcome.undeclared.files):
            context.say_prose(left_over(outcome.undeclared, teller))
    if missing and (not context.quiet or outcome.exit_code):
        context.say_prose(missing)
    context.say_prose(
        _last_line(outcome, placed, shop.not_read),
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


def _why(step: Step, outcome: Outcome, shop: Workshop, teller: Teller) -> str:
    would = {Action.DRAW: "would be drawn", Action.REUSE: "would change the lock", Action.DERIVE: "would be written"}
    would |= {Action.AWAIT: "would be drawn or reused", Action.PLACEHOLD: "would be a placeholder"}
    why = outcome.messages.get(step.asset, "").removeprefix("not tried: ") or why_told(step, teller)
    if step.state is State.PLACEHOLDER and not why:
        needs = Reason(kind="upstream_placeholder", detail={"assets": shop.graph.upstream[step.asset]})
        why = teller.reason(needs, step)
    return ": ".join(part for part in (would.get(step.action, ""), why) if part)


def _told_steps(outcome: Outcome) -> list[Step]:
    """The steps that are counted: turns and points only where something was done about them, or is still to do."""
    idle = ("fresh", "placeholder")
    return [step for step in outcome.steps if not (is_internal(step.asset) and outcome.did.get(step.asset) in idle)]


def _last_line(outcome: Outcome, placed: int, rest: int) -> str:
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
    standing = count.pop("placeholder", 0) - placed
    others = [f"{count[kind]:,} {kind}" for kind in IN_ORDER if kind in count]
    if standing:
        others.append(f"{plural(standing, 'placeholder')} from before")
    money = spent(outcome.spent, outcome.maybe_spent, outcome.overrun, estimated=outcome.estimated)
    booked = outcome.spent or outcome.estimated or outcome.maybe_spent
    paid = f" {money[0].upper()}{money[1:]}." if booked or "built" in count else ""
    if not outcome.steps and not rest:
        return "Nothing to do: no asset is selected."
    if outcome.exit_code == NotFresh.exit_code:
        return f"--frozen is not enough: {all_of([*done, *others])}."
    # Turns and points alone are not counted while nothing is to do about them.
    if not count and not placed and not standing:
        return f"Nothing to do.{paid}"
    if set(count) == {"fresh"} and not placed and not standing:
        are = "is" if count["fresh"] == 1 else "are"
        return f"Nothing to do: {plural(count['fresh'], 'asset')} {are} fresh.{paid}"
    if not done and set(count) <= {"fresh", "held", "edited", "stale"}:
        return f"Nothing to do: {all_of(others)}.{paid}"
    return f"{'Interrupted' if outcome.exit_code == 130 else 'Done'}: {', '.join([*done, *others])}.{paid}"


def _summary_json(outcome: Outcome, shop: Workshop, teller: Teller) -> dict[str, Any]:
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
        "pruned": list(outcome.pruned),
        "undeclared": {"assets": list(outcome.undeclared.assets), "files": list(outcome.undeclared.files)},
    }
