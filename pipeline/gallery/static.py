"""A gallery as files: the page, its data and the pictures that it shows; it opens from the disk and from any web host.

`data.js` sets `window.GALLERY`; fields are only ever added while `version` is 1:

    version    1
    wall       what the server answers to GET /api/wall, with `project.read_only` true. A row also has `change`
               (added, changed, removed or null), `before` (its picture at the revision, or null), `gap` (why that
               picture cannot be shown, or ""), `was` (the id that it had, or null) and `asks` (what is asked otherwise)
    assets     by id, what the server answers to GET /api/asset
    against    null, or {revision, named, commit, head, why, cost_micro_usd, takes, takes_of_unknown_cost,
               in_vain_micro_usd, added, changed, removed}
"""

from __future__ import annotations

import json
from collections.abc import Collection, Container, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from pipeline import marks
from pipeline.digest import Digest, of_bytes, short
from pipeline.errors import StoreError
from pipeline.gallery.asset import Seen, asset_json, change_json, stored
from pipeline.gallery.folder import DATA, Content
from pipeline.gallery.page_files import page_files
from pipeline.gallery.thumbnails import Thumbnails
from pipeline.gallery.wire import hex_of, picture_json, plan_json, problems_json, row_json
from pipeline.live.pictures import Picture, Pictures, measure_of
from pipeline.live.reading import Look
from pipeline.live.rows import Row
from pipeline.spec.models import Models
from pipeline.views.planned import Forecast
from pipeline.views.since import Before, Difference, Since
from pipeline.words import Asset, AssetId, MicroUsd, State
from pipeline.workshop import LOCAL, Workshop

THUMB_SIDE: Final = 640
"""A static page cannot ask for another size: one that is sharp on any wall."""

_ENDINGS: Final = {
    "image/png": "png",
    "image/jpeg": "jpg",
    "image/webp": "webp",
    "image/gif": "gif",
    "image/avif": "avif",
    "image/heic": "heic",
    "image/heif": "heif",
}


class Shown:
    """The pictures that a gallery shows, each to lie in a file that is named by its digest."""

    def __init__(self, shop: Workshop, large: Container[AssetId] | None) -> None:
        """`large`: the assets whose pictures are shown in full size; None is all."""
        self._shop, self._large = shop, large
        self._thumbnails = Thumbnails(shop.root / LOCAL)
        self._sources: dict[Digest, Content] = {}
        self.attached: dict[Digest, Path] = {}
        """Pictures of the project that prompts attach, by digest."""
        self.files: dict[str, Content] = {}

    def src(self, digest: Digest, asset: AssetId) -> str:
        """Where the picture lies in full size, or its thumbnail where that must do. Raises StoreError, OSError."""
        if self._large is not None and asset not in self._large:
            return self.thumb(digest, asset)
        content = self._source(digest, asset)
        path = f"pictures/{hex_of(digest)}.{_ENDINGS.get(_type(content), 'bin')}"
        self.files[path] = content
        return path

    def thumb(self, digest: Digest, asset: AssetId) -> str:
        """Where the thumbnail lies; the picture itself where none can be made. Raises StoreError, OSError."""
        path = f"thumbs/{hex_of(digest)}.webp"
        if path not in self.files:
            made = self._thumbnails.made(digest, THUMB_SIDE)
            if made is None and not self._make(digest, self._source(digest, asset)):
                self.files[path] = self._source(digest, asset)
            else:
                self.files[path] = Content(path=self._thumbnails.path(digest, THUMB_SIDE))
        return path

    def hold(self, data: bytes) -> Digest:
        """Show a picture that lies nowhere in the project any more."""
        digest = of_bytes(data)
        self._sources[digest] = Content(data=data, digest=digest)
        return digest

    def begin(self, rows: Sequence[Row]) -> None:
        """Begin to make the thumbnails that these rows need, several at a time."""
        for row in rows:
            picture = row.picture
            if picture is not None and self._thumbnails.made(picture.digest, THUMB_SIDE) is None:
                path = self._source(picture.digest, row.id).path
                if path is not None:
                    self._thumbnails.make(path, picture.digest, THUMB_SIDE)

    def close(self) -> None:
        self._thumbnails.close()

    def _make(self, digest: Digest, content: Content) -> bool:
        return self._thumbnails.make(content.path or content.data, digest, THUMB_SIDE).result()

    def _source(self, digest: Digest, asset: AssetId) -> Content:
        found = self._sources.get(digest)
        if found is None:
            self._sources[digest] = found = Content(path=self._where(digest, asset), digest=digest)
        return found

    def _where(self, digest: Digest, id: AssetId) -> Path:
        path = stored(self._shop, digest) or self.attached.get(digest)
        if path is not None:
            return path
        asset = self._shop.project.assets.get(id)
        if asset is not None and asset.path and self._shop.outputs.digest(asset.path) == digest:
            return self._shop.root / asset.path
        raise StoreError(f"{digest} is nowhere in reach", hint="`pipeline pull`, or ask who drew it")


