"""What became of a project since a git revision: what is new, looks or asks otherwise, or is gone; and what it cost.

Compared is by what the locks pick, not by what happens to lie on the disk: so it is the same on a machine that has
neither the outputs nor the takes. A file that a person edited counts as the picture, on both sides.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from pipeline import marks
from pipeline.commits import Base, base_of, committed_at, file_at, files_at, moved_since
from pipeline.digest import Digest, of_bytes
from pipeline.errors import StoreError, UsageError
from pipeline.plan.select import select
from pipeline.revision import Asked, Former, asked_by, former
from pipeline.store.entry import Entry
from pipeline.store.lock import Locked
from pipeline.views.comparing import Change, changes
from pipeline.words import NOTHING, Asset, AssetId, MicroUsd, is_internal, owner_of
from pipeline.workshop import Workshop

ADDED, CHANGED, REMOVED = "added", "changed", "removed"


@dataclass(frozen=True, kw_only=True)
class Before:
    """What an asset looked like at the revision."""

    asset: AssetId
    """The id that it had then."""
    picture: Digest | None
    """None where nothing was picked yet."""
    is_edited: bool
    """Whether `picture` is the file as a person left it there, and not what the lock picked."""
    places: tuple[str, ...]
    """The files that may have been committed of it, the likeliest first."""


@dataclass(frozen=True, kw_only=True)
class Difference:
    """What is otherwise about one asset."""

    kind: str
    """ADDED, CHANGED or REMOVED; empty for one that only has another name."""
    before: Before | None
    """None for what was added."""
    looks: bool
    """Whether the picture is another one."""
    asks: tuple[Change, ...]
    """What is asked otherwise."""


@dataclass(frozen=True, kw_only=True)
class Paid:
    """What was paid since the revision, in micro-dollars."""

    takes: int
    """Pictures that came into the lock since."""
    cost: MicroUsd
    """What they cost, as far as their records are in reach."""
    unknown: int
    """Pictures of which neither store nor ledger here knows what they cost."""
    in_vain: MicroUsd
    """Answers without a picture since then, by the ledger of this machine."""


class Since:
    """A project compared with one of its git revisions."""

    def __init__(self, shop: Workshop, base: Base, edited: Mapping[AssetId, Digest]) -> None:
        """`edited`: the assets whose files a person changed, with the digests of those.

        Raises UsageError where git cannot give the revision, or its specs have errors.
        """
        self.base = base
        self._shop, self._edited = shop, edited
        self._root = shop.root
        self.former: Former = former(shop.project, shop.lock, base.commit)
        self._committed = files_at(shop.root, base.commit)
        self._moved = moved_since(shop.root, base.commit)

    @cached_property
    def differences(self) -> Mapping[AssetId, Difference]:
        """Of each asset that is otherwise; what was removed is under the id it had."""
        now = {id: asset for id, asset in self._shop.project.assets.items() if not is_internal(id)}
        before = {id: asset for id, asset in self.former.assets.items() if not is_internal(id)}
        names = self._names(now, before)
        found = {id: self._difference(id, names.get(id)) for id in now}
        gone = before.keys() - names.values()
        removed = {
            id: Difference(kind=REMOVED, before=self._before(id, None), looks=True, asks=()) for id in sorted(gone)
        }
        return {id: one for id, one in {**found, **removed}.items() if one is not None}

    def removed(self, wanted: Sequence[str], exclude: Sequence[str]) -> frozenset[AssetId]:
        """The removed assets that selectors name: by what the specs said then, for today's say nothing of them."""
        gone = {id for id, difference in self.differences.items() if difference.kind == REMOVED}
        named = [id for selector in wanted for id in self._named(selector)] if wanted else gone
        return frozenset(gone.intersection(named)).difference(*map(self._named, exclude))

    def _named(self, selector: str) -> frozenset[AssetId]:
        try:
            return select(
                [selector],
                [],
                assets=self.former.assets,
                graph=self.former.graph,
                states=lambda: {},
                changed=lambda _: (),
            )
        except UsageError:  # it names what came later
            return frozenset()

    def counts(self, ids: Collection[AssetId]) -> dict[str, int]:
        """How many of these were added, changed and removed."""
        kinds = [difference.kind for id, difference in self.differences.items() if id in ids]
        return {kind: kinds.count(kind) for kind in (ADDED, CHANGED, REMOVED)}

    def bytes_of(self, before: Before) -> bytes | None:
        """The picture as it was: from the store or the remote, else a file that was committed of it. Raises OSError."""
        if before.picture is None:
            return None
        if not before.is_edited and self._shop.store.in_reach(before.picture):
            try:
                return self._shop.store.read(before.picture)
            except StoreError:  # damaged: a committed file is better than none
                pass
        for path in before.places:
            if path in self._committed and (data := self._file(path)) is not None:
                return data
        return None

    # --- one asset ---

    def _difference(self, id: AssetId, name: AssetId | None) -> Difference | None:
        if name is None:
            return Difference(kind=ADDED, before=None, looks=True, asks=())
        entry = _entry(self._shop.lock.read(), id)
        before = self._before(name, entry, id)
        looks = before.picture != (self._edited.get(id) or (entry.continued if entry is not None else None))
        asks = self._asks(id, name)
        if not looks and not asks:
            return None if id == name else Difference(kind="", before=before, looks=False, asks=())
        return Difference(kind=CHANGED, before=before, looks=looks, asks=asks)

    def _asks(self, id: AssetId, name: AssetId) -> tuple[Change, ...]:
        before, now = self.former.asked[name], self._asked[id]
        # With another id comes another path: that is told by the name alone.
        own = changes(before, now, without=["path"] if id != name else [])
        if own or _family(self.former.asked, name) == _family(self._asked, id):
            return own
        return (Change("turns", None, None),)

    @cached_property
    def _asked(self) -> Mapping[AssetId, Asked]:
        return asked_by(self._shop.project, self._shop.rendered)

    def _before(self, name: AssetId, now: Entry | None, id: AssetId | None = None) -> Before:
        entry = _entry(self.former.locked, name)
        path = self.former.assets[name].path
        picture = entry.continued if entry is not None else None
        built = entry.files if entry is not None else {}
        places = tuple(dict.fromkeys([path, *built]))
        edited = None
        if path in self._committed and (path in self._moved or id in self._edited or entry != now):
            edited = self._edited_then(path, entry)
        return Before(asset=name, picture=edited or picture, is_edited=edited is not None, places=places)

    def _edited_then(self, path: str, entry: Entry | None) -> Digest | None:
        """The digest of the committed file, if it was nothing that the tool had put there."""
        data = file_at(self._root, self.base.commit, path)
        if data is None:
            return None
        digest = marks.lfs_digest(data) or of_bytes(data)
        if (entry is not None and digest in entry.written) or marks.read_mark(data) is not None:
            return None
        return Digest(digest)

    def _file(self, path: str) -> bytes | None:
        data = file_at(self._root, self.base.commit, path)
        return None if data is None or data.startswith(marks.LFS_POINTER) else data

    def _names(self, now: Mapping[AssetId, Asset], before: Mapping[AssetId, Asset]) -> dict[AssetId, AssetId]:
        """The id that each asset had: its own, what its `was` says, else that of a gone asset whose picture it has."""
        names = {id: id for id in now if id in before}
        free = before.keys() - names.keys()
        for id, asset in now.items():
            if id not in names and asset.was is not None and asset.was in free:
                names[id] = AssetId(asset.was)
        free -= set(names.values())
        pictures = {
            entry.continued: id
            for id in sorted(free)
            if (entry := _entry(self.former.locked, id)) is not None and entry.continued is not None
        }
        for id in sorted(now.keys() - names.keys()):
            entry = _entry(self._shop.lock.read(), id)
            if entry is not None and entry.continued in pictures:
                names[id] = pictures.pop(entry.continued)
        return names

    # --- money ---

    @cached_property
    def paid(self) -> Paid:
        """What came into the lock since then, and what it cost. Raises LockError, StoreError."""
        then = {digest for lines in self.former.locked.sides.values() for e in lines for digest in _drawn(e)}
        lines = [e for sides in self._shop.lock.read().sides.values() for e in sides]
        new = {digest for e in lines for digest in _drawn(e)} - then
        keys = {key for e in lines if not new.isdisjoint(_drawn(e)) for key in (e.request, e.of, *e.past) if key}
        cost: dict[str, int] = {}
        calls = self._shop.ledger.calls(self._shop.take_of_call)
        for call in calls:
            if call.take is not None:
                cost[call.take] = call.cost
        for key in keys:
            cost |= {take.take: take.cost_micro_usd for take in self._shop.store.takes(key)}
        start = committed_at(self._root, self.base.commit)
        in_vain = sum(call.cost for call in calls if call.take is None and call.at >= start)
        return Paid(
            takes=len(new),
            cost=MicroUsd(sum(cost.get(digest, NOTHING) for digest in new)),
            unknown=len(new - cost.keys()),
            in_vain=MicroUsd(in_vain),
        )


def since(shop: Workshop, revision: str, edited: Mapping[AssetId, Digest]) -> Since:
    """Compare a project with what it was where HEAD and a revision parted. Raises UsageError, LockError."""
    return Since(shop, base_of(Path(shop.root), revision), edited)


def _entry(locked: Locked, id: AssetId) -> Entry | None:
    return next(iter(locked.of(id)), None)


def _family(asked: Mapping[AssetId, Asked], id: AssetId) -> list[tuple[str, Asked]]:
    """What the turns and points of an asset ask for, by what follows its id."""
    return sorted((one[len(id) :], asked[one]) for one in asked if one != id and owner_of(one) == id)


def _drawn(entry: Entry) -> Iterator[Digest]:
    yield from entry.named
    yield from entry.rejected
