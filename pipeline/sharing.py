"""The store and its remote: copying what is not there yet, both ways."""

from __future__ import annotations

from collections.abc import Iterator

from pipeline.errors import UsageError
from pipeline.store.entry import Entry
from pipeline.store.objects import Objects
from pipeline.store.store import objects_of
from pipeline.words import Event, Take
from pipeline.workshop import Workshop


def push(shop: Workshop) -> tuple[Event, ...]:
    """Copy every take of this machine's store to the remote that is not there yet."""
    remote = _remote(shop)
    takes = [take for take in shop.store.local.all_takes() if not _is_there(remote, take)]
    adopted = {d for e in _entries(shop) for d in e.pictures if shop.store.local.has(d) and not remote.has(d)}
    shop.store.share(takes)
    for digest in sorted(adopted):
        shop.store.share_object(digest)
    alone = adopted - {take.take for take in takes}
    size = sum(take.size for take in takes) + sum(shop.store.local.path(d).stat().st_size for d in alone)
    return (Event(kind="pushed", detail={"takes": len(takes) + len(alone), "bytes": size}),)


def _is_there(remote: Objects, take: Take) -> bool:
    return remote.has_record(take.request, take.call) and all(remote.has(digest) for digest in objects_of(take))


def _entries(shop: Workshop) -> Iterator[Entry]:
    """The entries of all profiles' locks."""
    locks = [shop.lock.read(), *shop.other_locks().values()]
    return (entry for locked in locks for sides in locked.sides.values() for entry in sides)


def pull(shop: Workshop) -> tuple[Event, ...]:
    """Copy what the lock names from the remote to this machine's store; each object is checked when it arrives."""
    remote = _remote(shop)
    named = [e for sides in shop.lock.read().sides.values() for e in sides]
    wanted = {d for e in named for d in (e.pick, e.adopted) if d is not None}
    coming = sorted(digest for digest in wanted if not shop.store.local.has(digest) and remote.has(digest))
    size = sum(len(shop.store.read(digest)) for digest in coming)
    absent = sum(1 for digest in wanted if not shop.store.in_reach(digest))
    return (Event(kind="pulled", detail={"takes": len(coming), "bytes": size, "absent": absent}),)


def _remote(shop: Workshop) -> Objects:
    if shop.store.remote is None:
        raise UsageError("this project has no remote", hint="set `remote: takes/` in pipeline.yaml")
    return shop.store.remote