def _type(content: Content) -> str:
    if content.path is None:
        return marks.sniff(content.data[: marks.HEAD_BYTES]) or ""
    with content.path.open("rb") as file:
        return marks.sniff(file.read(marks.HEAD_BYTES)) or ""


@dataclass(frozen=True, kw_only=True)
class Gallery:
    """What is to be written."""

    data: Mapping[str, Any]
    """`window.GALLERY`."""
    files: Mapping[str, Content]
    """All files, by their paths in the folder."""


def gallery_of(
    look: Look,
    rows: Mapping[AssetId, Row],
    spent_ever: MicroUsd,
    since: Since | None = None,
    removed: Collection[AssetId] = (),
) -> Gallery:
    """The gallery of what a look found, of the assets that were asked for. Raises StoreError, OSError.

    `removed`: which of the assets that are gone are shown too.
    """
    assert look.shop is not None and look.plan is not None
    shop, plan = look.shop, look.plan
    shown = Shown(shop, since.differences.keys() if since is not None else None)
    try:
        picked = [rows[id] for id in sorted(rows) if id in look.selected]
        shown.begin(picked)
        seen = Seen(shop=shop, now=plan.outlook, drawing=plan.with_generator, rows=rows, pictures=Pictures())
        told = [_row_json(row, shown, since) for row in picked]
        assets = {row.id: asset_json(seen, row.id, shown, shown.attached) for row in picked}
        if since is not None:
            for id in sorted(removed):
                told.append(gone := _removed_json(since.former.assets[id], shop.project.models, shown, since))
                assets[id] = _gone_json(gone, since.former.assets[id], since.former.asked[id]["prompt"])
        data = {
            "version": 1,
            "wall": _wall_json(shop, plan, told, picked, spent_ever),
            "assets": assets,
            "against": _against_json(since, assets.keys()) if since is not None else None,
        }
    finally:
        shown.close()
    page = {**page_files(data=DATA), DATA: _script(data)}
    return Gallery(data=data, files={**{path: Content(data=text) for path, text in page.items()}, **shown.files})


def _script(data: Mapping[str, Any]) -> bytes:
    text = json.dumps(data, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False, default=str)
    # As JSON in a string: browsers read that several times as fast as the same text as a program.
    quoted = json.dumps(text, ensure_ascii=True).replace("<", "\\u003c")
    return f"window.GALLERY = JSON.parse({quoted});\n".encode("ascii")


# --- the documents --------------------------------------------------------------------------------------------------


def _wall_json(
    shop: Workshop, plan: Forecast, rows: list[dict[str, Any]], picked: Sequence[Row], spent_ever: MicroUsd
) -> dict[str, Any]:
    budget = shop.project.settings.budget_per_build
    return {
        "revision": 0,
        "project": {
            "name": shop.root.name,
            "root": "",  # nobody else's business where it lies on this machine
            "profile": shop.profile,
            "auto": False,
            "read_only": True,
        },
        "rows": rows,
        "plan": plan_json(plan, budget, budget),
        "problems": problems_json(None, picked, shop.root),
        "building": None,
        "waiting": None,
        "spent_micro_usd": 0,
        "spent_ever_micro_usd": spent_ever,
    }


