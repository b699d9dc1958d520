"""What lies in the player's bag, and what lies under everybody's feet."""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Mapping
from itertools import pairwise

from tests.demo.canvas import AMBER, BONE, INK, NIGHT, ROSE, TEAL, Canvas, Color, mix
from tests.demo.town import LAMP, marigold

BRASS = ((250, 216, 140), (206, 150, 70), (128, 82, 44))
STEEL = ((226, 230, 230), (150, 160, 170), (84, 94, 112))


def icon(c: Canvas, what: str, *, ground: bool = True) -> None:
    """A thing of the bag in the middle of a square of 100 by 100."""
    if ground:
        c.ground((mix(INK, TEAL, 0.12), INK, mix(INK, NIGHT, 0.4)))
        c.glow(34, 24, 62, (86, 96, 110), 0.6)
        c.ellipse(52, 84, 30, 5, NIGHT, alpha=0.7, blur=2.5)
    THINGS[what](c)


def shine(c: Canvas, x: float, y: float, rx: float, ry: float) -> None:
    c.ellipse(x, y, rx, ry, (255, 250, 236), alpha=0.55, blur=min(rx, ry) * 0.35)


def _token(c: Canvas) -> None:
    c.ellipse(53, 53, 31, 31, (mix(BRASS[2], NIGHT, 0.3), NIGHT))
    c.ellipse(50, 50, 31, 31, BRASS)
    c.ellipse(50, 50, 26, 26, (BRASS[2], BRASS[1], BRASS[0]))
    c.ellipse(50, 50, 24, 24, (BRASS[1], mix(BRASS[1], BRASS[2], 0.4)))
    for number in range(24):
        angle = number * math.pi / 12
        c.ellipse(50 + math.cos(angle) * 28.5, 50 + math.sin(angle) * 28.5, 0.9, 0.9, BRASS[0])
    c.curve([(50, 29), (56, 37), (50, 42), (44, 37)], BRASS[0])
    for angle in (90, 210, 330):
        c.arc(50, 50, 20, angle - 30, angle + 30, 1.4, BRASS[0], alpha=0.7)
    c.rect(42.5, 44.5, 15, 15, (mix(BRASS[2], NIGHT, 0.4), mix(BRASS[2], NIGHT, 0.2)), round_by=2)
    c.rect(44.5, 46.5, 13, 13, (INK, mix(INK, TEAL, 0.2)), round_by=1.5)
    shine(c, 37, 33, 9, 5)


def _ticket_roll(c: Canvas) -> None:
    paper, dark = mix(ROSE, BONE, 0.35), mix(ROSE, INK, 0.35)
    c.curve([(60, 60), (80, 66), (88, 80), (80, 86), (72, 78), (56, 76)], (paper, dark))
    c.rect(22, 32, 52, 34, (mix(paper, BONE, 0.2), paper, dark), round_by=3)
    c.ellipse(48, 66, 26, 11, (paper, dark))
    c.ellipse(48, 33, 26, 11, (mix(paper, BONE, 0.4), paper))
    for radius in (22, 18, 14):
        c.ellipse(48, 33, radius, radius * 0.42, dark, alpha=0.35)
        c.ellipse(48, 32.6, radius - 1, radius * 0.42 - 0.5, mix(paper, BONE, 0.25))
    c.ellipse(48, 33, 8, 3.6, NIGHT)
    for number in range(5):
        c.line([(28 + 10 * number, 44), (28 + 10 * number, 74)], 0.5, dark, alpha=0.6)
    c.text(48, 57, "9", 11, mix(BONE, ROSE, 0.1))


