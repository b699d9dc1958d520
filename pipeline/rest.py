"""The rest of a project: what was fresh when all of it was last built, and has not moved since.

A build of everything leaves behind what each spec file declares and what it read, and how all that looked. The next
plan or build looks at the disk first. Files that did not move, and that need nothing which did, are not read again:
their assets are fresh, and stay it whatever becomes of the others. Only their ids and paths are still taken.

Where the disk does not tell (other settings, a lock that somebody else wrote, a spec that is gone), all is read.
"""

from __future__ import annotations

import marshal
import os
from collections.abc import Collection, Iterable, Iterator, Mapping
from functools import cached_property, partial
from itertools import accumulate, pairwise
from typing import TYPE_CHECKING, Any

from pipeline import uptodate
from pipeline.bulk import in_bulk
from pipeline.errors import Origin, Problem
from pipeline.frozen import NamedTuple
from pipeline.looks import row_of, rows_in
from pipeline.spec import disk
from pipeline.store.lines import Index, Lines, digests_in, sharing
from pipeline.store.outputs import Outputs, Written
from pipeline.words import AssetId

if TYPE_CHECKING:
    from typing import TypeAlias

    from pipeline.looks import Row

    Owned: TypeAlias = dict[str, tuple[tuple[str, ...], bytes, tuple[int, ...]]]

FORMAT = 2

_MOST_CHANGED = 200
"""Lines of the lock: of more it is as quick to read everything."""


class Declares(NamedTuple):
    """What is remembered of one spec file. Its assets are unpacked when somebody asks for them."""

    file: str
    assets: int
    """How many it declares, turns and points not counted."""
    needs: tuple[int, ...]
    """The numbers of other spec files whose assets its own refer to or come after."""
    warnings: tuple[tuple[str, int, int, str, str], ...]
    fresh: bool
    """Whether all of its assets were; if not, it is read whatever has moved."""
    packed: bytes | memoryview

    @property
    def ids(self) -> tuple[str, ...]:
        """Of its assets, their turns and points too."""
        ids: tuple[str, ...] = marshal.loads(self.packed)[0]
        return ids

    @property
    def paths(self) -> tuple[str, ...]:
        """Where these are built, as far as they are."""
        paths: tuple[str, ...] = marshal.loads(self.packed)[1]
        return paths

    @property
    def written(self) -> Mapping[str, Written]:
        """What `.pipeline/files` has of these."""
        _, paths, records = marshal.loads(self.packed)
        return {path: Written(*record) for path, record in zip(paths, records, strict=True) if record}


class Whole(NamedTuple):
    """What a build of everything leaves behind."""

    shared: uptodate.Footprint
    """What all depends on. If it moved, everything is read."""
    listed: tuple[tuple[str, tuple[str, ...]], ...]
    """The folders of specs, and the names in them."""
    owned: Owned
    """By folder: spec files and the built files of their assets, as in a footprint; and the numbers of the specs."""
    read: tuple[tuple[str, int, int, int, int, tuple[int, ...]], ...]
    """Templates, rows and pictures, with the numbers of the spec files that use them."""
    files: tuple[Declares, ...]
    former: tuple[str, ...]
    """Ids that fresh assets say they had before."""
    left: tuple[tuple[str, ...], tuple[str, ...]]
    """Ids and paths that only the lock and `.pipeline/files` know, there or not."""
    locks: tuple[tuple[str, tuple[int, int, int], tuple[tuple[str, ...], bytes, bool]], ...]
    """Of each lock: its name, how it looked (time of modification, size, inode), and where its lines begin."""
    lines: bytes
    """Of the profile's own lock: a short digest of each line, in order."""
    record: Row | None
    """How `.pipeline/files` looked."""
    stored: uptodate.Rows
    """The folders of the store, where an object could go missing."""
    disputed: tuple[str, ...]
    """The takes that lines of several assets name, in the locks of all profiles."""
    lost: tuple[tuple[str, str, str, int], ...]
    """Calls that may have been charged: asset, profile, request key, how many; as long as the ledger looks so."""
    ledger: Row | None


