"""The lines of a lock by asset: of ten thousand, only those are made out that somebody asks for."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Collection, Iterable, Iterator, Mapping, MutableMapping
from typing import Any

from pipeline.frozen import NamedTuple
from pipeline.looks import Lately, row_of
from pipeline.store.line import Line, Sides
from pipeline.words import AssetId, Digest

_START = '{"asset": "'

_FEW = 30
"""Takes that are looked for in the text, before all lines are made out to find any."""


class Index(NamedTuple):
    """Where the lines of a lock begin, whose every line was found to be right before."""

    ids: tuple[str, ...]
    """Sorted, as the lines are."""
    starts: bytes
    """The offset of each line in bytes, 64 bits each."""
    turns: bool
    """Whether people added turns to any asset."""


_PICTURE = re.compile(rb'"sha256:[0-9a-f]{64}"').findall


def _id_of(line: bytes) -> str:
    """The asset of a line that looks as lines are written."""
    return line[len(_START) : line.index(b'"', len(_START))].decode("utf-8")


def line_digests(data: bytes) -> dict[str, bytes] | None:
    """A digest of eight bytes of each line of a lock, by asset and in order; None where it is not one line an asset."""
    from hashlib import blake2b

    found = {}
    parts = data.removesuffix(b"\n").split(b"\n\n") if data else []
    for part in parts:
        end = part.find(b'"', len(_START))
        if not part.startswith(_START.encode()) or b"\n" in part:
            return None
        found[part[len(_START) : end].decode("utf-8")] = blake2b(part, digest_size=8).digest()
    return found if len(found) == len(parts) else None


def digests_in(path: str) -> Mapping[str, bytes] | None:
    """The same of the lock in a file, which is read only where it looks otherwise than when it was last read.

    None also where there is no such file.
    """
    looks = row_of(path)
    if looks is None:
        return None
    known: tuple[Mapping[str, bytes] | None] | None = _DIGESTS.get(path, looks)
    if known is None:
        with open(path, "rb", 0) as file:  # noqa: PTH123 - asked before each plan
            known = (line_digests(file.read()),)
        _DIGESTS.keep(path, looks, known)
    return known[0]


_DIGESTS = Lately(2)


def sharing(data: bytes, assets: Collection[str]) -> set[str]:
    """The assets in whose lines of a lock a picture stands that the lines of these assets name too."""
    if len(assets) > _FEW:
        return _sharing_of_many(data, assets)
    found: set[str] = set()
    for asset in assets:
        for line in _lines_with(data, f'{_START}{asset}"'.encode()):
            for picture in set(_PICTURE(line)):
                found.update(_id_of(other) for other in _lines_with(data, picture))
    return found


def _sharing_of_many(data: bytes, assets: Collection[str]) -> set[str]:
    """The same in two passes over all lines."""
    lines = [line for line in data.split(b"\n") if line.startswith(_START.encode())]
    pictures = {found for line in lines if _id_of(line) in assets for found in _PICTURE(line)}
    return {_id_of(line) for line in lines if not pictures.isdisjoint(_PICTURE(line))}


def _lines_with(data: bytes, word: bytes) -> Iterator[bytes]:
    """The lines in which a word stands that holds no line end."""
    at = data.find(word)
    while at >= 0:
        end = data.find(b"\n", at)
        end = end if end >= 0 else len(data)
        line = data[data.rfind(b"\n", 0, at) + 1 : end]
        if line.startswith(_START.encode()):
            yield line
        at = data.find(word, end)


class Lines(MutableMapping[AssetId, Sides]):
    """The lines of a lock by asset.

    With the `data` and the `index` of a lock that was read before, a line is cut out when it is asked for.
    """

    def __init__(
        self, lines: Mapping[AssetId, Line] | None = None, data: bytes = b"", index: Index | None = None
    ) -> None:
        self._made: dict[AssetId, Line] | None = dict(lines or {}) if index is None else None
        self._data, self._index = data, index
        self._starts = memoryview(index.starts).cast("Q") if index is not None else memoryview(b"")
        self._asked: dict[AssetId, Line] = {}
        self._naming: dict[str, list[AssetId]] | None = None
        self._searches = 0

    @property
    def _lines(self) -> dict[AssetId, Line]:
        """All lines, to be looked through or to be changed."""
        index, made = self._index, self._made
        if made is None:
            assert index is not None
            self._made = made = {AssetId(id): self._at(index, number) for number, id in enumerate(index.ids)}
            self._index = None  # last: other threads read meanwhile
        return made

    def _line(self, asset: AssetId) -> Line | None:
        index = self._index
        if index is None:
            return self._lines.get(asset)
        at = bisect_left(index.ids, asset)
        return self._at(index, at) if index.ids[at : at + 1] == (asset,) else None

    def _at(self, index: Index, number: int) -> Line:
        """The line of that number."""
        asset = AssetId(index.ids[number])
        if asset not in self._asked:
            end = self._starts[number + 1] if number + 1 < len(self._starts) else len(self._data) + 1
            self._asked[asset] = Line(self._data[self._starts[number] : end].decode("utf-8").rstrip("\n"))
        return self._asked[asset]

    def text_of(self, asset: AssetId) -> str:
        """The asset's lines as they stand in the file; empty where it has none."""
        line = self._line(asset)
        return line.text if line is not None else ""

    def beginning(self, start: str) -> list[AssetId] | None:
        """The assets whose ids begin so; None where all lines would have to be looked through for that."""
        index = self._index
        if index is None:
            return None
        ids = index.ids
        at = end = bisect_left(ids, start)
        while end < len(ids) and ids[end].startswith(start):
            end += 1
        return [AssetId(id) for id in ids[at:end]]

    def __getitem__(self, asset: AssetId) -> Sides:
        line = self._line(asset)
        if line is None:
            raise KeyError(asset)
        return line.sides

    def __contains__(self, asset: object) -> bool:
        return self._line(AssetId(str(asset))) is not None

    def get(self, asset: AssetId, default: Any = None) -> Any:
        line = self._line(asset)
        return line.sides if line is not None else default

    def __setitem__(self, asset: AssetId, sides: Sides) -> None:
        if not sides:
            self._lines.pop(asset, None)
            return
        self._lines[asset] = line = Line(sides=sides)
        if self._naming is not None:
            _note(self._naming, asset, line)

    def __delitem__(self, asset: AssetId) -> None:
        del self._lines[asset]

    def __iter__(self) -> Iterator[AssetId]:
        return iter(self._lines)

    def __len__(self) -> int:
        return len(self._lines)

    def copy(self) -> Lines:
        """Lines that can be changed, while these stay as they are."""
        other = Lines(self._lines)
        other._naming = self._naming  # it may say too much, never too little, so both may add to it
        return other

    def naming(self, take: Digest) -> list[AssetId]:
        """The assets whose lines name a take as theirs."""
        index, naming = self._index, self._naming
        if naming is None and index is not None and self._searches < _FEW:
            self._searches += 1  # of ten thousand lines none is made out for a few takes
            found: Iterable[AssetId] = self._found(index, take)
        else:
            if naming is None:
                naming = {}
                for asset, line in self._lines.items():
                    _note(naming, asset, line)
                self._naming = naming
            found = dict.fromkeys(naming.get(take, ()))
        return [asset for asset in found if any(take in entry.named for entry in self.get(asset, ()))]

    def _found(self, index: Index, take: Digest) -> Iterator[AssetId]:
        """The assets in whose lines a digest stands."""
        word = take.encode("ascii")
        at = self._data.find(word)
        while at >= 0:
            number = bisect_right(self._starts, at)
            yield AssetId(index.ids[number - 1])
            at = self._data.find(word, self._starts[number]) if number < len(self._starts) else -1

    def named(self) -> Iterator[tuple[AssetId, str]]:
        """Each asset with each take that its lines name, with what was adopted, and perhaps some others."""
        for asset, line in self._lines.items():
            for digest in line.digests:
                yield asset, digest

    def index(self, data: bytes) -> Index | None:
        """The index of a lock with these bytes, if it is as the tool writes these lines, an asset a line."""
        lines, ids = self._lines, tuple(self._lines)
        parts = data.removesuffix(b"\n").split(b"\n\n") if data else []
        plain = all(
            part.startswith(f'{_START}{id}"'.encode()) and b"\n" not in part
            for part, id in zip(parts, ids, strict=False)
        )
        if len(parts) != len(ids) or not plain or ids != tuple(sorted(ids)):
            return None
        from array import array

        starts, at = array("Q"), 0
        for part in parts:
            starts.append(at)
            at += len(part) + 2
        return Index(ids, starts.tobytes(), any(entry.turns for line in lines.values() for entry in line.noted))

    def keeps_turns(self) -> bool:
        """Whether people added turns to any of these assets."""
        index = self._index
        if index is not None:
            return index.turns
        return any(entry.turns for line in self._lines.values() for entry in line.noted)

    def paths(self) -> set[str]:
        """The files that the lines name."""
        return {path for line in self._lines.values() for path in line.paths}

    def in_order(self) -> Lines:
        """The same by id."""
        ids = list(self._lines)
        if ids != sorted(ids):
            self._made = {asset: self._lines[asset] for asset in sorted(ids)}
        return self

    def text(self) -> str:
        """All lines, as they stand in the file."""
        return "\n\n".join([line.text for line in self._lines.values()]) + "\n" if self._lines else ""


def _note(naming: dict[str, list[AssetId]], asset: AssetId, line: Line) -> None:
    for digest in line.digests:
        naming.setdefault(digest, []).append(asset)
