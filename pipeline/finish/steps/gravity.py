"""Where a smaller box lies in a larger one: by a word such as `top`, or where there is most to see.

Where there is most to see is not known, but well guessed: in a cut-out where it is opaque; else where the picture has
detail and color that its surroundings have not.
"""

from __future__ import annotations

from itertools import accumulate
from typing import Final

from PIL import Image, ImageChops, ImageFilter

Pair = tuple[int, int]

_LOOKED_AT: Final = 96
"""Pixels of the longer side in which the subject is looked for."""

_NEARLY: Final = 0.995
"""Windows that show so much of what the best one shows are as good: of these the one with the subject in its middle."""


def placed(gravity: str, inner: Pair, outer: Pair) -> Pair:
    """Left and top of the inner box in the outer one, by a word other than `subject`."""
    words = gravity.split("-")

    def at(low: str, high: str, room: int) -> int:
        return 0 if low in words else room if high in words else room // 2

    return at("left", "right", outer[0] - inner[0]), at("top", "bottom", outer[1] - inner[1])


def window(image: Image.Image, gravity: str, size: Pair) -> Pair:
    """Left and top of the part of that size that is to be kept."""
    if gravity != "subject" or size == image.size:
        return placed(gravity, size, image.size)
    seen = _interest(image)
    wide, high = (max(1, round(side * seen.size[axis] / image.size[axis])) for axis, side in enumerate(size))
    left, top = _best(seen, min(wide, seen.width), min(high, seen.height))
    return tuple(  # type: ignore[return-value]
        min(image.size[axis] - size[axis], round(at * image.size[axis] / seen.size[axis]))
        for axis, at in enumerate((left, top))
    )


def _interest(image: Image.Image) -> Image.Image:
    """How much there is to see, as a small gray picture."""
    scale = min(1.0, _LOOKED_AT / max(image.size))
    small = image.resize([max(1, round(side * scale)) for side in image.size], Image.Resampling.BOX)
    alpha = small.getchannel("A")
    if min(alpha.tobytes()) < 128:
        return alpha
    seen = Image.new("L", small.size)
    for band in small.convert("RGB").convert("YCbCr").split():
        # Detail is what a blur takes away; what stands out is what differs from the picture's mean.
        detail = ImageChops.difference(band, band.filter(ImageFilter.GaussianBlur(2)))
        mean = band.resize((1, 1), Image.Resampling.BOX).resize(band.size)
        apart = ImageChops.difference(band, mean).point([value // 4 for value in range(256)])
        seen = ImageChops.add(seen, ImageChops.add(detail, apart))
    return seen.filter(ImageFilter.GaussianBlur(1))


def _best(seen: Image.Image, wide: int, high: int) -> Pair:
    """Left and top of the window with most in it."""
    sums = _summed(seen)

    def inside(left: int, top: int) -> int:
        right, bottom = left + wide, top + high
        return sums[bottom][right] - sums[top][right] - sums[bottom][left] + sums[top][left]

    places = [(left, top) for left in range(seen.width - wide + 1) for top in range(seen.height - high + 1)]
    most = max(inside(*place) for place in places)
    middle = _middle(seen)

    def off(place: Pair) -> tuple[float, Pair]:
        across, down = place[0] + wide / 2 - middle[0], place[1] + high / 2 - middle[1]
        return across * across + down * down, place

    return min((place for place in places if inside(*place) >= most * _NEARLY), key=off)


def _summed(seen: Image.Image) -> list[list[int]]:
    """The sum of all that is left of and above each place."""
    data = seen.tobytes()
    sums = [[0] * (seen.width + 1)]
    for row in range(seen.height):
        line = [0, *accumulate(data[row * seen.width : (row + 1) * seen.width])]
        sums.append([above + own for above, own in zip(sums[-1], line, strict=True)])
    return sums


def _middle(seen: Image.Image) -> tuple[float, float]:
    """The centre of gravity, in pixels."""
    data = seen.tobytes()
    whole = sum(data) or 1
    across = sum(sum(data[column :: seen.width]) * (column + 0.5) for column in range(seen.width))
    down = sum(sum(data[row * seen.width : (row + 1) * seen.width]) * (row + 0.5) for row in range(seen.height))
    return (across / whole, down / whole) if any(data) else (seen.width / 2, seen.height / 2)
