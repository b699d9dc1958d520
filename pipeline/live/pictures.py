"""Which picture stands for an asset on the wall, and how large it is.  [door: PIL]"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from pipeline.errors import PipelineError
from pipeline.files import inside
from pipeline.plan.decision import Decision
from pipeline.plan.known import Known
from pipeline.store.entry import Entry
from pipeline.words import Action, Asset, Digest, State
from pipeline.workshop import Workshop


class Picture(NamedTuple):
    """A picture by the digest of its bytes."""

    digest: Digest
    kind: str
    """`take`; `file`: a person's; or `placeholder`."""
    width: int
    height: int
    alpha: bool
    """Whether its pixels can be transparent."""


class Measure(NamedTuple):
    width: int
    height: int
    alpha: bool


Sides = tuple[int, int]

_NO_MEASURE = Measure(0, 0, False)
_MOST_KNOWN = 100_000


class Pictures:
    """Remembers by digest what was once found out: neither the size of some bytes changes, nor what they are."""

    def __init__(self) -> None:
        self._measures: dict[Digest, Measure] = {}
        self._placeholders: dict[Digest, bool] = {}

    def of(self, shop: Workshop, decision: Decision, known: Known, asked: Sides) -> Picture | None:
        """The picture of an asset as it is now: its file, else what it picked. None where there is none.

        `asked` is the size that its spec asks for.
        """
        asset, entry, there = shop.project.assets[decision.step.asset], decision.entry, decision.main_file
        picked = entry.continued if entry is not None else None
        if there is None:
            if picked is None or not known.in_reach(picked, ()):
                return None
            return self._with_measure(picked, "take", entry, lambda: _object(shop, picked))
        file = _file_of(shop, asset)
        if decision.step.state is State.PLACEHOLDER and decision.step.action is Action.NOTHING:
            return Picture(there, "placeholder", *asked, False)
        if there == picked:
            kind = "file" if entry is not None and entry.adopted == there else "take"
            return self._with_measure(there, kind, entry, file)
        if picked is None and self._is_placeholder(known, asset, there):
            return self._with_measure(there, "placeholder", None, file)
        kind = "file" if decision.step.state is State.EDITED else "take"
        shown = self._with_measure(there, kind, None, file)
        if shown is None and kind == "take" and picked is not None and known.in_reach(picked, ()):
            # An icon, which pages do not show.
            return self._with_measure(picked, "take", entry, lambda: _object(shop, picked))
        return shown

    def _is_placeholder(self, known: Known, asset: Asset, there: Digest) -> bool:
        if there not in self._placeholders:
            self._placeholders[there] = known.files.mark(asset.path) == "placeholder"
        return self._placeholders[there]

    def _with_measure(
        self, digest: Digest, kind: str, entry: Entry | None, where: Callable[[], Path | None]
    ) -> Picture | None:
        if entry is not None and entry.type == "image/jpeg" and entry.width and entry.height:
            return Picture(digest, kind, entry.width, entry.height, False)
        found = self.measure(digest, where)
        return Picture(digest, kind, *found) if found.width else None

    def measure(self, digest: Digest, where: Callable[[], Path | None]) -> Measure:
        """Size and transparency of a picture that lies there; zeros where it is no picture that can be read."""
        found = self._measures.get(digest)
        if found is None:
            if len(self._measures) >= _MOST_KNOWN:
                self._measures.clear()
            path = where()
            found = self._measures[digest] = measure_of(path) if path is not None else _NO_MEASURE
        return found


def measure_of(picture: bytes | Path) -> Measure:
    """Size and transparency of a picture, by its head; zeros where it is none that can be read."""
    from pipeline.draw.pictures import Unreadable, opened

    try:
        with opened(picture) as image:
            turned = image.getexif().get(_ORIENTATION) in _SIDEWAYS
            width, height = reversed(image.size) if turned else image.size
            return Measure(width, height, "transparency" in image.info or image.mode in ("RGBA", "LA", "PA", "RGBa"))
    except (Unreadable, OSError, ValueError, SyntaxError):
        return _NO_MEASURE


_ORIENTATION = 0x0112
_SIDEWAYS = (5, 6, 7, 8)
"""Orientations of a camera that swap the sides: a browser shows the picture upright."""


def _file_of(shop: Workshop, asset: Asset) -> Callable[[], Path | None]:
    def file() -> Path | None:
        try:
            return inside(shop.root, asset.path)
        except PipelineError:
            return None

    return file


def _object(shop: Workshop, digest: Digest) -> Path | None:
    stores = (shop.store.local, shop.store.remote)
    return next((store.path(digest) for store in stores if store is not None and store.has(digest)), None)
