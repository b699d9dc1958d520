"""A sheet when it is packed: what the writers of data for engines read. All lengths are pixels."""

from __future__ import annotations

from dataclasses import dataclass

from pipeline.spec.sheets import Point
from pipeline.words import AssetId


@dataclass(frozen=True, kw_only=True)
class Frame:
    """One picture on a sheet: a part of its canvas, without the transparent borders that were left out."""

    id: AssetId
    name: str
    alt: str = ""
    page: int
    """From 0."""
    x: int
    y: int
    width: int
    height: int
    canvas: tuple[int, int]
    """Width and height of the whole, with its borders."""
    left: int
    """Where on the canvas the part is."""
    top: int
    pivot: Point
    """On the canvas."""

    @property
    def right(self) -> int:
        """What of the canvas is left out on the right."""
        return self.canvas[0] - self.left - self.width

    @property
    def bottom(self) -> int:
        return self.canvas[1] - self.top - self.height

    @property
    def is_trimmed(self) -> bool:
        return (self.width, self.height) != self.canvas


@dataclass(frozen=True, kw_only=True)
class Page:
    """One picture of a sheet."""

    width: int
    height: int


@dataclass(frozen=True, kw_only=True)
class Motion:
    """An animation whose frames are on the sheet, by their names."""

    name: str
    frames: tuple[str, ...]
    fps: float
    repeat: int
    """How often it plays again; -1: for ever."""


@dataclass(frozen=True, kw_only=True)
class Grid:
    """Cells of one size: the first begins at `margin`, the next `spacing` behind its end."""

    columns: int
    rows: int
    """Of the first page."""
    width: int
    height: int
    margin: int
    spacing: int


@dataclass(frozen=True, kw_only=True)
class Layout:
    """All pages of a sheet and what is on them."""

    pages: tuple[Page, ...]
    frames: tuple[Frame, ...]
    motions: tuple[Motion, ...] = ()
    grid: Grid | None = None

    def on(self, page: int) -> list[Frame]:
        """The frames on a page, in order."""
        return [frame for frame in self.frames if frame.page == page]
