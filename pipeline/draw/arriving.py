"""One answer while it arrives: its JSON and pictures go to the call's folder, and only the JSON is held in memory."""

from __future__ import annotations

import base64
import hashlib
import io
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from pathlib import Path

from pipeline.digest import Digest
from pipeline.draw.sieve import Sieve
from pipeline.store.incoming import ANSWER, ROOM, Arrived, Content, bytes_of, token_of

_PIECE_BYTES = 3 << 16
"""A multiple of three, as Sieve's sinks are read."""


class Arriving:
    """The answer of one call; `folder` None keeps all of it in memory. For one thread at a time.

    A disk that cannot take a picture costs no picture: there is the room that was kept for it, and without that it goes
    on in memory, and is kept where there is room later.
    """

    def __init__(self, call: str, folder: Path | None) -> None:
        self._call, self._folder = call, folder
        self._sieve = Sieve(self._open_sink)
        self._sinks: list[_Sink] = []
        self._is_closed = False
        self._answer = _opened(folder / ANSWER) if folder is not None else None

    @property
    def pictures(self) -> Mapping[str, Content]:
        """The pictures that have arrived, by the tokens that stand for them."""
        return {sink.token: sink.content for sink in self._sinks if sink.token}

    def take(self, pieces: Iterable[bytes], *, is_last: bool = False) -> bytes:
        """The next bytes of the answer; gives what of them is not picture. Raises OSError."""
        passed = self._sieve.feed(b"".join(pieces))
        if is_last:
            passed += self._sieve.end()
        if self._answer is not None:
            try:
                self._written(self._answer, passed)
            except OSError:
                # Only a later process would need it.
                self.forget()
        return passed

    def close(self) -> None:
        """Close the files, once."""
        if self._is_closed:
            return
        self._is_closed = True
        for file in (self._answer, *(sink.file for sink in self._sinks)):
            if file is not None:
                file.close()
        self._give_up_room()

    def forget(self) -> None:
        """Leave nothing from which a later build would make a take: this answer is none."""
        if self._answer is not None and self._folder is not None:
            self._answer.close()
            self._answer = None
            with suppress(OSError):
                (self._folder / ANSWER).unlink()

    def _written(self, file: io.FileIO, data: bytes) -> None:
        """Write all of it, into the room that was kept for it where there is no other. Raises OSError."""
        start = file.tell()
        try:
            _write(file, data)
        except OSError:
            if not self._give_up_room():
                raise
            _write(file, data[file.tell() - start :])

    def _give_up_room(self) -> bool:
        """Whether there was room that had been kept."""
        if self._folder is None:
            return False
        try:
            (self._folder / ROOM).unlink()
        except OSError:
            return False
        return True

    def _open_sink(self) -> _Sink:
        number = len(self._sinks) + 1
        path = self._folder / str(number) if self._folder is not None else None
        sink = _Sink(path, lambda size, digest: token_of(self._call, number, size, digest), self._written)
        self._sinks.append(sink)
        return sink


def restored(text: str, pictures: Mapping[str, Content]) -> bytes:
    """An answer as it was sent, its pictures in it again. Raises OSError."""
    data = text.encode("utf-8", "replace")
    for token, content in pictures.items():
        data = data.replace(token.encode("ascii"), base64.b64encode(bytes_of(content)))
    return data


class _Sink:
    """A picture that arrives: in a file, or in memory."""

    def __init__(
        self, path: Path | None, token: Callable[[int, Digest], str], write: Callable[[io.FileIO, bytes], None]
    ) -> None:
        self._write = write
        self.token = ""
        self.file = _opened(path) if path is not None else None
        self._path, self._name = path, token
        self._hasher, self._size = hashlib.sha256(), 0
        self._memory = bytearray()

    @property
    def content(self) -> Content:
        if self.file is None or self._path is None:
            return bytes(self._memory)
        return Arrived(path=self._path, size=self._size, digest=self._digest)

    def write(self, data: bytes) -> None:
        if self.file is not None:
            try:
                self._write(self.file, data)
            except OSError:
                self._go_on_in_memory()
        if self.file is None:
            self._memory += data
        self._hasher.update(data)
        self._size += len(data)

    def pieces(self) -> Iterator[bytes]:
        if self.file is None:
            yield from (bytes(self._memory[at : at + _PIECE_BYTES]) for at in range(0, self._size, _PIECE_BYTES))
            return
        with self._readable().open("rb") as file:
            while piece := file.read(_PIECE_BYTES):
                yield piece

    def end(self) -> str:
        self.token = self._name(self._size, self._digest)
        if self.file is not None:
            self.file.close()
        return self.token

    def drop(self) -> None:
        self._drop_file()
        self._memory.clear()

    @property
    def _digest(self) -> Digest:
        return Digest("sha256:" + self._hasher.hexdigest())

    def _go_on_in_memory(self) -> None:
        """The disk is full or worse: take back what it has of this picture, and make room."""
        with self._readable().open("rb") as file:
            self._memory += file.read(self._size)
        if len(self._memory) != self._size:
            raise OSError(f"{self._path} cannot be read back")
        self._drop_file()

    def _drop_file(self) -> None:
        if self.file is not None:
            self.file.close()
            self._readable().unlink(missing_ok=True)
            self.file = None

    def _readable(self) -> Path:
        assert self._path is not None
        return self._path


def _opened(path: Path) -> io.FileIO | None:
    """A new file, unbuffered: what is written survives this process. None where there can be none."""
    try:
        return io.FileIO(path, "xb")
    except OSError:
        return None


def _write(file: io.FileIO, data: bytes) -> None:
    rest = memoryview(data)
    while rest:
        rest = rest[file.write(rest) or 0 :]
