"""A pack file for Phaser 3: `this.load.pack('assets', 'pack.json')` loads all that it lists.

Phaser looks for files from where the page is. So paths are told from `root` without a slash before them, or beside the
pack file.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from pipeline.bundle.catalog import Item, SheetFiles
from pipeline.bundle.exports.material import Material, unique
from pipeline.bundle.exports.sources import shown_of
from pipeline.errors import PipelineError


def write(material: Material) -> Mapping[str, bytes]:
    """The pack file by its path. Raises PipelineError."""
    sheets = {name: sheet for name, sheet in sorted(material.sheets.items()) if _is_for_phaser(sheet, material)}
    taken = {name: f"sheet {name}" for name in sheets}
    files = [entry for name, sheet in sheets.items() for entry in _sheet(name, sheet, material)]
    for item in material.items:
        if not any(sheet.has(item) for sheet in sheets.values()):
            files.append(_image(item, material, taken))
    value = {material.export.options["section"]: {"files": files}, "meta": {"app": "asset-pipeline", "version": "1.0"}}
    return {material.export.to: (json.dumps(value, ensure_ascii=False, indent=2) + "\n").encode()}


def _image(item: Item, material: Material, taken: dict[str, str]) -> dict[str, Any]:
    key = material.named("key", item)
    if not key:
        raise PipelineError(f"the key of `{item.id}` is empty")
    unique(material.export, taken, key, item, "key")
    # What a browser shows: Phaser decodes nothing itself.
    return {"type": "image", "key": key, "url": material.file_url(item, shown_of(item)[0])}


def _is_for_phaser(sheet: SheetFiles, material: Material) -> bool:
    paths = [path for group in (sheet.images, sheet.data) for kind in group.values() for path in kind]
    return bool(sheet.data.get("phaser")) and all(map(material.is_served, paths))


def _sheet(name: str, sheet: SheetFiles, material: Material) -> list[dict[str, Any]]:
    [atlas] = sheet.data["phaser"]
    images = next(iter(sheet.images.values()))
    if len(images) == 1:
        urls = {"textureURL": material.url(images[0]), "atlasURL": material.url(atlas)}
        found = [{"type": "atlas", "key": name, **urls}]
    else:
        folder = material.url(images[0]).rpartition("/")[0]
        found = [{"type": "multiatlas", "key": name, "url": material.url(atlas), "path": folder}]
    moves = sheet.data.get("phaser animations", ())
    return [*found, *({"type": "animation", "key": f"{name} animations", "url": material.url(path)} for path in moves)]