class Seen(NamedTuple):
    """How that looked which may move without all being read anew."""

    locks: Mapping[str, tuple[int, int, int] | None]
    record: Row | None


class Outdated(Exception):
    """Somebody built or decided something after it was seen what had moved: everything is to be read."""


class Rest:
    """The part of a project that is not read, and what has to be known of it all the same."""

    def __init__(self, whole: Whole, only: frozenset[str], seen: Seen, other: frozenset[str]) -> None:
        self.whole, self.only, self.seen, self._other = whole, only, seen, other
        """`only`: the spec files that are read. `other`: ids whose lines in the profile's own lock are others now."""
        self.same_locks = all(seen.locks[name] == looks for name, looks, _ in whole.locks)
        self.same_record = seen.record == whole.record
        """Whether all locks, and `.pipeline/files`, are as they were."""

    def wider(self, more: frozenset[str]) -> Rest:
        """The same with more files that are read."""
        return Rest(self.whole, self.only | more, self.seen, self._other)

    @cached_property
    def files(self) -> tuple[Declares, ...]:
        return tuple(file for file in self.whole.files if file.file not in self.only)

    def check(self, root: str) -> None:
        """Raises Outdated where what all depends on is not as it was: a build, decision or checkout came in between."""
        try:
            stands = uptodate.holds(root, self.whole.shared) and uptodate.look_alike(f"{root}/", self.whole.stored)
        except OSError:
            stands = False
        if not stands or _seen(f"{root}/", self.whole) != self.seen:
            raise Outdated

    def __contains__(self, id: object) -> bool:
        """Whether it declares an asset of that id. Nothing is unpacked before somebody asks."""
        return id in self.ids

    @cached_property
    def ids(self) -> frozenset[AssetId]:
        return frozenset(AssetId(id) for file in self.files for id in file.ids)

    @cached_property
    def paths(self) -> frozenset[str]:
        return frozenset(path for file in self.files for path in file.paths)

    @property
    def fresh(self) -> int:
        """How many assets there are, turns and points not counted."""
        return sum(file.assets for file in self.files)

    @property
    def warnings(self) -> Iterator[Problem]:
        for file in self.files:
            for path, line, column, message, hint in file.warnings:
                yield Problem(Origin(path, line, column), message, hint)

    def left_ids(self, lines: Lines) -> list[AssetId]:
        """The ids with lines in the lock that may be nobody's now, sorted."""
        known = {*self.whole.left[0], *self._other, *(id for file in self._read for id in file.ids)}
        return sorted(AssetId(id) for id in known if AssetId(id) in lines)

    def left_paths(self, lines: Lines, outputs: Outputs) -> set[str]:
        """The paths that the lock and `.pipeline/files` know, and that may be nobody's now; some of the rest's too."""
        if not self.same_record:
            return {*lines.paths(), *outputs.paths()}
        named = {path for id in self._other for entry in lines.get(AssetId(id), ()) for path in entry.files}
        return {*self.whole.left[1], *named, *(path for file in self._read for path in file.paths)}

    @property
    def written(self) -> Mapping[str, Written] | None:
        """What this machine wrote of the files that are read; None where that is to be read too."""
        if not self.same_record:
            return None
        return {path: written for file in self._read for path, written in file.written.items()}

    @property
    def _read(self) -> list[Declares]:
        return [file for file in self.whole.files if file.file in self.only]

    def owned(self) -> Iterator[tuple[str, Row, str]]:
        """How the files that were not read look, and what was built of them; with the spec file."""
        for folder, (names, rows, numbers) in self.whole.owned.items():
            files = [self.whole.files[number].file for number in numbers]
            for (path, row), file in zip(rows_in({folder: (names, rows)}), files, strict=True):
                if file not in self.only:
                    yield path, row, file

    def read(self) -> Iterator[tuple[str, Row, list[str]]]:
        """How that looks which files that were not read use; with these."""
        for path, mtime, ctime, size, inode, users in self.whole.read:
            of = [file for number in users if (file := self.whole.files[number].file) not in self.only]
            if of:
                yield path, (mtime, ctime, size, inode), of

    def sound(self, name: str) -> tuple[tuple[int, int, int], Index] | None:
        """How a lock looked in which every line was right, and where these begin."""
        return next(((looks, Index(*index)) for lock, looks, index in self.whole.locks if lock == name), None)

    def files_of(self, ids: Iterable[str]) -> frozenset[str]:
        """The spec files, among those that are not read, that declare these assets."""
        wanted = set(ids)
        return frozenset(file.file for file in self.files if wanted and not wanted.isdisjoint(file.ids))


