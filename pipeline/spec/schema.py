"""The keys that specs and settings may have, as data: what checks them and what editors complete comes from here."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from enum import StrEnum
from typing import Any, Final

from pipeline import keys
from pipeline.frozen import NamedTuple
from pipeline.spec import encoding

PROVENANCE: Final = ("full", "none")

BUILT_IN: Final[Mapping[str, Any]] = {
    "model": "gemini-3-pro-image",
    "aspect_ratio": keys.ASPECT_RATIO,
    "image_size": keys.IMAGE_SIZE,
    "output": "output",
    "name": "{{ id }}",
    "system_instruction": "",
    "seed": None,
    "alt": "",
    "was": None,
    "approve": False,
    "protect": False,
    "format": None,
    "process": (),
    "transparent": None,
    "size": None,
    "provenance": "",
    **dict.fromkeys(encoding.OPTIONS),
    "references": [],
    "after": [],
    "candidates": 1,
    "variants": (),
    "from": None,
    "grid": None,
}
"""What an asset has where no layer says otherwise; a `format` of None is the model's own."""


class Kind(StrEnum):
    """The type of a value."""

    TEXT = "a text"
    SIZE = "a size such as 2K"
    INT = "a whole number"
    BOOL = "true or false"
    TEXTS = "a list of texts"
    REFERENCES = "a list of references"
    VARS = "a mapping of names to values"
    FOR_EACH = "a mapping with `rows` or axes"
    OVERRIDES = "a mapping of id patterns to keys"
    KEYS = "a mapping of keys"
    ASSETS = "a mapping of ids to assets"
    PROFILES = "a mapping of names to keys"
    BUDGET = "a mapping with `per_build` and `ask_above`"
    WATCH = "a mapping with `settle`"
    DISCLOSE = "a mapping with `known`"
    MODELS = "a mapping of model ids to what they can do"
    EXPORTS = "a mapping of kinds to exports"
    MONEY = "an amount in US dollars"
    SECONDS = "a number of seconds"
    DATA = "a list, or the path of a file"
    TURNS = "a list of turns"
    TURN = "a turn: a text, or a mapping with `prompt`"
    CANDIDATES = "a whole number, or a mapping with `vary`"
    AXES = "a mapping of axes to lists of values"
    STEPS = "a list of steps"
    CUTOUT = "true, false, or a mapping of what `cutout` can be told"
    PIXELS = "width and height in pixels, such as 1200x630"
    SIDES = "a list of sides in pixels"
    SHEETS = "a mapping of names to sheets"
    SCALES = "a list of scales, such as [1, 2]"
    VARIANTS = "a list of variants"
    GRID = "a mapping with `columns` and `cells`"
    CELLS = "a list of names"


class Place(StrEnum):
    """Where a key may stand, as messages name it."""

    ASSET = "an asset"
    DEFAULTS = "`defaults`"
    OVERRIDES = "`overrides`"
    PROFILE = "a profile"
    FILE = "a spec"
    SETTINGS = "pipeline.yaml"
    FOR_EACH = "`for_each`"
    REFERENCE = "a reference"
    BUDGET = "`budget`"
    WATCH = "`watch`"
    DISCLOSE = "`disclose`"
    TURN = "a turn"
    CANDIDATES = "`candidates`"
    VARIANT = "a variant"
    GRID = "`grid`"


class Key(NamedTuple):
    """One key: where it may stand, what it holds, and a sentence and an example for people."""

    name: str
    kind: Kind
    places: frozenset[Place]
    doc: str
    example: Any
    choices: tuple[str, ...] = ()
    least: int = 0
    most: int = 2**31 - 1


_LAYERS = frozenset({Place.ASSET, Place.DEFAULTS, Place.OVERRIDES, Place.PROFILE})
_ASSET = frozenset({Place.ASSET})
_RENAMED = frozenset({Place.ASSET, Place.OVERRIDES})
_FILE = frozenset({Place.FILE})
_SETTINGS = frozenset({Place.SETTINGS})
_BOTH = frozenset({Place.FILE, Place.SETTINGS})
_FOR_EACH = frozenset({Place.FOR_EACH})
_REFERENCE = frozenset({Place.REFERENCE})
_BUDGET = frozenset({Place.BUDGET})
_WATCH = frozenset({Place.WATCH})
_DISCLOSE = frozenset({Place.DISCLOSE})
_PROFILE = frozenset({Place.PROFILE})
_CANDIDATES = frozenset({Place.CANDIDATES})
_VARIANT = frozenset({Place.VARIANT})
_GRID = frozenset({Place.GRID})
_TURNS = _LAYERS | {Place.TURN}
"""What each turn of a conversation may have of its own."""


