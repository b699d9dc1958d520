"""`explain`: why an asset is fresh or stale, down to the words of the prompt and the reference that moved.

With --json one document: {version, asset, state, action, reasons, request {before, after}, changes [{field, before,
after, diff [[kind, text]]}], references [{number, what, before, after}], upstream [{asset, state, action, reasons,
depth}]}.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import zip_longest
from typing import Any

from pipeline.commands.comparing import Change, changes
from pipeline.commands.comparing import shown as diff_shown
from pipeline.commands.context import Context
from pipeline.commands.looking import Shown, shown
from pipeline.commands.naming import asset_named
from pipeline.digest import of_file, short
from pipeline.options import drawing_mode
from pipeline.plan.planner import Outlook
from pipeline.tell import ACTIONS, told_reasons
from pipeline.words import Action, AssetId, Reason, Reference, Request, State, Step

_THROUGH = (
    "upstream_changes",
    "upstream_absent",
    "upstream_failed",
    "upstream_stale",
    "unapproved",
    "missing_upstream",
    "uses_point",
)
"""Reasons that lie in other assets."""


@dataclass(frozen=True)
class Moved:
    """One reference of the request, before and after. None: it is not there, or `after` is not known yet."""

    number: int
    what: str
    before: str | None
    after: str | None
    waits: bool = False
    role: tuple[str, str] = ("", "")

    @property
    def text(self) -> str:
        name = f"image {self.number}, {self.what}"
        if self.waits:
            return f"{name}: waits for its new take (before: {short(self.before or '') or 'none'})"
        if self.before is None:
            return f"{name}: new ({short(self.after or '')})"
        if self.after is None:
            return f"{name}: no longer attached ({short(self.before)})"
        if self.before == self.after:
            return f"{name}: its role was `{self.role[0]}` and is `{self.role[1]}`"
        return f"{name}: another picture ({short(self.before)} -> {short(self.after)})"


@dataclass(frozen=True)
class Explained:
    """All that `explain` tells of one asset."""

    shown: Shown
    step: Step
    before: Mapping[str, Any] | None
    changes: tuple[Change, ...]
    moved: tuple[Moved, ...]
    upstream: tuple[tuple[Step, int], ...]
    """The assets through which a change arrives, each with its depth."""


def explain(context: Context, *, id: str) -> int:
    """Say why an asset is as it is."""
    shop = context.shop()
    found = _explained(shown(context, shop, asset_named(context, shop, id)))
    if context.json:
        context.tell_json({"version": 1, **_json(found)})
        return 0
    for line in _lines(context, found):
        context.say(line)
    return 0


def _explained(found: Shown) -> Explained:
    shop, entry, step = found.shop, found.entry, found.drawing.step
    outlook = shop.outlook(frozenset(shop.project.assets), drawing_mode(shop))
    former = entry.request if entry is not None else None
    before = shop.store.request(former) if former is not None else None
    after = step.request or _without_references(found)
    differ = changes(before, after.preimage, without=["references"]) if before is not None else ()
    if step.request is None:
        # What an asset with points asks for is what its point asks for.
        unknown = ("reference_limit", "previous", *(("prompt",) if found.asset.points else ()))
        differ = tuple(change for change in differ if change.field not in unknown)
    return Explained(
        shown=found,
        step=step,
        before=before,
        changes=differ,
        moved=_moved(found, outlook, before) if before is not None else (),
        upstream=tuple(_chain(outlook, step)),
    )


def _reasons(found: Shown) -> tuple[tuple[Reason, Step], ...]:
    """Why it is stale, and then why nothing is drawn here and now; each with the step that it belongs to."""
    own, now = found.drawing.step, found.now
    return (*((r, own) for r in told_reasons(own)), *((r, now) for r in told_reasons(now) if r not in own.reasons))


def _without_references(found: Shown) -> Request:
    """What can be said of a request while the takes it refers to are not known."""
    asset, settings = found.asset, found.shop.project.settings
    model = found.shop.project.models.get(asset.model)
    return Request(
        model=model.id,
        generator=drawing_mode(found.shop).generator,
        prompt=found.rendered.prompt,
        system_instruction=asset.system_instruction,
        aspect_ratio=asset.aspect_ratio,
        image_size=asset.image_size,
        seed=asset.seed,
        reference_limit=settings.reference_limit,
    )


def _moved(found: Shown, outlook: Outlook, before: Mapping[str, Any]) -> tuple[Moved, ...]:
    """The references that differ. One that was put in front of others moves none of these."""
    old = [(str(a.get("digest", "")), str(a.get("role", ""))) for a in before.get("references", ())]
    request, references = found.drawing.step.request, found.rendered.references
    new = [
        (request.references[number].digest if request else _known_digest(found, outlook, r), " ".join(r.role.split()))
        for number, r in enumerate(references)
    ]
    owners = _owners(found)
    moved = []
    for kind, a, b, c, d in difflib.SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        pairs = zip_longest(range(a, b), range(c, d)) if kind != "equal" else ()
        for was, now in pairs:
            former, former_role = old[was] if was is not None else (None, "")
            if now is None:
                moved.append(Moved(was + 1, owners.get(former or "", "a picture"), former, None))
                continue
            digest, role = new[now]
            asset = references[now].asset
            what = f"`{asset}`" if asset is not None else str(references[now].path)
            moved.append(Moved(now + 1, what, former, digest, waits=digest is None, role=(former_role, role)))
    return tuple(moved)


def _known_digest(found: Shown, outlook: Outlook, reference: Reference) -> str | None:
    """What stands for a reference while the request as a whole is not known; None for a take that is to come."""
    if reference.asset is None:
        return of_file(found.shop.root / str(reference.path))
    if outlook.decisions[reference.asset].step.action in (Action.DRAW, Action.AWAIT):
        return None
    entry = outlook.entry(reference.asset)
    return entry.picture if entry is not None else None


def _owners(found: Shown) -> dict[str, str]:
    """Whose take a digest is, by the lock."""
    sides = found.shop.lock.read().sides
    return {str(digest): f"`{id}`" for id, entries in sides.items() for entry in entries for digest in entry.named}


def _chain(outlook: Outlook, step: Step) -> Iterator[tuple[Step, int]]:
    """The upstream assets that a step's reasons name, and those that theirs name, each once."""
    told = {step.asset}
    todo = [(id, 1) for id in reversed(_named(step))]
    while todo:
        id, depth = todo.pop()
        if id in told:
            continue
        told.add(id)
        upstream = outlook.decisions[id].step
        yield upstream, depth
        todo += [(further, depth + 1) for further in reversed(_named(upstream))]


