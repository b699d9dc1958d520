"""What there is to make bundles of: the built files on the disk, measured."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from pipeline import marks
from pipeline.bundle.catalog import Built, Catalog, Item
from pipeline.digest import Digest
from pipeline.errors import PipelineError
from pipeline.plan import picture_heads
from pipeline.plan.planner import Outlook
from pipeline.store.bundled import Bundled
from pipeline.store.outputs import Outputs
from pipeline.words import Asset, AssetId, File, State


@dataclass(frozen=True, kw_only=True)
class Stock:
    """All that decides about a bundle, beside what its spec says."""

    catalog: Catalog
    absent: Sequence[Asset]
    """The assets without any file on the disk."""
    unreadable: Mapping[AssetId, PipelineError]
    """Of assets of which a file is no picture that can be read: why."""
    outputs: Outputs
    bundled: Bundled


def stock_of(outlook: Outlook, outputs: Outputs, bundled: Bundled) -> Stock:
    """The stock as it is now; what an asset's file is, is as the outlook has it. Raises UsageError, OSError."""
    there: list[Item] = []
    absent: list[Asset] = []
    unreadable: dict[AssetId, PipelineError] = {}
    for id, asset in sorted(outlook.project.assets.items()):
        if asset.is_internal or not asset.files:
            continue
        try:
            item = _item(asset, outlook, outputs)
        except PipelineError as error:
            unreadable[id] = error
            item = None
        if item is not None and item.files:
            there.append(item)
        else:
            absent.append(asset)
    return Stock(catalog=tuple(there), absent=tuple(absent), unreadable=unreadable, outputs=outputs, bundled=bundled)


def _item(asset: Asset, outlook: Outlook, outputs: Outputs) -> Item:
    entry = outlook.entry(asset.id)
    origin = _origin(asset, outlook)
    return Item(
        id=asset.id,
        alt=asset.alt,
        tags=asset.tags,
        files=tuple(_built(asset, outputs)),
        origin=origin,
        model=entry.model if entry is not None and origin == "drawn" else "",
        prompt=outlook.rendered[asset.id].prompt,
    )


def _origin(asset: Asset, outlook: Outlook) -> str:
    entry, state = outlook.entry(asset.id), outlook.decision(asset.id).step.state
    if state is State.EDITED:
        return "edited"
    if state is State.PLACEHOLDER or entry is None or (entry.adopted is None and entry.picture is None):
        return "placeholder"
    return "adopted" if entry.adopted is not None else "drawn"


def _built(asset: Asset, outputs: Outputs) -> Iterator[Built]:
    """The files of an asset that are there; none without its main file. Raises PipelineError for what is no picture."""
    by_width = any(_is_by_width(file) for file in asset.files)
    for file in asset.files:
        digest = outputs.digest(file.path)
        if digest is None and not file.variant:
            return
        if digest is None:
            continue
        path = outputs.root / file.path
        try:
            type, width, height = _measured(path, digest)
        except PipelineError as error:
            raise PipelineError(f"{file.path}: {error.message}", hint=error.hint) from None
        yield Built(
            path=file.path,
            format=file.format,
            type=type,
            digest=digest,
            size=path.stat().st_size,
            width=width,
            height=height,
            variant=file.variant,
            file_width=width if by_width and (_is_by_width(file) or not file.variant) else None,
            scale=file.scale,
        )


def _is_by_width(file: File) -> bool:
    return file.variant.endswith(" wide")


@lru_cache(maxsize=50_000)
def _measured(path: Path, digest: Digest) -> tuple[str, int, int]:
    """Type, width and height of a picture, once for each that there has been in its place. Raises PipelineError."""
    with path.open("rb") as file:
        type = marks.sniff(file.read(marks.HEAD_BYTES))
        if type is not None and (sides := picture_heads.sides(file, type)) is not None:
            return type, *sides
    from pipeline.finish.decode import measure_file

    seen = measure_file(path)
    return seen.type, seen.width, seen.height
