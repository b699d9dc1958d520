"""`plan` and `build`.

`build --json` prints one JSON document a line: each event as it happens ({event, asset, ...}; see pipeline/build.py for
the kinds; bundle_made, bundle_failed and so on have the bundle in place of the asset), and at last {"event": "summary",
version, exit_code, counts, spent_micro_usd, estimated_micro_usd, maybe_spent_micro_usd, overrun_micro_usd, assets
[{asset, did, state, path, reasons, message}], bundles [{bundle, did, files, written, without, reasons}], pruned,
undeclared {assets, files}}. Where a build is refused or cannot start, the last line is {"error": {...}} instead.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from pipeline.bulk import in_bulk
from pipeline.commands.context import Context, OnPaper, safe
from pipeline.commands.planned_text import say_plan
from pipeline.errors import NotFresh
from pipeline.frozen import replace
from pipeline.options import BuildOptions, mode_of
from pipeline.plan.pricing import PlanPrice
from pipeline.tell import Teller
from pipeline.uptodate import paper_of, question
from pipeline.views.planned import forecast, plan_json
from pipeline.words import AssetId, Event, MicroUsd
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
    from pipeline.commands.summary import say_summary, summary_json

    teller = context.teller(shop, selected)
    screen = screen_for(context, teller)
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
        context.tell_json_line(summary_json(outcome, shop, teller))
    else:
        say_summary(context, outcome, shop, options, len(placed))
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


_IDLE = {
    **dict.fromkeys(("built", "reused", "derived", "restored", "fresh"), "fresh"),
    "placeholder": "placeholder",
}


def _idle(
    context: Context, shop: Workshop, outcome: Outcome, options: BuildOptions, select: Sequence[str]
) -> Idle | None:
    """What the next build would say; None where it would find something to do, or is not asked of files alone."""
    from pipeline.commands.summary import say_summary
    from pipeline.remembering import Idle

    unsure = any(word.lstrip("+").startswith(("changed:", "state:")) for word in select)
    undone = outcome.exit_code or outcome.messages or outcome.pruned
    if undone or unsure or not _IDLE.keys() >= set(outcome.did.values()):
        return None
    if not {"made", "fresh"} >= {one.did for one in outcome.bundles}:
        return None
    nothing = MicroUsd(0)
    then = replace(outcome, did={asset: _IDLE[did] for asset, did in outcome.did.items()})
    then = replace(then, bundles=tuple(replace(one, did="fresh") for one in outcome.bundles))
    then = replace(then, spent=nothing, estimated=nothing, maybe_spent=nothing, overrun=nothing)
    out, err = OnPaper(context.stdout), OnPaper(context.stderr)
    copied = replace(context, stdout=out, stderr=err)
    if not context.quiet:
        copied.warn_all(shop)
    say_summary(copied, then, shop, options, 0)
    return Idle(
        question=question(context.argv, context.environ, str(shop.root)),
        paper=paper_of(context.environ, context.stdout, context.stderr),
        said=(out.getvalue(), err.getvalue()),
    )


def screen_for(context: Context, teller: Teller) -> Screen:
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
