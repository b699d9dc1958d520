"""What is in reach: the local store first, then the remote. Paid pictures are kept here before anything else happens.

A folder remote has the layout of the store; sharing is copying what is not there yet. Every object is checked against
its name when it arrives.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipeline.digest import Digest, of_bytes
from pipeline.errors import StoreError, UsageError
from pipeline.store.objects import Objects
from pipeline.words import Request, Take

if TYPE_CHECKING:
    from pipeline.store.incoming import Arrived, Content


class Store:
    """The local store below `folder` (`.pipeline`), and a remote when the project names one."""

    def __init__(self, folder: Path, remote: Path | None = None) -> None:
        self.folder = folder
        self.local = Objects(folder)
        self.remote = Objects(remote) if remote is not None else None
        self._expected: tuple[Take, ...] = ()

    def check_room(self) -> None:
        """See to it, before anything is paid, that a picture could be kept, here and there. Raises StoreError."""
        for objects in (self.local, self.remote):
            if objects is not None:
                objects.check_room()

    def expect(self, takes: tuple[Take, ...]) -> None:
        """Say which takes have arrived and are not kept yet: they are reckoned with, and cannot be read."""
        self._expected = takes

    def in_reach(self, digest: str) -> bool:
        if any(take.take == digest for take in self._expected):
            return True
        return self.local.has(digest) or (self.remote is not None and self.remote.has(digest))

    def read(self, digest: str) -> bytes:
        """The bytes of an object; from the remote they are stored too. A damaged local one is replaced from there.

        Raises StoreError when neither has it whole.
        """
        if self.local.has(digest):
            try:
                return self.local.read(digest)
            except StoreError:
                if self.remote is None or not self.remote.has(digest):
                    raise
                self.local.path(digest).unlink(missing_ok=True)
        if self.remote is None:
            raise StoreError(f"{digest} is not in the store", hint="set `remote:` to where the team's takes are")
        data = self.remote.read(digest)
        self.local.put(data)
        return data

    def whole(self, digest: Digest) -> Arrived:
        """An object where it lies, checked as by `read`, and held nowhere in memory. Raises StoreError, OSError."""
        if not self.local.has(digest):
            self.read(digest)
        from pipeline.store.incoming import Arrived

        path = self.local.whole(digest)
        return Arrived(path=path, size=path.stat().st_size, digest=digest)

    def put(self, data: bytes) -> Digest:
        """Keep bytes here and in the remote; synced when this returns. Raises OSError."""
        digest = self.local.put(data)
        if self.remote is not None:
            self.remote.put(data)
        return digest

    def add_take(self, asked: Mapping[str, Any], take: Take, objects: Iterable[Content]) -> None:
        """Keep what was paid for, synced when this returns: pictures first, then the request, then the record.

        The record comes last, so that a take is either whole or not there. Pictures that lie on the disk already are
        moved. Raises OSError.
        """
        from pipeline.store.incoming import Arrived

        for content in objects:
            if isinstance(content, Arrived):
                self.local.take_in(content.path, content.digest)
            else:
                self.local.put(content)
        self.local.add_request(asked)
        self.local.add_record(take)

    def add_request(self, request: Request) -> None:
        """Keep what is asked under a key that a person decided about, for `explain`. Raises OSError."""
        self.local.add_request(request.preimage)
        if self.remote is not None:
            self.remote.add_request(request.preimage)

    def share(self, takes: Iterable[Take]) -> None:
        """Copy takes, their objects and requests to the remote: before a lock entry names them. Raises OSError."""
        if self.remote is None:
            return
        for take in takes:
            for digest in objects_of(take):
                self.share_object(digest)
            asked = self.request(take.request)
            if asked is not None:
                self.remote.add_request(asked)
            self.remote.add_record(take)

    def share_object(self, digest: str) -> None:
        """Copy one object to the remote, where it is not there yet and we have it. Raises OSError, StoreError."""
        if self.remote is not None and not self.remote.has(digest) and self.local.has(digest):
            self.remote.put(self.local.read(digest))

    def keep_output(self, digest: str, data: bytes) -> None:
        """Take back a picture that only an output file still holds. Raises OSError, StoreError."""
        if of_bytes(data) != digest:
            raise StoreError("the output file changed while it was read", hint="build again")
        self.put(data)

    def takes(self, key: str) -> tuple[Take, ...]:
        """The takes of a request that are known here or in the remote, oldest first, then by digest."""
        if self.remote is None and not self._expected:
            return self.local.takes(key)
        found = {take.call: take for take in (self.remote.takes(key) if self.remote else ())}
        found |= {take.call: take for take in self._expected if take.request == key}
        found |= {take.call: take for take in self.local.takes(key)}
        return tuple(sorted(found.values(), key=lambda take: (take.ended, take.take, take.call)))

    def request(self, key: str) -> Mapping[str, Any] | None:
        return self.local.request(key) or (self.remote.request(key) if self.remote else None)


def objects_of(take: Take) -> tuple[Digest, ...]:
    """The objects that a take's record names: the take, and the other pictures of the model's turn."""
    pictures = [part.picture for part in take.turn if part.picture is not None]
    return tuple(dict.fromkeys([take.take, *pictures]))


def remote_folder(root: Path, remote: str) -> Path:
    """The folder that the settings of the project in `root` call its remote. Raises UsageError."""
    path = Path(remote).expanduser()
    if path.is_absolute() and not path.is_dir():
        raise UsageError(f"the remote {remote} is not there", hint="is the share mounted? `remote:` names it")
    return path if path.is_absolute() else root / path
