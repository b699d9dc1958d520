"""The rest of a project: what was fresh when all of it was last built, and has not moved since.

A build of everything leaves behind what each spec file declares and what it read, and how all that looked. The next
plan or build looks at the disk first. Files that did not move, and that need nothing which did, are not read again:
their assets are fresh, and stay it whatever becomes of the others. Only their ids and paths are still taken.

Where the disk does not tell (other settings, a lock that somebody else wrote, a spec that is gone), all is read.
"""

from __future__ import annotations

import marshal
import os
from binascii import crc32
from collections.abc import Collection, Iterable, Iterator, Mapping
from functools import cached_property
from typing import Any, NamedTuple

from pipeline import uptodate
from pipeline.errors import Origin, Problem
from pipeline.spec.bulk import in_bulk
from pipeline.store.lines import Index
from pipeline.store.outputs import Written
from pipeline.words import AssetId

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import TypeAlias

    Row: TypeAlias = tuple[int, int, int, int]
    """Times of modification and change in ns, size in bytes, inode."""
    Owned: TypeAlias = dict[str, tuple[tuple[str, ...], bytes, tuple[int, ...]]]

FORMAT = 1


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
    packed: bytes

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
    """By folder: spec files and the built files of their assets, as in a footprint; and the spec files' numbers."""
    read: tuple[tuple[str, int, int, int, int, tuple[int, ...]], ...]
    """Templates, rows and pictures, with the numbers of the spec files that use them."""
    files: tuple[Declares, ...]
    former: tuple[str, ...]
    """Ids that fresh assets say they had before."""
    left: tuple[tuple[str, ...], tuple[str, ...]]
    """Ids and paths that only the lock and `.pipeline/files` know, there or not."""
    locks: tuple[tuple[str, tuple[tuple[str, ...], bytes, bool]], ...]
    """By name: where the lines of each lock begin."""
    disputed: tuple[str, ...]
    """The takes that lines of several assets name, in the locks of all profiles."""
    lost: tuple[tuple[str, str, str, int], ...]
    """Calls that may have been charged: asset, profile, request key, how many; as long as the ledger looks so."""
    ledger: Row | None


class Outdated(Exception):
    """Somebody built or decided something after it was seen what had moved: everything is to be read."""


class Rest:
    """The part of a project that is not read, and what has to be known of it all the same."""

    def __init__(self, whole: Whole, only: frozenset[str]) -> None:
        self.whole, self.only = whole, only
        """`only`: the spec files that are read."""

    @cached_property
    def files(self) -> tuple[Declares, ...]:
        return tuple(file for file in self.whole.files if file.file not in self.only)

    def check(self, root: str) -> None:
        """Raises Outdated where what all depends on is not as it was: a build, decision or checkout came in between."""
        try:
            stands = uptodate.holds(root, self.whole.shared)
        except OSError:
            stands = False
        if not stands:
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

    @cached_property
    def left(self) -> tuple[frozenset[AssetId], frozenset[str]]:
        """Ids and paths that the lock and `.pipeline/files` know and that may be nobody's now."""
        read = [file for file in self.whole.files if file.file in self.only]
        ids, paths = self.whole.left
        return (
            frozenset(map(AssetId, ids)).union(AssetId(id) for file in read for id in file.ids),
            frozenset(paths).union(path for file in read for path in file.paths),
        )

    @cached_property
    def written(self) -> Mapping[str, Written]:
        """What this machine wrote of the files that are read."""
        read = [file.written for file in self.whole.files if file.file in self.only]
        return {path: written for file in read for path, written in file.items()}

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
        index = dict(self.whole.locks).get(name)
        for file, (mtime, _, size, inode) in rows_in({"": self.whole.shared[0].get("", ((), b""))}):
            if file == name and index is not None:
                return (mtime, size, inode), Index(*index)
        return None

    def files_of(self, ids: Iterable[str]) -> frozenset[str]:
        """The spec files, among those that are not read, that declare these assets."""
        wanted = set(ids)
        return frozenset(file.file for file in self.files if not wanted.isdisjoint(file.ids))


