"""All that the page shows of one asset, as JSON."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pipeline import keys
from pipeline.digest import of_file
from pipeline.errors import PipelineError
from pipeline.files import inside
from pipeline.gallery.wire import Addresses, picture_json, row_json
from pipeline.live.pictures import Picture, Pictures
from pipeline.live.rows import Row
from pipeline.plan.planner import Outlook
from pipeline.store.line import turn_json
from pipeline.views.comparing import Change
from pipeline.views.explained import explained, reasons_of
from pipeline.views.planned import measured_json
from pipeline.views.shelf import Shelf
from pipeline.views.shown import Shown, shown_by
from pipeline.words import Asset, AssetId, Digest, Reference, Rendered, State, owner_of
from pipeline.workshop import Workshop

Document = dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class Seen:
    """A project as it was seen at one moment."""

    shop: Workshop
    now: Outlook
    """As a build here and now would see it."""
    drawing: Outlook
    """As a build with a generator would see it."""
    rows: Mapping[AssetId, Row]
    """Of all assets, those that were not read too."""
    pictures: Pictures = field(default_factory=Pictures)


def asset_json(seen: Seen, id: AssetId, at: Addresses, attached: dict[Digest, Path]) -> Document:
    """The document of one asset. In `attached` it notes which files of the project it gives addresses of.

    Raises SpecErrors, LockError, StoreError, OSError.
    """
    found = shown_by(seen.shop, id, seen.now, seen.drawing)
    asset, entry, step, row = found.asset, found.entry, found.drawing.step, seen.rows[id]
    why = explained(found)
    takes = _takes(seen, found, at)
    asked = seen.shop.rendered[_asked(found)]
    return {
        "row": row_json(row, at),
        "origin": asset.origin._asdict(),
        "prompt": _prompt(asked),
        "prompts": {point: _prompt(seen.shop.rendered[point]) for point in asset.points},
        "system_instruction": asset.system_instruction,
        "request": {"key": step.request.key, "json": _pretty(step.request.preimage)} if step.request else None,
        "changes": [change_json(change) for change in why.changes],
        "reasons": [found.teller.reason(reason, whose) for reason, whose in reasons_of(found)],
        "model": row.model,
        "aspect_ratio": asset.aspect_ratio,
        "image_size": asset.image_size,
        "seed": asset.seed,
        "format": asset.format,
        "price": {"table_micro_usd": found.price.table, "worst_micro_usd": found.price.worst},
        "paid_micro_usd": sum(take["cost_micro_usd"] or 0 for take in takes),
        "measured": measured_json(found.measured) if found.measured is not None else None,
        "takes": takes,
        "refers_to": list(_references(seen, asset, asked, at, attached)),
        "after": list(asked.after),
        "needed_by": [
            {"id": other.id, "thumb": at.thumb(other.picture.digest, other.id) if other.picture else None}
            for other in seen.rows.values()
            if id in other.needs
        ],
        "protected_by": "spec" if asset.protect else "decision" if row.protected else "",
        "turns": [_turn_json(turn) for turn in entry.turns] if entry is not None else [],
        "varied": sorted({axis for point in asset.points for axis in seen.shop.project.assets[point].varied}),
        "edited": picture_json(row.picture, id, at) if row.state is State.EDITED else None,
        "built": picture_json(_built(seen, found), id, at) if row.state is State.EDITED else None,
        "commands": _commands(found),
    }


def _asked(found: Shown) -> AssetId:
    """Whose prompt the asset's picture is drawn by: its own, or that of the point whose take it uses."""
    key, points = found.drawing.step.key, found.asset.points
    decided = found.outlook.decisions
    using = (point for point in points if key is not None and decided[point].step.key == key)
    return next(using, points[0] if points else found.asset.id)


def _prompt(rendered: Rendered) -> str:
    """The text as it is sent."""
    return keys.with_roles(rendered.prompt, [reference.role for reference in rendered.references])


def _pretty(value: Mapping[str, Any]) -> str:
    return json.dumps(value, indent=2, ensure_ascii=False, sort_keys=True)


def change_json(change: Change) -> Document:
    """A field that is asked otherwise; texts with their words compared."""
    diff = [[piece.kind, piece.text] for piece in change.pieces] if change.is_text else []
    return {
        "field": change.field,
        "name": change.name,
        "before": change.before,
        "after": change.after,
        "diff": diff,
    }