def _row_json(row: Row, shown: Shown, since: Since | None) -> dict[str, Any]:
    difference = since.differences.get(row.id) if since is not None else None
    return {**row_json(row, shown), **_change_json(row.id, difference, shown, since)}


def _change_json(id: AssetId, difference: Difference | None, shown: Shown, since: Since | None) -> dict[str, Any]:
    """What a comparison adds to a row."""
    none: dict[str, Any] = {"change": None, "before": None, "gap": "", "was": None, "asks": []}
    if difference is None or since is None:
        return none
    before = difference.before
    picture, gap = (None, "") if before is None else _picture_before(before, shown, since)
    return {
        **none,
        "change": difference.kind or None,
        "before": picture_json(picture, id, shown),
        "gap": gap,
        "was": before.asset if before is not None and before.asset != id else None,
        "asks": [change_json(change) for change in difference.asks],
    }


def _picture_before(before: Before, shown: Shown, since: Since) -> tuple[Picture | None, str]:
    """What an asset looked like, or why that cannot be shown."""
    if before.picture is None:
        return None, ""
    data = since.bytes_of(before)
    if data is None:
        return (
            None,
            f"The picture that it had, {short(before.picture)}, is neither in the store, in a remote nor in git.",
        )
    measure = measure_of(data)
    if not measure.width:
        return None, f"The picture that it had, {short(before.picture)}, cannot be read."
    return Picture(shown.hold(data), "file" if before.is_edited else "take", *measure), ""


def _removed_json(asset: Asset, models: Models, shown: Shown, since: Since) -> dict[str, Any]:
    """A row for an asset that is no longer declared: as it was, and with nothing to be done about it."""
    model = models.get(asset.model)
    width, height = model.shape(asset.aspect_ratio, asset.image_size)
    return {
        "id": asset.id,
        "state": "removed",
        "action": "nothing",
        "why": "It is no longer declared.",
        "file": asset.origin.file,
        "line": asset.origin.line,
        "tags": list(asset.tags),
        "path": asset.path,
        "model": model.id,
        "width": width,
        "height": height,
        "picture": None,
        "price_micro_usd": 0,
        "draws": 0,
        **dict.fromkeys(("gate", "approved", "protected", "adopted", "undecided"), False),
        "takes": 0,
        "note": "",
        "alt": asset.alt,
        "version": "",
        "failure": "",
        **_change_json(asset.id, since.differences[asset.id], shown, since),
    }


def _gone_json(row: dict[str, Any], asset: Asset, prompt: str) -> dict[str, Any]:
    """The document of an asset that is no longer declared."""
    return {
        "row": row,
        "origin": asset.origin._asdict(),
        "prompt": prompt,
        "system_instruction": asset.system_instruction,
        "request": None,
        "reasons": [row["why"]],
        "model": row["model"],
        "aspect_ratio": asset.aspect_ratio,
        "image_size": asset.image_size,
        "seed": asset.seed,
        "format": asset.format,
        "price": {"table_micro_usd": 0, "worst_micro_usd": 0},
        "paid_micro_usd": 0,
        "measured": None,
        "protected_by": "",
        "edited": None,
        "built": None,
        "commands": {},
        **{name: [] for name in ("changes", "takes", "refers_to", "after", "needed_by", "turns", "varied")},
    }


def _against_json(since: Since, ids: Collection[AssetId]) -> dict[str, Any]:
    base, paid = since.base, since.paid
    return {
        "revision": base.revision,
        "named": base.named,
        "commit": base.commit,
        "head": base.head,
        "why": base.why,
        "cost_micro_usd": paid.cost,
        "takes": paid.takes,
        "takes_of_unknown_cost": paid.unknown,
        "in_vain_micro_usd": paid.in_vain,
        **since.counts(ids),
    }


def edited_files(shop: Workshop, rows: Mapping[AssetId, Row]) -> dict[AssetId, Digest]:
    """The assets whose files a person changed, with the digests of those. Raises OSError."""
    edited = {id: shop.outputs.digest(row.path) for id, row in rows.items() if row.state is State.EDITED}
    return {id: digest for id, digest in edited.items() if digest is not None}
