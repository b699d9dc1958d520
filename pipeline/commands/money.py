"""`costs` and `models`: what was paid, and what there is to pay for.

`costs --json` prints one document; fields are only ever added while `version` is 1:

    version           1
    calls, takes      how many calls there were, and how many of them brought a picture that was kept
    without_picture   how many brought none and were charged all the same
    cost_micro_usd    what they cost, as the service counted
    estimated_micro_usd   by the price table, for answers that counted nothing
    may_be_charged    {calls, at_most_micro_usd} of calls of which nobody knows
    in_flight         {calls, at_most_micro_usd} of calls that a build is making now
    by                {day, asset, model or profile: {its name: the same fields from `calls` on}}
    list              with --calls, each call: {call, at, asset, profile, model, image_size, result, take,
                      cost_micro_usd, cost_from, reserved_micro_usd, message}

No sum is in another: facts, estimates, and what may come on top stand apart.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pipeline.amounts import all_of, exactly, one_line, plural
from pipeline.commands.context import Context
from pipeline.errors import SpecErrors, UsageError
from pipeline.words import owner_of

if TYPE_CHECKING:
    from pipeline.spec.models import Model, Models
    from pipeline.store.ledger import Paid
    from pipeline.workshop import Workshop

GROUPS: Mapping[str, Callable[[Paid], str]] = {
    "day": lambda call: call.at[:10],
    # A turn of a refinement (`logo#1`) and a point of candidates (`tree#light=dusk`) belong to their asset.
    "asset": lambda call: owner_of(call.asset),
    "model": lambda call: call.model,
    "profile": lambda call: call.profile,
}
"""What costs can be told by; a day is one of UTC."""

_BY_DEFAULT = ("day", "model")

_IN_FLIGHT = "in flight"
"""The result of a call that a build is making now."""


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
    in_flight: int
    """Calls that a build is making now."""
    in_flight_reserved: int
    """What those cost at most."""


def costs(context: Context, *, by: Sequence[str] = (), each: bool = False) -> int:
    """Tell what the calls of this machine cost; by day and model, or by what `by` names; with `each`, every call.

    A profile limits it to that profile's calls. Raises UsageError.
    """
    for name in by:
        if name not in GROUPS:
            raise UsageError(f"costs are not told by `{name}`", hint=f"there are {', '.join(GROUPS)}")
    calls = [call for call in _calls(context.shop()) if context.profile in (None, call.profile)]
    total = sum_of(calls)
    groups = {name: _grouped(calls, name) for name in by or (() if each else _BY_DEFAULT)}
    if context.json:
        told = {name: {key: _plain(one) for key, one in group.items()} for name, group in groups.items()}
        listed = {"list": [_call_plain(call) for call in calls]} if each else {}
        context.tell_json({"version": 1, **_plain(total), "by": told, **listed})
    elif not calls:
        of = f" under the profile `{context.profile}`" if context.profile else ""
        context.say(f"The ledger is empty: nothing was drawn{of} on this machine.")
    else:
        _tell_total(context, total, each=each)
        for name, sums in groups.items():
            _tell_group(context, name, sums)
        if each:
            _tell_calls(context, calls)
    return 0


def _calls(shop: Workshop) -> Sequence[Paid]:
    """All calls. One without outcome is in flight if a build runs; else its take may be in the store all the same."""
    from pipeline.files import is_locked

    # Before the ledger is read: a build that ends meanwhile has closed its calls, and one that begins has none yet.
    running = is_locked(shop.guard)
    calls = shop.ledger.calls(shop.take_of_call)
    return [call._replace(result=_IN_FLIGHT) if running and not call.result else call for call in calls]


def sum_of(calls: Sequence[Paid]) -> Sum:
    """The sum of some calls."""
    from pipeline.store.ledger import TAKE

    uncertain = [call for call in calls if call.may_be_charged]
    in_flight = [call for call in calls if call.result == _IN_FLIGHT]
    return Sum(
        calls=len(calls),
        takes=sum(call.result == TAKE for call in calls),
        without_picture=sum(call.result != TAKE and call.cost > 0 for call in calls),
        counted=sum(call.cost for call in calls if call.cost_from != "table"),
        estimated=sum(call.cost for call in calls if call.cost_from == "table"),
        uncertain=len(uncertain),
        reserved=sum(call.reserved for call in uncertain),
        in_flight=len(in_flight),
        in_flight_reserved=sum(call.reserved for call in in_flight),
    )


def _grouped(calls: Sequence[Paid], name: str) -> dict[str, Sum]:
    """Sums by group: days in order, everything else the dearest first."""
    groups: dict[str, list[Paid]] = {}
    for call in calls:
        groups.setdefault(GROUPS[name](call) or "(none)", []).append(call)
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
        "in_flight": {"calls": one.in_flight, "at_most_micro_usd": one.in_flight_reserved},
    }


def _call_plain(call: Paid) -> dict[str, Any]:
    return {
        "call": call.call,
        "at": call.at,
        "asset": call.asset,
        "profile": call.profile or None,
        "model": call.model,
        "image_size": call.image_size or None,
        "result": call.result or None,
        "take": call.take,
        "cost_micro_usd": call.cost,
        "cost_from": call.cost_from or None,
        "reserved_micro_usd": call.reserved,
        "message": call.message,
    }


def _tell_total(context: Context, total: Sum, *, each: bool) -> None:
    calls = f"{plural(total.calls, 'call')}, {plural(total.takes, 'take')}"
    context.say(f"{context.paint(exactly(total.counted), 'bold')} spent, as the service counted: {calls}")
    if total.without_picture:
        context.say(f"  with {plural(total.without_picture, 'answer')} without a usable picture, charged all the same")
    if total.estimated:
        estimate = f"and {exactly(total.estimated)} by the price table, for answers that counted nothing: an estimate"
        context.say(estimate)
    if total.in_flight:
        now = f"{plural(total.in_flight, 'call')} {'is' if total.in_flight == 1 else 'are'} in flight now"
        context.say(f"and {now}: {exactly(total.in_flight_reserved)} at most, not added to anything")
    if total.uncertain:
        lost = f"{plural(total.uncertain, 'call')} without an answer may have been charged"
        context.say(context.paint(f"and {lost}: {exactly(total.reserved)} at most, not added to anything", "yellow"))
        if not each:
            context.say_prose("`pipeline costs --calls` names them.", "dim", indent="  ")


def _tell_group(context: Context, name: str, sums: Mapping[str, Sum]) -> None:
    context.say()
    context.say(context.paint(f"by {name}" + (" (UTC)" if name == "day" else ""), "bold"))
    width, money = max(map(len, sums)), _column([one.counted for one in sums.values()])
    for (key, one), amount in zip(sums.items(), money, strict=True):
        context.say(f"  {one_line(key):{width}}  {amount}  {_also(one)}".rstrip())


def _column(amounts: Sequence[int]) -> list[str]:
    """Money with all its digits, point below point: so the parts can be added up to the sum above them."""
    decimals = max((len(exactly(amount).partition(".")[2]) for amount in amounts), default=2)
    texts = [exactly(amount, decimals=decimals) for amount in amounts]
    return [f"{text:>{max(map(len, texts))}}" for text in texts]


def _also(one: Sum) -> str:
    notes = [plural(one.calls, "call")]
    if one.without_picture:
        notes.append(f"{one.without_picture} without a picture")
    if one.estimated:
        notes.append(f"and {exactly(one.estimated)} estimated")
    if one.in_flight:
        notes.append(f"{one.in_flight} in flight, {exactly(one.in_flight_reserved)} at most")
    if one.uncertain:
        notes.append(f"{one.uncertain} may have been charged, {exactly(one.reserved)} at most")
    return ", ".join(notes)


def _tell_calls(context: Context, calls: Sequence[Paid]) -> None:
    """Each call in a line, in the order in which they were made."""
    context.say()
    context.say(context.paint("every call (UTC)", "bold"))
    money = _column([call.reserved if _is_bound(call) else call.cost for call in calls])
    asset, result = (max(len(text) for text in texts) for texts in ([c.asset for c in calls], map(_result, calls)))
    for call, amount in zip(calls, money, strict=True):
        sign = "<=" if _is_bound(call) else "~" if call.cost and call.cost_from == "table" else ""
        when = call.at[:19].replace("T", " ")
        under = f" under {call.profile}" if call.profile else ""
        drawn = " ".join(part for part in (call.model, call.image_size) if part) + under
        style = "yellow" if call.may_be_charged else ""
        what = context.paint(f"{_result(call):<{result}}  {sign:>2} {amount}", style)
        message = f": {one_line(call.message)}" if call.message else ""
        context.say(f"  {when:<19}  {one_line(call.asset):<{asset}}  {what}  {drawn}{message}".rstrip())


def _result(call: Paid) -> str:
    return call.result or "no outcome"


def _is_bound(call: Paid) -> bool:
    """Whether all that is known of the cost is what was reserved."""
    return call.may_be_charged or call.result == _IN_FLIGHT


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
        if asset.is_internal:
            continue
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
    prices = ", ".join(f"{size} {exactly(price)}" for size, price in _prices(model).items())
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


def _end(model: Model) -> str:
    when = f"gone since {model.retired_when}" if model.status == "retired" and model.retired_when else ""
    when = when or (f"retired {model.retired_when}" if model.retired_when else "")
    successor = f"`{model.successor}` draws on" if model.successor else ""
    return ", ".join(part for part in (when, successor) if part) or "no successor"
