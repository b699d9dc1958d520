"""A matte of two pictures: the same subject on two grounds, and what differs between them is what is seen through.

No color has to be kept out of the subject for it, and what is neither ground nor subject comes out right: glass,
smoke, and light that only adds to what is behind it. With `one` = a F + (1 - a) G and `other` = a F + (1 - a) H for the
grounds G and H, their difference is (1 - a) (G - H): so it tells alpha, and alpha tells F.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from PIL import Image, ImageChops, ImageStat

from pipeline.errors import PipelineError
from pipeline.finish.steps import ground
from pipeline.finish.steps.arithmetic import calculated

_LEAST_APART: Final = 200
"""By how much two grounds differ, over all three channels of 255 each, to be told apart from noise."""

_NOISE: Final = 0.03
"""Shares of the subject up to this are nothing, and from as much below all they are all of it."""

_UNLIKE: Final = 0.04
"""How much darker, as part of it, a subject may be on the lighter ground; beyond, the pictures show different ones."""

_AGAIN: Final = "reroll the asset: that draws the second picture anew"

_LEAST_SUBJECT: Final = 5.0
"""Mean alpha, of 255, below which noise would be a large part of the subject."""


def matte(one: Image.Image, other: Image.Image) -> Image.Image:
    """The subject of two pictures of the same size, RGBA; their grounds are measured along the border.

    White and black grounds give the most: what JPEG leaves of colors is coarser than what it leaves of light. Raises
    PipelineError where a picture has no ground, where both have the same, and where they show two subjects.
    """
    if one.size != other.size:
        sizes = " and ".join(f"{image.width} x {image.height}" for image in (one, other))
        raise PipelineError(f"a matte needs two pictures of one size, these have {sizes} px", hint=_AGAIN)
    found = [ground.measured(image.convert("RGB"), "auto", inside=False) for image in (one, other)]
    dark, light = sorted(found, key=lambda each: sum(each.color))
    span = [high - low for high, low in zip(light.color, dark.color, strict=True)]
    if sum(map(abs, span)) < _LEAST_APART:
        shown = " and ".join(f"#{bytes(each.color).hex()}" for each in found)
        raise PipelineError(f"a matte needs two grounds that differ, these are {shown}", hint=_AGAIN)
    through = _through(light.level, dark.level, span)
    if _impossible(light.level, dark.level, through) > _UNLIKE:
        raise PipelineError("the two pictures of a matte show two different subjects", hint=_AGAIN)
    colors = [_over(band, value, through) for band, value in zip(dark.level.split(), dark.color, strict=True)]
    # Light that only adds is brighter than its share of what is behind it: it needs as much alpha as it is bright.
    alpha = ImageChops.invert(through).point(_EDGE)
    for color in colors:
        alpha = ImageChops.lighter(alpha, color.point(_EDGE))
    # Colors are multiplied by alpha here; Pillow divides them again.
    return Image.merge("RGBa", (*(ImageChops.darker(color, alpha) for color in colors), alpha)).convert("RGBA")


def _through(light: Image.Image, dark: Image.Image, span: Sequence[int]) -> Image.Image:
    """How much of each pixel is ground, from 0 to 255: the part of the span that the pictures differ by."""
    length = sum(part * part for part in span)
    weights = [255 * part / length for part in span]

    def share(of: Mapping[str, Any]) -> Any:
        red, green, blue = ((of[f"light{n}"] - of[f"dark{n}"]) * weights[n] for n in range(3))
        return of["convert"](of["min"](of["max"](red + green + blue, 0), 255) + 0.5, "L")

    return calculated(share, **_bands(light=light, dark=dark))


def _impossible(light: Image.Image, dark: Image.Image, through: Image.Image) -> float:
    """How much darker the subject is on the light ground than on the dark one, as part of it: no matter does that."""
    darker = sum(ImageStat.Stat(ImageChops.subtract(dark, light)).mean) / 3
    return darker / max(_LEAST_SUBJECT, 255 - ImageStat.Stat(through).mean[0])


def _over(band: Image.Image, color: int, through: Image.Image) -> Image.Image:
    """What lies over the ground, multiplied by alpha."""
    return ImageChops.subtract(band, through.point([round(value * color / 255) for value in range(256)]))


def _bands(**images: Image.Image) -> dict[str, Image.Image]:
    return {f"{name}{number}": band for name, image in images.items() for number, band in enumerate(image.split())}


def _edge(value: int) -> int:
    """The alpha of a share: the noise of both pictures is taken out at both ends."""
    share = (value / 255 - _NOISE) / (1 - 2 * _NOISE)
    return round(255 * min(1.0, max(0.0, share)))


_EDGE: Final = [_edge(value) for value in range(256)]
