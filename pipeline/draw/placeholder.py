"""The picture that stands in where nothing could be drawn: of the right shape, saying what will be there.  [door: PIL]

Made for being cheap (a 4K one in well under half a second, a few kilobytes) and for not being shipped by mistake. The
whole picture is one channel, the share of ink from 0 to 255; colours come in at the very end, as the ramp between a
light and a dark tone of a hue that the asset's id decides.
"""

from __future__ import annotations

import colorsys
import hashlib
import io
from typing import TYPE_CHECKING

from pipeline import marks
from pipeline.draw.placeholder_text import Block, Style, laid_out

if TYPE_CHECKING:
    from PIL import Image, ImageDraw

_PANEL, _STRIPE, _EDGE, _INK = 0, 42, 120, 255
"""Shares of ink: behind the text, of the stripes, of the thin frame, of the text."""

_BORDER = 0.06
_PADDING = 0.075
"""Of the shorter side."""

_LIGHT, _DARK = 0.945, 0.20
_SATURATION = 0.45
_SMALLEST_WITH_TEXT_PX = 48


def draw_placeholder(
    *, asset: str, prompt: str, width: int, height: int, format: str, transparent: bool = False
) -> bytes:
    """The placeholder for an asset, as a file of that format (jpeg, png or webp) with a mark inside.

    One that is `transparent` (not in a jpeg) can be seen through around its panel. The same arguments give the same
    bytes. No text can make it fail: what the font lacks is replaced, what does not fit is shortened.
    """
    from PIL import Image, ImageDraw

    image = Image.new("L", (width, height), _PANEL)
    draw = ImageDraw.Draw(image)
    short = min(width, height)
    border = max(1, round(short * _BORDER))
    if not transparent:
        _stripes(draw, width, height, border)
    panel = (border, border, width - border - 1, height - border - 1)
    alpha = None
    if panel[2] > panel[0] and panel[3] > panel[1]:
        radius = border if short >= _SMALLEST_WITH_TEXT_PX else 0
        if transparent:
            alpha = Image.new("L", image.size)
            ImageDraw.Draw(alpha).rounded_rectangle(panel, radius=radius, fill=255)
        draw.rounded_rectangle(panel, radius=radius, fill=_PANEL, outline=_EDGE, width=max(1, short // 300))
    if short >= _SMALLEST_WITH_TEXT_PX:
        inset = border + round(short * _PADDING)
        box = (inset, inset, width - inset, height - inset)
        for block in laid_out(asset, prompt, (width, height), box):
            _write(draw, block)
    return marks.stamp(_encoded(image, _ramp(asset), format, alpha), "placeholder")


def _stripes(draw: ImageDraw.ImageDraw, width: int, height: int, border: int) -> None:
    """Diagonal stripes all over; the panel leaves them as the border."""
    step = max(4, border * 2)
    for start in range(-height, width, step):
        draw.polygon(
            [(start, height), (start + step // 2, height), (start + step // 2 + height, 0), (start + height, 0)],
            fill=_STRIPE,
        )


def _write(draw: ImageDraw.ImageDraw, block: Block) -> None:
    if block.style is Style.BADGE:
        x0, y0, x1, y1 = block.box
        draw.rounded_rectangle(block.box, radius=(y1 - y0) // 2, fill=_INK)
        draw.text(((x0 + x1) / 2, (y0 + y1) / 2), block.lines[0], font=block.font, fill=_PANEL, anchor="mm")
        return
    fill = 190 if block.style is Style.FACTS else _INK
    x, y = block.box[0], block.box[1]
    for line in block.lines:
        draw.text((x, y), line, font=block.font, fill=fill, anchor="la")
        y += block.line_px


def _ramp(asset: str) -> list[tuple[int, int, int]]:
    """The 256 colours from the light tone to the dark one; red, green, blue from 0 to 255."""
    hue = hashlib.sha256(asset.encode("utf-8", "surrogatepass")).digest()[0] / 256
    light = colorsys.hls_to_rgb(hue, _LIGHT, _SATURATION)
    dark = colorsys.hls_to_rgb(hue, _DARK, _SATURATION)
    return [
        (_mixed(light[0], dark[0], share), _mixed(light[1], dark[1], share), _mixed(light[2], dark[2], share))
        for share in range(256)
    ]


def _mixed(light: float, dark: float, share: int) -> int:
    return round(255 * (light + (dark - light) * share / 255))


def _encoded(image: Image.Image, ramp: list[tuple[int, int, int]], format: str, alpha: Image.Image | None) -> bytes:
    """The bytes of the file; `alpha` is 0 where it is seen through and 255 elsewhere, None for nowhere."""
    out = io.BytesIO()
    if format == "png" and alpha is not None:
        # As below, with fifteen shades; the last place of the palette is what cannot be seen.
        coarse = image.point([share // 18 for share in range(256)])
        coarse.paste(15, mask=alpha.point([255] + [0] * 255))
        coarse.putpalette([channel for colour in (*ramp[::18], ramp[0]) for channel in colour])
        coarse.save(out, "PNG", compress_level=6, bits=4, transparency=15)
    elif format == "png":
        # Sixteen shades are enough for smooth letters, and two pixels share a byte.
        coarse = image.point([share // 17 for share in range(256)])
        coarse.putpalette([channel for colour in ramp[::17] for channel in colour])
        coarse.save(out, "PNG", compress_level=6, bits=4)
    elif format == "webp":
        coloured = _coloured(image, ramp)
        if alpha is not None:
            coloured.putalpha(alpha)
        coloured.save(out, "WEBP", quality=40, method=0)
    elif format == "jpeg":
        _coloured(image, ramp).save(out, "JPEG", quality=65, optimize=True)
    else:
        raise ValueError(f"a placeholder is a jpeg, png or webp, not {format!r}")
    return out.getvalue()


def _coloured(image: Image.Image, ramp: list[tuple[int, int, int]]) -> Image.Image:
    """The picture in its colours; `image` is of no use afterwards."""
    image.putpalette([channel for colour in ramp for channel in colour])
    return image.convert("RGB")
