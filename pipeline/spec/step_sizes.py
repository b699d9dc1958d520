"""What the steps of `process` make of a picture's width and height, in pixels.

The plan and placeholders know by these what a file will be before it is made; `finish/steps/` makes exactly that.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from fractions import Fraction
from typing import Any, Final, NamedTuple

GRAVITIES: Final = (
    *("center", "top", "bottom", "left", "right"),
    *("top-left", "top-right", "bottom-left", "bottom-right", "subject"),
)

MARGINS: Final = ("all", "x", "y", "left", "right", "top", "bottom")

Params = Mapping[str, Any]


class Size(NamedTuple):
    """Width and height in pixels. Not `exact`: it depends on the picture, and this is the largest that it can be."""

    width: int
    height: int
    exact: bool = True


class Margins(NamedTuple):
    """Pixels on each side."""

    left: int
    top: int
    right: int
    bottom: int


def ratio_of(text: str) -> Fraction:
    """Width to height of a ratio as the table has it: `16:9`, `1.91:1`."""
    across, down = text.split(":")
    return Fraction(across) / Fraction(down)


def pixels(length: int | str, of: int) -> int:
    """A length, which is pixels or a share of `of` such as `10%`, in whole pixels."""
    if isinstance(length, str):
        return _rounded(Fraction(length.removesuffix("%")) * of / 100)
    return length


def _rounded(value: Fraction) -> int:
    """Halves go up, whatever they are near."""
    return math.floor(value + Fraction(1, 2))


def trim(params: Params, size: Size) -> Size:
    padding = 2 * params["padding"]
    return Size(size.width + padding, size.height + padding, exact=False)


def margins(params: Params) -> Margins:
    """What `pad` adds on each side, apart from a ratio."""

    def of(side: str, axis: str) -> int:
        return next(int(params[name]) for name in (side, axis, "all") if params[name] is not None)

    return Margins(of("left", "x"), of("top", "y"), of("right", "x"), of("bottom", "y"))


def pad(params: Params, size: Size) -> Size:
    sides = margins(params)
    width, height = size.width + sides.left + sides.right, size.height + sides.top + sides.bottom
    if params["ratio"] is not None:
        ratio = ratio_of(params["ratio"])
        width, height = max(width, _rounded(height * ratio)), max(height, _rounded(width / ratio))
    return Size(width, height, size.exact)


def within(width: int, height: int, ratio: Fraction) -> tuple[int, int]:
    """The largest size of a ratio inside another size."""
    if width >= height * ratio:
        return max(1, min(width, _rounded(height * ratio))), height
    return width, max(1, min(height, _rounded(width / ratio)))


def crop(params: Params, size: Size) -> Size:
    if params["ratio"] is not None:
        return Size(*within(size.width, size.height, ratio_of(params["ratio"])), size.exact)
    if params["box"] is not None:
        left, top, right, bottom = box(params["box"], size)
        return Size(right - left, bottom - top, size.exact)
    width, height = (params[name] or side for name, side in (("width", size.width), ("height", size.height)))
    return Size(min(width, size.width), min(height, size.height), size.exact)


def cell(params: Params, size: Size) -> Size:
    left, top, right, bottom = cell_box(params, size)
    return Size(right - left, bottom - top, size.exact)


def cell_box(params: Params, size: Size) -> tuple[int, int, int, int]:
    """Left, top, right and bottom of one cell of a grid; what division leaves over is spread evenly."""
    edges = []
    for side, all, one in ((size.width, "columns", "column"), (size.height, "rows", "row")):
        first, last = (side * (params[one] - 1) // params[all], side * params[one] // params[all])
        cut = min(pixels(params["inset"], last - first), max(0, (last - first - 1) // 2))
        first, last = min(first, side - 1), max(last, first + 1)
        edges.append((first + cut, max(first + cut + 1, last - cut)))
    (left, right), (top, bottom) = edges
    return left, top, right, bottom


def box(given: tuple[int | str, ...], size: Size) -> tuple[int, int, int, int]:
    """Left, top, right and bottom of a box inside a picture; what is outside the picture is not in it."""
    left, across = (pixels(length, size.width) for length in (given[0], given[2]))
    top, down = (pixels(length, size.height) for length in (given[1], given[3]))
    left, top = min(left, size.width - 1), min(top, size.height - 1)
    return left, top, max(left + 1, min(size.width, left + across)), max(top + 1, min(size.height, top + down))


def scaled(params: Params, size: Size) -> tuple[int, int]:
    """The size that `resize` gives the picture itself, before contain adds to it; for cover, after it has cut."""
    width, height = params["width"], params["height"]
    ratio = Fraction(size.width, size.height)
    larger = bool(params["enlarge"])
    match params["fit"]:
        case "stretch":
            return (width, height) if larger else (min(width, size.width), min(height, size.height))
        case "cover":
            if larger or (width <= size.width and height <= size.height):
                return width, height
            across, down = within(size.width, size.height, Fraction(width, height))
            return (across, down) if across < width else (width, height)
        case _:
            one_side = width is None or height is None
            width = max(1, _rounded(height * ratio)) if width is None else width
            height = max(1, _rounded(width / ratio)) if height is None else height
            if not larger and size.width <= width and size.height <= height:
                return size.width, size.height
            # The side that is said is kept to the pixel, wherever the other one is rounded to.
            return (width, height) if one_side else within(width, height, ratio)


def resize(params: Params, size: Size) -> Size:
    if params["fit"] == "contain":
        return Size(params["width"], params["height"])
    exact = size.exact or (params["fit"] != "inside" and params["enlarge"])
    return Size(*scaled(params, size), exact)


def pixelate(params: Params, size: Size) -> Size:
    if params["width"] is None:
        return Size(size.width, size.height, exact=False)
    width = min(params["width"], size.width)
    return Size(width, max(1, _rounded(Fraction(size.height * width, size.width))), size.exact)


def tile(params: Params, size: Size) -> Size:
    across, down = (overlap(params["overlap"], side) for side in (size.width, size.height))
    return Size(size.width - across, size.height - down, size.exact)


def overlap(given: int | str, side: int) -> int:
    """Pixels of a side that are joined by `tile`: never more than a half."""
    return min(pixels(given, side), side // 2)
