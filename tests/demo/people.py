"""The cast: portraits with a mood, and character sheets."""

from __future__ import annotations

import math
import random
from collections.abc import Callable
from dataclasses import dataclass

from tests.demo.canvas import AMBER, BONE, INK, NIGHT, ROSE, TEAL, Canvas, Color, mix
from tests.demo.town import LAMP

MOODS = ("calm", "glad", "worried", "amazed")


@dataclass(frozen=True)
class Person:
    skin: Color
    hair: Color
    coat: Color
    head: Callable[[Canvas, float, float, float], None]
    """What is on and behind the head: behind is painted first by `back`."""
    back: Callable[[Canvas, float, float, float], None]
    dress: Callable[[Canvas, float, float, float], None]
    wide: float = 1.0
    """Of the face, as a part of an ordinary one."""
    brows: Color = (40, 28, 30)
    fox: bool = False


def portrait(c: Canvas, person: Person, mood: str, seed: int) -> None:
    """Head and shoulders in lamplight, before distant lights."""
    bokeh(c, seed)
    x, y, r = c.wide * 0.5, c.tall * 0.42, c.tall * 0.185
    c.glow(c.wide * 0.95, c.tall * 0.4, c.tall * 0.75, (214, 128, 56), 0.75)
    bust(c, person, mood, x, y, r)
    c.vignette(0.5)


def bokeh(c: Canvas, seed: int) -> None:
    chance = random.Random(seed)
    c.ground(((18, 26, 50), (30, 62, 78), (24, 46, 62), NIGHT))
    for _ in range(26):
        color = chance.choice((AMBER, (240, 140, 80), (110, 180, 170), BONE, ROSE))
        radius = chance.uniform(0.015, 0.06) * c.tall
        x, y = chance.uniform(0, c.wide), chance.uniform(0.05, 0.75) * c.tall
        c.glow(x, y, radius * 2.2, color, 0.4)
        c.ellipse(x, y, radius, radius, color, alpha=chance.uniform(0.12, 0.4), blur=radius * 0.06)


def bust(c: Canvas, p: Person, mood: str, x: float, y: float, r: float) -> None:
    """Somebody from the waist up; `r` is half the height of the face."""
    dark, light = mix(p.skin, INK, 0.42), mix(p.skin, AMBER, 0.25)
    p.back(c, x, y, r)
    shoulders = [
        (x - r * 2.3, y + r * 4.2),
        (x - r * 2.15, y + r * 2.3),
        (x - r * 1.2, y + r * 1.55),
        (x - r * 0.4, y + r * 1.3),
        (x + r * 0.4, y + r * 1.3),
        (x + r * 1.2, y + r * 1.55),
        (x + r * 2.15, y + r * 2.3),
        (x + r * 2.3, y + r * 4.2),
    ]
    c.curve(shoulders, (mix(p.coat, BONE, 0.08), mix(p.coat, NIGHT, 0.45)))
    c.curve(
        [
            (x + r * 1.3, y + r * 1.62),
            (x + r * 2.12, y + r * 2.3),
            (x + r * 2.28, y + r * 4.2),
            (x + r * 1.95, y + r * 4.2),
            (x + r * 1.85, y + r * 2.5),
        ],
        mix(p.coat, AMBER, 0.55),
        alpha=0.6,
        blur=r * 0.06,
    )
    if not p.fox:
        c.polygon(
            [
                (x - r * 0.38, y + r * 0.6),
                (x + r * 0.38, y + r * 0.6),
                (x + r * 0.45, y + r * 1.5),
                (x, y + r * 1.75),
                (x - r * 0.45, y + r * 1.5),
            ],
            (dark, mix(p.skin, INK, 0.3)),
        )
    p.dress(c, x, y, r)
    if p.fox:
        fox_face(c, p, mood, x, y, r)
    else:
        w = r * 0.82 * p.wide
        face = [
            (x - w, y - r * 0.25),
            (x - w * 0.9, y + r * 0.42),
            (x - w * 0.42, y + r * 0.95),
            (x, y + r * 1.05),
            (x + w * 0.42, y + r * 0.95),
            (x + w * 0.9, y + r * 0.42),
            (x + w, y - r * 0.25),
            (x + w * 0.6, y - r * 0.95),
            (x, y - r * 1.12),
            (x - w * 0.6, y - r * 0.95),
        ]
        for side in (-1, 1):
            c.ellipse(x + side * w * 1.0, y + r * 0.06, r * 0.14, r * 0.22, dark if side < 0 else light)
        c.curve(face, (p.skin, mix(p.skin, INK, 0.12)))
        shade = [
            (x - w, y - r * 0.25),
            (x - w * 0.9, y + r * 0.42),
            (x - w * 0.42, y + r * 0.95),
            (x - w * 0.1, y + r * 1.0),
            (x - w * 0.42, y + r * 0.2),
            (x - w * 0.3, y - r * 0.9),
            (x - w * 0.6, y - r * 0.9),
        ]
        c.curve(shade, mix(p.skin, TEAL, 0.55), alpha=0.45, blur=r * 0.08)
        c.curve(
            [
                (x + w * 0.98, y - r * 0.2),
                (x + w * 0.88, y + r * 0.42),
                (x + w * 0.45, y + r * 0.92),
                (x + w * 0.62, y + r * 0.3),
                (x + w * 0.74, y - r * 0.3),
            ],
            (255, 214, 150),
            alpha=0.5,
            blur=r * 0.07,
        )
        features(c, p, mood, x + r * 0.07, y, r)
    p.head(c, x, y, r)


