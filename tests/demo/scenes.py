"""The pictures of the showcase, each by the id of its asset."""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Mapping

from PIL import Image

from tests.demo import people, things
from tests.demo.canvas import AMBER, BONE, INK, NIGHT, ROSE, TEAL, Canvas, mix
from tests.demo.town import (
    DUSK,
    FOG,
    LAMP,
    SKY,
    cobbles,
    emblem,
    hillside,
    lamp,
    lanterns,
    observatory,
    rails,
    stall,
    town,
    townsfolk,
    tram_front,
    tram_side,
)


def painted(id: str, width: int, height: int, variant: int = 0) -> Image.Image:
    """The picture of an asset; another variant is another take of the same."""
    c = Canvas(width, height)
    kind, _, name = id.partition("/")
    if kind == "item":
        things.icon(c, name)
    elif name.startswith("tile-"):
        things.tile(c, name.removeprefix("tile-"))
    elif name.endswith("-sheet"):
        people.sheet(c, name.removesuffix("-sheet"), variant)
    elif kind == "character":
        who, _, mood = name.partition("-")
        people.portrait(c, people.PEOPLE[who], mood if mood in people.MOODS else "calm", 4 + variant)
    else:
        SCENES[id.partition("#")[0]](c, variant)
    c.paper(seed=variant)
    return c.finished()


def market(c: Canvas, *, stalls: int, seed: int, top: float, size: float) -> None:
    """Stalls and people along the street, lanterns above them."""
    chance = random.Random(seed)
    base = top + size * 0.9
    step = c.wide / stalls
    lanterns(c, -2, top - size * 1.2, c.wide * 0.52, top - size * 0.9, round(c.wide / 14), size * 0.075)
    lanterns(c, c.wide * 0.5, top - size * 0.9, c.wide + 2, top - size * 1.25, round(c.wide / 14), size * 0.075)
    for number in range(stalls):
        stall(c, step * (number + 0.5) - size / 2 + chance.uniform(-2, 2), base, size, seed + number)
    for number in range(stalls * 2):
        townsfolk(
            c,
            step / 2 * (number + 0.5) + chance.uniform(-3, 3),
            base + size * chance.uniform(0.12, 0.3),
            size * 0.85,
            seed + number,
        )


def key_art(c: Canvas, variant: int) -> None:
    town(c, seed=3 + variant, sky=(SKY, DUSK, FOG)[variant % 3])
    cobbles(c, c.tall * 0.76, 4, light=(c.wide * 0.36, c.tall * 0.84))
    for number in range(4):
        stall(c, c.wide * 0.54 + number * c.tall * 0.21, c.tall * 0.88, c.tall * 0.17, number + variant)
    tram_side(c, c.wide * 0.11, c.tall * 0.88, c.tall * 0.66)
    lamp(c, c.wide * 0.06, c.tall * 0.91, c.tall * 0.36)
    lanterns(c, c.wide * 0.5, c.tall * 0.48, c.wide * 1.01, c.tall * 0.52, 9, c.tall * 0.017)
    for number in range(6):
        townsfolk(
            c,
            c.wide * 0.55 + number * c.tall * 0.14,
            c.tall * (0.93 + 0.02 * (number % 2)),
            c.tall * 0.15,
            number + variant,
        )
    c.vignette()


def terminus(c: Canvas, variant: int) -> None:
    town(c, seed=11 + variant, rise=0.8, low=0.66)
    cobbles(c, c.tall * 0.72, 6, light=(c.wide * 0.7, c.tall * 0.82))
    upright = c.wide < c.tall * 1.2
    width = c.wide * 0.9 if upright else c.tall * 0.78
    left = c.wide * 0.05 if upright else c.wide * 0.96 - width
    tram_side(c, left, c.tall * 0.86, width)
    lamp(c, left - c.tall * 0.04, c.tall * 0.9, c.tall * 0.4)
    for number, who in enumerate(("ines", "miso")):
        small = people.PEOPLE[who]
        people.figure(
            c, small, left + width * (0.3 + 0.18 * number), c.tall * 0.95, c.tall * (0.25, 0.2)[number], view="front"
        )
    c.vignette()


