"""Reading what people put on the disk: ordinary files only, so that a pipe or a device is told and never waited for."""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Callable, Iterator
from contextvars import ContextVar
from pathlib import Path
from typing import Final

Looked = dict[str, tuple[int, int, int, int] | None]
"""How files that were read looked before they were: modification and change time, size, inode.

None for one that was looked for and is not there."""

_looked: Final[ContextVar[Looked | None]] = ContextVar("looked", default=None)


def note_looks() -> Looked:
    """From now on note how each file that this thread reads looks; gives where that is noted."""
    noted: Looked = {}
    _looked.set(noted)
    return noted


def _note(path: Path, looks: tuple[int, int, int, int] | None) -> None:
    noted = _looked.get()
    if noted is not None:
        noted[str(path)] = looks


LOOPS: Final = "a symlink that leads back to itself"
_REMOVE: Final = "remove it, or let it lead to a file"


class Unreadable(Exception):
    """A path that is there and cannot be read: why, as the end of a sentence (`is a folder`), and the remedy."""

    def __init__(self, why: str, hint: str = "") -> None:
        super().__init__(why)
        self.why, self.hint = why, hint


def check_file(path: Path) -> None:
    """Is it an ordinary file, or a link to one? Raises FileNotFoundError and Unreadable."""
    try:
        found = path.stat()
    except (FileNotFoundError, NotADirectoryError):
        if path.is_symlink():
            raise Unreadable("is a symlink to a file that is not there", _REMOVE) from None
        _note(path, None)
        raise FileNotFoundError(str(path)) from None
    except OSError as error:
        raise refusal(error) from None
    mode = found.st_mode
    _note(path, (found.st_mtime_ns, found.st_ctime_ns, found.st_size, found.st_ino))
    if stat.S_ISDIR(mode):
        raise Unreadable("is a folder, not a file", "a file of that name is read; move the folder elsewhere")
    if not stat.S_ISREG(mode):
        kind = "a named pipe" if stat.S_ISFIFO(mode) else "a device or socket"
        raise Unreadable(f"is {kind}, not a file", "put an ordinary file in its place")


def read_file(path: Path) -> bytes:
    """The bytes of an ordinary file. Raises FileNotFoundError and Unreadable."""
    check_file(path)
    try:
        return path.read_bytes()
    except OSError as error:
        raise refusal(error) from None


def refusal(error: OSError | RuntimeError) -> Unreadable:
    """What the system would not do, in a sentence."""
    number = getattr(error, "errno", errno.ELOOP)  # following a link in a circle is a RuntimeError to pathlib
    if number in (errno.EACCES, errno.EPERM):
        return Unreadable("may not be read by you", "give yourself the right to: chmod u+rX")
    if number == errno.ELOOP:
        return Unreadable(f"is {LOOPS}", _REMOVE)
    return Unreadable(f"cannot be read: {getattr(error, 'strerror', None) or error}")


def files_below(folder: Path, wanted: Callable[[str], bool]) -> Iterator[str]:
    """The paths (from the folder) of files whose name is wanted; what cannot be read is left out."""
    for above, folders, names in os.walk(folder):
        folders.sort()
        for name in sorted(filter(wanted, names)):
            yield (Path(above) / name).relative_to(folder).as_posix()
