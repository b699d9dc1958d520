"""Ten subjects with true alpha, each on the ground that a model would have painted it on.

Drawn at four times their size and reduced, so that edges are as soft as they really are. All are compressed as JPEG,
as models give their pictures.
"""

from __future__ import annotations

import io
import math
import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from PIL import Image, ImageChops, ImageDraw, ImageFilter

SIDE: Final = 512
_FOLD: Final = 4
_LARGE: Final = SIDE * _FOLD

Color = tuple[int, int, int]
GREEN: Final = (0, 255, 0)
MAGENTA: Final = (255, 0, 255)
BLUE: Final = (0, 0, 255)
WHITE: Final = (255, 255, 255)


@dataclass(frozen=True, kw_only=True)
class Subject:
    """What was painted (RGB), what it truly is (RGBA), and what `cutout` has to be told."""

    name: str
    taken: Image.Image
    true: Image.Image
    asked: Color
    """The key color that the model would have been asked for."""
    params: Mapping[str, Any] = field(default_factory=dict)


def _canvas() -> tuple[Image.Image, ImageDraw.ImageDraw]:
    layer = Image.new("RGBA", (_LARGE, _LARGE))
    return layer, ImageDraw.Draw(layer)


def _box(x: float, y: float, across: float, down: float | None = None) -> tuple[float, float, float, float]:
    """A box around a middle, all in shares of the side."""
    down = across if down is None else down
    return ((x - across) * _LARGE, (y - down) * _LARGE, (x + across) * _LARGE, (y + down) * _LARGE)


def _at(*shares: float) -> list[tuple[float, float]]:
    return [(x * _LARGE, y * _LARGE) for x, y in zip(shares[::2], shares[1::2], strict=True)]


def _hair() -> Image.Image:
    layer, draw = _canvas()
    chance = random.Random(3)
    for strand in range(420):
        angle = math.pi * (0.95 + 1.1 * strand / 420)
        x, y = 0.5 + 0.2 * math.cos(angle), 0.46 + 0.24 * math.sin(angle)
        points = []
        bend, turn = chance.uniform(-4, 4), angle + chance.uniform(-0.5, 0.5)
        for _ in range(24):
            points += [x, y]
            x, y = x + 0.007 * math.cos(turn), y + 0.007 * math.sin(turn)
            turn += bend * 0.02
        shade = chance.randint(-18, 18)
        draw.line(_at(*points), fill=(92 + shade, 52 + shade, 30, 255), width=chance.randint(2, 7), joint="curve")
    draw.ellipse(_box(0.5, 0.5, 0.23, 0.28), fill=(88, 50, 30, 255))
    draw.ellipse(_box(0.5, 0.56, 0.18, 0.23), fill=(226, 178, 150, 255))
    draw.ellipse(_box(0.43, 0.52, 0.02), fill=(40, 60, 110, 255))
    draw.ellipse(_box(0.57, 0.52, 0.02), fill=(40, 60, 110, 255))
    draw.polygon(_at(0.36, 0.76, 0.64, 0.76, 0.78, 1, 0.22, 1), fill=(150, 40, 60, 255))
    return layer


def _gear() -> Image.Image:
    layer, draw = _canvas()
    for tooth in range(14):
        angle = tooth * math.tau / 14
        draw.line(
            _at(0.5, 0.5, 0.5 + 0.4 * math.cos(angle), 0.5 + 0.4 * math.sin(angle)),
            fill=(170, 140, 90, 255),
            width=_LARGE // 14,
        )
    draw.ellipse(_box(0.5, 0.5, 0.34), fill=(190, 160, 100, 255))
    for hole in range(6):
        angle = hole * math.tau / 6
        draw.ellipse(_box(0.5 + 0.2 * math.cos(angle), 0.5 + 0.2 * math.sin(angle), 0.075), fill=(0, 0, 0, 0))
    draw.ellipse(_box(0.5, 0.5, 0.08), fill=(0, 0, 0, 0))
    draw.ellipse(_box(0.5, 0.5, 0.32), outline=(120, 90, 50, 255), width=12)
    return layer


