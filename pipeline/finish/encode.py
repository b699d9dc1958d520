"""From pixels to the bytes of a file: png, jpeg, webp, avif, ico, icns, each with its mark and what it says of itself.

What the options are, and what they are where nobody says anything, is in `spec/encoding.py`. The same pixels, options
and libraries give the same bytes, on any number of cores.  [door: PIL]
"""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Final

from pipeline import marks
from pipeline.errors import PipelineError
from pipeline.finish import icons, png, provenance
from pipeline.finish.decode import in_srgb
from pipeline.finish.provenance import About
from pipeline.spec import encoding

if TYPE_CHECKING:
    from PIL import Image

_AVIF_THREADS: Final = 4
"""However many cores there are. From two on, the encoder gives the same bytes for any number; alone it gives others."""

_LOSSLESS: Final = ((0, 0), (1, 20), (2, 25), (3, 30), (3, 50), (4, 50), (4, 75), (4, 90), (5, 90), (6, 100))
"""By effort, the two numbers of libwebp that say how long to look for a smaller file: its own ten presets."""


def encode(
    image: Image.Image,
    format: str,
    options: Mapping[str, Any],
    *,
    icc: bytes | None = None,
    about: About | None = None,
    kind: str = "derived",
) -> bytes:
    """The file of a picture, in sRGB, without a profile and with a mark of that kind.

    `options` are those of `spec/encoding.py`; what the format does not know has no say, what is not there has its
    default. `icc` is the profile that the colours of `image` are in, none for sRGB. `about` goes into the file as XMP;
    without it nothing does. The image is left alone and may be encoded by other threads at the same time. Raises
    PipelineError where the format cannot hold the picture.
    """
    chosen = encoding.complete(format, options)
    if 0 in image.size:
        raise PipelineError("the picture has no pixels")
    if refused := encoding.too_large(format, *image.size, chosen.get("sizes")):
        raise PipelineError(refused[0], hint=refused[1])
    packet = provenance.packet(about) if about is not None else b""
    # A copy of our own in any case: Pillow keeps a save's options on the image, where another thread's save finds them.
    own = in_srgb(image, icc)
    try:
        data = _WRITERS[format](own, chosen, packet)
    except (OSError, ValueError) as error:
        raise PipelineError(f"the picture cannot be written as {format}: {error}") from error
    return marks.stamp(data, kind)


def _png(image: Image.Image, options: Mapping[str, Any], xmp: bytes) -> bytes:
    return png.encoded(image, effort=options["effort"], xmp=xmp)


def _jpeg(image: Image.Image, options: Mapping[str, Any], xmp: bytes) -> bytes:
    return _saved(
        _on_white(image),
        "JPEG",
        xmp,
        quality=options["quality"],
        subsampling="4:4:4",  # at half the colours, red on dark ground frays
        progressive=True,
        optimize=True,
    )


def _webp(image: Image.Image, options: Mapping[str, Any], xmp: bytes) -> bytes:
    if options["lossless"]:
        method, quality = _LOSSLESS[options["effort"]]
        # `exact`: the colours of what cannot be seen stay too; where pixels are blended, engines look at them.
        return _saved(image, "WEBP", xmp, lossless=True, method=method, quality=quality, exact=True)
    return _saved(
        image,
        "WEBP",
        xmp,
        quality=options["quality"],
        alpha_quality=options["alpha_quality"],
        method=options["effort"] * 2 // 3,
    )


def _avif(image: Image.Image, options: Mapping[str, Any], xmp: bytes) -> bytes:
    from PIL import features

    if not features.check("avif"):
        raise PipelineError("this Pillow was built without AVIF", hint="install the one from PyPI, or take webp")
    return _saved(
        image,
        "AVIF",
        xmp,
        quality=options["quality"],
        speed=10 - options["effort"],
        # Always: flat art gains 8 dB in its colours, and a painting of the same quality grows by a twentieth.
        subsampling="4:4:4",
        max_threads=_AVIF_THREADS,
    )


def _ico(image: Image.Image, options: Mapping[str, Any], xmp: bytes) -> bytes:
    return icons.ico(image, _sizes("ico", image, options), effort=options["effort"], xmp=xmp)


def _icns(image: Image.Image, options: Mapping[str, Any], xmp: bytes) -> bytes:
    return icons.icns(image, _sizes("icns", image, options), effort=options["effort"], xmp=xmp)


_WRITERS: Final[Mapping[str, Callable[[Image.Image, Mapping[str, Any], bytes], bytes]]] = {
    "png": _png,
    "jpeg": _jpeg,
    "webp": _webp,
    "avif": _avif,
    "ico": _ico,
    "icns": _icns,
}


def _sizes(format: str, image: Image.Image, options: Mapping[str, Any]) -> list[int]:
    """Those that were stated, else all that the picture is large enough for; of an ico at least its own size."""
    if stated := options.get("sizes"):
        return list(stated)
    known, longest = encoding.FORMATS[format].defaults["sizes"], max(image.size)
    sizes = [size for size in known if size <= longest]
    if not sizes and format == "icns":
        message = f"the smallest picture in an icns has 16 x 16 pixels, and this one {image.width} x {image.height}"
        raise PipelineError(message, hint="make it larger first, or take png")
    return sizes or [longest]


def _saved(image: Image.Image, format: str, xmp: bytes, **options: Any) -> bytes:
    file = io.BytesIO()
    image.save(file, format, **options, **({"xmp": xmp} if xmp else {}))
    return file.getvalue()


def _on_white(image: Image.Image) -> Image.Image:
    from PIL import Image

    if image.mode == "RGB":
        return image
    ground = Image.new("RGB", image.size, "white")
    ground.paste(image, mask=image.getchannel("A"))
    return ground
