"""Built files in a folder, and what exports make of them.

shelf.add("web/hero", a_picture(1200, 630), "public/hero.jpg")
shelf.export("json: public/assets.json")["public/assets.json"]
"""

from __future__ import annotations

import textwrap
from collections.abc import Mapping
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import Any

from PIL import Image, ImageDraw

from pipeline import digest, marks
from pipeline.bundle.catalog import Built, Item, Sheets
from pipeline.bundle.exports import ExportBundle, exports_of
from pipeline.finish.encode import encode
from pipeline.spec.encoding import FORMATS
from pipeline.spec.load import load_project
from pipeline.words import AssetId

HOSTILE = 'A "hero" of </script> | `x` ${y} */ {{ z }} \\ \u2028 <b>&amp;\nand more'
"""An alt text that would end whatever it stands in, if it were put there as it is."""


def a_picture(width: int, height: int, *, ground: str | None = "#1e3c8c") -> Image.Image:
    """A disc in the middle of a ground; without one, of nothing."""
    image = Image.new("RGBA", (width, height), ground or (0, 0, 0, 0))
    box = (width // 4, height // 4, width - width // 4 - 1, height - height // 4 - 1)
    ImageDraw.Draw(image).ellipse(box, fill="#e67828")
    return image if ground is None else image.convert("RGB")


@lru_cache(maxsize=100)
def _encoded(mode: str, size: tuple[int, int], pixels: bytes, format: str) -> bytes:
    options = {"sizes": [16]} if format in ("ico", "icns") else {}
    return encode(Image.frombytes(mode, size, pixels), format, options)


class Shelf:
    """A project whose files are there."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.items: dict[str, Item] = {}

    def add(self, id: str, image: Image.Image, path: str, **about: Any) -> Shelf:
        """An asset with its main file."""
        file = self._built(image, path)
        self.items[id] = Item(id=AssetId(id), files=(file,), origin=about.pop("origin", "drawn"), **about)
        return self

    def variant(self, id: str, image: Image.Image, path: str, **role: Any) -> Shelf:
        """One more file of an asset."""
        item = self.items[id]
        self.items[id] = replace(item, files=(*item.files, self._built(image, path, **role)))
        return self

    def bundles(self, exports: str, folder: Path | None = None) -> tuple[ExportBundle, ...]:
        """What the lines below `exports:` declare."""
        declared = "".join(
            f"  {id}: {{prompt: A picture., tags: {list(item.tags)}}}\n" for id, item in self.items.items()
        )
        self._write("specs/shelf.yaml", f"assets:\n{declared}".encode())
        text = textwrap.indent(textwrap.dedent(exports).strip("\n"), "  ")
        self._write("pipeline.yaml", f"exports:\n{text}\n".encode())
        project = load_project(self.folder)
        return exports_of(project.settings.exports, project.templates, folder)

    def export(self, exports: str, sheets: Sheets | None = None) -> Mapping[str, bytes]:
        """All files that these exports consist of, which are written too."""
        found: dict[str, bytes] = {}
        for bundle in self.bundles(exports):
            made = bundle.make(self.catalog, self.read, sheets or {})
            assert set(made) == set(bundle.paths(self.catalog))
            found |= made
        for path, data in found.items():
            self._write(path, data)
        return found

    @property
    def catalog(self) -> tuple[Item, ...]:
        return tuple(self.items[id] for id in sorted(self.items))

    def read(self, path: str) -> bytes:
        return (self.folder / path).read_bytes()

    def _built(self, image: Image.Image, path: str, **role: Any) -> Built:
        format = next(name for name, format in FORMATS.items() if path.endswith(format.suffix))
        data = _encoded(image.mode, image.size, image.tobytes(), format)
        self._write(path, data)
        return Built(
            path=path,
            format=format,
            type=marks.sniff(data) or "",
            digest=digest.of_bytes(data),
            size=len(data),
            width=image.width,
            height=image.height,
            **role,
        )

    def _write(self, path: str, data: bytes) -> None:
        (self.folder / path).parent.mkdir(parents=True, exist_ok=True)
        (self.folder / path).write_bytes(data)
