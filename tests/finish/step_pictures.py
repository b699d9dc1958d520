"""The pictures of docs/process.md: each step, before and after, done by the very code that users run.

python -m tests.finish.step_pictures        writes docs/process/*.webp anew
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final

from PIL import Image, ImageDraw

from pipeline.errors import Origin
from pipeline.finish import steps
from pipeline.spec.palettes import Palettes
from pipeline.spec.problems import Problems
from pipeline.spec.process import steps_of
from pipeline.spec.source import parse
from tests.demo.scenes import painted as scene
from tests.finish.paintings import painted, pebbles, sprite
from tests.finish.subjects import subject

FOLDER: Final = Path(__file__).parent.parent.parent / "docs/process"
_SIDE: Final = 220
_GAP: Final = 28
_INK: Final = (120, 124, 132)


def _gear() -> Image.Image:
    return subject("holes").taken


def _cut_gear() -> Image.Image:
    return _done(_gear(), [{"cutout": {"holes": True}}])


def _four_gears() -> Image.Image:
    """Each in its own cell, and turned otherwise."""
    image = Image.new("RGBA", (512, 512), "#141a2c")
    for number, turned in enumerate((0, 90, 180, 270)):
        gear = _cut_gear().rotate(turned).resize((216, 216))
        image.alpha_composite(gear, (20 + 256 * (number % 2), 20 + 256 * (number // 2)))
    return image


def _small_gear() -> Image.Image:
    """Away from the middle, with much around it."""
    image = Image.new("RGBA", (512, 512))
    image.alpha_composite(_cut_gear().resize((230, 230)), (250, 60))
    return image


def _street() -> Image.Image:
    return scene("style/key-art", 688, 384)


def _creature() -> Image.Image:
    return painted(sprite(24, 24, seed=4), 9.3)


PICTURES: Final[Mapping[str, tuple[Callable[[], Image.Image], list[Any]]]] = {
    "cutout": (_gear, [{"cutout": {"holes": True}}]),
    "trim": (_small_gear, [{"trim": 8}]),
    "pad": (_street, [{"pad": {"ratio": "1:1", "color": "#141a2c"}}]),
    "crop": (_street, [{"crop": {"ratio": "1:1", "gravity": "subject"}}]),
    "cell": (_four_gears, [{"cell": {"columns": 2, "rows": 2, "column": 2, "row": 1}}]),
    "resize": (_street, [{"resize": {"width": 256, "height": 256, "fit": "contain"}}]),
    "pixelate": (_creature, [{"pixelate": {"palette": 12}}]),
    "palette": (_street, [{"palette": ["#141a2c", "#3d3a5c", "#8a4a4f", "#e0a458", "#f4e6c4"]}]),
    "recolour": (_cut_gear, [{"recolour": {"hue": 180}}]),
    "round": (lambda: scene("brand/app-icon", 512, 512), [{"round": "22%"}]),
    "mirror": (_street, ["mirror"]),
    "tile": (lambda: pebbles(256), [{"tile": "20%"}]),
    "flatten": (_cut_gear, [{"flatten": "#2b3550"}]),
    "convert": (_street, [{"convert": "gray"}]),
}
"""By step: what goes in, and the process."""


def _done(image: Image.Image, process: list[Any]) -> Image.Image:
    import json

    problems = Problems()
    node = parse(json.dumps(process), "docs.yaml")
    found = steps_of(node, problems, Palettes(FOLDER))
    problems.raise_if_any()
    assert found is not None and node.origin == Origin("docs.yaml", 1, 1)
    return steps.run(found, image.convert("RGBA"))


def picture(name: str) -> Image.Image:
    """What goes into a step and what comes out of it, side by side in one scale; a tile is laid twice each way."""
    before, process = PICTURES[name][0](), PICTURES[name][1]
    after = _done(before, process)
    scale = min(1.0, _SIDE / max(*before.size, *(after.size if name != "pixelate" else (1, 1))))
    shown = [before, after]
    if name == "tile":
        shown, scale = [_twice(before), _twice(after)], _SIDE / 512
    if name == "pixelate":
        shown[1] = after.resize(before.size, Image.Resampling.NEAREST)
    parts = [_on_checks(_scaled(one.convert("RGBA"), scale, name)) for one in shown]
    high = max(part.height for part in parts)
    whole = Image.new("RGB", (parts[0].width + _GAP + parts[1].width, high), (255, 255, 255))
    whole.paste(parts[0], (0, (high - parts[0].height) // 2))
    whole.paste(parts[1], (parts[0].width + _GAP, (high - parts[1].height) // 2))
    x, y = parts[0].width + _GAP // 2, high // 2
    ImageDraw.Draw(whole).polygon([(x - 5, y - 8), (x + 6, y), (x - 5, y + 8)], fill=_INK)
    return whole


def _scaled(image: Image.Image, scale: float, name: str) -> Image.Image:
    size = (max(1, round(image.width * scale)), max(1, round(image.height * scale)))
    return image.resize(size, Image.Resampling.NEAREST if name == "pixelate" else Image.Resampling.LANCZOS)


def _twice(image: Image.Image) -> Image.Image:
    """Laid beside and above itself, so that its seams show."""
    whole = Image.new("RGBA", (2 * image.width, 2 * image.height))
    for x in (0, image.width):
        for y in (0, image.height):
            whole.paste(image, (x, y))
    return whole


def _on_checks(image: Image.Image) -> Image.Image:
    """Over the pattern by which editors show what is transparent."""
    ground = Image.new("RGB", image.size, (255, 255, 255))
    draw = ImageDraw.Draw(ground)
    for x in range(0, image.width, 8):
        for y in range(0, image.height, 8):
            if (x // 8 + y // 8) % 2:
                draw.rectangle((x, y, x + 7, y + 7), fill=(222, 224, 230))
    ground.paste(image, mask=image.getchannel("A"))
    return ground


def main() -> int:
    FOLDER.mkdir(exist_ok=True)
    for name in PICTURES:
        picture(name).save(FOLDER / f"{name}.webp", quality=80, method=6)
    return 0


if __name__ == "__main__":
    sys.exit(main())
