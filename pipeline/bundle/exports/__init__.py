"""Exports: files that tell code about built files, each kind in a module of its own.

`exports_of` makes bundles of what pipeline.yaml declares; spec/export_table.py says what each kind can be told.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path
from typing import Any, Final

from pipeline.bundle.catalog import Catalog, Item, SheetFiles, Sheets
from pipeline.bundle.impression import Impressions
from pipeline.errors import Origin, PipelineError
from pipeline.spec.exports import Export, paths_of
from pipeline.spec.templates import Templates
from pipeline.words import AssetId, Derivation

_VERSIONS: Final = {
    "copies": 1,
    "json": 1,
    "typescript": 1,
    "css": 1,
    "html": 1,
    "godot": 1,
    "phaser": 1,
    "icons": 1,
    "markdown": 1,
}
"""Ours, by kind: with a higher one, all files of that kind are written anew."""

_OF_PIXELS: Final = frozenset({"icons", "json", "typescript", "css"})

_MODULES: Final = {"json": "json_manifest"}


@dataclass(frozen=True, kw_only=True)
class ExportBundle:
    """One export as a bundle."""

    export: Export
    templates: Templates = field(repr=False, compare=False)
    impressions: Impressions = field(default_factory=Impressions, repr=False, compare=False)
    copies: tuple[Export, ...] = ()
    """Those whose paths it tells."""

    kind: str = "export"

    @property
    def name(self) -> str:
        return self.export.name

    @property
    def origin(self) -> Origin:
        return self.export.origin

    @property
    def as_is(self) -> bool:
        """Whether its files are copies, byte for byte, so that they get no mark."""
        return self.export.kind == "copies"

    @property
    def is_of_pixels(self) -> bool:
        """Whether it holds pictures or what was measured in them, other than snippets, of which there may be many."""
        return self.export.kind in _OF_PIXELS

    @property
    def _tells_of_sheets(self) -> bool:
        return self.export.kind in ("json", "typescript", "phaser")

    def wants(self, id: AssetId, tags: Collection[str]) -> bool:
        """Whether it is about that asset."""
        return self.export.members.have(id, tags)

    def _wanted(self, items: Catalog) -> Catalog:
        return tuple(item for item in items if self.wants(item.id, item.tags))

    def derivation(self, items: Catalog, sheets: Sheets) -> Derivation:
        """Its whole declaration, and all that it may tell of its assets."""
        wanted = self._wanted(items)
        has_prompts = bool(self.export.options.get("prompts"))
        params = {
            "export": self.export.declared,
            "copies": [copies.declared for copies in self.copies],
            "assets": [_told(item, has_prompts=has_prompts) for item in wanted],
            "sheets": {name: _sheet(sheet) for name, sheet in sorted(sheets.items())} if self._tells_of_sheets else {},
        }
        inputs = tuple(file.digest for item in wanted for file in item.files)
        return Derivation(name="export", version=_VERSIONS[self.export.kind], params=params, inputs=inputs)

    def paths(self, items: Catalog) -> tuple[str, ...]:
        """All files that it consists of, by path from the project's root. Raises PipelineError."""
        wanted = self._wanted(items)
        if self.export.kind == "copies":
            from pipeline.bundle.exports.material import copy_path

            files = [(item, file) for item in wanted for file in item.files]
            with self._at_its_place():
                return tuple(dict.fromkeys(copy_path(self.export, *one, self.templates) for one in files))
        if not wanted and self.export.kind == "icons":
            return ()
        return tuple(paths_of(self.export, {item.id: item.tags for item in wanted}))

    def make(self, items: Catalog, read: Callable[[str], bytes], sheets: Sheets) -> Mapping[str, bytes]:
        """All its files, by path from the project's root; none where no asset that it is about is built.

        `read` gives the bytes of a built file. Raises PipelineError.
        """
        from pipeline.bundle.exports.material import Material

        wanted = self._wanted(items)
        if not wanted and self.export.kind == "icons":
            return {}
        material = Material(
            export=self.export,
            items=wanted,
            read=read,
            sheets=sheets,
            templates=self.templates,
            impressions=self.impressions,
            copies=self.copies,
        )
        module = import_module(f"{__name__}.{_MODULES.get(self.export.kind, self.export.kind)}")
        with self._at_its_place():
            files: Mapping[str, bytes] = module.write(material)
        self.impressions.save()
        return files

    @contextmanager
    def _at_its_place(self) -> Iterator[None]:
        """What goes wrong is told with the line that declares the export."""
        try:
            yield
        except PipelineError as error:
            raise PipelineError(f"{self.origin}: {error.message}", hint=error.hint) from error


def exports_of(exports: Sequence[Export], templates: Templates, folder: Path | None = None) -> tuple[ExportBundle, ...]:
    """What is declared as bundles, copies first. In `folder` they may keep what takes long to look at."""
    impressions = Impressions(folder)
    copies = tuple(export for export in exports if export.kind == "copies")
    return tuple(
        ExportBundle(
            export=export,
            templates=templates,
            impressions=impressions,
            copies=copies if export.options.get("use") == "copies" else (),
        )
        for export in exports
    )


def _told(item: Item, *, has_prompts: bool) -> dict[str, Any]:
    return {
        "id": item.id,
        "alt": item.alt,
        "tags": list(item.tags),
        "origin": item.origin,
        "model": item.model,
        **({"prompt": item.prompt} if has_prompts else {}),
        "files": [
            [file.path, file.format, file.size, file.width, file.height, file.variant, file.file_width, file.scale]
            for file in item.files
        ],
    }


def _sheet(sheet: SheetFiles) -> list[Any]:
    groups = [{kind: list(paths) for kind, paths in sorted(group.items())} for group in (sheet.images, sheet.data)]
    return [*groups, sheet.members.declared if sheet.members is not None else None]
