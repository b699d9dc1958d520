"""What the page is told, as JSON: rows, plan and problems. The static gallery tells the same in the same words."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import quote

from pipeline.errors import LockError, PipelineError, SpecErrors
from pipeline.live.pictures import Picture
from pipeline.live.rows import Row
from pipeline.spec.show import snippet
from pipeline.views.planned import Forecast, sentence
from pipeline.views.priced import in_words
from pipeline.words import AssetId, Digest, MicroUsd

THUMB_SIDES = (320, 640)
"""Longest sides of thumbnails, in pixels."""


class Addresses(Protocol):
    """Where a page finds the pictures of an asset."""

    def src(self, digest: Digest, asset: AssetId) -> str: ...
    def thumb(self, digest: Digest, asset: AssetId) -> str: ...


class OnServer:
    """Addresses on the server, from its root."""

    def src(self, digest: Digest, asset: AssetId) -> str:
        return f"pictures/{hex_of(digest)}?id={quote(asset)}"

    def thumb(self, digest: Digest, asset: AssetId) -> str:
        return f"thumbs/{hex_of(digest)}?id={quote(asset)}&side={THUMB_SIDES[0]}"


def json_bytes(value: Any) -> bytes:
    """A document as it is sent. What is no text, such as half a character, has a mark in its place."""
    text = json.dumps(value, ensure_ascii=False, default=str, separators=(",", ":"))
    return text.encode("utf-8", "replace")


def hex_of(digest: str) -> str:
    return digest.removeprefix("sha256:")


# --- rows -----------------------------------------------------------------------------------------------------------


def row_json(row: Row, at: Addresses) -> dict[str, Any]:
    """One asset of the wall."""
    return {
        "id": row.id,
        "state": str(row.state),
        "action": str(row.action),
        "why": row.why,
        "file": row.file,
        "line": row.line,
        "tags": list(row.tags),
        "path": row.path,
        "model": row.model,
        "width": row.width,
        "height": row.height,
        "picture": picture_json(row.picture, row.id, at),
        "price_micro_usd": row.price,
        "draws": row.draws,
        "gate": row.gate,
        "approved": row.approved,
        "protected": row.protected,
        "adopted": row.adopted,
        "takes": row.takes,
        "undecided": row.undecided,
        "note": row.note,
        "alt": row.alt,
        "version": row.version,
        "failure": row.failure,
    }


def picture_json(picture: Picture | None, asset: AssetId, at: Addresses) -> dict[str, Any] | None:
    """A picture with its addresses."""
    if picture is None:
        return None
    return {
        "src": at.src(picture.digest, asset),
        "thumb": at.thumb(picture.digest, asset),
        "width": picture.width,
        "height": picture.height,
        "alpha": picture.alpha,
        "kind": picture.kind,
    }


# --- the plan -------------------------------------------------------------------------------------------------------

_COUNTED: Mapping[str, tuple[str, ...]] = {
    "draw": ("draw",),
    "await": ("await",),
    "free": ("reuse", "derive", "restore", "bundles"),
    "held": ("held",),
    "missing": ("missing",),
    "edited": ("edited",),
    "failed": ("failed",),
    "fresh": ("fresh",),
    "placeholder": ("placeholder", "standing"),
    "stale": ("stale",),
}
"""The page's groups of assets, by those of a plan; what is free has bundles in it too."""


def plan_json(found: Forecast, budget: MicroUsd, left: MicroUsd) -> dict[str, Any]:
    """What a build of all would do now. `budget` and `left`: what this session may spend, and may still."""
    count, price = found.counts(found.groups), found.price
    return {
        **{name: sum(count.get(group, 0) for group in groups) for name, groups in _COUNTED.items()},
        "price": {
            "certain_draws": price.certain,
            "possible_draws": price.possible,
            "table_micro_usd": price.table,
            "possible_table_micro_usd": price.possible_table,
            "top_micro_usd": price.top,
            "priced_on": found.priced_on or None,
        },
        "draws": not found.why_not,
        "lacking": sentence(found.missing) if found.missing else "",
        "text": in_words(found),
        "budget_micro_usd": budget,
        "left_micro_usd": left,
    }


# --- problems -------------------------------------------------------------------------------------------------------


def problems_json(
    error: PipelineError | None, rows: Iterable[Row], root: Path, *, unbuilt: PipelineError | None = None
) -> list[dict[str, Any]]:
    """What a person has to look after: mistakes in specs, what else stands in the way, assets that failed."""
    errors = (one for one in (error, unbuilt) if one is not None)
    of_errors = (problem for one in errors for problem in _of_error(one, root))
    return [*of_errors, *(_of_row(row) for row in rows if row.failure)]


def _of_error(error: PipelineError, root: Path) -> list[dict[str, Any]]:
    if isinstance(error, SpecErrors):
        return [
            _problem("spec", p.message, p.hint, **p.origin._asdict(), snippet="\n".join(snippet(p, root)))
            for p in error.problems
        ]
    file = "pipeline.lock" if isinstance(error, LockError) else ""
    return [_problem("tool", error.message, error.hint, file=file)]


def _of_row(row: Row) -> dict[str, Any]:
    return _problem("asset", row.failure, "", file=row.file, line=row.line, asset=row.id)


def _problem(
    kind: str,
    message: str,
    hint: str,
    *,
    file: str = "",
    line: int = 0,
    column: int = 0,
    snippet: str = "",
    asset: AssetId | None = None,
) -> dict[str, Any]:
    where = {"file": file, "line": line, "column": column}
    return {"kind": kind, **where, "message": message, "hint": hint, "snippet": snippet, "asset": asset}


def error_json(error: PipelineError) -> dict[str, Any]:
    return {"message": error.message, "hint": error.hint}
