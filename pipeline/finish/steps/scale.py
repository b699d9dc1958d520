"""`resize`: other numbers of pixels for the same picture.

What is transparent has no say in the color of an edge: Pillow multiplies colors by alpha before it mixes pixels, and
divides after. Mixed are the values as they are stored, as browsers and other tools do, not the light they stand for.

What comes of a picture depends on it and on the size that is wanted, never on what else is made of it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from PIL import Image

from pipeline.finish.steps.frame import on_ground
from pipeline.finish.steps.gravity import placed, window
from pipeline.finish.steps.lanczos import Box, shrunk
from pipeline.spec import step_sizes
from pipeline.spec.step_sizes import Size

_FILTERS: Final[Mapping[str, Image.Resampling]] = {
    "nearest": Image.Resampling.NEAREST,
    "box": Image.Resampling.BOX,
    "bilinear": Image.Resampling.BILINEAR,
    "bicubic": Image.Resampling.BICUBIC,
    "lanczos": Image.Resampling.LANCZOS,
}

_CLOSE: Final = 2.5
_BLOCK: Final = 4
"""Before Pillow's Lanczos blocks of at most 4 x 4 are averaged, while the picture stays 2.5 times larger than wanted.

Lanczos over the rest hides the blocks: a painting is 52 dB and more from Lanczos over all of it, in a third of the
time.
"""


def resize(image: Image.Image, params: Mapping[str, Any]) -> Image.Image:
    if params["gravity"] == "subject":
        image = image.convert("RGBA")
    width, height = step_sizes.scaled(params, Size(*image.size))
    box = _covered(image, params["gravity"], width, height) if params["fit"] == "cover" else None
    if box is not None or (width, height) != image.size:
        image = resampled(image, (width, height), params["filter"], box)
    if params["fit"] != "contain":
        return image
    whole = (params["width"], params["height"])
    gravity = "center" if params["gravity"] == "subject" else params["gravity"]
    return on_ground(image.convert("RGBA"), whole, placed(gravity, image.size, whole), params["color"])


def _gap(box: Box, width: int, height: int) -> float:
    """How many times larger than wanted the part of the picture has to be when Lanczos begins."""
    smaller = min((box[2] - box[0]) / width, (box[3] - box[1]) / height)
    return max(_CLOSE, smaller / _BLOCK)


def resampled(image: Image.Image, size: tuple[int, int], filter: str, box: Box | None = None) -> Image.Image:
    """The picture, or the part of it in the box, in so many pixels. The picture must not be changed any more."""
    box = box or (0, 0, *image.size)
    if filter != "lanczos":
        return image.resize(size, _FILTERS[filter], box)
    return shrunk(image, size, box) or image.resize(size, _FILTERS[filter], box, reducing_gap=_gap(box, *size))


def _covered(image: Image.Image, gravity: str, width: int, height: int) -> Box | None:
    """The part of the picture that has the ratio of what is wanted; None if that is all of it."""
    if image.width * height == image.height * width:
        return None
    # In fractions of pixels, so that nothing is distorted by rounding.
    across = min(float(image.width), image.height * width / height)
    down = min(float(image.height), image.width * height / width)
    left, top = window(image, gravity, (max(1, int(across)), max(1, int(down))))
    left_at = (image.width - across) / 2 if gravity == "center" else min(left, image.width - across)
    top_at = (image.height - down) / 2 if gravity == "center" else min(top, image.height - down)
    return (left_at, top_at, left_at + across, top_at + down)
