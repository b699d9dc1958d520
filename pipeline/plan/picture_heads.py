"""What is wrong with a picture, as far as its head and its end tell: no pixel is decoded, and no library opened.

A reference that is cut off or far too large would fail only when its asset is drawn, with other assets paid already.
"""

from __future__ import annotations

import os
import struct
from collections.abc import Callable, Mapping
from typing import BinaryIO, Final

from pipeline.frozen import NamedTuple

MOST_PIXELS: Final = 178_000_000
"""More than a camera takes, and no more than is decoded when the reference is attached."""

_PNG_END: Final = b"IEND\xaeB`\x82"
_JPEG_END: Final = b"\xff\xd9"
_NO_SIZE: Final = frozenset({0xC4, 0xC8, 0xCC})  # of the markers C0 to CF, those that begin no frame


class _Head(NamedTuple):
    """The sides in pixels, and whether the file goes on to its end."""

    width: int
    height: int
    whole: bool


class _Cut(Exception):
    """The file ends, or is nonsense, before its size was told."""


def fault(file: BinaryIO, type: str) -> tuple[str, str] | None:
    """Why a picture of that media type cannot be attached (the end of a sentence, and the remedy), or None.

    HEIC, HEIF and AVIF are taken as they are. Raises OSError.
    """
    read = _READERS.get(type)
    if read is None:
        return None
    try:
        head = read(file, file.seek(0, os.SEEK_END))
    except (_Cut, struct.error):
        return "is damaged or cut off", "copy it anew, or export it again"
    if not head.width or not head.height:
        return "is damaged: it has no pixels", "export it again"
    if head.width * head.height > MOST_PIXELS:
        pixels = f"{head.width:,} x {head.height:,} pixels"
        return f"has {pixels}, more than the {MOST_PIXELS:,} that can be attached", "shrink it: 2048 a side is plenty"
    return None if head.whole else ("is cut off: its end is missing", "copy it anew, or export it again")


def sides(file: BinaryIO, type: str) -> tuple[int, int] | None:
    """Width and height of a picture of that media type; None where its head does not tell, or is not known here.

    Raises OSError.
    """
    read = _READERS.get(type)
    try:
        head = read(file, file.seek(0, os.SEEK_END)) if read is not None else None
    except (_Cut, struct.error):
        return None
    return (head.width, head.height) if head is not None and head.width and head.height else None


def _at(file: BinaryIO, start: int, count: int) -> bytes:
    file.seek(start)
    data = file.read(count)
    if len(data) < count:
        raise _Cut
    return data


def _png(file: BinaryIO, size: int) -> _Head:
    head = _at(file, 8, 16)
    if head[4:8] != b"IHDR":
        raise _Cut
    width, height = struct.unpack(">II", head[8:])
    return _Head(width, height, _at(file, size - 8, 8) == _PNG_END or _png_ends(file, size))


def _png_ends(file: BinaryIO, size: int) -> bool:
    """Walk the chunks: something may stand behind the last one."""
    at = 8
    while at + 12 <= size:
        length, name = struct.unpack(">I4s", _at(file, at, 8))
        if name == b"IEND":
            return True
        at += 12 + length
    return False


def _jpeg(file: BinaryIO, size: int) -> _Head:
    """Walk the segments up to the first scan."""
    at, sides = 2, (0, 0)
    while True:
        mark, kind = _at(file, at, 2)
        if mark != 0xFF:
            raise _Cut
        if kind == 0xFF:  # fill
            at += 1
            continue
        if kind == 0x01 or 0xD0 <= kind <= 0xD8:
            at += 2
            continue
        (length,) = struct.unpack(">H", _at(file, at + 2, 2))
        if 0xC0 <= kind <= 0xCF and kind not in _NO_SIZE:
            height, width = struct.unpack(">HH", _at(file, at + 5, 4))
            sides = (width, height)
        at += 2 + length
        if kind == 0xDA:
            # In a scan FF is followed by 00 or a restart, so that this can only be the end, whatever stands behind it.
            whole = _at(file, size - 2, 2) == _JPEG_END or _JPEG_END in _at(file, at, max(size - at, 0))
            return _Head(*sides, whole)


def _webp(file: BinaryIO, size: int) -> _Head:
    (length,) = struct.unpack("<I", _at(file, 4, 4))
    kind, head = _at(file, 12, 4), _at(file, 20, 10)
    if kind == b"VP8X":
        width, height = (1 + int.from_bytes(head[start : start + 3], "little") for start in (4, 7))
    elif kind == b"VP8L":
        (bits,) = struct.unpack("<I", head[1:5])
        width, height = 1 + (bits & 0x3FFF), 1 + (bits >> 14 & 0x3FFF)
    elif kind == b"VP8 ":
        width, height = (side & 0x3FFF for side in struct.unpack("<HH", head[6:]))
    else:
        raise _Cut
    return _Head(width, height, size >= length + 8)


def _gif(file: BinaryIO, size: int) -> _Head:
    width, height = struct.unpack("<HH", _at(file, 6, 4))
    return _Head(width, height, True)


_READERS: Final[Mapping[str, Callable[[BinaryIO, int], _Head]]] = {
    "image/png": _png,
    "image/jpeg": _jpeg,
    "image/webp": _webp,
    "image/gif": _gif,
}
