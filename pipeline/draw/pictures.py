"""The one place of this room that decodes pictures that came from elsewhere.  [door: PIL]"""

from __future__ import annotations

import io
import warnings
from pathlib import Path
from typing import TYPE_CHECKING

from pipeline.draw import jpeg

if TYPE_CHECKING:
    from PIL import Image

MOST_PIXELS = 179_000_000
"""More than any model draws (18.9 million) or a camera takes; a bomb has 10^9 and more."""

_FORMATS = ("JPEG", "PNG", "WEBP", "GIF", "AVIF")


class Unreadable(ValueError):
    """No picture, a broken one or one with too many pixels; says which."""


def opened(picture: bytes | Path) -> Image.Image:
    """A picture in memory or in a file, its size known and its pixels not decoded yet. Raises Unreadable."""
    from PIL import Image, UnidentifiedImageError

    # Our own limit is looked at below, before a pixel is decoded; Pillow's first one is only a warning.
    warnings.filterwarnings("ignore", category=Image.DecompressionBombWarning)
    try:
        image = Image.open(io.BytesIO(picture) if isinstance(picture, bytes) else picture, formats=_FORMATS)
    except UnidentifiedImageError:
        raise Unreadable("it is no picture that can be read") from None
    except (Image.DecompressionBombError, OSError, ValueError, SyntaxError, EOFError, RuntimeError) as error:
        raise Unreadable(f"it cannot be read: {error}") from None
    width, height = image.size
    if width * height > MOST_PIXELS:
        image.close()
        raise Unreadable(f"it has {width}x{height} pixels, more than the {MOST_PIXELS:,} that are decoded")
    return image


def decode(image: Image.Image) -> None:
    """Decode every pixel. Raises Unreadable when the data is cut off or damaged."""
    import struct

    try:
        image.load()
    except (OSError, ValueError, SyntaxError, EOFError, IndexError, RuntimeError, struct.error) as error:
        raise Unreadable(f"it is damaged: {error}") from None


def measured(picture: bytes | Path) -> tuple[int, int]:
    """Width and height of a picture whose data is whole. Raises Unreadable."""
    with opened(picture) as image:
        size = image.size
        sample = _sample(picture) if image.format == "JPEG" else None
        if sample is None:
            _try(image)
        else:
            with opened(sample) as beginning:
                _try(beginning)
        return size


def _try(image: Image.Image) -> None:
    # A JPEG is read to its end all the same, but into an eighth of its sides: 4K takes 1 MB and not 50.
    image.draft(image.mode, (1, 1))
    decode(image)


def _sample(picture: bytes | Path) -> bytes | None:
    """What needs decoding of a JPEG, if its end can be told without."""
    try:
        return jpeg.sample(picture if isinstance(picture, bytes) else picture.read_bytes())
    except OSError:
        return None  # whoever decodes it says why
