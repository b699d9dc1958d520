"""What can become of a file: cut off, emptied, a bit turned, zeros, another file's content, a pointer, unreadable."""

from __future__ import annotations

import random
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path

POINTER = b"version https://git-lfs.github.com/spec/v1\noid sha256:" + b"0" * 64 + b"\nsize 12345\n"

Spoil = Callable[[Path, random.Random, Path], None]
"""Spoils a file; the last argument is another file of the project."""


def _truncate(file: Path, chance: random.Random, other: Path) -> None:
    data = file.read_bytes()
    file.write_bytes(data[: chance.randrange(len(data))] if data else b"")


def _empty(file: Path, chance: random.Random, other: Path) -> None:
    file.write_bytes(b"")


def _flip(file: Path, chance: random.Random, other: Path) -> None:
    data = bytearray(file.read_bytes() or b"\0")
    data[chance.randrange(len(data))] ^= 1 << chance.randrange(8)
    file.write_bytes(data)


def _zeros(file: Path, chance: random.Random, other: Path) -> None:
    file.write_bytes(b"\0" * max(1, file.stat().st_size))


def _tail_of_zeros(file: Path, chance: random.Random, other: Path) -> None:
    """What some file systems leave of the last write when the power goes."""
    data = file.read_bytes()
    whole = chance.randrange(len(data)) if data else 0
    file.write_bytes(data[:whole] + b"\0" * (len(data) - whole))


def _folder(file: Path, chance: random.Random, other: Path) -> None:
    file.unlink()
    file.mkdir()
    (file / "something").write_text("of a person's\n")


def _other(file: Path, chance: random.Random, other: Path) -> None:
    shutil.copyfile(other, file)


def _pointer(file: Path, chance: random.Random, other: Path) -> None:
    file.write_bytes(POINTER)


def _words(file: Path, chance: random.Random, other: Path) -> None:
    file.write_bytes(chance.choice([b"[1, 2]\n", b"{}\n", b'{"asset": 3}\n', b"null\n", b"\xff\xfe\n", b"[" * 100_000]))


def _gone(file: Path, chance: random.Random, other: Path) -> None:
    file.unlink()


def _unreadable(file: Path, chance: random.Random, other: Path) -> None:
    """For root too: a link that leads to itself."""
    file.unlink()
    file.symlink_to(file.name)


SPOILS: Mapping[str, Spoil] = {
    "truncated": _truncate,
    "emptied": _empty,
    "a bit turned": _flip,
    "zeros": _zeros,
    "zeros at the end": _tail_of_zeros,
    "a folder": _folder,
    "another file's content": _other,
    "a pointer": _pointer,
    "other words": _words,
    "gone": _gone,
    "unreadable": _unreadable,
}


def kind_of(path: str) -> str:
    """What a file below the project is, for a count of what was spoiled."""
    if path.startswith(".pipeline/objects/"):
        return "object"
    if path.startswith(".pipeline/requests/"):
        return "request.json" if path.endswith("request.json") else "record"
    return path.removeprefix(".pipeline/").split("/")[0]
