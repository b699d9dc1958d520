"""The keys of a sheet and of its animations, as data: reading, editors and the docs come from here."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Any, Final, NamedTuple

from pipeline.spec import encoding

MAX_SIDE: Final = 16384
"""Pixels of the longest side that a sheet can have."""

FORMATS: Final = ("png", "webp", "avif")
"""What pictures with transparency are for engines and browsers."""

LAYOUTS: Final = ("packed", "grid")

FILTERS: Final = ("nearest", "box", "bilinear", "bicubic", "lanczos")

DATA: Final[Mapping[str, str]] = {
    "json": "everything, as docs/sheets.md describes it",
    "phaser": "an atlas for Phaser 3 and 4, and its animations",
    "pixi": "spritesheets for PixiJS",
    "godot": "an AtlasTexture for each frame and SpriteFrames for the animations, for Godot 4",
    "unity": "the .meta of each picture, with its sprites",
    "css": "a class for each frame and for each animation",
}
"""The files of data that are known, and what each is."""


class ValueKind(StrEnum):
    """The type of a value, as messages name it."""

    MEMBERS = "ids, globs and tags: one, or a list of them"
    CHOICE = "a word"
    INT = "a whole number"
    NUMBER = "a number"
    BOOL = "true or false"
    TEXT = "a text"
    POINT = "a list of two numbers from 0 to 1"
    FORMATS = "a format, or a list of formats"
    DATA = "a name of a data format, or a list of them"
    ANIMATIONS = "a mapping of names to animations"


class SheetKey(NamedTuple):
    """One key. A default of None means that nothing is said where nobody says it."""

    name: str
    kind: ValueKind
    default: Any
    doc: str
    example: Any
    choices: tuple[str, ...] = ()
    least: float = 0
    most: float = 0
    needed: bool = False


def _members(name: str, doc: str, example: Any, *, needed: bool = False) -> SheetKey:
    return SheetKey(name, ValueKind.MEMBERS, None, doc, example, needed=needed)


def _int(name: str, default: int | None, doc: str, example: int, least: int, most: int) -> SheetKey:
    return SheetKey(name, ValueKind.INT, default, doc, example, least=least, most=most)


def _bool(name: str, default: bool | None, doc: str) -> SheetKey:
    return SheetKey(name, ValueKind.BOOL, default, doc, not default)


def _option(name: str) -> SheetKey:
    """What formats can be told, as keys of a sheet."""
    having = [one for name_ in FORMATS for one in encoding.FORMATS[name_].options if one.name == name]
    formats = [name_ for name_ in FORMATS if encoding.takes(name_, name)]
    doc = f"Of {', '.join(formats)}. {having[0].doc}"
    if having[0].kind == "bool":
        return SheetKey(name, ValueKind.BOOL, None, doc, having[0].example)
    least, most = min(one.least for one in having), max(one.most for one in having)
    return _int(name, None, doc, having[0].example, least, most)


_PIVOT: Final = SheetKey(
    "pivot",
    ValueKind.POINT,
    None,
    "The point that an engine places and turns a frame by, from the left and from the top, as shares of its canvas.",
    [0.5, 1],
)

_SHEET: Final = (
    _members("of", "The assets whose files become frames.", ["item/*", "tag:ui"], needed=True),
    _members("exclude", "Of these, the assets that do not.", "item/old-*"),
    SheetKey(
        "layout",
        ValueKind.CHOICE,
        "packed",
        "packed takes little room; grid has cells of one size, in the order of the ids.",
        "grid",
        LAYOUTS,
    ),
    _int("columns", None, "Of a grid; without it about as many as there are rows.", 8, 1, 1000),
    _int(
        "max_size",
        2048,
        "Pixels of the longest side of a page; what does not fit goes onto further pages.",
        4096,
        16,
        MAX_SIDE,
    ),
    _int("padding", 2, "Pixels between frames, and to the edge.", 4, 0, 256),
    _int("extrude", 0, "Pixels by which the edges of a frame are repeated outwards.", 1, 0, 64),
    _bool("power_of_two", False, "Whether sides are powers of two, as some engines want them."),
    _bool("trim", None, "Whether transparent borders are left out and kept in the data; true, but of a grid."),
    SheetKey(
        "scale",
        ValueKind.NUMBER,
        1,
        "By which all frames are made smaller or larger before they are packed.",
        0.5,
        least=0.01,
        most=16,
    ),
    SheetKey(
        "filter",
        ValueKind.CHOICE,
        "lanczos",
        "How `scale` makes pixels of pixels; nearest for pixel art.",
        "nearest",
        FILTERS,
    ),
    SheetKey("formats", ValueKind.FORMATS, ("png",), "Of the pictures: png, webp, avif.", ["png", "webp"], FORMATS),
    *(_option(name) for name in encoding.OPTIONS if name != "sizes"),
    SheetKey(
        "data",
        ValueKind.DATA,
        ("json",),
        "Files that tell an engine where the frames are: " + ", ".join(DATA) + ", or a template of your own.",
        ["phaser", {"template": "sheet.j2", "to": "items.txt"}],
        tuple(DATA),
    ),
    SheetKey(
        "names", ValueKind.TEXT, "{{ id }}", "What a frame is called in the data: a template.", "{{ id|basename }}"
    ),
    SheetKey(
        "animations",
        ValueKind.ANIMATIONS,
        None,
        "Frames that follow one another, by the name of the animation.",
        {"walk": {"frames": "hero/walk-*", "fps": 12}},
    ),
    _PIVOT,
    SheetKey("output", ValueKind.TEXT, None, "The folder where the files go; by default that of assets.", "public/img"),
    SheetKey("name", ValueKind.TEXT, None, "The path below `output`, without an ending; the sheet's own.", "atlas/ui"),
    SheetKey(
        "provenance",
        ValueKind.CHOICE,
        None,
        "`none` says nothing in the pictures of where they come from.",
        "none",
        ("none",),
    ),
)

_ANIMATION: Final = (
    _members("frames", "The assets, in order; those of a glob as people count.", "hero/walk-*", needed=True),
    SheetKey("fps", ValueKind.NUMBER, 12, "Frames a second.", 8, least=0.1, most=240),
    _int("repeat", -1, "How often it plays again after the first time; -1 for ever.", 0, -1, 100),
    _PIVOT._replace(doc="As of the sheet, for all its frames."),
)

SHEET: Final[Mapping[str, SheetKey]] = {key.name: key for key in _SHEET}
ANIMATION: Final[Mapping[str, SheetKey]] = {key.name: key for key in _ANIMATION}
TEMPLATE: Final = ("template", "to")
"""The keys of an item of `data` that is a template."""
