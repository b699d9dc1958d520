"""A contact sheet: a page of Markdown that shows all pictures, as GitHub and editors display it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from html import escape
from itertools import groupby

from pipeline.bundle.catalog import Item
from pipeline.bundle.exports.html import tag
from pipeline.bundle.exports.material import Material
from pipeline.bundle.exports.sources import SHOWN


def write(material: Material) -> Mapping[str, bytes]:
    """The page by its path. Raises PipelineError."""
    parts = ["# Assets\n"]
    for folder, items in groupby(material.items, key=lambda item: item.id.rpartition("/")[0]):
        if folder:
            parts.append(f"## {folder}\n")
        rows = [_row(item, material) for item in items]
        parts.append("\n".join(["| picture | asset | file |", "|---|---|---|", *rows, ""]))
    return {material.export.to: "\n".join(parts).encode()}


def plain(text: str) -> str:
    """A text inside a cell of a table: on one line, and with nothing that Markdown or HTML would read."""
    one_line = re.sub(r"\s*[\r\n]+\s*", "<br>", escape(text, quote=False).strip())
    return re.sub(r"([\\`*_{}\[\]()#+!|~$:@-])", lambda found: f"&#{ord(found[0])};", one_line)


def _row(item: Item, material: Material) -> str:
    file = next((file for file in item.files if file.format in SHOWN), None)
    width = material.export.options["width"]
    if file is not None:
        side = {"width": str(min(width, file.width))}
        # An entity, as a bar would end the cell.
        picture = tag("img", src=material.file_url(item, file), **side, alt=item.alt).replace("|", "&#124;")
    else:
        picture = ""
    main = item.files[0]
    what = [f"`{item.id}`", *([plain(item.alt)] if item.alt else [])]
    if item.origin == "placeholder":
        what.append("(a placeholder)")
    if material.export.options["prompts"] and item.prompt:
        what.append(f"<details><summary>prompt</summary>{plain(item.prompt)}</details>")
    facts = [
        f"{main.width} x {main.height}",
        main.format,
        *([f"and {len(item.files) - 1} more"] * (len(item.files) > 1)),
    ]
    return f"| {picture} | {'<br>'.join(what)} | {', '.join(facts)} |"
