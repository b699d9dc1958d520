"""A style sheet: a class for each asset."""

from __future__ import annotations

import re
from collections.abc import Mapping

from pipeline.bundle.catalog import Item
from pipeline.bundle.exports.material import Material, unique
from pipeline.bundle.exports.sources import Offer, offer_of


def write(material: Material) -> Mapping[str, bytes]:
    """The style sheet by its path. Raises PipelineError."""
    taken: dict[str, str] = {}
    rules = []
    for item in material.items:
        name = class_name(material.named("class", item))
        unique(material.export, taken, name, item, "class")
        rules.append(_rule(name, item, material))
    return {material.export.to: "\n".join(rules).encode()}


def class_name(text: str) -> str:
    """A text as the name of a class, for HTML and CSS without escapes: all else than letters and digits is `-`."""
    name = re.sub(r"[^A-Za-z0-9_-]+", "-", text).strip("-") or "asset"
    return f"_{name}" if name[0].isdigit() else name


def quoted(text: str) -> str:
    """A text as a string of CSS, also inside of a `<style>`."""
    return '"' + re.sub(r'[\x00-\x1f"\\<>\x7f]', lambda found: f"\\{ord(found[0]):x} ", text) + '"'


def _rule(name: str, item: Item, material: Material) -> str:
    offer, impression = offer_of(item), material.impression(item)
    lines = [
        f"--asset-width: {offer.width}px;",
        f"--asset-height: {offer.height}px;",
        f"--asset-color: {impression.color};",
        f"aspect-ratio: {offer.width} / {offer.height};",
        # Of what can be seen through the ground is the page's.
        *([f"background-color: {impression.color};"] if impression.is_opaque else []),
        f"background-image: url({quoted(material.file_url(item, offer.main))});",
        *_image_set(offer, item, material),
        "background-position: center;",
        "background-repeat: no-repeat;",
        "background-size: cover;",
    ]
    return f".{name} {{\n" + "".join(f"  {line}\n" for line in lines) + "}\n"


def _image_set(offer: Offer, item: Item, material: Material) -> list[str]:
    """The types and scales to choose from; by width a style sheet cannot choose, so it has the widest."""
    if len(offer.sources) == 1 and (len(offer.sources[0].candidates) == 1 or offer.is_by_width):
        return []
    choices = []
    for source in offer.sources:
        for one in source.candidates[-1:] if offer.is_by_width else source.candidates:
            scale = one.descriptor if one.descriptor.endswith("x") else "1x"
            url = quoted(material.file_url(item, one.file))
            choices.append(f"url({url}) type({quoted(source.type)}) {scale}")
    return ["background-image: image-set(\n    " + ",\n    ".join(choices) + "\n  );"]
