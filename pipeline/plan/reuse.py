"""Reuse before drawing: which take that was paid for already is the right one for an asset's request, free.

In order: the entry of a renamed asset, whole; of its candidates another one where the pick was rejected; what the
asset's own past has for the key; what its family (its turns and points, and the asset that they belong to) or another
profile has for it; a take in the store. Never one that the asset
rejected, nor one that another declared asset names. Who gets what does not depend on the order in which assets are
decided: each is given what it would get if all that want a take of this key were served by id.
"""

from __future__ import annotations

import itertools
from collections.abc import Collection, Iterable, Mapping, Sequence

from pipeline.frozen import replace
from pipeline.plan.known import Known
from pipeline.store.entry import Entry, Past, united
from pipeline.store.lock import Sides
from pipeline.words import Asset, AssetId, Digest, Take, owner_of


def former(asset: AssetId, key: Digest | None, known: Known) -> Sides:
    """The lines of the id that this asset had before, still under that id; none where it had none."""
    sides = known.lock.read().sides
    was = known.formers.get(asset)
    if was is not None and was in sides:
        return sides[was]
    if key is None or ((declared := known.declared.get(asset)) is not None and declared.source is not None):
        return ()
    return _renamed(key, known, asset).get(asset, ())


def _renamed(key: Digest, known: Known, asset: AssetId) -> Mapping[AssetId, Sides]:
    """Which asset without an entry carries over which undeclared entry with this key: both in order of id.

    A turn or point carries over one of the same name, together with the asset that it belongs to: so only where that
    has no entry either.
    """
    if not known.undeclared:
        return {}
    sides = known.lock.read().sides
    awaited = {owner_of(was) for id, was in known.formers.items() if id not in sides}
    free: dict[str, list[Sides]] = {}
    for id in known.undeclared:
        theirs = sides.get(id, ())
        if len(theirs) != 1 or theirs[0].request != key or theirs[0].source or owner_of(id) in awaited:
            continue
        if owner_of(id) in known.declared or owner_of(id) in known.elsewhere:
            continue
        if not theirs[0].turns:  # those would be drawn next, and only `was` says that this is wanted
            free.setdefault(_part(id), []).append(theirs)
    nameless: dict[str, list[AssetId]] = {}
    for id in sorted(known.claims.wanting(key) | {asset}):
        if id not in sides and not known.lines(owner_of(id)) and known.formers.get(id) not in sides:
            nameless.setdefault(_part(id), []).append(id)
    pairs = [pair for part, ids in nameless.items() for pair in zip(ids, free.get(part, ()), strict=False)]
    return dict(pairs)


def _part(id: AssetId) -> str:
    """What follows the asset's own name in the id of a turn or point; empty for the asset itself."""
    return id.partition("#")[2]


def offer(asset: Asset, entry: Entry | None, key: Digest, known: Known) -> tuple[str, Past] | None:
    """What the asset may use of the key, and where it is from. None: draw.

    `candidates` (another one of those that were drawn, where the pick is rejected), `past`, `family`, `profile` or
    `store`.

    As many takes as it wants, as far as there are so many.
    """
    rejected: frozenset[Digest] | None = None
    for origin, past in _own(asset, entry, key, known):
        rejected = _rejected(asset.id, key, known) if rejected is None else rejected
        taken = past.take is not None and known.claims.others(asset.id, past.take)
        if past.picture is not None and past.picture not in rejected and not taken:
            kept = _without(past.takes, rejected)
            more = further(asset, key, known, {*kept, past.take}, asset.candidates - max(1, len(kept)))
            takes = united((past.take,), kept, more) if past.take is not None else kept
            return origin, replace(past, takes=takes if len(takes) > 1 else ())
    takes = tuple(take.take for take in _from_store(asset, key, known))
    return ("store", Past(take=takes[0], takes=takes if len(takes) > 1 else ())) if takes else None