def front_in_fog(c: Canvas, variant: int) -> None:
    c.ground(FOG)
    side = c.wide > c.tall * 1.2
    x = c.wide * (0.72 if side else 0.5)
    for number in range(2):
        hillside(
            c,
            lambda _, n=number: c.tall * (0.62 + 0.12 * n),
            near=0.15 + 0.3 * number,
            size=c.tall * 0.13,
            seed=variant + number,
            lit=0.25,
        )
        c.cloud(c.wide / 2, c.tall * (0.55 + 0.1 * number), c.wide * 1.2, c.tall * 0.25, (86, 122, 128), 0.3, number)
    cobbles(c, c.tall * 0.74, 3, light=(x, c.tall * 0.8))
    tram_front(c, x, c.tall * 0.92, c.tall * 0.7)
    c.vignette()


def poster(c: Canvas, variant: int) -> None:
    c.ground((NIGHT, (28, 44, 66), (70, 108, 112), (44, 70, 82), NIGHT))
    c.stars(60, 30, variant)
    hillside(c, lambda x: 46 - abs(x - c.wide / 2) * 0.2, near=0.2, size=9, seed=variant, lit=0.3)
    c.cloud(c.wide / 2, 44, c.wide * 1.2, 22, (96, 132, 132), 0.4, 3)
    for number, x in enumerate((-9.0, c.wide - 15)):
        stall(c, x, 78, 24, number + variant)
    cobbles(c, 70, 5, light=(c.wide / 2, 76))
    rails(c, 100, 62, c.wide / 2)
    tram_front(c, c.wide / 2, 82, 50)
    lanterns(c, -2, 22, c.wide + 2, 22, 7, 1.6)
    c.rect(0, 86, c.wide, 14, NIGHT, alpha=0.6, blur=3)
    c.text(c.wide / 2, 90.4, "THE LAST TRAM", 6.2, BONE)
    c.text(c.wide / 2, 96.2, "IS NEVER LATE", 6.2, BONE)


def logo(c: Canvas, variant: int) -> None:
    c.ground((INK,))
    emblem(c, c.wide / 2, 36, 25)
    c.text(c.wide / 2, 73, "LANTERN LINE", 15, BONE)
    c.line([(c.wide * 0.15, 87), (c.wide * 0.8, 87)], 1.2, BONE)
    c.arc(c.wide * 0.8, 83.5, 3.5, -60, 90, 1.2, AMBER)


def app_icon(c: Canvas, variant: int) -> None:
    c.ground((INK, mix(INK, TEAL, 0.6), TEAL))
    tram_front(c, c.wide / 2, 94, 82)


def favicon(c: Canvas, variant: int) -> None:
    c.ground((INK,))
    emblem(c, c.wide / 2, 52, 40)


def preview(c: Canvas, variant: int) -> None:
    front_in_fog(c, variant)
    c.rect(0, 0, c.wide * 0.5, c.tall, NIGHT, alpha=0.35, blur=14)
    c.text(c.wide * 0.26, 42, "Lantern", 19, BONE)
    c.text(c.wide * 0.26, 62, "Line", 19, BONE)


def banner(c: Canvas, variant: int) -> None:
    c.ground(SKY)
    c.stars(400, 50, variant)
    for number, near in enumerate((0.15, 0.45, 0.85)):
        hillside(
            c,
            lambda x, n=number: c.tall * (0.72 + 0.12 * n - (0.42 - 0.1 * n) * x / c.wide),
            near=near,
            size=c.tall * (0.12 + 0.07 * number),
            seed=variant + number,
        )
    observatory(c, c.wide * 0.965, c.tall * 0.25, c.tall * 0.13)
    tram_side(c, c.wide * 0.5, c.tall * 0.9, c.tall * 1.1)
    for number in range(7):
        stall(c, c.wide * 0.36 + number * c.tall * 0.16, c.tall * 0.92, c.tall * 0.13, number)


def side_rail(c: Canvas, variant: int) -> None:
    c.ground((NIGHT, (24, 36, 66), (40, 70, 92), INK, NIGHT))
    c.stars(160, 24, variant)
    wide = c.wide
    observatory(c, wide * 0.5, 13, wide * 0.3)
    for number in range(9):
        y = 21 + number * 7.4
        hillside(c, lambda _, y=y: y, near=min(1.0, 0.2 + number * 0.09), size=wide * 0.33, seed=variant + number)
        lanterns(c, -1, y - 1.5, wide + 1, y + (2 if number % 2 else -2), 6, 0.3)
    tram_side(c, wide * 0.05, 52, wide * 0.85)
    stall(c, wide * 0.06, 84, wide * 0.4, 1)
    stall(c, wide * 0.54, 84.5, wide * 0.38, 2)
    c.mirror(86)


