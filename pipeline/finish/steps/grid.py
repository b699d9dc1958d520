"""Where the cells of painted pixel art are: their size, and the lines between them, which drift.

All of it looks at one number for each line between two columns (or rows) of pixels: how much color changes across it.
"""

from __future__ import annotations

import cmath
import math
from collections.abc import Sequence
from typing import Final

from PIL import Image, ImageChops

Changes = Sequence[float]

_NOISE: Final = 14
"""Levels by which neighbours may differ without a change of color."""

_ROWS: Final = 64
_LEAST_PITCH: Final = 3.0
_LEAST_CELLS: Final = 6

_CLEAR: Final = 0.45
"""How much of all change must be at the lines of a grid, from 0 to 1, for it to be one."""

_STIFF: Final = 6.0
"""What it costs, in lines of middling change, to make a cell twice as wide as it should be."""


def changes(image: Image.Image) -> tuple[list[float], list[float]]:
    """How much changes before each column and before each row of an RGBA picture."""
    across = [0.0] * image.width
    down = [0.0] * image.height
    quiet = [0 if level < _NOISE else level for level in range(256)]
    for band in image.convert("RGBa").split():
        for axis, total in enumerate((across, down)):
            moved = ImageChops.offset(band, 1 - axis, axis)
            # In strips, as a mean over all would have too few levels.
            strips = (image.width, _ROWS) if axis == 0 else (_ROWS, image.height)
            mean = ImageChops.difference(band, moved).point(quiet).resize(strips, Image.Resampling.BOX)
            data = (mean if axis == 0 else mean.transpose(Image.Transpose.TRANSPOSE)).tobytes()
            for at in range(len(total)):
                total[at] += sum(data[at :: len(total)])
    across[0] = down[0] = 0.0  # the first is beside the last
    return across, down


def pitch(change: Changes) -> float | None:
    """The size of a cell in pixels; None where there are no cells."""
    peaks = _peaks(change)
    weight = sum(height for _, height in peaks)
    if len(peaks) < _LEAST_CELLS or len(change) < 2 * _LEAST_CELLS * _LEAST_PITCH:
        return None
    length = len(change)

    def score(of: float) -> float:
        turn = 2j * math.pi / of
        return abs(sum(height * cmath.exp(turn * at) for at, height in peaks)) / weight

    # Evenly in frequency, so fine that no grid falls between two of them.
    lowest, highest = _LEAST_CELLS / length, 1 / _LEAST_PITCH
    count = int((highest - lowest) * length * 3) + 1
    pitches = [1 / (lowest + number / (3 * length)) for number in range(count)]
    scores = [score(of) for of in pitches]
    best = max(scores)
    if best < _CLEAR:
        return None
    # The lines of a grid are also lines of grids twice as fine: the coarsest of the good ones is meant.
    at = next(number for number, value in enumerate(scores) if value >= 0.85 * best and _is_top(scores, number))
    return _refined(score, pitches[at], pitches[at] ** 2 / (3 * length))


def _is_top(scores: Sequence[float], at: int) -> bool:
    return scores[at] >= max(scores[max(0, at - 2) : at + 3])


def _refined(score: object, near: float, step: float) -> float:
    assert callable(score)
    for _ in range(8):
        near = max((near - step, near, near + step), key=score)
        step /= 2
    return near


def _peaks(change: Changes) -> list[tuple[float, float]]:
    """The places where most changes, between pixels, with how much does."""
    found = []
    for at in range(1, len(change) - 1):
        before, own, after = change[at - 1 : at + 2]
        if own >= before and own > after and own > 0:
            whole = before + own + after
            found.append((at + (after - before) / whole, whole))
    if not found:
        return []
    middling = sorted(height for _, height in found)[len(found) * 3 // 4]
    return [(at, height) for at, height in found if height > 0.15 * middling]


def followed(change: Changes, pitch: float) -> list[int]:
    """The lines of a grid of that pitch, each where most changes near where it should be; both ends included."""
    length = len(change)
    gain = _gains(change)
    least, most = max(1, math.ceil(0.6 * pitch)), max(2, math.floor(1.4 * pitch))
    best = [0.0] * (length + 1)
    before = [-1] * (length + 1)
    for at in range(length + 1):
        found, origin = (0.0, -1) if at < most else (-math.inf, -1)
        for start in range(max(0, at - most), at - least + 1):
            off = (at - start - pitch) / pitch
            value = best[start] - _STIFF * off * off
            if value > found:
                found, origin = value, start
        best[at] = found + (gain[at] if at < length else 0.0)
        before[at] = origin
    at = max(range(max(0, length - math.ceil(pitch)), length + 1), key=lambda place: best[place])
    lines = [at]
    while before[at] >= 0:
        at = before[at]
        lines.append(at)
    lines.reverse()
    # A cell that is cut by the border is one if most of it is there.
    head = [0] if lines[0] > pitch / 2 else []
    tail = [length] if length - lines[-1] > pitch / 2 else []
    whole = [*head, *lines, *tail]
    return whole if len(whole) > 1 else [0, length]


def counted(change: Changes, count: int) -> list[int]:
    """The lines of so many cells, each where most changes near where it should be; both ends included."""
    length = len(change)
    gain = _gains(change)
    pitch = length / count
    reach = 0.35 * pitch
    lines = [0]
    for number in range(1, count):
        due = number * pitch
        first, last = (
            max(lines[-1] + 1, math.ceil(due - reach)),
            min(length - (count - number), math.floor(due + reach)),
        )
        nearest = min(max(round(due), lines[-1] + 1), length - (count - number))
        places = [*range(first, last + 1)] or [nearest]
        lines.append(max(places, key=lambda at: (gain[at] - _STIFF * ((at - due) / pitch) ** 2, -abs(at - due))))
    return [*lines, length]


def _gains(change: Changes) -> list[float]:
    """The changes, as parts of a middling one, with no place worth more than a few."""
    heights = sorted(value for value in change if value > 0)
    if not heights:
        return [0.0] * len(change)
    middling = heights[len(heights) * 9 // 10]
    return [min(2.0, value / middling) for value in change]