def _shadow() -> Image.Image:
    layer, _ = _canvas()
    soft = Image.new("L", layer.size)
    ImageDraw.Draw(soft).ellipse(_box(0.56, 0.8, 0.32, 0.07), fill=135)
    soft = soft.filter(ImageFilter.GaussianBlur(_LARGE // 45))
    layer.putalpha(soft)
    ball = Image.new("RGBA", layer.size)
    draw = ImageDraw.Draw(ball)
    for ring in range(60):
        share = ring / 60
        color = (round(120 + 120 * share), round(80 + 120 * share), round(30 + 60 * share), 255)
        draw.ellipse(_box(0.5 - 0.08 * share, 0.5 - 0.1 * share, 0.29 * (1 - share)), fill=color)
    return Image.alpha_composite(layer, ball)


def _glass() -> Image.Image:
    """A bulb whose rim becomes clear towards the outside, with a lamp in it."""
    layer, _ = _canvas()
    rim = Image.new("L", layer.size)
    ImageDraw.Draw(rim).ellipse(_box(0.5, 0.45, 0.3), fill=120)
    rim = rim.filter(ImageFilter.GaussianBlur(_LARGE // 60))
    glass = Image.new("RGBA", layer.size, (214, 232, 240, 0))
    glass.putalpha(rim)
    layer = Image.alpha_composite(layer, glass)
    draw = ImageDraw.Draw(layer)
    draw.ellipse(_box(0.5, 0.45, 0.13), fill=(250, 210, 120, 255))
    draw.rounded_rectangle(_box(0.5, 0.8, 0.1, 0.1), radius=60, fill=(90, 90, 100, 255))
    return layer


def _wheel() -> Image.Image:
    layer, draw = _canvas()
    for spoke in range(36):
        angle = spoke * math.tau / 36
        draw.line(
            _at(0.5, 0.5, 0.5 + 0.42 * math.cos(angle + 0.3), 0.5 + 0.42 * math.sin(angle + 0.3)),
            fill=(200, 204, 210, 255),
            width=3 + spoke % 4,
        )
    draw.ellipse(_box(0.5, 0.5, 0.43), outline=(40, 42, 48, 255), width=30)
    draw.ellipse(_box(0.5, 0.5, 0.05), fill=(220, 70, 40, 255))
    return layer


def _frog() -> Image.Image:
    """It has the color of the ground in it, and that must stay."""
    layer, draw = _canvas()
    draw.ellipse(_box(0.5, 0.55, 0.34, 0.3), fill=(70, 60, 130, 255))
    draw.ellipse(_box(0.5, 0.6, 0.2, 0.16), fill=(*GREEN, 255))
    for x in (0.32, 0.68):
        draw.ellipse(_box(x, 0.27, 0.11), fill=(90, 76, 150, 255))
        draw.ellipse(_box(x, 0.27, 0.06), fill=(20, 245, 20, 255))
        draw.ellipse(_box(x, 0.27, 0.025), fill=(10, 10, 20, 255))
    return layer


def _knight() -> Image.Image:
    layer, draw = _canvas()
    draw.polygon(_at(0.5, 0.06, 0.56, 0.16, 0.55, 0.62, 0.45, 0.62, 0.44, 0.16), fill=(206, 214, 226, 255))
    draw.polygon(_at(0.5, 0.06, 0.56, 0.16, 0.55, 0.62, 0.5, 0.62), fill=(150, 160, 178, 255))
    draw.rounded_rectangle(_box(0.5, 0.65, 0.2, 0.035), radius=50, fill=(196, 150, 50, 255))
    draw.rectangle(_box(0.5, 0.78, 0.035, 0.12), fill=(96, 52, 30, 255))
    draw.ellipse(_box(0.5, 0.91, 0.06), fill=(210, 40, 50, 255))
    return layer


def _panda() -> Image.Image:
    """Black beside white: what rings most in a JPEG."""
    layer, draw = _canvas()
    for x in (0.25, 0.75):
        draw.ellipse(_box(x, 0.25, 0.12), fill=(8, 8, 10, 255))
    draw.ellipse(_box(0.5, 0.52, 0.36, 0.34), fill=(250, 250, 250, 255))
    for x in (0.36, 0.64):
        draw.ellipse(_box(x, 0.5, 0.08, 0.1), fill=(5, 5, 8, 255))
        draw.ellipse(_box(x, 0.48, 0.02), fill=(255, 255, 255, 255))
    for stripe in range(9):
        y = 0.66 + 0.02 * stripe
        draw.line(_at(0.36, y, 0.64, y), fill=(0, 0, 0, 255) if stripe % 2 else (255, 255, 255, 255), width=12)
    return layer


def _rose() -> Image.Image:
    layer, draw = _canvas()
    for petal in range(9):
        angle = petal * math.tau / 9
        color = (200 + petal * 5, 40 + petal * 6, 90, 255)
        draw.ellipse(_box(0.5 + 0.18 * math.cos(angle), 0.45 + 0.18 * math.sin(angle), 0.16), fill=color)
    draw.ellipse(_box(0.5, 0.45, 0.14), fill=(250, 214, 90, 255))
    draw.line(_at(0.5, 0.6, 0.53, 0.8, 0.5, 0.98), fill=(120, 80, 60, 255), width=40, joint="curve")
    return layer


def _raven() -> Image.Image:
    """Nearly black, with feathers that end in points."""
    layer, draw = _canvas()
    draw.ellipse(_box(0.5, 0.5, 0.2, 0.26), fill=(16, 18, 26, 255))
    draw.ellipse(_box(0.5, 0.22, 0.12), fill=(20, 22, 30, 255))
    for feather in range(14):
        for side in (-1, 1):
            spread = 0.1 + feather * 0.03
            draw.polygon(
                _at(
                    *(0.5 + side * 0.14, 0.36 + 0.012 * feather),
                    *(0.5 + side * 0.14, 0.41 + 0.012 * feather),
                    *(0.5 + side * (0.2 + 0.24 * math.cos(spread)), 0.3 + 0.045 * feather),
                ),
                fill=(14 + feather, 16 + feather, 24 + 2 * feather, 255),
            )
    draw.polygon(_at(0.46, 0.24, 0.54, 0.24, 0.5, 0.36), fill=(70, 66, 60, 255))
    return layer


def _even(color: Color) -> Image.Image:
    return Image.new("RGB", (_LARGE, _LARGE), color)


def _uneven(color: Color, darker: float) -> Image.Image:
    """Lighter in the middle than at the corners, and darker below."""
    light = ImageChops.invert(Image.radial_gradient("L")).resize((_LARGE, _LARGE), Image.Resampling.BICUBIC)
    fall = Image.linear_gradient("L").resize((_LARGE, _LARGE), Image.Resampling.BICUBIC)
    shade = ImageChops.add(light.point(lambda value: value // 2), ImageChops.invert(fall).point(lambda v: v // 2))
    low = [round(channel * (1 - darker)) for channel in color]
    return Image.composite(_even(color), _even((low[0], low[1], low[2])), shade)


def _painted(layer: Image.Image, ground: Image.Image, quality: int = 92) -> Image.Image:
    whole = ground.convert("RGBA")
    whole.alpha_composite(layer)
    reduced = whole.convert("RGB").resize((SIDE, SIDE), Image.Resampling.BOX)
    file = io.BytesIO()
    reduced.save(file, "JPEG", quality=quality)
    with Image.open(file) as image:
        return image.convert("RGB")


_DRAWN: Final[Mapping[str, tuple[Callable[[], Image.Image], Image.Image | Color, int, Mapping[str, Any]]]] = {
    "hair": (_hair, GREEN, 92, {"holes": True}),
    "holes": (_gear, GREEN, 92, {"holes": True}),
    "shadow": (_shadow, GREEN, 92, {}),
    "glass": (_glass, MAGENTA, 92, {}),
    "thin lines": (_wheel, GREEN, 92, {"holes": True}),
    "key color inside": (_frog, GREEN, 92, {}),
    "off by 30": (_knight, (30, 226, 28), 92, {"key": "#00ff00"}),
    "JPEG ringing": (_panda, GREEN, 85, {}),
    "uneven ground": (_rose, BLUE, 92, {}),
    "dark": (_raven, (18, 34, 196), 92, {}),
}
NAMES: Final = tuple(_DRAWN)


def subject(name: str) -> Subject:
    """One of the ten."""
    draw, color, quality, params = _DRAWN[name]
    layer = draw()
    ground = _uneven(color, 0.3) if name == "uneven ground" else _even(color)  # type: ignore[arg-type]
    true = layer.resize((SIDE, SIDE), Image.Resampling.BOX)
    red, green, blue = (255 if channel > 127 else 0 for channel in color)  # type: ignore[union-attr]
    taken = _painted(layer, ground, quality)
    return Subject(name=name, taken=taken, true=true, asked=(red, green, blue), params=params)


def on(image: Image.Image, ground: Color) -> Image.Image:
    """The picture over a color."""
    return Image.alpha_composite(Image.new("RGBA", image.size, (*ground, 255)), image).convert("RGB")
