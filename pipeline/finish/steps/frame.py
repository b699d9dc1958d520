"""What lies around a picture: `trim`, `pad`, `crop` and `mirror`. No pixel that stays is changed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from PIL import Image

from pipeline.errors import PipelineError
from pipeline.finish.steps.gravity import placed, window
from pipeline.spec import colors, step_sizes
from pipeline.spec.step_sizes import Size

Box = tuple[int, int, int, int]


def trim(image: Image.Image, params: Mapping[str, Any]) -> Image.Image:
    left, top, right, bottom = _filled(image, params["threshold"])
    margin = params["padding"]
    # Beyond the picture Pillow crops what is transparent.
    return image.crop((left - margin, top - margin, right + margin, bottom + margin))


def _filled(image: Image.Image, threshold: int) -> Box:
    """The smallest box around all pixels whose alpha is over the threshold. Raises PipelineError."""
    box = image.getchannel("A").point([255 if alpha > threshold else 0 for alpha in range(256)]).getbbox()
    if box is None:
        raise PipelineError(
            f"`trim` finds nothing to keep: no pixel has an alpha over {threshold}",
            hint="look at the take: a `cutout` before it may have taken all; then lower its `tolerance`",
        )
    return box


def pad(image: Image.Image, params: Mapping[str, Any]) -> Image.Image:
    size = step_sizes.pad(params, Size(*image.size))
    sides = step_sizes.margins(params)
    inner = (image.width + sides.left + sides.right, image.height + sides.top + sides.bottom)
    left, top = placed(params["gravity"], inner, (size.width, size.height))
    return on_ground(image, (size.width, size.height), (left + sides.left, top + sides.top), params["color"])


def on_ground(image: Image.Image, size: tuple[int, int], at: tuple[int, int], color: str) -> Image.Image:
    """The picture on a larger ground of a color; where it is transparent itself, it stays so."""
    ground = Image.new("RGBA", size, colors.channels(color))
    ground.paste(image, at)
    return ground


def crop(image: Image.Image, params: Mapping[str, Any]) -> Image.Image:
    size = Size(*image.size)
    if params["box"] is not None:
        return image.crop(step_sizes.box(params["box"], size))
    wanted = step_sizes.crop(params, size)
    left, top = window(image, params["gravity"], (wanted.width, wanted.height))
    return image.crop((left, top, left + wanted.width, top + wanted.height))


def cell(image: Image.Image, params: Mapping[str, Any]) -> Image.Image:
    return image.crop(step_sizes.cell_box(params, Size(*image.size)))


def mirror(image: Image.Image, params: Mapping[str, Any]) -> Image.Image:
    if params["axis"] in ("horizontal", "both"):
        image = image.transpose(Image.Transpose.FLIP_LEFT_RIGHT)
    if params["axis"] in ("vertical", "both"):
        image = image.transpose(Image.Transpose.FLIP_TOP_BOTTOM)
    return image
