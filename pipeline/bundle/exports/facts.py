"""What manifests say of an asset, as plain JSON values: the same in JSON and in TypeScript."""

from __future__ import annotations

import json
from typing import Any

from pipeline.bundle.catalog import Item
from pipeline.bundle.exports.material import Material
from pipeline.bundle.exports.sources import SHOWN, Source, offer_of


def facts_of(item: Item, material: Material) -> dict[str, Any]:
    """All that is told of an asset. Raises PipelineError."""
    main, impression = item.files[0], material.impression(item)
    files = [
        {
            "src": material.file_url(item, file),
            "type": file.type,
            "width": file.width,
            "height": file.height,
            "bytes": file.size,
            **({"variant": file.variant} if file.variant else {}),
        }
        for file in item.files
    ]
    is_shown = any(file.format in SHOWN for file in item.files)
    return {
        "src": files[0]["src"],
        "type": main.type,
        "width": main.width,
        "height": main.height,
        "alt": item.alt,
        "color": impression.color,
        "thumbhash": impression.thumbhash,
        "sources": [_source(source, item, material) for source in offer_of(item).sources] if is_shown else [],
        "files": files,
    }


def sheets_of(material: Material) -> dict[str, Any]:
    """The sheets by their names, as far as they are served."""
    found: dict[str, Any] = {}
    for name, sheet in sorted(material.sheets.items()):
        groups = {"images": sheet.images, "data": sheet.data}
        if all(material.is_served(path) for group in groups.values() for paths in group.values() for path in paths):
            found[name] = {
                key: {kind: [material.url(path) for path in paths] for kind, paths in sorted(group.items())}
                for key, group in groups.items()
            }
    return found


def srcset(source: Source, item: Item, material: Material, by: str = "") -> str:
    """The files of one type as HTML's `srcset` has them."""
    return ", ".join(
        f"{material.file_url(item, one.file, by)} {one.descriptor}".strip() for one in source.candidates
    )  # fmt: skip


def written(value: Any) -> str:
    """JSON that may stand in a script of a page, too: nothing in it ends one."""
    text = json.dumps(value, ensure_ascii=False, indent=2)
    return text.replace("<", "\\u003c").replace("\u2028", "\\u2028").replace("\u2029", "\\u2029")


def _source(source: Source, item: Item, material: Material) -> dict[str, str]:
    return {"type": source.type, "srcset": srcset(source, item, material)}
