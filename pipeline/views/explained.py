"""Why one asset is fresh or stale, down to the words of the prompt and the reference that moved; and its JSON."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import zip_longest
from typing import Any

from pipeline.digest import canonical_json, of_file, short
from pipeline.options import drawing_mode
from pipeline.plan.planner import Outlook
from pipeline.tell import told_reasons
from pipeline.views.comparing import Change, changes
from pipeline.views.shown import Shown
from pipeline.words import Action, AssetId, Reason, Reference, Request, Step

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
    steps: bool = False
    """Whether what is done to the picture before it is attached is something else."""

    @property
    def text(self) -> str:
        name = f"image {self.number}, {self.what}"
        if self.waits:
            return f"{name}: waits for its new take (before: {short(self.before or '') or 'none'})"
        if self.before is None:
            return f"{name}: new ({short(self.after or '')})"
        if self.after is None:
            return f"{name}: no longer attached ({short(self.before)})"
        if self.steps and self.before == self.after:
            return f"{name}: what is done to it before it is attached changed"
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


def explained(found: Shown) -> Explained:
    """Compare what an asset asks for with what its pick was made for."""
    shop, entry, step, outlook = found.shop, found.entry, found.drawing.step, found.outlook
    former = entry.request if entry is not None else None
    before = shop.store.request(former) if former is not None else None
    after = step.request or _without_references(found)
    differ = changes(before, after.preimage, without=["references"]) if before is not None else ()
    if step.request is None:
        # What an asset with points asks for is what its point asks for, and what is made of another asks for nothing.
        of_another = found.asset.points or found.asset.source is not None
        unknown = ("reference_limit", "previous", *(("prompt",) if of_another else ()))
        differ = tuple(change for change in differ if change.field not in unknown)
    return Explained(
        shown=found,
        step=step,
        before=before,
        changes=differ,
        # What is made of another refers to nothing itself.
        moved=_moved(found, outlook, before) if before is not None and found.asset.source is None else (),
        upstream=tuple(_chain(outlook, step)),
    )


def reasons_of(found: Shown) -> tuple[tuple[Reason, Step], ...]:
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
    old = [
        (str(a.get("digest", "")), str(a.get("role", "")), canonical_json(a.get("steps", [])))
        for a in before.get("references", ())
    ]
    request, references = found.drawing.step.request, found.rendered.references
    new = [
        (
            request.references[number].digest if request else _known_digest(found, outlook, r),
            " ".join(r.role.split()),
            canonical_json(list(outlook.steps_of(r))),
        )
        for number, r in enumerate(references)
    ]
    owners = _owners(found)
    moved = []
    for kind, a, b, c, d in difflib.SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        pairs = zip_longest(range(a, b), range(c, d)) if kind != "equal" else ()
        for was, now in pairs:
            former, former_role, former_steps = old[was] if was is not None else (None, "", b"[]")
            if now is None:
                moved.append(Moved(was + 1, owners.get(former or "", "a picture"), former, None))
                continue
            digest, role, steps = new[now]
            asset = references[now].asset
            what = f"`{asset}`" if asset is not None else str(references[now].path)
            moved.append(
                Moved(
                    number=now + 1,
                    what=what,
                    before=former,
                    after=digest,
                    waits=digest is None,
                    role=(former_role, role),
                    steps=former_steps != steps,
                )
            )
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


def explain_json(found: Explained) -> dict[str, Any]:
    """The document of `explain --json`."""
    teller, entry = found.shown.teller, found.shown.entry
    return {
        "asset": found.step.asset,
        "state": str(found.shown.now.state),
        "action": str(found.step.action),
        "reasons": [teller.reason_json(reason, whose) for reason, whose in reasons_of(found.shown)],
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
