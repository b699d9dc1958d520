"""What several writers need: JSON as they write it, names of files beside one another, numbers without a tail."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import quote

from pipeline.bundle.layout import Frame
from pipeline.spec.sheets import Point


def json_text(value: Any) -> str:
    """JSON for people and for git: indented, with a line feed at the end."""
    return json.dumps(value, ensure_ascii=False, indent=1) + "\n"


def file_name(path: str) -> str:
    """The last part of a path: pictures and data of a sheet lie in one folder."""
    return path.rpartition("/")[2]


def url(path: str) -> str:
    """A file in the same folder, as pages and loaders name it."""
    return quote(file_name(path))


def number(value: float) -> str:
    """A number as texts have it: six digits behind the point at most, and none that says nothing."""
    return f"{value:.6f}".rstrip("0").rstrip(".") if value != int(value) else str(int(value))


def shares(pivot: Point) -> dict[str, float]:
    return {"x": pivot[0], "y": pivot[1]}


def atlas_frame(frame: Frame) -> dict[str, Any]:
    """A frame as TexturePacker's JSON has it, which Phaser and PixiJS both read."""
    return {
        "frame": {"x": frame.x, "y": frame.y, "w": frame.width, "h": frame.height},
        "rotated": False,
        "trimmed": frame.is_trimmed,
        "spriteSourceSize": {"x": frame.left, "y": frame.top, "w": frame.width, "h": frame.height},
        "sourceSize": {"w": frame.canvas[0], "h": frame.canvas[1]},
    }
