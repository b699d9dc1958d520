"""`round`: round corners, smooth to the last pixel whatever their size."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, Final

from PIL import Image, ImageChops

from pipeline.spec.step_sizes import pixels

_LINES: Final = 8
"""By which the covered part of a pixel is measured."""


def round_off(image: Image.Image, params: Mapping[str, Any]) -> Image.Image:
    shorter = min(image.size)
    radius = min(pixels(params["radius"], shorter), shorter // 2)
    if radius == 0:
        return image
    corner = _corner(radius)
    flipped = corner.transpose(Image.Transpose.FLIP_LEFT_RIGHT)
    mask = Image.new("L", image.size, 255)
    for piece, left in ((corner, 0), (flipped, image.width - radius)):
        mask.paste(piece, (left, 0))
        mask.paste(piece.transpose(Image.Transpose.FLIP_TOP_BOTTOM), (left, image.height - radius))
    rounded = image.copy()
    rounded.putalpha(ImageChops.multiply(image.getchannel("A"), mask))
    return rounded


def _corner(radius: int) -> Image.Image:
    """How much of each pixel of the top left corner lies inside the circle."""
    rows = []
    for row in range(radius):
        heights = [radius - row - (line + 0.5) / _LINES for line in range(_LINES)]
        starts = [radius - math.sqrt(radius * radius - height * height) for height in heights]
        first, last = int(min(starts)), min(radius, math.ceil(max(starts)))
        edge = bytes(
            round(255 * sum(min(1.0, max(0.0, at + 1 - start)) for start in starts) / _LINES)
            for at in range(first, last)
        )
        rows.append(bytes(first) + edge + b"\xff" * (radius - last))
    corner = Image.frombytes("L", (radius, radius), b"".join(rows))
    # A row is measured more finely than a column: both ways together it is the same on both sides.
    return Image.blend(corner, corner.transpose(Image.Transpose.TRANSPOSE), 0.5)
