"""pipeline.lock: for people and for git, one entry a line, sorted by id, an empty line between entries.

The empty lines let git merge neighbours cleanly; two changes of one entry conflict honestly, and both lines are read,
markers or not. A write re-reads the file under a short lock of its own and changes only its own entries: a person's
decision during a build is never overwritten.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence, Set
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property, partial
from pathlib import Path
from typing import Any

from pipeline import keys, marks
from pipeline.digest import is_digest
from pipeline.errors import LockError
from pipeline.files import locked, write_atomic
from pipeline.store.entry import Entry, KeptTurn, Past
from pipeline.store.together import Together
from pipeline.words import AssetId, Digest, is_internal, owner_of

Sides = tuple[Entry, ...]
"""The lines of one asset: one, or several where a merge left them."""


@dataclass(frozen=True, kw_only=True)
class Locked:
    """What a lock says, read once."""

    sides: Mapping[AssetId, Sides] = field(default_factory=dict)

    def of(self, asset: AssetId) -> Sides:
        return self.sides.get(asset, ())

    @cached_property
    def families(self) -> Mapping[AssetId, tuple[AssetId, ...]]:
        """The turns and points that have lines here, by the asset that they belong to."""
        found: dict[AssetId, list[AssetId]] = {}
        for asset in self.sides:
            if is_internal(asset):
                found.setdefault(owner_of(asset), []).append(asset)
        return {owner: tuple(members) for owner, members in found.items()}


@dataclass(eq=False)
class _Edit:
    """A change that waits to be written."""

    change: Callable[[dict[AssetId, Sides]], bool]
    is_made: bool = False


class Lock:
    """The lock of one profile. `guard` is the file on which writers wait for one another."""

    def __init__(self, path: Path, guard: Path) -> None:
        self.path = path
        self._guard = guard
        self._seen: tuple[tuple[int, int, int], Locked] | None = None
        self._coming: tuple[tuple[int, int, int], Locked] | None = None
        self._lines: dict[AssetId, tuple[Sides, str]] = {}
        self._together = Together(self._write)

    def read(self) -> Locked:
        """All entries. Raises LockError, with the line, where the file is not a lock."""
        signature = self._signature()
        if signature is None:
            return Locked()
        seen = next((seen for seen in (self._seen, self._coming) if seen is not None and seen[0] == signature), None)
        if seen is None:
            self._seen = seen = (signature, parse(self.path.read_bytes(), self.path.name))
        return seen[1]

    def _signature(self) -> tuple[int, int, int] | None:
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

        def edit(now: dict[AssetId, Sides]) -> bool:
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

    def edit(self, change: Callable[[dict[AssetId, Sides]], bool]) -> bool:
        """Re-read, let `change` work on the entries, and write them if it says so. Raises LockError, OSError.

        What several threads want at the same moment is written once for all of them.
        """
        edit = _Edit(change)
        self._together.do(edit)
        return edit.is_made

    def _write(self, edits: Sequence[_Edit]) -> None:
        """Git knows no guard: where it has put another file there meanwhile, all of this is done again."""
        with locked(self._guard):
            while True:
                seen = self._signature()
                now = dict(self.read().sides)
                for one in edits:
                    one.is_made = one.change(now)
                if not any(one.is_made for one in edits):
                    return
                sides = {asset: found for asset, found in sorted(now.items()) if found}
                data = self._text(sides).encode("utf-8")
                if data == b"" and seen is None:
                    return
                if write_atomic(self.path, data, still=partial(self._still, seen, Locked(sides=sides))):
                    self._seen = self._coming
                    return

    def _still(self, seen: tuple[int, int, int] | None, locked: Locked, new: os.stat_result) -> bool:
        """Whether the file is still the one that was read; if so, `locked` is what the new one says."""
        # Known before it is in its place: whoever reads it meanwhile need not parse it.
        self._coming = (_signature(new), locked)
        return self._signature() == seen

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

    def _text(self, entries: Mapping[AssetId, Sides]) -> str:
        """What `to_text` gives; an entry that is still the same object is not put into words again."""
        known, self._lines = self._lines, {}
        for asset, sides in entries.items():
            line = known.get(asset)
            self._lines[asset] = line if line is not None and line[0] is sides else (sides, to_text([sides]))
        return "\n".join(text for _, text in self._lines.values())


def _signature(stat: os.stat_result) -> tuple[int, int, int]:
    return (stat.st_mtime_ns, stat.st_size, stat.st_ino)


def give_up(now: dict[AssetId, Sides], takes: Collection[Digest], declared: Set[AssetId]) -> None:
    """Take takes out of the entries of assets that are no longer declared: they have a new owner.

    Else an asset that is declared again would come back with a take that another one uses by now.
    """
    for asset in now.keys() - declared:
        sides = now[asset]
        if owner_of(asset) in declared or any(entry.is_decided for entry in sides):
            continue
        for take in takes:
            if any(take in entry.named for entry in now[asset]):
                now[asset] = tuple(entry.without_take(take) for entry in now[asset])


def parse(data: bytes, name: str) -> Locked:
    """The entries of a lock's bytes. Conflict markers are read over; what a merge's base said is left out."""
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise _broken(name, data[: error.start].count(b"\n") + 1, "it is not UTF-8 text") from None
    if data.startswith(marks.LFS_POINTER):
        raise LockError(f"{name} is a Git LFS pointer, not the lock", hint="run `git lfs pull`; a lock needs no LFS")
    found: dict[AssetId, list[Entry]] = {}
    in_base = False
    lines = (line.strip("\r\ufeff \t") for line in text.split("\n"))
    for number, line in enumerate(lines, 1):
        if line.startswith(("<<<<<<<", ">>>>>>>", "=======")):
            in_base = False
        elif line.startswith("|||||||"):
            in_base = True
        elif line and not in_base:
            entry = _entry(line, name, number)
            sides = found.setdefault(entry.asset, [])
            if entry not in sides:
                sides.append(entry)
    return Locked(sides={asset: tuple(sides) for asset, sides in sorted(found.items())})


def to_text(entries: Iterable[Sides]) -> str:
    lines = [json.dumps(to_json(entry), ensure_ascii=False) for sides in entries for entry in sides]
    return "\n\n".join(lines) + "\n" if lines else ""


def to_json(entry: Entry) -> dict[str, Any]:
    """An entry as it stands in its line: the asset first, empty fields left out, unknown ones at the end."""
    value: dict[str, Any] = {
        "asset": entry.asset,
        "key": entry.key,
        "request": entry.request,
        "take": entry.take,
        "of": entry.of,
        "generator": entry.generator,
        "model": entry.model,
        "width": entry.width,
        "height": entry.height,
        "type": entry.type,
        "files": {path: list(pair) for path, pair in sorted(entry.files.items())},
        "adopted": entry.adopted,
        "approved": entry.approved,
        "protected": entry.protected,
        "takes": list(entry.takes),
        "rejected": list(entry.rejected),
        "note": entry.note,
        "turns": [turn_json(turn) for turn in entry.turns],
        "past": {key: _past_to_json(past) for key, past in sorted(entry.past.items())},
    }
    said = {name: part for name, part in value.items() if part not in (None, "", 0, False, [], {})}
    return {**said, **dict(sorted(entry.unknown.items()))}


def turn_json(turn: KeptTurn) -> str | dict[str, Any]:
    """A turn that is but a text stands as that text."""
    value = {"prompt": turn.prompt, "image_size": turn.image_size, "aspect_ratio": turn.aspect_ratio}
    said = {**{name: part for name, part in value.items() if part}, **dict(sorted(turn.unknown.items()))}
    return turn.prompt if said.keys() == {"prompt"} else said


def _past_to_json(past: Past) -> dict[str, Any]:
    value = {
        "take": past.take,
        "of": past.of,
        "adopted": past.adopted,
        "approved": past.approved,
        "takes": list(past.takes),
    }
    said = {name: part for name, part in value.items() if part}
    return {**said, **dict(sorted(past.unknown.items()))}


_KNOWN = frozenset(Entry.__dataclass_fields__) - {"unknown"}
_KNOWN_PAST = frozenset(Past.__dataclass_fields__) - {"unknown"}
_KNOWN_TURN = frozenset(KeptTurn.__dataclass_fields__) - {"unknown"}


def _entry(line: str, name: str, number: int) -> Entry:
    try:
        value = json.loads(line)
    except (ValueError, RecursionError):
        raise _broken(name, number, "the line is not JSON") from None
    if not isinstance(value, dict) or not isinstance(value.get("asset"), str):
        raise _broken(name, number, "the line is not an entry (an object with an `asset`)")
    try:
        return _from_json(value)
    except (TypeError, ValueError, AttributeError, KeyError):
        raise _broken(name, number, f"the entry of `{value['asset']}` has a field of the wrong type") from None


def _from_json(value: dict[str, Any]) -> Entry:
    if _int(value.get("key", keys.RULE)) > keys.RULE:
        raise LockError(
            f"the lock holds an entry (`{value['asset']}`) whose key a newer version of the tool made",
            hint="install that version: by the rules of this one its picture would be drawn again",
        )
    return Entry(
        asset=AssetId(value["asset"]),
        key=_int(value.get("key", keys.RULE)),
        request=_digest(value.get("request")),
        take=_digest(value.get("take")),
        of=_digest(value.get("of")),
        generator=_text(value.get("generator", "")),
        model=_text(value.get("model", "")),
        width=_int(value.get("width", 0)),
        height=_int(value.get("height", 0)),
        type=_text(value.get("type", "")),
        files={_text(path): _pair(pair) for path, pair in value.get("files", {}).items()},
        adopted=_digest(value.get("adopted")),
        approved=_digest(value.get("approved")),
        protected=_bool(value.get("protected", False)),
        takes=_digests(value.get("takes", [])),
        rejected=_digests(value.get("rejected", [])),
        note=_text(value.get("note", "")),
        turns=tuple(_turn(turn) for turn in _list(value.get("turns", []))),
        past={_certain(key): _past(past) for key, past in value.get("past", {}).items()},
        unknown={name: part for name, part in value.items() if name not in _KNOWN},
    )


def _past(value: dict[str, Any]) -> Past:
    return Past(
        take=_digest(value.get("take")),
        of=_digest(value.get("of")),
        adopted=_digest(value.get("adopted")),
        approved=_digest(value.get("approved")),
        takes=_digests(value.get("takes", [])),
        unknown={name: part for name, part in value.items() if name not in _KNOWN_PAST},
    )


def _turn(value: object) -> KeptTurn:
    if isinstance(value, str):
        return KeptTurn(prompt=value)
    if not isinstance(value, dict):
        raise TypeError(value)
    return KeptTurn(
        prompt=_text(value["prompt"]),
        image_size=_text(value.get("image_size", "")),
        aspect_ratio=_text(value.get("aspect_ratio", "")),
        unknown={name: part for name, part in value.items() if name not in _KNOWN_TURN},
    )


def _certain(value: object) -> Digest:
    if not is_digest(value):
        raise ValueError(value)
    return Digest(str(value))


def _digest(value: object) -> Digest | None:
    return None if value is None else _certain(value)


def _digests(value: object) -> tuple[Digest, ...]:
    return tuple(_certain(part) for part in _list(value))


def _list(value: object) -> list[Any]:
    if not isinstance(value, list):
        raise TypeError(value)
    return value


def _pair(value: object) -> tuple[Digest, Digest]:
    derivation, digest = _digests(value)
    return derivation, digest


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError(value)
    return value


def _int(value: object) -> int:
    if not isinstance(value, int) or isinstance(value, bool):
        raise TypeError(value)
    return value


def _bool(value: object) -> bool:
    if not isinstance(value, bool):
        raise TypeError(value)
    return value


def _broken(name: str, number: int, what: str) -> LockError:
    return LockError(
        f"{name}:{number}: {what}",
        hint=f"mend the line, or take the file back from git: `git checkout -- {name}`",
    )
