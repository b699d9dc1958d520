"""A canvas to paint on with soft light: gradients, glows and shapes, smoothed by drawing them large."""

from __future__ import annotations

import math
import random
from collections.abc import Sequence
from typing import Final

from PIL import Image, ImageChops, ImageDraw, ImageFilter, ImageFont

INK: Final = (27, 33, 58)
TEAL: Final = (43, 109, 114)
ROSE: Final = (176, 89, 83)
BONE: Final = (236, 225, 204)
AMBER: Final = (246, 173, 74)
NIGHT: Final = (13, 17, 34)

Color = tuple[int, int, int]
Point = tuple[float, float]
Fill = Color | Sequence[Color]
"""A colour, or those of a gradient from the top to the bottom."""

_MOST_SIDE: Final = 2000


def mix(a: Color, b: Color, part: float) -> Color:
    """`a` with a part of `b` in it."""
    part = min(max(part, 0.0), 1.0)
    red, green, blue = (round(one + (other - one) * part) for one, other in zip(a, b, strict=True))
    return red, green, blue


class Canvas:
    """`tall` units high whatever its size in pixels; x and y from the upper left corner."""

    def __init__(self, width: int, height: int, *, tall: float = 100.0, clear: bool = False) -> None:
        # Large pictures are painted smaller and enlarged: softer, and done in a second.
        self._target = (width, height)
        shrink = min(1.0, _MOST_SIDE / max(width, height))
        self._smooth = 2 if max(width, height) * shrink <= 1400 else 1
        size = (max(1, round(width * shrink * self._smooth)), max(1, round(height * shrink * self._smooth)))
        self.image = Image.new("RGBA", size, (0, 0, 0, 0) if clear else (*NIGHT, 255))
        self.tall = tall
        self.scale = size[1] / tall
        self.wide = size[0] / self.scale

    # --- grounds ---

    def ground(self, colors: Sequence[Color]) -> None:
        """Fill everything with a gradient from the top to the bottom."""
        self.image.paste(_gradient(self.image.size, colors))

    def stars(self, count: int, low: float, seed: int) -> None:
        """Stars above a height."""
        chance = random.Random(seed)
        for _ in range(count):
            x, y = chance.uniform(0, self.wide), chance.uniform(0, low) ** 1.0
            size = chance.choice((0.12, 0.16, 0.2, 0.3))
            self.ellipse(x, y, size, size, BONE, alpha=chance.uniform(0.25, 0.95) * (1 - y / low * 0.6))

    def cloud(self, x: float, y: float, width: float, height: float, color: Color, alpha: float, seed: int) -> None:
        """A bank of cloud or fog."""
        chance = random.Random(seed)
        mask = Image.new("L", self.image.size, 0)
        draw = ImageDraw.Draw(mask)
        for _ in range(16):
            cx, cy = x + chance.uniform(-0.5, 0.5) * width, y + chance.uniform(-0.3, 0.3) * height
            rx, ry = chance.uniform(0.1, 0.3) * width, chance.uniform(0.12, 0.35) * height
            draw.ellipse(self._box(cx, cy, rx, ry), fill=round(255 * alpha))
        self._tint(mask.filter(ImageFilter.GaussianBlur(height * 0.18 * self.scale)), color)

    # --- light ---

    def glow(self, x: float, y: float, radius: float, color: Color = AMBER, strength: float = 1.0) -> None:
        """Light that is added to what is there."""
        side = max(2, round(radius * 2 * self.scale))
        left, top = round((x - radius) * self.scale), round((y - radius) * self.scale)
        box = (max(0, left), max(0, top), min(self.image.width, left + side), min(self.image.height, top + side))
        if box[0] >= box[2] or box[1] >= box[3]:
            return
        falling = Image.radial_gradient("L").resize((side, side), Image.Resampling.BICUBIC)
        falling = falling.point(
            [round(255 * max(0.0, 1 - value / 181) ** 2.2 * min(strength, 1.0)) for value in range(256)]
        )
        light = Image.composite(
            Image.new("RGB", falling.size, color), Image.new("RGB", falling.size, (0, 0, 0)), falling
        ).crop((box[0] - left, box[1] - top, box[2] - left, box[3] - top))
        below = self.image.crop(box)
        lit = ImageChops.screen(below.convert("RGB"), light).convert("RGBA")
        lit.putalpha(below.getchannel("A"))
        self.image.paste(lit, box[:2])

    def vignette(self, strength: float = 0.55) -> None:
        """Darker towards the corners."""
        shade = Image.radial_gradient("L").resize(self.image.size, Image.Resampling.BICUBIC)
        shade = shade.point([round(255 * strength * max(0.0, (value - 110) / 145) ** 1.5) for value in range(256)])
        self._tint(shade, NIGHT)

    # --- shapes ---

    def polygon(self, points: Sequence[Point], fill: Fill, *, alpha: float = 1.0, blur: float = 0.0) -> None:
        xs, ys = [x for x, _ in points], [y for _, y in points]
        self._shape(
            (min(xs), min(ys), max(xs), max(ys)),
            lambda draw, at: draw.polygon([at(x, y) for x, y in points], fill=255),
            fill,
            alpha,
            blur,
        )

    def curve(self, points: Sequence[Point], fill: Fill, *, alpha: float = 1.0, blur: float = 0.0) -> None:
        """A closed soft outline through the points."""
        self.polygon(_smoothed(points, closed=True), fill, alpha=alpha, blur=blur)

    def rect(
        self,
        x: float,
        y: float,
        width: float,
        height: float,
        fill: Fill,
        *,
        round_by: float = 0.0,
        alpha: float = 1.0,
        blur: float = 0.0,
    ) -> None:
        def paint(draw: ImageDraw.ImageDraw, at: _At) -> None:
            (left, top), (right, bottom) = at(x, y), at(x + width, y + height)
            draw.rounded_rectangle(
                (left, top, max(left, right - 1), max(top, bottom - 1)), round_by * self.scale, fill=255
            )

        self._shape((x, y, x + width, y + height), paint, fill, alpha, blur)

    def ellipse(
        self, x: float, y: float, rx: float, ry: float, fill: Fill, *, alpha: float = 1.0, blur: float = 0.0
    ) -> None:
        def paint(draw: ImageDraw.ImageDraw, at: _At) -> None:
            draw.ellipse((*at(x - rx, y - ry), *at(x + rx, y + ry)), fill=255)

        self._shape((x - rx, y - ry, x + rx, y + ry), paint, fill, alpha, blur)

    def line(
        self,
        points: Sequence[Point],
        width: float,
        fill: Fill,
        *,
        soft: bool = False,
        alpha: float = 1.0,
        blur: float = 0.0,
    ) -> None:
        """A stroke with round ends; `soft` bends it through its points."""
        way = _smoothed(points, closed=False) if soft else list(points)
        xs, ys, half = [x for x, _ in way], [y for _, y in way], width / 2

        def paint(draw: ImageDraw.ImageDraw, at: _At) -> None:
            draw.line([at(x, y) for x, y in way], fill=255, width=max(1, round(width * self.scale)), joint="curve")
            for x, y in (way[0], way[-1]):
                draw.ellipse((*at(x - half, y - half), *at(x + half, y + half)), fill=255)

        self._shape((min(xs) - half, min(ys) - half, max(xs) + half, max(ys) + half), paint, fill, alpha, blur)

    def arc(
        self,
        x: float,
        y: float,
        radius: float,
        start: float,
        end: float,
        width: float,
        fill: Fill,
        *,
        alpha: float = 1.0,
    ) -> None:
        """A part of a circle, in degrees clockwise from the right."""
        steps = [math.radians(start + (end - start) * number / 96) for number in range(97)]
        self.line([(x + radius * math.cos(a), y + radius * math.sin(a)) for a in steps], width, fill, alpha=alpha)

    def text(self, x: float, y: float, words: str, size: float, fill: Color, *, alpha: float = 1.0) -> None:
        """Lettering, centred on a point."""
        font = ImageFont.load_default(max(4, round(size * self.scale)))
        mask = Image.new("L", self.image.size, 0)
        ImageDraw.Draw(mask).text(
            (x * self.scale, y * self.scale), words, font=font, fill=round(255 * alpha), anchor="mm"
        )
        self._tint(mask, fill)

    # --- finishing ---

    def mirror(self, level: float, strength: float = 0.6) -> None:
        """Water below a height, which mirrors what is above it in broken stripes."""
        line = round(level * self.scale)
        depth = self.image.height - line
        above = self.image.crop((0, max(0, line - depth), self.image.width, line)).transpose(
            Image.Transpose.FLIP_TOP_BOTTOM
        )
        above = above.resize((self.image.width, depth)).filter(ImageFilter.GaussianBlur(0.4 * self.scale))
        chance, water = random.Random(line), Image.new("RGBA", above.size)
        y = 0
        while y < depth:
            height = max(1, round(chance.uniform(0.15, 0.6) * self.scale))
            shift = round(chance.uniform(-1, 1) * (0.2 + 2.2 * y / depth) * self.scale)
            water.paste(ImageChops.offset(above.crop((0, y, above.width, min(depth, y + height))), shift, 0), (0, y))
            y += height
        deep = _gradient(water.size, (mix(INK, TEAL, 0.45), NIGHT)).convert("RGBA")
        self.image.paste(Image.blend(deep, water, strength), (0, line))

    def paper(self, strength: float = 0.09, seed: int = 7) -> None:
        """The grain of gouache on paper."""
        random.seed(seed)
        width, height = self.image.size
        coarse = Image.effect_noise((max(2, width // 3), max(2, height // 3)), 60).resize(self.image.size)
        noise = Image.merge("RGB", [coarse] * 3)
        soft = ImageChops.soft_light(self.image.convert("RGB"), noise)
        grained = Image.blend(self.image.convert("RGB"), soft, min(1.0, strength * 2)).convert("RGBA")
        grained.putalpha(self.image.getchannel("A"))
        self.image = grained

    def finished(self) -> Image.Image:
        """The picture in its own size."""
        return self.image.resize(self._target, Image.Resampling.LANCZOS)

    # --- how it is done ---

    def _box(self, x: float, y: float, rx: float, ry: float) -> tuple[float, float, float, float]:
        return (x - rx) * self.scale, (y - ry) * self.scale, (x + rx) * self.scale, (y + ry) * self.scale

    def _tint(self, mask: Image.Image, color: Color) -> None:
        layer = Image.new("RGBA", self.image.size, (*color, 0))
        layer.putalpha(mask)
        self.image.alpha_composite(layer)

    def _shape(
        self, bounds: tuple[float, float, float, float], paint: _Paint, fill: Fill, alpha: float, blur: float
    ) -> None:
        """Paint a mask no larger than the shape, colour it, and lay it over what is there."""
        margin = blur * 3 + 1 / self.scale
        left, top = math.floor((bounds[0] - margin) * self.scale), math.floor((bounds[1] - margin) * self.scale)
        right, bottom = math.ceil((bounds[2] + margin) * self.scale), math.ceil((bounds[3] + margin) * self.scale)
        if right <= 0 or bottom <= 0 or left >= self.image.width or top >= self.image.height:
            return
        mask = Image.new("L", (right - left + 1, bottom - top + 1), 0)
        paint(ImageDraw.Draw(mask), lambda x, y: (x * self.scale - left, y * self.scale - top))
        if blur:
            mask = mask.filter(ImageFilter.GaussianBlur(blur * self.scale))
        if alpha < 1:
            mask = mask.point([round(value * alpha) for value in range(256)])
        colors = [fill] if isinstance(fill[0], int) else list(fill)
        layer = _gradient(mask.size, colors).convert("RGBA")  # type: ignore[arg-type]
        layer.putalpha(mask)
        cut = (
            max(0, -left),
            max(0, -top),
            min(mask.width, self.image.width - left),
            min(mask.height, self.image.height - top),
        )
        self.image.alpha_composite(layer.crop(cut), (max(0, left), max(0, top)))


class _At:
    def __call__(self, x: float, y: float) -> Point: ...


class _Paint:
    def __call__(self, draw: ImageDraw.ImageDraw, at: _At) -> None: ...


def _gradient(size: tuple[int, int], colors: Sequence[Color]) -> Image.Image:
    column = Image.new("RGB", (1, len(colors)))
    column.putdata(list(colors))
    if len(colors) == 1:
        return column.resize(size)
    # Bilinear enlarging keeps half a step of plain colour at each end: it is cut off.
    long = column.resize((1, 512), Image.Resampling.BILINEAR)
    edge = round(256 / len(colors))
    return long.crop((0, edge, 1, 512 - edge)).resize(size, Image.Resampling.BILINEAR)


def _smoothed(points: Sequence[Point], *, closed: bool) -> list[Point]:
    """Points of a Catmull-Rom curve through these."""
    count = len(points)
    way: list[Point] = []
    for number in range(count if closed else count - 1):
        a, b, c, d = (
            points[(number + step) % count] if closed else points[min(max(number + step, 0), count - 1)]
            for step in (-1, 0, 1, 2)
        )
        for step in range(12):
            t = step / 12
            way.append(
                tuple(  # type: ignore[arg-type]
                    0.5
                    * (
                        2 * b[axis]
                        + (c[axis] - a[axis]) * t
                        + (2 * a[axis] - 5 * b[axis] + 4 * c[axis] - d[axis]) * t**2
                        + (3 * b[axis] - a[axis] - 3 * c[axis] + d[axis]) * t**3
                    )
                    for axis in (0, 1)
                )
            )
    return way if closed else [*way, points[-1]]
