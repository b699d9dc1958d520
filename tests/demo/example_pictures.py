"""What a model might draw for the examples: a garden and its seeds, a hedgehog and its meadow."""

from __future__ import annotations

import math
import random
import re
from collections.abc import Callable

from PIL import Image

from tests.demo.canvas import Canvas, Color, mix

LEAF: Color = (74, 116, 70)
DEEP: Color = (38, 66, 48)
STRAW: Color = (226, 206, 150)
SOIL: Color = (112, 84, 62)
PAPER: Color = (246, 240, 226)
BARK: Color = (104, 74, 54)
FUR: Color = (122, 90, 68)
FACE: Color = (226, 196, 158)
POST: Color = (58, 98, 168)
RED: Color = (196, 62, 54)
INK: Color = (44, 36, 34)

Paint = Callable[[Canvas], None]


def drawn(prompt: str, width: int, height: int) -> Image.Image:
    """The picture for a prompt of the examples; where it speaks of a ground in one color, on that ground."""
    paint = next(paint for words, paint in PICTURES.items() if words in prompt)
    canvas = Canvas(width, height)
    ground = re.search(r"field of [^#:]*#([0-9A-F]{6})", prompt)
    if ground:
        canvas.ground([tuple(bytes.fromhex(ground[1]))] * 2)  # type: ignore[list-item]
    paint(canvas)
    return canvas.finished().convert("RGB")


# --- the site ---------------------------------------------------------------------------------------------------------


def _garden(c: Canvas) -> None:
    c.ground(((246, 222, 178), (244, 234, 206), (214, 222, 196)))
    c.glow(c.wide * 0.22, 20, 50, (255, 220, 150), 0.8)
    for number, shade in enumerate((0.55, 0.35, 0.15)):
        hills = [(c.wide * part / 8, 40 + 5 * number - 4 * math.sin(part * 1.7 + number)) for part in range(9)]
        c.polygon([*hills, (c.wide, 100), (0, 100)], mix(LEAF, (236, 226, 200), shade))
    c.rect(0, 44, c.wide, 8, (mix(STRAW, SOIL, 0.35), mix(STRAW, SOIL, 0.6)))
    c.rect(0, 52, c.wide, 48, (mix(STRAW, LEAF, 0.3), mix(STRAW, SOIL, 0.2)))
    far = (c.wide * 0.68, 50.0)
    for bed in range(-6, 7):
        near = c.wide * (0.5 + bed * 0.17)
        c.polygon([far, (near - 13, 104), (near + 13, 104)], (mix(SOIL, STRAW, 0.4), SOIL))
    chance = random.Random(4)
    for bed in range(-6, 7):
        near = c.wide * (0.5 + bed * 0.17)
        for step in range(3, 25):
            part = (step / 24) ** 1.8
            x, y = far[0] + (near - far[0]) * part, far[1] + (104 - far[1]) * part
            size = 0.5 + 6.5 * part
            shade = mix(LEAF, (170, 190, 96) if bed % 2 else (128, 74, 84), chance.uniform(0.1, 0.5))
            for side in (-0.6, 0.0, 0.6):
                c.ellipse(x + side * size, y - size * 0.3, size * 0.6, size * 0.55, (mix(shade, PAPER, 0.25), shade))
    x = c.wide * 0.7
    c.curve([(x - 2.4, 60), (x - 1.5, 40), (x - 4, 30), (x, 34), (x + 5, 28), (x + 1.6, 42), (x + 2.6, 60)], BARK)
    for dx, dy, radius in ((-13, -4, 10), (13, -3, 10), (-6, -14, 12), (8, -13, 12), (0, -4, 12)):
        c.ellipse(x + dx, 30 + dy, radius, radius * 0.8, (mix(LEAF, STRAW, 0.35), LEAF, mix(LEAF, DEEP, 0.5)))
    for _ in range(40):
        c.ellipse(x + chance.uniform(-19, 19), chance.uniform(10, 36), 0.8, 1.1, (238, 208, 96))
    c.paper()


def _field(c: Canvas) -> None:
    c.ground((mix(DEEP, LEAF, 0.3), DEEP))
    for number in range(26):
        x = c.wide * number / 25
        c.polygon([(x - 4, 18), (x + 4, 18), (x + 10, 100), (x - 10, 100)], mix(DEEP, LEAF, 0.25 + 0.2 * (number % 2)))
        for row in range(12):
            size = 1.5 + row * 0.45
            c.ellipse(x, 20 + row * 7, size * 1.5, size, mix(LEAF, DEEP, 0.35 + 0.3 * (number % 2)), alpha=0.8)
    c.rect(0, 0, c.wide, 18, (mix(DEEP, STRAW, 0.2), mix(DEEP, INK, 0.3)))
    c.paper()


