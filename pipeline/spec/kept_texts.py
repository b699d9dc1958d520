"""Texts that Jinja rendered, kept from one process to the next: compiling a template is the dearest step of reading.

A text is known by its template and by all names that it could use. It is right as long as the partials that it came
from say what they said, and `ref()` answers as it did. What is kept is text, never code: the templates of a project may
come from anybody.
"""

from __future__ import annotations

import os
import pickle
from collections.abc import Mapping
from hashlib import blake2b
from pathlib import Path
from typing import Any, NamedTuple

from pipeline import uptodate
from pipeline.files import make_folder, write_atomic
from pipeline.spec import disk
from pipeline.spec.pieces import Ref

_NAME = f"{uptodate.STATE}/texts"
_MOST = 100_000


class _Kept(NamedTuple):
    text: str
    partials: tuple[tuple[str, bytes], ...]
    """Each with a digest of what it said; an empty one where it was not there."""
    refs: tuple[tuple[tuple[Any, ...], tuple[tuple[str, Any], ...], str], ...]
    """The calls of `ref()` with what it answered, in their order."""


class KeptTexts:
    """The texts of one project."""

    def __init__(self, root: Path) -> None:
        self._root = str(root)
        self._said: dict[str, bytes] = {}
        self._used: set[bytes] = set()
        self._texts: dict[bytes, tuple[Any, ...]] | None = None
        self._is_new = False

    def key(self, source: str, names: Mapping[str, Any]) -> bytes | None:
        """What a text is known by; None where that cannot be told."""
        try:
            return blake2b(pickle.dumps((source, dict(names)), 4), digest_size=16).digest()
        except Exception:  # a value that is no data
            return None

    def find(self, key: bytes, ref: Ref | None) -> tuple[str, tuple[str, ...]] | None:
        """A text and the partials that it came from. Calls `ref` as its rendering did, and raises what that raises."""
        found = self._read().get(key)
        if found is None:
            return None
        kept = _Kept(*found)
        if any(self._digest(path) != digest for path, digest in kept.partials):
            return None
        for args, more, answer in kept.refs:
            if ref is None or ref(*args, **dict(more)) != answer:
                return None
        self._used.add(key)
        return kept.text, tuple(path for path, _ in kept.partials)

    def keep(
        self,
        key: bytes,
        text: str,
        partials: tuple[str, ...],
        refs: list[tuple[tuple[Any, ...], dict[str, Any], str]],
    ) -> None:
        """Keep a text that was rendered just now."""
        said = tuple((path, self._digest(path)) for path in partials)
        calls = tuple((args, tuple(sorted(more.items())), answer) for args, more, answer in refs)
        self._read()[key] = tuple(_Kept(str(text), said, calls))
        self._used.add(key)
        self._is_new = True

    def knows(self, source: str) -> bool:
        """Whether the syntax of a template was found to be right before."""
        return _of_source(source) in self._read()

    def know(self, source: str) -> None:
        """Note that the syntax of a template is right."""
        key = _of_source(source)
        self._used.add(key)
        if key not in self._read():
            self._read()[key] = ()
            self._is_new = True

    def save(self, *, all_read: bool) -> None:
        """Write down what is new. Where all specs were read, what none of them used goes. Raises OSError."""
        texts = self._read()
        if all_read or len(texts) > _MOST:
            kept = {key: value for key, value in texts.items() if key in self._used}
            self._is_new = self._is_new or len(kept) < len(texts) // 2
            texts = kept
        if self._is_new:
            file = Path(self._root) / _NAME
            make_folder(file.parent)
            write_atomic(file, uptodate.sealed(self._root, (_mark(), texts)))

    def _read(self) -> dict[bytes, tuple[Any, ...]]:
        if self._texts is None:
            self._texts = {}
            try:
                state = uptodate.unsealed(self._root, f"{self._root}/{_NAME}")
                if state is not None and state[0] == _mark():
                    self._texts = state[1]
            except Exception:  # none there, or whatever else a torn one leads to
                self._texts = {}
        return self._texts

    def _digest(self, path: str) -> bytes:
        """What a partial says, short; empty where it cannot be read."""
        if path not in self._said:
            try:
                data = disk.read_file(Path(self._root) / path)
            except (FileNotFoundError, disk.Unreadable):
                self._said[path] = b""
            else:
                self._said[path] = blake2b(data, digest_size=16).digest()
        return self._said[path]


def _of_source(source: str) -> bytes:
    return blake2b(source.encode("utf-8", "surrogatepass"), digest_size=16, person=b"syntax").digest()


def _mark() -> tuple[object, ...]:
    """What rendered them: texts of another Python, or of another version of the code, are not asked for."""
    folder = Path(__file__).parent
    looks = [(one.name, one.stat().st_mtime_ns, one.stat().st_size) for one in os.scandir(folder) if one.is_file()]
    return (uptodate.FORMAT, uptodate.tool(), tuple(sorted(looks)))
