"""The catalog: all built files with what bundles need to know of them; and what a bundle is."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol, TypeAlias

from pipeline.errors import Origin
from pipeline.spec.members import Members
from pipeline.words import AssetId, Derivation, Digest


@dataclass(frozen=True, kw_only=True)
class Built:
    """One file that is there."""

    path: str
    """From the project's root, with slashes."""
    format: str
    type: str
    """The media type."""
    digest: Digest
    size: int
    """Bytes."""
    width: int
    height: int
    variant: str = ""
    """Empty of the main file."""
    file_width: int | None = None
    """The width in pixels by which a page chooses it; None where it is not one of several widths."""
    scale: float | None = None
    """The scale by which a page or an engine chooses it; None where it is not one of several scales."""


@dataclass(frozen=True, kw_only=True)
class Item:
    """One asset with its files, the main one first."""

    id: AssetId
    alt: str = ""
    tags: tuple[str, ...] = ()
    files: tuple[Built, ...]
    origin: str
    """drawn, adopted, placeholder or edited."""
    model: str = ""
    """The model that drew it; empty where none did."""
    prompt: str = ""
    """As the specs render it now; told only by an export that is asked to."""


Catalog: TypeAlias = tuple[Item, ...]
"""Sorted by id; an asset without any file on the disk is not in it."""


@dataclass(frozen=True, kw_only=True)
class SheetFiles:
    """The files that a sheet consists of, by their paths from the project's root."""

    images: Mapping[str, tuple[str, ...]]
    """By format, such as png; of a sheet that needs several pictures in their order."""
    data: Mapping[str, tuple[str, ...]]
    """By kind: `phaser` is the atlas, `phaser animations` the animations for it."""
    members: Members | None = None
    """The assets that are on it; None where nobody says."""

    def has(self, item: Item) -> bool:
        """Whether an asset is on it."""
        return self.members is not None and self.members.have(item.id, item.tags)


Sheets: TypeAlias = Mapping[str, SheetFiles]
"""By the name of the sheet."""


class Copies(Mapping[str, bytes]):
    """Files that are copies of built ones. Each is read when somebody asks for it: there may be thousands of them."""

    def __init__(self, sources: Mapping[str, str], read: Callable[[str], bytes]) -> None:
        """`sources`: by the path of each copy that of the built file."""
        self._sources, self._read = sources, read

    def __getitem__(self, path: str) -> bytes:
        return self._read(self._sources[path])

    def __iter__(self) -> Iterator[str]:
        return iter(self._sources)

    def __len__(self) -> int:
        return len(self._sources)


class Bundle(Protocol):
    """Files made of the built files of many assets. Pure: the same catalog gives the same bytes."""

    @property
    def kind(self) -> str:
        """sheet or export."""

    @property
    def name(self) -> str:
        """As the spec names it."""

    @property
    def origin(self) -> Origin:
        """Where the spec does."""

    @property
    def as_is(self) -> bool:
        """Whether its files are copies, byte for byte, so that they get no mark."""

    @property
    def is_of_pixels(self) -> bool:
        """Whether other libraries may make other bytes of the same: then marks say by which derivation."""

    def wants(self, id: AssetId, tags: Collection[str]) -> bool:
        """Whether it is made of the asset of that id and those tags."""

    def paths(self, items: Catalog) -> tuple[str, ...]:
        """The files that are sure to come of these assets, without making them; there may be more."""

    def derivation(self, items: Catalog, sheets: Sheets) -> Derivation:
        """What its files depend on. Raises PipelineError."""

    def make(self, items: Catalog, read: Callable[[str], bytes], sheets: Sheets) -> Mapping[str, bytes]:
        """All its files, by path from the project's root. `read` gives the bytes of a built file.

        Raises PipelineError.
        """


class SheetBundle(Bundle, Protocol):
    """A sheet, which exports can tell of."""

    def described(self, paths: Sequence[str]) -> SheetFiles:
        """Which of the paths that `make` gave are pictures, and which are data of which kind."""
