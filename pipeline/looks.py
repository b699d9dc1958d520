"""How files look: times of modification and change in ns, size in bytes, inode; by folder as they are kept."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator, Mapping

from pipeline import uptodate

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, TypeAlias

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


class Lately:
    """What was made of a few files, by how these looked: for a process that reads the same ones again and again.

    The values must never change, as several threads may have the same one.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._known: dict[str, tuple[Row, Any]] = {}

    def get(self, path: str, looks: Row | None) -> Any:
        """What was made of a file that looks so; None where that is not known."""
        known = self._known.get(path)
        return known[1] if known is not None and known[0] == looks else None

    def keep(self, path: str, looks: Row | None, value: Any) -> None:
        """Remember what was made of a file that looked so before it was read; not where it may look so once more."""
        if looks is None or max(looks[0], looks[1]) + RACY_NS > time.time_ns():
            return
        while len(self._known) >= self._most and path not in self._known:
            self._known.pop(next(iter(self._known)), None)
        self._known[path] = (looks, value)