def features(c: Canvas, p: Person, mood: str, x: float, y: float, r: float) -> None:
    lift = {"calm": 0.0, "glad": -0.02, "worried": 0.0, "amazed": -0.11}[mood]
    open_by = {"calm": 0.085, "glad": 0.07, "worried": 0.095, "amazed": 0.135}[mood]
    for side in (-1, 1):
        ex, ey = x + side * r * 0.36, y - r * 0.02
        c.ellipse(ex, ey, r * 0.17, r * open_by, (250, 242, 226))
        c.ellipse(ex + r * 0.03, ey + r * 0.005, r * 0.085, min(r * 0.095, r * open_by), (62, 40, 34))
        c.ellipse(ex + r * 0.06, ey - r * 0.03, r * 0.028, r * 0.028, (255, 250, 236))
        c.arc(ex, ey + r * 0.06, r * 0.2, 205, 335, r * 0.045, p.brows)
        inner, outer = {"calm": (0.0, 0.03), "glad": (-0.03, 0.02), "worried": (-0.13, 0.06), "amazed": (-0.05, -0.02)}[
            mood
        ]
        by = y - r * (0.29 - lift)
        c.line(
            [(ex - side * r * 0.17, by + inner * r), (ex, by - r * 0.055), (ex + side * r * 0.2, by + outer * r)],
            r * 0.075,
            p.brows,
            soft=True,
        )
        c.ellipse(ex + side * r * 0.06, y + r * 0.3, r * 0.17, r * 0.1, ROSE, alpha=0.35, blur=r * 0.06)
    nose = mix(p.skin, ROSE, 0.45)
    c.curve(
        [
            (x - r * 0.03, y - r * 0.02),
            (x + r * 0.17, y + r * 0.3),
            (x + r * 0.04, y + r * 0.38),
            (x - r * 0.14, y + r * 0.33),
        ],
        nose,
        alpha=0.75,
    )
    c.ellipse(x + r * 0.07, y + r * 0.25, r * 0.05, r * 0.05, (255, 226, 180), alpha=0.7, blur=r * 0.02)
    my, dark = y + r * 0.6, mix(p.skin, (92, 30, 40), 0.75)
    if mood == "glad":
        c.curve(
            [
                (x - r * 0.3, my - r * 0.06),
                (x, my),
                (x + r * 0.3, my - r * 0.06),
                (x + r * 0.17, my + r * 0.16),
                (x, my + r * 0.21),
                (x - r * 0.17, my + r * 0.16),
            ],
            (104, 36, 44),
        )
        c.curve(
            [(x - r * 0.24, my - r * 0.03), (x, my + r * 0.03), (x + r * 0.24, my - r * 0.03), (x, my + r * 0.08)],
            (250, 240, 224),
        )
    elif mood == "amazed":
        c.ellipse(x, my + r * 0.07, r * 0.12, r * 0.17, (92, 32, 42))
    elif mood == "worried":
        c.line(
            [(x - r * 0.2, my + r * 0.08), (x, my + r * 0.0), (x + r * 0.2, my + r * 0.09)], r * 0.06, dark, soft=True
        )
    else:
        c.line(
            [(x - r * 0.22, my - r * 0.01), (x, my + r * 0.06), (x + r * 0.24, my - r * 0.05)],
            r * 0.06,
            dark,
            soft=True,
        )


