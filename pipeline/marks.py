"""Marks: a segment inside a picture by which it is known anywhere that the tool made it.

A mark reads `asset-pipeline KIND sha256:HEX`, where HEX is the digest of the file's bytes without the segment. So a
file that a person has edited since is not taken for ours, though most editors carry such segments over.

    JPEG   a comment (COM) behind the leading application segments
    PNG    a tEXt chunk named Comment before IEND
    WebP   a chunk of our own at the end of the RIFF
"""

from __future__ import annotations

import hashlib
import re
import struct
import zlib
from typing import NamedTuple

LFS_POINTER = b"version https://git-lfs.github.com/spec/"
"""How the file begins that stands in the place of one that Git LFS has not fetched."""

_NAME = b"asset-pipeline "
_PNG = b"\x89PNG\r\n\x1a\n"
_PNG_PREFIX = b"Comment\0" + _NAME
_WEBP_CHUNK = b"aPpl"
_FTYP_BRANDS = {
    b"avif": "image/avif",
    b"avis": "image/avif",
    b"heic": "image/heic",
    b"heix": "image/heic",
    b"hevc": "image/heic",
    b"heim": "image/heic",
    b"heis": "image/heic",
    b"mif1": "image/heif",
    b"msf1": "image/heif",
}


class _Broken(ValueError):
    """The bytes do not have the structure that their first ones promise."""


class _Place(NamedTuple):
    """Where segments of ours are in a file, and where the next one goes (in the file without them)."""

    ours: tuple[tuple[int, int], ...]
    """(start, end) of each, in order."""
    at: int


def sniff(data: bytes) -> str | None:
    """The media type of a picture by its first bytes, or None; what anyone declared is not asked."""
    if data.startswith(_PNG):
        return "image/png"
    if data.startswith(b"\xff\xd8\xff"):
        return "image/jpeg"
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return "image/webp"
    if data[:6] in (b"GIF87a", b"GIF89a"):
        return "image/gif"
    if data[4:8] == b"ftyp":
        return _brand(data)
    return None


def lfs_digest(data: bytes) -> str | None:
    """The digest of the file that an LFS pointer stands for; None where the bytes are no pointer."""
    if not data.startswith(LFS_POINTER):
        return None
    found = re.search(rb"^oid (sha256:[0-9a-f]{64})$", data, re.MULTILINE)
    return found.group(1).decode() if found else None


def stamp(data: bytes, kind: str) -> bytes:
    """The picture with a mark of that kind ("placeholder", "derived"); an earlier mark is replaced.

    Raises ValueError when the bytes are no JPEG, PNG or WebP.
    """
    place = _place(data)
    bare = _without(data, place)
    return _with(bare, place.at, _text(bare, kind))


def read_mark(data: bytes) -> str | None:
    """The kind that a mark in the file names, if every byte of the file is still as it was stamped; else None."""
    try:
        place = _place(data)
    except ValueError:
        return None
    if len(place.ours) != 1:
        return None
    start, end = place.ours[0]
    kind = _kind(data[start:end])
    if kind is None:
        return None
    bare = _without(data, place)
    # Compared whole: so the segment's own length, check sum and place are held to be right as well.
    return kind if _with(bare, place.at, _text(bare, kind)) == data else None


def _text(bare: bytes, kind: str) -> bytes:
    return _NAME + f"{kind} sha256:{hashlib.sha256(bare).hexdigest()}".encode("ascii")


def _kind(segment: bytes) -> str | None:
    start = segment.find(_NAME)
    # Three words, and the segment's check sum, which may hold a blank of its own.
    words = segment[start:].split(b" ", 2) if start >= 0 else []
    try:
        return words[1].decode("ascii") if len(words) == 3 else None
    except UnicodeDecodeError:
        return None


def _place(data: bytes) -> _Place:
    kind = sniff(data)
    if kind == "image/jpeg":
        return _place_in_jpeg(data)
    if kind == "image/png":
        return _place_in_png(data)
    if kind == "image/webp":
        return _place_in_webp(data)
    raise ValueError("only JPEG, PNG and WebP can carry a mark")