def further(asset: Asset, key: Digest, known: Known, have: Collection[Digest | None], count: int) -> tuple[Digest, ...]:
    """Up to so many further takes of the key that were drawn for this very asset: a build that drew them died."""
    if count <= 0:
        return ()
    rejected = _rejected(asset.id, key, known)
    own = (take.take for take in known.store.takes(key) if owner_of(take.asset) == asset.owner)
    free = (
        take for take in own if take not in have and take not in rejected and not known.claims.others(asset.id, take)
    )
    return tuple(itertools.islice(dict.fromkeys(free), count))


def _own(asset: Asset, entry: Entry | None, key: Digest, known: Known) -> Iterable[tuple[str, Past]]:
    if entry is not None and entry.request == key and entry.pick is None and entry.accepted:
        takes = _without(entry.takes, entry.rejected)
        yield "candidates", Past(take=takes[0], of=entry.of, takes=takes)
    if entry is not None and key in entry.past:
        yield "past", entry.past[key]
    for relative in known.in_family(asset.id):
        if relative.request == key and relative.picture is not None:
            adopted = relative.adopted if asset.is_internal else None
            yield "family", Past(take=relative.pick, of=relative.of, adopted=adopted, takes=relative.takes)
        elif key in relative.past:
            yield "family", replace(relative.past[key], approved=None)
    for other in known.in_other_profiles(asset.id):
        if other.request == key and other.pick is not None:
            yield "profile", Past(take=other.pick, of=other.of, takes=_without(other.takes, other.rejected))
        elif key in other.past and other.past[key].take not in (None, *other.rejected):
            yield "profile", replace(other.past[key], adopted=None, approved=None)


def _from_store(asset: Asset, key: Digest, known: Known) -> Sequence[Take]:
    """What the asset gets if all that want a take of the key are served by id: their own first, then one for each."""
    takes = known.store.takes(key)
    if not takes:
        return ()
    reserved = _reserved(key, known, asset.id)
    claimants = sorted(known.claims.wanting(key) | {asset.id})
    rejected = {id: _rejected(id, key, known) for id in claimants}
    wanted = {id: known.declared[id].candidates for id in claimants}
    given: dict[AssetId, list[Take]] = {id: [] for id in claimants}

    def serve(claimant: AssetId, *, only_own: bool) -> None:
        used = {take.take for ones in given.values() for take in ones}
        free = (
            take
            for take in takes
            if take.take not in used
            and take.take not in rejected[claimant]
            and reserved.get(take.take, claimant) == claimant
            and not known.claims.others(claimant, take.take)
            and (owner_of(take.asset) == owner_of(claimant) or not only_own)
        )
        given[claimant] += itertools.islice(free, 1)

    for only_own in (True, False):
        for number in range(max(wanted.values())):
            for claimant in claimants:
                if len(given[claimant]) == number < wanted[claimant]:
                    serve(claimant, only_own=only_own)
    return given[asset.id]


def _reserved(key: Digest, known: Known, asset: AssetId) -> Mapping[Digest, AssetId]:
    """Takes that nobody declared names, and that are spoken for all the same: by whom.

    A renamed asset is about to carry them over; or a person protected or approved them under an id that is not
    declared just now.
    """
    sides = known.lock.read().sides
    mine = (owner_of(asset), known.former_of(owner_of(asset)))
    decided = [
        (id, sides[id])
        for id in known.undeclared
        if owner_of(id) not in mine and any(e.is_decided for e in sides.get(id, ()))
    ]
    spoken = [*decided, *_renamed(key, known, asset).items()]
    return {digest: id for id, entries in spoken for entry in entries for digest in entry.named}


def _rejected(asset: AssetId, key: Digest, known: Known) -> frozenset[Digest]:
    """What the asset rejected, under whatever profile, and under the id that it had before."""
    lines = known.sides(asset) or former(asset, key, known)
    lines = (*lines, *known.in_family(asset), *known.in_other_profiles(asset))
    return frozenset(digest for line in lines for digest in line.rejected)


def _without(takes: Iterable[Digest], rejected: Iterable[Digest]) -> tuple[Digest, ...]:
    gone = set(rejected)
    return tuple(take for take in takes if take not in gone)
