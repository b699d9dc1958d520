"""Pictures on their way into a request: shrunk to the limit, in a type that the API takes."""

from __future__ import annotations

import io

from pipeline import marks
from pipeline.draw import pictures
from pipeline.draw.port import Picture
from pipeline.errors import DrawError

_SENT_AS_THEY_ARE = ("image/png", "image/jpeg", "image/webp", "image/heic", "image/heif")
_JPEG_QUALITY = 95


def prepare(data: bytes, limit_px: int) -> Picture:
    """A reference as it is attached: untouched if no side is over `limit_px`, else shrunk to it.

    Raises DrawError for what is no picture, a broken one, one of absurd size, or the pointer that Git LFS left.
    """
    if data.startswith(marks.LFS_POINTER):
        raise DrawError("a reference is a Git LFS pointer, not the picture itself", hint="run `git lfs pull`")
    type = marks.sniff(data)
    if type is None:
        raise DrawError("a reference is no picture", hint="png, jpeg, webp, gif, heic, heif and avif can be attached")
    if type in ("image/heic", "image/heif"):
        return Picture(data=data, type=type)  # Pillow cannot read them, the API can
    try:
        return _fitted(data, type, limit_px)
    except pictures.Unreadable as error:
        raise DrawError(f"a reference cannot be attached: {error}") from None


def _fitted(data: bytes, type: str, limit_px: int) -> Picture:
    from PIL import Image, ImageOps

    with pictures.opened(data) as image:
        if max(image.size) <= limit_px and type in _SENT_AS_THEY_ARE:
            return Picture(data=data, type=type)
        # A JPEG is decoded at a half, a quarter or an eighth where that is still large enough: much faster.
        image.draft("RGB", (limit_px, limit_px))
        pictures.decode(image)
        upright = ImageOps.exif_transpose(image)
        alpha = upright.has_transparency_data
        small = upright.convert("RGBA" if alpha else "RGB")
        small.thumbnail((limit_px, limit_px), Image.Resampling.LANCZOS)
    out = io.BytesIO()
    if type == "image/jpeg":
        small.save(out, "JPEG", quality=_JPEG_QUALITY, subsampling=0)
        return Picture(data=out.getvalue(), type="image/jpeg")
    small.save(out, "PNG", compress_level=6)
    return Picture(data=out.getvalue(), type="image/png")