def wallpaper(c: Canvas, variant: int) -> None:
    c.ground((NIGHT, (24, 40, 62), (36, 70, 84), (30, 52, 66), NIGHT))
    chance = random.Random(17 + variant)
    for _ in range(160):
        x, y = chance.uniform(0, c.wide), 34 + abs(chance.gauss(0, 20))
        color = chance.choice((AMBER, AMBER, (250, 150, 90), BONE, (120, 190, 180)))
        radius = chance.uniform(0.7, 2.6) * (1 + (y - 34) / 50)
        c.glow(x, y, radius * 2.6, color, 0.35)
        c.ellipse(x, y, radius, radius, color, alpha=chance.uniform(0.12, 0.42), blur=0.3)
    for _ in range(420):
        x, y, r = chance.uniform(0, c.wide), chance.uniform(0, 94), chance.uniform(0.15, 0.7)
        c.ellipse(x, y, r, r * 1.25, (mix(TEAL, NIGHT, 0.4), mix(AMBER, BONE, 0.4)), alpha=0.55)
        c.ellipse(x - r * 0.3, y - r * 0.4, r * 0.25, r * 0.25, (255, 250, 236), alpha=0.7)
    for _ in range(12):
        x, y = chance.uniform(0, c.wide), chance.uniform(5, 55)
        c.line([(x, y), (x + 0.4, y + 9), (x - 0.2, y + 20)], 0.35, mix(TEAL, BONE, 0.5), soft=True, alpha=0.3)
    c.rect(-2, 92, c.wide + 4, 9, (mix(INK, ROSE, 0.15), NIGHT))
    c.vignette(0.6)


def drive(c: Canvas, variant: int) -> None:
    c.ground((NIGHT, (26, 40, 62), INK))
    layer = Canvas(900, 500)
    town(layer, seed=9 + variant, rise=0.7)
    cobbles(layer, 76, 2)
    rails(layer, 100, 62, layer.wide * 0.5)
    view = layer.image.resize((round(c.wide * 0.86 * c.scale), round(58 * c.scale)))
    c.image.paste(view, (round(c.wide * 0.07 * c.scale), round(4 * c.scale)))
    c.rect(0, 0, c.wide, 4, NIGHT)
    c.rect(c.wide * 0.485, 0, c.wide * 0.03, 62, (mix(ROSE, INK, 0.5), NIGHT))
    for x in (0.0, c.wide * 0.93):
        c.rect(x, 0, c.wide * 0.07, 100, (mix(ROSE, INK, 0.55), NIGHT))
    c.rect(0, 60, c.wide, 40, (mix(ROSE, INK, 0.35), mix(INK, NIGHT, 0.4)))
    c.glow(c.wide * 0.5, 66, 60, AMBER, 0.5)
    dial(c, c.wide * 0.27, 78, 13)
    c.ellipse(c.wide * 0.58, 84, 15, 12, things.BRASS)
    c.ellipse(c.wide * 0.58, 82, 11, 8.5, (things.BRASS[1], things.BRASS[2]))
    c.line([(c.wide * 0.58, 82), (c.wide * 0.66, 70)], 4, things.BRASS)
    c.ellipse(c.wide * 0.665, 69, 3.4, 3.4, (NIGHT, mix(NIGHT, ROSE, 0.4)))
    skin, navy = people.PEOPLE["ines"].skin, (44, 58, 100)
    c.curve(
        [(c.wide * 0.62, 71), (c.wide * 0.67, 64), (c.wide * 0.73, 68), (c.wide * 0.72, 76), (c.wide * 0.66, 77)],
        (mix(skin, AMBER, 0.25), mix(skin, INK, 0.2)),
    )
    c.line(
        [(c.wide * 0.72, 71), (c.wide * 0.82, 84), (c.wide * 0.9, 102)],
        12,
        (mix(navy, AMBER, 0.2), navy, NIGHT),
        soft=True,
    )
    c.vignette()


