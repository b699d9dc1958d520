"""`tile`: a picture that can be laid beside and above itself.

Both ends of a side show the same strip twice. Through it a path is sought along which the two differ least; on one side
of the path lies one end, on the other the other.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final, NamedTuple

from PIL import Image, ImageChops, ImageFilter, ImageStat

from pipeline.spec.step_sizes import overlap

_LENGTH: Final = 384
_WIDTH: Final = 48
"""Cells in which a path is sought: along the seam and across it."""

_MARGIN: Final = 0.15
"""The part of the strip at both of its sides that no path enters."""

_LARGE: Final = 0.25
"""Forms that are wider than this part of the strip are large."""

_UNEVEN: Final = 40
"""Levels by which the light of the two ends may differ and be made even."""


class Seam(NamedTuple):
    """How much more a picture changes from its one end to its other than inside: 1 is not to be seen."""

    across: float
    down: float


def tile(image: Image.Image, params: Mapping[str, Any]) -> Image.Image:
    # Colors under what is transparent must not come up.
    work = image.convert("RGBa")
    work = _closed(work, overlap(params["overlap"], image.width))
    work = work.transpose(Image.Transpose.TRANSPOSE)
    work = _closed(work, overlap(params["overlap"], image.height))
    return work.transpose(Image.Transpose.TRANSPOSE).convert("RGBA")


def measured(image: Image.Image) -> Seam:
    """How well a picture can be laid beside and above itself."""

    def ratio(by: tuple[int, int]) -> float:
        shown = image.convert("RGBa")
        apart = ImageChops.difference(shown, ImageChops.offset(shown, *by))
        inner = apart.crop((*by, *apart.size))
        edge = apart.crop((0, 0, by[0] or apart.width, by[1] or apart.height))
        inside, between = (sum(ImageStat.Stat(part).mean) for part in (inner, edge))
        return (between + 0.5) / (inside + 0.5)

    return Seam(ratio((1, 0)), ratio((0, 1)))


def _closed(image: Image.Image, strip: int) -> Image.Image:
    """The picture, narrower by the strip, so that its right end goes on in its left one."""
    if strip < 2:
        return image.crop((0, 0, image.width - strip, image.height))
    image = _evened(image, strip)
    width, height = image.size
    left, right = image.crop((0, 0, strip, height)), image.crop((width - strip, 0, width, height))
    found = image.crop((0, 0, width - strip, height))
    found.paste(_joined(left, right), (0, 0))
    return found


def _joined(left: Image.Image, right: Image.Image) -> Image.Image:
    """A strip that begins as the right end and ends as the left one.

    What is fine changes along the path, light and large forms over the whole strip: so neither is cut nor doubled.
    """
    wide = Image.linear_gradient("L").transpose(Image.Transpose.TRANSPOSE).resize(left.size)
    narrow = _mask(left, right)
    bands = []
    for pair in zip(left.split(), right.split(), strict=True):
        large = [_blurred(band, left.width * _LARGE) for band in pair]
        small = [ImageChops.subtract(band, form, 1, 128) for band, form in zip(pair, large, strict=True)]
        form = Image.composite(large[0], large[1], wide)
        bands.append(ImageChops.add(form, Image.composite(small[0], small[1], narrow), 1, -128))
    *colors, alpha = bands
    return Image.merge("RGBa", [*(ImageChops.darker(band, alpha) for band in colors), alpha])


def _blurred(band: Image.Image, radius: float) -> Image.Image:
    """The band blurred as if it went on, above and below, with its other end."""
    more = min(band.height, int(3 * radius) + 1)
    wide = Image.new("L", (band.width, band.height + 2 * more))
    wide.paste(band.crop((0, band.height - more, *band.size)), (0, 0))
    wide.paste(band, (0, more))
    wide.paste(band.crop((0, 0, band.width, more)), (0, more + band.height))
    return wide.filter(ImageFilter.GaussianBlur(radius)).crop((0, more, band.width, more + band.height))


def _evened(image: Image.Image, strip: int) -> Image.Image:
    """The picture with the same mean light at its left and its right end."""
    ends = [image.crop((0, 0, strip, image.height)), image.crop((image.width - strip, 0, image.width, image.height))]
    means = [ImageStat.Stat(end).mean for end in ends]
    steps = [round(right - left) for left, right in zip(*means, strict=True)]
    if not any(steps[:3]) or max(map(abs, steps)) > _UNEVEN or steps[3]:
        return image
    slope = Image.linear_gradient("L").transpose(Image.Transpose.TRANSPOSE).resize(image.size)
    bands = [
        ImageChops.subtract(band, slope.point([round(level * step / 255) for level in range(256)]), 1, step // 2)
        if step >= 0
        else ImageChops.add(band, slope.point([round(-level * step / 255) for level in range(256)]), 1, -(-step // 2))
        for band, step in zip(image.split(), steps, strict=True)
    ]
    return Image.merge("RGBa", bands)


def _mask(left: Image.Image, right: Image.Image) -> Image.Image:
    """Where the left end is shown: right of the path."""
    size = (min(_WIDTH, left.width), min(_LENGTH, left.height))
    apart = ImageChops.difference(left, right)
    cost = Image.new("L", apart.size)
    for band in apart.split():
        cost = ImageChops.add(cost, band.point([level // 2 for level in range(256)]))
    path = _path(cost.resize(size, Image.Resampling.BOX))
    rows = [bytes(at) + b"\xff" * (size[0] - at) for at in path]
    mask = Image.frombytes("L", size, b"".join(rows))
    return mask.filter(ImageFilter.BoxBlur((1, 0))).resize(left.size, Image.Resampling.BILINEAR)


def _path(cost: Image.Image) -> list[int]:
    """For each row where the path crosses it. It ends where it begins, so that it goes on in the next tile."""
    width, height = cost.size
    data = cost.tobytes()
    margin = int(width * _MARGIN)
    columns = range(margin, max(margin + 1, width - margin))
    rows = [[1 + data[row * width + column] ** 2 for column in columns] for row in range(height)]
    free = _cheapest(rows, None)
    # Half way down it has found its course, whatever its beginning was.
    turn = height // 2
    begin = free[turn]
    turned = rows[turn:] + rows[:turn]
    path = _cheapest(turned, begin)
    path = path[height - turn :] + path[: height - turn]
    return [margin + at for at in path]


def _cheapest(rows: Sequence[Sequence[int]], ends: int | None) -> list[int]:
    """The cheapest way down, a column a row; `ends` is the column that it begins and ends in."""
    far = 1 << 40
    count = len(rows[0])
    sums = [[value if ends in (None, at) else far for at, value in enumerate(rows[0])]]
    for row in rows[1:]:
        above = sums[-1]
        sums.append([own + min(above[max(0, at - 1) : at + 2]) for at, own in enumerate(row)])
    at = min(range(count), key=sums[-1].__getitem__) if ends is None else ends
    path = [at]
    for above in reversed(sums[:-1]):
        at = min(range(max(0, at - 1), min(count, at + 2)), key=above.__getitem__)
        path.append(at)
    path.reverse()
    return path
