"""ThumbHash: a picture in at most 25 bytes, from which a page draws a blurred one until the picture is there.

The format is Evan Wallace's (https://evanw.github.io/thumbhash/): a discrete cosine transform of lightness, of two
differences of colour and of alpha, of which only the lowest frequencies are kept, with four bits each.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from operator import mul
from typing import NamedTuple

MOST_SIDE = 100
"""Pixels: what is larger is to be made smaller before."""

_FLAT = 1e-9
"""Waves lower than that are what is left of rounding, and depend on the machine."""


class _Waves(NamedTuple):
    """A channel as its mean, the height of its highest wave, and all waves from 0 (lowest) to 1."""

    mean: float
    height: float
    waves: list[float]


def of_pixels(width: int, height: int, rgba: bytes) -> bytes:
    """The ThumbHash of a picture of at most MOST_SIDE pixels a side: four bytes a pixel, alpha not multiplied in."""
    if not (0 < width <= MOST_SIDE and 0 < height <= MOST_SIDE and len(rgba) == width * height * 4):
        raise ValueError(f"{width} x {height} pixels in {len(rgba)} bytes")
    lightness, blueness, redness, alpha = _channels(rgba)
    is_clear = sum(alpha) < width * height
    most = 5 if is_clear else 7  # room is left for alpha
    longest = max(width, height)
    across, down = (max(1, _rounded(most * side / longest)) for side in (width, height))

    light = _waves(lightness, width, height, max(3, across), max(3, down))
    blue = _waves(blueness, width, height, 3, 3)
    red = _waves(redness, width, height, 3, 3)
    channels = [light, blue, red]

    is_wide = width > height
    head = (
        _rounded(63 * light.mean)
        | _rounded(31.5 + 31.5 * blue.mean) << 6
        | _rounded(31.5 + 31.5 * red.mean) << 12
        | _rounded(31 * light.height) << 18
        | is_clear << 23
    )
    shape = (
        (down if is_wide else across) | _rounded(63 * blue.height) << 3 | _rounded(63 * red.height) << 9 | is_wide << 15
    )
    found = bytearray(head.to_bytes(3, "little") + shape.to_bytes(2, "little"))
    if is_clear:
        clear = _waves(alpha, width, height, 5, 5)
        channels.append(clear)
        found.append(_rounded(15 * clear.mean) | _rounded(15 * clear.height) << 4)
    nibbles = [_rounded(15 * wave) for channel in channels for wave in channel.waves]
    nibbles += [0] * (len(nibbles) % 2)
    found += bytes(low | high << 4 for low, high in zip(nibbles[::2], nibbles[1::2], strict=True))
    return bytes(found)


def _channels(rgba: bytes) -> tuple[list[float], list[float], list[float], list[float]]:
    """Lightness, yellow against blue, red against green, and alpha: on a ground of the picture's mean colour."""
    alpha = [value / 255 for value in rgba[3::4]]
    seen = sum(alpha)
    colours = [[value / 255 for value in rgba[channel::4]] for channel in range(3)]
    on_ground = []
    for values in colours:
        visible = [value * share for value, share in zip(values, alpha, strict=True)]
        mean = sum(visible) / seen if seen else 0.0
        on_ground.append([value + mean * (1 - share) for value, share in zip(visible, alpha, strict=True)])
    reds, greens, blues = on_ground
    triples = list(zip(reds, greens, blues, strict=True))
    lightness = [(red + green + blue) / 3 for red, green, blue in triples]
    return lightness, [(red + green) / 2 - blue for red, green, blue in triples], [r - g for r, g, _ in triples], alpha


def _waves(values: list[float], width: int, height: int, across: int, down: int) -> _Waves:
    """The lowest frequencies of a channel: those of a triangle of `across` by `down`."""
    horizontal = [_cosines(width, count) for count in range(across)]
    vertical = [_cosines(height, count) for count in range(down)]
    rows = [values[start : start + width] for start in range(0, len(values), width)]
    # Each row once for each wave across it, and then down: not each pixel for each pair of both.
    by_row = [[_dot(row, wave) for row in rows] for wave in horizontal]
    found = [
        _dot(by_row[x], vertical[y]) / (width * height)
        for y in range(down)
        for x in range(across)
        if x * down < across * (down - y)
    ]
    mean, waves = found[0], found[1:]
    highest = max(map(abs, waves), default=0.0)
    if highest < _FLAT:
        return _Waves(mean, 0.0, [0.0] * len(waves))
    return _Waves(mean, highest, [0.5 + 0.5 / highest * wave for wave in waves])


def _cosines(length: int, count: int) -> list[float]:
    return [math.cos(math.pi / length * count * (at + 0.5)) for at in range(length)]


def _dot(one: Sequence[float], other: Sequence[float]) -> float:
    return float(sum(map(mul, one, other)))


def _rounded(value: float) -> int:
    """To the nearest, halves up: not to the even one, as Python's `round` has it."""
    return math.floor(value + 0.5)
