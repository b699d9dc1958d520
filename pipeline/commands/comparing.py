"""A comparison word by word, as a line of text."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from pipeline.views.comparing import Piece

_CONTEXT = 8
"""Words that are shown on both sides of a change."""


def shown(pieces: Sequence[Piece], paint: Callable[[str, str], str]) -> str:
    """The pieces in one line, as `git diff --word-diff` has them; long stretches without a change are cut out."""
    parts = []
    for number, piece in enumerate(pieces):
        if piece.kind == "removed":
            parts.append(paint(f"[-{piece.text}-]", "red"))
        elif piece.kind == "added":
            parts.append(paint(f"{{+{piece.text}+}}", "green"))
        else:
            parts.append(_abridged(piece, first=number == 0, last=number == len(pieces) - 1))
    return " ".join(part for part in parts if part)


def _abridged(piece: Piece, *, first: bool, last: bool) -> str:
    words = piece.words
    before = () if first else words[:_CONTEXT]
    after = () if last else words[-_CONTEXT:]
    if len(words) <= len(before) + len(after) + 1:
        return piece.text
    return " ".join([*before, "…", *after])
