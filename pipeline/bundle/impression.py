"""What a page shows of a picture before it is there: its color, a ThumbHash, a few pixels.  [door: PIL]"""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict, dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from pipeline.bundle import thumbhash
from pipeline.bundle.catalog import Built, Item
from pipeline.errors import PipelineError
from pipeline.files import write_atomic

if TYPE_CHECKING:
    from PIL import Image

_SIDE: Final = 32
"""Of the picture that is looked at, in pixels: a ThumbHash has at most seven waves a side."""
_ENOUGH: Final = 64
"""Of a file that is looked at in place of a larger one."""
_BLUR_SIDE: Final = 12
_READABLE: Final = frozenset({"png", "jpeg", "webp", "avif"})
_COLORS: Final = 8
_VISIBLE: Final = 128

_VERSION: Final = 1
"""Ours: what was kept by another one is not used."""
_FILE: Final = "impressions"
_MOST_KEPT: Final = 20_000


@dataclass(frozen=True, kw_only=True)
class Impression:
    """A picture at one glance."""

    color: str
    """The color that most of what is visible has, as #rrggbb."""
    thumbhash: str
    """Base64."""
    blur: str
    """A PNG of a few pixels, as a data URL."""
    is_opaque: bool


class Impressions:
    """Impressions by the digest of what they are of, so that of each picture there is one look.

    With a folder they are kept from one process to the next: looking at a thousand pictures takes seconds. What
    cannot be read or written there is looked at again.
    """

    def __init__(self, folder: Path | None = None) -> None:
        self._folder = folder
        self._is_new = False

    @cached_property
    def _kept(self) -> dict[str, Any]:
        if self._folder is None:
            return {}
        with suppress(OSError, ValueError):
            found = json.loads((self._folder / _FILE).read_bytes())
            if isinstance(found, dict) and found.pop("version", None) == _VERSION:
                return found
        return {}

    def of(self, item: Item, read: Callable[[str], bytes]) -> Impression:
        """The impression of an asset, by the smallest of its files that is large enough. Raises PipelineError."""
        file = _smallest(item)
        with suppress(KeyError, TypeError):
            return Impression(**self._kept[file.digest])
        try:
            found = impression(read(file.path))
        except PipelineError as error:
            raise PipelineError(f"{file.path}: {error.message}", hint=error.hint) from error
        self._kept[file.digest] = asdict(found)
        self._is_new = True
        return found

    def save(self) -> None:
        """Keep what is new for the next process."""
        if self._folder is None or not self._is_new:
            return
        self._is_new = False
        latest = dict(list(self._kept.items())[-_MOST_KEPT:])
        with suppress(OSError):
            self._folder.mkdir(parents=True, exist_ok=True)
            write_atomic(self._folder / _FILE, json.dumps({"version": _VERSION, **latest}).encode())


def impression(picture: bytes) -> Impression:
    """The impression of a picture. Raises PipelineError where it is none."""
    from PIL import Image

    from pipeline.finish import png
    from pipeline.finish.decode import decoded

    image = decoded(picture, least=4 * _SIDE)
    is_opaque = image.mode == "RGB"
    # Small as it is seen: Pillow weighs the colours by their alpha only in this mode.
    small = image.convert("RGBA").convert("RGBa")
    small.thumbnail((_SIDE, _SIDE), Image.Resampling.BOX)
    seen = small.convert("RGBA")
    blur = small.copy()
    blur.thumbnail((_BLUR_SIDE, _BLUR_SIDE), Image.Resampling.BOX)
    tiny = blur.convert("RGBA") if not is_opaque else blur.convert("RGBA").convert("RGB")
    data = base64.b64encode(png.encoded(tiny, effort=9)).decode("ascii")
    return Impression(
        color=_color(seen),
        thumbhash=base64.b64encode(thumbhash.of_pixels(*seen.size, seen.tobytes())).decode("ascii"),
        blur=f"data:image/png;base64,{data}",
        is_opaque=is_opaque,
    )


def _smallest(item: Item) -> Built:
    readable = [file for file in item.files if file.format in _READABLE] or list(item.files)
    enough = [file for file in readable if max(file.width, file.height) >= _ENOUGH]
    return min(enough, key=lambda file: (file.width * file.height, file.path)) if enough else readable[0]


def _color(image: Image.Image) -> str:
    """Of the color that most visible pixels are near to, its mean; black where nothing is visible."""
    from PIL import Image

    raw = image.tobytes()
    visible = [raw[at : at + 3] for at in range(0, len(raw), 4) if raw[at + 3] >= _VISIBLE]
    if not visible:
        return "#000000"
    line = Image.frombytes("RGB", (len(visible), 1), b"".join(visible))
    places = line.quantize(_COLORS, Image.Quantize.MEDIANCUT).tobytes()
    most = max(set(places), key=lambda place: (places.count(place), -place))
    near = [pixel for pixel, place in zip(visible, places, strict=True) if place == most]
    return "#" + bytes(round(sum(channel) / len(near)) for channel in zip(*near, strict=True)).hex()
