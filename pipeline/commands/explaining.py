"""`explain`: why an asset is fresh or stale, down to the words of the prompt and the reference that moved.

With --json one document: {version, asset, state, action, reasons, request {before, after}, changes [{field, before,
after, diff [[kind, text]]}], references [{number, what, before, after}], upstream [{asset, state, action, reasons,
depth}]}.
"""

from __future__ import annotations

from collections.abc import Iterator

from pipeline import keys
from pipeline.commands.comparing import shown as diff_shown
from pipeline.commands.context import Context
from pipeline.commands.naming import asset_named
from pipeline.digest import short
from pipeline.tell import ACTIONS
from pipeline.views.comparing import Change
from pipeline.views.explained import Explained, explain_json, explained, reasons_of
from pipeline.views.shown import shown
from pipeline.words import State


def explain(context: Context, *, id: str) -> int:
    """Say why an asset is as it is."""
    shop = context.shop()
    found = explained(shown(shop, asset_named(context, shop, id)))
    if context.json:
        context.tell_json({"version": 1, **explain_json(found)})
        return 0
    for line in _lines(context, found):
        context.say(line)
    return 0


# --- telling --------------------------------------------------------------------------------------------------------


def _lines(context: Context, found: Explained) -> Iterator[str]:
    step, teller, entry = found.step, found.shown.teller, found.shown.entry
    yield f"{context.paint(step.asset, 'bold')}: {context.paint(str(found.shown.now.state), 'bold')}"
    for reason, whose in reasons_of(found.shown):
        yield f"  {teller.reason(reason, whose)}"
    if step.state is State.FRESH:
        path = found.shown.asset.path
        yield f"  {_of_a_fresh_one(found)}{f', and {path} holds it' if path else ''}"
    elif step.action in ACTIONS:
        yield f"  so {ACTIONS[step.action]}"
    if entry is not None and entry.note:
        yield f"  note: {entry.note.replace(chr(10), '; ')}"
    if entry is not None and entry.request is not None and found.before is None and step.state is not State.FRESH:
        yield "  what was asked before is in no store in reach, so it cannot be compared"
    for change in found.changes:
        yield from _change_lines(context, change)
    if found.moved:
        yield context.paint("references", "bold")
        yield from (f"  {moved.text}" for moved in found.moved)
    if found.upstream:
        yield context.paint("through", "bold")
        for upstream, depth in found.upstream:
            yield f"{'  ' * depth}{upstream.asset}: {teller.why(upstream) or upstream.state}"


def _of_a_fresh_one(found: Explained) -> str:
    """How what is picked belongs to the request."""
    entry, take = found.shown.entry, short(found.step.take or "")
    if (source := found.shown.asset.source) is not None and (entry is None or entry.adopted is None):
        return f"it is made of {take}, the picture of `{source}`"
    if entry is not None and entry.adopted is not None:
        return f"a person's picture, {take}, was adopted for its request"
    if entry is not None and entry.of is not None:
        return f"{take} was drawn for another request and kept for this one"
    return f"its request is the one that {take} was made for"


def _change_lines(context: Context, change: Change) -> Iterator[str]:
    yield context.paint(change.name, "bold")
    if change.is_text:
        yield f"  {diff_shown(change.pieces, context.paint)}"
    else:
        before, after = _value(change, change.before), _value(change, change.after)
        yield f"  {context.paint(before, 'red')} -> {context.paint(after, 'green')}"


def _value(change: Change, value: object) -> str:
    """A field's value; the key leaves out what has the rule's own default."""
    defaults = {
        "aspect_ratio": keys.ASPECT_RATIO,
        "image_size": keys.IMAGE_SIZE,
        "generator": keys.GENERATOR,
        "reference_limit": keys.REFERENCE_LIMIT,
    }
    shown = defaults.get(change.field, "none") if value is None else value
    return str(shown)
