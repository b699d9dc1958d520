"""What a build leaves behind for the next: that nothing is to do (uptodate.py), what need not be read (rest.py).

Both are conveniences below `.pipeline/state`: losing them costs time and nothing else, and they never fail a build.
"""

from __future__ import annotations

import marshal
import os
from collections.abc import Collection, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipeline import keys, uptodate
from pipeline.errors import Interrupted
from pipeline.files import make_folder, sweep, write_atomic
from pipeline.footprint import (
    Began,
    Moved,
    Taker,
    folders_below,
    footprint,
    inputs_of,
    loose_paths,
    of_idle,
    output,
    settle,
)
from pipeline.looks import in_folders, row_of
from pipeline.options import BuildOptions, mode_of
from pipeline.outcome import Outcome
from pipeline.rest import Declares, Rest, Whole, asked, file_of, is_spec, names_of_specs, packed
from pipeline.spec.load import SPECS
from pipeline.store.lines import Index, line_digests
from pipeline.words import Asset, AssetId, State, Step, owner_of
from pipeline.workshop import LOCAL, Workshop

if TYPE_CHECKING:
    from pipeline.looks import Row
    from pipeline.rest import Owned

_MOST_STATES = 16
_MOST_PAPERS = 8


@dataclass(frozen=True, kw_only=True)
class Idle:
    """The next build of the same command line would do nothing, and say this."""

    question: uptodate.Question
    paper: uptodate.Paper
    said: tuple[str, str]


def is_foreseeable(shop: Workshop, options: BuildOptions, outcome: Outcome) -> bool:
    """Whether what a build saw tells what the next one will: what a plug-in says of its credentials nobody knows."""
    return mode_of(shop, options).generator == keys.GENERATOR and outcome.exit_code != Interrupted.exit_code


def remember(
    shop: Workshop,
    began: Began,
    steps: Sequence[Step],
    idle: Idle | None,
    *,
    picked: Collection[AssetId],
    everything: bool,
) -> None:
    """Write down what a build depended on.

    `picked`: the assets whose takes and files it put in their places. `everything`: whether its steps are all that the
    project declares.
    """
    with suppress(OSError):
        sweep(shop.root / uptodate.STATE)  # what an earlier one left that died here; another's loses its state, no more
    with suppress(Moved, OSError):
        taker = Taker(shop.root, began)
        names = inputs_of(taker, shop)
        if idle is not None:
            found = of_idle(taker, shop, steps, names)
            settle(taker, shop)
            _keep_idle(str(shop.root), idle, found)
    with suppress(OSError, ValueError):
        shop.project.templates.save(all_read=shop.rest is None)
    # What bundles are made of may be in every spec, so a project that has some is read whole.
    if everything and shop.project.continues is None and not shop.project.has_bundles:
        with suppress(Moved, OSError, OverflowError):
            _keep_whole(shop, _Remembered(shop, began, steps, picked).whole())


def _keep_idle(root: str, idle: Idle, found: uptodate.Footprint) -> None:
    """Keep it beside the states of other questions, and together with what was said on other paper."""
    others: uptodate.Said = {}
    with suppress(OSError, EOFError, ValueError, TypeError):
        before = uptodate.read(root, idle.question)
        if before is not None and before[0] == found:
            others = dict(list(before[1].items())[-_MOST_PAPERS:])
    file = Path(uptodate.file_of(root, idle.question))
    make_folder(file.parent)
    write_atomic(file, uptodate.sealed(root, (idle.question, found, {**others, idle.paper: idle.said})))
    states = [one for one in file.parent.iterdir() if len(one.name) == len(file.name)]
    states.sort(key=lambda one: one.stat().st_mtime_ns)
    for old in states[:-_MOST_STATES]:
        old.unlink(missing_ok=True)


def _keep_whole(shop: Workshop, whole: Whole) -> None:
    root = str(shop.root)
    file = Path(file_of(root, shop.profile))
    make_folder(file.parent)
    write_atomic(file, packed(root, asked(root, shop.profile, shop.environ), whole))


