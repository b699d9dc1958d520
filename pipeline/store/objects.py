"""One folder of immutable objects and takes' records: the local store, and a folder remote, look alike.

objects/ab/cdef...                  bytes by SHA-256
requests/ab/cdef.../request.json    what was asked: the bytes that are hashed
requests/ab/cdef.../CALL.json       a take's record, named by the call's id
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

from pipeline import marks
from pipeline.digest import Digest, canonical_json, fan_out, of_bytes, of_file
from pipeline.errors import StoreError
from pipeline.files import move_into_place, write_atomic
from pipeline.store import records
from pipeline.words import Take

_NAME: Final = re.compile("[0-9a-f]{64}")

_ROOM_BYTES = 64 << 20
"""Less than this is no room for a build: a picture of 4K is up to 20 MiB, and its lock and outputs need some too."""


class Objects:
    """Objects and records below `folder`."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._taken_in: dict[str, tuple[int, ...]] = {}
        """How the objects look that were moved here and nobody has asked for yet: those are known to be whole."""

    def check_room(self) -> None:
        """Raises StoreError where no picture could be written, or the disk is about to be full."""
        import shutil

        folder = self.folder / "objects"
        try:
            write_atomic(folder / ".room", b"")
            free_bytes = shutil.disk_usage(folder).free
        except OSError as error:
            raise StoreError(
                f"{folder} cannot be written: {error.strerror}", hint="nothing was drawn: a picture could not be kept"
            ) from error
        if free_bytes < _ROOM_BYTES:
            raise StoreError(
                f"{folder} has {free_bytes >> 20} MiB left", hint="nothing was drawn: make room for the pictures first"
            )

    def path(self, digest: str) -> Path:
        return self.folder / "objects" / fan_out(digest)

    def has(self, digest: str) -> bool:
        """Whether there is a file of that name; `read` tells whether it is whole."""
        return self.path(digest).is_file()

    def read(self, digest: str) -> bytes:
        """The bytes of an object, checked against its name. Raises StoreError when absent, damaged or a pointer."""
        path = self.path(digest)
        try:
            data = path.read_bytes()
        except OSError as error:
            raise _unreadable(path, error) from error
        if data.startswith(marks.LFS_POINTER):
            raise StoreError(f"{path} is a Git LFS pointer, not the picture", hint="run `git lfs pull`")
        if of_bytes(data) != digest:
            raise _damaged(path)
        return data

    def whole(self, digest: str) -> Path:
        """Where an object lies, all of it checked against its name. Raises StoreError when absent or damaged."""
        path = self.path(digest)
        try:
            is_whole = self._taken_in.pop(digest, None) == _looks(path) or of_file(path) == digest
        except OSError as error:
            raise _unreadable(path, error) from error
        if not is_whole:
            raise _damaged(path)
        return path

    def put(self, data: bytes) -> Digest:
        """Keep bytes; on the disk when this returns. Raises OSError."""
        digest = of_bytes(data)
        if not self._is_whole(digest, data):
            write_atomic(self.path(digest), data)
        return digest

    def take_in(self, file: Path, digest: Digest) -> None:
        """Keep a file of that digest by moving it here; on the disk when this returns. Raises OSError."""
        path = self.path(digest)
        if file == path:
            return
        try:
            is_there = of_file(path) == digest
        except OSError:
            is_there = False
        if is_there:
            file.unlink()
        else:
            move_into_place(file, path)
        self._taken_in[digest] = _looks(path)

    def sizes(self) -> Iterator[tuple[Digest, int]]:
        """All objects, with their sizes in bytes."""
        for path in (self.folder / "objects").glob("[0-9a-f][0-9a-f]/*"):
            if _NAME.fullmatch(path.parent.name + path.name):
                with suppress(OSError):
                    yield Digest(f"sha256:{path.parent.name}{path.name}"), path.lstat().st_size

    def add_request(self, asked: Mapping[str, Any]) -> None:
        """Keep what is asked (a request's preimage), so that a later build can tell what changed. Raises OSError."""
        data = canonical_json(asked)
        key = of_bytes(data)
        if self.request(key) is None:  # not there, or damaged
            write_atomic(self._requests(key) / "request.json", data)

    def add_record(self, take: Take) -> None:
        """Keep a take's record; its objects must be there already. Raises OSError."""
        path = self._requests(take.request) / f"{take.call}.json"
        if not path.is_file():
            write_atomic(path, records.take_to_json(take))

    def takes(self, key: str) -> tuple[Take, ...]:
        """The takes of a request, oldest first, then by digest. A torn record is not a take.

        Raises StoreError where one cannot be read: to go on without it could mean to pay for it again.
        """
        found = []
        for path in self._records(key):
            try:
                take = records.take_from_json(path.read_bytes())
            except FileNotFoundError:
                continue
            except OSError as error:
                hint = "a take's record is there: make it readable, or move it away"
                raise StoreError(f"{path} cannot be read: {error.strerror}", hint=hint) from error
            if take is not None and take.request == key and take.call == path.stem:
                found.append(take)
        return tuple(sorted(found, key=lambda take: (take.ended, take.take, take.call))) if found else ()

    def all_takes(self) -> Iterator[Take]:
        """Every take there is a record of."""
        for path in sorted((self.folder / "requests").glob("[0-9a-f][0-9a-f]/*")):
            yield from self.takes("sha256:" + path.parent.name + path.name)

    def has_record(self, key: str, call: str) -> bool:
        return (self._requests(key) / f"{call}.json").is_file()

    def request(self, key: str) -> dict[str, Any] | None:
        """What was asked under that key, or None where it is not known (or not what its name says)."""
        try:
            data = (self._requests(key) / "request.json").read_bytes()
            value = json.loads(data)
        except (OSError, ValueError, RecursionError):
            return None
        return value if isinstance(value, dict) and of_bytes(data) == key else None

    def _requests(self, key: str) -> Path:
        return self.folder / "requests" / fan_out(key)

    def _records(self, key: str) -> list[Path]:
        folder = f"{self.folder}/requests/{fan_out(key)}"
        try:
            with os.scandir(folder) as found:
                names = [entry.name for entry in found]
        except (FileNotFoundError, NotADirectoryError, PermissionError):
            return []
        return [Path(folder, n) for n in names if n.endswith(".json") and n[0] != "." and n != "request.json"]

    def _is_whole(self, digest: str, data: bytes) -> bool:
        path = self.path(digest)
        try:
            return path.stat().st_size == len(data) and path.read_bytes() == data
        except OSError:
            return False


def _unreadable(path: Path, error: OSError) -> StoreError:
    return StoreError(f"{path} cannot be read: {error.strerror}", hint="make it readable, or move it away")


def _damaged(path: Path) -> StoreError:
    return StoreError(f"{path} is damaged: its bytes are not what its name says", hint="restore or delete it")


def _looks(file: Path) -> tuple[int, ...]:
    status = file.stat()
    return (status.st_size, status.st_mtime_ns, status.st_ctime_ns, status.st_ino)