def _whistle(c: Canvas) -> None:
    c.line([(66, 44), (84, 30), (76, 16), (50, 14), (30, 24)], 3, (54, 70, 120), soft=True)
    c.line([(66, 44), (84, 30), (76, 16), (50, 14), (30, 24)], 1.0, (120, 140, 190), soft=True, alpha=0.7)
    c.rect(14, 44, 50, 15, STEEL, round_by=3)
    c.ellipse(58, 60, 19, 19, STEEL)
    c.ellipse(58, 60, 15, 15, (STEEL[1], STEEL[2]))
    c.polygon([(34, 43.5), (46, 43.5), (42, 53), (36, 53)], NIGHT)
    c.ellipse(58, 60, 6, 6, (mix(AMBER, BONE, 0.3), mix(ROSE, AMBER, 0.3)))
    c.arc(67, 43, 4, 0, 360, 1.6, STEEL[0])
    shine(c, 24, 47, 7, 1.6)
    shine(c, 50, 50, 4, 6)


def _fuse(c: Canvas) -> None:
    c.glow(50, 50, 46, AMBER, 0.9)
    c.rect(38, 24, 24, 52, ((150, 190, 190), (90, 130, 140)), round_by=5, alpha=0.55)
    c.line([(50, 22), (46, 34), (54, 42), (46, 50), (54, 58), (46, 66), (50, 78)], 1.6, (255, 236, 190), soft=True)
    c.glow(50, 50, 26, (255, 190, 96), 1.0)
    c.line([(50, 22), (46, 34), (54, 42), (46, 50), (54, 58), (46, 66), (50, 78)], 0.8, (255, 250, 230), soft=True)
    for top in (12, 70):
        c.rect(35, top, 30, 17, BRASS, round_by=3)
        for line in (4, 8, 12):
            c.rect(35, top + line, 30, 1, BRASS[2], alpha=0.6)
    c.rect(41, 30, 3, 38, (255, 255, 250), round_by=1.5, alpha=0.5)


def _moths(c: Canvas) -> None:
    c.glow(50, 58, 48, AMBER, 0.9)
    c.rect(26, 30, 48, 56, ((120, 160, 160), (62, 104, 112)), round_by=10, alpha=0.45)
    c.rect(29, 33, 42, 50, ((230, 170, 96), (196, 120, 60)), round_by=8, alpha=0.35)
    for x, y, size, turn in (
        (40, 50, 5.5, 0.3),
        (58, 44, 5, -0.4),
        (50, 64, 6.5, 0.1),
        (38, 73, 4.5, -0.2),
        (62, 70, 5, 0.5),
    ):
        c.glow(x, y, size * 3, (255, 214, 140), 0.9)
        for side in (-1, 1):
            c.curve(
                [
                    (x, y),
                    (x + side * size, y - size * (0.9 + turn * side)),
                    (x + side * size * 1.3, y - size * 0.1),
                    (x + side * size * 0.7, y + size * 0.7),
                ],
                ((255, 246, 220), (240, 206, 140)),
            )
        c.ellipse(x, y, size * 0.16, size * 0.6, (150, 100, 60))
    c.curve(
        [(24, 22), (50, 15), (76, 22), (80, 33), (70, 36), (50, 34), (30, 36), (20, 33)],
        (mix(ROSE, BONE, 0.3), mix(ROSE, INK, 0.25)),
    )
    c.rect(25, 30, 50, 4, mix(BONE, ROSE, 0.2), round_by=2)
    c.rect(31, 38, 4, 40, (255, 255, 250), round_by=2, alpha=0.45)


def _sea_glass(c: Canvas) -> None:
    shape = [(22, 54), (32, 28), (56, 20), (78, 36), (80, 62), (62, 80), (36, 78)]
    c.curve([(x + 2, y + 3) for x, y in shape], NIGHT, alpha=0.5, blur=1.5)
    c.curve(shape, ((150, 210, 200), (70, 150, 150), (36, 92, 100)))
    c.curve(
        [(30, 54), (38, 34), (56, 28), (70, 40), (70, 58), (58, 70), (40, 68)],
        ((176, 226, 214), (80, 160, 158)),
        alpha=0.6,
        blur=2,
    )
    c.glow(55, 52, 22, AMBER, 1.0)
    c.ellipse(55, 52, 2.6, 2.6, (255, 246, 220))
    shine(c, 42, 34, 9, 4)


