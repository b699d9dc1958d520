"""Reuse before drawing: which take that was paid for already is the right one for an asset's request, free.

In order: the entry of a renamed asset, whole; what the asset's own past has for the key; what it has in another
profile; a take in the store. Never one that the asset rejected, nor one that another declared asset names. Who gets
what does not depend on the order in which assets are decided: each is given what it would get if all that want a take
of this key were served by id.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from pipeline.plan.known import Known
from pipeline.store.entry import Entry, Past
from pipeline.store.lock import Sides
from pipeline.words import Asset, AssetId, Digest, Take


def former(asset: Asset, key: Digest | None, known: Known) -> Sides:
    """The lines of the id that this asset had before, still under that id; none where it had none."""
    sides = known.lock.read().sides
    if asset.was is not None and asset.was not in known.declared and sides.get(AssetId(asset.was)):
        return sides[AssetId(asset.was)]
    if key is None:
        return ()
    awaited = {other.was for other in known.declared.values() if other.was and other.id not in sides}
    free = [
        entries
        for former_id, entries in sorted(sides.items())
        if former_id not in known.declared and former_id not in awaited and len(entries) == 1
        if entries[0].request == key and entries[0].picture is not None
    ]
    nameless = {id for id in known.claims.wanting(key) | {asset.id} if id not in sides}
    return dict(zip(sorted(nameless), free, strict=False)).get(asset.id, ())


def offer(asset: Asset, entry: Entry | None, key: Digest, known: Known) -> tuple[str, Past] | None:
    """A take of the key that this asset may use, and where it is from: `past`, `profile` or `store`. None: draw."""
    rejected = {*_rejected(asset.id, known), *(entry.rejected if entry is not None else ())}
    for origin, past in _own(asset, entry, key, known):
        taken = past.take is not None and known.claims.others(asset.id, past.take)
        if past.take not in rejected and not taken:
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
    claimants = sorted(known.claims.wanting(key) | {asset})
    rejected = {id: _rejected(id, known) for id in claimants}
    given: dict[AssetId, Take] = {}
    for only_own in (True, False):
        for claimant in claimants:
            used = {take.take for take in given.values()}
            free = (
                take
                for take in takes
                if take.take not in used
                and take.take not in rejected[claimant]
                and not known.claims.others(claimant, take.take)
                and (take.asset == claimant or not only_own)
            )
            chosen = next(free, None) if claimant not in given else None
            if chosen is not None:
                given[claimant] = chosen
    return given.get(asset)


def _rejected(asset: AssetId, known: Known) -> frozenset[Digest]:
    """What the asset rejected, under whatever profile."""
    entries = [*known.sides(asset), *known.in_other_profiles(asset)]
    return frozenset(digest for entry in entries for digest in entry.rejected)


def _without(takes: Iterable[Digest], rejected: Iterable[Digest]) -> tuple[Digest, ...]:
    gone = set(rejected)
    return tuple(take for take in takes if take not in gone)
