"""Subjects that are seen through, with true alpha: glass, smoke and light; and how a model would deliver them."""

from __future__ import annotations

import io

from PIL import Image, ImageChops, ImageDraw, ImageFilter, ImageStat

from tests.finish.subjects import Color

SIDE = 320
BLACK, WHITE = (0, 0, 0), (255, 255, 255)


def glass() -> Image.Image:
    """A goblet: clear in its middle, tinted at its rim, with a bright spot and a solid foot."""
    layer = Image.new("RGBA", (SIDE, SIDE))
    bowl = Image.new("L", layer.size)
    ImageDraw.Draw(bowl).ellipse((90, 40, 230, 200), fill=60, outline=190, width=10)
    tint = Image.new("RGBA", layer.size, (120, 200, 190, 0))
    tint.putalpha(bowl.filter(ImageFilter.GaussianBlur(3)))
    layer = Image.alpha_composite(layer, tint)
    draw = ImageDraw.Draw(layer)
    draw.ellipse((120, 70, 140, 100), fill=(255, 255, 255, 230))
    draw.rectangle((154, 198, 166, 260), fill=(150, 210, 205, 255))
    draw.ellipse((110, 250, 210, 280), fill=(130, 190, 185, 255))
    return layer


def smoke() -> Image.Image:
    """Gray and soft, opaque nowhere."""
    cloud = Image.new("L", (SIDE, SIDE))
    draw = ImageDraw.Draw(cloud)
    for number in range(9):
        x, y, size = 120 + 12 * number % 80, 60 + 20 * number, 26 + 5 * number % 31
        draw.ellipse((x - size, y - size, x + size, y + size), fill=90 + 12 * number)
    layer = Image.new("RGBA", (SIDE, SIDE), (150, 150, 158, 0))
    layer.putalpha(cloud.filter(ImageFilter.GaussianBlur(12)))
    return layer


def jpeg(image: Image.Image) -> Image.Image:
    file = io.BytesIO()
    image.convert("RGB").save(file, "JPEG", quality=92)
    with Image.open(file) as opened:
        return opened.convert("RGB")


def error(one: Image.Image, other: Image.Image) -> float:
    means = ImageStat.Stat(ImageChops.difference(one, other)).mean
    return sum(means) / len(means) / 255


def added(light: Image.Image, ground: Color) -> Image.Image:
    """Light that only adds to what is behind it."""
    return ImageChops.add(light, Image.new("RGB", light.size, ground))


def spot(color: Color) -> Image.Image:
    """A glow on black, brightest in its middle."""
    share = ImageChops.invert(Image.radial_gradient("L")).resize((200, 200))
    light = Image.new("RGB", (SIDE, SIDE))
    light.paste(Image.merge("RGB", [share.point(lambda v, part=part: v * part // 255) for part in color]), (60, 60))
    return light
