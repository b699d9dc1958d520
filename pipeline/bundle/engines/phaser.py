"""Phaser 3 and 4: one atlas for all pages, and the animations as `load.animation` reads them.

The form with `textures` is taken for one page too: `load.multiatlas` and `load.atlas` both read it, and so a sheet that
comes to need a second page changes no line of the game.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pipeline.bundle.engines.texts import atlas_frame, json_text, shares, url
from pipeline.bundle.layout import Layout
from pipeline.spec.sheets import PHASER_ANIMATIONS, Sheet


def written(sheet: Sheet, layout: Layout) -> Mapping[str, str]:
    textures = [
        {
            "image": url(sheet.image(sheet.formats[0], number)),
            "format": "RGBA8888",
            "size": {"w": page.width, "h": page.height},
            "scale": 1,
            "frames": [
                {"filename": frame.name, **atlas_frame(frame), "pivot": shares(frame.pivot)}
                for frame in layout.on(number)
            ],
        }
        for number, page in enumerate(layout.pages)
    ]
    found = {sheet.data_of_all("phaser"): json_text({"textures": textures})}
    if layout.motions:
        found[sheet.data_of_all(PHASER_ANIMATIONS)] = json_text({"anims": _anims(sheet, layout), "globalTimeScale": 1})
    return found


def _anims(sheet: Sheet, layout: Layout) -> list[dict[str, Any]]:
    """The texture is named by the sheet's name: under that key the atlas has to be loaded."""
    return [
        {
            "key": motion.name,
            "type": "frame",
            "frames": [{"key": sheet.name, "frame": name} for name in motion.frames],
            "frameRate": motion.fps,
            "repeat": motion.repeat,
        }
        for motion in layout.motions
    ]
