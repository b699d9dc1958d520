"""What ships: each asset's files as they lie on the disk, who made them, and what they say of that themselves.

Told is what is there now, not what a build would make: a stale file is told as what it is.
"""

from __future__ import annotations

import mmap
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from pathlib import Path

from pipeline import marks
from pipeline.bundle.declared import bundles_of, name_of
from pipeline.options import BuildOptions, mode_of
from pipeline.plan.decision import Decision
from pipeline.saying import Said, kind_of, said_by
from pipeline.store.entry import PERSON, Entry
from pipeline.store.lock import Locked
from pipeline.words import Asset, AssetId, Digest, File, State, Take, is_internal, owner_of
from pipeline.workshop import Workshop


class Maker(StrEnum):
    """Who made a file, as far as the tool can know."""

    DRAWN = "drawn"  # by a model, and finished by the tool
    ADOPTED = "adopted"  # brought by a person
    EDITED = "edited"  # changed by hand since it was built, or put there by hand
    PLACEHOLDER = "placeholder"  # drawn by the tool, without any model


@dataclass(frozen=True, kw_only=True)
class Shipped:
    """One file that is there."""

    path: str
    variant: str
    maker: Maker
    digest: Digest
    size: int
    """Bytes."""
    type: str
    """Media type by its first bytes; empty where it is no picture, but a pointer of Git LFS, say."""
    said: Said


@dataclass(frozen=True, kw_only=True)
class Disclosed:
    """One asset with the files that it has, at least one."""

    asset: Asset
    state: State
    files: tuple[Shipped, ...]
    model: str = ""
    """That drew the picture which the files come from; empty where none is known to have had a part in it."""
    take: Digest | None = None
    """The picture that the model drew, or that a person brought in its place."""
    record: Take | None = None
    """The take's own record, where it is in reach."""
    request: Digest | None = None
    """The request under which it was drawn."""

    @property
    def retouched(self) -> bool:
        """Whether a person worked on what a model drew, or put another picture in its place."""
        return bool(self.model) and any(file.maker in (Maker.ADOPTED, Maker.EDITED) for file in self.files)


@dataclass(frozen=True, kw_only=True)
class Packed:
    """A bundle whose files are pictures: a sheet, or copies."""

    name: str
    """Such as `sheet items`."""
    assets: tuple[AssetId, ...]
    """The assets whose files are in it."""
    files: tuple[str, ...]
    """The pictures of it that are there, by their paths from the root."""


@dataclass(frozen=True, kw_only=True)
class Disclosure:
    """What ships of the selected assets."""

    assets: tuple[Disclosed, ...]
    unbuilt: tuple[AssetId, ...]
    """Selected, and without any file."""
    bundles: tuple[Packed, ...]
    """Those that hold a file of the selected assets, as far as this machine made them."""
    undeclared: tuple[str, ...]
    """Files that specs declared once, and that still lie there."""

    @cached_property
    def files(self) -> tuple[Shipped, ...]:
        return tuple(file for one in self.assets for file in one.files)

    def made_by(self, maker: Maker) -> int:
        """How many files somebody made."""
        return sum(file.maker is maker for file in self.files)

    @cached_property
    def models(self) -> Mapping[str, int]:
        """How many files have a picture of each model behind them, placeholders left out; by the models' ids."""
        found: dict[str, int] = {}
        for one in self.assets:
            if one.model:
                count = sum(file.maker is not Maker.PLACEHOLDER for file in one.files)
                found[one.model] = found.get(one.model, 0) + count
        return {model: found[model] for model in sorted(found) if found[model]}

    @property
    def silent(self) -> tuple[Shipped, ...]:
        """Files with a model's picture behind them that do not say so."""
        return tuple(
            file
            for one in self.assets
            for file in one.files
            if one.model and file.maker is not Maker.PLACEHOLDER and not (file.said.source or file.said.c2pa)
        )

    @property
    def without_alt(self) -> tuple[AssetId, ...]:
        return tuple(one.asset.id for one in self.assets if not one.asset.alt)


def disclosure_of(shop: Workshop, selected: Collection[AssetId] | None = None) -> Disclosure:
    """Look at all that is there, or at the files of the selected assets. Raises SpecErrors, LockError, OSError."""
    outlook = shop.outlook(frozenset(shop.project.assets), mode_of(shop, BuildOptions()))
    lines = _Lines(outlook.decisions, shop.other_locks().values())
    declared = [id for id in sorted(shop.project.assets) if not is_internal(id) and shop.project.assets[id].path]
    wanted = declared if selected is None else [id for id in declared if id in selected]
    looked = {id: _disclosed(shop, shop.project.assets[id], outlook.decisions[id], lines) for id in wanted}
    assets = tuple(one for one in looked.values() if one is not None)
    return Disclosure(
        assets=assets,
        unbuilt=tuple(id for id, one in looked.items() if one is None),
        bundles=tuple(_packed(shop, assets)),
        undeclared=shop.undeclared(outlook).files if selected is None else (),
    )


def _packed(shop: Workshop, assets: Iterable[Disclosed]) -> Iterator[Packed]:
    for bundle in bundles_of(shop.project):
        name = name_of(bundle)
        made = shop.bundled.of(name)
        ids = tuple(one.asset.id for one in assets if bundle.wants(one.asset.id, one.asset.tags))
        paths = sorted(made.files) if made is not None and ids else []
        pictures = tuple(path for path in paths if shop.outputs.exists(path) and look_at(shop.root / path)[0])
        if pictures:
            yield Packed(name=name, assets=ids, files=pictures)


