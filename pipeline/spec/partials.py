"""Partials: the templates that others include, from `specs/` and nowhere else."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Final

MAX_BYTES: Final = 1_000_000


class NoPartial(Exception):
    """A name that no partial can have, or a partial that cannot be read."""

    def __init__(self, name: str, why: str) -> None:
        super().__init__(why)
        self.name, self.why = name, why


class Partials:
    """Reads the partials of one project."""

    def __init__(self, root: Path) -> None:
        self._specs = root / "specs"
        self._home = self._specs.resolve()

    def source(self, name: str) -> tuple[str, str, Callable[[], bool]] | None:
        """As Jinja's loaders give it: text, path from the project's root, is it up to date. None: there is none.

        Raises NoPartial.
        """
        parts = name.split("/")
        if name.startswith("/") or "\\" in name or any(part in ("", ".", "..") for part in parts):
            raise NoPartial(name, "partials are named by their path from `specs/`, without `..`")
        path = self._specs.joinpath(*parts)
        try:
            if not path.resolve().is_relative_to(self._home):
                raise NoPartial(name, "it is a symlink that leaves `specs/`")
            if not path.is_file():
                return None
            if path.stat().st_size > MAX_BYTES:
                raise NoPartial(name, f"it is larger than {MAX_BYTES:,} bytes")
            return path.read_text(encoding="utf-8-sig"), f"specs/{name}", lambda: True
        except UnicodeDecodeError:
            raise NoPartial(name, "it is not UTF-8 text") from None
        except (OSError, ValueError) as error:
            raise NoPartial(name, f"it cannot be read: {error}") from None

    def names(self) -> list[str]:
        """What could have been meant by a name that there is not."""
        return [path.relative_to(self._specs).as_posix() for path in self._specs.rglob("*") if path.is_file()]
