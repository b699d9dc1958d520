"""Reading what people put on the disk: ordinary files only, so that a pipe or a device is told and never waited for."""

from __future__ import annotations

import errno
import os
import stat
import time
from collections.abc import Callable, Iterable, Iterator
from contextvars import ContextVar
from pathlib import Path
from typing import TYPE_CHECKING, Final

from pipeline.digest import Digest, of_bytes, of_file
from pipeline.looks import RACY_NS, row_of

if TYPE_CHECKING:
    from pipeline.looks import Row


class Looked(dict[str, "Row | None"]):
    """How files that were read looked before they were; None for one that was looked for and is not there."""

    def __init__(self) -> None:
        super().__init__()
        self._since_ns = time.time_ns()
        self.said: dict[str, Digest] = {}
        """Of files and folders that had changed so lately that their looks alone tell nothing: what they said."""

    def is_young(self, row: Row) -> bool:
        """Whether that could change once more and look the same."""
        return max(row[0], row[1]) + RACY_NS >= self._since_ns


_looked: Final[ContextVar[Looked | None]] = ContextVar("looked", default=None)


def note_looks() -> Looked:
    """From now on note how each file that this thread reads looks; gives where that is noted."""
    noted = Looked()
    _looked.set(noted)
    return noted


def note_said(path: Path | str, said: Callable[[], Digest]) -> None:
    """Note what a file or folder said that was read just now, where its looks alone may not tell later."""
    noted = _looked.get()
    row = noted.get(str(path)) or row_of(str(path)) if noted is not None else None
    if noted is not None and row is not None and noted.is_young(row):
        noted.said[str(path)] = said()


def said_by_names(names: Iterable[str]) -> Digest:
    """What a folder says: the names in it, but for those that begin with a dot."""
    listed = sorted(name for name in names if not name.startswith("."))
    return of_bytes("\0".join(listed).encode("utf-8", "surrogateescape"))


def what_it_says(path: str) -> Digest | None:
    """What a file or folder says now, as it is noted; None where it cannot be read."""
    try:
        return said_by_names(os.listdir(path)) if os.path.isdir(path) else of_file(Path(path))
    except OSError:
        return None


def _note(path: Path, looks: Row | None) -> None:
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
        data = path.read_bytes()
    except OSError as error:
        raise refusal(error) from None
    note_said(path, lambda: of_bytes(data))
    return data


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
