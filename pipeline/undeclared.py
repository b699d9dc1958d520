"""What the specs no longer declare: entries of the lock, and built files. They stay until `--prune`."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping

from pipeline.frozen import dataclass
from pipeline.rest import Rest
from pipeline.store.lock import Lines, Lock, Locked
from pipeline.store.outputs import Outputs
from pipeline.store.store import Store
from pipeline.words import Asset, AssetId, owner_of


@dataclass(frozen=True, kw_only=True)
class Undeclared:
    """Assets that only the lock knows, and files on the disk that only an entry or `.pipeline/files` knows."""

    assets: tuple[AssetId, ...] = ()
    files: tuple[str, ...] = ()


def undeclared(
    declared: Mapping[AssetId, Asset],
    locked: Locked,
    outputs: Outputs,
    *,
    others: Iterable[Locked] = (),
    awaited: Collection[AssetId] = (),
    kept: Collection[str] = (),
    rest: Rest | None = None,
) -> Undeclared:
    """What is there and no longer declared. Raises OSError.

    `others` are the other profiles' locks, whose files are not ours to miss. `awaited` are former ids whose entries a
    rename has not carried over yet. `kept` are the files of bundles. `rest`: what is declared besides, and which ids
    and paths alone are in question.
    """
    former = {AssetId(a.was) for a in declared.values() if a.was is not None and not locked.of(a.id)} | set(awaited)
    # Turns and points belong to their asset: what was rejected among them stays known.
    ids = rest.left_ids(locked.sides) if rest is not None else locked.sides
    elsewhere = rest if rest is not None else ()
    left = {id for id in ids if not any(owner_of(id) in those for those in (declared, former, elsewhere))}
    kept = {*kept, *(path for asset in declared.values() for path in asset.paths)}
    kept |= {path for asset in former for entry in locked.of(asset) for path in entry.files}
    lines = locked.sides
    loose = (rest.left_paths(lines, outputs) if rest is not None else {*lines.paths(), *outputs.paths()}) - kept
    if rest is not None and loose:
        loose -= rest.paths
        kept |= rest.paths
    if loose:
        kept = kept.union(*(other.sides.paths() for other in others))
        loose -= kept
    # Where case does not tell files apart, the old spelling of a name is the live file.
    spared = {path.casefold() for path in kept} if loose else ()
    files = sorted(path for path in loose if path.casefold() not in spared and outputs.exists(path))
    return Undeclared(assets=tuple(sorted(left)), files=tuple(files))


def prune(left: Undeclared, lock: Lock, outputs: Outputs, store: Store) -> tuple[str, ...]:
    """Delete what is left over: files only if they are ours and nobody changed them. Gives the paths deleted.

    What a person adopted stays; a take that only its file still holds is stored first. Raises LockError, OSError.
    """
    sides = lock.read().sides
    entries = [entry for group in sides.values() for entry in group]
    deleted = []
    for path in left.files:
        there = outputs.digest(path)
        written = outputs.written(path)
        ours = (written is not None and written.digest == there) or any(there in entry.written for entry in entries)
        adopted = any(there == entry.adopted for entry in entries)
        if there is not None and not adopted and (ours or outputs.mark(path) is not None):
            if any(there in entry.pictures for entry in entries) and not store.in_reach(there):
                store.keep_output(there, outputs.read(path))
            outputs.remove(path)
            deleted.append(path)

    def edit(now: Lines) -> bool:
        for asset in left.assets:
            now.pop(asset, None)
        for asset, group in now.items():
            now[asset] = tuple(entry.without_files(deleted) for entry in group)
        return bool(left.assets or deleted)

    lock.edit(edit)
    return tuple(deleted)
