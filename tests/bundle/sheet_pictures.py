"""Sheets of pictures that are only in memory, and what is on their pages, read back from the files that were made."""

from __future__ import annotations

import io
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from PIL import Image

from pipeline import digest
from pipeline.bundle.catalog import Built, Item
from pipeline.bundle.sheets import PackedSheet
from pipeline.errors import Origin
from pipeline.spec.members import Members
from pipeline.spec.sheets import CENTER, Animation, Point, Sheet, natural
from pipeline.spec.templates import Templates
from pipeline.words import AssetId


def sprite(
    width: int, height: int, color: str = "#e67828", box: tuple[int, int, int, int] | None = None
) -> Image.Image:
    """A rectangle of a color on nothing; `box` is left, top, right, bottom, and without it all of the picture."""
    image = Image.new("RGBA", (width, height))
    image.paste(color, box or (0, 0, width, height))
    return image


def sheet_of(ids: list[str], *, pivots: Mapping[str, Point] | None = None, **more: Any) -> Sheet:
    """A sheet whose frames are called as their assets are."""
    listed = [AssetId(id) for id in sorted(ids, key=natural)]
    places = {id: (pivots or {}).get(id, CENTER) for id in listed}
    values: dict[str, Any] = {
        "name": "items",
        "origin": Origin("specs/a.yaml", 1, 1),
        "path": "output/items",
        "members": Members(),
        "frames": {id: str(id) for id in listed},
        "pivots": places,
    }
    return Sheet(**{**values, **more})


def animation(name: str, frames: list[str], *, fps: float = 12, repeat: int = -1, pivot: Point = CENTER) -> Animation:
    ids = tuple(AssetId(id) for id in frames)
    return Animation(name=name, frames=ids, fps=fps, repeat=repeat, pivot=pivot)


@dataclass(frozen=True)
class Made:
    """The files of a sheet, and the pictures they are made of."""

    sheet: Sheet
    pictures: Mapping[str, Image.Image]
    files: Mapping[str, bytes]

    @property
    def data(self) -> Any:
        """Our own JSON."""
        return self.json("output/items.json")

    def json(self, path: str) -> Any:
        return json.loads(self.files[path])

    def text(self, path: str) -> str:
        return self.files[path].decode()

    def page(self, number: int = 0, format: str = "png") -> Image.Image:
        with Image.open(io.BytesIO(self.files[self.sheet.image(format, number)])) as image:
            return image.convert("RGBA")

    def part(self, name: str) -> Image.Image:
        """A frame as it is on its page."""
        frame = self.data["frames"][name]
        x, y = frame["x"], frame["y"]
        return self.page(frame["page"]).crop((x, y, x + frame["width"], y + frame["height"]))

    def canvas(self, name: str) -> Image.Image:
        """A frame with its borders, as an engine shows it."""
        frame = self.data["frames"][name]
        whole = Image.new("RGBA", tuple(frame["canvas"]))
        whole.paste(self.part(name), (frame["left"], frame["top"]))
        return whole


def packed(sheet: Sheet, pictures: Mapping[str, Image.Image], root: Path = Path("/nowhere"), **about: Any) -> Made:
    """All files of the sheet, made of these pictures."""
    bundle, items, files = shelved(sheet, pictures, root, **about)
    return Made(sheet, pictures, bundle.make(items, files.__getitem__, {}))


def shelved(
    sheet: Sheet, pictures: Mapping[str, Image.Image], root: Path = Path("/nowhere"), **about: Any
) -> tuple[PackedSheet, tuple[Item, ...], dict[str, bytes]]:
    """The bundle, its catalog, and the bytes of the built files by their paths."""
    files: dict[str, bytes] = {}
    items = []
    for id, image in sorted(pictures.items()):
        file = io.BytesIO()
        image.save(file, "PNG")
        files[f"output/{id}.png"] = data = file.getvalue()
        built = Built(
            path=f"output/{id}.png",
            format="png",
            type="image/png",
            digest=digest.of_bytes(data),
            size=len(data),
            width=image.width,
            height=image.height,
        )
        said = {"origin": "drawn", "model": "gemini-3-pro-image", "alt": f"A picture of {id}", **about}
        items.append(Item(id=AssetId(id), files=(built,), **said))
    return PackedSheet(sheet=sheet, templates=Templates(root)), tuple(items), files
