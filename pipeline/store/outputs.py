"""The built files: what is on the disk now, and what this machine wrote there (`.pipeline/files`).

`.pipeline/files` is a convenience: the lock's digests and the marks inside files say the same for most files, so
losing it costs nothing. One line a write, the last one of a path counts.
"""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pipeline import marks
from pipeline.digest import Digest, canonical_json, is_digest, of_bytes, of_file
from pipeline.files import append_line, copy_into_place, inside, write_atomic
from pipeline.store.incoming import Arrived, Content, digest_of

_RACY_NS = 50_000_000
"""A file changed so shortly before it was recorded could have changed again within the clock's own grain."""


_NO_FILE = of_bytes(b"a folder stands in the place of a file")
"""What no picture has: so it is a person's, and stays."""


@dataclass(frozen=True, kw_only=True)
class Written:
    """A file as this machine wrote it: its derivation key, the digest of its bytes, and how it looked on the disk."""

    derivation: Digest
    digest: Digest
    signature: tuple[int, ...]
    recorded_ns: int


class Outputs:
    """The project's built files, below `root`; paths are from there, with slashes."""

    def __init__(self, root: Path, record: Path) -> None:
        self.root = root
        self._record = record
        self._written: dict[str, Written] | None = None
        self._digests: dict[str, tuple[tuple[int, ...], Digest]] = {}

    def digest(self, path: str) -> Digest | None:
        """The digest of the file that is there now; None where there is none. Raises UsageError, OSError."""
        file = inside(self.root, path)
        try:
            signature = _signature(file)
        except (FileNotFoundError, NotADirectoryError):
            return None
        known = self.written(path)
        if known is not None and known.signature == signature and _is_settled(known):
            return known.digest
        seen = self._digests.get(path)
        if seen is None or seen[0] != signature:
            self._digests[path] = seen = (signature, of_file(file) if file.is_file() else _NO_FILE)
        return seen[1]

    def written(self, path: str) -> Written | None:
        """What this machine last wrote to the path."""
        if self._written is None:
            self._written = _read(self._record)
        return self._written.get(path)

    def paths(self) -> tuple[str, ...]:
        """Every path that this machine wrote to."""
        self.written("")
        return tuple(self._written or ())

    def exists(self, path: str) -> bool:
        return (self.root / path).is_file()

    def mark(self, path: str) -> str | None:
        """The kind of mark inside the file (placeholder, derived), if the tool made it and nobody changed it since."""
        try:
            return marks.read_mark(inside(self.root, path).read_bytes())
        except OSError:
            return None

    def read(self, path: str) -> bytes:
        return inside(self.root, path).read_bytes()

    def write(self, path: str, made: Content, derivation: Digest) -> Digest:
        """Put a file in its place, whole, and record it; what is right already is not touched.

        Raises UsageError, OSError.
        """
        file = inside(self.root, path)
        digest = digest_of(made)
        if self.digest(path) == digest:
            pass
        elif isinstance(made, Arrived):
            copy_into_place(made.path, file)
        else:
            write_atomic(file, made)
        self._note(path, derivation, digest, file)
        return digest

    def confirm(self, path: str) -> None:
        """Record a file again whose digest had to be computed, so that the next look is a stat. Raises OSError."""
        known, seen = self.written(path), self._digests.get(path)
        if known is None or seen is None or known.digest != seen[1]:
            return
        if max(seen[0][1:3]) + _RACY_NS < time.time_ns():  # sooner than that it would have to be looked at again
            self._note(path, known.derivation, known.digest, inside(self.root, path))

    def remove(self, path: str) -> None:
        """Delete a file that is ours. Raises UsageError, OSError."""
        inside(self.root, path).unlink(missing_ok=True)

    def _note(self, path: str, derivation: Digest, digest: Digest, file: Path) -> None:
        self.written(path)
        signature, now = _signature(file), time.time_ns()
        line = {"path": path, "derivation": derivation, "digest": digest, "stat": list(signature), "at": now}
        append_line(self._record, canonical_json(line), sync=False)
        assert self._written is not None
        self._written[path] = Written(derivation=derivation, digest=digest, signature=signature, recorded_ns=now)


def _signature(file: Path) -> tuple[int, ...]:
    stat = file.stat()
    return (stat.st_size, stat.st_mtime_ns, stat.st_ctime_ns, stat.st_ino)


def _is_settled(written: Written) -> bool:
    return max(written.signature[1:3]) + _RACY_NS < written.recorded_ns


def _read(record: Path) -> dict[str, Written]:
    """The last line of each path; what is not a whole line of ours is passed over."""
    try:
        lines = record.read_bytes().split(b"\n")
    except FileNotFoundError:
        return {}
    found: dict[str, Written] = {}
    for line in lines:
        value = _line(line)
        if value is not None:
            found[str(value["path"])] = Written(
                derivation=Digest(value["derivation"]),
                digest=Digest(value["digest"]),
                signature=tuple(value["stat"]),
                recorded_ns=value["at"],
            )
    return found


def _line(line: bytes) -> Mapping[str, Any] | None:
    try:
        value = json.loads(line)
        good = is_digest(value["derivation"]) and is_digest(value["digest"]) and len(value["stat"]) == 4
        whole = (
            good and isinstance(value["path"], str) and all(isinstance(n, int) for n in [*value["stat"], value["at"]])
        )
    except (ValueError, KeyError, TypeError, RecursionError):
        return None
    return value if whole else None
