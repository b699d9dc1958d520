"""What a picture says of its own origin: XMP, a C2PA manifest, our mark. No signature is checked.

That a manifest is there is told, and what its text says. Of the formats that most files have only the segments for such
things are looked at; other files are searched whole, as both leave their identifiers uncompressed.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Iterator, Mapping
from html import unescape
from typing import TYPE_CHECKING, Final, NamedTuple

from pipeline import marks

if TYPE_CHECKING:
    from collections.abc import Callable
    from mmap import mmap

    Bytes = bytes | mmap

SVG: Final = "image/svg+xml"

_STARTS: Final = (
    (b"BM", "image/bmp"),
    (b"II*\0", "image/tiff"),
    (b"MM\0*", "image/tiff"),
    (b"8BPS", "image/vnd.adobe.photoshop"),
    (b"\0\0\0\x0cJXL \r\n\x87\n", "image/jxl"),
    (b"\xff\x0a", "image/jxl"),
    (b"\0\0\0\x0cjP  \r\n\x87\n", "image/jp2"),
    (b"DDS ", "image/vnd-ms.dds"),
    (b"\xabKTX ", "image/ktx"),
    (b"qoif", "image/qoi"),
)
"""Pictures that the tool never makes, and that ship all the same."""

_ARCHIVES: Final = (
    (b"PK\x03\x04", "a zip archive"),
    (b"GDPC", "a Godot pack"),
    (b"UnityFS\0", "a Unity bundle"),
    (b"7z\xbc\xaf\x27\x1c", "a 7z archive"),
    (b"Rar!\x1a\x07", "a rar archive"),
    (b"\x1f\x8b\x08", "a gzip file"),
    (marks.LFS_POINTER, "a Git LFS pointer"),
)
"""What may hold pictures that nobody can see from outside."""
_ARCHIVE_STARTS: Final = tuple(start for start, _ in _ARCHIVES)

_SVG: Final = re.compile(rb"\s*(?:<\?xml|<!--|<!DOCTYPE\s+svg|<svg[\s>])", re.IGNORECASE)
_MANIFEST: Final = b"c2pa\0\x11\0\x10\x80\0\0\xaa\08\x9bq"
"""The type of the box that a C2PA manifest store is."""
_SOURCE: Final = re.compile(rb"cv\.iptc\.org/newscodes/digitalsourcetype/([A-Za-z]{1,60})")
_SYSTEM: Final = re.compile(rb"""AISystemUsed(?:>([^<]{1,500})<|="([^"]{1,500})"|='([^']{1,500})')""")
_MARK: Final = re.compile(rb"asset-pipeline ([a-z]{1,30})(?::[0-9a-f:]{1,200})? sha256:[0-9a-f]{64}")


class Said(NamedTuple):
    """What a picture says of its origin; what it does not say is empty."""

    source: str = ""
    """The kind of source by its name in IPTC's vocabulary, such as `trainedAlgorithmicMedia`."""
    system: str = ""
    """The model, or what else drew it."""
    xmp: bool = False
    """Whether XMP says the source."""
    c2pa: bool = False
    """Whether a C2PA manifest is there."""
    mark: str = ""
    """The kind that a mark of ours names; the rest of the file may have changed since."""


def kind_of(head: bytes) -> str | None:
    """The media type of a picture by its first `marks.HEAD_BYTES`; None where it is none."""
    found = marks.sniff(head)
    if found is not None:
        return found
    for start, type in _STARTS:
        if head.startswith(start):
            return type if type != "image/bmp" or head[6:10] == b"\0\0\0\0" else None
    return SVG if _is_svg(head) else None


def archive_of(head: bytes) -> str | None:
    """What kind of archive a file is by its head; None where it is none."""
    if not head.startswith(_ARCHIVE_STARTS):
        return None
    return next(name for start, name in _ARCHIVES if head.startswith(start))


def holds_pictures(svg: Bytes) -> bool:
    """Whether a drawing holds pictures made of pixels."""
    return re.search(rb"data:image/(?!svg)", svg) is not None


