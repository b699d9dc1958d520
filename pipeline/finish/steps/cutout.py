"""`cutout`: the ground becomes transparent, and what was painted over it keeps its soft edges and its own colors.

1. `ground` measures the color along the border, and levels the picture so that its ground is that color all over.
2. For each pixel: how much of the ground's color is not in it. On a colored ground that is the color difference of
   film studios: what green has more than red and blue, say. Gray, black and white have nothing of it, so that hair,
   shadows and glass come out right; what the subject has of it is measured beside each edge. On a white, gray or
   black ground it is the distance from that color.
3. `flood` finds what is joined to the border through pixels that may be ground: the same color inside stays.
4. Alpha there, and in a seam around it, is that share; everything else is opaque.
5. What the ground gave to a pixel is taken out of its color.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from PIL import Image, ImageChops, ImageFilter

from pipeline.finish.steps import chroma, flood, ground
from pipeline.finish.steps.arithmetic import calculated
from pipeline.finish.steps.ground import Color, Ground
from pipeline.finish.steps.tiles import Box, tiles

_COLORLESS: Final = 0.1
"""The part of the softness that counts on a white, gray or black ground, where light parts of a subject are near it."""

_ENCLOSED: Final = 0.5
"""The part of the softness within which a pixel is surely a hole: between hairs no color is quite the ground's."""

_GAP: Final = 5
"""Gaps as wide as so many seams are holes, whatever is in them."""

_NARROW: Final = 100
"""Levels on the side of a value that count at least: of fewer, noise would be a part."""

_NOISE: Final = 0.04
"""Shares up to this are taken for noise of the ground, those up to twice of it in part."""

_DOUBT: Final = 20.0
"""How much of a cell, of 255, must be surely the subject to count as much as the assumption about it."""

_OPAQUE: Final = 0.96
"""Alpha from which a pixel of an edge is opaque."""


def cutout(image: Image.Image, params: Mapping[str, Any]) -> Image.Image:
    shown = image.convert("RGB")
    fine = chroma.whole(shown)
    found = ground.measured(fine, params["key"], inside=params["holes"])
    apart = _apart(found)
    softness = params["softness"] * (1 if found.strong else _COLORLESS)
    near = _up_to(apart, params["tolerance"] + (softness * _ENCLOSED if params["holes"] else 0))
    if near.getextrema() == (0, 0):
        raise ground.no_ground(fine, params["key"])
    maybe = _up_to(apart, params["tolerance"] + softness)
    reach = max(2, round(max(image.size) / 700))
    reached = flood.joined(maybe, near, gaps=(_GAP * reach) ** 2 if params["holes"] else None)
    seam = _grown(reached, reach)
    levels = _levels(found, apart, _grown(seam, reach + 1), 3 * reach)
    cut = Image.new("RGBA", image.size)
    for box in tiles(image.size):
        if seam.crop(box).getextrema() == (0, 0):
            cut.paste(shown.crop(box), box[:2])
        elif reached.crop(box).getextrema() != (255, 255) or apart.crop(box).point(_CLEAN).getextrema() != (0, 0):
            part = Image.composite(fine.crop(box), shown.crop(box), seam.crop(box))
            tile = _tile(found, part, levels, seam, box)
            if not params["despill"]:
                part = shown.crop(box)
                part.putalpha(tile.getchannel("A"))
                tile = part
            cut.paste(tile, box[:2])
    before = image.getchannel("A")
    if before.getextrema() != (255, 255):
        cut.putalpha(ImageChops.multiply(cut.getchannel("A"), before))
    return cut


# --- how much of the ground is in a pixel ---------------------------------------------------------------------------


def _apart(found: Ground) -> Image.Image:
    """From 0, where a pixel has the color of the ground, to 255, where it has nothing of it."""
    bands = found.level.split()
    if found.strong:
        strong, weak = _strong_and_weak(found, bands)
        share = 255 / found.strength
        return ImageChops.subtract(strong, weak).point([255 - min(255, round(value * share)) for value in range(256)])
    return _distance(bands, found.color)


def _distance(bands: Sequence[Image.Image], color: Color) -> Image.Image:
    return _lightest([band.point(_aside(value)) for band, value in zip(bands, color, strict=True)])


def _strong_and_weak(found: Ground, bands: Sequence[Image.Image]) -> tuple[Image.Image, Image.Image]:
    """The lowest of the strong channels, and the highest of the weak ones."""
    strong, *others = (bands[band] for band in found.strong)
    for other in others:
        strong = ImageChops.darker(strong, other)
    return strong, _lightest([bands[band] for band in found.weak])


def _lightest(bands: Sequence[Image.Image]) -> Image.Image:
    first, *others = bands
    for other in others:
        first = ImageChops.lighter(first, other)
    return first


def _aside(value: int) -> list[int]:
    """How far each level is from a value, as part of what it could be on its side."""
    below, above = max(value, _NARROW), max(255 - value, _NARROW)
    return [
        min(255, round(255 * ((value - level) / below if level < value else (level - value) / above)))
        for level in range(256)
    ]


def _up_to(apart: Image.Image, percent: float) -> Image.Image:
    limit = 255 * min(100.0, percent) / 100
    return apart.point([255 if value <= limit else 0 for value in range(256)])


