"""How files look: times of modification and change in ns, size in bytes, inode; by folder as they are kept."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping

from pipeline import uptodate

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import TypeAlias

    Row: TypeAlias = tuple[int, int, int, int]


RACY_NS = 50_000_000
"""A file changed so shortly before it was looked at could have changed again within the clock's own grain."""


def in_folders(rows: Mapping[str, Row]) -> uptodate.Rows:
    """Rows by folder, as they are kept. Raises OverflowError for numbers that no clock and no file system shows."""
    from array import array

    found: dict[str, list[tuple[str, Row]]] = {}
    for path, row in sorted(rows.items()):
        folder, _, name = path.rpartition("/")
        found.setdefault(folder, []).append((name, row))
    return {
        folder: (tuple(name for name, _ in files), array("Q", [n for _, row in files for n in row]).tobytes())
        for folder, files in found.items()
    }


def rows_in(rows: uptodate.Rows) -> Iterator[tuple[str, Row]]:
    """What `in_folders` was given."""
    for folder, (names, numbers) in rows.items():
        looks = memoryview(numbers).cast("Q")
        for name, *row in zip(names, looks[::4], looks[1::4], looks[2::4], looks[3::4], strict=True):
            mtime, ctime, size, inode = row
            yield f"{folder}/{name}".lstrip("/"), (mtime, ctime, size, inode)


def row_of(path: str) -> Row | None:
    try:
        now = os.stat(path)
    except (FileNotFoundError, NotADirectoryError):
        return None
    return (now.st_mtime_ns, now.st_ctime_ns, now.st_size, now.st_ino)
