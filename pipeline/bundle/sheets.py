"""A sheet of a project as a bundle: what it depends on, and all its files."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from pipeline import digest
from pipeline.bundle import frames, packing
from pipeline.bundle.catalog import Catalog, Item, SheetFiles, Sheets
from pipeline.bundle.engines import WRITERS
from pipeline.bundle.frames import Cut
from pipeline.bundle.layout import Frame, Grid, Layout, Motion, Page
from pipeline.bundle.packing import Box, Packing, Place
from pipeline.digest import Digest
from pipeline.errors import Origin, PipelineError
from pipeline.spec.sheets import Sheet
from pipeline.spec.templates import Templates
from pipeline.words import AssetId, Derivation

if TYPE_CHECKING:
    from PIL import Image

    from pipeline.finish.provenance import About

VERSION: Final = 1
"""Of how sheets are made: when it goes up, they are made anew."""

_MADE_BY_PEOPLE: Final = ("edited", "adopted")


def sheets_of(sheets: Iterable[Sheet], templates: Templates) -> tuple[PackedSheet, ...]:
    """The sheets of a project as bundles."""
    return tuple(PackedSheet(sheet=sheet, templates=templates) for sheet in sheets)


@dataclass(frozen=True, kw_only=True)
class PackedSheet:
    """One sheet. Pure: the same catalog and files give the same bytes."""

    sheet: Sheet
    templates: Templates

    kind = "sheet"
    as_is = False
    is_of_pixels = True

    @property
    def name(self) -> str:
        return self.sheet.name

    @property
    def origin(self) -> Origin:
        return self.sheet.origin

    def wants(self, id: AssetId, tags: Collection[str]) -> bool:
        """Whether the asset's file is one of its frames."""
        return id in self.sheet.frames

    def paths(self, items: Catalog) -> tuple[str, ...]:
        """The files of its first page, and all data but that of further pages."""
        named = self._named(items)
        animated = any(id in named for one in self.sheet.animations for id in one.frames)
        return self.sheet.paths(named, animated=animated)

    def described(self, paths: Sequence[str]) -> SheetFiles:
        """Which of the paths that `make` gave are pictures, and which are data of which kind."""
        images: dict[str, list[str]] = {}
        data: dict[str, list[str]] = {}
        for path in sorted(paths, key=lambda path: (self.sheet.page_of(path), path)):
            kind = self.sheet.kind_of(path)
            (images if kind in self.sheet.formats else data).setdefault(kind, []).append(path)
        return SheetFiles(
            images={kind: tuple(images[kind]) for kind in self.sheet.formats if kind in images},
            data={kind: tuple(found) for kind, found in data.items()},
            members=self.sheet.members,
        )

    def derivation(self, items: Catalog, sheets: Sheets) -> Derivation:
        """What its files depend on."""
        named = self._named(items)
        frames = [
            {
                "id": item.id,
                "name": named[item.id],
                "pivot": list(self.sheet.pivots[item.id]),
                "alt": item.alt,
                **self._origin_of(item),
            }
            for item in items
            if item.id in named
        ]
        inputs = tuple(item.files[0].digest for item in items if item.id in named)
        return Derivation("sheet", VERSION, {**self.sheet.declared, "frames": frames}, inputs)

    def make(self, items: Catalog, read: Callable[[str], bytes], sheets: Sheets) -> Mapping[str, bytes]:
        """All its files, by path from the project's root.

        Raises PipelineError where a picture cannot be read, a frame is larger than a page, an engine cannot have what
        is on the sheet, or a template fails.
        """
        sheet = self.sheet
        cuts = frames.cut(sheet, items, read)
        if not cuts:
            raise PipelineError(f"none of the frames of the sheet `{sheet.name}` is built")
        layout, places = (_in_grid if sheet.layout == "grid" else _in_pages)(sheet, cuts)
        made: dict[str, bytes] = {}
        about = self._about([one.item for one in cuts])
        for number, page in enumerate(layout.pages):
            image = _painted(page, number, zip(cuts, places, strict=True), sheet.extrude)
            made |= {sheet.image(format, number): self._encoded(image, format, about) for format in sheet.formats}
        for kind in sheet.data:
            made |= {path: text.encode() for path, text in WRITERS[kind](sheet, layout).items()}
        if sheet.templates:
            from pipeline.bundle.own_templates import rendered

            made |= {one.path: rendered(one, sheet, layout, self.templates).encode() for one in sheet.templates}
        return made

    def _named(self, items: Catalog) -> dict[AssetId, str]:
        there = {item.id for item in items if item.files}
        return {id: name for id, name in self.sheet.frames.items() if id in there}

    def _origin_of(self, item: Item) -> dict[str, Any]:
        return {} if self.sheet.provenance == "none" else {"origin": item.origin, "model": item.model}

    def _about(self, items: Iterable[Item]) -> About | None:
        """What the pictures say of their origin: a composite, where people had a hand in one of the frames."""
        from pipeline.finish.provenance import About

        if self.sheet.provenance == "none":
            return None
        listed = list(items)
        models = sorted({item.model for item in listed if item.model and item.origin != "placeholder"})
        return About(model=", ".join(models), retouched=any(item.origin in _MADE_BY_PEOPLE for item in listed))

    def _encoded(self, image: Image.Image, format: str, about: About | None) -> bytes:
        from pipeline.finish.encode import encode

        return encode(image, format, self.sheet.stated(format), about=about)


# --- where frames go


