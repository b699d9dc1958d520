"""What people decide, and the two ways of sharing takes. Each command says what it did.

`--json` prints one document: {version, events [{event, asset, ...}]}.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from pipeline import adopting, decisions, sharing
from pipeline.commands.context import Context
from pipeline.commands.naming import asset_named, assets_named
from pipeline.errors import PipelineError
from pipeline.words import AssetId, Event
from pipeline.workshop import Workshop

_DECISIONS = {
    "reroll": decisions.reroll,
    "keep": decisions.keep,
    "restore": adopting.restore,
    "approve": decisions.approve,
    "protect": decisions.protect,
    "unprotect": decisions.unprotect,
}


def decide(context: Context, name: str, *, select: Sequence[str], note: str) -> int:
    """One of the decisions that take ids or selectors and nothing else."""
    shop = context.shop()
    return _say(context, shop, _DECISIONS[name](shop, assets_named(shop, list(select)), note))


def pick(context: Context, *, id: str, take: str, note: str) -> int:
    """Use a take, named by the start of its digest or its call."""
    shop = context.shop()
    return _say(context, shop, decisions.pick(shop, asset_named(context, shop, id), take, note))


def reject(context: Context, *, id: str, take: str, note: str) -> int:
    """Reject one take, named as for `pick`."""
    shop = context.shop()
    return _say(context, shop, decisions.reject(shop, asset_named(context, shop, id), take, note))


def annotate(context: Context, *, id: str, note: str) -> int:
    """Put a note beside what is decided about an asset."""
    shop = context.shop()
    return _say(context, shop, decisions.annotate(shop, [asset_named(context, shop, id)], note))


def refine(context: Context, *, id: str, turn: str | None, image_size: str, aspect_ratio: str, note: str) -> int:
    """Add a turn that continues from the asset's picture, or (`turn` None) drop the last one that was added."""
    shop = context.shop()
    if turn is None and AssetId(id) in shop.lock.read().sides:
        # Before the specs are looked at: such a turn may be what is wrong with them.
        events = decisions.unrefine(shop, AssetId(id), note)
        return _say(context, shop, events)
    asset = asset_named(context, shop, id)
    if turn is None:
        return _say(context, shop, decisions.unrefine(shop, asset, note))
    size = _meant_size(image_size)
    events = decisions.refine(shop, asset, turn, image_size=size, aspect_ratio=aspect_ratio, note=note)
    return _say(context, shop, events)


def _meant_size(image_size: str) -> str:
    """`2k` as `2K`: on the command line nobody means anything else by it."""
    return image_size.upper()


def adopt(context: Context, *, id: str, file: str | None, as_take: bool, note: str) -> int:
    """Use a person's file for an asset; without `file` the one that stands in its place."""
    shop = context.shop()
    asset = asset_named(context, shop, id)
    path = context.here / file if file is not None else None
    return _say(context, shop, adopting.adopt(shop, asset, path, as_take=as_take, note=note))


def adopt_from(context: Context, *, folder: str, select: Sequence[str], note: str) -> int:
    """Adopt the pictures of a folder that are named like assets."""
    shop = context.shop()
    ids = assets_named(shop, list(select)) if select else tuple(shop.project.assets)
    return _say(context, shop, adopting.adopt_from(shop, Path(context.here, folder), ids, note))


def push(context: Context) -> int:
    """Copy takes to the remote."""
    shop = context.shop()
    return _say(context, shop, sharing.push(shop))


def pull(context: Context) -> int:
    """Copy takes from the remote; 1 where some that the lock names are in neither."""
    shop = context.shop()
    events = sharing.pull(shop)
    code = _say(context, shop, events)
    return PipelineError.exit_code if any(event.detail.get("absent") for event in events) else code


def _say(context: Context, shop: Workshop, events: Iterable[Event]) -> int:
    teller = context.teller(shop)
    if context.json:
        context.tell_json({"version": 1, "events": [teller.event_json(event) for event in events]})
        return 0
    for event in events:
        context.say(teller.decided(event))
    return 0
