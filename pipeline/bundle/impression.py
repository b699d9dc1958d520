"""What a page shows of a picture before it is there: its color, a ThumbHash, a few pixels.  [door: PIL]"""

from __future__ import annotations

import base64
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from pipeline.bundle import thumbhash
from pipeline.bundle.catalog import Built, Item
from pipeline.errors import PipelineError

if TYPE_CHECKING:
    from PIL import Image

_SIDE: Final = 64
"""Of the picture that is looked at, in pixels."""
_BLUR_SIDE: Final = 12
_READABLE: Final = frozenset({"png", "jpeg", "webp", "avif"})
_COLORS: Final = 8
_VISIBLE: Final = 128

_MOST_KEPT: Final = 20_000
_kept: OrderedDict[str, Impression] = OrderedDict()
"""By the digest of the file, so it is right for ever: of several exports the first one looks."""


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


def impression_of(item: Item, read: Callable[[str], bytes]) -> Impression:
    """The impression of an asset, by the smallest of its files that is large enough. Raises PipelineError."""
    file = _smallest(item)
    if (found := _kept.get(file.digest)) is None:
        try:
            found = _kept[file.digest] = impression(read(file.path))
        except PipelineError as error:
            raise PipelineError(f"{file.path}: {error.message}", hint=error.hint) from error
        if len(_kept) > _MOST_KEPT:
            _kept.popitem(last=False)
    return found


def impression(picture: bytes) -> Impression:
    """The impression of a picture. Raises PipelineError where it is none."""
    from PIL import Image

    from pipeline.finish import png
    from pipeline.finish.decode import decoded

    image = decoded(picture, least=2 * _SIDE)
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
    enough = [file for file in readable if max(file.width, file.height) >= _SIDE]
    return min(enough, key=lambda file: (file.width * file.height, file.path)) if enough else readable[0]


def _color(image: Image.Image) -> str:
    """Of the color that most visible pixels are near to, its mean; black where nothing is visible."""
    from PIL import Image

    raw = image.tobytes()
    visible = [raw[at : at + 3] for at in range(0, len(raw), 4) if raw[at + 3] >= _VISIBLE]
    if not visible:
        return "#000000"
    line = Image.frombytes("RGB", (len(visible), 1), b"".join(visible))
    places = line.quantize(_COLORS, Image.Quantize.MEDIANCUT, kmeans=3).tobytes()
    most = max(set(places), key=lambda place: (places.count(place), -place))
    near = [pixel for pixel, place in zip(visible, places, strict=True) if place == most]
    return "#" + bytes(round(sum(channel) / len(near)) for channel in zip(*near, strict=True)).hex()
