"""From built files to the pictures on a sheet: one canvas for an animation, scaled, trimmed.  [door: PIL]"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, NamedTuple

from pipeline.bundle.catalog import Catalog, Item
from pipeline.errors import PipelineError
from pipeline.spec.sheets import Point, Sheet
from pipeline.words import AssetId

if TYPE_CHECKING:
    from PIL import Image


class Cut(NamedTuple):
    """A picture as it goes onto the sheet, and where on its canvas it was."""

    item: Item
    image: Image.Image
    """RGBA."""
    canvas: tuple[int, int]
    left: int
    top: int
    group: int
    """The same for frames that share a canvas."""


def cut(sheet: Sheet, items: Catalog, read: Callable[[str], bytes]) -> list[Cut]:
    """The pictures of a sheet, in the order of its frames. Raises PipelineError where one cannot be read."""
    known = {item.id: item for item in items}
    present = [id for id in sheet.frames if id in known and known[id].files]
    together: dict[int, list[AssetId]] = {}
    for id, group in _groups(sheet, present).items():
        together.setdefault(group, []).append(id)
    found: dict[AssetId, Cut] = {}
    # Group by group, so that no more pictures are there in their whole size than share a canvas.
    for group, ids in together.items():
        pictures = {id: _picture(known[id], read) for id in ids}
        sizes = [picture.size for picture in pictures.values()]
        canvas = max(width for width, _ in sizes), max(height for _, height in sizes)
        found |= {id: _cut(sheet, known[id], pictures.pop(id), canvas, group) for id in ids}
    return [found[id] for id in present]


def _groups(sheet: Sheet, present: list[AssetId]) -> Mapping[AssetId, int]:
    """A number for each frame, the same for those that share a canvas: by way of an animation, or in a grid."""
    if sheet.layout == "grid":
        return dict.fromkeys(present, 0)
    number = {id: n for n, id in enumerate(present)}
    for animation in sheet.animations:
        joined = {number[id] for id in animation.frames if id in number}
        if joined:
            number = {id: min(joined) if n in joined else n for id, n in number.items()}
    return number


def _picture(item: Item, read: Callable[[str], bytes]) -> Image.Image:
    from pipeline.finish.decode import decoded

    path = item.files[0].path
    try:
        return decoded(read(path)).convert("RGBA")
    except PipelineError as error:
        raise PipelineError(f"{path}, the file of `{item.id}`: {error.message}", hint=error.hint) from error


def _cut(sheet: Sheet, item: Item, picture: Image.Image, canvas: tuple[int, int], group: int) -> Cut:
    whole = _scaled(_on_canvas(picture, canvas, sheet.pivots[item.id]), sheet)
    if not sheet.trim:
        return Cut(item, whole, whole.size, 0, 0, group)
    box = whole.getchannel("A").getbbox() or (0, 0, 1, 1)  # of a picture that nobody sees one pixel is enough
    return Cut(item, whole.crop(box), whole.size, box[0], box[1], group)


def _on_canvas(picture: Image.Image, canvas: tuple[int, int], pivot: Point) -> Image.Image:
    """The picture on its canvas, with the pivots of both at one place."""
    from PIL import Image

    if picture.size == canvas:
        return picture
    corner = [
        math.floor(share * (whole - part) + 0.5) for share, whole, part in zip(pivot, canvas, picture.size, strict=True)
    ]
    ground = Image.new("RGBA", canvas)
    ground.paste(picture, (corner[0], corner[1]))
    return ground


def _scaled(picture: Image.Image, sheet: Sheet) -> Image.Image:
    from pipeline.finish.steps import scale

    if sheet.scale == 1:
        return picture
    width, height = (max(1, math.floor(side * sheet.scale + 0.5)) for side in picture.size)
    return scale.resampled(picture, (width, height), sheet.filter)
