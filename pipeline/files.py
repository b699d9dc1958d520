"""Files that survive a crash, paths that cannot leave the project, locks on folders, and what the system refuses."""

from __future__ import annotations

import errno
import fcntl
import os
import re
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

from pipeline.errors import LockError, PipelineError, UsageError


def write_atomic(path: Path, data: bytes) -> None:
    """Write a file whole or not at all, and on the disk when this returns. Makes its folders. Raises OSError.

    In the same folder: a rename across file systems is a copy, and a copy can be cut in half.
    """
    beside, _ = _written_beside(path, data)
    try:
        beside.replace(path)
    except BaseException:
        beside.unlink(missing_ok=True)
        raise
    sync_folder(path.parent)


def write_over(
    path: Path,
    data: bytes,
    is_expected: Callable[[os.stat_result | None], bool],
    *,
    coming: Callable[[os.stat_result], None],
) -> bool:
    """As `write_atomic`, but only over what is expected there; else False, and what is there stays.

    `is_expected` is told how that looks whose place was taken, None for nothing; `coming` how the new file looks,
    before anybody can see it. Raises OSError.
    """
    beside, looks = _written_beside(path, data)
    coming(looks)
    try:
        taken = _take_place(beside, path, is_expected)
    finally:
        beside.unlink(missing_ok=True)
    sync_folder(path.parent)
    return taken


def _take_place(beside: Path, path: Path, is_expected: Callable[[os.stat_result | None], bool]) -> bool:
    """Have two files change places, unless the other one is not what is expected.

    Looked at afterwards: before it there would be a moment in which somebody, git say, puts a file there that nobody
    ever sees.
    """
    with ExitStack() as kept:
        ours = _kept(beside, kept)
        try:
            if is_expected(None):
                os.link(beside, path)  # not a rename: that would not mind a file which has come meanwhile
                return True
            exchange(beside, path)
        except (FileExistsError, FileNotFoundError):  # it came, or went
            return False
        except OSError:  # a system or file system that cannot: then a look beforehand has to do
            if not is_expected(path.stat() if path.exists() else None):
                return False
            beside.replace(path)
            return True
        if is_expected(beside.stat()):
            return True
        # What was taken goes back. What comes out is what was put there last, or else newer: then that goes back too.
        last, next_one = ours, _kept(beside, kept)
        with suppress(FileNotFoundError):  # somebody took it away: then nobody misses it
            while True:
                exchange(beside, path)
                found = _kept(beside, kept)
                if found == last:
                    break
                last, next_one = next_one, found
        return False


def _kept(file: Path, kept: ExitStack) -> int:
    """The inode of a file, which no other file gets for as long as it is kept."""
    return os.fstat(kept.enter_context(file.open("rb")).fileno()).st_ino


_RENAME_EXCHANGE, _AT_FDCWD = 2, -100


def exchange(one: Path, other: Path) -> None:
    """Have two files change places in one step: nobody ever sees one of them missing. Raises OSError."""
    import ctypes

    rename = getattr(ctypes.CDLL(None, use_errno=True), "renameat2", None)
    if rename is None:
        raise OSError(errno.ENOSYS, os.strerror(errno.ENOSYS), str(other))
    if rename(_AT_FDCWD, os.fsencode(one), _AT_FDCWD, os.fsencode(other), _RENAME_EXCHANGE):
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number), str(other))


def _written_beside(path: Path, data: bytes) -> tuple[Path, os.stat_result]:
    """A new file in the same folder, synced, and how it looks. Makes the folders. Raises OSError."""
    make_folder(path.parent)
    beside = _beside(path)
    try:
        descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o666)
        with open(descriptor, "wb") as file:  # noqa: PTH123 - a descriptor, not a path
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
            return beside, os.fstat(file.fileno())
    except BaseException:
        beside.unlink(missing_ok=True)
        raise


