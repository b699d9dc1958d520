"""Rows of data for a for_each: inline, or from a .json, .csv or .yaml file. Rows are data and never templates."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from pipeline import files
from pipeline.errors import Origin, UsageError
from pipeline.frozen import NamedTuple
from pipeline.spec import disk, hints, ids, source
from pipeline.spec.problems import Problems
from pipeline.spec.reads import Reads
from pipeline.spec.scalars import kind_of
from pipeline.spec.schema import Place, keys_of
from pipeline.spec.source import Broken, Node, plain
from pipeline.spec.templates import as_data

MAX_BYTES: Final = 64_000_000
SUFFIXES: Final = (".json", ".csv", ".yaml", ".yml")


class DataRow(NamedTuple):
    """One row: its value, and how messages name it (`row 3 of specs/items.csv`)."""

    value: Any
    label: str


class Parsed(NamedTuple):
    """A YAML file that was read already, and whether it had no problem."""

    node: Node
    good: bool


class RowFiles:
    """The files of rows of one project, each read once. `parsed`: YAML files that were read already, by path."""

    def __init__(self, root: Path, parsed: Mapping[str, Parsed], reads: Reads | None = None) -> None:
        self._root = root
        self._reads = reads or Reads()
        self._parsed = parsed
        self._read: dict[str, Any] = {}

    @property
    def paths(self) -> tuple[str, ...]:
        """The files asked for so far, by their paths from the project's root."""
        return tuple(self._read)

    def rows(
        self, path: str, at: str, origin: Origin, problems: Problems, *, at_origin: Origin | None = None
    ) -> list[DataRow] | None:
        """The rows at a dotted place in a file; None with a problem.

        `path` is as the spec at `origin` wrote it, `at` as it stands at `at_origin`.
        """
        file = ids.from_specs(path)
        self._reads.note([file])
        if file not in self._read:
            self._read[file] = self._whole(path, file, origin, problems)
        whole = self._read[file]
        if isinstance(whole, Broken):
            return None
        at_origin = at_origin or origin
        if at and file.lower().endswith(".csv"):
            problems.add(at_origin, "`at` finds a list inside a file; a CSV file is one list", "remove it")
            return None
        value, lacking = _at(whole, at)
        if lacking:
            hint = _nearest(whole, lacking, at) or _lists_in(whole)
            problems.add(at_origin, f"there is no `{lacking}` in {file}", hint)
            return None
        if not isinstance(value, list):
            where = f"`{at}` in {file}" if at else file
            problems.add(at_origin, f"{where} is {kind_of(value)}, not a list of rows", _lists_in(value, at))
            return None
        return _labelled([as_data(item) for item in value], f"of {file}", origin, problems)

    def _whole(self, path: str, file: str, origin: Origin, problems: Problems) -> Any:
        """The value of a file; BROKEN with a problem."""
        try:
            found = files.inside(self._root, file)
        except (OSError, RuntimeError) as error:
            refused = disk.refusal(error)
            problems.add(origin, f"{file} {refused.why}", refused.hint)
            return source.BROKEN
        except UsageError as error:
            hint = "`/data/x.csv` is a path from the project's root, without `..`" if ".." in path else error.hint
            problems.add(origin, f"`{path}` is not a path inside the project", hint)
            return source.BROKEN
        suffix = found.suffix.lower()
        if suffix not in SUFFIXES:
            problems.add(origin, f"`{path}` is no file of rows", f"rows come from {', '.join(SUFFIXES)}")
            return source.BROKEN
        if file in self._parsed:
            node, good = self._parsed[file]
            return plain(node) if good else source.BROKEN
        try:
            disk.check_file(found)
            if found.stat().st_size > MAX_BYTES:
                problems.add(origin, f"{file} is larger than {MAX_BYTES:,} bytes", "split it")
                return source.BROKEN
            data = disk.read_file(found)
        except FileNotFoundError:
            problems.add(origin, f"there is no file {file}", self._meant(file))
            return source.BROKEN
        except disk.Unreadable as error:
            problems.add(origin, f"{file} {error.why}", error.hint)
            return source.BROKEN
        found_wrong = Problems()
        value: Any = None
        text = source.decode(data, file, found_wrong)
        if text is not None:
            from pipeline.spec import formats

            try:
                value = formats.parsed(suffix, text, file, found_wrong)
            except formats.Bad as bad:
                found_wrong.add(Origin(file, bad.line, bad.column), bad.message, bad.hint)
        problems.take_from(found_wrong.all())
        return source.BROKEN if found_wrong else value

    def _meant(self, file: str) -> str:
        below = disk.files_below(self._root / "specs", lambda name: name.lower().endswith(SUFFIXES))
        meant = hints.nearest(file, [name for name in (f"specs/{path}" for path in below) if not self._is_spec(name)])
        if meant is None and (self._root / file.removeprefix("specs/")).is_file():
            meant = "/" + file.removeprefix("specs/")
        return (
            f"did you mean `{meant.removeprefix('specs/')}`?" if meant else "paths are from `specs/`, with `/` the root"
        )

    def _is_spec(self, file: str) -> bool:
        """Does a file look like a spec, and not like rows?"""
        value = self._parsed[file].node.value if file in self._parsed else None
        top = keys_of(Place.FILE)
        return isinstance(value, Broken) or (isinstance(value, dict) and not value.keys().isdisjoint(top))


def inline_rows(node: Node, problems: Problems) -> list[DataRow] | None:
    """Rows that stand in the spec itself."""
    if not isinstance(node.value, list) or any(isinstance(item.value, Broken) for item in node.value):
        return None
    values = [as_data(plain(item)) for item in node.value]
    return _labelled(values, "", node.origin, problems, [item.origin for item in node.value])


def _labelled(
    values: list[Any], of: str, origin: Origin, problems: Problems, origins: Sequence[Origin] = ()
) -> list[DataRow] | None:
    good = True
    for number, value in enumerate(values, 1):
        if isinstance(value, list) or value is None:
            at = origins[number - 1] if origins else origin
            problems.add(at, f"row {number} {of} is {kind_of(value)}, not a mapping of columns".replace("  ", " "))
            good = False
    return [DataRow(value, f"row {n} {of}".rstrip()) for n, value in enumerate(values, 1)] if good else None


def _at(value: Any, at: str) -> tuple[Any, str]:
    """What a dotted place holds, and the part of it that is not there."""
    walked = ""
    for part in at.split(".") if at else ():
        walked = f"{walked}.{part}".lstrip(".")
        if isinstance(value, dict) and part in value:
            value = value[part]
        elif isinstance(value, list) and part.isdigit() and int(part) < len(value):
            value = value[int(part)]
        else:
            return None, walked
    return value, ""


def _nearest(whole: Any, lacking: str, at: str) -> str:
    """What could be meant by the first part of a dotted place that is not there."""
    above, _, name = lacking.rpartition(".")
    value, _ = _at(whole, above)
    meant = hints.nearest(name, value) if isinstance(value, dict) else None
    if meant is None:
        return ""
    return f"did you mean `at: {f'{above}.{meant}'.lstrip('.')}{at[len(lacking) :]}`?"


def _lists_in(value: Any, at: str = "") -> str:
    found = (
        [f"{at}.{name}".lstrip(".") for name, item in value.items() if isinstance(item, list)]
        if isinstance(value, dict)
        else []
    )
    return f"did you mean `at: {found[0]}`?" if found else ""