def _named(step: Step) -> list[AssetId]:
    return [id for reason in step.reasons if reason.kind in _THROUGH for id in reason.detail.get("assets", ())]


# --- telling --------------------------------------------------------------------------------------------------------


def _lines(context: Context, found: Explained) -> Iterator[str]:
    step, teller, entry = found.step, found.shown.teller, found.shown.entry
    yield f"{context.paint(step.asset, 'bold')}: {context.paint(str(found.shown.now.state), 'bold')}"
    for reason, whose in _reasons(found.shown):
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
    from pipeline import keys

    defaults = {
        "aspect_ratio": keys.ASPECT_RATIO,
        "image_size": keys.IMAGE_SIZE,
        "generator": keys.GENERATOR,
        "reference_limit": keys.REFERENCE_LIMIT,
    }
    shown = defaults.get(change.field, "none") if value is None else value
    return str(shown)


def _json(found: Explained) -> dict[str, Any]:
    teller, entry = found.shown.teller, found.shown.entry
    return {
        "asset": found.step.asset,
        "state": str(found.shown.now.state),
        "action": str(found.step.action),
        "reasons": [teller.reason_json(reason, whose) for reason, whose in _reasons(found.shown)],
        "request": {"before": entry.request if entry else None, "after": found.step.key},
        "changes": [_change_json(change) for change in found.changes],
        "references": [
            {"number": m.number, "what": m.what.strip("`"), "before": m.before, "after": m.after} for m in found.moved
        ],
        "upstream": [
            {
                "asset": step.asset,
                "state": str(step.state),
                "action": str(step.action),
                "reasons": [teller.reason_json(reason, step) for reason in step.reasons],
                "depth": depth,
            }
            for step, depth in found.upstream
        ],
    }


def _change_json(change: Change) -> dict[str, Any]:
    value: dict[str, Any] = {"field": change.field, "before": change.before, "after": change.after}
    if change.is_text:
        value["diff"] = [[piece.kind, piece.text] for piece in change.pieces]
    return value
