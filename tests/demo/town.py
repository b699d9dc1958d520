"""Ambergate by night: hillsides of houses, the tram from the side and from the front, market stalls, water and fog."""

from __future__ import annotations

import math
import random
from collections.abc import Callable

from tests.demo.canvas import AMBER, BONE, INK, NIGHT, ROSE, TEAL, Canvas, Color, mix

SKY = ((16, 20, 44), (30, 46, 78), (46, 88, 104), (92, 120, 116))
DUSK = ((24, 26, 58), (72, 58, 92), (150, 92, 92), (226, 150, 96))
FOG = ((20, 26, 48), (38, 60, 82), (64, 104, 112), (104, 132, 126))

LAMP = ((255, 214, 140), AMBER, (222, 130, 62))


def house(
    c: Canvas,
    x: float,
    base: float,
    width: float,
    height: float,
    near: float,
    chance: random.Random,
    *,
    lit: float = 0.4,
) -> None:
    """A narrow brick house; `near` from 0 (lost in the haze) to 1."""
    brick = chance.choice(
        (ROSE, mix(ROSE, BONE, 0.25), mix(ROSE, INK, 0.35), mix(TEAL, INK, 0.3), mix(BONE, ROSE, 0.35))
    )
    wall = mix(mix(brick, INK, 0.55), (74, 108, 122), (1 - near) * 0.75)
    top = base - height
    c.rect(x, top, width, height + 6, (mix(wall, BONE, 0.05), mix(wall, NIGHT, 0.35)))
    c.rect(x + width * 0.72, top, width * 0.28, height + 6, NIGHT, alpha=0.22)
    roof = mix(mix(INK, NIGHT, 0.35), (66, 98, 116), (1 - near) * 0.7)
    peak = chance.uniform(0.35, 0.7) * width
    if chance.random() < 0.7:
        c.polygon(
            [(x - width * 0.07, top), (x + width / 2, top - peak), (x + width * 1.07, top)],
            (mix(roof, BONE, 0.1), roof),
        )
    else:
        c.polygon(
            [
                (x - width * 0.05, top),
                (x + width * 0.12, top - peak * 0.6),
                (x + width * 0.88, top - peak * 0.6),
                (x + width * 1.05, top),
            ],
            (mix(roof, BONE, 0.12), roof),
        )
    c.rect(x + width * chance.uniform(0.1, 0.7), top - peak * 0.85, width * 0.13, peak * 0.8, mix(wall, NIGHT, 0.3))
    columns, rows = max(1, round(width / 2.2)), max(1, round(height / 3.4))
    for column in range(columns):
        for row in range(rows):
            wx, wy = x + width * (column + 0.5) / columns, top + height * (row + 0.45) / rows
            w, h = width / columns * 0.42, height / rows * 0.5
            if chance.random() < lit:
                warm = chance.choice((LAMP, (AMBER, (214, 120, 60)), ((255, 226, 170), AMBER)))
                c.glow(wx, wy, w * 3.2, (200, 118, 44), 0.55 * (0.4 + near * 0.6))
                c.rect(wx - w / 2, wy - h / 2, w, h, warm, round_by=w * 0.12)
                c.rect(wx - w * 0.05, wy - h / 2, w * 0.1, h, mix(wall, NIGHT, 0.4), alpha=0.7)
            else:
                c.rect(wx - w / 2, wy - h / 2, w, h, mix(wall, NIGHT, 0.5), round_by=w * 0.12)


def hillside(
    c: Canvas, line: Callable[[float], float], *, near: float, size: float, seed: int, lit: float = 0.4
) -> None:
    """A row of houses along a line; what is below it is street."""
    chance = random.Random(seed)
    x = -size
    while x < c.wide + size:
        width = size * chance.uniform(0.7, 1.25)
        house(c, x, line(x + width / 2), width, size * chance.uniform(1.1, 2.3), near, chance, lit=lit)
        x += width * chance.uniform(0.86, 1.0)


