"""What a picture stands on: the color really painted along its border, and how it changes across the picture.

Asked for a color, models paint one near it, lighter here and darker there. So it is measured where it is surely seen,
along the border, and followed inwards as a surface that is as plain as can be (of the second degree): a shadow is too
small and too steep for it, and stays a shadow.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from operator import mul
from typing import Final, NamedTuple

from PIL import Image, ImageChops

from pipeline.errors import PipelineError
from pipeline.spec.colors import channels

Color = tuple[int, int, int]

LEAST_COLORED: Final = 90
"""By how much the strong channels of a ground exceed the weak ones, of 255, where it is told by its color."""

_CELLS: Final = 32
_NEAR: Final = 40
"""Levels within which two colors of the border are of one ground."""

_FAR: Final = 110
"""Levels by which a model may miss the color it was asked for, and lighten or darken it across the picture."""

_LEAST_SHARE: Final = 0.15


class Ground(NamedTuple):
    """A color, and the picture with all of the ground in that color."""

    color: Color
    strong: tuple[int, ...]
    """The channels that make its color; empty for a ground that is white, gray, black or pale."""
    level: Image.Image
    shift: tuple[Image.Image, ...]
    """What the ground really has in each channel; empty where it is the same everywhere."""

    @property
    def weak(self) -> tuple[int, ...]:
        return tuple(band for band in range(3) if band not in self.strong)

    def leveled(self, part: Image.Image, box: tuple[int, int, int, int]) -> Image.Image:
        """That box of an RGB picture, with all of the ground in one color."""
        if not self.shift:
            return part
        bands = zip(part.split(), self.shift, self.color, strict=True)
        return Image.merge("RGB", [ImageChops.subtract(band, own.crop(box), 1, value) for band, own, value in bands])

    @property
    def strength(self) -> int:
        """How far its strong channels are from the weak ones."""
        return min(self.color[band] for band in self.strong) - max(self.color[band] for band in self.weak)


def measured(image: Image.Image, key: str, *, inside: bool) -> Ground:
    """The ground of an RGB picture; `key` is a color or auto. `inside`: it may be where no border shows it.

    Raises PipelineError where there is none.
    """
    border = _border(image)
    wanted = None if key == "auto" else channels(key)[:3]
    found = _commonest(border, wanted)
    if found is None:
        if not inside or wanted is None:
            raise no_ground(image, key)
        found = wanted
    surface = _surface(image, found)
    if surface is None:
        return Ground(found, _strong(found), image, ())
    shift = tuple(band.resize(image.size, Image.Resampling.BICUBIC) for band in surface)
    whole = Ground(found, _strong(found), image, shift)
    return whole._replace(level=whole.leveled(image, (0, 0, *image.size)))


def no_ground(image: Image.Image, key: str) -> PipelineError:
    """What to tell of an RGB picture without a ground."""
    common = Counter(_border(image)).most_common(1)[0][0]
    if key == "auto":
        return PipelineError(
            "`cutout` finds no ground: no color is common along the border",
            hint="ask for a plain background in the prompt, or say its color by `key`",
        )
    return PipelineError(
        f"`cutout` finds no {key} along the border; #{bytes(common).hex()} is common there",
        hint="`key: auto` takes what is there",
    )


def _strong(color: Color) -> tuple[int, ...]:
    """The channels that make the color: such as green alone, or red and blue."""
    middle = (max(color) + min(color)) / 2
    strong = tuple(band for band in range(3) if color[band] > middle)
    if not strong:
        return ()
    weak = [color[band] for band in range(3) if band not in strong]
    return strong if min(color[band] for band in strong) - max(weak) >= LEAST_COLORED else ()


def _border(image: Image.Image) -> list[Color]:
    """Pixels along all four sides, some two thousand of them."""
    depth = max(1, min(image.size) // 100)
    width, height = image.size
    strips = [
        (0, 0, width, depth),
        (0, height - depth, width, height),
        (0, 0, depth, height),
        (width - depth, 0, width, height),
    ]
    found: list[Color] = []
    for box in strips:
        strip = image.crop(box)
        longer = min(500, max(strip.size))
        size = (longer, 1) if strip.width > strip.height else (1, longer)
        data = strip.resize(size, Image.Resampling.BOX).tobytes()
        found += zip(data[::3], data[1::3], data[2::3], strict=True)
    return found


def _apart(one: Color, other: Color) -> int:
    return max(abs(one[0] - other[0]), abs(one[1] - other[1]), abs(one[2] - other[2]))


def _commonest(border: Sequence[Color], wanted: Color | None) -> Color | None:
    """The mean of the largest group of like colors; None if none is large, or near what is wanted."""
    near = [color for color in border if wanted is None or _apart(color, wanted) <= _FAR]
    if not near:
        return None
    cells = Counter(tuple(channel >> 4 for channel in color) for color in near)
    [(cell, _)] = cells.most_common(1)
    heart = (cell[0] * 16 + 8, cell[1] * 16 + 8, cell[2] * 16 + 8)
    group: list[Color] = []
    for _ in range(3):
        group = [color for color in near if _apart(color, heart) <= _NEAR]
        heart = _mean(group) if group else heart
    return heart if len(group) >= _LEAST_SHARE * len(border) else None


def _mean(group: Sequence[Color]) -> Color:
    red, green, blue = (round(sum(color[band] for color in group) / len(group)) for band in range(3))
    return red, green, blue


# --- how it changes across the picture ------------------------------------------------------------------------------


def _surface(image: Image.Image, color: Color) -> tuple[Image.Image, ...] | None:
    """Small pictures of each channel of the ground; None if it is the same everywhere."""
    scale = min(1.0, _CELLS / max(image.size))
    # Pixels are picked, not mixed: fine lines of the subject must not darken it.
    small = image.resize([max(2, round(side * scale)) for side in image.size], Image.Resampling.NEAREST)
    data = small.tobytes()
    colors = list(zip(data[::3], data[1::3], data[2::3], strict=True))
    terms = [
        _terms(2 * (column + 0.5) / small.width - 1, 2 * (row + 0.5) / small.height - 1)
        for row in range(small.height)
        for column in range(small.width)
    ]
    plain = [at for at, own in enumerate(colors) if _apart(own, color) <= _FAR and _is_flat(colors, at, small.width)]
    if not plain:
        return None
    planes = [(float(color[band]), *([0.0] * 5)) for band in range(3)]
    for near in (_NEAR, _NEAR // 2, 12, 8):
        used = [
            at
            for at in plain
            if all(abs(_value(planes[band], terms[at]) - colors[at][band]) <= near for band in range(3))
        ]
        if len(used) < 12:
            return None
        planes = _fitted([terms[at] for at in used], [colors[at] for at in used])
    grid = [[_value(plane, term) for term in terms] for plane in planes]
    if all(max(values) - min(values) < 3 for values in grid):
        return None
    return tuple(
        Image.frombytes("L", small.size, bytes(min(255, max(0, round(value))) for value in values)) for values in grid
    )


def _is_flat(colors: Sequence[Color], at: int, width: int) -> bool:
    """Is it like what is beside and above it? At an edge of the subject it is not."""
    column = at % width
    beside = [at - 1] if column else []
    beside += [at + 1] if column < width - 1 else []
    beside += [other for other in (at - width, at + width) if 0 <= other < len(colors)]
    return all(_apart(colors[at], colors[other]) <= 10 for other in beside)


def _terms(x: float, y: float) -> tuple[float, ...]:
    return (1.0, x, y, x * x, x * y, y * y)


def _value(plane: Sequence[float], terms: Sequence[float]) -> float:
    return _product(plane, terms)


def _fitted(terms: Sequence[Sequence[float]], colors: Sequence[Color]) -> list[tuple[float, ...]]:
    """For each channel the surface nearest to the colors; where they do not tell, a plain one."""
    columns = list(zip(*terms, strict=True))
    rows = [[_product(one, other) for other in columns] for one in columns]
    for row in range(1, len(rows)):
        rows[row][row] += 0.01 * len(terms)
    channels = zip(*colors, strict=True)
    return _solved(rows, [[_product(column, channel) for column in columns] for channel in channels])


def _product(one: Sequence[float], other: Sequence[float]) -> float:
    return float(sum(map(mul, one, other)))


def _solved(rows: list[list[float]], rights: Sequence[Sequence[float]]) -> list[tuple[float, ...]]:
    """Gauss and Jordan; the matrix is positive definite, so no row needs to change its place."""
    whole = [[*row, *(right[at] for right in rights)] for at, row in enumerate(rows)]
    for pivot in range(len(rows)):
        head = whole[pivot][pivot]
        whole[pivot] = [value / head for value in whole[pivot]]
        for row in range(len(rows)):
            if row != pivot and (share := whole[row][pivot]):
                whole[row] = [value - share * own for value, own in zip(whole[row], whole[pivot], strict=True)]
    return [tuple(row[len(rows) + at] for row in whole) for at in range(len(rights))]