def _grown(mask: Image.Image, reach: int) -> Image.Image:
    """The mask and all within so many pixels of it, or some more."""
    fold = max(1, reach // 2)
    small = mask.reduce(fold) if fold > 1 else mask
    # One pixel of the mask still counts at the end of the blur.
    grown = small.point(_ANY).filter(ImageFilter.BoxBlur(-(-reach // fold))).point(_ANY)
    return grown.resize((grown.width * fold, grown.height * fold), Image.Resampling.NEAREST).crop((0, 0, *mask.size))


_ANY: Final = [0] + [255] * 255


# --- what the subject itself has of it ------------------------------------------------------------------------------


def _levels(found: Ground, apart: Image.Image, unsure: Image.Image, cell: int) -> Image.Image:
    """How far the subject's own color is from the ground, 1 for one that has nothing of it: small, of floats.

    It is the mean of what is surely the subject beside an edge; far from all of that it is 1.
    """
    if found.strong:
        strong, weak = _strong_and_weak(found, found.level.split())
        own = ImageChops.subtract(weak, strong, 2, 128)
        # The middle of a hair has no more of the ground than the rest of the subject.
        unsure = ImageChops.darker(unsure, apart.point([255] * 255 + [0]))
    else:
        own = apart.copy()
    size = tuple(max(1, round(side / cell)) for side in apart.size)
    own.paste(0, None, unsure)
    own = own.resize(size, Image.Resampling.BILINEAR).convert("F")
    sure = ImageChops.invert(unsure).resize(size, Image.Resampling.BILINEAR).convert("F")
    # `own` is a mean over all, so it holds only as much as there is of what is sure.
    factor, middle = (2 / found.strength, 128) if found.strong else (1 / 255, 255)
    least, most = (0.7, 1.9) if found.strong else (0.15, 1.0)
    return calculated(
        lambda of: of["min"](
            of["max"](
                (of["sure"] + _DOUBT + (of["own"] * 255 - middle * of["sure"]) * factor) / (of["sure"] + _DOUBT), least
            ),
            most,
        ),
        own=own,
        sure=sure,
    )


# --- alpha and color ------------------------------------------------------------------------------------------------


def _tile(found: Ground, part: Image.Image, levels: Image.Image, seam: Image.Image, box: Box) -> Image.Image:
    level = _cropped(levels, seam.size, box)
    share = _share(found, found.leveled(part, box), level)
    alpha = Image.composite(share.point(_EDGE), Image.new("L", part.size, 255), seam.crop(box))
    through = ImageChops.invert(alpha)
    bands = []
    for number, band in enumerate(part.split()):
        if found.shift:
            under = ImageChops.multiply(through, found.shift[number].crop(box))
        else:
            under = through.point([round(value * found.color[number] / 255) for value in range(256)])
        bands.append(ImageChops.darker(ImageChops.subtract(band, under), alpha))
    if found.strong:
        bands = _despilled(found, bands, level, alpha, seam.crop(box))
    # Colors are multiplied by alpha now; Pillow divides them again.
    return Image.merge("RGBa", (*bands, alpha)).convert("RGBA")


def _cropped(small: Image.Image, size: tuple[int, int], box: Box) -> Image.Image:
    """That box of a small picture of a larger one, as large as the box."""
    across, down = small.width / size[0], small.height / size[1]
    part = (box[0] * across, box[1] * down, box[2] * across, box[3] * down)
    return small.resize((box[2] - box[0], box[3] - box[1]), Image.Resampling.BILINEAR, part)


def _share(found: Ground, part: Image.Image, level: Image.Image) -> Image.Image:
    """How much of each pixel is the subject, from 0 to 255."""
    if not found.strong:
        return calculated(
            lambda of: of["convert"](of["apart"] / of["level"] + 0.5, "L"),
            apart=_distance(part.split(), found.color),
            level=level,
        )
    strong, weak = _strong_and_weak(found, part.split())
    return calculated(
        lambda of: of["convert"](
            (found.strength + of["weak"] - of["strong"]) * (255 / found.strength) / of["level"] + 0.5, "L"
        ),
        strong=strong,
        weak=weak,
        level=level,
    )


def _despilled(
    found: Ground, bands: Sequence[Image.Image], level: Image.Image, alpha: Image.Image, seam: Image.Image
) -> list[Image.Image]:
    """The channels without what the strong ones have, in a seam, beyond what the subject itself has of it."""
    strong, weak = _strong_and_weak(found, bands)
    spill = calculated(
        lambda of: of["convert"](
            of["strong"] - of["weak"] - of["max"](1 - of["level"], 0) * of["alpha"] * (found.strength / 255), "L"
        ),
        strong=strong,
        weak=weak,
        level=level,
        alpha=alpha,
    )
    spill = ImageChops.darker(spill, seam)
    return [ImageChops.subtract(band, spill) if at in found.strong else band for at, band in enumerate(bands)]


def _edge(value: int) -> int:
    """The alpha of a share: noise is nothing, and nearly opaque is opaque."""
    share = value / 255
    if share < 2 * _NOISE:
        share = max(0.0, 2 * (share - _NOISE))
    return 255 if share >= _OPAQUE else round(255 * share)


_EDGE: Final = [_edge(value) for value in range(256)]
_CLEAN: Final = [0 if value <= 255 * _NOISE else 255 for value in range(256)]
