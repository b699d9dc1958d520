"""`palette`: few colors for many, chosen from the picture or given."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import compress
from typing import Any, Final

from PIL import Image, ImageChops

from pipeline.spec.colors import channels

Color = tuple[int, int, int]

_LOOKED_AT: Final = 512
"""Pixels of the longer side from which colors are chosen."""

_CELL: Final = 4
"""Levels that Pillow tells apart when it looks for the nearest color."""


def palette(image: Image.Image, params: Mapping[str, Any]) -> Image.Image:
    shown, alpha = image.convert("RGB"), image.getchannel("A")
    wanted = params["colors"]
    chosen = chosen_colors(image, wanted) if isinstance(wanted, int) else [channels(color)[:3] for color in wanted]
    if not chosen:
        return image
    reduced = mapped(shown, chosen, dither=params["dither"])
    reduced.putalpha(alpha)
    return reduced


def chosen_colors(image: Image.Image, count: int) -> list[Color]:
    """At most so many colors for what can be seen of an RGBA picture; those that it has, if they are no more."""
    few = _colors_of(image, count)
    if few is not None:
        return few
    scale = min(1.0, _LOOKED_AT / max(image.size))
    # Pixels are picked, not mixed: a mixture of two colors is a third.
    small = image.resize([max(1, round(side * scale)) for side in image.size], Image.Resampling.NEAREST)
    pixels = list(_seen(small))
    row = Image.new("RGB", (len(pixels), 1))
    row.putdata(pixels)
    found = row.quantize(count, Image.Quantize.MEDIANCUT, kmeans=8)
    table = found.getpalette("RGB") or []
    used = sorted(index for _, index in found.getcolors(256) or [] if isinstance(index, int))
    return list(dict.fromkeys((table[3 * at], table[3 * at + 1], table[3 * at + 2]) for at in used))


def _seen(image: Image.Image) -> Iterable[Color]:
    data = image.convert("RGB").tobytes()
    return compress(zip(data[::3], data[1::3], data[2::3], strict=True), image.getchannel("A").tobytes())


def _colors_of(image: Image.Image, count: int) -> list[Color] | None:
    """The colors that can be seen, if there are no more than so many."""
    seen = image.getchannel("A").point([0] + [255] * 255)
    box = seen.getbbox()
    if box is None:
        return []
    plain = Image.new("RGB", image.size)
    plain.paste(image.convert("RGB"), mask=seen)
    found = plain.getcolors(count + 1)
    if found is None:
        return None
    colors = [color for _, color in sorted(found, reverse=True) if isinstance(color, tuple)]
    hidden = seen.getextrema()[0] == 0
    kept = [color for color in colors if not hidden or color != (0, 0, 0) or (0, 0, 0) in _seen(image)]
    return [(color[0], color[1], color[2]) for color in kept] if len(kept) <= count else None


def mapped(image: Image.Image, chosen: Sequence[Color], *, dither: bool = False) -> Image.Image:
    """An RGB picture in the nearest of the chosen colors, of which there are at most 256."""
    table = Image.new("P", (1, 1))
    flat = [channel for color in chosen for channel in color]
    table.putpalette(flat + list(chosen[-1]) * (256 - len(chosen)))
    how = Image.Dither.FLOYDSTEINBERG if dither else Image.Dither.NONE
    found = image.quantize(palette=table, dither=how).convert("RGB")
    for color in chosen:
        if any(color != other and _is_beside(color, other) for other in chosen):
            # Pillow takes the two for one: what has the very color must keep it.
            found.paste(color, mask=_is(image, color))
    return found


def _is_beside(one: Color, other: Color) -> bool:
    return all(abs(a - b) < 2 * _CELL for a, b in zip(one, other, strict=True))


def _is(image: Image.Image, color: Color) -> Image.Image:
    """255 where the picture has the very color."""
    found: Image.Image | None = None
    for band, value in zip(image.split(), color, strict=True):
        own = band.point([255 if level == value else 0 for level in range(256)])
        found = own if found is None else ImageChops.darker(found, own)
    assert found is not None
    return found