def move_into_place(source: Path, target: Path) -> None:
    """Move a file, whole or not at all, and on the disk when this returns. Makes the folders. Raises OSError."""
    make_folder(target.parent)
    _sync_file(source)
    try:
        source.replace(target)
    except OSError as error:
        if error.errno != errno.EXDEV:
            raise
        _copy_into_place(source, target)
        source.unlink()
    sync_folder(target.parent)


def copy_into_place(source: Path, target: Path) -> None:
    """Copy a file, whole or not at all, and on the disk when this returns. Makes the folders. Raises OSError."""
    make_folder(target.parent)
    _copy_into_place(source, target)
    sync_folder(target.parent)


def _copy_into_place(source: Path, target: Path) -> None:
    """Beside the target first, because a copy can be cut in half."""
    beside = _beside(target)
    try:
        _copy(source, beside)
        _sync_file(beside)
        beside.replace(target)
    except BaseException:
        beside.unlink(missing_ok=True)
        raise


def _copy(source: Path, target: Path) -> None:
    """By the file system itself where it can: then no byte passes through here, and some share the blocks."""
    if hasattr(os, "copy_file_range"):
        with source.open("rb") as read, target.open("xb") as written:
            left = os.fstat(read.fileno()).st_size
            with suppress(OSError):
                while left and (count := os.copy_file_range(read.fileno(), written.fileno(), left)):
                    left -= count
            if not left:
                return
    import shutil

    shutil.copyfile(source, target)


def append_line(path: Path, line: bytes, *, sync: bool) -> None:
    """Append one line in one write; a line that a crash cut off before is closed first. Raises OSError."""
    make_folder(path.parent)
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o666)
    try:
        size = os.fstat(descriptor).st_size
        torn = size > 0 and os.pread(descriptor, 1, size - 1) != b"\n"
        data = (b"\n" if torn else b"") + line + b"\n"
        if os.write(descriptor, data) != len(data):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(path))
        if sync:
            os.fsync(descriptor)
    finally:
        os.close(descriptor)


def make_folder(path: Path) -> None:
    """Make a folder and those above it, each synced into its parent. Raises OSError."""
    if path.is_dir():
        return
    make_folder(path.parent)
    path.mkdir(exist_ok=True)
    sync_folder(path.parent)


def sync_folder(path: Path) -> None:
    _sync_file(path)


def _beside(path: Path) -> Path:
    return path.with_name(f".{path.name[:80]}.{os.urandom(6).hex()}.tmp")


def _sync_file(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def inside(root: Path, path: str) -> Path:
    """The absolute path of a project-relative one (with slashes).

    Raises UsageError when it is absolute, climbs out with `..`, or runs through a symlink that leaves the project.
    """
    parts = path.split("/")
    if not path or path.startswith("/") or ".." in parts or "\\" in path or "\0" in path or ":" in parts[0]:
        raise UsageError(f"`{path}` is not a path inside the project", hint="give a path from the project's root")
    whole = root.joinpath(*parts)
    home = root.resolve()
    if not (whole.resolve().is_relative_to(home) and whole.parent.resolve().is_relative_to(home)):
        raise UsageError(f"`{path}` leads out of the project", hint="a symlink on the way leaves it")
    return whole


def is_locked(path: Path) -> bool:
    """Whether another process (or another `locked` of this one) holds that lock just now. Changes nothing."""
    try:
        descriptor = os.open(path, os.O_RDONLY)
    except OSError:
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except OSError:
        return True
    finally:
        os.close(descriptor)
    return False


@contextmanager
def locked(
    path: Path,
    *,
    waiting: Callable[[], None] | None = None,
    given_up: Callable[[], None] | None = None,
) -> Iterator[bool]:
    """Hold an advisory lock on the file for the time of the block; it ends with the process, however that dies.

    Gives whether another one held it before.

    `waiting` is called once when another process holds it. `given_up` is called now and then from then on, and may
    raise: a thread that waits in the system cannot be called back. Raises OSError.
    """
    make_folder(path.parent)
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o666)
    try:
        waited = False
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            waited = True
            if waiting is not None:
                waiting()
            if given_up is None:
                fcntl.flock(descriptor, fcntl.LOCK_EX)
            else:
                _lock_patiently(descriptor, given_up)
        yield waited
    finally:
        os.close(descriptor)


