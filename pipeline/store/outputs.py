"""The built files: what is on the disk now, and what this machine wrote there (`.pipeline/files`).

`.pipeline/files` is a convenience: the lock's digests and the marks inside files say the same for most files, so
losing it costs nothing. One line a write, the last one of a path counts.
"""

from __future__ import annotations

import json
import os
import re
import stat
import time
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from pipeline import marks
from pipeline.digest import Digest, canonical_json, is_digest, of_bytes, of_file
from pipeline.files import append_line, copy_into_place, inside, write_atomic
from pipeline.frozen import NamedTuple
from pipeline.looks import RACY_NS

if TYPE_CHECKING:
    from pipeline.store.incoming import Content

_NO_FILE = of_bytes(b"a folder stands in the place of a file")
"""What no picture has: so it is a person's, and stays."""


Signature = tuple[int, int, int, int]
"""How a file looks without being read: bytes, mtime and ctime in ns, inode."""


class Written(NamedTuple):
    """A file as this machine wrote it: its derivation key, the digest of its bytes, and how it looked on the disk."""

    derivation: Digest
    digest: Digest
    signature: Signature
    recorded_ns: int


class Outputs:
    """The project's built files, below `root`; paths are from there, with slashes."""

    def __init__(self, root: Path, record: Path, known: Mapping[str, Written] | None = None) -> None:
        self.root = root
        self._record = record
        self._written: dict[str, _Line | Written] | None = dict(known) if known is not None else None
        """Read from the record; with what is `known`, not before somebody asks for more."""
        self._unread = known is not None
        self._digests: dict[str, tuple[Signature, Digest, int]] = {}
        self._just_written: set[str] = set()
        self._start = f"{root}/"
        self._plain: set[str] = set()

    def digest(self, path: str) -> Digest | None:
        """The digest of the file that is there now; None where there is none. Raises UsageError, OSError."""
        try:
            signature = self._look(path)
        except (FileNotFoundError, NotADirectoryError):
            return None
        known = self.written(path)
        if known is not None and known.signature == signature and _is_settled(known):
            return known.digest
        seen = self._digests.get(path)
        if seen is None or seen[0] != signature:
            file, looked = inside(self.root, path), time.time_ns()
            self._digests[path] = seen = (signature, of_file(file) if file.is_file() else _NO_FILE, looked)
        return seen[1]

    def _look(self, path: str) -> Signature:
        """How the file looks now. Raises UsageError where that is out of the project, OSError.

        Its folder is looked at once: where that is reached without a link, only a link in the file's own place, or a
        strange name, could lead elsewhere.
        """
        folder, _, name = path.rpartition("/")
        if self._is_plain(folder) and _ORDINARY(name):
            found = os.lstat(self._start + path)
            if not stat.S_ISLNK(found.st_mode):
                return (found.st_size, found.st_mtime_ns, found.st_ctime_ns, found.st_ino)
        return _signature(inside(self.root, path))

    def _is_plain(self, folder: str) -> bool:
        """Whether a folder is inside the project, by names alone: no part of its path is a link."""
        if folder in self._plain or not folder:
            return True
        above, _, name = folder.rpartition("/")
        if not _ORDINARY(name) or not self._is_plain(above):
            return False
        try:
            if stat.S_ISLNK(os.lstat(self._start + folder).st_mode):
                return False
        except (FileNotFoundError, NotADirectoryError):
            pass
        self._plain.add(folder)
        return True

    def written(self, path: str) -> Written | None:
        """What this machine last wrote to the path."""
        records = self._records()
        found = records.get(path)
        if found is None and self._unread:
            self._unread = False  # a file that was another asset's, or nobody's
            for other, line in _read(self._record).items():
                records.setdefault(other, line)
            found = records.get(path)
        if found is None or isinstance(found, Written):
            return found
        records[path] = known = _of_line(found)
        return known

    def _records(self) -> dict[str, _Line | Written]:
        if self._written is None:
            self._written = _read(self._record)
        return self._written

    def paths(self) -> tuple[str, ...]:
        """Every path that this machine wrote to."""
        return tuple(self._records())

    def exists(self, path: str) -> bool:
        return (self.root / path).is_file()

    def mark(self, path: str) -> str | None:
        """The kind of mark in the file (placeholder, derived, a bundle's), if nobody changed it since."""
        try:
            data = inside(self.root, path).read_bytes()
        except OSError:
            return None
        if marks.sniff(data) is not None:
            return marks.read_mark(data)
        from pipeline import text_marks  # of use only to projects with bundles

        return text_marks.read_mark(data)

    def read(self, path: str) -> bytes:
        return inside(self.root, path).read_bytes()

    def write(self, path: str, made: Content, derivation: Digest) -> Digest:
        """Put a file in its place, whole, and record it; what is right already is not touched.

        Raises UsageError, OSError.
        """
        from pipeline.store.incoming import Arrived, digest_of

        file = inside(self.root, path)
        digest = digest_of(made)
        if self.digest(path) != digest:
            if isinstance(made, Arrived):
                copy_into_place(made.path, file)
            else:
                write_atomic(file, made)
            self._just_written.add(path)
        self._note(path, derivation, digest, _signature(file))
        return digest

    def confirm(self, path: str) -> None:
        """Record a file again whose digest had to be computed, so that the next look is a stat. Raises OSError."""
        known, seen = self.written(path), self._digests.get(path)
        if known is None or seen is None or known.digest != seen[1]:
            return
        if max(seen[0][1:3]) + RACY_NS < time.time_ns():  # sooner than that it would have to be looked at again
            self._note(path, known.derivation, known.digest, seen[0])

    def is_sure(self, path: str, signature: Signature) -> bool:
        """Whether what is known of the file is true of one that looks so (size, times of change in ns, inode)."""
        known, seen = self.written(path), self._digests.get(path)
        if known is not None and known.signature == signature and (path in self._just_written or _is_settled(known)):
            return True
        return seen is not None and seen[0] == signature and max(signature[1:3]) + RACY_NS < seen[2]

    def settle(self) -> None:
        """Record again what was written so lately that the record could not be relied upon. Raises OSError.

        As in git's index: what looks as it did right after it was written, and is older than the clock's grain by now,
        has been changed by nobody.
        """
        lines, now = [], time.time_ns()
        for path in sorted(self._just_written):
            known = self.written(path)
            if known is not None and max(known.signature[1:3]) + RACY_NS < now:
                with suppress(FileNotFoundError):
                    if _signature(self.root / path) == known.signature:
                        lines.append(self._keep(path, known._replace(recorded_ns=now)))
        self._just_written.clear()
        if lines:
            append_line(self._record, b"\n".join(lines), sync=False)

    def remove(self, path: str) -> None:
        """Delete a file that is ours. Raises UsageError, OSError."""
        inside(self.root, path).unlink(missing_ok=True)

    def _note(self, path: str, derivation: Digest, digest: Digest, signature: Signature) -> None:
        written = Written(derivation=derivation, digest=digest, signature=signature, recorded_ns=time.time_ns())
        append_line(self._record, self._keep(path, written), sync=False)

    def _keep(self, path: str, written: Written) -> bytes:
        """Remember a record, and give its line."""
        self._records()[path] = written
        line = {"path": path, "derivation": written.derivation, "digest": written.digest}
        return canonical_json({**line, "stat": list(written.signature), "at": written.recorded_ns})