def fox_face(c: Canvas, p: Person, mood: str, x: float, y: float, r: float) -> None:
    fur, shade = p.skin, mix(p.skin, INK, 0.35)
    for side in (-1, 1):
        notch = (
            [(x + side * r * 0.95, y - r * 1.75)]
            if side < 0
            else [
                (x + side * r * 0.98, y - r * 1.7),
                (x + side * r * 0.86, y - r * 1.45),
                (x + side * r * 1.02, y - r * 1.4),
            ]
        )
        c.polygon(
            [(x + side * r * 0.22, y - r * 0.75), *notch, (x + side * r * 1.0, y - r * 0.35)],
            (mix(fur, INK, 0.55), fur),
        )
        c.polygon(
            [
                (x + side * r * 0.42, y - r * 0.75),
                (x + side * r * 0.86, y - r * 1.38),
                (x + side * r * 0.86, y - r * 0.5),
            ],
            (mix(BONE, ROSE, 0.3), mix(fur, ROSE, 0.4)),
        )
    c.curve(
        [
            (x - r * 1.15, y + r * 0.28),
            (x - r * 0.8, y - r * 0.68),
            (x, y - r * 0.92),
            (x + r * 0.8, y - r * 0.68),
            (x + r * 1.15, y + r * 0.28),
            (x + r * 0.5, y + r * 0.78),
            (x, y + r * 1.05),
            (x - r * 0.5, y + r * 0.78),
        ],
        (mix(fur, AMBER, 0.18), fur),
    )
    c.curve(
        [
            (x - r * 1.12, y + r * 0.28),
            (x - r * 0.78, y - r * 0.6),
            (x - r * 0.4, y - r * 0.5),
            (x - r * 0.6, y + r * 0.4),
        ],
        shade,
        alpha=0.45,
        blur=r * 0.08,
    )
    for side in (-1, 1):
        c.curve(
            [
                (x + side * r * 1.12, y + r * 0.3),
                (x + side * r * 0.55, y + r * 0.1),
                (x + side * r * 0.12, y + r * 0.36),
                (x + side * r * 0.06, y + r * 0.98),
                (x + side * r * 0.5, y + r * 0.76),
            ],
            (BONE, mix(BONE, TEAL, 0.15)),
        )
        wide = {"calm": 0.11, "glad": 0.07, "worried": 0.12, "amazed": 0.16}[mood]
        c.ellipse(x + side * r * 0.42, y - r * 0.08, r * 0.14, r * wide, (255, 226, 150))
        c.ellipse(x + side * r * 0.43, y - r * 0.08, r * 0.06, r * wide * 0.95, NIGHT)
        c.ellipse(x + side * r * 0.46, y - r * 0.13, r * 0.03, r * 0.03, (255, 250, 236))
        c.line(
            [
                (x + side * r * 0.2, y - r * 0.26),
                (x + side * r * 0.45, y - r * 0.34),
                (x + side * r * 0.66, y - r * 0.24),
            ],
            r * 0.06,
            mix(fur, NIGHT, 0.6),
            soft=True,
        )
    c.curve(
        [
            (x - r * 0.3, y + r * 0.34),
            (x, y + r * 0.24),
            (x + r * 0.3, y + r * 0.34),
            (x + r * 0.22, y + r * 0.8),
            (x, y + r * 0.98),
            (x - r * 0.22, y + r * 0.8),
        ],
        BONE,
    )
    c.ellipse(x, y + r * 0.44, r * 0.15, r * 0.11, (mix(NIGHT, BONE, 0.25), NIGHT))
    c.line([(x, y + r * 0.54), (x, y + r * 0.68)], r * 0.035, NIGHT)
    c.line([(x - r * 0.2, y + r * 0.7), (x, y + r * 0.76), (x + r * 0.2, y + r * 0.7)], r * 0.04, NIGHT, soft=True)
    for side in (-1, 1):
        for number in range(3):
            c.line(
                [
                    (x + side * r * 0.3, y + r * (0.56 + 0.06 * number)),
                    (x + side * r * 1.0, y + r * (0.46 + 0.12 * number)),
                ],
                r * 0.014,
                BONE,
                alpha=0.7,
            )


