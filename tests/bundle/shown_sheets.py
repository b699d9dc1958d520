"""The picture of docs/sheets.md: a packed sheet and a grid, made by the very code that users run.

python -m tests.bundle.shown_sheets        writes docs/sheets/*.webp anew
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from PIL import Image, ImageDraw

from tests.bundle.sheet_pictures import animation, packed, sheet_of
from tests.finish.subjects import NAMES, subject

FOLDER: Final = Path(__file__).parent.parent.parent / "docs/sheets"
_SIDES: Final = (96, 150, 120, 88, 140, 110, 104, 116, 128, 100)
_LINE: Final = (214, 51, 108)


def _things() -> dict[str, Image.Image]:
    """Ten things in ten sizes, each with nothing around it, as they are after `cutout`."""
    sides = zip(NAMES, _SIDES, strict=True)
    return {f"item/{n}": subject(name).true.resize((side, side)) for n, (name, side) in enumerate(sides)}


def _gear() -> dict[str, Image.Image]:
    """A gear that turns: eight frames between one tooth and the next but one."""
    gear = subject("holes").true
    turned = (gear.rotate(-7.5 * n, Image.Resampling.BICUBIC) for n in range(8))
    return {f"gear/turn-{n}": one.resize((72, 72)) for n, one in enumerate(turned)}


def pictures() -> Mapping[str, Image.Image]:
    """The pictures by the names of their files: each page on checks, with a line around each frame."""
    gear = _gear()
    turn = animation("turn", list(gear))
    found: dict[str, Image.Image] = {}
    for name, shown, more in (
        ("packed", _things() | gear, {"padding": 4, "max_size": 420}),
        ("grid", gear, {"layout": "grid", "columns": 8, "trim": False, "padding": 4}),
    ):
        made = packed(sheet_of(list(shown), animations=(turn,), **more), shown)
        found[name] = _on_checks(made.page(), made.data["frames"].values())
    return found


def _on_checks(page: Image.Image, frames: Any) -> Image.Image:
    ground = Image.new("RGB", page.size, (255, 255, 255))
    draw = ImageDraw.Draw(ground)
    for x in range(0, page.width, 8):
        for y in range(0, page.height, 8):
            if (x // 8 + y // 8) % 2:
                draw.rectangle((x, y, x + 7, y + 7), fill=(222, 224, 230))
    ground.paste(page, mask=page.getchannel("A"))
    for one in frames:
        left, top = one["x"] - 1, one["y"] - 1
        draw.rectangle((left, top, left + one["width"] + 1, top + one["height"] + 1), outline=_LINE)
    return ground


def main() -> int:
    FOLDER.mkdir(exist_ok=True)
    for name, image in pictures().items():
        image.save(FOLDER / f"{name}.webp", quality=82, method=6)
    return 0


if __name__ == "__main__":
    sys.exit(main())
