"""Marks: a segment inside a picture by which it is known anywhere that the tool made it.

A mark reads `asset-pipeline KIND sha256:HEX`, where HEX is the digest of the file's bytes without the segment. So a
file that a person has edited since is not taken for ours, though most editors carry such segments over.

    JPEG   a comment (COM) behind the leading application segments
    PNG    a tEXt chunk named Comment before IEND
    WebP   a chunk of our own at the end of the RIFF
    AVIF   a box of our own (uuid) at the end
    icns   an element of our own at the end
    ICO    text behind the last picture, since the format has no place for any
"""

from __future__ import annotations

import re
import struct
import zlib
from collections.abc import Callable, Mapping
from typing import Final

from pipeline.frozen import NamedTuple

LFS_POINTER = b"version https://git-lfs.github.com/spec/"
"""How the file begins that stands in the place of one that Git LFS has not fetched."""

_NAME = b"asset-pipeline "
_PNG = b"\x89PNG\r\n\x1a\n"
_PNG_PREFIX = b"Comment\0" + _NAME
_CHUNK = b"aPpl"
"""The name of what we put into WebP and icns."""
_BOX = b"uuid" + bytes.fromhex("6a1e0f5c8b7d4f0e9c3a61d2b4f0a7e5")
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


HEAD_BYTES: Final = 1024
"""So much of a file tells its type: the brands of an AVIF may stand late."""


def sniff(data: bytes) -> str | None:
    """The media type of a picture by its first HEAD_BYTES, or None; what anyone declared is not asked."""
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
    if data.startswith(b"icns") and len(data) >= 8:
        return "image/icns"
    if data.startswith(b"\0\0\1\0") and _is_ico(data):
        return "image/vnd.microsoft.icon"
    return None


def lfs_digest(data: bytes) -> str | None:
    """The digest of the file that an LFS pointer stands for; None where the bytes are no pointer."""
    if not data.startswith(LFS_POINTER):
        return None
    found = re.search(rb"^oid (sha256:[0-9a-f]{64})$", data, re.MULTILINE)
    return found.group(1).decode() if found else None


def stamp(data: bytes, kind: str) -> bytes:
    """The picture with a mark of that kind ("placeholder", "derived"); an earlier mark is replaced.

    Raises ValueError when the bytes are no JPEG, PNG, WebP, AVIF, ICO or icns.
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
    from hashlib import sha256

    return _NAME + f"{kind} sha256:{sha256(bare).hexdigest()}".encode("ascii")


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
    if kind not in _PLACES:
        raise ValueError("only JPEG, PNG, WebP, AVIF, ICO and icns can carry a mark")
    return _PLACES[kind](data)


def _without(data: bytes, place: _Place) -> bytes:
    kind = sniff(data)
    for start, end in reversed(place.ours):
        data = _resized(data[:start] + data[end:], kind, start - end)
    return data


def _with(bare: bytes, at: int, text: bytes) -> bytes:
    kind = sniff(bare)
    if kind == "image/jpeg":
        segment = b"\xff\xfe" + struct.pack(">H", len(text) + 2) + text
    elif kind == "image/png":
        body = b"tEXtComment\0" + text
        segment = struct.pack(">I", len(body) - 4) + body + struct.pack(">I", zlib.crc32(body))
    elif kind == "image/webp":
        segment = _CHUNK + struct.pack("<I", len(text)) + text + b"\0" * (len(text) % 2)
    elif kind == "image/avif":
        segment = struct.pack(">I", 4 + len(_BOX) + len(text)) + _BOX + text
    elif kind == "image/icns":
        segment = _CHUNK + struct.pack(">I", 8 + len(text)) + text
    else:
        segment = text
    bare = _resized(bare, kind, len(segment))
    return bare[:at] + segment + bare[at:]


def _resized(data: bytes, kind: str | None, by: int) -> bytes:
    """The file with the length that its head names changed, where the format has such a thing."""
    if kind == "image/webp":
        return data[:4] + struct.pack("<I", _length(_unpack("<I", data, 4) + by)) + data[8:]
    if kind == "image/icns":
        return data[:4] + struct.pack(">I", _length(_unpack(">I", data, 4) + by)) + data[8:]
    return data


def _length(size: int) -> int:
    if not 0 <= size < 1 << 32:
        raise _Broken("a RIFF or an icns holds at most 4 GiB")
    return size


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
        if data[position : position + 4] == _CHUNK and data.startswith(_NAME, position + 8, end):
            ours.append((position, end))
            taken += end - position
        position = end
    return _Place(tuple(ours), stop - taken)


def _place_in_avif(data: bytes) -> _Place:
    ours: list[tuple[int, int]] = []
    taken, position = 0, 0
    while position < len(data):
        size, head = _unpack(">I", data, position), 8
        if size == 1:  # a box of more than 4 GiB could be
            size, head = _unpack(">Q", data, position + 8), 16
        end = position + size
        if size < head or end > len(data):  # 0, "to the end of the file", too: behind it nothing can stand
            raise _Broken("a box is cut off")
        if data.startswith(_BOX + _NAME, position + 4):
            ours.append((position, end))
            taken += size
        position = end
    return _Place(tuple(ours), position - taken)


def _place_in_icns(data: bytes) -> _Place:
    ours: list[tuple[int, int]] = []
    stop = _unpack(">I", data, 4)
    if stop > len(data):
        raise _Broken("the icns is cut off")
    taken, position = 0, 8
    while position < stop:
        length = _unpack(">I", data, position + 4)
        end = position + length
        if length < 8 or end > stop:
            raise _Broken("an element is cut off")
        if data[position : position + 4] == _CHUNK and data.startswith(_NAME, position + 8, end):
            ours.append((position, end))
            taken += length
        position = end
    return _Place(tuple(ours), stop - taken)


def _place_in_ico(data: bytes) -> _Place:
    ends = [6]
    for number in range(_unpack("<H", data, 4)):
        entry = 6 + 16 * number
        ends.append(_unpack("<I", data, entry + 8) + _unpack("<I", data, entry + 12))
    if max(ends) > len(data):
        raise _Broken("the ICO is cut off")
    at = data.find(_NAME, max(ends))
    return _Place((), len(data)) if at < 0 else _Place(((at, len(data)),), at)


_PLACES: Final[Mapping[str | None, Callable[[bytes], _Place]]] = {
    "image/jpeg": _place_in_jpeg,
    "image/png": _place_in_png,
    "image/webp": _place_in_webp,
    "image/avif": _place_in_avif,
    "image/icns": _place_in_icns,
    "image/vnd.microsoft.icon": _place_in_ico,
}


CARRIERS: Final = frozenset(kind for kind in _PLACES if kind is not None)
"""The media types of pictures that can have a mark."""


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


def _is_ico(data: bytes) -> bool:
    """By its first entry, since four bytes that are nearly all zero begin many a file."""
    if len(data) < 22:
        return False
    pictures, colours_behind, planes, size, at = struct.unpack_from("<H3xBH2xII", data, 4)
    return bool(pictures and not colours_behind and planes <= 1 and size and at >= 6 + 16 * pictures)