# --- who they are ---------------------------------------------------------------------------------------------------


def _nothing(c: Canvas, x: float, y: float, r: float) -> None:
    """Some have nothing behind their head."""


def _curls(c: Canvas, x: float, y: float, r: float) -> None:
    chance = random.Random(5)
    for _ in range(46):
        angle, away = chance.uniform(-0.25, math.pi + 0.25), chance.uniform(0.78, 1.14)
        c.ellipse(
            x + math.cos(angle) * r * away,
            y - r * 0.12 - math.sin(angle) * r * away,
            r * 0.2,
            r * 0.2,
            mix((34, 24, 30), (96, 62, 48), chance.random() * 0.5),
        )


def _cap(c: Canvas, x: float, y: float, r: float) -> None:
    navy = (38, 52, 92)
    c.curve(
        [
            (x - r * 0.98, y - r * 0.58),
            (x - r * 1.08, y - r * 1.12),
            (x - r * 0.4, y - r * 1.55),
            (x + r * 0.5, y - r * 1.52),
            (x + r * 1.1, y - r * 1.08),
            (x + r * 0.98, y - r * 0.58),
        ],
        (mix(navy, BONE, 0.2), navy),
    )
    c.curve(
        [
            (x - r * 0.96, y - r * 0.86),
            (x, y - r * 0.98),
            (x + r * 0.96, y - r * 0.86),
            (x + r * 0.94, y - r * 0.56),
            (x, y - r * 0.66),
            (x - r * 0.94, y - r * 0.56),
        ],
        mix(navy, NIGHT, 0.35),
    )
    c.curve(
        [
            (x - r * 0.86, y - r * 0.62),
            (x, y - r * 0.74),
            (x + r * 0.86, y - r * 0.62),
            (x + r * 0.6, y - r * 0.42),
            (x, y - r * 0.36),
            (x - r * 0.6, y - r * 0.42),
        ],
        (NIGHT, mix(NIGHT, BONE, 0.18)),
    )
    c.ellipse(x + r * 0.03, y - r * 1.05, r * 0.15, r * 0.15, (mix(AMBER, BONE, 0.4), AMBER))
    c.text(x + r * 0.03, y - r * 1.05, "9", r * 0.2, (92, 54, 30))
    for side in (-1, 1):
        chance = random.Random(8)
        for _ in range(9):
            c.ellipse(
                x + side * r * chance.uniform(0.18, 0.52),
                y + r * chance.uniform(0.18, 0.36),
                r * 0.018,
                r * 0.018,
                (110, 60, 44),
                alpha=0.75,
            )


def _uniform(c: Canvas, x: float, y: float, r: float) -> None:
    for number in range(3):
        for side in (-1, 1):
            c.ellipse(
                x + side * r * 0.5,
                y + r * (2.35 + 0.55 * number),
                r * 0.1,
                r * 0.1,
                (mix(AMBER, BONE, 0.45), mix(AMBER, INK, 0.3)),
            )
    c.line([(x - r * 0.04, y + r * 1.7), (x - r * 0.08, y + r * 4.2)], r * 0.03, NIGHT, alpha=0.6)
    scarf = (238, 152, 52)
    c.curve(
        [
            (x - r * 0.85, y + r * 1.2),
            (x, y + r * 1.42),
            (x + r * 0.85, y + r * 1.2),
            (x + r * 0.95, y + r * 1.62),
            (x, y + r * 2.0),
            (x - r * 0.95, y + r * 1.62),
        ],
        (mix(scarf, BONE, 0.25), mix(scarf, INK, 0.25)),
    )
    c.curve(
        [
            (x + r * 0.2, y + r * 1.7),
            (x + r * 0.62, y + r * 1.66),
            (x + r * 0.7, y + r * 3.0),
            (x + r * 0.3, y + r * 3.05),
        ],
        (scarf, mix(scarf, INK, 0.3)),
    )
    for number in range(5):
        c.line(
            [
                (x - r * (0.7 - 0.33 * number), y + r * (1.38 + 0.1 * math.sin(number))),
                (x - r * (0.66 - 0.33 * number), y + r * 1.74),
            ],
            r * 0.025,
            mix(scarf, INK, 0.35),
            alpha=0.6,
        )