_ORDINARY: Final = re.compile(r"[A-Za-z0-9_.-]*[A-Za-z0-9_-]").fullmatch
"""A part of a path that means nothing but itself, whatever stands before it."""


def _signature(file: Path) -> Signature:
    found = file.stat()
    return (found.st_size, found.st_mtime_ns, found.st_ctime_ns, found.st_ino)


def _is_settled(written: Written) -> bool:
    return max(written.signature[1:3]) + RACY_NS < written.recorded_ns


_Line = re.Match[bytes]

_AS_WRITTEN: Final = (
    rb'\{"at":([0-9]{1,20}),"derivation":"(sha256:[0-9a-f]{64})","digest":"(sha256:[0-9a-f]{64})",'
    rb'"path":"([ !#-\[\]-~]*)","stat":\[([0-9]{1,20}),([0-9]{1,20}),([0-9]{1,20}),([0-9]{1,20})\]\}'
)
"""A line of most files: it is right by its look, and is made out when somebody asks for its path."""


def _read(record: Path) -> dict[str, _Line | Written]:
    """The last line of each path; what is not a whole line of ours is passed over."""
    try:
        lines = record.read_bytes().split(b"\n")
    except FileNotFoundError:
        return {}
    found: dict[str, _Line | Written] = {}
    as_written = re.compile(_AS_WRITTEN).fullmatch
    for line in lines:
        if plain := as_written(line):
            found[plain[4].decode("ascii")] = plain
        elif (value := _value(line)) is not None:
            found[value["path"]] = Written(
                derivation=Digest(value["derivation"]),
                digest=Digest(value["digest"]),
                signature=tuple(value["stat"]),
                recorded_ns=value["at"],
            )
    return found


def _of_line(line: _Line) -> Written:
    at, derivation, digest, _, size, mtime, ctime, inode = line.groups()
    return Written(
        derivation=Digest(derivation.decode("ascii")),
        digest=Digest(digest.decode("ascii")),
        signature=(int(size), int(mtime), int(ctime), int(inode)),
        recorded_ns=int(at),
    )


def _value(line: bytes) -> Mapping[str, Any] | None:
    """A line whatever way it is written, if it is whole."""
    try:
        value = json.loads(line)
        good = is_digest(value["derivation"]) and is_digest(value["digest"]) and len(value["stat"]) == 4
        whole = (
            good and isinstance(value["path"], str) and all(isinstance(n, int) for n in [*value["stat"], value["at"]])
        )
    except (ValueError, KeyError, TypeError, RecursionError):
        return None
    return value if whole else None
