"""Reuse before drawing: which take that was paid for already is the right one for an asset's request, free.

In order: the entry of a renamed asset, whole; what the asset's own past has for the key; what it has in another
profile; a take in the store. Never one that the asset rejected, nor one that another declared asset names. Who gets
what does not depend on the order in which assets are decided: each is given what it would get if all that want a take
of this key were served by id.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from pipeline.plan.known import Known
from pipeline.store.entry import Entry, Past
from pipeline.store.lock import Sides
from pipeline.words import Asset, AssetId, Digest, Take


def former(asset: AssetId, key: Digest | None, known: Known) -> Sides:
    """The lines of the id that this asset had before, still under that id; none where it had none."""
    sides = known.lock.read().sides
    was = known.formers.get(asset)
    if was is not None and was in sides:
        return sides[was]
    return _renamed(key, known, asset).get(asset, ()) if key is not None else ()


def _renamed(key: Digest, known: Known, asset: AssetId) -> Mapping[AssetId, Sides]:
    """Which asset without an entry carries over which undeclared entry with this key: both in order of id."""
    sides = known.lock.read().sides
    awaited = {was for id, was in known.formers.items() if id not in sides}
    free = [sides[id] for id in known.undeclared if id in sides and id not in awaited]
    free = [entries for entries in free if len(entries) == 1 and entries[0].request == key]
    nameless = [
        id for id in known.claims.wanting(key) | {asset} if id not in sides and known.formers.get(id) not in sides
    ]
    return dict(zip(sorted(nameless), free, strict=False))


def offer(asset: Asset, entry: Entry | None, key: Digest, known: Known) -> tuple[str, Past] | None:
    """A take of the key that this asset may use, and where it is from: `past`, `profile` or `store`. None: draw."""
    rejected = _rejected(asset.id, key, known)
    for origin, past in _own(asset, entry, key, known):
        taken = past.take is not None and known.claims.others(asset.id, past.take)
        if past.picture not in rejected and not taken:
            return origin, past
    take = _from_store(asset.id, key, known)
    return ("store", Past(take=take.take)) if take is not None else None


def _own(asset: Asset, entry: Entry | None, key: Digest, known: Known) -> Iterable[tuple[str, Past]]:
    if entry is not None and key in entry.past:
        yield "past", entry.past[key]
    for other in known.in_other_profiles(asset.id):
        if other.request == key and other.pick is not None:
            yield "profile", Past(take=other.pick, of=other.of, takes=_without(other.takes, other.rejected))
        elif key in other.past and other.past[key].take not in (None, *other.rejected):
            yield "profile", replace(other.past[key], adopted=None, approved=None)


def _from_store(asset: AssetId, key: Digest, known: Known) -> Take | None:
    takes = known.store.takes(key)
    if not takes:
        return None
    reserved = _reserved(key, known, asset)
    claimants = sorted(known.claims.wanting(key) | {asset})
    rejected = {id: _rejected(id, key, known) for id in claimants}
    given: dict[AssetId, Take] = {}
    for only_own in (True, False):
        for claimant in claimants:
            used = {take.take for take in given.values()}
            free = (
                take
                for take in takes
                if take.take not in used
                and take.take not in rejected[claimant]
                and reserved.get(take.take, claimant) == claimant
                and not known.claims.others(claimant, take.take)
                and (take.asset == claimant or not only_own)
            )
            chosen = next(free, None) if claimant not in given else None
            if chosen is not None:
                given[claimant] = chosen
    return given.get(asset)


def _reserved(key: Digest, known: Known, asset: AssetId) -> Mapping[Digest, AssetId]:
    """Takes that nobody declared names, and that are spoken for all the same: by whom.

    A renamed asset is about to carry them over; or a person protected or approved them under an id that is not
    declared just now.
    """
    sides = known.lock.read().sides
    decided = [(id, sides[id]) for id in known.undeclared if any(e.is_decided for e in sides.get(id, ()))]
    spoken = [*decided, *_renamed(key, known, asset).items()]
    return {digest: id for id, entries in spoken for entry in entries for digest in entry.named}


def _rejected(asset: AssetId, key: Digest, known: Known) -> frozenset[Digest]:
    """What the asset rejected, under whatever profile, and under the id that it had before."""
    lines = known.sides(asset) or former(asset, key, known)
    return frozenset(digest for e in [*lines, *known.in_other_profiles(asset)] for digest in e.rejected)


def _without(takes: Iterable[Digest], rejected: Iterable[Digest]) -> tuple[Digest, ...]:
    gone = set(rejected)
    return tuple(take for take in takes if take not in gone)