def _old_hair(c: Canvas, x: float, y: float, r: float) -> None:
    for side in (-1, 1):
        c.curve(
            [
                (x + side * r * 0.5, y - r * 0.8),
                (x + side * r * 0.9, y - r * 0.55),
                (x + side * r * 0.86, y + r * 0.3),
                (x + side * r * 0.55, y + r * 0.1),
            ],
            (236, 232, 222),
        )


def _spectacles(c: Canvas, x: float, y: float, r: float) -> None:
    for side in (-1, 1):
        ex = x + r * 0.07 + side * r * 0.36
        c.ellipse(ex, y - r * 0.02, r * 0.27, r * 0.27, AMBER, alpha=0.28)
        c.polygon(
            [
                (ex - r * 0.02, y - r * 0.24),
                (ex + r * 0.12, y - r * 0.22),
                (ex - r * 0.04, y + r * 0.2),
                (ex - r * 0.16, y + r * 0.16),
            ],
            (255, 244, 214),
            alpha=0.45,
        )
        c.arc(ex, y - r * 0.02, r * 0.28, 0, 360, r * 0.045, (206, 160, 84))
    c.arc(x + r * 0.07, y - r * 0.02, r * 0.09, 180, 360, r * 0.04, (206, 160, 84))
    c.curve(
        [
            (x + r * 0.07, y + r * 0.42),
            (x + r * 0.5, y + r * 0.52),
            (x + r * 0.62, y + r * 0.72),
            (x + r * 0.07, y + r * 0.58),
            (x - r * 0.48, y + r * 0.72),
            (x - r * 0.36, y + r * 0.52),
        ],
        ((248, 244, 236), (206, 206, 204)),
    )


def _smock(c: Canvas, x: float, y: float, r: float) -> None:
    c.curve(
        [
            (x - r * 0.7, y + r * 1.25),
            (x, y + r * 1.5),
            (x + r * 0.7, y + r * 1.25),
            (x + r * 0.5, y + r * 1.9),
            (x, y + r * 2.25),
            (x - r * 0.5, y + r * 1.9),
        ],
        (BONE, mix(BONE, INK, 0.25)),
    )
    c.rect(
        x - r * 1.5,
        y + r * 2.7,
        r * 0.95,
        r * 1.2,
        (mix((150, 126, 92), INK, 0.15), mix((150, 126, 92), INK, 0.4)),
        round_by=r * 0.1,
    )
    for number, tool in enumerate((ROSE, BONE, AMBER)):
        c.rect(x - r * (1.38 - 0.28 * number), y + r * 2.35, r * 0.1, r * 0.6, tool, round_by=r * 0.04)
    for number in range(6):
        c.rect(
            x + r * 1.35,
            y + r * (0.2 + 0.62 * number),
            r * 0.9,
            r * 0.1,
            (mix((150, 100, 62), BONE, 0.2), (110, 70, 46)),
        )
    for side in (1.3, 2.2):
        c.rect(x + r * side, y - r * 0.3, r * 0.1, r * 4.6, ((150, 100, 62), (90, 58, 42)))


def _plait(c: Canvas, x: float, y: float, r: float) -> None:
    c.ellipse(x, y - r * 0.35, r * 1.08, r * 1.0, ((226, 226, 226), (150, 156, 166)))
    for number in range(9):
        c.ellipse(
            x + r * (1.05 + 0.06 * math.sin(number)),
            y + r * (0.2 + 0.42 * number),
            r * 0.27,
            r * 0.27,
            ((226, 226, 226), (150, 156, 166)),
        )


def _parting(c: Canvas, x: float, y: float, r: float) -> None:
    hair = ((236, 236, 234), (176, 180, 188))
    for side in (-1, 1):
        c.curve(
            [
                (x, y - r * 1.18),
                (x + side * r * 0.6, y - r * 1.1),
                (x + side * r * 0.98, y - r * 0.4),
                (x + side * r * 0.86, y - r * 0.12),
                (x + side * r * 0.5, y - r * 0.66),
                (x, y - r * 0.84),
            ],
            hair,
        )
    for side in (-1, 1):
        c.ellipse(x + side * r * 0.92, y + r * 0.36, r * 0.07, r * 0.1, LAMP)