def asked(root: str, profile: str | None, environ: Mapping[str, str]) -> uptodate.Question:
    """What a remembered project answers to: the same tool, place and profile."""
    return (uptodate.tool(), root, profile, environ.get("HOME"))  # a remote may begin with ~


def file_of(root: str, profile: str | None) -> str:
    return f"{root}/{uptodate.STATE}/whole{f'.{profile}' if profile else ''}"


def packed(root: str, question: uptodate.Question, whole: Whole) -> bytes:
    """The bytes of the file that remembers a project; what is packed stands apart, not to be copied with the rest."""
    known, sizes = [file[:-1] for file in whole.files], [len(file.packed) for file in whole.files]
    value = (FORMAT, question, tuple(whole._replace(files=())), known, sizes)
    return uptodate.sealed(root, value, [file.packed for file in whole.files])


def moved(root: str, profile: str | None, environ: Mapping[str, str], *, building: bool) -> Rest | None:
    """The rest of a project as its last build of everything left it; None where everything is to be read.

    What is in `only` then is what moved, with all that needs it and all that these need. A build looks at the store
    too: it takes into it what has gone missing there.
    """
    with in_bulk():
        try:
            return _moved(root, profile, asked(root, profile, environ), building=building)
        except Exception:  # as of any state: whatever is wrong with it, the specs tell it all
            return None


def _moved(root: str, profile: str | None, question: uptodate.Question, *, building: bool) -> Rest | None:
    whole, here = _read(root, question, file_of(root, profile)), root + "/"
    if whole is None or not uptodate.holds(root, whole.shared):
        return None
    if building and not uptodate.look_alike(here, whole.stored):
        return None
    added, seen = _added(root, whole), _seen(here, whole)
    other = _other(here, profile, whole, seen)
    if added is None or other is None:
        return None
    changed = _changed(here, profile, whole, other)
    numbers = {n for n, file in enumerate(whole.files) if not file.fresh} | changed | _touched(here, whole)
    chosen = _connected(whole.files, numbers)
    if 2 * len(chosen) > len(whole.files) + 1:
        return None
    only = frozenset(whole.files[number].file for number in chosen) | added
    return Rest(whole, only, seen, other)


def _seen(here: str, whole: Whole) -> Seen:
    return Seen({name: _looks_of(here + name) for name, _, _ in whole.locks}, row_of(f"{here}.pipeline/files"))


def _other(here: str, profile: str | None, whole: Whole, seen: Seen) -> frozenset[str] | None:
    """The ids whose lines in the profile's own lock are others now, or are there no more. None: that cannot be told."""
    own = _lock_of(profile)
    others = [name for name, looks, _ in whole.locks if seen.locks[name] != looks]
    if others != [own]:
        return None if others else frozenset()
    before: dict[str, bytes] = {}
    for name, _, (ids, _, _) in whole.locks:
        if name == own:
            before = dict(zip(ids, _in_eights(whole.lines), strict=True))
    now = digests_in(here + own)
    if now is None:
        return None
    other = {id for id in before.keys() | now.keys() if before.get(id) != now.get(id)}
    return frozenset(other) if len(other) <= _MOST_CHANGED else None


def _changed(here: str, profile: str | None, whole: Whole, other: frozenset[str]) -> frozenset[int]:
    """The numbers of the spec files whose assets have other lines in the lock now, or share a picture with such."""
    if not other:
        return frozenset()
    with open(here + _lock_of(profile), "rb", 0) as file:
        data = file.read()
    differ = {id.partition("#")[0] for id in other | sharing(data, other)}
    return frozenset(number for number, file in enumerate(whole.files) if not differ.isdisjoint(file.ids))


