"""From bytes to pixels, whatever the bytes are: upright, in sRGB, eight bits a channel.  [door: PIL]

Colours are converted, and the profile is dropped. Key colours, palettes and grounds in a spec are sRGB numbers, game
engines and icons do not know profiles, and a browser takes a picture without one for sRGB: so what is numbered alike
looks alike. The models draw in sRGB, so this touches only what people bring along.
"""

from __future__ import annotations

import io
import struct
import warnings
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, Final

from pipeline import marks
from pipeline.errors import PipelineError

if TYPE_CHECKING:
    from PIL import Image

MAX_PIXELS = 200_000_000
"""More than any model draws (12288 x 1536); a picture that claims more is a trap."""

_FORMATS: Final = ("PNG", "JPEG", "WEBP", "AVIF", "GIF", "ICO", "ICNS")
"""That Pillow is let near: it knows some fifty, and each is code that strangers' bytes would reach."""

_DAMAGED: Final = (OSError, ValueError, SyntaxError, LookupError, EOFError, RuntimeError, struct.error)
"""What Pillow raises over bytes that are not what they promised."""


@dataclass(frozen=True, kw_only=True)
class Measured:
    """A picture's media type by its magic bytes, and its size in pixels."""

    type: str
    width: int
    height: int


def measure(picture: bytes) -> Measured:
    """Type and size of a picture. Raises PipelineError where it is none, or claims more than MAX_PIXELS."""
    type = _type(picture)
    with _opened(picture) as image:
        return Measured(type=type, width=image.width, height=image.height)


def measure_file(path: Path) -> Measured:
    """The same of a file, of which no more than its head is read. Raises PipelineError, OSError."""
    with path.open("rb") as file:
        type = _type(file.read(marks.HEAD_BYTES))
        file.seek(0)
        with _opened(file) as image:
            return Measured(type=type, width=image.width, height=image.height)


def decoded(picture: bytes, *, least: int = 0) -> Image.Image:
    """The picture as RGB, or as RGBA where something in it can be seen through.

    Upright by its orientation tag, in sRGB, with nothing in its `info`; of several frames the first. With `least` it
    may come smaller, with sides of no fewer pixels than that, where this is quicker. Raises PipelineError where it is
    no picture, is damaged, or claims more than MAX_PIXELS.
    """
    _type(picture)
    with _opened(picture) as image:
        try:
            if least:
                image.draft("RGB", (least, least))
            image.load()
        except _DAMAGED as error:
            raise PipelineError(f"the picture cannot be read: {_plain(error)}") from error
        icc = image.info.get("icc_profile")
        _turn_upright(image)
        return _srgb(image, icc)


def in_srgb(image: Image.Image, icc: bytes | None = None) -> Image.Image:
    """A copy as RGB, or as RGBA where something can be seen through, in sRGB and with nothing in its `info`.

    `icc` is the profile that the colours are in: none is sRGB, and so is one that is damaged or of another kind of
    picture, as browsers have it.
    """
    return _srgb(image.copy() if image.mode == "RGB" else image, icc)


def _srgb(image: Image.Image, icc: bytes | None) -> Image.Image:
    """As `in_srgb`, but of one that nobody else has: it may be what is given. A copy of a picture of 4K is 70 MB."""
    has_alpha = image.has_transparency_data
    alpha = image.convert("RGBA").getchannel("A") if has_alpha else None
    if alpha is not None and alpha.getextrema() == (255, 255):
        alpha = None
    colours = _converted(image, icc) if icc else None
    if colours is None:
        colours = _eight_bit(image).convert("RGB") if image.mode != "RGB" else image
    if alpha is not None:
        colours.putalpha(alpha)
    colours.info = {}
    return colours


def _type(picture: bytes) -> str:
    if picture.startswith(marks.LFS_POINTER):
        raise PipelineError("it is a Git LFS pointer, not a picture", hint="run `git lfs pull`")
    type = marks.sniff(picture)
    if type is None:
        raise PipelineError("it is not a picture of a known type", hint="PNG, JPEG, WebP, AVIF and GIF are known")
    if type in ("image/heic", "image/heif"):
        raise PipelineError("HEIC pictures cannot be read here", hint="export it as PNG or JPEG")
    return type


def _opened(picture: bytes | BinaryIO) -> Image.Image:
    """The picture with its header read. Raises PipelineError."""
    from PIL import Image

    # Pillow's own limit would come before ours, and what it warns of would be a line on the terminal.
    Image.MAX_IMAGE_PIXELS = MAX_PIXELS
    warnings.filterwarnings("ignore", module=r"PIL\.")
    try:
        file = io.BytesIO(picture) if isinstance(picture, bytes) else picture
        image = Image.open(file, formats=_FORMATS)
    except Image.DecompressionBombError as error:
        raise PipelineError(f"the picture has too many pixels; {MAX_PIXELS:,} are the limit") from error
    except _DAMAGED as error:
        raise PipelineError(f"the picture cannot be read: {_plain(error)}") from error
    width, height = image.size
    if width * height > MAX_PIXELS:
        image.close()
        raise PipelineError(f"the picture has {width} x {height} pixels; {MAX_PIXELS:,} are the limit")
    return image


def _plain(error: Exception) -> str:
    """Without the address of an object in memory, which Pillow names where it knows no file."""
    from PIL import UnidentifiedImageError

    return "it is damaged, or not what its first bytes say" if isinstance(error, UnidentifiedImageError) else str(error)


def _turn_upright(image: Image.Image) -> None:
    from PIL import ImageOps

    # An orientation that cannot be read is none.
    with suppress(OSError, ValueError, SyntaxError, KeyError, TypeError, struct.error):
        ImageOps.exif_transpose(image, in_place=True)
        image.getexif().clear()


def _eight_bit(image: Image.Image) -> Image.Image:
    """Of a picture with more than eight bits a channel, the upper eight; Pillow by itself would cut off the light."""
    if not image.mode.startswith("I"):
        return image
    return image.convert("I").point([(value * 255 + 32767) // 65535 for value in range(65536)], "L")


def _converted(image: Image.Image, icc: bytes) -> Image.Image | None:
    """The colours in sRGB; None where they are already, or the profile is of no use."""
    from PIL import ImageCms

    try:
        profile = ImageCms.ImageCmsProfile(io.BytesIO(icc))
        if "srgb" in ImageCms.getProfileDescription(profile).casefold():
            return None
        kind = {"GRAY": "L", "CMYK": "CMYK", "RGB ": "RGB"}[profile.profile.xcolor_space]
        if (kind == "CMYK") != (image.mode == "CMYK") or (kind == "L" and image.mode in ("RGB", "RGBA", "P")):
            return None
        return ImageCms.profileToProfile(
            _eight_bit(image).convert(kind),
            profile,
            ImageCms.createProfile("sRGB"),
            renderingIntent=ImageCms.Intent.RELATIVE_COLORIMETRIC,
            outputMode="RGB",
            flags=ImageCms.Flags.BLACKPOINTCOMPENSATION,
        )
    except (ImageCms.PyCMSError, OSError, ValueError, TypeError, KeyError):
        return None