def _turn_json(turn: Any) -> Document:
    told = turn_json(turn)
    return {"prompt": told} if isinstance(told, str) else told


# --- takes ----------------------------------------------------------------------------------------------------------


def _takes(seen: Seen, found: Shown, at: Addresses) -> list[Document]:
    decisions = [found.drawing, *(seen.drawing.decision(point) for point in found.asset.points)]
    points = list(found.asset.points)
    rows = Shelf(seen.shop, decisions).rows()
    rows.sort(key=lambda row: points.index(row["point"]) if row["point"] in points else -1)  # else as they are
    return [_take_json(seen, found.asset, row, number, at) for number, row in enumerate(rows, 1)]


_TOLD = ("picked", "approved", "rejected", "adopted", "kept", "past", "in_reach", "ended", "cost_micro_usd", "model")


def _take_json(seen: Seen, asset: Asset, row: Mapping[str, Any], number: int, at: Addresses) -> Document:
    digest: Digest = row["take"]
    picture = _picture_of(seen, asset, digest) if row["in_reach"] else None
    label = ", ".join(f"{axis} {value}" for axis, value in row["varied"].items())
    return {
        "take": digest,
        "call": row["call"],
        **{name: row[name] for name in _TOLD},
        "label": label or str(number),
        "point": row["point"],
        "width": row["width"] or (picture.width if picture else None),
        "height": row["height"] or (picture.height if picture else None),
        "size": row["size"],
        "type": row["type"],
        "picture": picture_json(picture, asset.id, at),
    }


def _picture_of(seen: Seen, asset: Asset, digest: Digest) -> Picture | None:
    """A take as a picture, where its bytes lie on this machine or in the remote."""
    path = stored(seen.shop, digest)
    if path is None and asset.path and seen.shop.outputs.digest(asset.path) == digest:
        path = seen.shop.root / asset.path
    measure = seen.pictures.measure(digest, lambda: path)
    return Picture(digest, "take", *measure) if measure.width else None


def stored(shop: Workshop, digest: Digest) -> Path | None:
    """Where an object lies, in the store or in a remote that is a folder."""
    stores = (shop.store.local, shop.store.remote)
    return next((store.path(digest) for store in stores if store is not None and store.has(digest)), None)


def _built(seen: Seen, found: Shown) -> Picture | None:
    """What would stand in the place of an edited file."""
    picked = found.entry.continued if found.entry is not None else None
    return _picture_of(seen, found.asset, picked) if picked is not None else None


# --- what it refers to, and what can be done ------------------------------------------------------------------------


def _references(
    seen: Seen, of: Asset, asked: Rendered, at: Addresses, attached: dict[Digest, Path]
) -> Iterator[Document]:
    for number, reference in enumerate(asked.references, 1):
        what = {"asset": reference.asset} if reference.asset is not None else {"path": reference.path}
        digest = _digest_of(seen, reference, attached)
        id = owner_of(reference.asset) if reference.asset is not None else of.id
        yield {
            **what,
            "role": reference.role,
            "number": number,
            "thumb": at.thumb(digest, id) if digest is not None else None,
            "src": at.src(digest, id) if digest is not None else None,
        }


def _digest_of(seen: Seen, reference: Reference, attached: dict[Digest, Path]) -> Digest | None:
    """The picture that stands for a reference now."""
    if reference.asset is not None:
        row = seen.rows.get(owner_of(reference.asset))
        return row.picture.digest if row is not None and row.picture is not None else None
    try:
        path = inside(seen.shop.root, str(reference.path))
        digest = of_file(path)
    except (PipelineError, OSError):
        return None
    attached[digest] = path
    return digest


_COMMANDS = (
    ("build", "build {}"),
    ("explain", "explain {}"),
    ("takes", "takes {}"),
    ("pick", "pick {} TAKE"),
    ("reject", "reject {} TAKE"),
    ("reroll", "reroll {}"),
    ("keep", "keep {}"),
    ("approve", "approve {}"),
    ("protect", "protect {}"),
    ("unprotect", "unprotect {}"),
    ("adopt", "adopt {} FILE"),
    ("restore", "restore {}"),
    ("note", "note {} TEXT"),
    ("request", "request {} --as curl"),
)


def _commands(found: Shown) -> dict[str, str]:
    """What does the same in a terminal."""
    return {name: found.teller.command(words.format(found.asset.id)).strip("`") for name, words in _COMMANDS}
