"""What the bundles consist of that this machine made (`.pipeline/bundles`): their files, and what these came from.

A convenience, as `.pipeline/files` is: without it a bundle is made once more, and what is right already stays as it is.
One JSON object, written whole after the files of a bundle are in their places.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from pipeline.digest import Digest, canonical_json, is_digest
from pipeline.files import write_atomic


class Made(NamedTuple):
    """One bundle as it was made."""

    derivation: Digest
    inputs: Digest
    """One digest of all the files that it was made of."""
    files: Mapping[str, Digest]
    """By path from the root."""


class Bundled:
    """The bundles by name, such as `sheet items`."""

    def __init__(self, record: Path) -> None:
        self._record = record
        self._known: dict[str, Made] | None = None

    def of(self, name: str) -> Made | None:
        """What is known of a bundle."""
        return self._read().get(name)

    def keep(self, name: str, made: Made) -> None:
        """Remember a bundle whose files are all in their places. Raises OSError."""
        if self.of(name) != made:
            self._read()[name] = made
            self._write()

    def paths(self, names: Collection[str] | None = None) -> frozenset[str]:
        """The files of the bundles of these names (None: of all)."""
        known = self._read().items()
        return frozenset(path for name, made in known if names is None or name in names for path in made.files)

    def _read(self) -> dict[str, Made]:
        if self._known is None:
            self._known = _read(self._record)
        return self._known

    def _write(self) -> None:
        value = {name: {**made._asdict(), "files": dict(made.files)} for name, made in self._read().items()}
        write_atomic(self._record, canonical_json(value) + b"\n")


def _read(record: Path) -> dict[str, Made]:
    try:
        value = json.loads(record.read_bytes())
    except (OSError, ValueError, RecursionError):
        return {}
    entries = value.items() if isinstance(value, dict) else ()
    return {name: made for name, entry in entries if (made := _made(entry)) is not None}


def _made(entry: Any) -> Made | None:
    """An entry, if it is whole."""
    if not isinstance(entry, dict) or not isinstance(files := entry.get("files"), dict):
        return None
    derivation, inputs = entry.get("derivation"), entry.get("inputs")
    if not is_digest(derivation) or not is_digest(inputs) or not all(map(is_digest, files.values())):
        return None
    return Made(Digest(str(derivation)), Digest(str(inputs)), files)