def _gull(c: Canvas) -> None:
    white, grey = (238, 238, 234), (140, 150, 164)
    c.rect(48, 70, 2, 14, BRASS[1])
    c.rect(56, 70, 2, 14, BRASS[1])
    c.curve([(44, 84), (52, 82), (58, 86), (42, 87)], BRASS[1])
    c.curve([(53, 84), (62, 82), (66, 86), (52, 87)], BRASS[1])
    c.curve([(46, 40), (28, 10), (52, 14), (66, 34), (64, 50)], (mix(white, grey, 0.2), grey))
    c.curve(
        [(18, 48), (28, 34), (42, 36), (60, 44), (84, 52), (92, 62), (74, 68), (54, 74), (34, 68), (22, 58)],
        (white, mix(white, grey, 0.6)),
    )
    c.curve([(48, 48), (70, 50), (88, 62), (70, 64), (52, 62)], (mix(grey, white, 0.3), grey))
    c.polygon([(4, 48), (20, 43), (20, 51)], (AMBER, (216, 122, 50)))
    c.ellipse(27, 43, 2.4, 2.4, NIGHT)
    c.ellipse(27.7, 42.2, 0.8, 0.8, BONE)
    c.rect(60, 30, 3, 14, BRASS[1])
    for side in (-1, 1):
        c.arc(61.5 + side * 5, 26, 4, 0, 360, 2.2, BRASS[0])
    shine(c, 34, 40, 6, 2.5)


def _chart(c: Canvas) -> None:
    blue = (34, 52, 104)
    c.polygon([(20, 70), (70, 24), (82, 36), (32, 82)], (mix(blue, BONE, 0.25), blue, mix(blue, NIGHT, 0.4)))
    c.ellipse(76, 30, 8.6, 8.6, (mix(blue, BONE, 0.3), blue))
    c.ellipse(76, 30, 4.5, 4.5, NIGHT)
    c.curve([(24, 62), (46, 40), (40, 24), (22, 34), (12, 52)], (mix(blue, BONE, 0.15), mix(blue, NIGHT, 0.2)))
    dots = ((20, 50), (26, 42), (33, 46), (36, 34), (28, 56))
    for one, other in pairwise(dots):
        c.line([one, other], 0.45, BONE, alpha=0.55)
    for x, y in dots:
        c.glow(x, y, 4, (200, 220, 240), 0.7)
        c.ellipse(x, y, 1, 1, (255, 250, 236))
    c.line([(46, 46), (56, 58)], 2.4, ROSE)
    c.curve([(50, 52), (58, 44), (62, 50), (52, 54), (60, 60), (54, 64)], ROSE)


def _skewer(c: Canvas) -> None:
    c.line([(14, 88), (84, 16)], 2.4, ((214, 176, 110), (160, 116, 70)))
    for number in range(3):
        x, y = 32 + 17 * number, 69 - 17.5 * number
        c.curve(
            [(x - 12, y - 2), (x - 2, y - 12), (x + 12, y + 2), (x + 2, y + 12)],
            ((222, 130, 62), (150, 70, 40), (92, 40, 32)),
        )
        c.line([(x - 6, y - 2), (x + 2, y + 6)], 1.2, (80, 36, 30), alpha=0.7)
        c.line([(x - 1, y - 7), (x + 7, y + 1)], 1.2, (80, 36, 30), alpha=0.7)
        shine(c, x - 3, y - 5, 3.6, 1.8)
    steam(c, 60, 22)
    steam(c, 44, 32)


def steam(c: Canvas, x: float, y: float) -> None:
    c.line([(x, y), (x + 4, y - 7), (x - 3, y - 13), (x + 3, y - 21)], 2.2, BONE, soft=True, alpha=0.35, blur=0.8)


def _bun(c: Canvas) -> None:
    c.polygon([(50, 58), (92, 76), (50, 94), (8, 76)], ((244, 238, 222), (200, 194, 180)))
    c.curve(
        [(20, 68), (22, 44), (38, 30), (62, 30), (78, 44), (80, 68), (66, 78), (34, 78)],
        ((255, 248, 232), (240, 214, 176), (196, 150, 112)),
    )
    c.curve([(34, 42), (46, 34), (64, 38), (60, 48), (46, 52)], ((120, 40, 80), (70, 22, 54)))
    c.curve([(44, 46), (56, 42), (58, 58), (50, 64), (46, 56)], ((140, 50, 92), (84, 26, 62)))
    shine(c, 32, 44, 5, 8)
    steam(c, 50, 26)
    steam(c, 62, 24)