def _apron(c: Canvas, x: float, y: float, r: float) -> None:
    sea = (120, 176, 160)
    c.curve(
        [
            (x - r * 0.95, y + r * 2.2),
            (x, y + r * 2.05),
            (x + r * 0.95, y + r * 2.2),
            (x + r * 1.25, y + r * 4.3),
            (x - r * 1.25, y + r * 4.3),
        ],
        (mix(sea, BONE, 0.25), mix(sea, INK, 0.3)),
    )
    for side in (-1, 1):
        c.line([(x + side * r * 0.85, y + r * 2.25), (x + side * r * 0.75, y + r * 1.4)], r * 0.14, sea)
    for number in range(7):
        part = (number - 3) / 3
        bx, by = x + part * r * 0.85, y + r * (1.55 + 0.42 * (1 - part * part))
        c.glow(bx, by, r * 0.4, (120, 190, 180), 0.5)
        c.ellipse(bx, by, r * 0.16, r * 0.16, ((206, 240, 226), (92, 160, 156)))
        c.ellipse(bx - r * 0.05, by - r * 0.06, r * 0.04, r * 0.04, (250, 255, 250), alpha=0.9)


def _waistcoat(c: Canvas, x: float, y: float, r: float) -> None:
    c.curve(
        [
            (x - r * 0.55, y + r * 0.9),
            (x + r * 0.55, y + r * 0.9),
            (x + r * 0.75, y + r * 2.2),
            (x, y + r * 3.2),
            (x - r * 0.75, y + r * 2.2),
        ],
        (BONE, mix(BONE, INK, 0.2)),
    )
    green = (44, 92, 72)
    for side in (-1, 1):
        c.curve(
            [
                (x + side * r * 0.5, y + r * 1.45),
                (x + side * r * 1.5, y + r * 1.75),
                (x + side * r * 1.6, y + r * 4.2),
                (x + side * r * 0.02, y + r * 4.2),
                (x + side * r * 0.1, y + r * 3.0),
            ],
            (mix(green, BONE, 0.15), mix(green, NIGHT, 0.4)),
        )
    for number in range(3):
        c.ellipse(x + r * 0.22, y + r * (3.05 + 0.4 * number), r * 0.07, r * 0.07, AMBER)
    c.line(
        [(x + r * 0.22, y + r * 3.1), (x + r * 0.7, y + r * 3.4), (x + r * 1.2, y + r * 3.05)],
        r * 0.045,
        (220, 178, 96),
        soft=True,
    )
    c.ellipse(x - r * 0.9, y + r * 2.5, r * 0.26, r * 0.26, (mix(BONE, TEAL, 0.1), BONE))
    c.arc(x - r * 0.9, y + r * 2.5, r * 0.26, 0, 360, r * 0.05, ROSE)
    c.text(x - r * 0.9, y + r * 2.5, "9", r * 0.34, INK)


PEOPLE = {
    "ines": Person((166, 108, 76), (40, 28, 30), (44, 58, 100), _cap, _curls, _uniform, wide=1.06),
    "pell": Person(
        (222, 184, 158),
        (236, 232, 222),
        (134, 122, 98),
        _spectacles,
        _old_hair,
        _smock,
        wide=0.86,
        brows=(214, 210, 204),
    ),
    "quill": Person(
        (204, 164, 120), (190, 194, 200), (158, 76, 58), _parting, _plait, _apron, wide=1.16, brows=(150, 150, 156)
    ),
    "miso": Person((206, 104, 54), (206, 104, 54), (44, 92, 72), _nothing, _nothing, _waistcoat, fox=True),
}


def sheet(c: Canvas, who: str, seed: int) -> None:
    """Three figures and three heads on a plain ground."""
    person = PEOPLE[who]
    c.ground((mix(BONE, (255, 250, 240), 0.5), BONE))
    base, tall = c.tall * 0.9, {"ines": 0.66, "pell": 0.8, "quill": 0.74, "miso": 0.55}[who] * c.tall
    for number in range(3):
        figure(c, person, c.wide * (0.12 + 0.2 * number), base, tall, view=("front", "side", "back")[number])
    for number, mood in enumerate(("glad", "worried", "amazed")):
        layer = Canvas(c.image.width, c.image.height, tall=c.tall, clear=True)
        layer.image = layer.image.resize(c.image.size)
        layer.scale, layer.wide = c.scale, c.wide
        y = c.tall * (0.2 + 0.3 * number)
        bust(layer, person, mood, c.wide * 0.8, y, c.tall * 0.075)
        # Only the head and the shoulders.
        bottom = round((y + c.tall * 0.13) * c.scale)
        c.image.alpha_composite(layer.image.crop((0, 0, layer.image.width, bottom)))


