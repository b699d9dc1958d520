"""Partials: the templates that others include, from `specs/` and nowhere else."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Final

from pipeline.spec import disk, traps

MAX_BYTES: Final = 1_000_000


class NoPartial(Exception):
    """A name that no partial can have, or a partial that cannot be used: the sentence, and what would be right."""

    def __init__(self, name: str, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.name, self.message, self.hint = name, message, hint


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
            hint = "partials are named by their path from `specs/`, without `..`"
            raise NoPartial(name, f"there is no partial `{name}`", hint)
        path = self._specs.joinpath(*parts)
        try:
            if not path.resolve().is_relative_to(self._home):
                raise NoPartial(name, f"specs/{name} is a symlink that leaves `specs/`", "copy the file below `specs/`")
            data = disk.read_file(path)
        except FileNotFoundError:
            return None
        except disk.Unreadable as error:
            raise _refused(name, error) from None
        except (OSError, RuntimeError) as error:
            raise _refused(name, disk.refusal(error)) from None
        except ValueError:
            return None  # a name that no file can have
        return _text(name, data), f"specs/{name}", lambda: True

    def names(self) -> list[str]:
        """What could have been meant by a name that there is not."""
        return list(disk.files_below(self._specs, lambda name: not name.startswith(".")))


def _refused(name: str, error: disk.Unreadable) -> NoPartial:
    return NoPartial(name, f"specs/{name} {error.why}", error.hint)


def _text(name: str, data: bytes) -> str:
    if len(data) > MAX_BYTES:
        raise NoPartial(name, f"specs/{name} is larger than {MAX_BYTES:,} bytes", "split it")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise NoPartial(name, f"specs/{name} is not UTF-8 text", "save the file as UTF-8") from None
    if found := traps.conflict(text):
        line = text.count("\n", 0, found[0]) + 1
        raise NoPartial(name, f"specs/{name} has {found[1]} in line {line}", found[2])
    return text
