"""What a person decides on the page: each the command of its name, about what the page showed and nothing newer."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from pipeline import adopting, decisions
from pipeline.errors import Overtaken, UsageError
from pipeline.words import AssetId, Event
from pipeline.workshop import Workshop

Events = tuple[Event, ...]

_WITHOUT_TAKE: Final[Mapping[str, Callable[[Workshop, tuple[AssetId, ...], str], Events]]] = {
    "reroll": decisions.reroll,
    "keep": decisions.keep,
    "approve": decisions.approve,
    "protect": decisions.protect,
    "unprotect": decisions.unprotect,
    "restore": adopting.restore,
}

DECISIONS: Final = (*_WITHOUT_TAKE, "pick", "reject", "adopt", "note")

_OF_THE_REQUEST: Final = ("pick", "keep", "adopt")
"""Decisions that are about what the asset asks for now, and not only about its takes."""


@dataclass(frozen=True, kw_only=True)
class Wish:
    """What a page asks for; `version` is that of the asset which it shows."""

    asset: AssetId
    what: str
    version: str
    take: str = ""
    note: str = ""


def wish_of(value: Mapping[str, Any]) -> Wish:
    """What a request's JSON asks for. Raises UsageError."""
    texts = {name: value.get(name) for name in ("id", "do", "take", "note", "version")}
    for name, text in texts.items():
        if text is not None and not isinstance(text, str):
            raise UsageError(f"`{name}` is to be a text")
    for name in ("id", "do", "version"):
        if not texts[name]:
            raise UsageError(f"`{name}` is missing")
    what = str(texts["do"])
    if what not in DECISIONS:
        raise UsageError(f"there is no decision `{what}`", hint=f"there are {', '.join(DECISIONS)}")
    if what in ("pick", "reject") and not texts["take"]:
        raise UsageError(f"`{what}` needs a `take`")
    if what == "note" and texts["note"] is None:
        raise UsageError("`note` needs a `note`; an empty one takes away what is there")
    return Wish(
        asset=AssetId(str(texts["id"])),
        what=what,
        version=str(texts["version"]),
        take=texts["take"] or "",
        note=texts["note"] or "",
    )


def decide(shop: Workshop, wish: Wish, shown: str) -> Events:
    """Do it. `shown` is the version in which the asset is now.

    Raises Overtaken where that is not the version which the person saw, and what the decision itself raises.
    """
    expecting = _expecting(shop, wish, shown)
    ids = (wish.asset,)
    match wish.what:
        case "pick":
            return decisions.pick(expecting, wish.asset, wish.take, wish.note)
        case "reject":
            return decisions.reject(expecting, wish.asset, wish.take, wish.note)
        case "note":
            return decisions.annotate(expecting, ids, wish.note)
        case "adopt":
            return adopting.adopt(expecting, wish.asset, note=wish.note)
        case "approve" if wish.take:
            return _approve_take(shop, expecting, wish)
    return _WITHOUT_TAKE[wish.what](expecting, ids, wish.note)


def adopt_file(shop: Workshop, wish: Wish, shown: str, file: Path, *, as_take: bool, called: str) -> Events:
    """Adopt a picture that was dropped on the page, from the file it was written to. Raises as `decide`."""
    expecting = _expecting(shop, wish, shown)
    return adopting.adopt(expecting, wish.asset, file, as_take=as_take, note=wish.note, called=called)


def _expecting(shop: Workshop, wish: Wish, shown: str) -> Workshop:
    """The workshop in which the decision is made only if nobody has made another since. Raises Overtaken."""
    decided, _, asked = wish.version.partition(".")
    now, _, asks = shown.partition(".")
    if decided != now:
        raise Overtaken(f"somebody decided about `{wish.asset}` meanwhile", hint="look again, then decide")
    if asked != asks and wish.what in _OF_THE_REQUEST:
        raise Overtaken(f"what `{wish.asset}` asks for has changed meanwhile", hint="look again, then decide")
    return shop.expecting(wish.asset, decided)


def _approve_take(shop: Workshop, expecting: Workshop, wish: Wish) -> Events:
    """Pick a take where it is not the pick yet, and approve it: that one, and none that came in between."""
    chosen = _pick_of(shop, wish.asset)
    if chosen == wish.take:
        return decisions.approve(expecting, (wish.asset,), wish.note)
    events = decisions.pick(expecting, wish.asset, wish.take)
    locked = shop.lock.read()
    if _pick_of(shop, wish.asset) != wish.take:
        raise Overtaken(f"somebody decided about `{wish.asset}` meanwhile", hint="look again, then decide")
    again = shop.expecting(wish.asset, locked.version(wish.asset))
    return (*events, *decisions.approve(again, (wish.asset,), wish.note))


def _pick_of(shop: Workshop, asset: AssetId) -> str | None:
    sides = shop.lock.read().of(asset)
    return sides[0].continued if len(sides) == 1 else None
