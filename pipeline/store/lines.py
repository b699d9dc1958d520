"""The lines of a lock by asset: of ten thousand, only those are made out that somebody asks for."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Mapping, MutableMapping
from typing import Any

from pipeline.store.line import Line, Sides
from pipeline.words import AssetId, Digest

_START = '{"asset": "'

_FEW = 30
"""Takes that are looked for in the text, before all lines are made out to find any."""


class Lines(MutableMapping[AssetId, Sides]):
    """The lines of a lock by asset. Of ten thousand, only those are made out that somebody asks for.

    `text`: that of a lock which was read before and found to be as the tool writes it. Its lines are found by halving.
    """

    def __init__(self, lines: Mapping[AssetId, Line] | None = None, text: str | None = None) -> None:
        self._made: dict[AssetId, Line] | None = dict(lines or {}) if text is None else None
        self._text = text
        self._parts = text.removesuffix("\n").split("\n\n") if text else []
        self._asked: dict[AssetId, Line] = {}
        self._naming: dict[str, list[AssetId]] | None = None
        self._searches = 0

    @property
    def _lines(self) -> dict[AssetId, Line]:
        """All lines, to be looked through or to be changed."""
        if self._made is None:
            self._made = {id: self._asked.get(id) or Line(part) for part in self._parts for id in (_id_of(part),)}
            self._text = None
        return self._made

    def _line(self, asset: AssetId) -> Line | None:
        if self._made is not None or asset in self._asked:
            return (self._made if self._made is not None else self._asked).get(asset)
        start = f'{_START}{asset}"'
        at = bisect_left(self._parts, start)
        if at == len(self._parts) or not self._parts[at].startswith(start):
            return None
        self._asked[asset] = line = Line(self._parts[at])
        return line

    def beginning(self, start: str) -> list[AssetId] | None:
        """The assets whose ids begin so; None where all lines would have to be looked through for that."""
        if self._made is not None:
            return None
        line = f"{_START}{start}"
        at = end = bisect_left(self._parts, line)
        while end < len(self._parts) and self._parts[end].startswith(line):
            end += 1
        return [_id_of(part) for part in self._parts[at:end]]

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
            self._note(asset, line)

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
        if self._naming is None and self._text is not None and self._searches < _FEW:
            self._searches += 1  # of ten thousand lines none is made out for a few takes
            return [asset for asset in self._found(take) if any(take in entry.named for entry in self.get(asset, ()))]
        if self._naming is None:
            self._naming = {}
            for asset, line in self._lines.items():
                self._note(asset, line)
        found = self._naming.get(take)
        if found is None:
            return []
        return [asset for asset in dict.fromkeys(found) if any(take in entry.named for entry in self.get(asset, ()))]

    def _found(self, take: Digest) -> Iterator[AssetId]:
        """The assets in whose lines a digest stands."""
        assert self._text is not None
        at = self._text.find(take)
        while at >= 0:
            start, end = self._text.rfind("\n", 0, at) + 1 + len(_START), self._text.find("\n", at)
            yield AssetId(self._text[start : self._text.find('"', start)])
            at = self._text.find(take, end) if end >= 0 else -1

    def _note(self, asset: AssetId, line: Line) -> None:
        assert self._naming is not None
        for digest in line.digests:
            self._naming.setdefault(digest, []).append(asset)

    def named(self) -> Iterator[tuple[AssetId, str]]:
        """Each asset with each take that its lines name, and perhaps some others."""
        for asset, line in self._lines.items():
            for digest in line.digests:
                yield asset, digest

    def are_as_written(self, data: bytes) -> bool:
        """Whether these bytes are a lock as the tool writes it, an asset a line, with no oddity that could mislead."""
        text = data.decode("utf-8")
        parts = text.removesuffix("\n").split("\n\n") if text else []
        starts = all(part.startswith(_START) and "\\" not in _id_of(part) for part in parts)
        return self.text() == text and starts and parts == sorted(parts)

    def keeps_turns(self) -> bool:
        """Whether people added turns to any of these assets."""
        if self._text is not None and '"turns": ' not in self._text:
            return False
        return any(entry.turns for line in self._lines.values() if not line.is_plain for entry in line.sides)

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


def _id_of(line: str) -> AssetId:
    """The asset of a line that looks as lines are written."""
    return AssetId(line[len(_START) : line.index('"', len(_START))])
