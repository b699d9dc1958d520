"""From a picture to a file: free, deterministic, and the same key for the same work."""

from __future__ import annotations

import io
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from pipeline import marks
from pipeline.errors import PipelineError
from pipeline.finish.decode import measure
from pipeline.words import Derivation

if TYPE_CHECKING:
    from PIL import Image

_SAVE_OPTIONS: Mapping[str, Mapping[str, Any]] = {
    "png": {},
    "jpeg": {"quality": 92, "subsampling": 0},
    "webp": {"quality": 90},
}


def is_copy(derivation: Derivation) -> bool:
    """Whether the file is the picture, byte for byte."""
    return derivation.name in ("take", "adopted")


def derive(derivation: Derivation, picture: bytes) -> bytes:
    """Make the bytes of a file from those of its picture. Raises PipelineError where the picture cannot be read.

    What is encoded anew carries a mark that the tool made it.
    """
    if is_copy(derivation):
        return picture
    assert derivation.name == "encode"
    return marks.stamp(_encode(picture, str(derivation.params["format"])), "derived")


def _encode(picture: bytes, format: str) -> bytes:
    from PIL import Image

    measure(picture)
    try:
        with Image.open(io.BytesIO(picture)) as image:
            image.load()
            profile = image.info.get("icc_profile")
            shown = _in_mode(image, format)
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
        raise PipelineError(f"the picture cannot be read: {error}") from error
    file = io.BytesIO()
    shown.save(file, format=format.upper(), icc_profile=profile, **_SAVE_OPTIONS[format])
    return file.getvalue()


def _in_mode(image: Image.Image, format: str) -> Image.Image:
    """The picture in a mode that the format can hold; what is transparent becomes white in a JPEG."""
    from PIL import Image

    transparent = image.has_transparency_data
    if format != "jpeg":
        return image.convert("RGBA" if transparent else "RGB")
    if not transparent:
        return image.convert("RGB")
    ground = Image.new("RGB", image.size, "white")
    ground.paste(image.convert("RGB"), mask=image.convert("RGBA").getchannel("A"))
    return ground
