"""The footprint of a build that has nothing left to do: all that its result depended on, and how that looks.

Written when a build has ended, it must describe what the build *saw*. So whatever people write (specs, templates,
pictures, settings) has to be older than the build itself, and what the build wrote has to look as it did right after
that. If anything moved meanwhile, there is no footprint, and the next build looks closer.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pipeline
from pipeline import uptodate
from pipeline.digest import fan_out
from pipeline.looks import RACY_NS, in_folders, rows_in
from pipeline.rest import Rest
from pipeline.spec import disk
from pipeline.spec.load import SPECS
from pipeline.words import State, Step
from pipeline.workshop import LOCAL, Workshop

_CLOCK_SET_NS = 1_000_000_000


@dataclass(frozen=True, kw_only=True)
class Began:
    """When a build began to look at things."""

    clock_ns: int = field(default_factory=time.time_ns)
    steady_ns: int = field(default_factory=time.monotonic_ns)
    looked: disk.Looked = field(default_factory=disk.note_looks)
    """How that looked which it has read since."""

    @property
    def clock_was_set(self) -> bool:
        """Whether somebody set the clock since: then times tell nothing. (A busy machine reads the two apart.)"""
        return abs((time.time_ns() - self.clock_ns) - (time.monotonic_ns() - self.steady_ns)) > _CLOCK_SET_NS


def begin() -> Began:
    """A build begins: from now on it is noted what this thread looks at."""
    return Began()


class Moved(Exception):
    """Something is not as the build saw it, or changed too lately to tell."""


class Taker:
    """Collects the rows of one footprint."""

    def __init__(self, root: Path, began: Began) -> None:
        self._root, self.began = root, began
        self._prefix = f"{root}/"
        self.rows: dict[str, tuple[int, int, int, int]] = {}
        self.folders: dict[str, tuple[int, int]] = {}
        self.absent: set[str] = set()

    def row(self, path: Path | str) -> tuple[int, int, int, int]:
        """Take how a path looks now; it is given from the root."""
        found = os.stat(self._prefix + str(path))
        row = (found.st_mtime_ns, found.st_ctime_ns, found.st_size, found.st_ino)
        self.rows[str(path)] = row
        return row

    def older(self, path: Path | str) -> None:
        """Take something that the build only read. Raises Moved where it changed since the build began."""
        mtime, ctime, *_ = row = self.row(path)
        seen = self.began.looked.get(self._prefix + str(path), row)
        since = max(mtime, ctime)
        if seen != row or (since + RACY_NS >= self.began.clock_ns and not self._says_the_same(path, since)):
            raise Moved(path)

    def _says_the_same(self, path: Path | str, since_ns: int) -> bool:
        """Whether what was saved right before the build began still says what the build read."""
        said = self.began.looked.said.get(self._prefix + str(path))
        if said is None:
            return False
        _wait_until_settled(since_ns)  # what is read from then on cannot change without looking otherwise
        row = self.rows[str(path)]
        return disk.what_it_says(self._prefix + str(path)) == said and self.row(path) == row

    def row_if_there(self, path: Path) -> None:
        """As `row`, or take that there is nothing."""
        name = os.path.relpath(path, self._root)
        if os.path.lexists(path):
            self.row(name)
        else:
            self.absent.add(name)

    def older_if_there(self, path: Path) -> None:
        """As `older`, or take that there is nothing."""
        if os.path.lexists(path):
            self.older(os.path.relpath(path, self._root))
        else:
            self.row_if_there(path)

    def way_to(self, path: str) -> None:
        """Take the folders on the way to a file: none may become a symlink that leads elsewhere."""
        folder = os.path.dirname(path)
        while folder and folder not in self.folders:
            self.stays(folder)
            folder = os.path.dirname(folder)

    def stays(self, path: str) -> None:
        """Take that this very folder or file is there, whatever becomes of what is in it. Raises OSError."""
        found = os.lstat(self._prefix + path)
        self.folders[path] = (found.st_ino, found.st_mode)

    def take_rest(self, rest: Rest) -> None:
        """Take over what was found to look as before, where it was not looked at since."""
        rows, folders, absent, _, _ = rest.whole.shared
        for path, row in rows_in(rows):
            if not path.startswith(f"{LOCAL}/"):
                self.rows.setdefault(path, row)
        for path, row, _ in (*rest.owned(), *rest.read()):
            self.rows.setdefault(path, row)
        for path, inode, mode in folders:
            self.folders.setdefault(path, (inode, mode))
        self.absent.update(absent)

    @property
    def newest_ns(self) -> int:
        return max((max(mtime, ctime) for mtime, ctime, *_ in self.rows.values()), default=0)


def inputs_of(taker: Taker, shop: Workshop) -> list[str]:
    """Take what any build depends on; gives the names of settings and locks. Raises Moved, OSError."""
    names = uptodate.names_in(str(shop.root))
    _tool(taker)
    _inputs(taker, shop, names)
    _store(taker, shop)
    return names


def of_idle(taker: Taker, shop: Workshop, steps: Sequence[Step], names: list[str]) -> uptodate.Footprint:
    """The footprint of a build that would do nothing about these steps. Raises Moved, OSError."""
    _places_of_takes(taker, shop, steps)
    assets = shop.project.assets
    ids = {step.asset for step in steps}
    if shop.rest is not None:
        taker.take_rest(shop.rest)
    for id in ids | shop.graph.all_upstream(ids):
        for path in assets[id].paths:
            if id in ids or os.path.lexists(shop.root / path):
                output(taker, shop, path)
    _bundles(taker, shop)
    loose = loose_paths(shop)
    for path in loose:
        taker.row_if_there(shop.root / path)
    if any(os.path.lexists(shop.root / path) for path in loose - shop.lock.read().sides.paths() - shop.bundle_files):
        taker.stays(f"{LOCAL}/files")  # nothing else knows whose these are
    return footprint(taker, shop, names)


def _bundles(taker: Taker, shop: Workshop) -> None:
    """Take the files of bundles, and the built files of all assets, of which bundles are made."""
    if not shop.project.has_bundles:
        return
    built = {path for asset in shop.project.assets.values() for path in asset.paths}
    for path in sorted(built | shop.bundle_files):
        if os.path.lexists(shop.root / path):
            output(taker, shop, path)
        else:
            taker.row_if_there(shop.root / path)


def output(taker: Taker, shop: Workshop, path: str) -> None:
    """Take a built file. Raises Moved where it is not the one that the build knows."""
    taker.way_to(path)
    mtime, ctime, size, inode = taker.row(path)
    if not shop.outputs.is_sure(path, (size, mtime, ctime, inode)):
        raise Moved(path)


def loose_paths(shop: Workshop) -> frozenset[str]:
    """Paths that the lock or `.pipeline/files` know and no asset has, there or not."""
    declared = {path for asset in shop.project.assets.values() for path in asset.paths}
    if shop.rest is not None:
        loose = shop.rest.left_paths(shop.lock.read().sides, shop.outputs) - declared
        return frozenset(loose - shop.rest.paths if loose else loose)
    return frozenset({*shop.outputs.paths(), *shop.lock.read().sides.paths()} - declared)


def settle(taker: Taker, shop: Workshop) -> None:
    """See to it that all rows are older than this moment by more than the clock's step. Raises Moved."""
    _wait_until_settled(taker.newest_ns)
    if taker.began.clock_was_set or taker.newest_ns + RACY_NS >= time.time_ns():
        raise Moved
    shop.outputs.settle()