def _sprout(c: Canvas) -> None:
    c.line([(50, 76), (50, 44)], 7, DEEP)
    c.curve([(50, 54), (26, 50), (16, 26), (40, 28), (50, 54)], DEEP)
    c.curve([(50, 48), (58, 22), (84, 16), (80, 42), (50, 48)], DEEP)
    for x in (24, 50, 76):
        c.ellipse(x, 84, 6, 6, DEEP)


def _plate(paint: Paint) -> Paint:
    def whole(c: Canvas) -> None:
        c.ground((PAPER, mix(PAPER, STRAW, 0.25)))
        c.ellipse(c.wide / 2 + 2, 82, 26, 4, SOIL, alpha=0.25, blur=3)
        paint(c)
        c.paper()

    return whole


def _beets(c: Canvas) -> None:
    middle, red = c.wide / 2, (134, 28, 60)
    for dx in (-17, 0, 17):
        x = middle + dx
        for bend in (-9, 0, 9):
            c.line([(x, 52), (x + bend * 0.4, 36), (x + bend, 20)], 1.4, red, soft=True)
            c.ellipse(x + bend, 16, 5, 9, (mix(LEAF, STRAW, 0.3), LEAF, DEEP))
        c.curve([(x, 48), (x + 10, 58), (x + 7, 72), (x, 86), (x - 7, 72), (x - 10, 58)], (red, mix(red, INK, 0.4)))
    for radius in (9.5, 7, 4.5, 2):
        c.ellipse(middle + 17, 62, radius, radius, (222, 150, 170) if radius in (9.5, 4.5) else red)


def _tomatoes(c: Canvas) -> None:
    middle = c.wide / 2
    c.line([(middle - 4, 12), (middle + 3, 40), (middle - 2, 86)], 1.8, LEAF, soft=True)
    reds: tuple[Color, ...] = ((196, 48, 38), (206, 74, 40), (216, 120, 52), (190, 160, 70), (130, 156, 78))
    for number, color in enumerate(reds):
        x, y, size = middle + (11 if number % 2 else -11), 26 + number * 14, 11.5 - number * 1.3
        c.ellipse(x, y, size, size * 0.86, (mix(color, PAPER, 0.35), color, mix(color, INK, 0.35)))
        for angle in range(0, 360, 60):
            c.line([(x, y - size * 0.7), (x + 4 * math.cos(angle), y - size * 0.7 + 2 * math.sin(angle))], 1, LEAF)


def _beans(c: Canvas) -> None:
    middle, chance = c.wide / 2, random.Random(2)
    for dx, bend in ((-20, 4), (-7, 4), (7, 5)):
        points = [(middle + dx, 14.0), (middle + dx + bend, 50.0), (middle + dx, 86.0)]
        c.line(points, 6.5, (mix(LEAF, STRAW, 0.5), LEAF), soft=True)
        for _ in range(26):
            y = chance.uniform(18, 82)
            x = middle + dx + bend * (1 - ((y - 50) / 36) ** 2) + chance.uniform(-2, 2)
            c.ellipse(x, y, 0.6, 1, (124, 60, 110))
    c.line([(middle + 22, 16), (middle + 26, 50), (middle + 22, 86)], 9, mix(LEAF, PAPER, 0.55), soft=True)
    for number in range(6):
        color: Color = (84, 48, 112) if number % 2 else INK
        c.ellipse(middle + 23.6 + 1.5 * math.sin(number), 24 + number * 10.5, 3.2, 4.2, (mix(color, PAPER, 0.3), color))


def _squash(c: Canvas) -> None:
    middle, skin = c.wide / 2 - 8, (92, 130, 124)
    for dx in (-16, 16, -9, 9, 0):
        c.ellipse(middle + dx, 56, 11, 21, (mix(skin, PAPER, 0.4), skin, mix(skin, INK, 0.4)))
    c.line([(middle, 36), (middle + 2, 26)], 4, SOIL)
    c.curve([(middle + 22, 86), (middle + 34, 48), (middle + 44, 84)], (skin, mix(skin, INK, 0.3)))
    c.curve([(middle + 24, 84), (middle + 34, 53), (middle + 42, 82)], ((240, 172, 70), (226, 132, 44)))
    for number in range(4):
        c.ellipse(middle + 31 + number * 1.8, 72 + 2 * (number % 2), 0.9, 1.8, PAPER)