def _tin(c: Canvas) -> None:
    tea = mix(TEAL, BONE, 0.15)
    c.rect(26, 34, 44, 50, (mix(tea, BONE, 0.25), tea, mix(TEAL, INK, 0.4)), round_by=6)
    c.rect(58, 34, 12, 50, NIGHT, round_by=6, alpha=0.25)
    c.ellipse(48, 36, 21, 7, NIGHT)
    c.curve([(26, 22), (70, 12), (76, 22), (32, 34)], (mix(tea, BONE, 0.4), tea))
    c.rect(31, 48, 34, 24, (BONE, mix(BONE, AMBER, 0.2)), round_by=3)
    marigold(c, 48, 60, 8)
    chance = random.Random(3)
    for _ in range(46):
        x, y = chance.gauss(76, 6), chance.gauss(84, 2.4)
        c.ellipse(x, y, 1.5, 0.7, mix((74, 60, 40), (40, 70, 50), chance.random()))
    shine(c, 33, 42, 2, 9)


def _seeds(c: Canvas) -> None:
    paper = (222, 192, 146)
    c.polygon([(24, 34), (70, 28), (76, 84), (30, 88)], (mix(paper, BONE, 0.4), paper, mix(paper, INK, 0.35)))
    c.polygon([(24, 34), (70, 28), (66, 44), (30, 48)], (mix(paper, INK, 0.3), paper))
    c.polygon([(20, 24), (66, 16), (70, 28), (24, 34)], (mix(paper, BONE, 0.5), paper))
    c.line([(62, 30), (70, 14), (64, 4)], 1.6, (80, 120, 70), soft=True)
    marigold(c, 66, 20, 17)
    chance = random.Random(5)
    for _ in range(14):
        x, y = chance.uniform(28, 84), chance.uniform(84, 93)
        c.line([(x, y), (x + chance.uniform(2.5, 4.5), y - chance.uniform(-1.5, 1.5))], 1.2, (54, 42, 40))
        c.line([(x + 0.6, y), (x + 2, y)], 0.5, BONE, alpha=0.8)
    marigold(c, 52, 66, 9)


def _glove(c: Canvas) -> None:
    wool = mix(ROSE, BONE, 0.08)
    c.curve([(30, 62), (22, 44), (16, 38), (22, 32), (32, 42)], (AMBER, mix(AMBER, ROSE, 0.4)))
    for x, top in ((36, 20), (46, 14), (56, 16), (66, 24)):
        c.rect(x - 4.6, top, 9.2, 40, (mix(wool, BONE, 0.2), wool), round_by=4.6)
    c.rect(31, 40, 40, 34, (wool, mix(wool, INK, 0.3)), round_by=8)
    c.rect(33, 68, 36, 18, (mix(wool, INK, 0.2), mix(wool, INK, 0.45)), round_by=4)
    for number in range(9):
        c.rect(35 + 3.9 * number, 69, 1.4, 16, mix(wool, NIGHT, 0.45), round_by=0.7, alpha=0.6)
    for row in range(7):
        for column in range(10):
            x, y = 33 + 3.8 * column, 43 + 3.6 * row
            c.line([(x, y), (x + 1.4, y + 1.6), (x + 2.8, y)], 0.7, mix(wool, BONE, 0.3), alpha=0.35)


