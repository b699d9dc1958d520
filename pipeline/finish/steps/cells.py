"""`pixelate`: true pixel art of a picture that was painted as if it were.

Models paint squares of some twelve pixels and a half, which drift, with soft edges and noise in them. So the size of a
cell is measured by where colors change, its borders are followed one by one, and each cell becomes one pixel of the
color that most of its middle has.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any, Final, NamedTuple

from PIL import Image

from pipeline.errors import PipelineError
from pipeline.finish.steps import grid
from pipeline.finish.steps.palettes import Color, chosen_colors, mapped
from pipeline.spec import step_sizes
from pipeline.spec.colors import channels
from pipeline.spec.step_sizes import Size

_WORKED_AT: Final = 8
"""Pixels a side that a cell keeps while its color is looked for."""

_ALIKE: Final = 14
"""Levels within which two colors of cells were meant as one."""


class Cells(NamedTuple):
    """Where the columns and the rows of cells begin and end, in pixels."""

    columns: Sequence[int]
    rows: Sequence[int]


def pixelate(image: Image.Image, params: Mapping[str, Any]) -> Image.Image:
    size = step_sizes.pixelate(params, Size(*image.size))
    if params["snap"]:
        found = _voted(image, _cells(image, size if params["width"] else None))
    else:
        found = image.resize((size.width, size.height), Image.Resampling.BOX)
    found.putalpha(found.getchannel("A").point([0] * 128 + [255] * 128))
    return _in_colors(found, params["palette"])


def _cells(image: Image.Image, size: Size | None) -> Cells:
    """The cells of the picture; `size` says how many there are. Raises PipelineError where none are found."""
    changes = grid.changes(image)
    if size is not None:
        counts = zip(changes, (size.width, size.height), strict=True)
        columns, rows = (grid.counted(change, count) for change, count in counts)
        return Cells(columns, rows)
    pitches = [grid.pitch(change) for change in changes]
    known = [pitch for pitch in pitches if pitch is not None]
    if not known:
        raise PipelineError(
            "`pixelate` finds no cells in the picture: its colors do not change at even distances",
            hint="say by `width` how many pixels wide it is to be, or ask in the prompt for pixel art",
        )
    # Cells are squares: what one side does not show, the other does.
    columns, rows = (
        grid.followed(change, pitch if pitch is not None and abs(pitch - known[0]) < 0.2 * known[0] else known[0])
        for change, pitch in zip(changes, pitches, strict=True)
    )
    return Cells(columns, rows)


def _voted(image: Image.Image, cells: Cells) -> Image.Image:
    """A pixel for each cell, of the color that most of the middle of the cell has."""
    narrowest = min(image.width / (len(cells.columns) - 1), image.height / (len(cells.rows) - 1))
    fold = max(1, int(narrowest // _WORKED_AT))
    small = image.convert("RGBa").reduce(fold).convert("RGBA") if fold > 1 else image
    indexed = small.convert("RGB").quantize(256, Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE)
    table = indexed.getpalette("RGB") or []
    alpha = small.getchannel("A")
    pixels = []
    middles = [_middles(lines, fold, side) for lines, side in zip(cells, small.size, strict=True)]
    for top, bottom in middles[1]:
        band, seen = indexed.crop((0, top, small.width, bottom)), alpha.crop((0, top, small.width, bottom))
        for left, right in middles[0]:
            box = (left, 0, right, bottom - top)
            votes = Counter(band.crop(box).tobytes())
            [(index, _)] = votes.most_common(1)
            opaque = sum(seen.crop(box).tobytes()) // ((right - left) * (bottom - top))
            pixels.append((*table[3 * index : 3 * index + 3], opaque))
    found = Image.new("RGBA", (len(cells.columns) - 1, len(cells.rows) - 1))
    found.putdata(pixels)
    return found


def _middles(lines: Sequence[int], fold: int, side: int) -> list[tuple[int, int]]:
    """The inner part of each cell, where nothing of its neighbours is."""
    found = []
    for start, end in pairwise(lines):
        margin = (end - start) * 0.22
        first = min(side - 1, round((start + margin) / fold))
        found.append((first, min(side, max(first + 1, round((end - margin) / fold)))))
    return found


def _in_colors(image: Image.Image, wanted: int | Sequence[str] | None) -> Image.Image:
    if wanted is None:
        chosen = _meant(image)
    elif isinstance(wanted, int):
        chosen = chosen_colors(image, wanted)
    else:
        chosen = [channels(color)[:3] for color in wanted]
    if not chosen:
        return image
    reduced = mapped(image.convert("RGB"), chosen)
    reduced.putalpha(image.getchannel("A"))
    return reduced


def _meant(image: Image.Image) -> list[Color]:
    """The colors of the cells, with those that differ by noise alone taken for the commonest of them."""
    data = image.tobytes()
    counts = Counter(
        (red, green, blue)
        for red, green, blue, alpha in zip(data[::4], data[1::4], data[2::4], data[3::4], strict=True)
        if alpha
    )
    found: list[Color] = []
    for color, _ in sorted(counts.items(), key=lambda item: (-item[1], item[0])):
        if all(max(abs(a - b) for a, b in zip(color, other, strict=True)) > _ALIKE for other in found):
            found.append(color)
    return found[:256]