def _lock_of(profile: str | None) -> str:
    return f"pipeline.{profile}.lock" if profile else "pipeline.lock"


def _in_eights(data: bytes) -> list[bytes]:
    return [data[at : at + 8] for at in range(0, len(data), 8)]


def _looks_of(path: str) -> tuple[int, int, int] | None:
    row = row_of(path)
    return (row[0], row[2], row[3]) if row is not None else None


def _read(root: str, question: uptodate.Question, path: str) -> Whole | None:
    data = uptodate.opened(root, path)
    if data is None:
        return None
    format, found, values, known, sizes = marshal.loads(data)
    if format != FORMAT or found != question:
        return None
    ends = accumulate(sizes, initial=len(data) - sum(sizes))
    files = [Declares._make((*file, data[start:end])) for file, (start, end) in zip(known, pairwise(ends), strict=True)]
    return Whole(*values)._replace(files=tuple(files))


def _added(root: str, whole: Whole) -> frozenset[str] | None:
    """Spec files that were not there; None where a folder came or a spec went."""
    specs = {file.file for file in whole.files}
    found = set()
    for folder, names in whole.listed:
        now = names_of_specs(f"{root}/{folder}")
        disk.note_said(f"{root}/{folder}", partial(disk.said_by_names, now))
        if len(now) == len(names) and set(now) == set(names):
            continue
        if any(f"{folder}/{name}" in specs for name in set(names).difference(now)):
            return None
        for name in set(now).difference(names):
            path = f"{folder}/{name}"
            if os.path.isdir(f"{root}/{path}") or os.path.islink(f"{root}/{path}"):
                return None
            if is_spec(path):
                found.add(path)
    return frozenset(found)


def names_of_specs(folder: str) -> tuple[str, ...]:
    """What stands in a folder; what begins with a dot is no spec, and holds none."""
    return tuple(sorted(name for name in os.listdir(folder) if not name.startswith(".")))


def is_spec(path: str) -> bool:
    """Whether a file may be a spec, by its path from the project's root."""
    return path.startswith("specs/") and path.lower().endswith((".yaml", ".yml"))


def _touched(here: str, whole: Whole) -> set[int]:
    """The numbers of the spec files of which something moved: they, what they read, or what came of them."""
    found: set[int] = set()
    stat = os.stat
    with uptodate.STANDING:
        before = os.open(".", os.O_RDONLY)
        try:
            for folder, (names, rows, numbers) in whole.owned.items():
                os.chdir(here + folder)
                looks = memoryview(rows).cast("Q")
                columns = (looks[::4], looks[1::4], looks[2::4], looks[3::4])
                for name, number, mtime, ctime, size, inode in zip(names, numbers, *columns, strict=True):
                    try:
                        now = stat(name)
                    except FileNotFoundError:
                        found.add(number)
                        continue
                    if (
                        now.st_ctime_ns != ctime
                        or now.st_size != size
                        or now.st_ino != inode
                        or now.st_mtime_ns != mtime
                    ):
                        found.add(number)
        finally:
            os.fchdir(before)
            os.close(before)
    for path, mtime, ctime, size, inode, users in whole.read:
        if row_of(here + path) != (mtime, ctime, size, inode):
            found.update(users)
    return found


def _connected(files: Collection[Declares], moved: set[int]) -> set[int]:
    """The moved files, those that need them in turn, and all that any of these need."""
    needing: dict[int, list[int]] = {}
    needs: dict[int, tuple[int, ...]] = {}
    for number, file in enumerate(files):
        if file.needs:
            needs[number] = file.needs
            for need in file.needs:
                needing.setdefault(need, []).append(number)
    return _reach(needs, _reach(needing, moved))


def _reach(edges: Mapping[int, Any], start: Iterable[int]) -> set[int]:
    found, todo = set(), list(start)
    while todo:
        number = todo.pop()
        if number not in found:
            found.add(number)
            todo.extend(edges.get(number, ()))
    return found
