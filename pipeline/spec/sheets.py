"""Sheets as they are declared: pictures packed together, and the data that tells an engine where each is.

Which files a sheet consists of is said here too, since no two things of a project may write one file. How they are made
is in bundle/sheets.py.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final, TypeAlias

from pipeline.digest import Digest
from pipeline.errors import Origin
from pipeline.spec import encoding
from pipeline.spec.members import Members
from pipeline.words import AssetId

Point: TypeAlias = tuple[float, float]
"""From the left and from the top, as shares of a canvas."""

CENTER: Final[Point] = (0.5, 0.5)


@dataclass(frozen=True, kw_only=True)
class Animation:
    """Frames that follow one another. All of them have one canvas and one pivot."""

    name: str
    frames: tuple[AssetId, ...]
    fps: float
    repeat: int
    """How often it plays again after the first time; -1: for ever."""
    pivot: Point


@dataclass(frozen=True, kw_only=True)
class SheetTemplate:
    """A file of data that a template of the project's own gives."""

    template: str
    """By its path from `specs/`."""
    path: str
    """Of what it gives, from the project's root."""
    digests: Mapping[str, Digest]
    """Of its text and of those that it includes, by their paths from `specs/`."""
    origin: Origin


@dataclass(frozen=True, kw_only=True)
class Sheet:
    """One sheet. Everything in it is complete, and none of it depends on what the pictures look like."""

    name: str
    origin: Origin
    path: str
    """Of its files, from the project's root, without an ending."""
    members: Members
    frames: Mapping[AssetId, str]
    """What each asset's frame is called, in the order of the ids as people count."""
    pivots: Mapping[AssetId, Point]
    animations: tuple[Animation, ...] = ()
    layout: str = "packed"
    columns: int | None = None
    max_size: int = 2048
    padding: int = 2
    extrude: int = 0
    power_of_two: bool = False
    trim: bool = True
    scale: float = 1
    filter: str = "lanczos"
    formats: tuple[str, ...] = ("png",)
    options: Mapping[str, Any] = field(default_factory=dict)
    """How pictures are encoded: of quality, lossless and effort those that the spec says."""
    data: tuple[str, ...] = ("json",)
    templates: tuple[SheetTemplate, ...] = ()
    provenance: str = ""

    @property
    def folder(self) -> str:
        """Where its files are, from the project's root; empty for the root itself."""
        return self.path.rpartition("/")[0]

    @property
    def declared(self) -> dict[str, Any]:
        """All that shapes its files apart from the pictures and what names its frames have, as plain JSON values."""
        return {
            "path": self.path,
            "layout": self.layout,
            "columns": self.columns,
            "max_size": self.max_size,
            "padding": self.padding,
            "extrude": self.extrude,
            "power_of_two": self.power_of_two,
            "trim": self.trim,
            "scale": self.scale,
            "filter": self.filter,
            "formats": {format: encoding.complete(format, self.stated(format)) for format in self.formats},
            "data": list(self.data),
            "templates": [{"to": one.path, "from": one.template, **one.digests} for one in self.templates],
            "provenance": self.provenance,
            "animations": [
                {
                    "name": one.name,
                    "frames": list(one.frames),
                    "fps": one.fps,
                    "repeat": one.repeat,
                    "pivot": list(one.pivot),
                }
                for one in self.animations
            ],
        }

    def stated(self, format: str) -> dict[str, Any]:
        """The options that a format can be told."""
        return {name: value for name, value in self.options.items() if encoding.takes(format, name)}

    # --- its files

    def image(self, format: str, page: int = 0) -> str:
        """The path of a page's picture; pages count from 0, and the second is called -2."""
        return f"{self._page(page)}{encoding.FORMATS[format].suffix}"

    def data_of_page(self, kind: str, page: int = 0) -> str:
        """The path of a page's own file of data: of pixi and unity."""
        return f"{self._page(page)}{PAGE_ENDINGS[kind]}"

    def data_of_all(self, kind: str) -> str:
        """The path of the one file of data of all pages."""
        return f"{self.path}{ENDINGS[kind]}"

    def resource(self, frame: str) -> str:
        """The path of a frame's own resource for Godot."""
        return f"{self.path}/{frame}.tres"

    def paths(self, frames: Mapping[AssetId, str], *, animated: bool) -> tuple[str, ...]:
        """The files that there are in any case of such frames: those of the first page, and the data of all."""
        found = [self.image(format) for format in self.formats]
        found += [self.data_of_page(kind) for kind in self.data if kind in PAGE_ENDINGS]
        found += [self.data_of_all(kind) for kind in self.data if kind in ENDINGS]
        if "phaser" in self.data and animated:
            found.append(self.data_of_all(PHASER_ANIMATIONS))
        if "godot" in self.data:
            found += [self.data_of_all(GODOT_ANIMATIONS)] if animated else []
            found += [self.resource(frame) for frame in frames.values()]
        return (*found, *(one.path for one in self.templates))

    def kind_of(self, path: str) -> str:
        """What one of its files is: the format of a picture, a kind of data, or template."""
        if any(path == one.path for one in self.templates):
            return "template"
        if path.startswith(f"{self.path}/"):
            return "godot"
        named = {format: encoding.FORMATS[format].suffix for format in self.formats} | ENDINGS | PAGE_ENDINGS
        # The longest first: items.pixi.json ends in .json as well.
        return next(kind for kind in sorted(named, key=lambda kind: -len(named[kind])) if path.endswith(named[kind]))

    def page_of(self, path: str) -> int:
        """The page that one of its pictures shows, from 0."""
        found = re.match(r"-(\d+)\.", path.removeprefix(self.path))
        return int(found[1]) - 1 if found else 0

    def _page(self, page: int) -> str:
        return f"{self.path}-{page + 1}" if page else self.path


PHASER_ANIMATIONS: Final = "phaser animations"
GODOT_ANIMATIONS: Final = "godot animations"
"""Kinds of data that come along with phaser and godot, where there are animations."""

ENDINGS: Final = {
    "json": ".json",
    "css": ".css",
    "phaser": ".phaser.json",
    PHASER_ANIMATIONS: ".anims.json",
    GODOT_ANIMATIONS: ".frames.tres",
}
"""Of the files of data of which there is one."""

PAGE_ENDINGS: Final = {"pixi": ".pixi.json", "unity": ".png.meta"}
"""Of those of which there is one for each page."""


def natural(id: str) -> tuple[Any, ...]:
    """By this ids stand as people count: walk-2 before walk-10."""
    parts = re.split(r"(\d+)", id)
    return tuple((int(part), part) if n % 2 else (0, part) for n, part in enumerate(parts)), id


def css_name(name: str) -> str:
    """A frame's or an animation's name as CSS can have it in a class."""
    return re.sub(r"[^A-Za-z0-9_-]+", "-", name).strip("-") or "-"
