"""Godot 4: an AtlasTexture for each frame, and SpriteFrames for the animations.

The picture is named by its path from the resource, which Godot turns into one from `res://` as it loads: so nothing
here depends on where in the project of a game the folder is.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Final

from pipeline.bundle.engines.texts import file_name, number
from pipeline.bundle.layout import Frame, Layout, Motion
from pipeline.spec.sheets import GODOT_ANIMATIONS, Sheet

_READS: Final = ("png", "webp")
"""The formats of pictures that Godot imports, of those that a sheet can have."""


def written(sheet: Sheet, layout: Layout) -> Mapping[str, str]:
    images = [file_name(sheet.image(format_of(sheet), page)) for page in range(len(layout.pages))]
    found = {sheet.resource(frame.name): _texture(sheet, frame, images[frame.page]) for frame in layout.frames}
    if layout.motions:
        found[sheet.data_of_all(GODOT_ANIMATIONS)] = _sprite_frames(layout, images)
    return found


def format_of(sheet: Sheet) -> str:
    """The format of the pictures that Godot is to read."""
    return next(format for format in sheet.formats if format in _READS)


def _texture(sheet: Sheet, frame: Frame, image: str) -> str:
    above = "../" * sheet.resource(frame.name).removeprefix(f"{sheet.folder}/" if sheet.folder else "").count("/")
    return "\n".join(
        [
            '[gd_resource type="AtlasTexture" load_steps=2 format=3]',
            "",
            f'[ext_resource type="Texture2D" path={json.dumps(above + image, ensure_ascii=False)} id="1"]',
            "",
            "[resource]",
            *_atlas(frame, "1"),
            "",
        ]
    )


def _sprite_frames(layout: Layout, images: list[str]) -> str:
    """Each frame once, whatever animations show it."""
    used = list(dict.fromkeys(name for motion in layout.motions for name in motion.frames))
    frames = {frame.name: frame for frame in layout.frames}
    pages = sorted({frames[name].page for name in used})
    lines = [f'[gd_resource type="SpriteFrames" load_steps={len(pages) + len(used) + 1} format=3]', ""]
    for page in pages:
        image = json.dumps(images[page], ensure_ascii=False)
        lines += [f'[ext_resource type="Texture2D" path={image} id="{page + 1}"]', ""]
    ids = {name: f"AtlasTexture_{n}" for n, name in enumerate(used, 1)}
    for name in used:
        lines += [f'[sub_resource type="AtlasTexture" id="{ids[name]}"]']
        lines += [*_atlas(frames[name], str(frames[name].page + 1)), ""]
    lines += ["[resource]", f"animations = [{', '.join(_animation(motion, ids) for motion in layout.motions)}]", ""]
    return "\n".join(lines)


def _atlas(frame: Frame, image: str) -> list[str]:
    lines = [
        f'atlas = ExtResource("{image}")',
        f"region = Rect2({frame.x}, {frame.y}, {frame.width}, {frame.height})",
    ]
    if frame.is_trimmed:
        lost = (frame.canvas[0] - frame.width, frame.canvas[1] - frame.height)
        lines.append(f"margin = Rect2({frame.left}, {frame.top}, {lost[0]}, {lost[1]})")
    return [*lines, "filter_clip = true"]


def _animation(motion: Motion, ids: Mapping[str, str]) -> str:
    """Godot loops or does not: one that plays again a few times has its frames so often."""
    names = motion.frames * (1 + max(0, motion.repeat))
    frames = ", ".join(f'{{\n"duration": 1.0,\n"texture": SubResource("{ids[name]}")\n}}' for name in names)
    loop = "true" if motion.repeat < 0 else "false"
    speed = number(motion.fps)
    speed = speed if "." in speed else f"{speed}.0"
    name = json.dumps(motion.name, ensure_ascii=False)
    return f'{{\n"frames": [{frames}],\n"loop": {loop},\n"name": &{name},\n"speed": {speed}\n}}'