def _key(name: str, kind: Kind, places: frozenset[Place], doc: str, example: Any, **rest: Any) -> Key:
    return Key(name=name, kind=kind, places=places, doc=doc, example=example, **rest)


def _options() -> Iterator[Key]:
    """What formats can be told, as keys of an asset."""
    kinds = {"int": Kind.INT, "bool": Kind.BOOL, "sizes": Kind.SIDES}
    for name in encoding.OPTIONS:
        formats = encoding.FORMATS.values()
        having = {format.name: one for format in formats for one in format.options if one.name == name}
        one = next(iter(having.values()))
        least, most = min(o.least for o in having.values()), max(o.most for o in having.values())
        doc = f"Of {', '.join(having)}. {one.doc}"
        yield _key(name, kinds[one.kind], _LAYERS | _VARIANT, doc, one.example, least=least, most=most)


KEYS: Final = (
    # --- an asset, and every layer under and over it
    _key("prompt", Kind.TEXT, _TURNS, "What to draw: a template. `ref(x)` in it attaches a picture.", "A red fox."),
    _key(
        "references",
        Kind.REFERENCES,
        _TURNS,
        "Pictures to attach before those that the prompt names: asset ids, or files by their path from `specs/`.",
        ["style/key-art", {"ref": "refs/emblem.png", "as": "the emblem"}],
    ),
    _key("after", Kind.TEXTS, _LAYERS, "Assets to wait for (and for their approval) without a picture.", ["hero"]),
    _key("system_instruction", Kind.TEXT, _LAYERS, "An instruction to the model beside the prompt.", "Draw in ink."),
    _key("model", Kind.TEXT, _LAYERS, "The id of the model that draws.", "gemini-3-pro-image"),
    _key("aspect_ratio", Kind.TEXT, _TURNS, "Width to height, as the model offers it.", "16:9"),
    _key("image_size", Kind.SIZE, _TURNS, "How large the model draws: 1K, 2K or 4K; some models have 512.", "2K"),
    _key("seed", Kind.INT, _TURNS, "Sent to the model; no model promises the same picture for it.", 7),
    _key(
        "refine",
        Kind.TURNS,
        _LAYERS,
        "Turns after the prompt, each continuing from the picture before it: texts, or mappings.",
        ["Make the lettering bolder.", {"prompt": "Final polish.", "image_size": "4K"}],
    ),
    _key(
        "candidates",
        Kind.CANDIDATES,
        _LAYERS,
        "How many takes to draw, of which one is picked; `vary` draws one for each point of its axes.",
        {"vary": {"light": ["dusk", "noon"]}},
        least=1,
        most=100,
    ),
    _key("vars", Kind.VARS, _LAYERS | _BOTH, "Names that templates can use.", {"world": "a neon bazaar"}),
    _key("tags", Kind.TEXTS, _LAYERS, "Words to select assets by; layers add up, [] clears.", ["items"]),
    _key("alt", Kind.TEXT, _LAYERS, "The text for people who cannot see the picture.", "Key art of the bazaar"),
    _key("output", Kind.TEXT, _LAYERS, "The folder, inside the project, where the file goes.", "output"),
    _key("name", Kind.TEXT, _LAYERS, "The path below `output`, without an ending.", "{{ id }}"),
    _key(
        "size",
        Kind.PIXELS,
        _LAYERS,
        "Of the file, in pixels: ratio and tier follow, unless they are said, and what is over is cut off evenly.",
        "1200x630",
    ),
    _key(
        "transparent",
        Kind.CUTOUT,
        _LAYERS,
        "Asks in the prompt for a ground of one color, away from the subject's, and cuts it out before all else that "
        "`process` does: true, or what `cutout` can be told. Its `key` is the color to ask for; auto chooses one. "
        "`matte: true` pays for a second picture on another ground instead: for glass and glow.",
        True,
    ),
    _key(
        "process",
        Kind.STEPS,
        _LAYERS,
        "Steps that make the file of the take, in order, free: names, or mappings of one name to its parameters.",
        ["trim", {"resize": {"width": 256}}],
    ),
    _key(
        "format",
        Kind.TEXT,
        _LAYERS,
        "Of the file; without it png where a step makes transparency, else the model's own. A take that nothing "
        "changes is the file, byte for byte.",
        "png",
        choices=tuple(encoding.FORMATS),
    ),
    *_options(),
    _key(
        "provenance",
        Kind.TEXT,
        _LAYERS,
        "What a file made of a take says of its origin, besides that a model drew it: `full` adds prompt and request, "
        "`none` says nothing at all.",
        "full",
        choices=PROVENANCE,
    ),
    _key(
        "variants",
        Kind.VARIANTS,
        _LAYERS,
        "Further files of the same picture, in other sizes and formats, free.",
        [{"widths": [640, 1280], "formats": ["avif", "webp"]}, {"max": 512, "to": "thumbs"}],
    ),
    _key(
        "from",
        Kind.TEXT,
        _ASSET,
        "The asset that it is made of, free, in place of a prompt: its steps follow on those of that one.",
        "hero",
    ),
    _key(
        "grid",
        Kind.GRID,
        _ASSET,
        "Cut the picture into assets: each cell becomes one, with an id of its own.",
        {"columns": 3, "cells": ["sword", "shield", "bow"]},
    ),
    _key("approve", Kind.BOOL, _LAYERS, "Nothing that refers to it is drawn before a person approved the pick.", True),
    _key("protect", Kind.BOOL, _LAYERS, "Once drawn, only an explicit reroll draws it again.", True),
    _key("was", Kind.TEXT, _RENAMED, "The id that it had before.", "style/main"),
    _key("id", Kind.TEXT, _ASSET, "An id of its own, free of the file's prefix.", "style/key-art"),
    _key(
        "for_each", Kind.FOR_EACH, _ASSET, "One asset for each row and each value of each axis.", {"rows": "items.csv"}
    ),
    _key("overrides", Kind.OVERRIDES, _ASSET, "Keys for some of the ids.", {"item/gold-*": {"image_size": "2K"}}),
    # --- a spec
    _key("prefix", Kind.TEXT, _FILE, "Every id of this file begins with it and a slash.", "item"),
    _key("defaults", Kind.KEYS, _BOTH, "Keys under every asset.", {"aspect_ratio": "1:1"}),
    _key("assets", Kind.ASSETS, _FILE, "What to draw, by id.", {"fox": {"prompt": "A red fox."}}),
    _key("sheets", Kind.SHEETS, _FILE, "Pictures packed together, by name.", {"items": {"of": "item/*"}}),
    # --- for_each, a reference
    _key(
        "rows", Kind.DATA, _FOR_EACH, "A list, or a .json, .csv or .yaml file by its path from `specs/`.", "items.csv"
    ),
    _key("at", Kind.TEXT, _FOR_EACH, "Where in the file the list is; may be dotted.", "game.items"),
    _key("where", Kind.TEXT, _FOR_EACH, "Only the rows for which this expression is true.", "e.kind == 'weapon'"),
    _key("as", Kind.TEXT, _FOR_EACH, "The name of the row in templates.", "e"),
    _key("ref", Kind.TEXT, _REFERENCE, "An asset id, or a file by its path from `specs/`.", "style/key-art"),
    _key("as", Kind.TEXT, _REFERENCE, "What the picture is for.", "the style to follow"),
    _key("file", Kind.BOOL, _REFERENCE, "Attach what a person adopted in its place, where somebody did.", True),
    # --- a variant, a grid
    _key("widths", Kind.SIDES, _VARIANT, "In pixels: a file for each.", [640, 1280], least=1, most=65535),
    _key("width", Kind.INT, _VARIANT, "In pixels; the ratio is kept.", 640, least=1, most=65535),
    _key("heights", Kind.SIDES, _VARIANT, "In pixels: a file for each.", [32, 64], least=1, most=65535),
    _key("height", Kind.INT, _VARIANT, "In pixels; the ratio is kept.", 64, least=1, most=65535),
    _key("max", Kind.INT, _VARIANT, "The most pixels of the longer side.", 512, least=1, most=65535),
    _key("size", Kind.PIXELS, _VARIANT, "In pixels; what is over is cut off evenly.", "180x180"),
    _key(
        "scales",
        Kind.SCALES,
        _VARIANT,
        "A file for each: so many pixels to one of the page. Without a size the largest is the whole picture.",
        [1, 2],
    ),
    _key("enlarge", Kind.BOOL, _VARIANT, "Whether a picture that is smaller may become larger.", True),
    _key("formats", Kind.TEXTS, _VARIANT, "A file in each.", ["avif", "webp"]),
    _key("format", Kind.TEXT, _VARIANT, "Of the file.", "png", choices=tuple(encoding.FORMATS)),
    _key(
        "name",
        Kind.TEXT,
        _VARIANT,
        "The path below the folder, without an ending; `name` in it is the asset's, `width` and such the variant's.",
        "{{ name }}-{{ width }}w",
    ),
    _key("to", Kind.TEXT, _VARIANT, "A folder below the asset's, or with a `/` before it from the root.", "thumbs"),
    _key("columns", Kind.INT, _GRID, "How many cells are side by side.", 3, least=1, most=100),
    _key(
        "rows",
        Kind.INT,
        _GRID,
        "How many are below each other; without it as many as the cells need.",
        3,
        least=1,
        most=100,
    ),
    _key("cells", Kind.CELLS, _GRID, "Their names, row by row; null leaves one out.", ["sword", "shield", None]),
    _key("inset", Kind.TEXT, _GRID, "What is cut off each side of a cell, such as 2%.", "2%"),
    _key("vary", Kind.AXES, _CANDIDATES, "Axes: names that the prompt uses, with their values.", {"light": ["dusk"]}),
    # --- pipeline.yaml
    _key("from", Kind.TEXT, _PROFILE, "The profile whose approved takes this one continues from.", "draft"),
    _key("turn", Kind.TURN, _PROFILE, "The turn by which it does.", {"prompt": "In full detail.", "image_size": "4K"}),
    _key("profiles", Kind.PROFILES, _SETTINGS, "Keys over every asset, by the name of a profile.", {"draft": {}}),
    _key("budget", Kind.BUDGET, _SETTINGS, "What a build may cost.", {"per_build": 5.0, "ask_above": 1.0}),
    _key("per_build", Kind.MONEY, _BUDGET, "The most that one build may cost.", 5.0),
    _key("ask_above", Kind.MONEY, _BUDGET, "Ask first on a terminal when a build costs more.", 1.0),
    _key("watch", Kind.WATCH, _SETTINGS, "How `pipeline watch` goes about it.", {"settle": 2}),
    _key("settle", Kind.SECONDS, _WATCH, "Seconds without a save before anything is paid for.", 2, most=3600),
    _key("disclose", Kind.DISCLOSE, _SETTINGS, "What `pipeline disclose` is to know.", {"known": ["public/photos/**"]}),
    _key(
        "known",
        Kind.TEXTS,
        _DISCLOSE,
        "Pictures that people made, for --guard: paths from the project's root; `**` crosses folders.",
        ["public/photos/**"],
    ),
    _key("remote", Kind.TEXT, _SETTINGS, "A folder that shares the takes: in git, in LFS, or on a share.", "takes/"),
    _key("models", Kind.MODELS, _SETTINGS, "What models can do and cost, over the packaged table.", {}),
    _key(
        "exports",
        Kind.EXPORTS,
        _SETTINGS,
        "Files that tell code about the built ones, by kind: manifests, modules, snippets, icons.",
        {"json": "public/assets.json"},
    ),
    _key("generator", Kind.TEXT, _SETTINGS, "What draws: gemini, placeholder, or a plug-in's name.", "gemini"),
    _key("jobs", Kind.INT, _SETTINGS, "The most calls in flight (8, and soon up to 64).", 8, least=1, most=1000),
    _key("retry_lost", Kind.INT, _SETTINGS, "Repeats of a call whose answer was lost.", 1, most=100),
    _key("retry_blocked", Kind.INT, _SETTINGS, "Repeats of a request that the model declined.", 0, most=100),
    _key(
        "reference_limit",
        Kind.INT,
        _SETTINGS,
        "Longest side of an attached picture in pixels; larger ones are shrunk.",
        keys.REFERENCE_LIMIT,
        least=64,
        most=16384,
    ),
    _key("api_version", Kind.TEXT, _SETTINGS, "The version of the Gemini API.", "v1beta"),
)


def keys_of(place: Place) -> Mapping[str, Key]:
    """The keys that may stand there, by name."""
    return _BY_PLACE[place]


def places_of(name: str) -> frozenset[Place]:
    """Where a key of that name may stand."""
    return frozenset(place for key in KEYS if key.name == name for place in key.places)


_BY_PLACE: Final = {place: {key.name: key for key in KEYS if place in key.places} for place in Place}
