"""Answers on their way in: what a paid call has brought so far, readable without specs should this process die.

incoming/CALL/asked.json     what the call asked, before it goes out
incoming/CALL/answer.json    the answer as it arrives, a token in the place of each picture
incoming/CALL/1, 2, ...      the pictures, decoded as they arrive
incoming/CALL/room           room on the disk that nobody else can take, given up for a picture that has none else

A token names its picture by number, size and digest, so an answer is whole when its JSON is, and every picture that it
names is there with those bytes: here, or in the store already. Nothing is synced: it is written for the death of the
process. The call's folder goes when the ledger has its outcome.
"""

from __future__ import annotations

import errno
import json
import os
import re
import shutil
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from pipeline import marks
from pipeline.digest import Digest, canonical_json, of_bytes, of_file, of_value
from pipeline.files import make_folder
from pipeline.store.objects import Objects
from pipeline.store.records import is_call
from pipeline.words import AssetId

ASKED, ANSWER, ROOM = "asked.json", "answer.json", "room"


@dataclass(frozen=True, kw_only=True)
class Arrived:
    """A picture whose bytes lie on the disk, and are not held in memory."""

    path: Path
    size: int
    digest: Digest

    def read(self) -> bytes:
        """Raises OSError."""
        return self.path.read_bytes()


Content = bytes | Arrived
"""A picture that a generator brought: in memory, or on the disk."""


def bytes_of(content: Content) -> bytes:
    """Raises OSError."""
    return content.read() if isinstance(content, Arrived) else content


def head_of(content: Content) -> bytes:
    """Enough of the first bytes to know the type by. Raises OSError."""
    if isinstance(content, bytes):
        return content[: marks.HEAD_BYTES]
    with content.path.open("rb") as file:
        return file.read(marks.HEAD_BYTES)


def digest_of(content: Content) -> Digest:
    return content.digest if isinstance(content, Arrived) else of_bytes(content)


def bytes_in(content: Content) -> int:
    """How many there are."""
    return content.size if isinstance(content, Arrived) else len(content)


@dataclass(frozen=True, kw_only=True)
class Asked:
    """What a call asks: all that is needed to make a take of its answer when nothing else remembers it."""

    call: str
    asset: AssetId
    profile: str = ""
    request: Mapping[str, Any]
    """The request's preimage."""
    generator: str
    model: str
    aspect_ratio: str
    image_size: str
    sent: Mapping[str, Any] = field(default_factory=dict)
    started: str
    """ISO 8601, UTC."""

    @property
    def key(self) -> Digest:
        return of_value(self.request)


def token_of(call: str, number: int, size: int, digest: Digest) -> str:
    """What stands in an answer for a picture. No server knows the call's id, so none can forge one."""
    return f"arrived:{call}:{number}:{size}:{digest.removeprefix('sha256:')}"


class Incoming:
    """The calls below `folder`; pictures may have been moved to `objects` already."""

    def __init__(self, folder: Path, objects: Objects) -> None:
        self.folder, self._objects = folder, objects

    def path(self, call: str) -> Path:
        """Where the call's answer goes."""
        return self.folder / call

    def begin(self, asked: Asked, room_bytes: int) -> None:
        """Make the call's folder and room for its pictures, before the call goes out.

        Raises OSError, with nothing left behind: then a picture could not be kept.
        """
        folder = self.path(asked.call)
        make_folder(self.folder)
        try:
            folder.mkdir()
            (folder / ASKED).write_bytes(canonical_json(asdict(asked)))
            _reserve(folder / ROOM, room_bytes)
        except OSError:
            self.remove(asked.call)
            raise

    def calls(self) -> tuple[str, ...]:
        """The calls that have something here. Raises OSError."""
        if not self.folder.is_dir():
            return ()
        return tuple(sorted(path.name for path in self.folder.iterdir() if is_call(path.name) and path.is_dir()))

    def asked(self, call: str) -> Asked | None:
        """What the call asked; None where that is not told in whole."""
        try:
            value = json.loads((self.path(call) / ASKED).read_bytes())
            asked = Asked(**{name: part for name, part in value.items() if name in _NAMES})
        except (OSError, ValueError, TypeError, AttributeError, RecursionError):
            return None
        texts = (asked.asset, asked.profile, asked.generator, asked.model, asked.aspect_ratio, asked.image_size)
        good = all(isinstance(text, str) for text in (*texts, asked.started))
        maps = isinstance(asked.request, dict) and isinstance(asked.sent, dict)
        return asked if good and maps and asked.call == call else None

    def answer(self, call: str) -> str | None:
        """The call's answer where it has arrived whole, but for its pictures; else None."""
        try:
            text = (self.path(call) / ANSWER).read_bytes().decode("utf-8")
            json.loads(text)
        except (OSError, ValueError, RecursionError):
            return None
        return text

    def pictures(self, call: str, answer: str) -> Mapping[str, Arrived] | None:
        """The pictures that the answer names, by token; None where one is not there whole. Reads every byte of them."""
        found: dict[str, Arrived] = {}
        for number, size, digits in re.findall(rf'"arrived:{re.escape(call)}:(\d+):(\d+):([0-9a-f]{{64}})"', answer):
            digest = Digest(f"sha256:{digits}")
            places = (self.path(call) / number, self._objects.path(digest))
            whole = next((path for path in places if _is_whole(path, int(size), digest)), None)
            if whole is None:
                return None
            found[token_of(call, int(number), int(size), digest)] = Arrived(path=whole, size=int(size), digest=digest)
        return found

    def is_whole(self, call: str) -> bool:
        """Whether a later build could make a take of what is here."""
        answer = self.answer(call)
        return answer is not None and self.asked(call) is not None and self.pictures(call, answer) is not None

    def ended(self, call: str) -> str:
        """When the last of the answer arrived: ISO 8601, UTC. Raises OSError."""
        changed = (self.path(call) / ANSWER).stat().st_mtime
        return datetime.fromtimestamp(changed, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")

    def remove(self, call: str) -> None:
        """The call's outcome is in the ledger: what is here is needed no more."""
        shutil.rmtree(self.path(call), ignore_errors=True)


def _reserve(path: Path, size_bytes: int) -> None:
    """A file of that size, its room on the disk taken; without it where the file system knows no such thing."""
    if not hasattr(os, "posix_fallocate"):
        return
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o666)
    try:
        os.posix_fallocate(descriptor, 0, size_bytes)
    except OSError as error:
        if error.errno not in _NO_RESERVING:
            raise
    finally:
        os.close(descriptor)


_NO_RESERVING = (errno.EOPNOTSUPP, errno.ENOSYS, errno.EINVAL)
_NAMES = frozenset(known.name for known in fields(Asked))


def _is_whole(path: Path, size: int, digest: Digest) -> bool:
    try:
        return path.stat().st_size == size and of_file(path) == digest
    except OSError:
        return False