def said_by(data: Bytes, type: str) -> Said:
    """What the picture says; of one that is damaged, what can be read."""
    xmp: list[Bytes] = []
    others: list[Bytes] = []
    try:
        for is_xmp, segment in _READERS[type](data) if type in _READERS else [(True, data)]:
            (xmp if is_xmp else others).append(segment)
    except (struct.error, ValueError):
        pass
    everything = [*xmp, *others]
    sources = [found[1].decode() for part in everything if (found := _SOURCE.search(part))]
    system = next((_text(found) for part in xmp if (found := _SYSTEM.search(part))), "")
    # Where segments are not told apart, one search has to do for all.
    mark = next((found[1].decode() for part in everything if (found := _MARK.search(part))), "")
    return Said(
        source=sources[0] if sources else "",
        system=system,
        xmp=any(_SOURCE.search(part) and (type in _READERS or part.find(b"<x:xmpmeta") >= 0) for part in xmp),
        c2pa=any(part.find(_MANIFEST) >= 0 for part in everything),
        mark=mark,
    )


def _text(found: re.Match[bytes]) -> str:
    written = next(group for group in found.groups() if group is not None)
    return unescape(written.decode("utf-8", "replace")).strip()


def _is_svg(head: bytes) -> bool:
    text = head.removeprefix(b"\xef\xbb\xbf")
    return _SVG.match(text) is not None and re.search(rb"<svg[\s>]|<!DOCTYPE\s+svg", text, re.IGNORECASE) is not None


_Segments = Iterator[tuple[bool, bytes]]
"""Whether it is XMP, and its bytes."""


def _jpeg(data: Bytes) -> _Segments:
    """The segments before the first scan. A long manifest is in several, which are joined without their heads."""
    manifest: list[bytes] = []
    at = 2
    while data[at : at + 1] == b"\xff":
        kind = data[at + 1 : at + 2]
        if kind == b"\xff":  # a fill byte
            at += 1
            continue
        if kind in (b"\xda", b"\xd9", b""):
            break
        (length,) = struct.unpack(">H", data[at + 2 : at + 4])
        if length < 2:
            break
        if kind in (b"\xe1", b"\xfe"):
            body = data[at + 4 : at + 2 + length]
            yield kind == b"\xe1" and body.startswith(b"http://ns.adobe.com/xap/1.0/\0"), body
        elif kind == b"\xeb":
            body = data[at + 4 : at + 2 + length]
            manifest.append(body[16:] if manifest else body)
        at += 2 + length
    yield False, b"".join(manifest)


def _png(data: Bytes) -> _Segments:
    at = 8
    while at + 8 <= len(data):
        length, name = struct.unpack(">I4s", data[at : at + 8])
        if name in (b"iTXt", b"tEXt", b"caBX"):
            body = data[at + 8 : at + 8 + length]
            if name == b"iTXt" and body.startswith(b"XML:com.adobe.xmp\0"):
                yield True, _text_of_chunk(body)
            else:
                yield False, body
        if name == b"IEND":
            return
        at += 12 + length


def _text_of_chunk(body: bytes) -> bytes:
    """Of an iTXt chunk: it may be compressed."""
    compressed, rest = body[18:19] == b"\1", body[20:]
    if not compressed:
        return body
    import zlib

    text = rest.split(b"\0", 2)[-1]
    try:
        return zlib.decompressobj().decompress(text, 1 << 20)
    except zlib.error:
        return b""


def _webp(data: Bytes) -> _Segments:
    at = 12
    while at + 8 <= len(data):
        name, length = struct.unpack("<4sI", data[at : at + 8])
        if name in (b"XMP ", b"C2PA", b"aPpl"):
            yield name == b"XMP ", data[at + 8 : at + 8 + length]
        at += 8 + length + length % 2


_READERS: Final[Mapping[str, Callable[[Bytes], _Segments]]] = {
    "image/jpeg": _jpeg,
    "image/png": _png,
    "image/webp": _webp,
}
