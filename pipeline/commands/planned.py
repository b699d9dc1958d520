"""A plan as text and as JSON.

`plan --json` prints one document; fields are only ever added while `version` is 1:

    version           1
    profile           the profile's name, or null
    draws             whether a generator may be called; if not, `why_not` is `no_key` or `offline`
    steps             of every selected asset, upstream first: {asset, state, action, reasons [{kind, text, ...}],
                      request, take, path, model, price {table_micro_usd, ceiling_micro_usd, worst_micro_usd}}
    counts            assets by group: draw, await, reuse, restore, placeholder, standing (placeholders that are there
                      already), stale (no key, the old picture stays), held, missing, edited, failed, fresh
    price             {certain_draws, possible_draws, table_micro_usd, possible_table_micro_usd, top_micro_usd,
                      priced_on}
    with_key          the same as `price` for a build with credentials, where this one has none; else null
    cheaper           {model, table_micro_usd} of a cheaper model for the certain draws, or null
    budget            {per_build_micro_usd, ask_above_micro_usd}
    settled           whether nothing is to do: what `--exit-code` tells
    undeclared        {assets, files} that only the lock and the disk know
    warnings          [{file, line, column, message, hint}]
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from pipeline.amounts import all_of, dollars, plural, usd
from pipeline.commands.context import Context
from pipeline.options import BuildOptions, mode_of
from pipeline.plan.known import Mode
from pipeline.plan.pricing import Cheaper, PlanPrice, cheaper_choice, price_of
from pipeline.spec.load import Project
from pipeline.tell import Teller
from pipeline.undeclared import Undeclared
from pipeline.words import Action, AssetId, Digest, Plan, State, Step
from pipeline.workshop import Workshop

Groups = Mapping[str, tuple[Step, ...]]

HEADINGS: Mapping[str, str] = {
    "draw": "To draw",
    "await": "May be drawn after them",
    "reuse": "To reuse, free",
    "restore": "To restore, free",
    "placeholder": "Placeholders to place",
    "stale": "Stale, left as they are",
    "held": "Held",
    "missing": "Missing",
    "edited": "Edited",
    "failed": "Failed",
    "standing": "Placeholders that stand already",
    "fresh": "Fresh",
}
"""The groups of a plan, in the order in which they are told."""

_STYLES: Mapping[str, str] = {"draw": "green", "await": "green", "held": "yellow", "missing": "red", "failed": "red"}
_LONG = 40
"""Characters of a sentence that is not repeated in the next line."""

_COUNTED_ONLY = ("standing", "fresh")


@dataclass(frozen=True)
class Forecast:
    """A plan with all that is told about it."""

    plan: Plan
    price: PlanPrice
    why_not: str
    """Empty where a generator may be called, else `no_key` or `offline`."""
    missing: str
    """What to set so that one may be called."""
    drawing: Plan
    """The plan of the same build with a generator; `plan` itself where there is one."""
    project: Project
    profile: str | None
    former: Mapping[AssetId, Digest]
    """The requests that the present picks were made for."""
    left: Undeclared

    @cached_property
    def groups(self) -> Groups:
        return grouped(self.plan)

    @cached_property
    def with_key(self) -> PlanPrice:
        return price_of(self.drawing)

    @cached_property
    def cheaper(self) -> Cheaper | None:
        return cheaper_choice(self.drawing, self.project)

    @property
    def acts(self) -> bool:
        """Whether a build would do anything now."""
        idle = (Action.NOTHING, Action.HOLD)
        return any(step.action not in idle for step in self.plan.steps)

    @property
    def settled(self) -> bool:
        """Whether every asset is as its spec asks, or as a person edited it: nobody has anything to do."""
        return all(
            step.state in (State.FRESH, State.EDITED) and step.action in (Action.NOTHING, Action.HOLD)
            for step in self.drawing.steps
        )

    @property
    def priced_on(self) -> str:
        """The date of the oldest price among those that are reckoned with."""
        drawn = self.drawing.by_action(Action.DRAW, Action.AWAIT)
        models = [self.project.models.get(self.project.assets[step.asset].model) for step in drawn]
        return min((model.priced_on for model in models if model.priced_on), default="")


def forecast(shop: Workshop, selected: frozenset[AssetId], options: BuildOptions) -> Forecast:
    """What a build of these assets would do. Raises SpecErrors, LockError, UsageError."""
    mode = mode_of(shop, options)
    outlook = shop.outlook(selected, mode)
    plan = outlook.plan()
    drawing = plan if mode.draws else shop.outlook(selected, replace(mode, why_not="")).plan()
    return Forecast(
        plan=plan,
        price=price_of(plan),
        why_not=mode.why_not,
        missing=lacking(shop, mode),
        drawing=drawing,
        project=shop.project,
        profile=shop.profile,
        former={id: sides[0].request for id, sides in shop.lock.read().sides.items() if sides[0].request},
        left=shop.undeclared(outlook),
    )


def lacking(shop: Workshop, mode: Mode) -> str:
    """What to set so that a generator may be called, as a sentence without its end; empty where nothing is missing."""
    if mode.why_not != "no_key":
        return ""
    from pipeline.draw.generators import missing_of

    return missing_of(mode.generator, shop.environ) or ""


def sentence(text: str) -> str:
    return f"{text[:1].upper()}{text[1:]}."


def grouped(plan: Plan) -> Groups:
    """The steps by group, empty groups left out."""
    found: dict[str, list[Step]] = {name: [] for name in HEADINGS}
    for step in plan.steps:
        found[_group(step)].append(step)
    return {name: tuple(steps) for name, steps in found.items() if steps}


def _group(step: Step) -> str:
    match step.action:
        case Action.NOTHING:
            return "standing" if step.state is State.PLACEHOLDER else "fresh"
        case Action.AWAIT:
            # What is protected or adopted waits too, but whatever comes of it, it is not drawn.
            return "await" if step.price.worst else "held"
        case Action.HOLD:
            return str(step.state) if step.state in HEADINGS else "held"
        case Action.DERIVE:
            return "restore"
        case Action.PLACEHOLD:
            return "placeholder"
    return str(step.action)


# --- text -----------------------------------------------------------------------------------------------------------


def say_plan(context: Context, found: Forecast, teller: Teller) -> None:
    """The plan as people read it: groups of assets with reasons, then what it comes to."""
    for name, steps in found.groups.items():
        if name not in _COUNTED_ONLY or context.verbose:
            _say_group(context, name, steps, teller)
    noted = [step for step in found.groups.get("fresh", ()) if step.reasons]
    if noted and not context.verbose:
        context.say(context.paint("Fresh, with a note", "bold"))
        say_rows(context, [(step.asset, "", teller.why(step)) for step in noted])
        context.say()
    for line in _conclusion(context, found, teller):
        context.say(line)


def _say_group(context: Context, name: str, steps: tuple[Step, ...], teller: Teller) -> None:
    style = f"bold {_STYLES[name]}" if name in _STYLES else "bold"
    context.say(context.paint(f"{HEADINGS[name]} ({len(steps)})", style))
    rows = [(step.asset, _price(name, step), why_told(step, teller)) for step in steps]
    say_rows(context, rows)
    context.say()


def say_rows(context: Context, rows: Iterable[tuple[str, str, str]]) -> None:
    """Rows of id, price and reason, in columns."""
    rows = list(rows)
    wide = min(max((len(id) for id, _, _ in rows), default=0), 44)
    money = max((len(price) for _, price, _ in rows), default=0)
    before = ""
    for id, price, why in rows:
        # One gate may hold a hundred assets: the sentence stands at the first.
        shown, before = "likewise" if why == before and len(why) > _LONG else why, why
        middle = f"{price:>{money}}  " if money else ""
        context.say(f"  {id:<{wide}}  {middle}{context.paint(shown, 'dim')}".rstrip())


def why_told(step: Step, teller: Teller) -> str:
    """The reasons; of a placeholder those that its heading does not tell already."""
    if step.state is State.PLACEHOLDER:
        told = [reason for reason in step.reasons if reason.kind not in ("no_key", "offline")]
        return teller.why(replace(step, reasons=tuple(told)))
    return teller.why(step)


def _price(group: str, step: Step) -> str:
    if group == "draw":
        return usd(step.price.table)
    return f"<= {usd(step.price.worst)}" if group == "await" else ""


def _conclusion(context: Context, found: Forecast, teller: Teller) -> list[str]:
    lines = []
    if not found.plan.steps:
        lines.append(
            "Nothing to do: no asset is selected."
            if found.project.assets
            else "Nothing to do: no spec declares an asset."
        )
    elif found.acts:
        lines.append(context.paint(f"Plan: {counted(found.groups, found.price)}.", "bold"))
    else:
        lines += [context.paint(nothing_to_do(found.groups), "bold green"), _how_to_draw(found, teller)]
    if found.why_not and found.plan.steps:
        lines += _without_generator(found)
    lines += cost_lines(found)
    if found.left.assets or found.left.files:
        lines.append(left_over(found.left, teller))
    return [line for line in lines if line]


def counted(groups: Groups, price: PlanPrice) -> str:
    """`2 to draw, up to 7 more after them, 3 free, 40 fresh`."""
    count = {name: len(steps) for name, steps in groups.items()}
    free = count.get("reuse", 0) + count.get("restore", 0)
    waiting = f"up to {price.possible} more after them"
    parts = [
        (count.get("draw", 0), f"{count.get('draw', 0):,} to draw"),
        (price.possible, waiting if price.certain else f"up to {price.possible} to draw"),
        (free, f"{free:,} free"),
        (count.get("placeholder", 0), plural(count.get("placeholder", 0), "placeholder") + " to place"),
        (count.get("standing", 0), f"{count.get('standing', 0):,} already placeholders"),
        *((count.get(name, 0), f"{count.get(name, 0):,} {name}") for name in ("stale", "held", "missing", "edited")),
        (count.get("failed", 0), f"{count.get('failed', 0):,} failed"),
        (count.get("fresh", 0), f"{count.get('fresh', 0):,} fresh"),
    ]
    return ", ".join(text for number, text in parts if number)


def nothing_to_do(groups: Groups) -> str:
    """`Nothing to do: 42 assets are fresh.`, or what else they are."""
    count = {name: len(steps) for name, steps in groups.items()}
    fresh = count.get("fresh", 0)
    if set(groups) == {"fresh"}:
        return f"Nothing to do: {plural(fresh, 'asset')} {'is' if fresh == 1 else 'are'} fresh."
    parts = [f"{fresh:,} fresh"] if fresh else []
    if "standing" in count:
        parts.append(plural(count["standing"], "placeholder"))
    parts += [f"{count[name]:,} {name}" for name in ("stale", "held", "missing", "edited", "failed") if name in count]
    return f"Nothing to do: {all_of(parts)}."


def _how_to_draw(found: Forecast, teller: Teller) -> str:
    return f"{teller.command('reroll ID')} draws one anew." if "fresh" in found.groups else ""


def _without_generator(found: Forecast) -> list[str]:
    price = found.with_key
    if found.why_not == "no_key":
        first, otherwise = sentence(found.missing), "With a key"
    else:
        first, otherwise = "Offline: no model is called.", "Otherwise"
    if not price.certain and not price.possible:
        return [first]
    return [first, f"{otherwise}: {counted(grouped(found.drawing), price)}."]


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


def _guessed(found: Forecast) -> list[str]:
    drawn = {found.project.assets[s.asset].model for s in found.drawing.by_action(Action.DRAW, Action.AWAIT)}
    return [f"`{id}`" for id in sorted(drawn) if not found.project.models.get(id).known]


def left_over(left: Undeclared, teller: Teller) -> str:
    """What is no longer declared, and how it goes."""
    parts = [plural(len(left.assets), "asset")] if left.assets else []
    parts += [plural(len(left.files), "file")] if left.files else []
    return f"No longer declared: {all_of(parts)}; {teller.command('build --prune')} clears them away."


# --- JSON -----------------------------------------------------------------------------------------------------------


def plan_json(found: Forecast, teller: Teller) -> dict[str, Any]:
    """The document of `plan --json`; see the top of this module."""
    settings = found.project.settings
    return {
        "version": 1,
        "profile": found.profile,
        "draws": not found.why_not,
        "why_not": found.why_not or None,
        "steps": [step_json(step, found.project, teller) for step in found.plan.steps],
        "counts": {name: len(found.groups.get(name, ())) for name in HEADINGS},
        "price": _price_json(found.price, found.priced_on),
        "with_key": _price_json(found.with_key, found.priced_on) if found.why_not else None,
        "cheaper": {"model": c.model, "table_micro_usd": c.table} if (c := found.cheaper) else None,
        "budget": {
            "per_build_micro_usd": settings.budget_per_build,
            "ask_above_micro_usd": settings.ask_above,
        },
        "settled": found.settled,
        "undeclared": {"assets": list(found.left.assets), "files": list(found.left.files)},
        "warnings": [{**w.origin._asdict(), "message": w.message, "hint": w.hint} for w in found.project.warnings],
    }


def step_json(step: Step, project: Project, teller: Teller) -> dict[str, Any]:
    """One step: what is to happen to an asset, why, and at what price."""
    asset = project.assets[step.asset]
    return {
        "asset": step.asset,
        "state": str(step.state),
        "action": str(step.action),
        "reasons": [teller.reason_json(reason, step) for reason in step.reasons],
        "request": step.key,
        "take": step.take,
        "path": asset.path,
        "model": project.models.resolve(asset.model),
        "price": {
            "table_micro_usd": step.price.table,
            "ceiling_micro_usd": step.price.ceiling,
            "worst_micro_usd": step.price.worst,
        },
    }


def _price_json(price: PlanPrice, priced_on: str) -> dict[str, Any]:
    return {
        "certain_draws": price.certain,
        "possible_draws": price.possible,
        "table_micro_usd": price.table,
        "possible_table_micro_usd": price.possible_table,
        "top_micro_usd": price.top,
        "priced_on": priced_on or None,
    }
