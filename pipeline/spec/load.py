"""A project from its files: settings, specs and rows become assets, and all mistakes are told at once."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

from pipeline.bulk import in_bulk
from pipeline.errors import Origin, Problem, UsageError
from pipeline.frozen import NamedTuple
from pipeline.spec import disk, ids, source
from pipeline.spec.assets import Declarer
from pipeline.spec.entries import Declared, SpecFile
from pipeline.spec.folders import Folders
from pipeline.spec.layers import checked_keys, checked_layer, checked_vars
from pipeline.spec.models import Models
from pipeline.spec.problems import Problems
from pipeline.spec.reads import Reads
from pipeline.spec.rows import Parsed, RowFiles
from pipeline.spec.schema import Place
from pipeline.spec.scope import Renderer, Scope, Told
from pipeline.spec.settings import FILE, Base, Settings, read_settings
from pipeline.spec.source import BROKEN, Broken, Node
from pipeline.spec.templates import Templates
from pipeline.spec.unique import check_unique
from pipeline.words import Asset, AssetId

if TYPE_CHECKING:
    from pipeline.spec.exports import Export
    from pipeline.spec.palettes import Palettes
    from pipeline.spec.sheet_reading import Written
    from pipeline.spec.sheets import Sheet

__all__ = ["Loaded", "Project", "Settings", "load", "load_project"]

SPECS: Final = "specs"
_SUFFIXES: Final = (".yaml", ".yml")


class Project(NamedTuple):
    """All that people declared."""

    settings: Settings
    assets: dict[AssetId, Asset]
    """In the order of the files and of the entries in them."""
    models: Models
    templates: Templates
    warnings: tuple[Problem, ...] = ()
    continues: str | None = None
    """The profile whose approved takes the present one continues from."""
    turn_keys: frozenset[str] = frozenset()
    """What the turn by which it does says itself."""
    sheets: tuple[Sheet, ...] = ()
    """In the order of the files; none where only a part of the project was read."""
    has_bundles: bool = False
    """Whether there are sheets or exports in what was read."""


class Loaded(NamedTuple):
    """What could be read of a project, and what is wrong with it."""

    project: Project
    """Not for use while there are problems: assets have built-in values for what is broken, or are left out."""
    problems: Problems
    ids: frozenset[str]
    """Of the assets that are left out too."""
    lost: dict[AssetId, frozenset[str]]
    """The variables that have no value because of a problem, of the assets that should have them."""
    unclear: tuple[str, ...]
    """What further ids look like (as globs) that cannot be told because of a problem."""

    @classmethod
    def whole(cls, project: Project) -> Loaded:
        """A project without problems."""
        return cls(project=project, problems=Problems(), ids=frozenset(project.assets), lost={}, unclear=())


def load_project(root: Path, profile: str | None = None) -> Project:
    """Read the project in a folder.

    Raises SpecErrors with all problems of all files, and UsageError when there is no project or no such profile.
    """
    loaded = load(root, profile)
    loaded.problems.raise_if_any()
    return loaded.project


def load(root: Path, profile: str | None = None, only: Collection[str] | None = None) -> Loaded:
    """As `load_project`, but gives what could be read beside the problems. Raises UsageError.

    With `only`, no other spec files are read (their paths, from the root).
    """
    if not os.path.lexists(root / FILE) and not os.path.lexists(root / SPECS):
        raise UsageError(
            f"there is no project in {root}", hint=f"`pipeline init` begins one; else look for {FILE} with -C"
        )
    with in_bulk():
        return _Loader(root, profile).load(only)


class _Loader:
    def __init__(self, root: Path, profile: str | None) -> None:
        self._root = root
        self._problems, self._warnings = Problems(), Problems()
        self._reads = Reads()
        self._templates = Templates(root, self._reads)
        self._renderer = Renderer(root, self._templates, self._problems)
        self._yaml: dict[str, Parsed] = {}
        self._rows = RowFiles(root, self._yaml, self._reads)
        self._palettes: Palettes | None = None
        self._written: list[Written] = []
        self._read: list[str] = [FILE]
        settings = self._parsed(root / FILE, FILE) if os.path.lexists(root / FILE) else None
        self._settings, self._base = read_settings(settings, root, profile, self._problems)
        if (root / "pipeline.yml").exists():
            self._problems.add(Origin("pipeline.yml", 1, 1), "pipeline.yml is not read", f"call it {FILE}")

    def load(self, only: Collection[str] | None) -> Loaded:
        """Read specs, then declare their assets, then look at all of them together."""
        parsed = self._specs(only)
        scope = self._renderer.with_vars(Scope(), self._base.vars)
        scope = self._renderer.with_vars(scope, self._base.defaults.vars)
        specs = self._without_data(parsed, scope)
        declarer = self._declarer(self._base)
        declared: list[Declared] = []
        for file, node in specs.items():
            self._reads.by = file
            declared += self._declare(file, node, scope, declarer)
        if any(isinstance(node.value, Broken) for node in specs.values()):
            declarer.unclear.append("*")
        if any(item.later is not None for item in declared):
            declared = self._with_derived(declared)
        check_unique(declared, self._problems)
        sheets = self._sheets(declared, all_known=not declarer.unclear) if self._written and only is None else ()
        exports = self._exports(declared, sheets, is_whole=only is None and not declarer.unclear)
        sources = dict.fromkeys(
            (
                *self._read,
                *self._rows.paths,
                *(self._palettes.paths if self._palettes is not None else ()),
                *self._templates.partials,
                *(f"{SPECS}/{path}" for sheet in sheets for one in sheet.templates for path in one.digests),
            )
        )
        project = Project(
            settings=self._settings._replace(sources=tuple(sources), exports=exports),
            assets={asset.id: asset for item in declared if item.asset for asset in (*item.inner, item.asset)},
            models=self._base.models,
            templates=self._templates,
            warnings=self._warnings.all(),
            continues=self._base.continues,
            turn_keys=self._base.turn_keys,
            sheets=sheets,
            has_bundles=bool(self._written or exports),
        )
        known = frozenset(id for item in declared for id in (item.id, *(asset.id for asset in item.inner)))
        lost = {AssetId(item.id): item.lost for item in declared if item.lost}
        unclear = tuple(declarer.unclear)
        return Loaded(project=project, problems=self._problems, ids=known, lost=lost, unclear=unclear)

    def _with_derived(self, declared: list[Declared]) -> list[Declared]:
        """What is declared, with the assets that are made of another one's picture."""
        from pipeline.spec.derived import resolve

        waiting = {item.id: item.later for item in declared if item.later is not None}
        there = {item.asset.id: item.asset for item in declared if item.asset is not None}
        lacking = {item.id for item in declared if item.asset is None and item.later is None}
        done = resolve(waiting, there, lacking, self._problems)
        return [
            item._replace(asset=done.get(AssetId(item.id))) if item.later is not None else item for item in declared
        ]

    def _declarer(self, base: Base) -> Declarer:
        return Declarer(
            models=base.models,
            over=base.over,
            renderer=self._renderer,
            templates=self._templates,
            rows=self._rows,
            palettes=self._files_of_colors,
            folders=Folders(self._root, self._settings.remote),
            problems=self._problems,
            warnings=self._warnings,
            continues=base.continues,
        )

    # --- files

    def _files_of_colors(self) -> Palettes:
        """What reads them, once an asset has steps."""
        if self._palettes is None:
            from pipeline.spec.palettes import Palettes

            self._palettes = Palettes(self._root, self._reads)
        return self._palettes

    def _specs(self, only: Collection[str] | None) -> dict[str, Node]:
        """The values of all spec files by their path, in order; with `only`, of these."""
        if only is None:
            found = sorted(self._spec_files(self._root / SPECS, SPECS, frozenset()))
        else:
            found = [(file, self._root / file) for file in sorted(only)]
        self._read += [file for file, _ in found]
        return {file: self._parsed(path, file) for file, path in found}

    def _spec_files(self, folder: Path, name: str, above: frozenset[str]) -> Iterator[tuple[str, Path]]:
        real = os.path.realpath(folder)
        home = os.path.realpath(self._root)
        if not (real + os.sep).startswith(home.rstrip(os.sep) + os.sep):
            self._problems.add(
                Origin(name, 1, 1), f"{name} is a symlink that leaves the project", "copy it into the project"
            )
            return
        if real in above or not os.path.lexists(folder):
            return
        try:
            entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
        except NotADirectoryError:
            self._problems.add(Origin(name, 1, 1), f"{name} is a file, not a folder", f"specs stand below {SPECS}/")
            return
        except OSError as error:
            self._unreadable(name, disk.refusal(error))
            return
        disk.note_said(folder, lambda: disk.said_by_names(entry.name for entry in entries))
        for entry in entries:
            file = f"{name}/{entry.name}"
            if entry.name.startswith("."):
                continue
            try:
                if entry.is_dir():
                    yield from self._spec_files(Path(entry.path), file, above | {real})
                elif entry.name.lower().endswith(_SUFFIXES):
                    if entry.is_symlink() and not Path(entry.path).resolve().is_relative_to(home):
                        at = Origin(file, 1, 1)
                        self._problems.add(at, f"{file} is a symlink that leaves the project", "copy it")
                    else:
                        yield file, Path(entry.path)
            except (OSError, RuntimeError) as error:
                if entry.name.lower().endswith(_SUFFIXES):  # else whoever names it is told
                    self._unreadable(file, disk.refusal(error))

    def _unreadable(self, file: str, error: disk.Unreadable) -> None:
        self._problems.add(Origin(file, 1, 1), f"{file} {error.why}", error.hint)

    def _parsed(self, path: Path, file: str) -> Node:
        problems = Problems()
        node = Node(BROKEN, Origin(file, 1, 1))
        try:
            text = source.decode(disk.read_file(path), file, problems)
            node = node if text is None else source.read(text, file, problems)
        except FileNotFoundError:
            problems.add(node.origin, f"{file} is not there any more", "try again")
        except disk.Unreadable as error:
            problems.add(node.origin, f"{file} {error.why}", error.hint)
        self._problems.take_from(problems.all())
        self._yaml[file] = Parsed(node, not problems)
        return node

    def _without_data(self, parsed: dict[str, Node], scope: Scope) -> dict[str, Node]:
        """The specs without the files that a for_each names for its rows: those are data."""
        data: set[str] = set()
        silent = Renderer(self._root, self._templates, Problems())
        for file, node in parsed.items():
            top = node.value if isinstance(node.value, dict) else {}
            entries = top["assets"].value if "assets" in top else None
            if not isinstance(entries, dict):
                continue
            within = [entry.value for entry in entries.values() if isinstance(entry.value, dict)]
            loops = [keys["for_each"] for keys in within if "for_each" in keys]
            if not loops:
                continue
            from pipeline.spec.foreach import rows_named

            inner = silent.with_vars(scope, checked_vars(top.get("vars"), Problems()))
            for for_each in loops:
                named = rows_named(for_each, inner, silent)
                if named is not None and ids.from_specs(named) != file:
                    data.add(ids.cleaned(ids.from_specs(named)))
        return {file: node for file, node in parsed.items() if file not in data}

    def _exports(self, declared: list[Declared], sheets: Sequence[Sheet], *, is_whole: bool) -> tuple[Export, ...]:
        """What pipeline.yaml exports, held against assets and sheets where all of them are known."""
        if self._base.exports is None or self._base.exports.value is None:
            return ()
        from pipeline.spec.exports import check_exports, read_exports

        found = read_exports(
            self._base.exports,
            root=self._root,
            remote=self._settings.remote,
            templates=self._templates,
            problems=self._problems,
        )
        assets = [item.asset for item in declared if item.asset is not None]
        if is_whole and len(assets) == len(declared):
            tagged = {str(asset.id): asset.tags for asset in assets}
            files = {path: f"the file of `{asset.id}`" for asset in assets for path in asset.paths}
            for sheet in sheets:
                own = sheet.paths(sheet.frames, animated=bool(sheet.animations))
                files |= dict.fromkeys(own, f"a file of the sheet `{sheet.name}`")
            check_exports(found, tagged, files, self._problems)
        return found

    # --- one spec

    def _declare(self, file: str, node: Node, scope: Scope, declarer: Declarer) -> list[Declared]:
        keys = checked_keys(node, Place.FILE, self._problems)
        scope = self._renderer.with_vars(scope, checked_vars(keys.get("vars"), self._problems))
        defaults = checked_layer(keys.get("defaults"), Place.DEFAULTS, self._problems)
        scope = self._renderer.with_vars(scope, defaults.vars)
        spec = SpecFile(
            file=file,
            prefix=self._prefix(keys.get("prefix"), scope),
            scope=scope,
            under=(self._base.defaults, defaults),
        )
        assets = keys.get("assets")
        if assets is not None and isinstance(assets.value, Broken):
            declarer.unclear.append("*")
        entries = assets.value if assets is not None and isinstance(assets.value, dict) else {}
        found: list[Declared] = []
        for key, entry in entries.items():
            found += declarer.declare(key, entry, spec)
        self._note_sheets(keys.get("sheets"), spec)
        return found

    def _note_sheets(self, node: Node | None, spec: SpecFile) -> None:
        """Sheets are read last, when all assets are known."""
        if node is None or not isinstance(node.value, dict) or not node.value:
            return
        from pipeline.spec.sheet_reading import Written

        self._written += [Written(name, value, spec) for name, value in node.value.items()]

    def _sheets(self, declared: list[Declared], *, all_known: bool) -> tuple[Sheet, ...]:
        from pipeline.spec.sheet_reading import SheetReader, check_paths

        reader = SheetReader(
            self._root,
            over=self._base.over,
            renderer=self._renderer,
            folders=Folders(self._root, self._settings.remote),
            problems=self._problems,
            reads=self._reads,
        )
        assets = [item.asset for item in declared if item.asset is not None]
        sheets = reader.sheets(self._written, assets, all_known=all_known)
        check_paths(sheets, assets, self._problems)
        return sheets

    def _prefix(self, node: Node | None, scope: Scope) -> str | None:
        """The file's prefix; None with a problem."""
        if node is None or node.value is None:
            return ""
        try:
            value = self._renderer.value(node, scope)
        except Told:
            return None
        if not isinstance(value, str):
            self._problems.add(node.origin, "`prefix` is a text")
            return None
        prefix = value.strip()
        if prefix and (why := ids.wrong_id(prefix)):
            bare = prefix.strip("/")
            hint = f"write `{bare}`: the slash behind it is put there" if not ids.wrong_id(bare) else ""
            self._problems.add(node.origin, f"the prefix `{prefix}` {why}", hint)
            return None
        return prefix