def _in_pages(sheet: Sheet, cuts: Sequence[Cut]) -> tuple[Layout, list[Place]]:
    """Packed, with what looks the same only once."""
    around = 2 * sheet.extrude
    room = packing.room(sheet.max_size, sheet.padding, power_of_two=sheet.power_of_two) - around
    for one in cuts:
        if max(one.image.size) > room:
            raise _too_large(sheet, one, room)
    first: dict[tuple[tuple[int, int], Digest], int] = {}
    same = [first.setdefault((one.image.size, digest.of_bytes(one.image.tobytes())), n) for n, one in enumerate(cuts)]
    apart = sorted(first.values())
    boxes = [Box(cuts[n].image.width + around, cuts[n].image.height + around, cuts[n].group) for n in apart]
    found = packing.packed(boxes, side=sheet.max_size, padding=sheet.padding, power_of_two=sheet.power_of_two)
    place = dict(zip(apart, found.places, strict=True))
    places = [_inside(place[n], sheet.extrude) for n in same]
    return _layout(sheet, cuts, found, places), places


def _in_grid(sheet: Sheet, cuts: Sequence[Cut]) -> tuple[Layout, list[Place]]:
    """In cells, row by row, in the order of the frames."""
    width, height = cuts[0].image.size
    around, pad = 2 * sheet.extrude, sheet.padding
    limit = packing.power_below(sheet.max_size) if sheet.power_of_two else sheet.max_size
    across, down = ((limit - pad) // (side + around + pad) for side in (width, height))
    if not across or not down:
        raise _too_large(sheet, cuts[0], limit - 2 * pad - around)
    if sheet.columns is not None and sheet.columns > across:
        message = (
            f"{sheet.columns} columns of {width} pixels are wider than {limit}, which is the most for `{sheet.name}`"
        )
        raise PipelineError(message, hint=f"at most {across} fit: lower `columns` or `scale`, or raise `max_size`")
    columns = sheet.columns or min(across, next(n for n in range(1, len(cuts) + 1) if n * n >= len(cuts)))
    cells = [divmod(number, columns * down) for number in range(len(cuts))]
    step_x, step_y = width + around + pad, height + around + pad
    corners = [Place(page, pad + cell % columns * step_x, pad + cell // columns * step_y) for page, cell in cells]
    pages = []
    for page in range(cells[-1][0] + 1):
        rows = max(cell // columns + 1 for number, cell in cells if number == page)
        sides = (pad + columns * step_x, pad + rows * step_y)
        pages.append(tuple(packing.power_above(side) if sheet.power_of_two else side for side in sides))
    places = [_inside(corner, sheet.extrude) for corner in corners]
    grid = Grid(
        columns=columns,
        rows=max(cell // columns + 1 for page, cell in cells if page == 0),
        width=width,
        height=height,
        margin=pad + sheet.extrude,
        spacing=pad + around,
    )
    return _layout(sheet, cuts, Packing(tuple((w, h) for w, h in pages), ()), places, grid), places


def _inside(place: Place, extrude: int) -> Place:
    return Place(place.page, place.x + extrude, place.y + extrude)


def _too_large(sheet: Sheet, one: Cut, room: int) -> PipelineError:
    width, height = one.image.size
    message = (
        f"`{one.item.id}` has {width} x {height} pixels, and a page of the sheet `{sheet.name}` has room for {room}"
    )
    return PipelineError(message, hint="raise `max_size`, lower `scale`, or leave it out by `exclude`")


def _layout(
    sheet: Sheet, cuts: Sequence[Cut], packed: Packing, places: Sequence[Place], grid: Grid | None = None
) -> Layout:
    framed = [
        Frame(
            id=one.item.id,
            name=sheet.frames[one.item.id],
            alt=one.item.alt,
            page=place.page,
            x=place.x,
            y=place.y,
            width=one.image.width,
            height=one.image.height,
            canvas=one.canvas,
            left=one.left,
            top=one.top,
            pivot=sheet.pivots[one.item.id],
        )
        for one, place in zip(cuts, places, strict=True)
    ]
    names = {frame.id: frame.name for frame in framed}
    motions = [
        Motion(
            name=one.name,
            frames=tuple(names[id] for id in one.frames if id in names),
            fps=one.fps,
            repeat=one.repeat,
        )
        for one in sheet.animations
    ]
    return Layout(
        pages=tuple(Page(width=width, height=height) for width, height in packed.pages),
        frames=tuple(framed),
        motions=tuple(motion for motion in motions if motion.frames),
        grid=grid,
    )


# --- pixels


def _painted(page: Page, number: int, cuts: Iterable[tuple[Cut, Place]], extrude: int) -> Image.Image:
    from PIL import Image

    ground = Image.new("RGBA", (page.width, page.height))
    for one, place in cuts:
        if place.page == number:
            ground.paste(_extruded(one.image, extrude), (place.x - extrude, place.y - extrude))
    return ground


def _extruded(image: Image.Image, by: int) -> Image.Image:
    """The picture with its outermost pixels repeated outwards: so no engine blends its edge with what is beside it."""
    from PIL import Image

    if not by:
        return image
    width, height = image.size
    whole = Image.new("RGBA", (width + 2 * by, height + 2 * by))
    whole.paste(image, (by, by))
    for x, edge in ((0, by), (by + width, by + width - 1)):
        whole.paste(
            whole.crop((edge, by, edge + 1, by + height)).resize((by, height), Image.Resampling.NEAREST), (x, by)
        )
    for y, edge in ((0, by), (by + height, by + height - 1)):
        whole.paste(
            whole.crop((0, edge, whole.width, edge + 1)).resize((whole.width, by), Image.Resampling.NEAREST), (0, y)
        )
    return whole
