"""One line of the lock and its entry: JSON, and back.

Most lines look just as they are written here. Such a line is known to be right by its look (`as_written`), and is made
out when somebody asks for its entry; any other is read at once, so that what is wrong with it is told at once.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection
from typing import Any, Final

from pipeline import keys
from pipeline.digest import is_digest
from pipeline.errors import LockError
from pipeline.store.entry import Entry, KeptTurn, Past
from pipeline.words import AssetId, Digest

Sides = tuple[Entry, ...]
"""The lines of one asset: one, or several where a merge left them."""


class Line:
    """What a lock says of one asset: as text, as entries, or both; each is made of the other when it is asked for."""

    __slots__ = ("_look", "_sides", "_text")

    def __init__(self, text: str = "", look: re.Match[str] | None = None, sides: Sides = ()) -> None:
        self._text, self._look, self._sides = text, look, sides

    def _made_out(self) -> None:
        """See what a text says that was taken for a line without a look at it."""
        if self._look is None and not self._sides:
            self._look = as_written(self._text)
            if self._look is None:
                self._sides = (entry_of(self._text, "the lock", 0),)

    @property
    def noted(self) -> Sides:
        """Its entries, if they may have turns or a note; none where it looks as most lines do."""
        self._made_out()
        return self._sides if self._look is None else ()

    @property
    def sides(self) -> Sides:
        self._made_out()
        if not self._sides and self._look is not None:
            self._sides = (_of_look(self._look),)
        return self._sides

    @property
    def text(self) -> str:
        """Its line without an end; of several, with an empty line between them. Untouched ones are as they were."""
        if not self._text:
            self._text = "\n\n".join(json.dumps(to_json(entry), ensure_ascii=False) for entry in self._sides)
        return self._text

    @property
    def digests(self) -> Collection[str]:
        """Of all takes that it names and of what was adopted, and perhaps some others."""
        self._made_out()
        if self._look is None:
            by_hand = {entry.adopted for entry in self._sides if entry.adopted is not None}
            return by_hand.union(*(entry.named for entry in self._sides))
        take, adopted, more, past = self._look.group("take", "adopted", "takes", "past")
        if adopted is None and more is None and past is None:
            return (take[1:-1],) if take is not None else ()
        return _DIGEST.findall(f"{take}{adopted}{more}{past}")

    @property
    def paths(self) -> Collection[str]:
        """Of the files that it names."""
        self._made_out()
        if self._look is None:
            return {path for entry in self._sides for path in entry.files}
        return [path for path, _, _ in _FILE.findall(self._look["files"] or "")]


# --- what a line looks like -------------------------------------------------------------------------------------------

# Texts with a backslash in them, notes, turns and fields of other versions have no part in this: they are rare.
_D: Final = '"sha256:[0-9a-f]{64}"'
_T: Final = r'"[^"\\\x00-\x1f]*+"'
_N: Final = "(?:0|[1-9][0-9]{0,17})"
_DS: Final = rf"\[{_D}(?:, {_D})*+\]"
_PAIR: Final = rf"{_T}: \[{_D}, {_D}\]"
_PAST: Final = (
    rf'{_D}: \{{"take": {_D}(?:, "of": {_D})?+(?:, "adopted": {_D})?+(?:, "approved": {_D})?+(?:, "takes": {_DS})?+\}}'
)
_FIELDS: Final = (
    ("request", _D),
    ("take", _D),
    ("of", _D),
    ("generator", _T),
    ("model", _T),
    ("width", _N),
    ("height", _N),
    ("type", _T),
    ("files", rf"\{{{_PAIR}(?:, {_PAIR})*+\}}"),
    ("adopted", _D),
    ("approved", _D),
    ("protected", "true"),
    ("takes", _DS),
    ("rejected", _DS),
    ("past", rf"\{{{_PAST}(?:, {_PAST})*+\}}"),
)
_LOOK: Final = re.compile(
    r'\{"asset": "(?P<asset>[^"\\\x00-\x1f]*+)"'
    + rf'(?:, "from": (?P<source>{_T}))?+(?:, "key": {keys.RULE})?+'
    + "".join(rf'(?:, "{name}": (?P<{name}>{look}))?+' for name, look in _FIELDS)
    + r"\}"
)
as_written: Final = _LOOK.fullmatch
"""A line that looks as lines are written: nothing can be wrong with it."""

_DIGEST: Final = re.compile("sha256:[0-9a-f]{64}")
_FILE: Final = re.compile(r'"([^"]*+)": \["(sha256:[0-9a-f]{64})", "(sha256:[0-9a-f]{64})"\]')


def _of_look(look: re.Match[str]) -> Entry:
    (
        asset,
        source,
        request,
        take,
        of,
        generator,
        model,
        width,
        height,
        type,
        files,
        adopted,
        approved,
        protected,
        takes,
        rejected,
        past,
    ) = look.groups("")
    return Entry(
        asset=AssetId(asset),
        source=source[1:-1],
        request=Digest(request[1:-1]) if request else None,
        take=Digest(take[1:-1]) if take else None,
        of=Digest(of[1:-1]) if of else None,
        generator=generator[1:-1],
        model=model[1:-1],
        width=int(width or 0),
        height=int(height or 0),
        type=type[1:-1],
        files={path: (Digest(derivation), Digest(digest)) for path, derivation, digest in _FILE.findall(files)},
        adopted=Digest(adopted[1:-1]) if adopted else None,
        approved=Digest(approved[1:-1]) if approved else None,
        protected=bool(protected),
        takes=tuple(map(Digest, _DIGEST.findall(takes))),
        rejected=tuple(map(Digest, _DIGEST.findall(rejected))),
        past={Digest(key): _past(value) for key, value in json.loads(past).items()} if past else {},
    )


# --- JSON -------------------------------------------------------------------------------------------------------------


def entry_of(line: str, name: str, number: int) -> Entry:
    """The entry of a line, however it looks. Raises LockError, with the lock's name and the line's number."""
    try:
        value = json.loads(line)
    except (ValueError, RecursionError):
        raise broken(name, number, "the line is not JSON") from None
    if not isinstance(value, dict) or not isinstance(value.get("asset"), str):
        raise broken(name, number, "the line is not an entry (an object with an `asset`)")
    try:
        return _from_json(value)
    except (TypeError, ValueError, AttributeError, KeyError):
        raise broken(name, number, f"the entry of `{value['asset']}` has a field of the wrong type") from None


def to_json(entry: Entry) -> dict[str, Any]:
    """An entry as it stands in its line: the asset first, empty fields left out, unknown ones at the end."""
    value: dict[str, Any] = {
        "asset": entry.asset,
        "from": entry.source,
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


_KNOWN = frozenset(Entry.__annotations__) - {"unknown", "source"} | {"from"}
_KNOWN_PAST = frozenset(Past.__annotations__) - {"unknown"}
_KNOWN_TURN = frozenset(KeptTurn.__annotations__) - {"unknown"}


def _from_json(value: dict[str, Any]) -> Entry:
    if _int(value.get("key", keys.RULE)) > keys.RULE:
        raise LockError(
            f"the lock holds an entry (`{value['asset']}`) whose key a newer version of the tool made",
            hint="install that version: by the rules of this one its picture would be drawn again",
        )
    return Entry(
        asset=AssetId(value["asset"]),
        source=_text(value.get("from", "")),
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


def broken(name: str, number: int, what: str) -> LockError:
    """What is told of a lock that cannot be read."""
    return LockError(
        f"{name}:{number}: {what}",
        hint=f"mend the line, or take the file back from git: `git checkout -- {name}`",
    )
