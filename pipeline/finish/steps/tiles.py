"""Parts of a picture that are calculated one after the other, so that memory does not grow with the picture."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

Box = tuple[int, int, int, int]

SIDE: Final = 512


def tiles(size: tuple[int, int]) -> Iterator[Box]:
    """Left, top, right and bottom of each part, row by row."""
    for top in range(0, size[1], SIDE):
        for left in range(0, size[0], SIDE):
            yield left, top, min(size[0], left + SIDE), min(size[1], top + SIDE)
