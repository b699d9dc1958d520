"""Icons: several sizes of one picture in one file, for Windows and browsers (ico) and for macOS (icns).  [door: PIL]

A picture that is no square is put into the middle of one. None is made larger than it is. The largest one inside
carries the XMP packet, for all of them.
"""

from __future__ import annotations

import struct
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Final

from pipeline.finish import png

if TYPE_CHECKING:
    from PIL import Image

_PNG_TYPES: Final[Mapping[int, tuple[bytes, ...]]] = {
    32: (b"ic11",),
    64: (b"ic12",),
    128: (b"ic07",),
    256: (b"ic13", b"ic08"),
    512: (b"ic14", b"ic09"),
    1024: (b"ic10",),
}
"""The places of an icns by side in pixels; the first of two is for the half size on a screen of twice the dots."""

_RLE_TYPES: Final[Mapping[int, tuple[bytes, bytes]]] = {16: (b"is32", b"s8mk"), 32: (b"il32", b"l8mk")}
"""Colours and mask of the two smallest, which macOS does not show reliably when they are PNGs."""


def ico(image: Image.Image, sizes: Sequence[int], *, effort: int, xmp: bytes) -> bytes:
    """An ico of the picture in those sizes (sides in pixels, from 1 to 256)."""
    pictures = _pictures(image, sizes, effort, xmp)
    at = 6 + 16 * len(pictures)
    directory = [struct.pack("<HHH", 0, 1, len(pictures))]
    for size, picture in pictures.items():
        side = size % 256  # 256 is written as 0
        directory.append(struct.pack("<BBBBHHII", side, side, 0, 0, 1, 32, len(picture), at))
        at += len(picture)
    return b"".join([*directory, *pictures.values()])


def icns(image: Image.Image, sizes: Sequence[int], *, effort: int, xmp: bytes) -> bytes:
    """An icns of the picture in those sizes (of the sides in pixels that it has a place for)."""
    pictures = _pictures(image, sizes, effort, xmp)
    square = _square(image)
    elements: list[tuple[bytes, bytes]] = []
    for size, picture in pictures.items():
        if size in _RLE_TYPES:
            elements += zip(_RLE_TYPES[size], _colours_and_mask(_resized(square, size)), strict=True)
        elements += [(type, picture) for type in _PNG_TYPES.get(size, ())]
    body = b"".join(type + struct.pack(">I", len(data) + 8) + data for type, data in elements)
    return b"icns" + struct.pack(">I", len(body) + 8) + body


def _pictures(image: Image.Image, sizes: Sequence[int], effort: int, xmp: bytes) -> dict[int, bytes]:
    square, largest = _square(image), max(sizes)
    return {
        # Windows knows no other PNGs in icons than those of 32 bits a pixel.
        size: png.encoded(_resized(square, size), effort=effort, xmp=xmp if size == largest else b"", reduced=False)
        for size in sizes
    }


def _square(image: Image.Image) -> Image.Image:
    from PIL import Image

    rgba, side = image.convert("RGBA"), max(image.size)
    if image.width == image.height:
        return rgba
    square = Image.new("RGBA", (side, side), (0, 0, 0, 0))
    square.paste(rgba, ((side - image.width) // 2, (side - image.height) // 2))
    return square


def _resized(square: Image.Image, size: int) -> Image.Image:
    from PIL import Image

    if square.width == size:
        return square
    return square.resize((size, size), Image.Resampling.LANCZOS, reducing_gap=3.0)


def _colours_and_mask(image: Image.Image) -> tuple[bytes, bytes]:
    red, green, blue, alpha = (channel.tobytes() for channel in image.split())
    return b"".join(_run_lengths(channel) for channel in (red, green, blue)), alpha


def _run_lengths(channel: bytes) -> bytes:
    """Packed as icns has it: n < 128 and n + 1 bytes as they are, or n >= 128 and a byte that comes n - 125 times."""
    packed, literal, at = bytearray(), bytearray(), 0

    def flush() -> None:
        for start in range(0, len(literal), 128):
            piece = literal[start : start + 128]
            packed.extend((len(piece) - 1, *piece))
        literal.clear()

    while at < len(channel):
        end = at + 1
        while end < len(channel) and channel[end] == channel[at] and end - at < 130:
            end += 1
        if end - at >= 3:
            flush()
            packed.extend((end - at + 125, channel[at]))
        else:
            literal += channel[at:end]
        at = end
    flush()
    return bytes(packed)
