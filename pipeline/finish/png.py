"""PNG, written small: the least that can say the same pixels, and the filter that suits them.  [door: PIL]"""

from __future__ import annotations

import io
import struct
import sys
import zlib
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from PIL import Image

_SIGNATURE: Final = b"\x89PNG\r\n\x1a\n"
_XMP: Final = b"XML:com.adobe.xmp\0\0\0\0\0"
_BIT_DEPTHS: Final = ((2, 1), (4, 2), (16, 4), (256, 8))
_COLOUR_TYPES: Final = {"L": 0, "RGB": 2, "P": 3, "LA": 4, "RGBA": 6}
_PALETTE_WORTH_PIXELS: Final = 1024
_SAMPLE_ROWS: Final = 256
_BOTH_FILTERS_FROM: Final = 8


def encoded(image: Image.Image, *, effort: int, xmp: bytes = b"", reduced: bool = True) -> bytes:
    """The picture (RGB or RGBA) as a PNG with the XMP packet before its pixels.

    `effort` is from 0 to 9. Unless `reduced`, it stays RGB or RGBA whatever is in it, as icons have to be.
    """
    palette = _Palette.of(image) if reduced else None
    if palette is not None:
        indexed = palette.indexed(image)
        return _file(image.size, palette.depth, "P", palette.chunks(), _deflated(indexed, effort, palette.depth), xmp)
    if reduced and _is_grey(image):
        image = image.convert("LA" if image.mode == "RGBA" else "L")
    return _file(image.size, 8, image.mode, b"", _smallest(image, effort), xmp)


class _Palette:
    """The colours of a picture that has at most 256, those that can be seen through first."""

    def __init__(self, colours: list[tuple[int, ...]]) -> None:
        self.colours = colours
        self.depth = next(depth for most, depth in _BIT_DEPTHS if len(colours) <= most)

    @staticmethod
    def of(image: Image.Image) -> _Palette | None:
        """None where there are more, or where the palette itself would be most of the file."""
        counted = image.getcolors(256)
        if counted is None:
            return None
        found = [colour for _, colour in counted if isinstance(colour, tuple)]
        # The most opaque of them before the least: alphas that end in 0 and 10 are read as 0 alone by Pillow, whose
        # pattern for them takes the 10, a line end, for no part of the text (PngImagePlugin, `_simple_palette`).
        colours = sorted(found, key=lambda colour: ((*colour, 255)[3] == 255, [-alpha for alpha in colour[3:]], colour))
        if len(colours) > 16 and (_is_grey(image) or image.width * image.height < _PALETTE_WORTH_PIXELS):
            return None
        return _Palette(colours)

    def indexed(self, image: Image.Image) -> Image.Image:
        from PIL import Image

        # Exactly: Pillow's own ways to a palette look colours up in a table of every fourth one.
        index = {int.from_bytes(bytes((*c, 255)[:4]), sys.byteorder): i for i, c in enumerate(self.colours)}
        pixels = memoryview(image.convert("RGBA").tobytes()).cast("I")
        made = Image.frombytes("P", image.size, bytes(map(index.__getitem__, pixels)))
        made.putpalette(bytes(channel for colour in self.colours for channel in colour[:3]))
        return made

    def chunks(self) -> bytes:
        alphas = bytes(colour[3] for colour in self.colours if len(colour) == 4 and colour[3] < 255)
        chunk = _chunk(b"PLTE", bytes(channel for colour in self.colours for channel in colour[:3]))
        return chunk + (_chunk(b"tRNS", alphas) if alphas else b"")


def _is_grey(image: Image.Image) -> bool:
    from PIL import ImageChops

    red, green, blue = image.split()[:3]
    return all(ImageChops.difference(red, other).getextrema() == (0, 0) for other in (green, blue))


def _smallest(image: Image.Image, effort: int) -> bytes:
    """The deflated rows, filtered row by row or not at all: flat art is often a quarter smaller without.

    A low effort decides by a quick look at some rows in the middle, a high one tries both.
    """
    if effort >= _BOTH_FILTERS_FROM:
        return min(_deflated(image, effort), _deflated(_unfiltered(image), effort), key=len)
    top = max(0, (image.height - _SAMPLE_ROWS) // 2)
    sample = image.crop((0, top, image.width, min(image.height, top + _SAMPLE_ROWS)))
    plain = len(_deflated(_unfiltered(sample), 1)) < len(_deflated(sample, 1))
    return _deflated(_unfiltered(image) if plain else image, effort)


def _unfiltered(image: Image.Image) -> Image.Image:
    """The same rows as indices of a palette, which Pillow does not filter."""
    from PIL import Image

    rows = Image.frombytes("P", (image.width * len(image.getbands()), image.height), image.tobytes())
    rows.putpalette(bytes(768))
    return rows


def _deflated(image: Image.Image, effort: int, depth: int = 8) -> bytes:
    file = io.BytesIO()
    # Pillow's deflate rather than Python's: it is the same, zlib-ng, wherever Pillow is the same.
    options = {"bits": depth} if image.mode == "P" else {}
    image.save(file, "PNG", compress_level=(1, 1, 2, 3, 4, 5, 6, 7, 9, 9)[effort], **options)
    return b"".join(body for name, body in _chunks(file.getvalue()) if name == b"IDAT")


def _chunks(data: bytes) -> list[tuple[bytes, bytes]]:
    found, at = [], len(_SIGNATURE)
    while at < len(data):
        (length,) = struct.unpack_from(">I", data, at)
        found.append((data[at + 4 : at + 8], data[at + 8 : at + 8 + length]))
        at += 12 + length
    return found


def _chunk(name: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(body, zlib.crc32(name)))


def _file(size: tuple[int, int], depth: int, mode: str, palette: bytes, rows: bytes, xmp: bytes) -> bytes:
    header = struct.pack(">IIBBBBB", *size, depth, _COLOUR_TYPES[mode], 0, 0, 0)
    about = _chunk(b"iTXt", _XMP + xmp) if xmp else b""
    return b"".join((_SIGNATURE, _chunk(b"IHDR", header), about, palette, _chunk(b"IDAT", rows), _chunk(b"IEND", b"")))