def _lock_patiently(descriptor: int, given_up: Callable[[], None]) -> None:
    import time

    while True:
        given_up()
        try:
            return fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            time.sleep(_LOCK_AGAIN_S)


_LOCK_AGAIN_S = 0.05
"""The system tells nobody that a lock is free without putting them to sleep for it."""


# --- what a death leaves ----------------------------------------------------------------------------------------------

_BESIDE = r"\.(.+)\.[0-9a-f]{12}\.tmp"
"""The name of a file while it is written beside the one whose place it takes."""


def is_half_written(name: str) -> bool:
    """Whether a file of that name is being written beside its place, or was left so by a death."""
    return re.fullmatch(_BESIDE, name) is not None


@contextmanager
def noted(path: Path) -> Iterator[bool]:
    """Note in a file that the block is under way; gives whether the last block died with its note in there.

    A disk without room for the note is no reason to stop.
    """
    died = False
    with suppress(OSError):
        died = bool(path.read_bytes())
        if not died:  # else the note stands: to write it anew would be to lose it for a moment
            path.write_bytes(b"a build is under way, or died\n")
    try:
        yield died
    finally:
        with suppress(OSError):
            path.write_bytes(b"")


def sweep(folder: Path) -> None:
    """Remove what a death left in a folder of files that were half written beside their places. Raises OSError."""
    try:
        with os.scandir(folder) as found:
            left = [entry.path for entry in found if is_half_written(entry.name)]
    except (FileNotFoundError, NotADirectoryError):
        return
    for path in left:
        with suppress(FileNotFoundError):
            Path(path).unlink()


# --- what the system refuses, as people are told it -------------------------------------------------------------------

_LOCK = r"pipeline(\..+)?\.lock"
_MAY_YOU = "may you read and write there?"
_MAKE_ROOM = "make room and run the same command again; what is finished is kept"
_HINTS = {
    errno.ENOSPC: _MAKE_ROOM,
    errno.EDQUOT: _MAKE_ROOM,
    errno.EFBIG: "a limit on the size of files; `ulimit -f` shows it",
    errno.EROFS: "the file system is mounted read-only",
    errno.EACCES: _MAY_YOU,
    errno.EPERM: _MAY_YOU,
    errno.EMFILE: "`ulimit -n` raises the limit",
    errno.EISDIR: "move the folder away: there is to be a file",
    errno.ELOOP: "move the link away: it leads nowhere",
    errno.EIO: "the disk is failing: copy what matters before anything else",
}


def failure_of(error: OSError) -> PipelineError:
    """A full disk, a missing permission and the like, told with the path that a person knows and a remedy."""
    what = error.strerror or str(error) or type(error).__name__
    # Of a rename, the place that was to be taken.
    name = error.filename2 if isinstance(error.filename2, str) else error.filename
    path = _meant(name) if isinstance(name, str) else None
    if path is not None and isinstance(error, FileExistsError | NotADirectoryError):
        blocking = next((one for one in (*reversed(path.parents), path) if one.is_file()), path)
        return UsageError(f"{blocking}: there is a file where a folder is to be", hint="move it away")
    if path is not None and re.fullmatch(_LOCK, path.name):
        hint = "move it away, or take the file back from git" if isinstance(error, IsADirectoryError) else _MAY_YOU
        return LockError(f"{path} cannot be read or written: {what}", hint=hint)
    where = f"{path or name}: " if name is not None else ""
    return PipelineError(f"{where}{what}", hint=_HINTS.get(error.errno or 0, ""))


def _meant(filename: str) -> Path:
    path = Path(filename)
    found = re.fullmatch(_BESIDE, path.name)
    return path.with_name(found.group(1)) if found else path
