"""Two texts compared word by word, and two requests field by field."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pipeline.tell import FIELDS

_LONG = 3000
"""Words from which on difflib may take short cuts: without them it needs minutes for a novel."""


@dataclass(frozen=True)
class Piece:
    """Some words that are `same`, `removed` or `added`."""

    kind: str
    words: tuple[str, ...]

    @property
    def text(self) -> str:
        return " ".join(self.words)


@dataclass(frozen=True)
class Change:
    """A field of a request that differs; None where it is not there."""

    field: str
    before: Any
    after: Any

    @property
    def name(self) -> str:
        return FIELDS.get(self.field, self.field)

    @property
    def is_text(self) -> bool:
        return self.field in ("prompt", "system_instruction")

    @property
    def pieces(self) -> tuple[Piece, ...]:
        return word_diff(str(self.before or ""), str(self.after or ""))


def changes(before: Mapping[str, Any], after: Mapping[str, Any], *, without: Iterable[str] = ()) -> tuple[Change, ...]:
    """The fields of two requests (as request.json has them) that differ, in the order in which people think of them."""
    left_out = set(without)
    names = [*FIELDS, *sorted({*before, *after} - set(FIELDS))]
    return tuple(
        Change(name, before.get(name), after.get(name))
        for name in names
        if name not in left_out and before.get(name) != after.get(name)
    )


def word_diff(before: str, after: str) -> tuple[Piece, ...]:
    """What was removed and what was added, word by word; white space does not count."""
    old, new = before.split(), after.split()
    head = _common(old, new)
    tail = _common(old[head:][::-1], new[head:][::-1])
    middle_old, middle_new = old[head : len(old) - tail], new[head : len(new) - tail]
    pieces = [Piece("same", tuple(old[:head]))]
    matcher = difflib.SequenceMatcher(None, middle_old, middle_new, autojunk=len(middle_old) > _LONG)
    for kind, a, b, c, d in matcher.get_opcodes():
        if kind == "equal":
            pieces.append(Piece("same", tuple(middle_old[a:b])))
        else:
            pieces += [Piece("removed", tuple(middle_old[a:b])), Piece("added", tuple(middle_new[c:d]))]
    pieces.append(Piece("same", tuple(old[len(old) - tail :])))
    return tuple(piece for piece in pieces if piece.words)


def _common(a: Sequence[str], b: Sequence[str]) -> int:
    for number, (one, other) in enumerate(zip(a, b, strict=False)):
        if one != other:
            return number
    return min(len(a), len(b))
