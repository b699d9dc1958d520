"""The manifest: what there is, as JSON (docs/manifest.schema.json)."""

from __future__ import annotations

from collections.abc import Mapping

from pipeline.bundle.exports.facts import facts_of, sheets_of, written
from pipeline.bundle.exports.material import Material

FORMAT = 1
"""The number of the manifest's own format, told in it."""


def write(material: Material) -> Mapping[str, bytes]:
    """The manifest by its path. Raises PipelineError."""
    has_prompts = material.export.options["prompts"]
    assets = {
        item.id: {
            **facts_of(item, material),
            "tags": list(item.tags),
            "origin": item.origin,
            **({"prompt": item.prompt} if has_prompts and item.prompt else {}),
        }
        for item in material.items
    }
    value = {"version": FORMAT, "assets": assets, "sheets": sheets_of(material)}
    return {material.export.to: f"{written(value)}\n".encode()}
