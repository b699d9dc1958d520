"""What is remembered, as deciding needs it: the locks, the store, the files on the disk, and whose take is whose."""

from __future__ import annotations

from collections.abc import Collection, Container, Iterable, Iterator, Mapping
from typing import Any, Protocol

from pipeline import keys
from pipeline.frozen import dataclass, field, replace
from pipeline.store.entry import Entry
from pipeline.store.lock import Locked, Sides
from pipeline.words import Asset, AssetId, Digest, Take, owner_of


class Takes(Protocol):
    """The store, as far as deciding looks into it."""

    def takes(self, key: str) -> tuple[Take, ...]: ...
    def in_reach(self, digest: str) -> bool: ...
    def request(self, key: str) -> Mapping[str, Any] | None: ...


class Written(Protocol):
    @property
    def derivation(self) -> Digest: ...
    @property
    def digest(self) -> Digest: ...


class Files(Protocol):
    """The built files on the disk, and what this machine wrote there."""

    def digest(self, path: str) -> Digest | None: ...
    def written(self, path: str) -> Written | None: ...
    def mark(self, path: str) -> str | None: ...


class ALock(Protocol):
    def read(self) -> Locked: ...


@dataclass(frozen=True, kw_only=True)
class Mode:
    """How a build was asked for. `why_not` is empty where a generator may be called, else `no_key` or `offline`."""

    why_not: str = ""
    generator: str = keys.GENERATOR
    """Of the requests, whether it may be called or not."""
    placeholders: bool = True
    redraw_missing: bool = False

    @property
    def draws(self) -> bool:
        return not self.why_not


class Claims:
    """Whose take is whose: what the entries of declared assets name, and what this build has given.

    `disputed`: the takes that lines of several assets name, where it is known which those are.

    Only assets that are declared claim anything. Else the old name of a renamed asset would still hold its take, and a
    rename would be paid for. An id that a declared asset names as its former one (`formers`: new -> old) is that asset.
    """

    def __init__(
        self,
        declared: Container[AssetId],
        locks: Iterable[Locked],
        formers: Mapping[AssetId, AssetId] | None = None,
        disputed: Collection[str] | None = None,
        elsewhere: Container[AssetId] = (),
    ) -> None:
        self._declared, self._elsewhere, self._locks = declared, elsewhere, tuple(locks)
        self._disputed = disputed
        self._now = {was: id for id, was in (formers or {}).items()}
        self._given: dict[Digest, set[AssetId]] = {}
        self._wanting: dict[Digest, set[AssetId]] = {}

    def unasked(self) -> Claims:
        """What the entries name, before anything was asked for or given."""
        from copy import copy

        other = copy(self)
        other._given, other._wanting = {}, {}
        return other

    def claim(self, asset: AssetId, digest: Digest) -> None:
        self._given.setdefault(digest, set()).add(asset)

    def others(self, asset: AssetId, digest: Digest) -> frozenset[AssetId]:
        """The other assets that name this take; turns and points of one asset share theirs with it."""
        family = owner_of(asset)
        lines = () if self._is_alone(asset, digest) else self._naming(digest)
        naming = (*lines, *self._given.get(digest, ()))
        return frozenset([other for other in naming if other != asset and owner_of(other) != family])

    def _is_alone(self, asset: AssetId, digest: Digest) -> bool:
        """Whether it is known, without a look at other lines, that only this asset's name the take."""
        if self._disputed is None or digest in self._disputed:
            return False
        return any(digest in entry.named for locked in self._locks for entry in locked.of(asset))

    def _naming(self, digest: Digest) -> Iterator[AssetId]:
        for locked in self._locks:
            for asset in locked.sides.naming(digest):
                # A turn or point belongs to its asset, whether it is declared itself just now or not.
                home = owner_of(asset)
                owner = asset if home in self._declared or home in self._elsewhere else self._now.get(home)
                if owner is not None:
                    yield owner

    def want(self, asset: AssetId, key: Digest) -> None:
        """Say that an asset looks for a take of this key: what all are offered does not depend on who asks first."""
        self._wanting.setdefault(key, set()).add(asset)

    def served(self, asset: AssetId, key: Digest) -> None:
        self._wanting.get(key, set()).discard(asset)

    def wanting(self, key: Digest) -> frozenset[AssetId]:
        return frozenset(self._wanting.get(key, ()))


