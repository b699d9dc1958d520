"""Which of an asset's files a browser is offered: by type, and within a type by width or by scale."""

from __future__ import annotations

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


def shown_of(item: Item) -> list[Built]:
    """The files that browsers show, the main one first. Raises PipelineError where there is none."""
    shown = [file for file in item.files if file.format in SHOWN]
    if not shown:
        message = f"no browser shows {item.files[0].path}"
        raise PipelineError(message, hint=f"leave `{item.id}` out by `exclude`, or give it a variant as png or webp")
    return shown


def offer_of(item: Item) -> Offer:
    """What a browser is offered of an asset. Raises PipelineError where it can show none of its files."""
    first, *more = shown_of(item)
    shown = [first, *(file for file in more if _is_as_wide_as_high(file, first))]
    main = _fallback(shown)
    by_width = any(file.file_width is not None for file in shown)
    scaled = [] if by_width else [file for file in shown if file.scale is not None]
    density = 1.0
    if scaled:
        same = [file for file in scaled if file.format == main.format]
        main = min(same, key=_scale) if same else main
        one = min(scaled, key=_scale)
        density = main.scale or main.width / one.width * _scale(one)
    sources = [
        Source(format=format, type=files[0].type, candidates=_candidates(files, main, by_width=by_width))
        for format in SHOWN
        if (files := [file for file in shown if file.format == format])
    ]
    width, height = (max(1, round(side / density)) for side in (main.width, main.height))
    return Offer(main=main, width=width, height=height, sources=tuple(sources))


def _is_as_wide_as_high(file: Built, main: Built) -> bool:
    """Whether a file has the ratio of the main one, but for rounding: a square cut of it is no choice for a browser."""
    return abs(file.width * main.height - file.height * main.width) <= max(main.width, main.height)


def _fallback(shown: list[Built]) -> Built:
    """For browsers that cannot choose: the main file, or one of its size whose type more of them know."""
    main = shown[0]
    same = [file for file in shown if (file.width, file.height) == (main.width, main.height)]
    return min(same, key=lambda file: _FALLBACKS.index(file.format)) if main.format in SHOWN[:2] else main


def _candidates(files: list[Built], main: Built, *, by_width: bool) -> tuple[Candidate, ...]:
    whole = (main.width, main.height)
    if by_width:
        wide = [file for file in files if file.file_width is not None or (file.width, file.height) == whole]
        widths = {file.width: Candidate(file=file, descriptor=f"{file.width}w") for file in reversed(wide)}
        if widths:
            return tuple(widths[width] for width in sorted(widths))
    scales = {_scale(file): file for file in reversed(files) if not by_width and file.scale is not None}
    if scales:
        return tuple(Candidate(file=scales[scale], descriptor=f"{scale:g}x") for scale in sorted(scales))
    return (Candidate(file=max(files, key=lambda file: ((file.width, file.height) == whole, file.width))),)


def _scale(file: Built) -> float:
    return file.scale or 1.0
