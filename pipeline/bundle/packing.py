"""Where the frames of a sheet go: rectangles onto as few and as small pages as can be found.  [door: rectpack]

The same boxes give the same places. Frames of one group (an animation's) share a page where they can, since some
engines play only what lies on one.
"""

from __future__ import annotations

import copy
import math
from collections.abc import Callable, Iterable, Sequence
from typing import Any, Final, NamedTuple

_WIDTHS: Final = (0.75, 0.85, 0.93, 1.0, 1.05, 1.12, 1.25, 1.45, 1.8)
"""Widths that are tried, as multiples of the side of a square that has the area of all boxes."""

_WAYS: Final = (("SkylineBlWm", 0), ("SkylineBlWm", 1), ("MaxRectsBl", 0), ("MaxRectsBl", 1), ("MaxRectsBssf", 1))
"""Ways of the library to place a box, with the order that boxes come in; the first is by far the quickest."""

_FULL: Final = 0.9
"""The share of the largest page from which on no smaller one is looked for."""

_FEW: Final = 60
"""Boxes; of more, fewer widths and one way are tried."""


class Box(NamedTuple):
    """What is to be placed, in pixels."""

    width: int
    height: int
    group: int
    """Boxes with the same number belong together."""


class Place(NamedTuple):
    """The upper left corner of a box, on a page that counts from 0."""

    page: int
    x: int
    y: int


class Packing(NamedTuple):
    pages: tuple[tuple[int, int], ...]
    """Width and height of each."""
    places: tuple[Place, ...]
    """In the order of the boxes."""


class _Page(NamedTuple):
    width: int
    height: int
    corners: dict[int, tuple[int, int]]
    """By the number of the box."""


class _Limits(NamedTuple):
    side: int
    padding: int
    power_of_two: bool

    @property
    def inner(self) -> int:
        """The side for boxes that bring the padding on their right and below with them."""
        return (power_below(self.side) if self.power_of_two else self.side) - self.padding

    def whole(self, used: int) -> int:
        """The side of a page of whose inner side so much is used."""
        side = used + self.padding
        return power_above(side) if self.power_of_two else side


def packed(boxes: Sequence[Box], *, side: int, padding: int, power_of_two: bool) -> Packing:
    """Places for all boxes, none of which is larger than fits into a page: `room` says how large that is."""
    limits = _Limits(side, padding, power_of_two)
    numbers = range(len(boxes))
    whole = _smallest(boxes, list(numbers), limits)
    pages = [whole] if whole is not None else list(_several(boxes, limits))
    places = {number: Place(n, *corner) for n, page in enumerate(pages) for number, corner in page.corners.items()}
    return Packing(tuple((page.width, page.height) for page in pages), tuple(places[number] for number in numbers))


def room(side: int, padding: int, *, power_of_two: bool) -> int:
    """The largest width and height that a box can have, in pixels."""
    return _Limits(side, padding, power_of_two).inner - padding


def power_above(side: int) -> int:
    """The smallest power of two that is not less."""
    return 1 << (side - 1).bit_length()


def power_below(side: int) -> int:
    """The largest power of two that is not more."""
    return 1 << (side.bit_length() - 1)


def _smallest(boxes: Sequence[Box], numbers: list[int], limits: _Limits) -> _Page | None:
    """The smallest page found that holds all of them; None if none does."""
    pad = limits.padding
    area = sum((boxes[n].width + pad) * (boxes[n].height + pad) for n in numbers)
    if area > limits.inner**2:
        return None
    found: list[_Page] = []
    orders = _orders(boxes, numbers)
    for width, height in _shapes(boxes, numbers, area, limits):
        for way, order in _WAYS if len(numbers) <= _FEW else _WAYS[:1]:
            corners = _placed(boxes, orders[order], _surface(width, height, way), pad)
            if corners is not None:
                found.append(_page(boxes, corners, limits))
        # Powers of two come in the order of their areas; other shapes from the widest on, and what does not fit into
        # one fits into no narrower one either.
        if bool(found) == limits.power_of_two:
            break
    return min(
        found, key=lambda page: (page.width * page.height, max(page.width, page.height), page.width), default=None
    )