def _lantern(c: Canvas, tier: str, lit: bool) -> None:
    flame = LAMP if lit else (mix(INK, TEAL, 0.5), mix(INK, TEAL, 0.25))
    if lit:
        c.glow(50, 54, 56, AMBER, 1.0)
    c.arc(50, 22, 11, 180, 360, 1.6, STEEL[1])
    if tier == "paper":
        body = (
            ((255, 236, 190), (250, 186, 96), (222, 120, 60))
            if lit
            else (mix(BONE, INK, 0.2), mix(BONE, INK, 0.45), mix(BONE, INK, 0.6))
        )
        c.ellipse(50, 54, 28, 29, body)
        for number in range(7):
            y = 32 + 7.3 * number
            half = 28 * math.sqrt(max(0.0, 1 - ((y - 54) / 29) ** 2))
            c.arc(
                50,
                y - 60 + half * 0.05,
                61,
                90 - half * 0.93,
                90 + half * 0.93,
                0.7,
                mix(body[1], INK, 0.35),
                alpha=0.7,
            )
        c.rect(40, 23, 20, 4, (mix(ROSE, INK, 0.3), INK), round_by=1.5)
        c.rect(42, 81, 16, 4, (mix(ROSE, INK, 0.3), INK), round_by=1.5)
        c.rect(60, 58, 9, 8, mix(body[1], ROSE, 0.35), round_by=1, alpha=0.8)
        if lit:
            c.glow(50, 58, 26, (255, 240, 200), 1.0)
        return
    metal = BRASS if tier == "brass" else ((236, 240, 244), (170, 180, 196), (96, 106, 130))
    if tier == "brass":
        c.polygon([(34, 32), (50, 16), (66, 32)], metal)
        c.rect(30, 31, 40, 5, metal, round_by=2)
        c.rect(33, 36, 34, 40, (mix(metal[2], NIGHT, 0.3), NIGHT), round_by=2)
        for x in (36, 51):
            c.rect(x, 38, 13, 36, flame, round_by=1.5)
        if lit:
            c.curve([(50, 42), (57, 58), (50, 68), (43, 58)], ((255, 250, 230), (255, 206, 110)))
            c.glow(50, 58, 30, (255, 220, 150), 1.0)
        for x in (33, 48.7, 64.4):
            c.rect(x, 36, 2.6, 40, metal)
        c.rect(30, 75, 40, 6, metal, round_by=2)
        c.rect(34, 81, 32, 5, (metal[1], metal[2]), round_by=2)
        c.rect(39, 40, 2, 30, (255, 255, 250), alpha=0.35 if lit else 0.2)
        return
    c.curve(
        [(50, 22), (66, 36), (68, 58), (58, 78), (42, 78), (32, 58), (34, 36)],
        ((210, 216, 232), (136, 146, 176)) if not lit else ((255, 244, 220), (250, 196, 120)),
        alpha=0.85,
    )
    for side in (-1, 1):
        c.curve([(50 + side * 3, 30), (50 + side * 15, 44), (50 + side * 10, 68), (50 + side * 8, 46)], flame)
    if lit:
        c.curve([(50, 44), (54, 56), (50, 64), (46, 56)], (255, 252, 240))
        c.glow(50, 56, 28, (255, 226, 170), 1.0)
    for part in (-1.0, -0.45, 0.45, 1.0):
        c.line([(50, 22), (50 + 17 * part, 44), (50 + 15 * part, 62), (50 + 8 * part, 78)], 1.1, metal[0], soft=True)
    c.rect(39, 77, 22, 5, metal, round_by=2.5)
    c.ellipse(50, 21, 3.4, 3.4, metal)
    c.arc(50, 12, 5, 40, 320, 1.3, metal[0])


THINGS: Mapping[str, Callable[[Canvas], None]] = {
    "tram-token": _token,
    "ticket-roll": _ticket_roll,
    "conductor-whistle": _whistle,
    "spare-fuse": _fuse,
    "moth-jar": _moths,
    "sea-glass": _sea_glass,
    "wind-up-gull": _gull,
    "star-chart": _chart,
    "eel-skewer": _skewer,
    "plum-bun": _bun,
    "tea-tin": _tin,
    "marigold-seeds": _seeds,
    "lost-glove": _glove,
    **{
        f"lantern-{tier}-{state}": lambda c, tier=tier, state=state: _lantern(c, tier, state == "lit")  # type: ignore[misc]
        for tier in ("paper", "brass", "moonlit")
        for state in ("dark", "lit")
    },
}