def dial(c: Canvas, x: float, y: float, r: float) -> None:
    c.ellipse(x, y, r, r, things.BRASS)
    c.glow(x, y, r * 1.6, AMBER, 0.6)
    c.ellipse(x, y, r * 0.85, r * 0.85, (mix(BONE, AMBER, 0.4), mix(BONE, AMBER, 0.15)))
    for number in range(11):
        angle = math.radians(140 + 26 * number)
        c.line(
            [
                (x + math.cos(angle) * r * 0.62, y + math.sin(angle) * r * 0.62),
                (x + math.cos(angle) * r * 0.76, y + math.sin(angle) * r * 0.76),
            ],
            r * 0.05,
            INK,
        )
    c.line([(x, y), (x + r * 0.42, y - r * 0.42)], r * 0.07, ROSE)
    c.ellipse(x, y, r * 0.1, r * 0.1, INK)


def counter(c: Canvas, names: tuple[str, ...], *, size: float, base: float) -> None:
    """Things of the bag in a row on a counter."""
    step = c.wide / len(names)
    for number, name in enumerate(names):
        layer = Canvas(500, 500, clear=True)
        things.icon(layer, name, ground=False)
        side = round(size * c.scale)
        small = layer.image.resize((side, side))
        c.ellipse(step * (number + 0.5), base, size * 0.36, size * 0.05, NIGHT, alpha=0.6, blur=size * 0.02)
        c.image.alpha_composite(
            small, (max(0, round((step * (number + 0.5) - size / 2) * c.scale)), round((base - size * 0.87) * c.scale))
        )


def trade(c: Canvas, variant: int) -> None:
    people.bokeh(c, 8 + variant)
    c.glow(c.wide * 0.5, 40, 90, AMBER, 0.8)
    lanterns(c, -2, 6, c.wide + 2, 8, 7, 2.6)
    c.rect(0, 72, c.wide, 28, ((150, 96, 62), (92, 58, 46), NIGHT))
    counter(c, ("tea-tin", "moth-jar", "plum-bun", "wind-up-gull"), size=44, base=82)
    c.vignette()


def listen(c: Canvas, variant: int) -> None:
    c.ground((mix(BONE, ROSE, 0.45), mix(ROSE, INK, 0.45), mix(INK, NIGHT, 0.3)))
    for number in range(5):
        x = c.wide * (0.02 + 0.2 * number)
        c.rect(x, 12, c.wide * 0.17, 40, mix(BONE, INK, 0.35), round_by=4)
        c.rect(x + 1.2, 13.2, c.wide * 0.17 - 2.4, 37.6, (NIGHT, (34, 62, 82), mix(INK, TEAL, 0.4)), round_by=3)
    c.glow(c.wide * 0.5, 4, 100, AMBER, 0.8)
    c.ellipse(c.wide * 0.5, 5, 7, 4, LAMP)
    for number in range(7):
        c.rect(0, 66 + number * 3.4, c.wide, 2.8, (mix((150, 100, 62), BONE, 0.15), mix((150, 100, 62), INK, 0.35)))
    for number, (who, mood) in enumerate((("pell", "glad"), ("quill", "calm"), ("miso", "amazed"))):
        people.bust(c, people.PEOPLE[who], mood, c.wide * (0.22 + 0.28 * number), 48 + number % 2 * 3, 11.5)
    c.vignette()


def lonely(c: Canvas, variant: int) -> None:
    c.ground(((14, 18, 42), (30, 46, 80), (58, 92, 108), (90, 116, 110)))
    c.stars(220, 70, variant)
    c.polygon(
        [(0, 76), (c.wide * 0.4, 72), (c.wide, 77), (c.wide, 100), (0, 100)], (mix(INK, (40, 70, 60), 0.6), NIGHT)
    )
    lamp(c, c.wide * 0.56, 82, 32)
    c.rect(c.wide * 0.42, 72, 20, 1.6, (150, 100, 62))
    c.rect(c.wide * 0.42, 66, 20, 1.4, (130, 86, 58))
    for x in (0.43, 0.555):
        c.rect(c.wide * x, 66, 1.2, 16, NIGHT)
    c.ellipse(c.wide * 0.5, 71.4, 1.5, 0.9, ROSE)
    for side in (0, 5):
        c.line(
            [(0, 90 + side), (c.wide * 0.5, 87 + side * 0.7), (c.wide * 0.72, 85 + side * 0.5)],
            0.6,
            mix(TEAL, BONE, 0.4),
            soft=True,
        )
    chance = random.Random(4)
    for _ in range(520):
        x = chance.uniform(0, c.wide)
        y = chance.uniform(86, 101)
        c.line(
            [(x, y), (x + chance.uniform(-1, 1), y - chance.uniform(2, 7))],
            0.28,
            mix((50, 90, 70), NIGHT, chance.uniform(0.1, 0.7)),
        )


