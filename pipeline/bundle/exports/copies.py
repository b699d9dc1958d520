"""Copies of built files under names with a hash of what is in them, so that browsers can keep them for ever."""

from __future__ import annotations

from collections.abc import Mapping

from pipeline.bundle.catalog import Copies
from pipeline.bundle.exports.material import Material, copy_path
from pipeline.errors import PipelineError
from pipeline.spec.ids import folded


def write(material: Material) -> Mapping[str, bytes]:
    """The copies by their paths, byte for byte. Raises PipelineError."""
    found: dict[str, str] = {}
    seen: dict[str, tuple[str, str]] = {}
    for item in material.items:
        for file in item.files:
            path = copy_path(material.export, item, file, material.templates)
            other, digest = seen.setdefault(folded(path), (file.path, file.digest))
            if digest != file.digest:
                message = f"{other} and {file.path} would have one copy: {path}"
                raise PipelineError(message, hint="`{{ hash }}` in its `name` keeps them apart")
            found.setdefault(path, file.path)
    return Copies(found, material.read)
