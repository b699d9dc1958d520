"""`costs` and `models`: what was paid, and what there is to pay for."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pipeline.amounts import all_of, plural, usd
from pipeline.commands.context import Context
from pipeline.errors import SpecErrors, UsageError

if TYPE_CHECKING:
    from pipeline.spec.models import Model, Models
    from pipeline.store.ledger import Paid

GROUPS: Mapping[str, Callable[[Paid], str]] = {
    "day": lambda call: call.at[:10],
    "asset": lambda call: call.asset,
    "model": lambda call: call.model,
    "profile": lambda call: call.profile or "(none)",
}
"""What costs can be told by; a day is one of UTC."""

_BY_DEFAULT = ("day", "model")


@dataclass(frozen=True, kw_only=True)
class Sum:
    """What some calls cost, in micro-dollars. Facts, estimates and what nobody knows stand apart."""

    calls: int
    takes: int
    without_picture: int
    """Answers that were charged although no usable picture was in them."""
    counted: int
    """By what the service counted."""
    estimated: int
    """By the price table, for answers that counted nothing."""
    uncertain: int
    """Calls that may have been charged: nobody knows."""
    reserved: int
    """What the uncertain ones cost at most."""


def costs(context: Context, *, by: Sequence[str] = ()) -> int:
    """Tell what the calls of this machine cost; by day and model, or by what `by` names.

    A profile limits it to that profile's calls. Raises UsageError.
    """
    for name in by:
        if name not in GROUPS:
            raise UsageError(f"costs are not told by `{name}`", hint=f"there are {', '.join(GROUPS)}")
    calls = [call for call in context.shop().ledger.calls() if context.profile in (None, call.profile)]
    total = sum_of(calls)
    groups = {name: _grouped(calls, name) for name in by or _BY_DEFAULT}
    if context.json:
        context.tell_json(
            {
                "version": 1,
                **_plain(total),
                "by": {name: {key: _plain(s) for key, s in g.items()} for name, g in groups.items()},
            }
        )
    elif not calls:
        of = f" under the profile `{context.profile}`" if context.profile else ""
        context.say(f"The ledger is empty: nothing was drawn{of} on this machine.")
    else:
        _tell_costs(context, total, groups)
    return 0


def sum_of(calls: Sequence[Paid]) -> Sum:
    """The sum of some calls."""
    from pipeline.store.ledger import TAKE

    uncertain = [call for call in calls if call.may_be_charged]
    booked = [call for call in calls if not call.may_be_charged]
    return Sum(
        calls=len(calls),
        takes=sum(call.result == TAKE for call in calls),
        without_picture=sum(call.result != TAKE and call.cost > 0 for call in booked),
        counted=sum(call.cost for call in calls if call.cost_from != "table"),
        estimated=sum(call.cost for call in calls if call.cost_from == "table"),
        uncertain=len(uncertain),
        reserved=sum(call.reserved for call in uncertain),
    )


def _grouped(calls: Sequence[Paid], name: str) -> dict[str, Sum]:
    """Sums by group: days in order, everything else the dearest first."""
    groups: dict[str, list[Paid]] = {}
    for call in calls:
        groups.setdefault(GROUPS[name](call), []).append(call)
    sums = {key: sum_of(group) for key, group in sorted(groups.items())}
    if name == "day":
        return sums
    return dict(sorted(sums.items(), key=lambda item: -(item[1].counted + item[1].estimated)))


def _plain(one: Sum) -> dict[str, Any]:
    return {
        "calls": one.calls,
        "takes": one.takes,
        "without_picture": one.without_picture,
        "cost_micro_usd": one.counted,
        "estimated_micro_usd": one.estimated,
        "may_be_charged": {"calls": one.uncertain, "at_most_micro_usd": one.reserved},
    }


def _tell_costs(context: Context, total: Sum, groups: Mapping[str, Mapping[str, Sum]]) -> None:
    calls = f"{plural(total.calls, 'call')}, {plural(total.takes, 'take')}"
    context.say(f"{context.paint(usd(total.counted), 'bold')} spent, as the service counted: {calls}")
    if total.without_picture:
        context.say(f"  with {plural(total.without_picture, 'answer')} without a usable picture, charged all the same")
    if total.estimated:
        context.say(f"and {usd(total.estimated)} by the price table, for answers that counted nothing: an estimate")
    if total.uncertain:
        lost = f"{plural(total.uncertain, 'call')} without an answer may have been charged"
        context.say(context.paint(f"and {lost}: {usd(total.reserved)} at most, not added to anything", "yellow"))
    for name, sums in groups.items():
        context.say()
        context.say(context.paint(f"by {name}" + (" (UTC)" if name == "day" else ""), "bold"))
        width = max(len(key) for key in sums)
        for key, one in sums.items():
            context.say(f"  {key:{width}}  {usd(one.counted):>8}  {_also(one)}".rstrip())


def _also(one: Sum) -> str:
    notes = [plural(one.calls, "call")]
    if one.without_picture:
        notes.append(f"{one.without_picture} without a picture")
    if one.estimated:
        notes.append(f"and {usd(one.estimated)} estimated")
    if one.uncertain:
        notes.append(f"{one.uncertain} may have been charged, {usd(one.reserved)} at most")
    return ", ".join(notes)


# --- models -----------------------------------------------------------------------------------------------------------


def models(context: Context) -> int:
    """Tell what the models can draw and for how much; in a project with its own `models:`, and who uses what."""
    table, used = _models_here(context)
    aliases: dict[str, list[str]] = {}
    for alias, id in table.aliases.items():
        aliases.setdefault(id, []).append(alias)
    unknown = [table.get(id) for id in used if id not in table.ids]
    every = [*table.all(), *unknown]
    if context.json:
        context.tell_json([_model_plain(model, used.get(model.id, 0), aliases.get(model.id, [])) for model in every])
        return 0
    for model in every:
        if model.status != "retired" or used.get(model.id):
            _tell_model(context, model, used.get(model.id, 0), aliases.get(model.id, []))
    gone = [model for model in every if model.status == "retired" and not used.get(model.id)]
    if gone:
        context.say(context.paint("Retired", "bold"))
        for model in gone:
            context.say(f"  {model.id}: {_end(model)}")
    return 0


def _models_here(context: Context) -> tuple[Models, dict[str, int]]:
    """The table, and how many assets of the project here use each model; outside of a project none does."""
    from pipeline.spec.models import load_models

    try:
        shop = context.shop()
    except UsageError:
        return load_models(), {}
    try:
        project = shop.project
    except SpecErrors as error:
        context.warn(f"{error.message} (`pipeline plan` shows them): here are the models as they come with the tool")
        return load_models(), {}
    used: dict[str, int] = {}
    for asset in project.assets.values():
        id = project.models.resolve(asset.model)
        used[id] = used.get(id, 0) + 1
    return project.models, used


def _prices(model: Model) -> dict[str, int]:
    """Micro-dollars for one picture by the table, by size; empty where the model is not known."""
    return {size: model.price(0, 0, size, 0).table for size in model.sizes} if model.known else {}


def _model_plain(model: Model, used: int, aliases: Sequence[str]) -> dict[str, Any]:
    return {
        "id": model.id,
        "name": model.name,
        "known": model.known,
        "status": model.status,
        "retired_when": model.retired_when,
        "successor": model.successor,
        "aliases": list(aliases),
        "used_by": used,
        "sizes": list(model.sizes),
        "ratios": list(model.ratios),
        "references": model.references,
        "type": model.type,
        "picture_micro_usd": _prices(model),
        "input_usd_per_million": model.input_per_million,
        "text_usd_per_million": model.text_per_million,
        "image_usd_per_million": model.image_per_million,
        "priced_on": model.priced_on,
        "requests_per_minute": model.requests_per_minute,
        "images_per_minute": model.images_per_minute,
    }


def _tell_model(context: Context, model: Model, used: int, aliases: Sequence[str]) -> None:
    uses = "  " + context.paint(f"used by {plural(used, 'asset')}", "green") if used else ""
    name = f"  {model.name}" if model.name != model.id else ""
    context.say(context.paint(model.id, "bold") + name + uses)
    if not model.known:
        context.say("  not in the table: what it can draw is not checked, and the dearest price is reckoned with")
        context.say("  (`models:` in pipeline.yaml describes it)\n")
        return
    if model.status != "current":
        context.say("  " + context.paint(f"{model.status}: {_end(model)}", "yellow"))
    prices = ", ".join(f"{size} {_exactly(price)}" for size, price in _prices(model).items())
    priced = f" (prices of {model.priced_on})" if model.priced_on else ""
    context.say(f"  {prices} a picture{priced}")
    context.say(f"  {' '.join(model.ratios)}")
    attaches = f"attaches up to {plural(model.references, 'reference')}"
    context.say(f"  {attaches}; answers {model.type.removeprefix('image/')}")
    if model.per_minute:
        context.say(f"  at most {plural(model.per_minute, 'call')} a minute, as pipeline.yaml says")
    if aliases:
        context.say(f"  also called {all_of(sorted(aliases))}")
    context.say()


def _exactly(micro: int) -> str:
    """A price with all its digits: these are compared, and they multiply."""
    whole, part = divmod(micro, 1_000_000)
    return f"${whole}.{f'{part:06d}'.rstrip('0'):0<2}"


def _end(model: Model) -> str:
    when = f"gone since {model.retired_when}" if model.status == "retired" and model.retired_when else ""
    when = when or (f"retired {model.retired_when}" if model.retired_when else "")
    successor = f"`{model.successor}` draws on" if model.successor else ""
    return ", ".join(part for part in (when, successor) if part) or "no successor"
