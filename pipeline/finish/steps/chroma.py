"""Color at its full resolution again, in pictures whose JPEG held it at half of it.

Most JPEGs keep color for blocks of four pixels, so that the color of the ground runs a pixel or two into every edge.
Brightness is kept for each pixel. Near an edge between two colors one follows the other, so what brightness shows
beyond its own half resolution tells what color lost.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from PIL import Image, ImageChops, ImageStat

from pipeline.finish.steps.arithmetic import calculated
from pipeline.finish.steps.tiles import Box, tiles

_MOST_FINE: Final = 0.7
"""The part of all changes that is finer than half the resolution: of halved color it is less, of whole color more."""

_LOOKED_AT: Final = 6
"""Parts that are looked at to tell whether color was halved."""

_MARGIN: Final = 16
"""Pixels around a part that have a say in it; even, as the blocks of a JPEG are."""

_EVEN: Final = 40
"""Levels between the least and the most of a part in which nothing is to be restored."""

_NOISE: Final = 16.0
"""Variance of brightness that tells nothing, in squared levels."""

_STEEPEST: Final = 4.0
"""Levels of color that a level of brightness may stand for."""


def whole(image: Image.Image) -> Image.Image:
    """An RGB picture with its color as fine as its brightness; the same picture if it is already."""
    parts = [box for box in tiles(image.size) if _changes(image.crop(box))]
    if not _is_halved(image, parts):
        return image
    found = image.copy()
    for box in parts:
        left, top = max(0, box[0] - _MARGIN), max(0, box[1] - _MARGIN)
        wide = (left, top, min(image.width, box[2] + _MARGIN), min(image.height, box[3] + _MARGIN))
        part = _restored(image.crop(wide))
        found.paste(part.crop((box[0] - left, box[1] - top, box[2] - left, box[3] - top)), box[:2])
    return found


def _changes(part: Image.Image) -> bool:
    """Is there an edge in it?"""
    return any(high - low > _EVEN for low, high in (band.getextrema() for band in part.split()))  # type: ignore[operator]


def _is_halved(image: Image.Image, parts: Sequence[Box]) -> bool:
    """Whether the color of an RGB picture was kept at half its resolution, as far as some of its parts tell."""
    fine, change = [0.0, 0.0], [0.0, 0.0]
    for box in parts[:: max(1, len(parts) // _LOOKED_AT)]:
        for number, band in enumerate(image.crop(box).convert("YCbCr").split()[1:]):
            fine[number] += _mean(ImageChops.difference(band, _halved(band)))
            change[number] += _mean(ImageChops.difference(band, ImageChops.offset(band, 1, 0)))
    return all(own < _MOST_FINE * all_of_it for own, all_of_it in zip(fine, change, strict=True))


def _mean(band: Image.Image) -> float:
    return ImageStat.Stat(band).mean[0]


def _halved(band: Image.Image) -> Image.Image:
    """The band as a JPEG gives it back that held it at half its resolution."""
    return _doubled(band.reduce(2), band.size)


def _doubled(half: Image.Image, size: tuple[int, int]) -> Image.Image:
    """A band of half the size as large as it was; of an odd size the last pixel stands for one alone."""
    return half.resize(size, Image.Resampling.BILINEAR, (0, 0, size[0] / 2, size[1] / 2))


def _restored(image: Image.Image) -> Image.Image:
    """An RGB picture with halved color, with that color as fine as its brightness tells. It begins on an even pixel."""
    bright, *color = image.convert("YCbCr").split()
    lost = calculated(lambda of: of["float"](of["bright"]) - of["coarse"], bright=bright, coarse=_halved(bright))
    small = bright.reduce(2).convert("F")
    mean = _around(small)
    spread = _around(calculated(lambda of: of["x"] * of["x"], x=small))
    bands = [bright]
    for band in color:
        half = band.reduce(2).convert("F")
        together = _around(calculated(lambda of: of["x"] * of["y"], x=small, y=half))
        slope = calculated(
            lambda of: of["max"](
                of["min"](
                    (of["together"] - of["mean"] * of["own"]) / (of["spread"] - of["mean"] * of["mean"] + _NOISE),
                    _STEEPEST,
                ),
                -_STEEPEST,
            ),
            together=together,
            mean=mean,
            own=_around(half),
            spread=spread,
        )
        bands.append(
            calculated(
                lambda of: of["convert"](of["band"] + of["slope"] * of["lost"] + 0.5, "L"),
                band=band,
                slope=_doubled(slope, band.size),
                lost=lost,
            )
        )
    return Image.merge("YCbCr", bands).convert("RGB")


def _around(band: Image.Image) -> Image.Image:
    """The mean of each pixel and the eight around it."""
    rows = _three(band, (1, 0))
    return _three(rows, (0, 1))


def _three(band: Image.Image, by: tuple[int, int]) -> Image.Image:
    across, down = by
    wide = Image.new("F", (band.width + 2 * across, band.height + 2 * down))
    # The ends stand for what is beyond them.
    wide.paste(band, (0, 0))
    wide.paste(band, (2 * across, 2 * down))
    wide.paste(band, by)
    size = band.size
    return calculated(
        lambda of: (of["before"] + of["own"] + of["after"]) / 3,
        before=wide.crop((0, 0, *size)),
        own=band,
        after=wide.crop((2 * across, 2 * down, size[0] + 2 * across, size[1] + 2 * down)),
    )