def _without(data: bytes, place: _Place) -> bytes:
    for start, end in reversed(place.ours):
        data = data[:start] + data[end:]
        if sniff(data) == "image/webp":
            data = _resized_riff(data, start - end)
    return data


def _with(bare: bytes, at: int, text: bytes) -> bytes:
    kind = sniff(bare)
    if kind == "image/jpeg":
        segment = b"\xff\xfe" + struct.pack(">H", len(text) + 2) + text
    elif kind == "image/png":
        body = b"tEXtComment\0" + text
        segment = struct.pack(">I", len(body) - 4) + body + struct.pack(">I", zlib.crc32(body))
    else:
        segment = _WEBP_CHUNK + struct.pack("<I", len(text)) + text + b"\0" * (len(text) % 2)
        bare = _resized_riff(bare, len(segment))
    return bare[:at] + segment + bare[at:]


def _place_in_jpeg(data: bytes) -> _Place:
    ours: list[tuple[int, int]] = []
    taken, at, leading, position = 0, 2, True, 2
    while True:
        marker = data[position + 1 : position + 2]
        if data[position : position + 1] != b"\xff" or not marker:
            raise _Broken("a JPEG segment is missing")
        if marker == b"\xff":  # a fill byte
            position += 1
            continue
        if marker in (b"\xda", b"\xd9"):  # the scan, the end: no segments behind them are ours
            return _Place(tuple(ours), at)
        length = _unpack(">H", data, position + 2)
        end = position + 2 + length
        if length < 2 or end > len(data):
            raise _Broken("a JPEG segment is cut off")
        if marker == b"\xfe" and data.startswith(_NAME, position + 4, end):
            ours.append((position, end))
            taken += end - position
        elif b"\xe0" <= marker <= b"\xef" and leading:
            at = end - taken
        else:
            leading = False
        position = end


def _place_in_png(data: bytes) -> _Place:
    ours: list[tuple[int, int]] = []
    taken, position = 0, len(_PNG)
    while True:
        length = _unpack(">I", data, position)
        name = data[position + 4 : position + 8]
        end = position + 12 + length
        if end > len(data):
            raise _Broken("a PNG chunk is cut off")
        if name == b"IEND":
            return _Place(tuple(ours), position - taken)
        if name == b"tEXt" and data.startswith(_PNG_PREFIX, position + 8, end):
            ours.append((position, end))
            taken += end - position
        position = end


def _place_in_webp(data: bytes) -> _Place:
    ours: list[tuple[int, int]] = []
    stop = 8 + _unpack("<I", data, 4)
    if stop > len(data) or stop % 2:
        raise _Broken("the RIFF is cut off")
    taken, position = 0, 12
    while position < stop:
        length = _unpack("<I", data, position + 4)
        end = position + 8 + length + length % 2
        if end > stop:
            raise _Broken("a RIFF chunk is cut off")
        if data[position : position + 4] == _WEBP_CHUNK and data.startswith(_NAME, position + 8, end):
            ours.append((position, end))
            taken += end - position
        position = end
    return _Place(tuple(ours), stop - taken)


def _resized_riff(data: bytes, by: int) -> bytes:
    size = _unpack("<I", data, 4) + by
    if not 0 <= size < 1 << 32:
        raise _Broken("a RIFF holds at most 4 GiB")
    return data[:4] + struct.pack("<I", size) + data[8:]


def _unpack(form: str, data: bytes, at: int) -> int:
    if at + struct.calcsize(form) > len(data):
        raise _Broken("the file ends in the middle of a segment")
    return int(struct.unpack_from(form, data, at)[0])


def _brand(data: bytes) -> str | None:
    """The type of a file of the ISO family: by its major brand, refined by the compatible ones it lists."""
    size = int.from_bytes(data[:4], "big")
    listed = data[16 : min(size, 256)]
    brands = [data[8:12], *(listed[i : i + 4] for i in range(0, len(listed) - 3, 4))]
    found = [_FTYP_BRANDS[brand] for brand in brands if brand in _FTYP_BRANDS]
    if not found:
        return None
    # mif1 says no more than "a still picture"; what kind is in the list behind it.
    return next((kind for kind in found if kind != "image/heif"), found[0])
