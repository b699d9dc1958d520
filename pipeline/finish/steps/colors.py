"""`recolour`, `flatten` and `convert`: other colors for the same shapes."""

from __future__ import annotations

import functools
import io
import math
from collections.abc import Mapping, Sequence
from typing import Any, Final

from PIL import Image, ImageChops, ImageCms, ImageFilter

from pipeline.errors import PipelineError
from pipeline.finish.steps import oklab
from pipeline.spec.colors import channels

_LUMA: Final = (0.2126, 0.7152, 0.0722, 0.0)
_LATTICE: Final = 21
"""Points a side of the table by which all colors are turned; between them it is interpolated."""


def recolour(image: Image.Image, params: Mapping[str, Any]) -> Image.Image:
    shown, alpha = image.convert("RGB"), image.getchannel("A")
    if params["map"]:
        shown = _swapped(shown, params["map"], params["tolerance"])
    if params["hue"] or params["saturation"] or params["lightness"]:
        shown = shown.filter(_turned(params["hue"], params["saturation"], params["lightness"]))
    shown.putalpha(alpha)
    return shown


def _swapped(image: Image.Image, swaps: Sequence[tuple[str, str]], tolerance: float) -> Image.Image:
    """Each color that is near one of the replaced ones, moved as far as that one moves: so shades stay shades."""
    found = image
    apart = [_apart(image, channels(old)[:3]) for old, _ in swaps]
    nearest = apart[0]
    for other in apart[1:]:
        nearest = ImageChops.darker(nearest, other)
    for (old, new), own in zip(swaps, apart, strict=True):
        before, after = channels(old)[:3], channels(new)[:3]
        # A shade between two replaced colors goes with the nearer one.
        is_nearest = ImageChops.subtract(own, nearest).point([255] + [0] * 255)
        mask = ImageChops.darker(own.point(_faded(tolerance)), is_nearest)
        moved = image.point(
            [min(255, max(0, value + after[band] - before[band])) for band in range(3) for value in range(256)]
        )
        found = Image.composite(moved, found, mask)
    return found


def _apart(image: Image.Image, color: tuple[int, int, int]) -> Image.Image:
    """By how many levels each pixel differs from a color."""
    found = Image.new("L", image.size)
    for band, value in zip(image.split(), color, strict=True):
        found = ImageChops.lighter(found, band.point([abs(level - value) for level in range(256)]))
    return found


def _faded(tolerance: float) -> list[int]:
    """255 within the tolerance (percent), fading over a quarter of it."""
    reach = 255 * tolerance / 100
    fade = max(1.0, reach / 4)
    return [round(255 * min(1.0, max(0.0, 1 - (level - reach) / fade))) for level in range(256)]


@functools.cache
def _turned(hue: float, saturation: float, lightness: float) -> ImageFilter.Color3DLUT:
    """What becomes of each color, by a scale in which equal steps look equal (Oklab)."""
    turn, grown = math.radians(hue), 1 + saturation / 100

    def turned(red: float, green: float, blue: float) -> tuple[float, float, float]:
        light, a, b = oklab.of_srgb(red, green, blue)
        light = light + (1 - light) * lightness / 100 if lightness > 0 else light * (1 + lightness / 100)
        across = grown * (a * math.cos(turn) - b * math.sin(turn))
        down = grown * (a * math.sin(turn) + b * math.cos(turn))
        return oklab.to_srgb(light, across, down)

    return ImageFilter.Color3DLUT.generate(_LATTICE, turned)


def flatten(image: Image.Image, params: Mapping[str, Any]) -> Image.Image:
    return Image.alpha_composite(Image.new("RGBA", image.size, channels(params["color"])), image)


def convert(image: Image.Image, params: Mapping[str, Any]) -> Image.Image:
    alpha = image.getchannel("A")
    if params["to"] == "gray":
        gray = image.convert("RGB").convert("L", _LUMA)
        return Image.merge("RGBA", (gray, gray, gray, alpha))
    profile = image.info.get("icc_profile")
    if not profile:
        return image
    shown = image.convert("RGB")
    try:
        own = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        if own.profile.xcolor_space.strip() != "RGB":
            return image
        converted = ImageCms.profileToProfile(shown, own, ImageCms.createProfile("sRGB"), outputMode="RGB")
    except (OSError, ImageCms.PyCMSError) as error:
        raise PipelineError(f"the color profile of the picture cannot be used: {error}") from error
    assert converted is not None
    converted.putalpha(alpha)
    return converted