def _wait_until_settled(since_ns: int) -> None:
    time.sleep(max(0, min(RACY_NS, since_ns + RACY_NS - time.time_ns())) / 1e9)


def footprint(taker: Taker, shop: Workshop, names: list[str]) -> uptodate.Footprint:
    """What was taken, as it is kept."""
    try:
        rows = in_folders(taker.rows)
    except OverflowError:  # a time that no clock shows
        raise Moved from None
    folders = [(path, *found) for path, found in taker.folders.items()]
    return rows, folders, sorted(taker.absent), [f"{LOCAL}/{shop.guard.name}"], names


def _tool(taker: Taker) -> None:
    """The tool itself, and the folders of the libraries that it parses and renders with."""
    from importlib.util import find_spec

    package = Path(pipeline.__file__).parent
    for file in sorted(package.rglob("*")):
        if file.suffix in (".py", ".yaml") and "starter" not in file.parts:
            taker.older(os.path.relpath(file, taker._root))
    found = [find_spec(name) for name in ("jinja2", "yaml")]
    for library in {Path(one.origin).parent.parent for one in found if one is not None and one.origin}:
        taker.older(os.path.relpath(library, taker._root))


def _inputs(taker: Taker, shop: Workshop, names: Iterable[str]) -> None:
    """What people write: the folders of specs, every file that was read or looked for, and all locks."""
    for folder in folders_below(shop.root / SPECS):
        taker.older(os.path.relpath(folder, shop.root))
    prefix = f"{shop.root}/"
    read = [path.removeprefix(prefix) for path in taker.began.looked if path.startswith(prefix)]
    for path in dict.fromkeys((*read, *shop.reference_files)):
        taker.way_to(path)
        if os.path.lexists(prefix + path):
            taker.older(path)
        elif taker.began.looked.get(prefix + path) is None:
            taker.absent.add(path)
        else:
            raise Moved(path)
    for name in names:
        if name == shop.lock.path.name:
            taker.row(name)
        elif name.endswith(".lock"):
            taker.older(name)
    # What a person decided meanwhile stands in the lock by now, and not in what the build saw.
    if not shop.lock.is_ours_alone:
        raise Moved(shop.lock.path)


def folders_below(folder: Path) -> Iterator[str]:
    """A folder and all below it, those behind links too. Folders that begin with a dot hold no specs."""
    seen: set[str] = set()
    for above, folders, _ in os.walk(folder, followlinks=True):
        real = os.path.realpath(above)
        if real in seen:
            folders.clear()
            continue
        seen.add(real)
        folders[:] = [name for name in folders if not name.startswith(".")]
        yield above


def _store(taker: Taker, shop: Workshop) -> None:
    """What has to stay in reach, and what is pending."""
    for store in _stores(shop):
        taker.row_if_there(store / "objects")
        for folder in sorted((store / "objects").glob("??")):
            taker.row(os.path.relpath(folder, shop.root))
    if shop.incoming.calls():
        raise Moved


def _places_of_takes(taker: Taker, shop: Workshop, steps: Iterable[Step]) -> None:
    """Where a take could turn up that a placeholder stands in for, and what is pending."""
    for step in steps:
        if step.state is State.PLACEHOLDER and step.key is not None:
            for store in _stores(shop):
                requests = store / "requests"
                place = requests / fan_out(step.key)
                # Takes of a request that nobody asked yet come with their folder, and that with the one above it.
                there = next((one for one in (place, place.parent) if one.is_dir()), requests)
                taker.older_if_there(there)
    for name in ("incoming", "ledger.jsonl"):
        taker.row_if_there(shop.root / LOCAL / name)


def _stores(shop: Workshop) -> list[Path]:
    return [store.folder for store in (shop.store.local, shop.store.remote) if store is not None]