def newsletter(c: Canvas, variant: int) -> None:
    c.ground(((20, 30, 52), (40, 62, 78), INK))
    c.glow(c.wide * 0.78, 40, 120, AMBER, 0.6)
    c.rect(0, 72, c.wide, 28, ((150, 96, 62), (92, 58, 46), NIGHT))
    counter(c, ("ticket-roll", "tea-tin", "tram-token", "lantern-brass-lit"), size=72, base=84)
    c.vignette()


def stop(kind: str) -> Callable[[Canvas, int], None]:
    def paint(c: Canvas, variant: int) -> None:
        if kind == "glasshouse":
            _glasshouse(c, variant)
        else:
            town(
                c,
                seed=hash_of(kind) + variant,
                rise={"observatory": 0.4}.get(kind, 1.0),
                low=0.66,
                sky=DUSK if kind == "eel-quay" and variant % 2 else SKY,
            )
        if kind == "observatory":
            observatory(c, c.wide * 0.5, 40, 22)
        if kind == "thousand-steps":
            for number in range(14):
                y = 44 + number * 2.4
                half = 10 + number * 2.6
                c.rect(c.wide * 0.5 - half, y, half * 2, 2.6, (mix(BONE, INK, 0.45), mix(INK, NIGHT, 0.2)))
                if number % 4 == 1:
                    lanterns(c, c.wide * 0.5 - half, y - 6, c.wide * 0.5 + half, y - 6, 5, 1.1)
        if kind == "eel-quay":
            market(c, stalls=7, seed=2 + variant, top=52, size=17)
            c.rect(0, 70, c.wide, 5, (mix(BONE, INK, 0.5), NIGHT))
            c.mirror(75)
            for number in range(4):
                x = c.wide * (0.05 + 0.25 * number)
                c.curve(
                    [(x, 76), (x + 34, 76), (x + 29, 86), (x + 5, 86)], (mix((ROSE, TEAL)[number % 2], INK, 0.3), NIGHT)
                )
                c.rect(x + 11, 69, 13, 8, (mix(BONE, ROSE, 0.3), mix(INK, ROSE, 0.3)), round_by=1.5)
                c.rect(x + 13, 71, 4, 3, LAMP)
        else:
            cobbles(c, 78, 5, light=(c.wide * 0.5, 84))
            market(c, stalls=6, seed=5 + variant, top=70, size=18)
        c.vignette()

    return paint


def hash_of(text: str) -> int:
    return sum(map(ord, text))


def _glasshouse(c: Canvas, variant: int) -> None:
    c.ground((NIGHT, (24, 48, 66), (56, 100, 96), (40, 72, 66)))
    c.stars(120, 50, variant)
    iron = mix(ROSE, INK, 0.55)
    for number in range(9):
        x = c.wide * number / 8
        c.arc(x, 46, c.wide * 0.115, 180, 360, 0.9, iron)
        c.rect(x - 0.7, 20, 1.4, 62, iron)
    for number in range(7):
        c.rect(0, 24 + 8 * number, c.wide, 0.5, iron, alpha=0.7)
    chance = random.Random(3 + variant)
    for _ in range(46):
        x, y = c.wide * chance.randint(0, 31) / 32, 24 + 8 * chance.randint(0, 5)
        c.rect(x + 0.4, y + 0.6, c.wide / 32 - 0.8, 7, mix(TEAL, BONE, chance.uniform(0.1, 0.5)), alpha=0.28)
    for _ in range(260):
        x, y = chance.uniform(0, c.wide), chance.choice((chance.uniform(64, 82), chance.uniform(10, 40)))
        c.ellipse(
            x,
            y,
            chance.uniform(1, 4),
            chance.uniform(0.6, 2),
            mix((36, 74, 56), (110, 150, 90), chance.random()),
            alpha=0.85,
        )


