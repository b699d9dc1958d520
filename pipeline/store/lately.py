"""What was read of a few files lately, for a process that reads them again and again; they are known by their looks."""

from __future__ import annotations

import os
import time
from typing import Generic, NamedTuple, TypeVar

T = TypeVar("T")

_RACY_NS = 50_000_000
"""A file changed so shortly before it was read may change once more within the clock's own grain, and look the same."""


class Looks(NamedTuple):
    """Size, times of modification and change in ns, inode."""

    size: int
    mtime_ns: int
    ctime_ns: int
    inode: int


def looks_of(path: str) -> Looks:
    """How a file looks. Raises OSError."""
    found = os.stat(path)  # noqa: PTH116 - asked before each plan
    return Looks(found.st_size, found.st_mtime_ns, found.st_ctime_ns, found.st_ino)


class Lately(Generic[T]):
    """Values by path, the last few. They must never change: several threads may have the same one."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._known: dict[str, tuple[Looks, T]] = {}

    def get(self, path: str, looks: Looks) -> T | None:
        """What was read of a file that looks so."""
        known = self._known.get(path)
        return known[1] if known is not None and known[0] == looks else None

    def keep(self, path: str, looks: Looks, value: T) -> None:
        """Remember what was read of a file that looked so before it was read; not where it may look so again."""
        if max(looks.mtime_ns, looks.ctime_ns) + _RACY_NS > time.time_ns():
            return
        while len(self._known) >= self._most and path not in self._known:
            self._known.pop(next(iter(self._known)), None)
        self._known[path] = (looks, value)