def town(c: Canvas, *, sky: tuple[Color, ...] = SKY, seed: int = 1, rise: float = 1.0, low: float = 0.72) -> None:
    """The whole view: sky, moon, three hills of houses up to the observatory; the ground begins at `low`."""
    t, w = c.tall, c.wide
    c.ground(sky)
    c.stars(round(90 * w / t), t * 0.45, seed)
    moon = (w * 0.24, t * 0.17)
    c.glow(*moon, t * 0.34, (120, 150, 160), 0.5)
    c.ellipse(*moon, t * 0.045, t * 0.045, (BONE, mix(BONE, (170, 190, 190), 0.6)))
    c.ellipse(moon[0] + t * 0.014, moon[1] - t * 0.01, t * 0.036, t * 0.036, sky[1], alpha=0.35)
    for number in range(4):
        c.cloud(
            w * (0.1 + 0.28 * number),
            t * (0.2 + 0.05 * (number % 2)),
            w * 0.3,
            t * 0.07,
            mix(sky[2], BONE, 0.2),
            0.3,
            seed + number,
        )

    def slope(start: float, end: float, wave: float) -> Callable[[float], float]:
        return lambda x: t * (start + (end - start) * (x / w) * rise + wave * math.sin(x / t * 5 + seed))

    dome = (w * 0.86, slope(0.56, 0.3, 0.015)(w * 0.86) - t * 0.06)
    hillside(c, slope(0.56, 0.3, 0.015), near=0.12, size=t * 0.045, seed=seed, lit=0.3)
    observatory(c, *dome, t * 0.06)
    c.cloud(w * 0.5, t * 0.52, w * 0.9, t * 0.14, (96, 130, 136), 0.22, seed + 9)
    hillside(c, slope(0.66, 0.46, 0.02), near=0.45, size=t * 0.075, seed=seed + 1, lit=0.36)
    c.cloud(w * 0.4, t * 0.64, w, t * 0.1, (70, 108, 120), 0.25, seed + 10)
    hillside(c, slope(low + 0.03, low - 0.06, 0.01), near=0.85, size=t * 0.13, seed=seed + 2, lit=0.42)


def observatory(c: Canvas, x: float, base: float, radius: float) -> None:
    copper = ((118, 168, 158), (48, 96, 100))
    c.rect(x - radius * 0.85, base - radius * 0.1, radius * 1.7, radius * 1.6, ((104, 110, 122), (52, 66, 86)))
    c.glow(x + radius * 0.2, base - radius * 0.6, radius * 1.8, AMBER, 0.35)
    c.polygon(
        [(x + math.cos(a / 20 * math.pi) * radius, base - math.sin(a / 20 * math.pi) * radius) for a in range(21)],
        copper,
    )
    c.rect(x - radius * 1.05, base, radius * 2.1, radius * 0.3, ((92, 104, 118), (52, 66, 86)))
    c.polygon(
        [
            (x + radius * 0.1, base - radius * 0.98),
            (x + radius * 0.38, base - radius * 0.92),
            (x + radius * 0.42, base),
            (x + radius * 0.18, base),
        ],
        LAMP,
    )


def lamp(c: Canvas, x: float, base: float, height: float) -> None:
    """A street lamp."""
    top = base - height
    c.glow(x, top, height * 0.9, (226, 140, 58), 0.55)
    c.rect(x - height * 0.018, top, height * 0.036, height, (INK, NIGHT))
    c.polygon(
        [
            (x - height * 0.06, top),
            (x + height * 0.06, top),
            (x + height * 0.045, top + height * 0.13),
            (x - height * 0.045, top + height * 0.13),
        ],
        LAMP,
    )
    c.polygon([(x - height * 0.08, top), (x, top - height * 0.07), (x + height * 0.08, top)], INK)


def lanterns(c: Canvas, x1: float, y1: float, x2: float, y2: float, count: int, size: float) -> None:
    """Paper lanterns on a line that sags."""

    def at(part: float) -> tuple[float, float]:
        return x1 + (x2 - x1) * part, y1 + (y2 - y1) * part + math.sin(part * math.pi) * abs(x2 - x1) * 0.09

    c.line([at(number / 20) for number in range(21)], size * 0.09, NIGHT, alpha=0.9)
    for number in range(count):
        x, y = at((number + 0.5) / count)
        warm = (LAMP, ((250, 150, 120), ROSE), ((255, 232, 190), (240, 190, 110)))[number % 3]
        c.glow(x, y + size, size * 4.5, (230, 140, 60), 0.5)
        c.ellipse(x, y + size, size * 0.8, size, warm)
        c.rect(x - size * 0.35, y - size * 0.08, size * 0.7, size * 0.2, INK)


