"""What a project has to be watched for: which folders, and what a changed file in them means."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterable, Iterator, Mapping
from enum import StrEnum
from pathlib import Path

from pipeline.files import is_half_written
from pipeline.footprint import Began, folders_below
from pipeline.live.rows import Row
from pipeline.looks import RACY_NS, row_of
from pipeline.spec import disk
from pipeline.spec.load import SPECS
from pipeline.uptodate import NAMED
from pipeline.words import AssetId
from pipeline.workshop import Workshop


class Kind(StrEnum):
    """What a path is to the project."""

    INPUT = "input"  # people write it, and pictures are made from it
    LOCK = "lock"
    OUTPUT = "output"  # a built file, or a folder that is followed


class Followed:
    """Learns from each look which files the project is made of; what it once read stays followed."""

    def __init__(self, root: Path) -> None:
        self._root = str(root)
        self._specs = f"{root}/{SPECS}"
        self._inputs: set[str] = set()
        self._paths: dict[AssetId, tuple[str, ...]] = {}
        self._outputs: frozenset[str] = frozenset()
        self._output_folders: frozenset[str] = frozenset()
        self._bundled: frozenset[str] = frozenset()
        self._whole: object = None
        self._read = disk.Looked()
        self.folders: frozenset[str] = frozenset()
        """Absolute paths of the folders to follow, there or not."""

    def learn(
        self,
        shop: Workshop | None,
        began: Began,
        rows: Mapping[AssetId, Row],
        gone: Collection[AssetId],
    ) -> None:
        """Take in what a look read (shop: None where it failed), and what it found of assets."""
        self._learn_outputs(rows, gone)
        if shop is not None:
            self._bundled = frozenset(f"{self._root}/{path}" for path in shop.bundle_files)
        self._read = began.looked
        read = {path for path in began.looked if path.startswith(f"{self._root}/")}
        if shop is not None:
            read.update(f"{self._root}/{path}" for path in shop.reference_files)
            if shop.rest is not None and shop.rest.whole is not self._whole:
                self._whole = shop.rest.whole
                read.update(f"{self._root}/{path}" for path, _, _ in shop.rest.read())
        for path in read - self._inputs:
            self._inputs.update((path, os.path.realpath(path)))
        wanted = {self._root, *folders_below(Path(self._specs)), *self._output_folders}
        wanted.update(map(os.path.dirname, self._bundled))
        wanted.update(os.path.dirname(path) for path in self._inputs)
        self.folders = frozenset({above for folder in wanted for above in self._up_to_root(folder)})

    def _learn_outputs(self, rows: Mapping[AssetId, Row], gone: Collection[AssetId]) -> None:
        now = {id: row.paths for id, row in rows.items() if row.paths}
        moved = {id: paths for id, paths in now.items() if self._paths.get(id) != paths}
        if not moved and not any(id in self._paths for id in gone):
            return
        self._paths.update(moved)
        for id in gone:
            self._paths.pop(id, None)
        self._outputs = frozenset(f"{self._root}/{path}" for paths in self._paths.values() for path in paths)
        self._output_folders = frozenset(map(os.path.dirname, self._outputs))

    def _up_to_root(self, folder: str) -> Iterator[str]:
        """A folder and those above it in the project: where it comes back after it was removed."""
        yield folder
        while folder.startswith(f"{self._root}/"):
            folder = os.path.dirname(folder)
            yield folder

    def kinds(self, paths: Iterable[str]) -> dict[str, Kind]:
        """What changed paths mean; those that mean nothing, or were read as they are now, are left out."""
        found = {path: kind for path in paths if (kind := self._kind(path)) is not None}
        return {path: kind for path, kind in found.items() if kind is not Kind.INPUT or not self._was_read(path)}

    def _was_read(self, path: str) -> bool:
        """Whether the last look read what is there now: one save is often told in two pieces."""
        if self._read.get(path) != row_of(path) or path not in self._read:
            return False
        return path not in self._read.said or disk.what_it_says(path) == self._read.said[path]

    def _kind(self, path: str) -> Kind | None:
        folder, _, name = path.rpartition("/")
        if path in self._outputs or path in self._bundled:
            return Kind.OUTPUT
        if path in self._inputs:
            return Kind.INPUT
        if is_half_written(name):
            return None
        if path == self._specs or path.startswith(f"{self._specs}/"):
            below = path[len(self._specs) :]
            if "/." in below or (_is_of_an_editor(name) and path not in self.folders and not os.path.isdir(path)):
                return None
            return Kind.INPUT
        if folder == self._root and name.startswith(NAMED) and name != NAMED:
            return Kind.LOCK if name.endswith(".lock") else Kind.INPUT
        if path == self._root:  # of its own changes its files tell, but for the one that takes it away
            return None if os.path.isdir(path) else Kind.OUTPUT
        return Kind.OUTPUT if path in self.folders else None


def is_empty(path: str) -> bool:
    """Whether there is a file without a byte."""
    row = row_of(path)
    return row is not None and row[2] == 0


def changed_since(folders: Iterable[str], since_ns: int) -> bool:
    """Whether anything in these folders, or they themselves, changed from then on or right before."""
    for folder in folders:
        try:
            with os.scandir(folder) as entries:
                latest = max((entry.stat(follow_symlinks=False).st_ctime_ns for entry in entries), default=0)
            latest = max(latest, os.stat(folder).st_ctime_ns)
        except OSError:  # it went just now
            return True
        if latest + RACY_NS >= since_ns:
            return True
    return False


def _is_of_an_editor(name: str) -> bool:
    """Whether a file of that name is a copy or a trial that an editor leaves beside the one that it saves."""
    return name.endswith("~") or name.isdigit() or (name.startswith("#") and name.endswith("#"))
