"""Files of colors below `specs/`: lists in hex, GIMP palettes, and PNG pictures of a palette.

What a file lists is part of the step that names it, so a changed palette is a changed step. A PNG is read here without
an imaging library: what declares never opens one.
"""

from __future__ import annotations

import re
import struct
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from pipeline import files
from pipeline.errors import Origin, UsageError
from pipeline.spec import colors, disk, hints, ids
from pipeline.spec.problems import Problems
from pipeline.spec.reads import Reads

SUFFIXES: Final = (".hex", ".gpl", ".png")
MOST_COLORS: Final = 256
MAX_BYTES: Final = 1_000_000
_MAX_PIXELS: Final = 262_144
_PNG: Final = b"\x89PNG\r\n\x1a\n"
_CHANNELS: Final = {0: 1, 2: 3, 4: 2, 6: 4}


class BadPalette(ValueError):
    """Why a file is no palette, as the end of a sentence, and what would be right."""

    def __init__(self, why: str, hint: str = "") -> None:
        super().__init__(why)
        self.why, self.hint = why, hint


class Palettes:
    """The files of colors of one project, each read once."""

    def __init__(self, root: Path, reads: Reads | None = None) -> None:
        self._root = root
        self._reads = reads or Reads()
        self._read: dict[str, tuple[str, ...] | BadPalette] = {}

    @property
    def paths(self) -> tuple[str, ...]:
        """The files asked for so far, by their paths from the project's root."""
        return tuple(self._read)

    def colors(self, path: str, origin: Origin, problems: Problems, who: str = "") -> tuple[str, ...] | None:
        """The colors of a file, in its order; None with a problem. `path` is as the spec at `origin` wrote it."""
        file = ids.from_specs(path)
        self._reads.note([file])
        if file not in self._read:
            try:
                self._read[file] = self._whole(path, file)
            except BadPalette as bad:
                self._read[file] = bad
        found = self._read[file]
        if isinstance(found, BadPalette):
            problems.add(origin, found.why, found.hint, who=who)
            return None
        return found

    def _whole(self, path: str, file: str) -> tuple[str, ...]:
        try:
            found = files.inside(self._root, file)
            data = disk.read_file(found)
        except UsageError as error:
            raise BadPalette(f"`{path}` is not a path inside the project", error.hint) from None
        except FileNotFoundError:
            raise BadPalette(f"there is no file {file}", self._meant(file)) from None
        except disk.Unreadable as error:
            raise BadPalette(f"{file} {error.why}", error.hint) from None
        except (OSError, RuntimeError) as error:
            refused = disk.refusal(error)
            raise BadPalette(f"{file} {refused.why}", refused.hint) from None
        try:
            return listed(data, found.suffix.lower())
        except BadPalette as bad:
            raise BadPalette(f"{file} {bad.why}", bad.hint) from None

    def _meant(self, file: str) -> str:
        below = disk.files_below(self._root / "specs", lambda name: name.lower().endswith(SUFFIXES))
        meant = hints.nearest(file, [f"specs/{path}" for path in below])
        return (
            f"did you mean `{meant.removeprefix('specs/')}`?" if meant else "paths are from `specs/`, with `/` the root"
        )


def listed(data: bytes, suffix: str) -> tuple[str, ...]:
    """The colors of a file's bytes, each once. Raises BadPalette."""
    if len(data) > MAX_BYTES:
        raise BadPalette(f"is larger than {MAX_BYTES:,} bytes", "a palette is small")
    if suffix == ".png":
        found = _of_png(data)
    else:
        text = data.decode("utf-8-sig", "replace")
        found = _of_gimp(text) if suffix == ".gpl" else _of_hex(text)
    unique = tuple(dict.fromkeys(found))
    if not 1 <= len(unique) <= MOST_COLORS:
        raise BadPalette(f"has {len(unique):,} colors", f"a palette has from 1 to {MOST_COLORS}")
    return unique