def stall(c: Canvas, x: float, base: float, width: float, seed: int) -> None:
    """A market stall with a striped awning."""
    chance = random.Random(seed)
    h = width * 0.8
    c.glow(x + width / 2, base - h * 0.45, width * 1.15, (236, 150, 64), 0.75)
    c.rect(x + width * 0.04, base - h * 0.72, width * 0.92, h * 0.72, ((255, 206, 130), (190, 104, 58)))
    for number in range(9):
        gx = x + width * (0.12 + 0.09 * number)
        color = chance.choice((ROSE, TEAL, BONE, AMBER, mix(TEAL, BONE, 0.4)))
        c.ellipse(
            gx, base - h * 0.36, width * 0.045, width * chance.uniform(0.04, 0.08), (mix(color, BONE, 0.3), color)
        )
    c.rect(x, base - h * 0.32, width, h * 0.32, (mix(ROSE, INK, 0.45), mix(INK, NIGHT, 0.4)))
    for side in (0.0, 0.97):
        c.rect(x + width * side, base - h, width * 0.035, h, (mix(ROSE, INK, 0.5), NIGHT))
    stripes = 8
    one, other = chance.choice(((ROSE, BONE), (TEAL, BONE), (mix(AMBER, ROSE, 0.3), BONE)))
    for number in range(stripes):
        left, right = (
            x - width * 0.06 + width * 1.12 * number / stripes,
            x - width * 0.06 + width * 1.12 * (number + 1) / stripes,
        )
        color = one if number % 2 else other
        c.polygon(
            [
                (left + (x + width / 2 - left) * 0.12, base - h * 1.06),
                (right + (x + width / 2 - right) * 0.12, base - h * 1.06),
                (right, base - h * 0.78),
                (left, base - h * 0.78),
            ],
            (mix(color, NIGHT, 0.3), mix(color, AMBER, 0.12)),
        )
        c.ellipse((left + right) / 2, base - h * 0.78, (right - left) / 2, h * 0.06, mix(color, AMBER, 0.12))


def townsfolk(c: Canvas, x: float, base: float, height: float, seed: int) -> None:
    """Somebody seen from behind, against the light."""
    chance = random.Random(seed)
    coat = mix(chance.choice((INK, ROSE, TEAL, mix(ROSE, INK, 0.5))), NIGHT, 0.5)
    w = height * 0.2
    c.curve(
        [
            (x - w, base),
            (x - w * 0.9, base - height * 0.5),
            (x - w * 0.45, base - height * 0.76),
            (x + w * 0.45, base - height * 0.76),
            (x + w * 0.9, base - height * 0.5),
            (x + w, base),
        ],
        (mix(coat, AMBER, 0.25), coat),
    )
    c.ellipse(x, base - height * 0.87, height * 0.085, height * 0.1, (mix((120, 76, 60), AMBER, 0.3), (70, 44, 44)))
    c.ellipse(x, base - height * 0.92, height * 0.095, height * 0.07, mix(coat, NIGHT, 0.3))


