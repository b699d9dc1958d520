"""Carries out the steps of `process`: RGBA in, RGBA out, the same pixels wherever Pillow is the same, and `[resize]`.

An opaque picture that is only resized stays RGB: that takes a third of the time, and gives the same pixels.

What the steps are called and told is in `spec/step_table.py`, what size they make in `spec/step_sizes.py`. All of this
package opens Pillow: whoever may not need it imports the package inside a function.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from PIL import Image

from pipeline.finish.steps import cells, colors, corners, cutout, frame, palettes, scale, seams
from pipeline.spec.steps import Step

_CARRIED_OUT: Final[Mapping[str, Callable[[Image.Image, Mapping[str, Any]], Image.Image]]] = {
    "cutout": cutout.cutout,
    "trim": frame.trim,
    "pad": frame.pad,
    "crop": frame.crop,
    "cell": frame.cell,
    "resize": scale.resize,
    "pixelate": cells.pixelate,
    "palette": palettes.palette,
    "recolour": colors.recolour,
    "round": corners.round_off,
    "mirror": frame.mirror,
    "tile": seams.tile,
    "flatten": colors.flatten,
    "convert": colors.convert,
}


def run(steps: Sequence[Step], image: Image.Image) -> Image.Image:
    """The picture after all steps; the one given stays as it is.

    A color profile in its `info` is kept there, unless a step converts it away. Raises PipelineError where a step
    cannot be carried out on this picture.
    """
    given, profile = image, image.info.get("icc_profile")
    for step in steps:
        if step.name != "resize" or image.mode != "RGB":
            image = image.convert("RGBA")
            image.info = {"icc_profile": profile} if profile else {}
        image = _CARRIED_OUT[step.name](image, step.given)
        profile = None if (step.name, step.given.get("to")) == ("convert", "srgb") else profile
    if image is given:
        image = image.convert("RGBA")
    image.info = {"icc_profile": profile} if profile else {}
    return image