class _Remembered:
    """Puts together what is remembered of a project: what was read now, and the rest as it was known before."""

    def __init__(self, shop: Workshop, began: Began, steps: Iterable[Step], picked: Collection[AssetId]) -> None:
        self.shop, self.taker = shop, Taker(shop.root, began)
        self.before = shop.rest.files if shop.rest is not None else ()
        self.steps, self.picked = steps, picked
        self.home = {asset.id: asset.origin.file for asset in shop.project.assets.values()}
        self.assets: dict[str, list[Asset]] = {}
        for asset in shop.project.assets.values():
            self.assets.setdefault(asset.origin.file, []).append(asset)
        self.uses = {file: set(paths) for file, paths in shop.project.templates.reads.all().items()}
        for id, rendered in shop.rendered.items():
            attached = (reference.path for reference in rendered.references if reference.path is not None)
            self.uses.setdefault(self.home[id], set()).update(attached)

    @cached_property
    def fresh(self) -> frozenset[AssetId]:
        """The assets about which the next forecast would have nothing to say, whatever becomes of others."""
        fresh = [step for step in self.steps if step.state is State.FRESH]
        told = {step.asset for step in fresh if step.reasons and not self._was_picked(step.asset)}
        return frozenset(step.asset for step in fresh if step.asset not in told and not self._shares(step.asset))

    def _was_picked(self, asset: AssetId) -> bool:
        """Whether what is told of it is only why it was picked just now."""
        return asset in self.picked and not self.shop.project.assets[asset].approve

    def _shares(self, asset: AssetId) -> bool:
        """Whether another asset has its picture, or will once it is declared."""
        return any(entry.continued in self.disputed for entry in self.shop.lock.read().of(asset))

    def whole(self) -> Whole:
        """Raises Moved, OSError."""
        shop, taker = self.shop, self.taker
        if any(map(is_spec, shop.project.templates.partials)):
            raise Moved  # a spec that is a partial too would be both what moves and what is moved by it
        names = inputs_of(taker, shop)
        ledger = row_of(str(shop.ledger.path))
        specs = [*self._specs(), *(file.file for file in self.before)]
        numbers = {file: number for number, file in enumerate(specs)}
        files = [self._declares(file, numbers) for file in self._specs()]
        files += [self._as_before(file, numbers) for file in self.before]
        settle(taker, shop)
        record = row_of(f"{shop.root}/{LOCAL}/files")
        stored = {path: taker.rows.pop(path) for path in list(taker.rows) if self._is_stored(path)}
        locks = self._locks({name: taker.rows.pop(name) for name in names if name.endswith(".lock")})
        owned, read = self._owned(files, numbers), self._read(numbers)
        if shop.rest is not None:
            self._take_shared(shop.rest, {*read, *(path for path, *_ in shop.rest.owned())})
        lost = tuple((asset, profile, key, count) for (asset, profile, key), count in shop.lost())
        if any(one.origin.file not in numbers for one in shop.project.warnings):
            raise Moved  # nobody would know of which spec it is to be told
        if row_of(str(shop.ledger.path)) != ledger:
            raise Moved
        folders = [os.path.relpath(folder, shop.root) for folder in folders_below(shop.root / SPECS)]
        for path in (*read, *folders):
            taker.rows.pop(path, None)
        return Whole(
            shared=footprint(taker, shop, names),
            listed=tuple((folder, names_of_specs(f"{shop.root}/{folder}")) for folder in folders),
            owned=owned,
            read=tuple((path, *row, tuple(sorted(users))) for path, (row, users) in read.items()),
            files=tuple(files),
            former=tuple(sorted(self._former())),
            left=(tuple(sorted(self._left_ids())), tuple(sorted(loose_paths(shop)))),
            locks=locks,
            lines=self._lines(),
            record=record,
            stored=in_folders(stored),
            disputed=tuple(sorted(self.disputed)),
            lost=lost,
            ledger=ledger,
        )

    def _take_shared(self, rest: Rest, others: Collection[str]) -> None:
        """Take over what was everybody's before, and was not looked at now."""
        before = set(self.taker.rows)
        self.taker.take_rest(rest)
        for path in others:
            if path not in before:
                self.taker.rows.pop(path, None)

    def _specs(self) -> list[str]:
        """The spec files that were read now; files of rows are none."""
        rows = set().union(*self.uses.values())
        return [path for path in self.shop.project.settings.sources if is_spec(path) and path not in rows]

    def _declares(self, file: str, numbers: Mapping[str, int]) -> Declares:
        assets, outputs = self.assets.get(file, []), self.shop.outputs
        fresh = all(asset.id in self.fresh for asset in assets)
        paths = [path for asset in assets for path in asset.paths]
        if fresh:
            for path in paths:
                output(self.taker, self.shop, path)
        records = [outputs.written(path) for path in paths]
        needs = {self.home[need] for asset in assets for need in self.shop.rendered[asset.id].upstream} - {file}
        packed = (tuple(asset.id for asset in assets), tuple(paths), tuple(tuple(one or ()) for one in records))
        return Declares(
            file=file,
            assets=sum(not asset.is_internal for asset in assets),
            packed=marshal.dumps(packed),  # type: ignore[arg-type]
            needs=tuple(sorted(numbers[need] for need in needs)),
            warnings=tuple((*w.origin, w.message, w.hint) for w in self.shop.project.warnings if w.origin.file == file),
            fresh=fresh,
        )

    def _as_before(self, file: Declares, numbers: Mapping[str, int]) -> Declares:
        assert self.shop.rest is not None
        files = self.shop.rest.whole.files
        return file._replace(
            needs=tuple(sorted(numbers[files[need].file] for need in file.needs)),
            fresh=file.fresh and file.file not in self._shared_now,
        )

    @cached_property
    def _shared_now(self) -> frozenset[str]:
        """The spec files that were not read, of whose assets another one names the picture since this build."""
        assert self.shop.rest is not None
        before = self.shop.rest.whole.disputed
        return self.shop.rest.files_of(
            id for picture, ids in self._sharing.items() if picture not in before for id in ids
        )

    def _owned(self, files: Iterable[Declares], numbers: Mapping[str, int]) -> Owned:
        """The rows of spec files and of what was built of them, each with its number; taken out of what all share."""
        rows: dict[str, Row] = {}
        owner: dict[str, int] = {}
        for file in files:
            for path in (file.file, *(file.paths if file.fresh else ())):
                row = self.taker.rows.pop(path, None)
                if row is not None:
                    rows[path], owner[path] = row, numbers[file.file]
        for path, row, of in self.shop.rest.owned() if self.shop.rest is not None else ():
            rows[path], owner[path] = row, numbers[of]
        return {
            folder: (names, looks, tuple(owner[f"{folder}/{name}".lstrip("/")] for name in names))
            for folder, (names, looks) in in_folders(rows).items()
        }

    def _read(self, numbers: Mapping[str, int]) -> dict[str, tuple[Row, set[int]]]:
        """The files that specs read, and the numbers of these. What settings read too is everybody's."""
        found: dict[str, tuple[Row, set[int]]] = {}
        for file, paths in self.uses.items():
            for path in paths & self.taker.rows.keys() if file else ():
                found.setdefault(path, (self.taker.rows[path], set()))[1].add(numbers[file])
        for path, row, users in self.shop.rest.read() if self.shop.rest is not None else ():
            if found.setdefault(path, (row, set()))[0] != row:
                raise Moved(path)
            found[path][1].update(numbers[user] for user in users)
        return {path: row for path, row in found.items() if path not in self.uses.get("", ())}

    def _is_stored(self, path: str) -> bool:
        """Whether it is a folder of the objects of a store."""
        stores = (self.shop.store.local, self.shop.store.remote)
        folders = [os.path.relpath(one.folder / "objects", self.shop.root) for one in stores if one is not None]
        return any(path == folder or path.startswith(f"{folder}/") for folder in folders)

    def _locks(self, rows: Mapping[str, Row]) -> tuple[tuple[str, tuple[int, int, int], tuple[Any, ...]], ...]:
        """How each lock looks, and where its lines begin. Raises Moved for one that is not as the tool writes it."""
        read = {self.shop.lock.path.name: self.shop.lock.read(), **self.shop.other_locks()}
        found = []
        for name, (mtime, _, size, inode) in rows.items():
            known = self.shop.rest.sound(name) if self.shop.rest is not None else None
            if known is not None and known[0] == (mtime, size, inode):
                index: Index | None = known[1]
            else:
                index = read[name].sides.index((self.shop.root / name).read_bytes()) if name in read else None
            if index is None:
                raise Moved(name)
            found.append((name, (mtime, size, inode), (index.ids, index.starts, index.turns)))
        return tuple(found)

    def _lines(self) -> bytes:
        """A digest of each line of the profile's own lock. Raises Moved."""
        if self.shop.rest is not None and self.shop.lock.is_sound:
            return self.shop.rest.whole.lines
        try:
            digests = line_digests(self.shop.lock.path.read_bytes())
        except FileNotFoundError:
            return b""
        if digests is None:
            raise Moved(self.shop.lock.path)
        return b"".join(digests.values())

    @cached_property
    def disputed(self) -> frozenset[str]:
        """The pictures that lines of several assets name."""
        return frozenset(self._sharing)

    @cached_property
    def _sharing(self) -> Mapping[str, Collection[AssetId]]:
        """By picture: the assets whose lines name it, where they are several."""
        if self.shop.rest is not None and self.shop.rest.same_locks and self.shop.lock.is_sound:
            return dict.fromkeys(self.shop.rest.whole.disputed, ())
        first: dict[str, AssetId] = {}
        found: dict[str, set[AssetId]] = {}
        for locked in (self.shop.lock.read(), *self.shop.other_locks().values()):
            for asset, digest in locked.sides.named():
                owner = owner_of(asset)
                if (other := first.setdefault(digest, owner)) != owner:
                    found.setdefault(digest, {other}).add(owner)
        return found

    def _former(self) -> set[str]:
        """The ids that assets say they had before."""
        now = {asset.was for asset in self.shop.project.assets.values() if asset.was is not None}
        return now.union(self.shop.rest.whole.former if self.shop.rest is not None else ())

    def _left_ids(self) -> set[AssetId]:
        """The ids that the lock knows and nobody declares."""
        rest, lines = self.shop.rest, self.shop.lock.read().sides
        ids = lines if rest is None else [id for id in rest.left_ids(lines) if id not in rest]
        return {id for id in ids if id not in self.shop.project.assets}