def tram_side(c: Canvas, x: float, base: float, width: float) -> None:
    """The tram Marigold from the side, its wheels on a line."""
    h = width * 0.3
    body, top = base - h * 0.2, base - h
    c.ellipse(x + width / 2, base + h * 0.02, width * 0.52, h * 0.09, NIGHT, alpha=0.45, blur=h * 0.04)
    for wheel in (0.26, 0.34, 0.66, 0.74):
        c.ellipse(x + width * wheel, base - h * 0.1, h * 0.11, h * 0.11, (mix(INK, BONE, 0.2), NIGHT))
        c.ellipse(x + width * wheel, base - h * 0.1, h * 0.045, h * 0.045, mix(INK, BONE, 0.45))
    c.rect(x + width * 0.16, base - h * 0.2, width * 0.68, h * 0.08, NIGHT)
    c.line(
        [(x + width * 0.44, top), (x + width * 0.4, top - h * 0.2), (x + width * 0.5, top - h * 0.38)],
        h * 0.022,
        mix(INK, BONE, 0.25),
    )
    c.line([(x + width * 0.42, top - h * 0.38), (x + width * 0.58, top - h * 0.38)], h * 0.03, mix(INK, BONE, 0.35))
    c.rect(
        x + width * 0.03, top, width * 0.94, h * 0.14, (mix(BONE, INK, 0.35), mix(ROSE, INK, 0.4)), round_by=h * 0.07
    )
    c.rect(x, top + h * 0.08, width, h * 0.78, (BONE, mix(BONE, (200, 180, 150), 0.6)), round_by=h * 0.1)
    c.rect(x, top + h * 0.5, width, h * 0.36, (mix(ROSE, BONE, 0.12), mix(ROSE, INK, 0.3)), round_by=h * 0.08)
    c.rect(x, top + h * 0.49, width, h * 0.06, (mix(ROSE, BONE, 0.2), ROSE))
    c.rect(x + width * 0.01, body - h * 0.02, width * 0.98, h * 0.035, AMBER, round_by=h * 0.015)
    doors = (0.045, 0.865)
    for door in doors:
        c.rect(
            x + width * door,
            top + h * 0.15,
            width * 0.09,
            h * 0.63,
            (mix(BONE, ROSE, 0.4), mix(ROSE, INK, 0.2)),
            round_by=h * 0.03,
        )
        c.rect(x + width * (door + 0.012), top + h * 0.18, width * 0.066, h * 0.32, LAMP, round_by=h * 0.02)
    for number in range(8):
        wx = x + width * (0.155 + 0.087 * number)
        c.glow(wx + width * 0.036, top + h * 0.32, width * 0.085, (230, 140, 60), 0.5)
        c.rect(wx, top + h * 0.16, width * 0.073, h * 0.31, mix(BONE, INK, 0.35), round_by=h * 0.035)
        c.rect(wx + width * 0.005, top + h * 0.175, width * 0.063, h * 0.28, LAMP, round_by=h * 0.03)
        if number in (1, 3, 4, 6):
            c.ellipse(wx + width * 0.036, top + h * 0.4, width * 0.016, h * 0.055, mix(INK, ROSE, 0.25))
            c.ellipse(wx + width * 0.036, top + h * 0.33, width * 0.01, h * 0.036, mix((120, 76, 60), INK, 0.25))
    c.text(x + width * 0.5, top + h * 0.67, "9", h * 0.2, mix(AMBER, BONE, 0.3))
    marigold(c, x + width * 0.185, top + h * 0.67, h * 0.09)
    c.glow(x + width * 0.99, top + h * 0.64, width * 0.16, AMBER, 0.8)
    c.ellipse(x + width * 0.99, top + h * 0.64, h * 0.05, h * 0.065, ((255, 244, 214), AMBER))


def marigold(c: Canvas, x: float, y: float, radius: float) -> None:
    for ring, color in ((1.0, (222, 110, 48)), (0.7, AMBER), (0.42, (255, 206, 120))):
        for petal in range(12):
            angle = petal * math.pi / 6 + ring
            c.ellipse(
                x + math.cos(angle) * radius * ring * 0.62,
                y + math.sin(angle) * radius * ring * 0.62,
                radius * 0.3,
                radius * 0.3,
                color,
            )
    c.ellipse(x, y, radius * 0.2, radius * 0.2, (150, 80, 40))


def tram_front(c: Canvas, x: float, base: float, height: float) -> None:
    """The tram dead ahead, its headlight lit."""
    w = height * 0.72
    left, top = x - w / 2, base - height
    c.glow(x, base - height * 0.36, height * 1.25, (232, 146, 62), 0.9)
    for wheel in (-0.36, 0.26):
        c.rect(x + w * wheel, base - height * 0.08, w * 0.1, height * 0.1, NIGHT, round_by=height * 0.02)
    c.rect(left, top + height * 0.03, w, height * 0.93, (BONE, mix(BONE, (204, 180, 150), 0.7)), round_by=height * 0.16)
    c.rect(
        left,
        top + height * 0.48,
        w,
        height * 0.47,
        (mix(ROSE, BONE, 0.1), mix(ROSE, INK, 0.35)),
        round_by=height * 0.09,
    )
    c.rect(left, top + height * 0.46, w, height * 0.08, (mix(ROSE, BONE, 0.25), ROSE))
    c.rect(
        left + w * 0.02,
        base - height * 0.14,
        w * 0.96,
        height * 0.05,
        (mix(INK, BONE, 0.25), NIGHT),
        round_by=height * 0.02,
    )
    c.rect(
        x - w * 0.22, top - height * 0.005, w * 0.44, height * 0.15, (mix(INK, TEAL, 0.2), INK), round_by=height * 0.03
    )
    emblem(c, x, top + height * 0.07, height * 0.055)
    for side in (-1, 1):
        wx = x + side * w * 0.23 - w * 0.19
        c.rect(
            wx - w * 0.015, top + height * 0.19, w * 0.41, height * 0.25, mix(BONE, INK, 0.4), round_by=height * 0.05
        )
        c.rect(wx, top + height * 0.2, w * 0.38, height * 0.23, LAMP, round_by=height * 0.045)
        c.polygon(
            [
                (wx + w * 0.05, top + height * 0.2),
                (wx + w * 0.15, top + height * 0.2),
                (wx + w * 0.07, top + height * 0.43),
                (wx, top + height * 0.43),
            ],
            (255, 240, 206),
            alpha=0.35,
        )
    light = base - height * 0.33
    c.ellipse(x, light, w * 0.175, w * 0.175, (mix(BONE, INK, 0.3), mix(INK, BONE, 0.3)))
    c.ellipse(x, light, w * 0.145, w * 0.145, ((255, 250, 230), (255, 220, 150), AMBER))
    c.glow(x, light, w * 0.62, (255, 206, 130), 1.0)
    c.glow(x, light, w * 0.3, (255, 244, 214), 1.0)
    for side in (-1, 1):
        c.ellipse(x + side * w * 0.37, light + height * 0.04, w * 0.035, w * 0.035, LAMP)