def _of_hex(text: str) -> Iterator[str]:
    """A color in six digits on each line."""
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip() or line.lstrip().startswith(";"):
            continue
        color = colors.parsed(line)
        if color is None or not colors.is_opaque(color) or not re.match(r"\s*#?[0-9a-fA-F]{6}", line):
            raise BadPalette(f"has no color on line {number}", "each line is six digits, such as 1e90ff")
        yield color


def _of_gimp(text: str) -> Iterator[str]:
    """Red, green and blue on each line, and perhaps a name behind them."""
    lines = text.splitlines()
    if not lines or lines[0].strip() != "GIMP Palette":
        raise BadPalette("is no GIMP palette", "its first line is `GIMP Palette`")
    for number, line in enumerate(lines[1:], 2):
        if not line.strip() or line.startswith(("#", "Name:", "Columns:")):
            continue
        found = re.match(r"\s*(\d{1,3})\s+(\d{1,3})\s+(\d{1,3})(?:\s|\Z)", line)
        channels = [int(value) for value in found.groups()] if found else []
        if not channels or max(channels) > 255:
            raise BadPalette(f"has no color on line {number}", "a line is red, green and blue: 30 144 255")
        yield "#" + bytes(channels).hex()


def _of_png(data: bytes) -> Iterator[str]:
    """The palette of an indexed picture; of others their opaque pixels, in the order of rows."""
    if not data.startswith(_PNG):
        raise BadPalette("is no PNG picture")
    try:
        chunks = list(_chunks(data))
        [head] = [body for name, body in chunks if name == b"IHDR"]
        width, height, depth, kind, _, _, interlaced = struct.unpack(">IIBBBBB", head)
        if kind == 3:
            [table] = [body for name, body in chunks if name == b"PLTE"]
            yield from ("#" + table[at : at + 3].hex() for at in range(0, len(table) - 2, 3))
            return
        if depth != 8 or interlaced or kind not in _CHANNELS:
            raise BadPalette("is a PNG of an unusual kind", "save it with 8 bits and without interlacing")
        if not 0 < width * height <= _MAX_PIXELS:
            raise BadPalette(f"has {width} x {height} pixels", "a palette is a small picture: a pixel for each color")
        size = _CHANNELS[kind]
        packed = b"".join(body for name, body in chunks if name == b"IDAT")
        rows = zlib.decompressobj().decompress(packed, height * (width * size + 1))
        for row in _unfiltered(rows, width * size, height, size):
            yield from _opaque(row, size)
    except (ValueError, IndexError, struct.error, zlib.error) as error:
        if isinstance(error, BadPalette):
            raise
        raise BadPalette("is a damaged PNG picture") from None


def _chunks(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    at = len(_PNG)
    while at + 8 <= len(data):
        length, name = struct.unpack_from(">I4s", data, at)
        yield name, data[at + 8 : at + 8 + length]
        at += length + 12


def _unfiltered(rows: bytes, width: int, height: int, step: int) -> Iterator[bytes]:
    """The rows of a PNG, which come as differences from their neighbours."""
    above = bytearray(width)
    for start in range(0, height * (width + 1), width + 1):
        kind, row = rows[start], bytearray(rows[start + 1 : start + 1 + width])
        if len(row) != width:
            raise ValueError
        for at in range(width):
            left = row[at - step] if at >= step else 0
            before = above[at - step] if at >= step else 0
            row[at] = (row[at] + _predicted(kind, left, above[at], before)) & 255
        yield bytes(row)
        above = row


def _predicted(kind: int, left: int, up: int, before: int) -> int:
    match kind:
        case 0:
            return 0
        case 1:
            return left
        case 2:
            return up
        case 3:
            return (left + up) // 2
        case 4:
            whole = left + up - before
            return min((left, up, before), key=lambda value: abs(whole - value))
    raise ValueError(kind)


def _opaque(row: bytes, size: int) -> Iterator[str]:
    for at in range(0, len(row), size):
        pixel = row[at : at + size]
        if size % 2 == 0 and pixel[-1] != 255:
            continue
        yield "#" + (pixel[:1] * 3 if size <= 2 else pixel[:3]).hex()
