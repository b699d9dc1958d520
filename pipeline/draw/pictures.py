"""The one place of this room that decodes pictures that came from elsewhere.  [door: PIL]"""

from __future__ import annotations

import io
import warnings
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import mmap

    from PIL import Image

MOST_PIXELS = 179_000_000
"""More than any model draws (18.9 million) or a camera takes; a bomb has 10^9 and more."""

_FORMATS = ("JPEG", "PNG", "WEBP", "GIF", "AVIF")


_SCAN = 0xDA
_JPEG_END = b"\xff\xd9"


class Unreadable(ValueError):
    """No picture, a broken one or one with too many pixels; says which."""


def opened(picture: bytes | Path) -> Image.Image:
    """A picture in memory or in a file, its size known and its pixels not decoded yet. Raises Unreadable."""
    from PIL import Image, UnidentifiedImageError

    # Our own limit is looked at below, before a pixel is decoded; Pillow's first one is only a warning.
    warnings.filterwarnings("ignore", category=Image.DecompressionBombWarning)
    try:
        image = Image.open(io.BytesIO(picture) if isinstance(picture, bytes) else picture, formats=_FORMATS)
    except UnidentifiedImageError:
        raise Unreadable("it is no picture that can be read") from None
    except (Image.DecompressionBombError, OSError, ValueError, SyntaxError, EOFError) as error:
        raise Unreadable(f"it cannot be read: {error}") from None
    width, height = image.size
    if width * height > MOST_PIXELS:
        image.close()
        raise Unreadable(f"it has {width}x{height} pixels, more than the {MOST_PIXELS:,} that are decoded")
    return image


def decode(image: Image.Image) -> None:
    """Decode every pixel. Raises Unreadable when the data is cut off or damaged."""
    import struct

    try:
        image.load()
    except (OSError, ValueError, SyntaxError, EOFError, IndexError, struct.error) as error:
        raise Unreadable(f"it is damaged: {error}") from None


def measured(picture: bytes | Path) -> tuple[int, int]:
    """Width and height of a picture whose data is whole, down to the last byte of its pixels. Raises Unreadable."""
    with opened(picture) as image:
        size = image.size
        if image.format in ("JPEG", "MPO"):
            _see_whole_jpeg(picture)
        else:
            decode(image)
        return size


def _see_whole_jpeg(picture: bytes | Path) -> None:
    """See that a JPEG goes on to its end, and decode its head. Raises Unreadable.

    To decode it all would tell no more, and take fifty times as long at 4K: of the data behind the head libjpeg takes
    anything but an end that comes too soon.
    """
    if isinstance(picture, bytes):
        head = _jpeg_head(picture)
    else:
        import mmap

        with picture.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
            head = _jpeg_head(data)
    with opened(head + _JPEG_END) as image:
        image.draft(image.mode, (1, 1))
        decode(image)


def _jpeg_head(data: bytes | mmap.mmap) -> bytes:
    """All up to the data of the first scan, if the end is there: in a scan FF comes before no D9. Raises Unreadable."""
    at, kind = 2, 0
    while kind != _SCAN:
        kind = int.from_bytes(data[at + 1 : at + 2], "big")
        length = int.from_bytes(data[at + 2 : at + 4], "big")
        if data[at : at + 1] != b"\xff" or not kind:
            raise Unreadable("it is damaged: a segment is missing")
        alone = kind == 0x01 or 0xD0 <= kind <= 0xD8
        at += 1 if kind == 0xFF else 2 if alone else 2 + length
    if data.rfind(_JPEG_END, at) < 0:
        raise Unreadable("it is damaged: its end is missing")
    return data[:at]