def asked(root: str, profile: str | None, environ: Mapping[str, str]) -> uptodate.Question:
    """What a remembered project answers to: the same tool, place and profile."""
    return uptodate.question((profile or "",), environ, root)


def file_of(root: str, profile: str | None) -> str:
    return f"{root}/{uptodate.STATE}/whole{f'.{profile}' if profile else ''}"


def packed(question: uptodate.Question, whole: Whole) -> bytes:
    plain = whole._replace(files=tuple(map(tuple, whole.files)))  # type: ignore[arg-type]
    data = marshal.dumps((FORMAT, question, tuple(plain)))  # type: ignore[arg-type]
    return crc32(data).to_bytes(4, "little") + data


def moved(root: str, profile: str | None, environ: Mapping[str, str]) -> Rest | None:
    """The rest of a project as its last build of everything left it; None where everything is to be read.

    What is in `only` then is what moved, with all that needs it and all that these need.
    """
    with in_bulk():
        try:
            whole = _read(root, asked(root, profile, environ), file_of(root, profile))
            if whole is None or not uptodate.holds(root, whole.shared):
                return None
            added = _added(root, whole)
            numbers = _moved(root + "/", whole) if added is not None else None
        except Exception:  # as of any state: whatever is wrong with it, the specs tell it all
            return None
    if numbers is None or added is None:
        return None
    chosen = _connected(whole.files, numbers | {n for n, file in enumerate(whole.files) if not file.fresh})
    if 2 * len(chosen) > len(whole.files) + 1:
        return None
    return Rest(whole, frozenset(whole.files[number].file for number in chosen) | added)


def _read(root: str, question: uptodate.Question, path: str) -> Whole | None:
    with open(path, "rb", 0) as file:
        data = file.read()
    if crc32(data[4:]) != int.from_bytes(data[:4], "little"):
        return None
    format, found, values = marshal.loads(data[4:])
    if format != FORMAT or found != question:
        return None
    whole = Whole(*values)
    return whole._replace(files=tuple([Declares(*file) for file in whole.files]))


def _added(root: str, whole: Whole) -> frozenset[str] | None:
    """Spec files that were not there; None where a folder came or a spec went."""
    specs = {file.file for file in whole.files}
    found = set()
    for folder, names in whole.listed:
        now = names_of_specs(f"{root}/{folder}")
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


def _moved(here: str, whole: Whole) -> set[int]:
    """The numbers of the spec files of which something moved: they, what they read, or what came of them."""
    found: set[int] = set()
    stat = os.stat
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
                if now.st_ctime_ns != ctime or now.st_size != size or now.st_ino != inode or now.st_mtime_ns != mtime:
                    found.add(number)
    finally:
        os.fchdir(before)
        os.close(before)
    for path, mtime, ctime, size, inode, users in whole.read:
        if row_of(here + path) != (mtime, ctime, size, inode):
            found.update(users)
    return found


def in_folders(rows: Mapping[str, Row]) -> uptodate.Rows:
    """Rows by folder, as they are kept. Raises OverflowError for numbers that no clock and no file system shows."""
    from array import array

    found: dict[str, list[tuple[str, Row]]] = {}
    for path, row in sorted(rows.items()):
        folder, _, name = path.rpartition("/")
        found.setdefault(folder, []).append((name, row))
    return {
        folder: (tuple(name for name, _ in files), array("Q", [n for _, row in files for n in row]).tobytes())
        for folder, files in found.items()
    }


def rows_in(rows: uptodate.Rows) -> Iterator[tuple[str, Row]]:
    """What `in_folders` was given."""
    for folder, (names, numbers) in rows.items():
        looks = memoryview(numbers).cast("Q")
        for name, *row in zip(names, looks[::4], looks[1::4], looks[2::4], looks[3::4], strict=True):
            mtime, ctime, size, inode = row
            yield f"{folder}/{name}".lstrip("/"), (mtime, ctime, size, inode)


def row_of(path: str) -> Row | None:
    try:
        now = os.stat(path)
    except (FileNotFoundError, NotADirectoryError):
        return None
    return (now.st_mtime_ns, now.st_ctime_ns, now.st_size, now.st_ino)


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