def figure(c: Canvas, p: Person, x: float, base: float, tall: float, *, view: str) -> None:
    """Somebody from head to foot."""
    r = tall * 0.085
    y, hip = base - tall + r * 1.6, base - tall * 0.42
    wide = r * (1.25 if view == "side" else 1.75)
    c.ellipse(x, base, wide * 1.25, r * 0.28, mix(BONE, INK, 0.35), alpha=0.6, blur=r * 0.15)
    for side in (-1, 1):
        step = side * wide * 0.4
        c.rect(x + step - r * 0.42, hip, r * 0.84, base - hip - r * 0.2, (mix(INK, BONE, 0.12), INK), round_by=r * 0.2)
        c.curve(
            [
                (x + step - r * 0.5, base - r * 0.75),
                (x + step + r * 0.5, base - r * 0.75),
                (x + step + r * (0.9 if view == "side" else 0.6), base),
                (x + step - r * 0.55, base),
            ],
            (mix((96, 62, 48), BONE, 0.15), (58, 38, 36)),
        )
    if p.fox:
        c.curve(
            [
                (x - wide * 0.3, hip),
                (x - wide * 1.5, hip + r * 0.6),
                (x - wide * 2.0, hip - r * 1.2),
                (x - wide * 1.5, hip - r * 1.6),
                (x - wide * 1.2, hip - r * 0.2),
            ],
            (BONE, p.skin),
        )
    for side in (-1, 1):
        c.line(
            [
                (x + side * wide * 0.85, y + r * 1.9),
                (x + side * wide * 1.2, y + r * 3.6),
                (x + side * wide * 1.1, hip + r * 0.6),
            ],
            r * 0.72,
            mix(p.coat, NIGHT, 0.18),
            soft=True,
        )
        c.ellipse(x + side * wide * 1.1, hip + r * 0.9, r * 0.33, r * 0.38, p.skin)
    c.curve(
        [
            (x - wide * 0.75, y + r * 1.4),
            (x + wide * 0.75, y + r * 1.4),
            (x + wide, y + r * 2.6),
            (x + wide * 0.85, hip),
            (x + wide * 1.15, hip + r * 2.0),
            (x - wide * 1.15, hip + r * 2.0),
            (x - wide * 0.85, hip),
            (x - wide, y + r * 2.6),
        ],
        (mix(p.coat, BONE, 0.12), mix(p.coat, NIGHT, 0.25)),
    )
    if view == "front":
        small = r * 0.82
        p.back(c, x, y, small)
        p.dress(c, x, y, small)
        if p.fox:
            fox_face(c, p, "calm", x, y, small)
        else:
            c.ellipse(x, y, small * 0.84 * p.wide, small * 1.05, (p.skin, mix(p.skin, INK, 0.15)))
            features(c, p, "calm", x, y, small)
        p.head(c, x, y, small)
        return
    p.back(c, x, y, r * 0.82)
    c.ellipse(x, y, r * 0.72, r * 0.9, p.skin if view == "side" or p.fox else p.hair)
    c.curve(
        [
            (x - r * 0.8, y + r * 0.3),
            (x - r * 0.8, y - r * 0.7),
            (x, y - r * 1.05),
            (x + r * 0.6, y - r * 0.75),
            (x + r * 0.1, y - r * 0.3),
            (x - r * 0.1, y + r * 0.5),
        ],
        p.hair,
    )
    if view == "side":
        c.curve(
            [
                (x + r * 0.6, y - r * 0.1),
                (x + r * (1.25 if p.fox else 0.95), y + r * 0.28),
                (x + r * 0.6, y + r * 0.42),
            ],
            BONE if p.fox else p.skin,
        )
        c.ellipse(x + r * 0.42, y - r * 0.08, r * 0.07, r * 0.1, NIGHT)
    if p.fox:
        for side in (-1, 1):
            c.polygon(
                [
                    (x + side * r * 0.1, y - r * 0.6),
                    (x + side * r * 0.55, y - r * 1.5),
                    (x + side * r * 0.7, y - r * 0.4),
                ],
                (mix(p.skin, INK, 0.5), p.skin),
            )
