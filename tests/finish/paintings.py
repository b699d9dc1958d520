"""Pixel art as models paint it, and textures: what `pixelate` and `tile` are tried on."""

from __future__ import annotations

import io
import random
from typing import Final

from PIL import Image, ImageChops, ImageDraw, ImageFilter

Color = tuple[int, int, int]

PALETTE: Final[tuple[Color, ...]] = (
    (26, 28, 44),
    (93, 39, 93),
    (177, 62, 83),
    (239, 125, 87),
    (255, 205, 117),
    (56, 183, 100),
    (41, 54, 111),
    (115, 239, 247),
)


def sprite(width: int = 40, height: int = 40, *, seed: int = 1) -> Image.Image:
    """A small creature, the same on both sides, a pixel for each cell."""
    chance = random.Random(seed)
    half = Image.new("RGB", (width, height), PALETTE[0])
    draw = ImageDraw.Draw(half)
    for _ in range(26):
        x, y = chance.randrange(width // 2), chance.randrange(3, height - 3)
        draw.rectangle((x, y, x + chance.randrange(1, 7), y + chance.randrange(1, 5)), fill=chance.choice(PALETTE))
    left = half.crop((0, 0, width // 2, height))
    half.paste(left.transpose(Image.Transpose.FLIP_LEFT_RIGHT), (width - width // 2, 0))
    return half


def painted(true: Image.Image, pitch: float, *, drift: float = 0.0, noise: int = 4, seed: int = 2) -> Image.Image:
    """The pixels as squares of so many pixels, whose lines drift by parts of one, soft and noisy, as a JPEG."""
    chance = random.Random(seed)
    lines = []
    for count in true.size:
        lines.append(
            [round(at * pitch + chance.uniform(-drift, drift) * pitch * (0 < at < count)) for at in range(count + 1)]
        )
    whole = Image.new("RGB", (lines[0][-1], lines[1][-1]))
    draw = ImageDraw.Draw(whole)
    for column in range(true.width):
        for row in range(true.height):
            box = (lines[0][column], lines[1][row], lines[0][column + 1] - 1, lines[1][row + 1] - 1)
            draw.rectangle(box, fill=true.getpixel((column, row)))  # type: ignore[arg-type]
    soft = whole.filter(ImageFilter.GaussianBlur(pitch / 14))
    if noise:
        grain = Image.frombytes("RGB", soft.size, random.Random(seed).randbytes(3 * soft.width * soft.height))
        weak = grain.point([round((level / 255 - 0.5) * 2 * noise) + 128 for level in range(256)] * 3)
        soft = ImageChops.add(soft, weak, 1, -128)
    file = io.BytesIO()
    soft.save(file, "JPEG", quality=90)
    with Image.open(file) as image:
        return image.convert("RGB")


def pebbles(side: int = 400, *, seed: int = 5) -> Image.Image:
    """A texture of stones that does not repeat, lit from one side."""
    chance = random.Random(seed)
    large = Image.new("RGB", (2 * side, 2 * side), (70, 62, 54))
    draw = ImageDraw.Draw(large)
    for _ in range(900):
        x, y, size = chance.uniform(-40, 2 * side), chance.uniform(-40, 2 * side), chance.uniform(20, 60)
        shade = chance.randint(90, 190)
        box = (x, y, x + size * 1.3, y + size)
        draw.ellipse((box[0] + 4, box[1] + 6, box[2] + 4, box[3] + 6), fill=(40, 36, 32))
        draw.ellipse(box, fill=(shade, shade - 10, shade - 24))
    small = large.resize((side, side), Image.Resampling.BOX)
    light = Image.linear_gradient("L").transpose(Image.Transpose.ROTATE_90).resize((side, side))
    return Image.composite(small, small.point([round(level * 0.85) for level in range(256)] * 3), light)


def clouds(side: int = 400, *, seed: int = 5) -> Image.Image:
    """A soft texture in several sizes."""
    found = Image.new("L", (side, side), 0)
    for octave in range(5):
        cells = 3 * 2**octave
        rough = Image.frombytes("L", (cells, cells), random.Random(seed + octave).randbytes(cells * cells))
        share = 0.5 ** (octave + 1)
        smooth = rough.resize((side, side), Image.Resampling.BICUBIC)
        found = ImageChops.add(found, smooth.point([round(level * share) for level in range(256)]))
    return Image.merge(
        "RGB", [found.point([low + round(level * (255 - low) / 255) for level in range(256)]) for low in (60, 110, 180)]
    )
