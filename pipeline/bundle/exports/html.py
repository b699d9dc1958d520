"""Snippets of HTML: a `<picture>` for each asset, or an `<img>` where there is nothing to choose from."""

from __future__ import annotations

import re
from collections.abc import Mapping
from html import escape

from pipeline.bundle.catalog import Item
from pipeline.bundle.exports.facts import srcset
from pipeline.bundle.exports.material import Material
from pipeline.bundle.exports.sources import Offer, offer_of
from pipeline.spec.ids import below


def write(material: Material) -> Mapping[str, bytes]:
    """The snippets by their paths: `ID.html` in the folder. Raises PipelineError."""
    found = {}
    for item in material.items:
        path = below(material.export.to, f"{item.id}.html")
        found[path] = _snippet(item, material, path).encode()
    return found


def tag(name: str, **values: str) -> str:
    """A tag with its attributes, in their order; a `_` at the end of a name is left out."""
    # A line break in an attribute is a blank to whoever hears an alt text.
    flat = {key.rstrip("_"): re.sub(r"[\x00-\x1f]+", " ", value) for key, value in values.items()}
    told = (f' {key}="{escape(value)}"' for key, value in flat.items())
    return f"<{name}{''.join(told)}>"


def _snippet(item: Item, material: Material, path: str) -> str:
    offer, options = offer_of(item), material.export.options
    sizes = {"sizes": options["sizes"]} if offer.is_by_width else {}
    own = next(source for source in offer.sources if source.format == offer.main.format)
    others = [source for source in offer.sources if source is not own]
    choice = {"srcset": srcset(own, item, material, path), **sizes} if len(own.candidates) > 1 else {}
    image = tag(
        "img",
        src=material.file_url(item, offer.main, path),
        **choice,
        width=str(offer.width),
        height=str(offer.height),
        alt=item.alt,
        loading=options["loading"],
        decoding="async",
        **_placeholder(item, offer, material),
    )
    if not others:
        return f"{image}\n"
    sources = [
        tag("source", type=source.type, srcset=srcset(source, item, material, path), **sizes) for source in others
    ]  # fmt: skip
    return "\n".join(["<picture>", *(f"  {line}" for line in (*sources, image)), "</picture>", ""])


def _placeholder(item: Item, offer: Offer, material: Material) -> dict[str, str]:
    """What stands there until the picture does; nothing behind one that can be seen through, where it would stay."""
    kind = material.export.options["placeholder"]
    if kind == "none":
        return {}
    impression = material.impression(item)
    if not impression.is_opaque:
        return {}
    if kind == "color":
        return {"style": f"background-color: {impression.color}"}
    return {"style": f"background: {impression.color} url({impression.blur}) center / cover no-repeat"}
