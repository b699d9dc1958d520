"""The footprint of a build that has nothing left to do: all that its result depended on, and how that looks.

Written when a build has ended, it must describe what the build *saw*. So whatever people write (specs, templates,
pictures, settings) has to be older than the build itself, and what the build wrote has to look as it did right after
that. If anything moved meanwhile, there is no footprint, and the next build looks closer.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import pipeline
from pipeline import uptodate
from pipeline.digest import fan_out
from pipeline.files import write_atomic
from pipeline.spec import disk
from pipeline.spec.load import SPECS
from pipeline.store.outputs import RACY_NS
from pipeline.words import State, Step
from pipeline.workshop import LOCAL, Workshop

_CLOCK_SET_NS = 1_000_000_000

_MOST_STATES = 16
_MOST_PAPERS = 8


@dataclass(frozen=True, kw_only=True)
class Began:
    """When a build began to look at things."""

    clock_ns: int = field(default_factory=time.time_ns)
    steady_ns: int = field(default_factory=time.monotonic_ns)

    @property
    def clock_was_set(self) -> bool:
        """Whether somebody set the clock since: then times tell nothing. (A busy machine reads the two apart.)"""
        return abs((time.time_ns() - self.clock_ns) - (time.monotonic_ns() - self.steady_ns)) > _CLOCK_SET_NS


def begin() -> Began:
    """A build begins: from now on it is noted what it looks at."""
    disk.looked.clear()
    return Began()


class _Moved(Exception):
    """Something is not as the build saw it, or changed too lately to tell."""


class _Taker:
    """Collects the rows of one footprint."""

    def __init__(self, root: Path, began: Began) -> None:
        self._root, self._began = root, began
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
        """Take something that the build only read. Raises _Moved where it changed since the build began."""
        mtime, ctime, *_ = row = self.row(path)
        seen = disk.looked.get(self._prefix + str(path), row)
        if seen != row or max(mtime, ctime) + RACY_NS >= self._began.clock_ns:
            raise _Moved(path)

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
            found = os.lstat(self._prefix + folder)
            self.folders[folder] = (found.st_ino, found.st_mode)
            folder = os.path.dirname(folder)

    @property
    def newest_ns(self) -> int:
        return max((max(mtime, ctime) for mtime, ctime, *_ in self.rows.values()), default=0)


def note(
    shop: Workshop,
    began: Began,
    asked: uptodate.Question,
    paper: uptodate.Paper,
    said: tuple[str, str],
    steps: Sequence[Step],
) -> None:
    """Write down the footprint of a build with nothing left to do, and what it would say. Never fails a build."""
    with suppress(_Moved, OSError):
        _write(shop, asked, _footprint(shop, began, steps), paper, said)


def _footprint(shop: Workshop, began: Began, steps: Sequence[Step]) -> uptodate.Footprint:
    taker = _Taker(shop.root, began)
    _tool(taker)
    names = uptodate.names_in(str(shop.root))
    _inputs(taker, shop, names)
    _store(taker, shop, steps)
    _outputs(taker, shop, steps)
    # Rows that are to be trusted have to be older than this moment by more than the clock's step.
    time.sleep(max(0, min(RACY_NS, taker.newest_ns + RACY_NS - time.time_ns())) / 1e9)
    shop.outputs.settle()
    if began.clock_was_set or taker.newest_ns + RACY_NS >= time.time_ns():
        raise _Moved
    guards = [f"{LOCAL}/{shop.guard.name}"]
    rows = [(path, *row) for path, row in taker.rows.items()]
    folders = [(path, *found) for path, found in taker.folders.items()]
    return rows, folders, sorted(taker.absent), guards, names


def _tool(taker: _Taker) -> None:
    """The tool itself, and the folders of the libraries that it parses and renders with."""
    import jinja2
    import yaml

    package = Path(pipeline.__file__).parent
    for file in sorted(package.rglob("*")):
        if file.suffix in (".py", ".yaml") and "starter" not in file.parts:
            taker.older(os.path.relpath(file, taker._root))
    for library in {Path(module.__file__).parent.parent for module in (jinja2, yaml) if module.__file__}:
        taker.older(os.path.relpath(library, taker._root))


def _inputs(taker: _Taker, shop: Workshop, names: Iterable[str]) -> None:
    """What people write: the folders of specs, every file that was read or looked for, and all locks."""
    for folder in _folders_below(shop.root / SPECS):
        taker.older(os.path.relpath(folder, shop.root))
    prefix = f"{shop.root}/"
    read = [path.removeprefix(prefix) for path in disk.looked if path.startswith(prefix)]
    for path in dict.fromkeys((*read, *shop.reference_files)):
        taker.way_to(path)
        if os.path.lexists(prefix + path):
            taker.older(path)
        elif disk.looked.get(prefix + path) is None:
            taker.absent.add(path)
        else:
            raise _Moved(path)
    for name in names:
        if name.endswith(".lock"):
            taker.row(name)
    if not shop.lock.is_as_read:
        raise _Moved(shop.lock.path)


def _folders_below(folder: Path) -> Iterator[str]:
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


def _store(taker: _Taker, shop: Workshop, steps: Iterable[Step]) -> None:
    """What has to stay in reach, and where a take could turn up that a placeholder stands in for."""
    stores = [store.folder for store in (shop.store.local, shop.store.remote) if store is not None]
    for store in stores:
        taker.row_if_there(store / "objects")
        for folder in sorted((store / "objects").glob("??")):
            taker.row(os.path.relpath(folder, shop.root))
    for step in steps:
        if step.state is State.PLACEHOLDER and step.key is not None:
            for store in stores:
                requests = store / "requests"
                place = requests / fan_out(step.key)
                # Takes of a request that nobody asked yet come with their folder, and that with the one above it.
                there = next((one for one in (place, place.parent) if one.is_dir()), requests)
                taker.older_if_there(there)
    if shop.incoming.calls():
        raise _Moved
    for name in ("incoming", "ledger.jsonl"):
        taker.row_if_there(shop.root / LOCAL / name)


def _outputs(taker: _Taker, shop: Workshop, steps: Iterable[Step]) -> None:
    """The built files of what was selected and of all that it needs, and files that nobody declares any more."""
    assets = shop.project.assets
    ids = {step.asset for step in steps}
    for id in ids | shop.graph.all_upstream(ids):
        path = assets[id].path
        if path and (id in ids or os.path.lexists(shop.root / path)):
            taker.way_to(path)
            mtime, ctime, size, inode = taker.row(path)
            if not shop.outputs.is_sure(path, (size, mtime, ctime, inode)):
                raise _Moved(path)
    declared = {asset.path for asset in assets.values()}
    locked = (entry for sides in shop.lock.read().sides.values() for entry in sides)
    for path in {*shop.outputs.paths(), *(path for entry in locked for path in entry.files)} - declared:
        taker.row_if_there(shop.root / path)


def _write(
    shop: Workshop,
    asked: uptodate.Question,
    footprint: uptodate.Footprint,
    paper: uptodate.Paper,
    said: tuple[str, str],
) -> None:
    """Keep it beside the states of other questions, and together with what was said on other paper."""
    others: uptodate.Said = {}
    with suppress(OSError, EOFError, ValueError, TypeError):
        before = uptodate.read(str(shop.root), asked)
        if before is not None and before[0] == footprint:
            others = dict(list(before[1].items())[-_MOST_PAPERS:])
    file = Path(uptodate.file_of(str(shop.root), asked))
    write_atomic(file, uptodate.packed(asked, footprint, {**others, paper: said}))
    states = sorted(
        (one for one in file.parent.iterdir() if len(one.name) == 8), key=lambda one: one.stat().st_mtime_ns
    )
    for old in states[:-_MOST_STATES]:
        old.unlink(missing_ok=True)
