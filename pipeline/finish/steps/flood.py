"""Which parts of a mask are joined to some seeds. Runs of rows are joined, not pixels: a picture has few of them."""

from __future__ import annotations

import re
from collections import Counter
from typing import Final, NamedTuple

from PIL import Image

_RUN: Final = re.compile(rb"\xff+")


class Runs(NamedTuple):
    """The runs of a mask, row by row: where each begins and ends in its bytes, and the run that it is joined to.

    A run that is joined to itself stands for all that lead to it.
    """

    starts: list[int]
    ends: list[int]
    joined: list[int]


def joined(mask: Image.Image, seeds: Image.Image, *, gaps: int | None = None) -> Image.Image:
    """The pixels of the mask (0 or 255) that are joined, by their sides, to a seed in the mask.

    Seeds count along the border only. With `gaps` they count everywhere, and parts of up to so many pixels need none.
    """
    data = mask.tobytes()
    starts, ends, parts = _runs(data, mask.size)
    for run, other in enumerate(parts):
        parts[run] = parts[other]  # the other one comes before and was done
    sown = _along(seeds).tobytes() if gaps is None else seeds.tobytes()
    reached: set[int] = set()
    for start, end, part in zip(starts, ends, parts, strict=True):
        if part not in reached and sown.find(b"\xff", start, end) >= 0:
            reached.add(part)
    if gaps is not None:
        sizes: Counter[int] = Counter()
        for start, end, part in zip(starts, ends, parts, strict=True):
            sizes[part] += end - start
        reached.update(part for part, size in sizes.items() if size <= gaps)
    whole = bytearray(len(data))
    for start, end, part in zip(starts, ends, parts, strict=True):
        if part in reached:
            whole[start:end] = data[start:end]
    return Image.frombytes("L", mask.size, bytes(whole))


def _along(seeds: Image.Image) -> Image.Image:
    """The seeds without those inside."""
    found = seeds.copy()
    found.paste(0, (1, 1, max(1, seeds.width - 1), max(1, seeds.height - 1)))
    return found


def _runs(data: bytes, size: tuple[int, int]) -> Runs:
    width, height = size
    runs = Runs([], [], [])
    first = 0  # of the runs of the row above
    for row in range(height):
        own = len(runs.starts)
        for found in _RUN.finditer(data, row * width, (row + 1) * width):
            runs.starts.append(found.start())
            runs.ends.append(found.end())
        runs.joined.extend(range(own, len(runs.starts)))
        _join(runs, first, own, width)
        first = own
    return runs


def _join(runs: Runs, first: int, own: int, width: int) -> None:
    """Join the runs from `own` on with those of the row above, which are from `first` on."""
    starts, ends, joined = runs
    above = first
    for run in range(own, len(starts)):
        start, end = starts[run] - width, ends[run] - width
        while above < own and ends[above] <= start:
            above += 1
        other = above
        while other < own and starts[other] < end:
            one, two = _end(joined, other), _end(joined, run)
            if one != two:
                joined[max(one, two)] = min(one, two)
            other += 1


def _end(joined: list[int], run: int) -> int:
    while joined[run] != run:
        joined[run] = joined[joined[run]]
        run = joined[run]
    return run
