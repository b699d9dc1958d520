"""Which of an asset's files a browser is offered: by type, and within a type by width or by scale."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from pipeline.bundle.catalog import Built, Item
from pipeline.errors import PipelineError

SHOWN: Final = ("avif", "webp", "png", "jpeg")
"""What browsers show, the smallest first: a browser takes the first type that it knows."""

_FALLBACKS: Final = ("jpeg", "png", "webp", "avif")
"""What is most widely known first."""


@dataclass(frozen=True, kw_only=True)
class Candidate:
    """One file of a type, and what it is chosen by: `640w`, `2x`, or nothing where there is no choice."""

    file: Built
    descriptor: str = ""


@dataclass(frozen=True, kw_only=True)
class Source:
    """The files of one type, the smallest picture first."""

    format: str
    type: str
    candidates: tuple[Candidate, ...]


@dataclass(frozen=True, kw_only=True)
class Offer:
    """All that a browser can choose from."""

    main: Built
    """What a browser shows that cannot choose."""
    width: int
    height: int
    """As a page shows it, in its own pixels."""
    sources: tuple[Source, ...]
    """The best type first; that of `main` is among them."""

    @property
    def is_by_width(self) -> bool:
        return any(one.descriptor.endswith("w") for source in self.sources for one in source.candidates)


def offer_of(item: Item) -> Offer:
    """What a browser is offered of an asset. Raises PipelineError where it can show none of its files."""
    shown = [file for file in item.files if file.format in SHOWN]
    if not shown:
        message = f"no browser shows {item.files[0].path}"
        raise PipelineError(message, hint=f"leave `{item.id}` out by `exclude`, or give it a variant as png or webp")
    main = shown[0]
    known = [file for file in shown if not file.variant] or [main]
    if main.format in SHOWN[:2]:  # another type of the same size is understood by more
        same = [file for file in shown if (file.width, file.height) == (main.width, main.height)]
        known = sorted(same, key=lambda file: _FALLBACKS.index(file.format))
    main = known[0]
    by_width = any(file.file_width is not None for file in shown)
    sources = [
        Source(format=format, type=files[0].type, candidates=_candidates(files, main, shown, by_width=by_width))
        for format in SHOWN
        if (files := [file for file in shown if file.format == format])
    ]
    scale = _scale(main, shown) or 1.0 if not by_width else 1.0
    return Offer(
        main=main, width=round(main.width / scale), height=round(main.height / scale), sources=tuple(sources)
    )  # fmt: skip


def _candidates(files: list[Built], main: Built, shown: list[Built], *, by_width: bool) -> tuple[Candidate, ...]:
    whole = {(main.width, main.height)}
    if by_width:
        wide = [file for file in files if file.file_width is not None or (file.width, file.height) in whole]
        found = {file.width: Candidate(file=file, descriptor=f"{file.width}w") for file in reversed(wide)}
        if found:
            return tuple(found[width] for width in sorted(found))
    scaled = {scale: file for file in reversed(files) if (scale := _scale(file, shown)) is not None}
    if len(scaled) > 1 or (scaled and set(scaled) != {1.0}):
        return tuple(Candidate(file=scaled[scale], descriptor=f"{scale:g}x") for scale in sorted(scaled))
    return (Candidate(file=max(files, key=lambda file: ((file.width, file.height) in whole, file.width))),)


def _scale(file: Built, shown: Sequence[Built]) -> float | None:
    """The scale of a file; of one that was not made for a scale, by its width beside one that was."""
    if file.scale is not None:
        return file.scale
    for other in shown:
        if other.scale is not None and other.width and file.width / other.width * other.scale >= 1:
            return round(file.width / other.width * other.scale, 3)
    return None