def tram(c: Canvas, variant: int) -> None:
    c.ground((mix(TEAL, BONE, 0.12), TEAL))
    tram_side(c, c.wide * 0.06, 92, c.wide * 0.88 if c.wide < 300 else 240)


def line_map(c: Canvas, variant: int) -> None:
    paper = (226, 208, 172)
    c.ground((mix(paper, BONE, 0.5), paper))
    c.curve(
        [(-5, 72), (30, 78), (60, 88), (100, 86), (c.wide + 6, 95), (c.wide + 6, 110), (-5, 110)],
        (mix(TEAL, BONE, 0.3), TEAL),
    )
    chance = random.Random(12 + variant)
    for _ in range(420):
        x, y = chance.uniform(2, c.wide - 2), chance.uniform(10, 84)
        if y > 74 + x * 0.12 - 4:
            continue
        size = chance.uniform(1.6, 3.4)
        roof = chance.choice((ROSE, mix(ROSE, BONE, 0.3), mix(TEAL, BONE, 0.35), mix(INK, BONE, 0.45)))
        c.rect(x, y, size * 1.3, size, (mix(BONE, paper, 0.4), mix(paper, INK, 0.25)))
        c.polygon(
            [(x - 0.3, y), (x + size * 0.65, y - size * 0.7), (x + size * 1.3 + 0.3, y)], (mix(roof, BONE, 0.15), roof)
        )
    way = [
        (12.0, 76.0),
        (30.0, 66.0),
        (26.0, 52.0),
        (52.0, 50.0),
        (70.0, 60.0),
        (88.0, 44.0),
        (72.0, 32.0),
        (96.0, 22.0),
        (c.wide - 18, 18.0),
    ]
    c.line(way, 3.2, mix(paper, BONE, 0.6), soft=True)
    c.line(way, 1.7, ROSE, soft=True)
    for x, y in (way[0], way[2], way[5], way[-1]):
        c.ellipse(x, y, 2.6, 2.6, AMBER)
        c.ellipse(x, y, 1.4, 1.4, BONE)
    observatory(c, c.wide - 18, 14, 6)
    for number in range(5):
        x, y = c.wide * (0.12 + 0.18 * number), 92 + number % 2 * 4
        c.curve([(x, y), (x + 7, y), (x + 5.5, y + 2), (x + 1.5, y + 2)], INK)
        c.polygon([(x + 3.4, y - 0.4), (x + 3.4, y - 6), (x + 6.6, y - 0.6)], BONE)


def corner(c: Canvas, variant: int) -> None:
    """One stall, in another light and season each time."""
    sky = (SKY, DUSK, FOG)[variant % 3]
    town(c, seed=20 + variant // 3, sky=sky, low=0.62)
    cobbles(c, 74, 3 + variant, light=(c.wide * 0.5, 82))
    lanterns(c, -2, 30, c.wide + 2, 34, 8, 2)
    stall(c, c.wide * 0.5 - 24, 90, 48, 2 + variant // 3)
    for number in range(3):
        townsfolk(c, c.wide * (0.25 + 0.27 * number), 96 + number % 2 * 2, 30, number + variant)
    if variant % 2:
        chance = random.Random(variant)
        for _ in range(240):
            x, y = chance.uniform(0, c.wide), chance.uniform(0, 100)
            c.ellipse(x, y, 0.35, 0.35, BONE, alpha=chance.uniform(0.3, 0.9))
    c.vignette()


SCENES: Mapping[str, Callable[[Canvas, int], None]] = {
    "style/key-art": key_art,
    "brand/logo": logo,
    "brand/app-icon": app_icon,
    "brand/favicon": favicon,
    "brand/poster": poster,
    "site/hero": terminus,
    "site/hero-tall": terminus,
    "site/hero-wide": terminus,
    "site/og-image": preview,
    "site/banner": banner,
    "site/side-rail": side_rail,
    "site/wallpaper-desktop": wallpaper,
    "site/wallpaper-phone": wallpaper,
    "site/feature-drive": drive,
    "site/feature-trade": trade,
    "site/feature-listen": listen,
    "site/not-found": lonely,
    "site/newsletter": newsletter,
    **{f"world/stop-{kind}": stop(kind) for kind in ("eel-quay", "thousand-steps", "glasshouse", "observatory")},
    "world/tram": tram,
    "world/line-map": line_map,
    "market/corner": corner,
}
