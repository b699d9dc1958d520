"""The icons of a web site, its webmanifest, and the lines of HTML that name them.  [door: PIL]"""

from __future__ import annotations

import posixpath
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

from pipeline.bundle.catalog import Item
from pipeline.bundle.exports.facts import written
from pipeline.bundle.exports.html import tag
from pipeline.bundle.exports.material import Material
from pipeline.errors import PipelineError
from pipeline.spec.ids import below

if TYPE_CHECKING:
    from PIL import Image

_LARGEST: Final = 512
_ICO_SIZES: Final = [16, 32, 48]
_PNGS: Final = {"favicon-16x16.png": 16, "favicon-32x32.png": 32, "icon-192.png": 192, "icon-512.png": 512}
_READ: Final = ("png", "webp", "avif", "jpeg")
_SAFE: Final = 0.4
"""Of a maskable icon the radius, as a share of its side, within which systems cut nothing off."""
_VISIBLE: Final = 8
_LIKE_GROUND: Final = 12
_WHITE: Final = "#ffffff"


def write(material: Material) -> Mapping[str, bytes]:
    """Icons, webmanifest and HTML by their paths. Raises PipelineError."""
    from pipeline.finish.encode import encode
    from pipeline.finish.provenance import About

    [item] = material.items
    square = _square(_picture(item, material))
    ground = material.export.options["background_color"]
    about = None
    if material.export.options["provenance"] != "none":
        about = About(model=item.model, retouched=item.origin in ("adopted", "edited"), alt=item.alt)
    to = material.export.to

    def png(image: Image.Image) -> bytes:
        return encode(image, "png", {"effort": 9}, about=about)

    found = {below(to, name): png(_resized(square, side)) for name, side in _PNGS.items()}
    found[below(to, "favicon.ico")] = encode(square, "ico", {"sizes": _ICO_SIZES}, about=about)
    # An iPhone shows black where one is transparent.
    found[below(to, "apple-touch-icon.png")] = png(_on(ground or _WHITE, _resized(square, 180)))
    found[below(to, "icon-maskable-512.png")] = png(_maskable(square, ground))
    found[below(to, "site.webmanifest")] = _webmanifest(material)
    found[material.export.options["html"]] = _lines(material)
    return found


def _webmanifest(material: Material) -> bytes:
    """All is told from where the manifest is, so that it is right wherever the site is put."""
    options = material.export.options

    def icon(name: str, side: int, purpose: str) -> dict[str, str]:
        return {"src": name, "sizes": f"{side}x{side}", "type": "image/png", "purpose": purpose}

    start = (
        posixpath.relpath(f"/{options['root'] or ''}", f"/{material.export.to}") if options["root"] is not None else "."
    )
    value: dict[str, Any] = {
        **{key: options[key] for key in ("name", "short_name") if options[key] is not None},
        "start_url": f"{start}/",
        "display": options["display"],
        **{key: options[key] for key in ("theme_color", "background_color") if options[key] is not None},
        "icons": [
            icon("icon-192.png", 192, "any"),
            icon("icon-512.png", 512, "any"),
            icon("icon-maskable-512.png", 512, "maskable"),
        ],
    }
    return f"{written(value)}\n".encode()


def _lines(material: Material) -> bytes:
    options, path = material.export.options, material.export.options["html"]

    def url(name: str) -> str:
        return material.url(below(material.export.to, name), path)

    lines = [
        tag("link", rel="icon", href=url("favicon.ico"), sizes="16x16 32x32 48x48"),
        tag("link", rel="icon", type="image/png", sizes="32x32", href=url("favicon-32x32.png")),
        tag("link", rel="icon", type="image/png", sizes="16x16", href=url("favicon-16x16.png")),
        tag("link", rel="apple-touch-icon", sizes="180x180", href=url("apple-touch-icon.png")),
        tag("link", rel="manifest", href=url("site.webmanifest")),
    ]
    if options["theme_color"] is not None:
        lines.append(tag("meta", name_="theme-color", content=options["theme_color"]))
    return "".join(f"{line}\n" for line in lines).encode()