class _Lines:
    """What the lock says of each asset, as it is decided: renames carried over, merges resolved."""

    def __init__(self, decisions: Mapping[AssetId, Decision], others: Collection[Locked]) -> None:
        """`others` are the locks of the other profiles, whose files have the same places."""
        self._decisions = decisions
        self._others = others
        self._members: dict[AssetId, list[AssetId]] = {}
        for id in decisions:
            if is_internal(id):
                self._members.setdefault(owner_of(id), []).append(id)

    def of(self, id: AssetId) -> Entry | None:
        return self._decisions[id].entry if id in self._decisions else None

    def source(self, asset: Asset, there: Digest | None) -> Entry | None:
        """The line that says where the asset's picture comes from; `there` is the digest of its main file.

        It is its own, or that of what a person adopted upstream, or that of another profile which made the file.
        """
        own = self.of(asset.id)
        if there is not None and (own is None or there not in own.written):
            made = (line for other in self._others for line in other.of(asset.id) if there in line.written)
            if (elsewhere := next(made, None)) is not None:
                return elsewhere
        above = [self.of(id) for id, _ in asset.lineage]
        adopted = (line for line in above if line is not None and own is not None and line.adopted == own.take)
        return next((line for line in adopted if line.adopted is not None), own)

    def family(self, asset: Asset) -> Iterator[Entry]:
        """The lines that know of its picture: its own, those of its turns and points, of what it is derived from."""
        for owner in (asset.id, *(id for id, _ in asset.lineage)):
            for id in (owner, *self._members.get(owner, ())):
                if (line := self.of(id)) is not None:
                    yield line


def _disclosed(shop: Workshop, asset: Asset, decision: Decision, lines: _Lines) -> Disclosed | None:
    source = lines.source(asset, shop.outputs.digest(asset.path))
    files = tuple(file for one in asset.files if (file := _shipped(shop, one, decision, source)) is not None)
    if not files:
        return None
    if source is None:
        return Disclosed(asset=asset, state=decision.step.state, files=files)
    # The file may be what was picked before, byte for byte.
    take = next((file.digest for file in files if file.digest in source.named), source.take)
    record = _record(shop, take, (source, *lines.family(asset)))
    return Disclosed(
        asset=asset,
        state=decision.step.state,
        files=files,
        model=record.model if record is not None else source.model if take == source.take else "",
        take=take,
        record=record,
        request=record.request if record is not None else (source.of or source.request) if take is not None else None,
    )


def _shipped(shop: Workshop, file: File, decision: Decision, source: Entry | None) -> Shipped | None:
    digest = shop.outputs.digest(file.path)
    if digest is None:
        return None
    path = shop.root / file.path
    type, said = look_at(path)
    if type is None:
        digest = Digest(marks.lfs_digest(path.read_bytes()) or digest)
    return Shipped(
        path=file.path,
        variant=file.variant,
        maker=_maker(shop, file.path, digest, said, decision, source),
        digest=digest,
        size=path.stat().st_size,
        type=type or "",
        said=said,
    )


def _maker(shop: Workshop, path: str, digest: Digest, said: Said, decision: Decision, source: Entry | None) -> Maker:
    if said.mark == "placeholder" and shop.outputs.mark(path) == "placeholder":
        return Maker.PLACEHOLDER
    sides = (*decision.sides, source) if source is not None else decision.sides
    if any(digest in _adopted(line) for line in sides):
        return Maker.ADOPTED
    written = shop.outputs.written(path)
    ours = any(digest in line.written for line in sides) or (written is not None and written.digest == digest)
    if not ours and not (said.mark and shop.outputs.mark(path)):
        return Maker.EDITED
    by_hand = source is not None and (source.adopted is not None or source.generator == PERSON)
    return Maker.ADOPTED if by_hand else Maker.DRAWN


def _adopted(entry: Entry) -> Iterator[Digest | None]:
    """What people brought for the asset, now and before."""
    yield entry.adopted
    for past in entry.past.values():
        yield past.adopted


def _record(shop: Workshop, take: Digest | None, lines: Iterable[Entry]) -> Take | None:
    """The record of a take, under any of the requests that the lines name."""
    if take is None:
        return None
    keys = dict.fromkeys(key for line in lines for key in (line.of, line.request, *line.past) if key is not None)
    return next((record for key in keys for record in shop.store.takes(key) if record.take == take), None)


def prompt_of(shop: Workshop, one: Disclosed) -> str | None:
    """The prompt under which the asset's picture was drawn, as it was sent; None where that is not in reach."""
    sent = one.record.sent.get("prompt") if one.record is not None else None
    if sent is None and one.request is not None:
        sent = (shop.store.request(one.request) or {}).get("prompt")
    return str(sent) if sent else None


def look_at(path: Path) -> tuple[str | None, Said]:
    """The media type of a picture, None where it is none, and what it says of its origin. Raises OSError."""
    with path.open("rb") as file:
        type = kind_of(file.read(marks.HEAD_BYTES))
        if type is None:
            return None, Said()
        with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
            return type, said_by(data, type)