def emblem(c: Canvas, x: float, y: float, radius: float) -> None:
    """The sign of the line, as in the reference picture."""
    r = radius
    c.arc(x, y, r, 0, 360, r * 0.07, BONE)
    c.arc(x, y - r * 0.68, r * 0.12, 180, 390, r * 0.055, BONE)
    c.line([(x, y - r * 0.62), (x, y - r * 0.5)], r * 0.055, BONE)
    c.polygon([(x - r * 0.4, y - r * 0.3), (x, y - r * 0.58), (x + r * 0.4, y - r * 0.3)], ROSE)
    c.polygon(
        [
            (x - r * 0.36, y - r * 0.24),
            (x + r * 0.36, y - r * 0.24),
            (x + r * 0.27, y + r * 0.5),
            (x - r * 0.27, y + r * 0.5),
        ],
        TEAL,
    )
    c.curve([(x, y - r * 0.12), (x + r * 0.16, y + r * 0.22), (x, y + r * 0.44), (x - r * 0.16, y + r * 0.22)], AMBER)
    c.ellipse(x, y + r * 0.32, r * 0.075, r * 0.075, BONE)
    for level, half in ((-0.27, 0.42), (0.52, 0.33)):
        c.rect(x - r * half, y + r * level - r * 0.045, r * half * 2, r * 0.09, BONE, round_by=r * 0.045)


def rails(c: Canvas, level: float, far: float, x: float) -> None:
    """Two rails that come from a point far away towards us."""
    for side in (-1, 1):
        near, away = x + side * c.tall * 0.42, x + side * c.tall * 0.012
        c.polygon(
            [(away - 0.1, far), (away + 0.1, far), (near + c.tall * 0.02, level), (near - c.tall * 0.02, level)],
            (mix(TEAL, BONE, 0.4), mix(INK, BONE, 0.5)),
        )
        c.polygon(
            [(away, far), (away + 0.05, far), (near + c.tall * 0.004, level), (near - c.tall * 0.004, level)],
            (AMBER, (255, 222, 160)),
            alpha=0.8,
        )


def cobbles(c: Canvas, top: float, seed: int, *, light: tuple[float, float] | None = None) -> None:
    """Wet paving that grows towards us, lit from a place."""
    chance = random.Random(seed)
    c.rect(0, top, c.wide, c.tall - top, (mix(INK, TEAL, 0.25), NIGHT))
    y = top
    while y < c.tall:
        depth = (y - top) / (c.tall - top)
        size = c.tall * (0.012 + 0.05 * depth)
        x = -chance.random() * size * 2
        while x < c.wide:
            width = size * chance.uniform(1.4, 2.1)
            shine = 0.0
            if light:
                shine = max(0.0, 1 - math.hypot((x - light[0]) / c.tall, (y - light[1]) / c.tall * 1.6) * 1.5)
            stone = mix(mix(INK, TEAL, chance.uniform(0.1, 0.35)), (232, 160, 84), shine * chance.uniform(0.25, 0.75))
            c.rect(
                x, y, width * 0.92, size * 0.8, (mix(stone, BONE, 0.12), mix(stone, NIGHT, 0.45)), round_by=size * 0.3
            )
            x += width
        y += size * 0.86