def _picture(item: Item, material: Material) -> Image.Image:
    """The largest of the asset's files. Raises PipelineError where even that is too small."""
    from pipeline.finish.decode import decoded

    known = [file for file in item.files if file.format in _READ] or list(item.files)
    file = max(known, key=lambda file: file.width * file.height)
    if max(file.width, file.height) < _LARGEST:
        message = f"icons need {_LARGEST} pixels, and {file.path} has {file.width} x {file.height}"
        raise PipelineError(message, hint=f"let `process` of `{item.id}` keep more, or give it a variant of 512")
    try:
        return decoded(material.read(file.path))
    except PipelineError as error:
        raise PipelineError(f"{file.path}: {error.message}", hint=error.hint) from error


def _square(image: Image.Image) -> Image.Image:
    """The picture in the middle of a transparent square."""
    from PIL import Image

    if image.width == image.height:
        return image.convert("RGBA")
    side = max(image.size)
    square = Image.new("RGBA", (side, side), (0, 0, 0, 0))
    square.paste(image.convert("RGBA"), ((side - image.width) // 2, (side - image.height) // 2))
    return square


def _resized(square: Image.Image, side: int) -> Image.Image:
    from PIL import Image

    return square if square.width == side else square.resize((side, side), Image.Resampling.LANCZOS, reducing_gap=3.0)


def _on(ground: str, image: Image.Image) -> Image.Image:
    from PIL import Image

    found = Image.new("RGBA", image.size, ground)
    found.alpha_composite(image)
    return found.convert("RGB")


def _maskable(square: Image.Image, ground: str | None) -> Image.Image:
    """On a ground without gaps, and so small that nothing visible is outside of what every system shows."""
    from PIL import Image

    image = _resized(square, _LARGEST)
    own = _own_ground(image)
    ground = own or ground or _WHITE
    reach = _reach(image, own)
    inner = max(1, min(_LARGEST, int(_LARGEST * _SAFE * _LARGEST / reach))) if reach else _LARGEST
    found = Image.new("RGBA", image.size, ground)
    found.alpha_composite(_resized(square, inner), ((_LARGEST - inner) // 2,) * 2)
    return found.convert("RGB")


def _own_ground(image: Image.Image) -> str | None:
    """The one color that an opaque picture has all along its border; None if it has no such."""
    if image.getchannel("A").getextrema() != (255, 255):
        return None
    colors = image.convert("RGB")
    side = image.width
    strips = [(0, 0, side, 1), (0, side - 1, side, side), (0, 0, 1, side), (side - 1, 0, side, side)]
    border = [colors.crop(box) for box in strips]
    means = []
    for channel in range(3):
        low = min(strip.getextrema()[channel][0] for strip in border)  # type: ignore[index]
        high = max(strip.getextrema()[channel][1] for strip in border)  # type: ignore[index]
        if high - low > _LIKE_GROUND:
            return None
        means.append((low + high) // 2)
    return "#" + bytes(means).hex()


def _reach(image: Image.Image, ground: str | None) -> float:
    """How far, in pixels, what is visible reaches from the middle."""
    from PIL import Image, ImageChops

    if ground is None:
        mask = image.getchannel("A").point(lambda value: 255 if value > _VISIBLE else 0)
    else:
        apart = ImageChops.difference(image.convert("RGB"), Image.new("RGB", image.size, ground))
        channels = apart.split()
        most = ImageChops.lighter(ImageChops.lighter(channels[0], channels[1]), channels[2])
        mask = most.point(lambda value: 255 if value > _LIKE_GROUND else 0)
    data, side = mask.tobytes(), image.width
    middle = side / 2
    farthest = 0.0
    for y in range(side):
        row = data[y * side : (y + 1) * side]
        left = row.find(b"\xff")
        if left >= 0:
            across = max(middle - left, row.rfind(b"\xff") + 1 - middle)
            down = max(middle - y, y + 1 - middle)
            farthest = max(farthest, (across**2 + down**2) ** 0.5)
    return farthest