def _shapes(boxes: Sequence[Box], numbers: list[int], area: int, limits: _Limits) -> Iterable[tuple[int, int]]:
    """Inner widths and heights to try."""
    pad, inner = limits.padding, limits.inner
    widest, tallest = (
        max(side) + pad for side in zip(*((boxes[n].width, boxes[n].height) for n in numbers), strict=True)
    )
    if limits.power_of_two:
        sides = [side for side in (1 << n for n in range(15)) if side - pad <= inner]
        shapes = [(across - pad, down - pad) for across in sides for down in sides]
        fitting = [shape for shape in shapes if shape[0] >= widest and shape[1] >= tallest]
        large = [shape for shape in fitting if shape[0] * shape[1] >= area]
        return sorted(large, key=lambda shape: ((shape[0] + pad) * (shape[1] + pad), max(shape), shape))
    side = math.sqrt(area)
    factors = _WIDTHS if len(numbers) <= _FEW else _WIDTHS[2:6]
    widths = {min(inner, max(widest, math.ceil(side * factor))) for factor in factors}
    return [(width, inner) for width in sorted({*widths, inner}, reverse=True)]


def _orders(boxes: Sequence[Box], numbers: Iterable[int]) -> list[list[int]]:
    """Tall boxes first; and those with a long side first."""
    keys: list[Callable[[int], Any]] = [
        lambda n: (-boxes[n].height, -boxes[n].width, n),
        lambda n: (-max(boxes[n][:2]), -min(boxes[n][:2]), n),
    ]
    return [sorted(numbers, key=key) for key in keys]


def _placed(boxes: Sequence[Box], order: Iterable[int], surface: Any, pad: int) -> dict[int, tuple[int, int]] | None:
    """The corners of all boxes; None if one does not fit."""
    corners: dict[int, tuple[int, int]] = {}
    for number in order:
        corner = _added(surface, boxes[number], pad)
        if corner is None:
            return None
        corners[number] = corner
    return corners


def _several(boxes: Sequence[Box], limits: _Limits) -> Iterable[_Page]:
    """Pages as they are needed: groups first, the largest before the others, then single boxes, tall ones first."""
    groups: dict[int, list[int]] = {}
    for number, box in enumerate(boxes):
        groups.setdefault(box.group, []).append(number)
    left = sorted(
        (_orders(boxes, group)[0] for group in groups.values()),
        key=lambda group: (len(group) == 1, -_weight(boxes, group), group),
    )
    while left:
        surface, corners, waiting = _surface(limits.inner, limits.inner), dict[int, tuple[int, int]](), []
        for group in left:
            attempt = copy.deepcopy(surface) if len(group) > 1 else surface
            added = {number: _added(attempt, boxes[number], limits.padding) for number in group}
            if any(corner is None for corner in added.values()):
                waiting.append(group)
            else:
                surface = attempt
                corners |= {number: corner for number, corner in added.items() if corner is not None}
        if not corners:  # a group that is larger than a page
            waiting = [[number] for number in waiting[0]] + waiting[1:]
        else:
            page = _page(boxes, corners, limits)
            is_full = page.width * page.height > _FULL * limits.side**2
            yield page if is_full else _smallest(boxes, sorted(corners), limits) or page
        left = waiting


def _weight(boxes: Sequence[Box], group: list[int]) -> int:
    """The area of several boxes, or the height of one."""
    if len(group) == 1:
        return boxes[group[0]].height
    return sum(boxes[number].width * boxes[number].height for number in group)


def _page(boxes: Sequence[Box], corners: dict[int, tuple[int, int]], limits: _Limits) -> _Page:
    pad = limits.padding
    across = max(x + boxes[number].width for number, (x, _) in corners.items())
    down = max(y + boxes[number].height for number, (_, y) in corners.items())
    shifted = {number: (x + pad, y + pad) for number, (x, y) in corners.items()}
    return _Page(limits.whole(across + pad), limits.whole(down + pad), shifted)


def _surface(width: int, height: int, way: str = "SkylineBlWm") -> Any:
    import rectpack

    return getattr(rectpack, way)(width, height, rot=False)


def _added(surface: Any, box: Box, pad: int) -> tuple[int, int] | None:
    placed = surface.add_rect(box.width + pad, box.height + pad)
    return (placed.x, placed.y) if placed is not None else None
