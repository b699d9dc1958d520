"""The steps of `process`, as data: what each is called, what it can be told, and what it makes of a picture's size.

Checking, the plan, placeholders, editors and the docs all read this table; `finish/steps/` carries it out. A default is
part of what a request is compared by (`ref(x, file=true)`), so none of them can ever change. The version of a step does
change when it makes other pixels of the same picture: then files are made anew, for free.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from enum import StrEnum
from typing import Any, Final, NamedTuple

from pipeline.spec import colors, step_sizes
from pipeline.spec.step_sizes import GRAVITIES, Size


class ParamKind(StrEnum):
    """The type of a parameter, as messages name it."""

    INT = "a whole number"
    NUMBER = "a number"
    BOOL = "true or false"
    CHOICE = "a word"
    COLOR = "a color"
    COLORS = "a number of colors, a list of colors, or a .hex, .gpl or .png file below `specs/`"
    LENGTH = "a number of pixels, or a share such as 10%"
    RATIO = "a ratio such as 16:9"
    BOX = "a list of left, top, width and height"
    SWAPS = "a mapping of colors to colors"


class Param(NamedTuple):
    """One parameter. A default of None means that it is not there, unless `needed` says that it must be."""

    name: str
    kind: ParamKind
    default: Any
    doc: str
    choices: tuple[str, ...] = ()
    least: int = 0
    most: int = 0
    needed: bool = False


class Alpha(StrEnum):
    """What a step does to transparency."""

    KEEPS = "keeps"
    MAKES = "makes"
    DROPS = "drops"
    FILLS = "fills"
    """Makes it where it adds ground, unless that is of an opaque `color`."""


Params = Mapping[str, Any]
Fault = tuple[str, str]
"""A message, and what would be right."""


def _no_size(params: Params, size: Size) -> Size:
    return size


def _no_fault(params: Params) -> Fault | None:
    return None


class StepKind(NamedTuple):
    """One step of the table."""

    name: str
    version: int
    params: tuple[Param, ...]
    doc: str
    example: Any
    short: str = ""
    """The parameter that `{pad: 8}` gives a value to."""
    alpha: Alpha = Alpha.KEEPS
    sizes: Callable[[Params, Size], Size] = _no_size
    fault: Callable[[Params], Fault | None] = _no_fault
    """What is wrong with parameters that are right one by one."""

    @property
    def named(self) -> Mapping[str, Param]:
        return {param.name: param for param in self.params}


MAX_SIDE: Final = 16384
"""Pixels of the longest side that a step makes."""

_GRAVITY: Final = Param(
    "gravity", ParamKind.CHOICE, "center", "Which part stays, or where the picture goes.", GRAVITIES
)
_COLOR: Final = Param("color", ParamKind.COLOR, colors.TRANSPARENT, "The color of what is added.")


def _side(name: str, doc: str) -> Param:
    return Param(name, ParamKind.INT, None, doc, least=1, most=MAX_SIDE)


def _margin(name: str, doc: str, default: int | None = None) -> Param:
    return Param(name, ParamKind.INT, default, doc, most=MAX_SIDE)


def _crop_fault(params: Params) -> Fault | None:
    ways = [params["ratio"] is not None, params["box"] is not None, params["width"] or params["height"]]
    if sum(map(bool, ways)) == 1:
        return None
    message = "`crop` does not say what to keep" if not any(ways) else "`crop` says in two ways what to keep"
    return message, "give `ratio`, or `width` and `height`, or `box`"


def _cell_fault(params: Params) -> Fault | None:
    for one, all in (("column", "columns"), ("row", "rows")):
        if params[one] > params[all]:
            return f"there is no {one} {params[one]} of {params[all]}", f"`{one}` is from 1 to {params[all]}"
    return None


def _resize_fault(params: Params) -> Fault | None:
    if params["width"] is None and params["height"] is None:
        return "`resize` does not say to what size", "give `width`, `height`, or both"
    if params["fit"] != "inside" and None in (params["width"], params["height"]):
        return f"`fit: {params['fit']}` needs `width` and `height`", "give both; with one of them the ratio is kept"
    return None


def _pad_fault(params: Params) -> Fault | None:
    if params["ratio"] is None and not any(params[name] for name in step_sizes.MARGINS):
        return "`pad` does not say how much", "such as {pad: 8}, {pad: {x: 10}} or {pad: {ratio: 1:1}}"
    return None


def _recolour_fault(params: Params) -> Fault | None:
    if not params["map"] and not any(params[name] for name in ("hue", "saturation", "lightness")):
        return "`recolour` does not say what to change", 'such as {map: {"#ff0000": "#0000ff"}} or {hue: 120}'
    return None


_STEPS: Final = (
    StepKind(
        "cutout",
        1,
        (
            Param(
                "key", ParamKind.COLOR, "auto", "The color of the ground; auto measures it along the border.", ("auto",)
            ),
            Param("tolerance", ParamKind.NUMBER, 8, "How far from its color the ground may be, in percent.", most=100),
            Param(
                "softness", ParamKind.NUMBER, 60, "How much further a picture is seen through, in percent.", most=100
            ),
            Param("holes", ParamKind.BOOL, False, "Also take ground that the subject encloses."),
            Param("despill", ParamKind.BOOL, True, "Take the color of the ground out of edges."),
        ),
        "Makes the ground transparent: what has its color and touches the border. Edges stay soft.",
        {"cutout": {"holes": True}},
        short="key",
        alpha=Alpha.MAKES,
    ),
    StepKind(
        "trim",
        1,
        (
            _margin("padding", "Pixels to leave around what is there.", 0),
            Param("threshold", ParamKind.INT, 8, "Alpha, of 255, up to which a pixel counts as empty.", most=254),
        ),
        "Cuts away what is transparent on all four sides.",
        {"trim": {"padding": 4}},
        short="padding",
        alpha=Alpha.FILLS,
        sizes=step_sizes.trim,
    ),
    StepKind(
        "pad",
        1,
        (
            _margin("all", "Pixels to add on each side.", 0),
            _margin("x", "On the left and on the right, in place of `all`."),
            _margin("y", "At the top and at the bottom, in place of `all`."),
            _margin("left", "On the left, in place of `x`."),
            _margin("right", "On the right, in place of `x`."),
            _margin("top", "At the top, in place of `y`."),
            _margin("bottom", "At the bottom, in place of `y`."),
            Param("ratio", ParamKind.RATIO, None, "Then add as little as makes this ratio of width to height."),
            _GRAVITY._replace(doc="Where the picture goes when a `ratio` is made.", choices=GRAVITIES[:-1]),
            _COLOR,
        ),
        "Adds ground around the picture.",
        {"pad": {"ratio": "1:1"}},
        short="all",
        alpha=Alpha.FILLS,
        sizes=step_sizes.pad,
        fault=_pad_fault,
    ),
    StepKind(
        "crop",
        1,
        (
            Param("ratio", ParamKind.RATIO, None, "Keep as much as has this ratio of width to height."),
            _side("width", "Keep so many pixels of the width."),
            _side("height", "Keep so many pixels of the height."),
            Param("box", ParamKind.BOX, None, "Keep this part: left, top, width, height, in pixels or percent."),
            _GRAVITY._replace(doc="Which part to keep; subject is where there is most to see."),
        ),
        "Keeps a part of the picture.",
        {"crop": {"ratio": "16:9", "gravity": "subject"}},
        short="ratio",
        sizes=step_sizes.crop,
        fault=_crop_fault,
    ),
    StepKind(
        "cell",
        1,
        (
            Param("columns", ParamKind.INT, None, "How many cells are side by side.", least=1, most=100, needed=True),
            Param("rows", ParamKind.INT, None, "How many are below each other.", least=1, most=100, needed=True),
            Param("column", ParamKind.INT, None, "Which, from 1 at the left.", least=1, most=100, needed=True),
            Param("row", ParamKind.INT, None, "Which, from 1 at the top.", least=1, most=100, needed=True),
            Param("inset", ParamKind.LENGTH, 0, "What is cut off each side of the cell, where lines may be painted."),
        ),
        "Cuts one cell out of a picture that is a grid.",
        {"cell": {"columns": 3, "rows": 2, "column": 2, "row": 1}},
        sizes=step_sizes.cell,
        fault=_cell_fault,
    ),
    StepKind(
        "resize",
        2,
        (
            _side("width", "In pixels; with `width` alone the ratio is kept."),
            _side("height", "In pixels; with `height` alone the ratio is kept."),
            Param(
                "fit",
                ParamKind.CHOICE,
                "inside",
                "inside keeps the ratio; contain then fills up with `color`; cover cuts off; stretch distorts.",
                ("inside", "contain", "cover", "stretch"),
            ),
            _GRAVITY._replace(doc="Which part cover keeps, and where contain puts the picture."),
            _COLOR._replace(doc="What contain fills up with."),
            Param(
                "filter",
                ParamKind.CHOICE,
                "lanczos",
                "How pixels are made of pixels; nearest for pixel art.",
                ("nearest", "box", "bilinear", "bicubic", "lanczos"),
            ),
            Param("enlarge", ParamKind.BOOL, False, "Whether a picture that is smaller may become larger."),
        ),
        "Makes the picture smaller; larger only if `enlarge` says so.",
        {"resize": {"width": 256, "height": 256, "fit": "contain"}},
        short="width",
        alpha=Alpha.FILLS,
        sizes=step_sizes.resize,
        fault=_resize_fault,
    ),
    StepKind(
        "pixelate",
        1,
        (
            _side("width", "Pixels of the width; without it as many as the picture has cells."),
            Param(
                "palette",
                ParamKind.COLORS,
                None,
                "The colors to use; without it those that are found.",
                least=2,
                most=256,
            ),
            Param("snap", ParamKind.BOOL, True, "Look for the cells that the picture was painted in, and follow them."),
        ),
        "Makes true pixel art of painted pixel art: a pixel for each cell, and few colors.",
        {"pixelate": {"palette": 16}},
        short="width",
        sizes=step_sizes.pixelate,
    ),
    StepKind(
        "palette",
        1,
        (
            Param("colors", ParamKind.COLORS, None, "How many, or which.", least=2, most=256, needed=True),
            Param("dither", ParamKind.BOOL, False, "Mix colors that are missing out of dots."),
        ),
        "Reduces the picture to few colors; how transparent it is stays.",
        {"palette": "palettes/pico-8.hex"},
        short="colors",
    ),
    StepKind(
        "recolour",
        1,
        (
            Param("map", ParamKind.SWAPS, (), "Colors to replace, each with what replaces it."),
            Param(
                "tolerance", ParamKind.NUMBER, 0, "How far from a replaced color its shades are, in percent.", most=100
            ),
            Param("hue", ParamKind.NUMBER, 0, "Degrees by which to turn all hues.", least=-360, most=360),
            Param(
                "saturation", ParamKind.NUMBER, 0, "Percent by which to change it; -100 is gray.", least=-100, most=400
            ),
            Param("lightness", ParamKind.NUMBER, 0, "Percent by which to change it.", least=-100, most=100),
        ),
        "Replaces colors, or turns all of them.",
        {"recolour": {"map": {"#d03030": "#3060d0"}, "tolerance": 15}},
        short="map",
        fault=_recolour_fault,
    ),
    StepKind(
        "round",
        1,
        (Param("radius", ParamKind.LENGTH, "50%", "Of the corners; 50% makes a circle of a square.", most=MAX_SIDE),),
        "Makes the corners round.",
        {"round": "20%"},
        short="radius",
        alpha=Alpha.MAKES,
    ),
    StepKind(
        "mirror",
        1,
        (
            Param(
                "axis",
                ParamKind.CHOICE,
                "horizontal",
                "horizontal swaps left and right, vertical top and bottom.",
                ("horizontal", "vertical", "both"),
            ),
        ),
        "Mirrors the picture.",
        "mirror",
        short="axis",
    ),
    StepKind(
        "tile",
        1,
        (
            Param(
                "overlap",
                ParamKind.LENGTH,
                "12%",
                "Of each side, how much is joined; the picture becomes that much smaller.",
                most=MAX_SIDE,
            ),
        ),
        "Makes the picture seamless: it can be laid beside and above itself.",
        {"tile": "12%"},
        short="overlap",
        sizes=step_sizes.tile,
    ),
    StepKind(
        "flatten",
        1,
        (Param("color", ParamKind.COLOR, "#ffffff", "What lies under the picture; it must be opaque."),),
        "Puts an opaque color under what is transparent.",
        {"flatten": "#ffffff"},
        short="color",
        alpha=Alpha.DROPS,
        fault=lambda params: (
            None
            if colors.is_opaque(params["color"])
            else ("`flatten` needs an opaque color", "leave the last two digits away")
        ),
    ),
    StepKind(
        "convert",
        1,
        (Param("to", ParamKind.CHOICE, None, "srgb: of any color profile; gray.", ("srgb", "gray"), needed=True),),
        "Converts the colors.",
        {"convert": "gray"},
        short="to",
    ),
)

STEPS: Final[Mapping[str, StepKind]] = {kind.name: kind for kind in _STEPS}
"""What `process` can name."""

MATTE: Final = StepKind(
    "matte", 1, (), "Takes the ground away by a second picture of the same on another.", "matte", alpha=Alpha.MAKES
)
KINDS: Final[Mapping[str, StepKind]] = {**STEPS, MATTE.name: MATTE}
"""All steps: with the one that needs two pictures, and so is there only where `transparent` asks for both."""
