"""Which parts of a mask are joined to some seeds. Runs of rows are joined, not pixels: a picture has few of them."""

from __future__ import annotations

import re
from typing import Final

from PIL import Image

_RUN: Final = re.compile(rb"\xff+")


def joined(mask: Image.Image, seeds: Image.Image, *, gaps: int | None = None) -> Image.Image:
    """The pixels of the mask (0 or 255) that are joined, by their sides, to a seed in the mask.

    Seeds count along the border only. With `gaps` they count everywhere, and parts of up to so many pixels need none.
    """
    width, height = mask.size
    data, sown = mask.tobytes(), seeds.tobytes()
    starts: list[int] = []
    ends: list[int] = []
    parent: list[int] = []
    first = 0  # of the runs of the row above
    for row in range(height):
        own = len(starts)
        for found in _RUN.finditer(data, row * width, (row + 1) * width):
            parent.append(len(starts))
            starts.append(found.start())
            ends.append(found.end())
        _join(starts, ends, parent, first, own, width)
        first = own
    reached = {
        _root(parent, run)
        for run, (start, end) in enumerate(zip(starts, ends, strict=True))
        if _is_sown(sown, start, end, width, height, inside=gaps is not None)
    }
    if gaps is not None:
        sizes = [0] * len(starts)
        for run, (start, end) in enumerate(zip(starts, ends, strict=True)):
            sizes[_root(parent, run)] += end - start
        reached.update(run for run, size in enumerate(sizes) if 0 < size <= gaps)
    whole = bytearray(width * height)
    for run, (start, end) in enumerate(zip(starts, ends, strict=True)):
        if _root(parent, run) in reached:
            whole[start:end] = data[start:end]
    return Image.frombytes("L", mask.size, bytes(whole))


def _join(starts: list[int], ends: list[int], parent: list[int], first: int, own: int, width: int) -> None:
    """Join the runs from `own` on with those of the row above, from `first` on."""
    above = first
    for run in range(own, len(starts)):
        start, end = starts[run] - width, ends[run] - width
        while above < own and ends[above] <= start:
            above += 1
        other = above
        while other < own and starts[other] < end:
            one, two = _root(parent, other), _root(parent, run)
            if one != two:
                parent[max(one, two)] = min(one, two)
            other += 1


def _root(parent: list[int], run: int) -> int:
    while parent[run] != run:
        parent[run] = parent[parent[run]]
        run = parent[run]
    return run


def _is_sown(sown: bytes, start: int, end: int, width: int, height: int, *, inside: bool) -> bool:
    row = start // width
    if inside or row in (0, height - 1):
        return sown.find(b"\xff", start, end) >= 0
    left, right = row * width, (row + 1) * width
    return (start == left and sown[start] == 255) or (end == right and sown[end - 1] == 255)
