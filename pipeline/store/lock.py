"""pipeline.lock: for people and for git, one entry a line, sorted by id, an empty line between entries.

The empty lines let git merge neighbours cleanly; two changes of one entry conflict honestly, and both lines are read,
markers or not. A write re-reads the file under a short lock of its own and changes only its own entries: a person's
decision during a build is never overwritten.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING

from pipeline import marks
from pipeline.errors import LockError, Overtaken
from pipeline.files import locked, write_over
from pipeline.looks import Lately, row_of
from pipeline.store.entry import Entry, version_of
from pipeline.store.line import Line, Sides, as_written, broken, entry_of
from pipeline.store.lines import Index, Lines
from pipeline.words import AssetId, Digest, is_internal, owner_of

if TYPE_CHECKING:
    from pipeline.store.together import Together

Signature = tuple[int, int, int]
"""How a lock looks: time of modification in ns, size in bytes, inode."""

__all__ = ["Lines", "Lock", "Locked", "Sides", "give_up", "parse", "to_text"]


class Locked:
    """What a lock says, read once."""

    def __init__(self, sides: Lines | None = None) -> None:
        self.sides = sides if sides is not None else Lines()

    def read(self) -> Locked:
        """Itself: what was read once stays as it was."""
        return self

    def of(self, asset: AssetId) -> Sides:
        sides: Sides = self.sides.get(asset, ())
        return sides

    @cached_property
    def keeps_turns(self) -> bool:
        return self.sides.keeps_turns()

    def members(self, owner: AssetId) -> Sequence[AssetId]:
        """The turns and points of an asset that have lines here."""
        found = self.sides.beginning(f"{owner}#")
        return found if found is not None else self._families.get(owner, ())

    def version(self, owner: AssetId) -> str:
        """What tells whether anybody has decided something about an asset, its turns and its points since then."""
        members = sorted(member for member in self.members(owner) if member != owner)
        return version_of([*self.of(owner), *(entry for member in members for entry in self.of(member))])

    @cached_property
    def _families(self) -> Mapping[AssetId, Sequence[AssetId]]:
        found: dict[AssetId, list[AssetId]] = {}
        for asset in self.sides:
            if is_internal(asset):
                found.setdefault(owner_of(asset), []).append(asset)
        return found


class _Edit:
    """A change that waits to be written."""

    def __init__(self, change: Callable[[Lines], bool]) -> None:
        self.change = change
        self.is_made = False


class Lock:
    """The lock of one profile. `guard` is the file on which writers wait for one another."""

    def __init__(self, path: Path, guard: Path, sound: tuple[Signature, Index] | None = None) -> None:
        self.path = path
        self._guard = guard
        self._sound = sound
        """How the file looks if it is one of which every line was found to be right before, and where these begin."""
        self._others_wrote = False
        self._expected: tuple[AssetId, str] | None = None
        self._led_to: tuple[AssetId, str] | None = None
        """The version that the last of its changes leads to."""
        self._seen: tuple[Signature, Locked] | None = None
        self._coming: tuple[Signature, Locked] | None = None

    def read(self) -> Locked:
        """All entries. Raises LockError, with the line, where the file is not a lock."""
        signature = self._signature()
        if signature is None:
            self._others_wrote |= self._seen is not None or self._sound is not None
            return Locked()
        seen = next((seen for seen in (self._seen, self._coming) if seen is not None and seen[0] == signature), None)
        if seen is None:
            index = self._sound[1] if self._sound is not None and self._sound[0] == signature else None
            self._others_wrote |= self._seen is not None or (self._sound is not None and index is None)
            self._seen = seen = (signature, self._parsed(index))
        return seen[1]

    def _parsed(self, index: Index | None) -> Locked:
        """What the file says; where this process read it lately, and it looks the same, what it said then."""
        path = str(self.path)
        looks = row_of(path)
        locked: Locked | None = _LATELY.get(path, looks)
        if locked is None:
            locked = parse(self.path.read_bytes(), self.path.name, index)
            _LATELY.keep(path, looks, locked)
        return locked

    @property
    def is_sound(self) -> bool:
        """Whether the file is still the one that was read and found right before."""
        return self._sound is not None and self._signature() == self._sound[0]

    @property
    def is_ours_alone(self) -> bool:
        """Whether nobody else has written the file since it was first read here."""
        signature = self._signature()
        return not self._others_wrote and signature == (self._seen[0] if self._seen is not None else None)

    def _signature(self) -> Signature | None:
        """What tells one file of that name from another; None where there is none."""
        try:
            return _signature(self.path.stat())
        except FileNotFoundError:
            return None

    def change(
        self,
        asset: AssetId,
        expected: Sides,
        entry: Entry,
        *,
        moved_from: AssetId | None = None,
        declared: Collection[AssetId] = (),
    ) -> bool:
        """Put `entry` in place of the asset's lines if these are still `expected`; False, and nothing, if not.

        `moved_from` names the entry that a rename carried over: it is taken out. With `declared` given, entries of
        assets that are neither in it nor turns or points of such ones give up the takes that `entry` has. Raises
        LockError, OSError.
        """

        def edit(now: Lines) -> bool:
            if now.get(asset, ()) != expected or (moved_from is not None and moved_from not in now):
                return False
            now[asset] = (entry,)
            if declared:
                spared = {*declared, *((owner_of(moved_from),) if moved_from is not None else ())}
                give_up(now, {digest for digest in (entry.take, *entry.takes) if digest is not None}, spared)
            if moved_from is not None:
                del now[moved_from]
            return True

        return self.edit(edit)

    def expecting(self, asset: AssetId, version: str) -> Lock:
        """The same lock, which is changed only while nobody else has decided about the asset since that version.

        Its own changes are followed: a decision of several steps is made of nothing that came in between.
        """
        lock = Lock(self.path, self._guard, self._sound)
        lock._expected, lock._seen = (asset, version), self._seen
        return lock

    def edit(self, change: Callable[[Lines], bool]) -> bool:
        """Re-read, let `change` work on the entries, and write them if it says so.

        What several threads want at the same moment is written once for all of them. Raises LockError, OSError, and
        Overtaken where the asset that was expected in a version is in another.
        """
        edit = _Edit(partial(self._if_expected, change))
        self._together.do(edit)
        if edit.is_made:
            self._expected = self._led_to
        return edit.is_made

    def _if_expected(self, change: Callable[[Lines], bool], now: Lines) -> bool:
        if self._expected is None:
            return change(now)
        asset, version = self._expected
        if Locked(now).version(asset) != version:
            raise Overtaken(f"somebody decided about `{asset}` meanwhile", hint="look again, then decide")
        is_made = change(now)
        self._led_to = asset, Locked(now).version(asset)
        return is_made

    @cached_property
    def _together(self) -> Together[_Edit]:
        import weakref

        from pipeline.store.together import Together

        # Weakly, so that a lock that was read for one decision goes with it at once, and all its lines.
        this = weakref.ref(self)

        def write(edits: Sequence[_Edit]) -> None:
            lock = this()
            assert lock is not None  # whoever edits has it
            lock._write(edits)

        return Together(write)

    def _write(self, edits: Sequence[_Edit]) -> None:
        """Git knows no guard: where it has put another file there meanwhile, all of this is done again."""
        with locked(self._guard):
            while True:
                seen = self._signature()
                now = self.read().sides.copy()
                for one in edits:
                    one.is_made = one.change(now)
                if not any(one.is_made for one in edits):
                    return
                data = now.in_order().text().encode("utf-8")
                if data == b"" and seen is None:
                    return
                expected = partial(_is_signed, seen)
                if write_over(self.path, data, expected, coming=partial(self._know_coming, Locked(now))):
                    self._seen = self._coming
                    return
                self._coming = None  # it never came: another file may look like it one day

    def _know_coming(self, locked: Locked, looks: os.stat_result) -> None:
        """What a file will say before it is in its place: whoever reads it meanwhile need not parse it."""
        self._coming = (_signature(looks), locked)

    @contextmanager
    def held(self) -> Iterator[None]:
        """Nobody writes a lock of the project for the time of the block. Raises OSError."""
        with locked(self._guard):
            yield

    def check_writable(self) -> None:
        """See to it, before anything is paid, that an entry could be written. Raises LockError, OSError."""
        with self.held():
            if not os.access(self.path.parent, os.W_OK):
                raise LockError(
                    f"{self.path.parent} cannot be written, and {self.path.name} belongs there",
                    hint="nothing was drawn: a picture could not be picked",
                )


_LATELY = Lately(4)


def _signature(stat: os.stat_result) -> Signature:
    return (stat.st_mtime_ns, stat.st_size, stat.st_ino)


def _is_signed(signature: Signature | None, looks: os.stat_result | None) -> bool:
    return (_signature(looks) if looks is not None else None) == signature


def give_up(now: Lines, takes: Collection[Digest], declared: Collection[AssetId]) -> None:
    """Take takes out of the entries of assets that are no longer declared: they have a new owner.

    Else an asset that is declared again would come back with a take that another one uses by now.
    """
    for take in takes:
        for asset in now.naming(take):
            if owner_of(asset) not in declared and not any(entry.is_decided for entry in now[asset]):
                now[asset] = tuple(entry.without_take(take) for entry in now[asset])


def parse(data: bytes, name: str, index: Index | None = None) -> Locked:
    """The entries of a lock's bytes. Conflict markers are read over; what a merge's base said is left out.

    With the `index` of a lock that was read before, nothing is looked at before it is asked for. Raises LockError.
    """
    if index is not None:
        return Locked(Lines(data=data, index=index))
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise broken(name, data[: error.start].count(b"\n") + 1, "it is not UTF-8 text") from None
    if data.startswith(marks.LFS_POINTER):
        raise LockError(f"{name} is a Git LFS pointer, not the lock", hint="run `git lfs pull`; a lock needs no LFS")
    lines = _plainly(text, name)
    return Locked(lines if lines is not None else _with_markers(text, name))


_AROUND = "\r\ufeff \t"
"""What editors and other systems leave around a line."""


def _plainly(text: str, name: str) -> Lines | None:
    """The lines of a text as the tool writes it, an asset a line; None where a merge or a person left another."""
    parts = text.removesuffix("\n").split("\n\n")
    lines: dict[AssetId, Line] = {}
    for number, part in enumerate(parts):
        if look := as_written(part):
            lines[AssetId(look["asset"])] = Line(part, look)
        elif part.startswith('{"asset": ') and "\n" not in part:
            line = part.rstrip(_AROUND)
            entry = entry_of(line, name, 2 * number + 1)
            lines[entry.asset] = Line(line, sides=(entry,))
        else:
            return None
    if len(lines) < len(parts):
        return None
    return Lines(lines).in_order()


def _with_markers(text: str, name: str) -> Lines:
    """The lines of any text: several of one asset, conflict markers, other empty lines."""
    found: dict[AssetId, dict[str, Entry]] = {}
    in_base = False
    lines = (line.strip(_AROUND) for line in text.split("\n"))
    for number, line in enumerate(lines, 1):
        if line.startswith(("<<<<<<<", ">>>>>>>", "=======")):
            in_base = False
        elif line.startswith("|||||||"):
            in_base = True
        elif line and not in_base:
            entry = entry_of(line, name, number)
            sides = found.setdefault(entry.asset, {})
            if entry not in sides.values():
                sides[line] = entry
    return Lines({id: Line("\n\n".join(sides), sides=tuple(sides.values())) for id, sides in sorted(found.items())})


def to_text(entries: Iterable[Sides]) -> str:
    """A lock with these entries, in this order."""
    lines = [Line(sides=sides).text for sides in entries if sides]
    return "\n\n".join(lines) + "\n" if lines else ""