class _Still:
    """A store of which the takes of a request are looked for once."""

    def __init__(self, store: Takes) -> None:
        self._takes: dict[str, tuple[Take, ...]] = {}
        self._store = store
        self.in_reach, self.request = store.in_reach, store.request

    def takes(self, key: str) -> tuple[Take, ...]:
        found = self._takes.get(key)
        if found is None:
            found = self._takes[key] = self._store.takes(key)
        return found


@dataclass(frozen=True, kw_only=True)
class Known:
    """All that one asset's decision depends on, beside the asset itself."""

    lock: ALock
    others: Mapping[str, Locked]
    """The locks of the other profiles."""
    store: Takes
    files: Files
    declared: Mapping[AssetId, Asset]
    claims: Claims
    mode: Mode = Mode()
    formers: Mapping[AssetId, AssetId] = field(default_factory=dict)
    """Of assets that say what they were: id -> the id before, which is not declared any more."""
    elsewhere: Container[AssetId] = ()
    """Declared assets that nothing has to be decided about; they are not in `declared`."""
    undeclared: tuple[AssetId, ...] = ()
    """Ids that the lock had when this began and the specs do not declare, sorted."""
    lost: Mapping[tuple[AssetId, Digest], int] = field(default_factory=dict)
    """Calls that may have been charged without an answer, by asset and request key."""
    retry_lost: int = 1

    def still(self) -> Known:
        """The same with lock and store as they are at this moment: a decision asks them many times."""
        return replace(self, lock=self.lock.read(), store=_Still(self.store))

    def sides(self, asset: AssetId) -> Sides:
        return self.lock.read().of(asset)

    def in_reach(self, picture: Digest, places: Iterable[str]) -> bool:
        """Whether a picture's bytes can be had: from the store, the remote, or one of these output files."""
        return self.store.in_reach(picture) or any(self.files.digest(path) == picture for path in places)

    def in_family(self, asset: AssetId) -> tuple[Entry, ...]:
        """The lines of the asset that a turn or point belongs to and of all its turns and points, without its own."""
        locked, owner = self.lock.read(), owner_of(asset)
        if owner == asset and not locked.members(owner) and owner not in self.formers:
            return ()
        was = self.former_of(owner)
        owners = (owner, was) if was is not None else (owner,)
        members = (member for one in owners for member in (one, *locked.members(one)))
        return tuple(entry for member in members if member != asset for entry in locked.of(member))

    def lines(self, asset: AssetId) -> Sides:
        """The lines of an asset, or those of the id that it had before."""
        was = self.former_of(asset)
        return self.sides(was if was is not None else asset)

    def former_of(self, asset: AssetId) -> AssetId | None:
        """The id that an asset had before, while its lines are still to be carried over."""
        return self.formers.get(asset) if self.formers and not self.sides(asset) else None

    def in_other_profiles(self, asset: AssetId) -> tuple[Entry, ...]:
        if not self.others:
            return ()
        return tuple(entry for name in sorted(self.others) for entry in self.others[name].of(asset))

    def is_ours(self, asset: AssetId, path: str, there: Digest, lines: Iterable[Entry]) -> bool:
        """Whether the tool wrote an asset's file: then it may be replaced. Anything else is a person's.

        `lines` are those of the asset in the lock, as far as they are its own.
        """
        written = self.files.written(path)
        if written is not None and written.digest == there:
            return True
        if any(there in entry.written for entry in (*lines, *self.in_other_profiles(asset))):
            return True
        return self.files.mark(path) is not None

    def is_a_persons(self, asset: Asset, path: str) -> bool:
        """Whether a person's file stands in the place of one of the asset's."""
        there = self.files.digest(path)
        return there is not None and not self.is_ours(asset.id, path, there, self.sides(asset.id))