# --- grounds --------------------------------------------------------------------------------------------------------


def tile(c: Canvas, what: str) -> None:
    """A surface seen from above."""
    chance = random.Random(what)
    if what == "water":
        c.ground((NIGHT, mix(NIGHT, TEAL, 0.25), NIGHT))
        for _ in range(260):
            x, y, width = chance.uniform(-5, 105), chance.uniform(0, 100), chance.uniform(4, 16)
            c.line(
                [(x, y), (x + width / 2, y - 1.2), (x + width, y)],
                chance.uniform(0.2, 0.7),
                mix(TEAL, BONE, chance.uniform(0, 0.4)),
                soft=True,
                alpha=chance.uniform(0.2, 0.6),
            )
        return
    if what == "planks":
        c.ground((NIGHT,))
        for row in range(8):
            wood = mix((150, 130, 110), INK, chance.uniform(0.25, 0.55))
            c.rect(-1, row * 12.5 + 0.4, 102, 11.7, (mix(wood, BONE, 0.15), wood, mix(wood, NIGHT, 0.3)))
            for _ in range(16):
                x, y = chance.uniform(-10, 90), row * 12.5 + chance.uniform(1, 11.5)
                c.line(
                    [(x, y), (x + chance.uniform(8, 30), y + chance.uniform(-0.5, 0.5))],
                    0.3,
                    mix(wood, NIGHT, 0.5),
                    alpha=0.6,
                )
            for x in (chance.uniform(5, 15), chance.uniform(60, 90)):
                c.ellipse(x, row * 12.5 + 6, 0.9, 0.9, NIGHT)
        return
    if what == "slates":
        c.ground((NIGHT,))
        for row in range(-1, 11):
            for column in range(-1, 9):
                slate = mix((58, 74, 104), (40, 62, 84), chance.random())
                x, y = column * 12.5 + (6.25 if row % 2 else 0), row * 10.0
                c.rect(x + 0.3, y - 6, 11.9, 20, (mix(slate, NIGHT, 0.5), slate, mix(slate, BONE, 0.18)), round_by=6)
        return
    if what == "moss":
        c.ground((mix(BONE, INK, 0.55),))
        for row in range(20):
            for column in range(20):
                stone = mix(mix(BONE, TEAL, chance.uniform(0.05, 0.4)), INK, chance.uniform(0.15, 0.4))
                c.rect(column * 5 + 0.3, row * 5 + 0.3, 4.4, 4.4, (mix(stone, BONE, 0.1), stone), round_by=0.6)
        for _ in range(420):
            x, y = chance.gauss(62, 22), chance.gauss(46, 24)
            c.ellipse(
                x,
                y,
                chance.uniform(0.8, 3),
                chance.uniform(0.8, 2.4),
                mix((44, 74, 52), (96, 124, 70), chance.random()),
                alpha=0.8,
            )
        return
    stones(c, chance)
    if what == "rails":
        for x in (30.0, 70.0):
            c.rect(x - 4, -1, 8, 102, NIGHT, alpha=0.75)
            c.rect(x - 2.6, -1, 5.2, 102, STEEL[2])
            c.rect(x - 1.6, -1, 2.2, 102, STEEL[0], alpha=0.8)


def stones(c: Canvas, chance: random.Random) -> None:
    c.ground((NIGHT,))
    for row in range(-1, 15):
        for column in range(-1, 13):
            x = column * 8.4 + (4.2 if row % 2 else 0) + chance.uniform(-0.5, 0.5)
            y = row * 7.2 + 2.2 * math.sin(column * 0.75)
            stone: Color = mix(mix(INK, TEAL, chance.uniform(0.1, 0.4)), (110, 112, 120), chance.uniform(0.1, 0.4))
            c.rect(x, y, 7.8, 6.6, (mix(stone, BONE, 0.12), stone, mix(stone, NIGHT, 0.45)), round_by=2.6)
            c.ellipse(x + 3.2, y + 1.8, 2.2, 0.7, mix(TEAL, BONE, 0.4), alpha=0.4)
