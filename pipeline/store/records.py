"""A take's record and a request as JSON, and back."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Mapping
from typing import Any, Final

from pipeline.digest import canonical_json, is_digest
from pipeline.words import Digest, Part, Take

_CALL: Final = re.compile(r"[0-9A-Za-z-]{1,64}")
"""A call's id is a file's name: a record from elsewhere must not name a path."""

_FIELDS: Final = frozenset(Take.__annotations__)


def new_call() -> str:
    """A random id for a paid call, or for a take that a person brings."""
    return os.urandom(16).hex()


def is_call(text: str) -> bool:
    """Whether a text can be the id of a call, and so the name of a file."""
    return _CALL.fullmatch(text) is not None


def take_to_json(take: Take) -> bytes:
    """The record's bytes: canonical JSON, empty fields left out."""
    value = {name: getattr(take, name) for name in _FIELDS}
    value["usage"], value["sent"] = dict(take.usage), dict(take.sent)
    value["turn"] = [_part_to_json(part) for part in take.turn]
    return canonical_json({name: part for name, part in value.items() if part not in ("", None, {}, [])})


def take_from_json(data: bytes) -> Take | None:
    """The take of a record, or None where the bytes are not one (a torn or foreign file is not a take)."""
    try:
        value = json.loads(data)
        if not (is_digest(value["take"]) and is_digest(value["request"]) and _CALL.fullmatch(value["call"])):
            return None
        plain = {name: part for name, part in value.items() if name in _FIELDS and name != "turn"}
        return Take(**plain, turn=tuple(_part_from_json(part) for part in value.get("turn", [])))
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return None


def _part_to_json(part: Part) -> dict[str, Any]:
    value: dict[str, Any] = {"text": part.text, "object": part.picture, "type": part.type, "signature": part.signature}
    if part.thought:
        value["thought"] = True
    return {name: item for name, item in value.items() if item is not None}


def _part_from_json(value: Mapping[str, Any]) -> Part:
    picture = value.get("object")
    return Part(
        text=value.get("text"),
        picture=Digest(picture) if picture is not None else None,
        type=value.get("type"),
        thought=bool(value.get("thought")),
        signature=value.get("signature"),
    )
