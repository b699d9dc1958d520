"""Plain JSON of our own: everything that is known of a sheet.

docs/sheets.md describes it, and whoever reads it relies on that: where it changes, its version does.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any, Final

from pipeline.bundle.engines.texts import file_name, json_text
from pipeline.bundle.layout import Frame, Layout
from pipeline.spec.sheets import Sheet

VERSION: Final = 1


def written(sheet: Sheet, layout: Layout) -> Mapping[str, str]:
    return {sheet.data_of_all("json"): json_text(described(sheet, layout))}


def described(sheet: Sheet, layout: Layout) -> dict[str, Any]:
    """The sheet as plain values; templates of a project's own get the same."""
    found: dict[str, Any] = {
        "version": VERSION,
        "name": sheet.name,
        "scale": sheet.scale,
        "pages": [
            {
                "width": page.width,
                "height": page.height,
                "images": {format: file_name(sheet.image(format, number)) for format in sheet.formats},
            }
            for number, page in enumerate(layout.pages)
        ],
        "frames": {frame.name: _frame(frame) for frame in layout.frames},
        "animations": {
            one.name: {"frames": list(one.frames), "fps": one.fps, "repeat": one.repeat} for one in layout.motions
        },
    }
    if layout.grid is not None:
        found["grid"] = asdict(layout.grid)
    return found


def _frame(frame: Frame) -> dict[str, Any]:
    return {
        "id": frame.id,
        "alt": frame.alt,
        "page": frame.page,
        "x": frame.x,
        "y": frame.y,
        "width": frame.width,
        "height": frame.height,
        "left": frame.left,
        "top": frame.top,
        "canvas": list(frame.canvas),
        "pivot": list(frame.pivot),
    }
