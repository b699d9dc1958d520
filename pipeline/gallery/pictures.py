"""Where the bytes of a picture lie that a page asks for by digest. Nothing but pictures of the project is found."""

from __future__ import annotations

import os
import stat
from contextlib import suppress
from pathlib import Path
from typing import Final, NamedTuple

from pipeline import marks
from pipeline.digest import Digest, of_file
from pipeline.errors import PipelineError
from pipeline.files import inside
from pipeline.gallery.asset import stored
from pipeline.live.state import State
from pipeline.words import AssetId

SHOWN: Final = ("image/jpeg", "image/png", "image/webp", "image/gif", "image/avif")
"""What a browser shows, and cannot take for a page or a script."""

_MOST_KNOWN: Final = 50_000

_Looks = tuple[int, int, int, int]


class Found(NamedTuple):
    path: Path
    type: str


class Shelves:
    """The store, the built files, and the files that prompts attach."""

    def __init__(self) -> None:
        self.attached: dict[Digest, Path] = {}
        """Files of the project of which addresses were given, by the digest that they had then."""
        self._digests: dict[Path, tuple[_Looks, Digest]] = {}

    def find(self, state: State, digest: Digest, asset: AssetId | None) -> Found | None:
        """A picture with that very digest: an object, else the asset's file, else what its prompt attaches."""
        shop = state.shop
        if shop is None:
            return None
        places = [stored(shop, digest)]
        row = state.rows.get(asset) if asset is not None else None
        if row is not None and row.path:
            with suppress(PipelineError):  # a link in its place leads out of the project
                places.append(inside(shop.root, row.path))
        places.append(self.attached.get(digest))
        for path in places:
            if path is not None and self._digest(path) == digest:
                type = _type_of(path)
                return Found(path, type) if type is not None else None
        return None

    def _digest(self, path: Path) -> Digest | None:
        """The digest of a file; of one that looks as it did, what it was."""
        try:
            status = path.stat()
            if not stat.S_ISREG(status.st_mode):
                return None  # a pipe would be waited for without end
            looks = (status.st_size, status.st_mtime_ns, status.st_ctime_ns, status.st_ino)
            known = self._digests.get(path)
            if known is None or known[0] != looks:
                if len(self._digests) >= _MOST_KNOWN:
                    self._digests.clear()
                self._digests[path] = known = (looks, of_file(path))
        except OSError:
            return None
        return known[1]


def _type_of(path: Path) -> str | None:
    """The media type by the first bytes; None for what no page is to get."""
    try:
        descriptor = os.open(path, os.O_RDONLY)
        try:
            type = marks.sniff(os.read(descriptor, marks.HEAD_BYTES))
        finally:
            os.close(descriptor)
    except OSError:
        return None
    return type if type in SHOWN else None