# --- the game ---------------------------------------------------------------------------------------------------------


def _walk(c: Canvas) -> None:
    for number in range(8):
        x, y = c.wide / 4 * (number % 4 + 0.5), 50 * (number // 4) + 43
        _hedgehog(c, x, y, number / 8)


def _hedgehog(c: Canvas, x: float, y: float, phase: float) -> None:
    """Walking to the right, with its feet on y."""
    turn = 2 * math.pi * phase
    bob = -0.9 * abs(math.sin(turn))
    for leg, dark in ((math.pi, 0.45), (0.0, 0.2)):
        for hip in (-6.5, 5.5):
            swing = math.sin(turn + leg + (0.6 if hip > 0 else 0))
            lift = max(0.0, math.cos(turn + leg)) * 1.8
            foot = (x + hip + 3.4 * swing, y - 1.2 - lift)
            c.line([(x + hip, y - 8 + bob), foot], 2.8, mix(FUR, INK, dark))
            c.ellipse(foot[0] + 0.9, foot[1], 2.3, 1.3, mix(FUR, INK, dark))
    middle = y - 16 + bob
    spikes = []
    for number in range(33):
        angle = math.radians(60 + number * 7.6)
        radius = 15.5 if number % 2 else 12.4
        spikes.append((x - 2 + radius * 1.08 * math.cos(angle), middle - radius * 0.86 * math.sin(angle) + 2))
    c.polygon(spikes, (mix(FUR, STRAW, 0.25), FUR, mix(FUR, INK, 0.45)))
    for number in range(22):
        angle, part = math.radians(75 + number * 37 % 200), 0.35 + 0.5 * (number * 7 % 10) / 10
        sx, sy = x - 2 + 12 * part * math.cos(angle), middle + 1 - 9 * part * math.sin(angle)
        c.line([(sx, sy), (sx - 1.6, sy - 1.6)], 0.7, mix(FUR, PAPER, 0.5))
    c.ellipse(x - 1, middle + 5.5, 11, 5, mix(FACE, FUR, 0.25))
    c.curve(
        [
            (x + 4, middle - 6),
            (x + 13, middle - 3),
            (x + 19.5, middle + 3.6),
            (x + 13, middle + 8),
            (x + 4, middle + 7),
        ],
        FACE,
    )
    c.ellipse(x + 19.6, middle + 3.2, 1.7, 1.5, INK)
    c.ellipse(x + 12.4, middle + 0.6, 1.2, 1.5, INK)
    c.ellipse(x + 12.8, middle + 0.1, 0.4, 0.4, PAPER)
    c.ellipse(x + 5.4, middle - 4.6, 2.6, 2.8, mix(FACE, FUR, 0.45))
    c.curve(
        [(x + 3, middle - 6), (x + 5, middle - 12.5), (x + 13, middle - 11.5), (x + 14.5, middle - 4.5)],
        (mix(POST, PAPER, 0.25), POST),
    )
    c.line([(x + 6, middle - 5.2), (x + 17.6, middle - 3.6)], 1.6, mix(POST, INK, 0.5))
    c.ellipse(x + 11.4, middle - 8, 1.1, 1.1, (236, 200, 96))
    c.line([(x + 5, middle - 2), (x - 6, middle + 5)], 1.3, mix(BARK, INK, 0.3), soft=True)
    c.rect(x - 12, middle + 2.4, 9.5, 7, (mix(BARK, STRAW, 0.35), BARK), round_by=1.4)
    c.rect(x - 10.6, middle + 0.6, 6, 3.4, PAPER)


def _things(c: Canvas) -> None:
    _letter(c, 25, 25)
    _acorn(c, 75, 25)
    _mushroom(c, 25, 75)
    _mailbox(c, 75, 75)


def _letter(c: Canvas, x: float, y: float) -> None:
    c.rect(x - 15, y - 10, 30, 20, (PAPER, mix(PAPER, STRAW, 0.5)), round_by=1)
    c.line([(x - 14, y - 9), (x, y + 2), (x + 14, y - 9)], 0.9, mix(STRAW, SOIL, 0.5))
    c.ellipse(x, y + 2, 4, 4, (mix(RED, PAPER, 0.2), RED))


def _acorn(c: Canvas, x: float, y: float) -> None:
    c.curve(
        [(x - 9, y - 3), (x + 9, y - 3), (x + 7, y + 9), (x, y + 16), (x - 7, y + 9)], ((206, 156, 84), (150, 98, 50))
    )
    c.curve(
        [(x - 12, y - 1), (x - 9, y - 11), (x, y - 13), (x + 9, y - 11), (x + 12, y - 1)], (BARK, mix(BARK, INK, 0.3))
    )
    c.line([(x, y - 12), (x + 2, y - 17)], 2, mix(BARK, INK, 0.2))


def _mushroom(c: Canvas, x: float, y: float) -> None:
    c.curve([(x - 4, y), (x + 4, y), (x + 6, y + 16), (x - 6, y + 16)], (PAPER, STRAW))
    c.curve(
        [(x - 16, y + 2), (x - 12, y - 10), (x, y - 16), (x + 12, y - 10), (x + 16, y + 2), (x, y + 5)],
        (mix(RED, PAPER, 0.2), RED),
    )
    for dx, dy, size in ((-8, -5, 2.2), (1, -10, 2.6), (8, -3, 2), (-1, -1, 1.5)):
        c.ellipse(x + dx, y + dy, size, size * 0.9, PAPER)


def _mailbox(c: Canvas, x: float, y: float) -> None:
    c.rect(x - 1.8, y + 2, 3.6, 16, (BARK, mix(BARK, INK, 0.3)))
    c.rect(x - 12, y - 16, 24, 20, (mix(POST, PAPER, 0.3), POST, mix(POST, INK, 0.3)), round_by=9)
    c.rect(x - 8, y - 8, 16, 2.6, mix(POST, INK, 0.6), round_by=1)
    c.ellipse(x, y - 1, 2.4, 2, (236, 200, 96))


def _oak(c: Canvas) -> None:
    c.curve([(38, 94), (45, 84), (44, 56), (56, 56), (56, 84), (64, 94), (50, 90)], (BARK, mix(BARK, INK, 0.35)))
    for x, y, radius in ((28, 50, 17), (72, 50, 17), (36, 32, 19), (64, 32, 19), (50, 22, 18), (50, 46, 20)):
        c.ellipse(x, y + 2, radius, radius * 0.86, mix(DEEP, INK, 0.15))
        c.ellipse(x, y, radius, radius * 0.86, (mix(LEAF, STRAW, 0.45), LEAF, mix(LEAF, DEEP, 0.6)))


def _grass(c: Canvas) -> None:
    green: Color = (126, 158, 88)
    c.ground((green, green))
    chance = random.Random(8)
    for _ in range(900):
        x, y = chance.uniform(0, 100), chance.uniform(0, 100)
        shade = mix(green, chance.choice((DEEP, STRAW, LEAF)), 0.28)
        c.line([(x, y), (x + chance.uniform(-1, 1), y - chance.uniform(1.5, 3))], 0.6, shade)
    for _ in range(9):
        x, y = chance.uniform(12, 88), chance.uniform(12, 88)
        for angle in (90, 210, 330):
            at = math.radians(angle)
            c.ellipse(x + math.cos(at) * 1.2, y + math.sin(at) * 1.2, 1.2, 1.2, mix(LEAF, green, 0.3))


def _icon(c: Canvas) -> None:
    spikes = [
        (50 + r * math.cos(math.radians(a)), 54 + r * math.sin(math.radians(a)))
        for number in range(60)
        for a, r in [(number * 6, 42 if number % 2 else 35)]
    ]
    c.polygon(spikes, (mix(FUR, STRAW, 0.2), FUR, mix(FUR, INK, 0.3)))
    c.ellipse(50, 62, 27, 24, FACE)
    for x in (38, 62):
        c.ellipse(x, 57, 4, 5, INK)
        c.ellipse(x + 1.2, 55, 1.3, 1.3, PAPER)
    c.ellipse(50, 70, 6, 5, INK)
    c.curve([(20, 40), (26, 14), (50, 8), (74, 14), (80, 40)], (mix(POST, PAPER, 0.25), POST))
    c.line([(18, 41), (50, 37), (82, 41)], 6, mix(POST, INK, 0.5), soft=True)
    c.ellipse(50, 24, 5, 5, (236, 200, 96))


PICTURES: dict[str, Paint] = {
    "at the top of a seed company": _garden,
    "A very wide, low strip": _field,
    "A mark for": _sprout,
    "Three dark red beetroots": _plate(_beets),
    "A truss of": _plate(_tomatoes),
    "Long speckled": _plate(_beans),
    "A small blue-green squash": _plate(_squash),
    "A walk cycle": _walk,
    "Four things": _things,
    "An old oak": _oak,
    "A meadow from straight above": _grass,
    "The icon of a game": _icon,
}
"""By words of its prompt."""
