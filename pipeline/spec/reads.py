"""Which spec file read which others: a change of one of these is a change of that spec."""

from __future__ import annotations

from collections.abc import Iterable, Mapping


class Reads:
    """Notes the templates and rows that are used while a spec file is looked at."""

    def __init__(self) -> None:
        self.by = ""
        """The spec file that is looked at just now; empty for the settings."""
        self._found: dict[str, dict[str, None]] = {}

    def note(self, paths: Iterable[str]) -> None:
        """Note files that are used, by their paths from the project's root."""
        self._found.setdefault(self.by, {}).update(dict.fromkeys(paths))

    def all(self) -> Mapping[str, tuple[str, ...]]:
        return {by: tuple(paths) for by, paths in self._found.items()}
