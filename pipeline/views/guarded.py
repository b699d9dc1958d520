"""A folder that ships, and the origin of every picture in it: what people are to know of before it does.

Names and endings count for nothing: a bundler copies, renames and hashes. A picture is known by its bytes wherever it
lies; else by what is still inside once it was encoded anew; else it is on the list of what people made. Of other files
only the first bytes are read, and of a picture as little as tells.
"""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property, partial
from pathlib import Path
from typing import Final, NamedTuple

from pipeline import marks
from pipeline.digest import of_file
from pipeline.errors import UsageError
from pipeline.saying import SVG, Said, archive_of, holds_pictures, kind_of
from pipeline.views.disclosed import Disclosure, Maker, look_at
from pipeline.words import AssetId
from pipeline.workshop import Workshop


class Known(StrEnum):
    """How the origin of a picture is known."""

    BUILT = "built"  # it is a file of an asset, byte for byte
    PROJECT = "project"  # it is another picture that the project knows: written, picked or stored once
    REFERENCE = "reference"  # it is a picture that a spec refers to
    LISTED = "listed"  # `disclose: {known: ...}` says that people made it
    MARKED = "marked"  # the tool made it; these bytes are none that the project knows
    SAYS = "says"  # it says itself from what kind of source it comes
    DRAWING = "drawing"  # an SVG without pixels inside: a text, in which no origin can be read
    UNKNOWN = "unknown"
    UNREADABLE = "unreadable"

    @property
    def fails(self) -> bool:
        return self in (Known.UNKNOWN, Known.UNREADABLE)


_NOTHING: Final = Said()


@dataclass(frozen=True, kw_only=True)
class Picture:
    """One picture in the folder."""

    path: str
    """From the folder, with slashes."""
    type: str
    """Media type by its first bytes; empty where it cannot be read."""
    size: int
    known: Known
    asset: AssetId | None = None
    placeholder: bool = False
    said: Said = _NOTHING


@dataclass(frozen=True, kw_only=True)
class Guarded:
    """A folder, looked through."""

    folder: str
    """As it was named."""
    files: int
    pictures: tuple[Picture, ...]
    archives: tuple[tuple[str, str], ...] = ()
    """Files that may hold pictures nobody can see from outside: path, and what they are."""
    links: tuple[str, ...] = ()
    """Links that lead out of the folder, which were not followed."""

    @cached_property
    def failing(self) -> tuple[Picture, ...]:
        return tuple(picture for picture in self.pictures if picture.known.fails)

    @property
    def placeholders(self) -> tuple[Picture, ...]:
        return tuple(picture for picture in self.pictures if picture.placeholder)

    def count(self, known: Known) -> int:
        return sum(picture.known is known for picture in self.pictures)


_HOW: Final = (
    (Known.BUILT, "built by this project, byte for byte"),
    (Known.PROJECT, "known to this project: built before, picked or stored"),
    (Known.MARKED, "made by this project, and changed or encoded anew since"),
    (Known.SAYS, "known by what they say themselves"),
    (Known.REFERENCE, "references of this project"),
    (Known.LISTED, "made by people, as pipeline.yaml says"),
    (Known.DRAWING, "drawings (SVG), in which no origin can be read"),
    (Known.UNKNOWN, "of unknown origin"),
    (Known.UNREADABLE, "that cannot be read"),
)
"""How origins are told, in the order in which they are."""


def counted(guarded: Guarded) -> Iterator[tuple[Known, int, str]]:
    """How many pictures of a folder are known in which way, and that as words."""
    for known, words in _HOW:
        if count := guarded.count(known):
            yield known, count, words


_POINTER_BYTES: Final = 200


class _Project(NamedTuple):
    """A picture that the project knows by its bytes."""

    known: Known
    asset: AssetId | None = None
    placeholder: bool = False


@dataclass
class _Memory:
    """What the project knows, by digests, or, while nobody has asked, by sizes alone."""

    by_digest: dict[str, _Project] = field(default_factory=dict)
    sizes: set[int] = field(default_factory=set)
    """Of what `by_digest` has, in bytes."""
    complete: bool = True
    """Whether all of these sizes are known: then another size is another picture."""
    unread: dict[int, list[tuple[Path, Known]]] = field(default_factory=dict)
    """Files of which only the size is known so far, by that."""

    def add(self, digest: str, size: int | None, project: _Project) -> None:
        """Remember a picture; what was said of it first stands."""
        if digest in self.by_digest:
            return
        self.by_digest[digest] = project
        if size is not None:
            self.sizes.add(size)
        else:
            self.complete = False

    def of(self, file: Path, size: int) -> _Project | None:
        """What the project knows of a file's bytes. Raises OSError."""
        for path, known in self.unread.pop(size, ()):
            try:
                self.add(of_file(path), size, _Project(known))
            except OSError:
                continue
        return self.by_digest.get(of_file(file)) if size in self.sizes or not self.complete else None


class Guard:
    """Knows the pictures of a project, and looks for others. `known` are the settings' patterns, from the root."""

    def __init__(self, shop: Workshop, disclosure: Disclosure, known: Iterable[str]) -> None:
        """`disclosure` is of all assets. Raises LockError, OSError."""
        self._root = shop.root
        self._patterns = {pattern: _expression(_whole(shop.root, pattern)) for pattern in known}
        self._listed = _listed(self._root, self._patterns)
        self._memory = _remember(shop, disclosure, [path for paths in self._listed.values() for path in paths])

    @property
    def idle(self) -> tuple[str, ...]:
        """The patterns that name no file of the project."""
        return tuple(pattern for pattern, paths in self._listed.items() if not paths)

    def look(self, folder: Path, called: str) -> Guarded:
        """Look through a folder, in the order of its paths. Raises UsageError where there is none."""
        if not folder.is_dir():
            why = "is a file: name the folder it is in" if folder.is_file() else "is not there"
            raise UsageError(
                f"the folder `{called}` {why}", hint="--guard takes the folder that ships, once it is built"
            )
        home = Path(os.path.realpath(folder))
        files, links = _walk(home)
        pictures: list[Picture] = []
        archives: list[tuple[str, str]] = []
        for path, size in files:
            try:
                head = _head(f"{home}/{path}")
                type = kind_of(head)
                if type is not None:
                    pictures.append(self._picture(home, path, size, type))
                elif (archive := archive_of(head)) is not None:
                    archives.append((path, archive))
            except OSError:
                pictures.append(Picture(path=path, type="", size=size, known=Known.UNREADABLE))
        return Guarded(
            folder=called, files=len(files), pictures=tuple(pictures), archives=tuple(archives), links=tuple(links)
        )

    def _picture(self, home: Path, path: str, size: int, type: str) -> Picture:
        file, found = home / path, partial(Picture, path=path, type=type, size=size)
        project = self._memory.of(file, size)
        if project is not None:
            old = project.known is Known.PROJECT and type != SVG and look_at(file)[1].mark == "placeholder"
            return found(known=project.known, asset=project.asset, placeholder=project.placeholder or old)
        from_root = _from(Path(os.path.realpath(self._root)), file)
        if any(expression.fullmatch(from_root) for expression in self._patterns.values()):
            return found(known=Known.LISTED)
        if type == SVG:
            known = Known.UNKNOWN if holds_pictures(file.read_bytes()) else Known.DRAWING
            return found(known=known)
        _, said = look_at(file)
        known = Known.MARKED if said.mark else Known.SAYS if said.source else Known.UNKNOWN
        placeholder = said.mark == "placeholder"
        return found(known=known, placeholder=placeholder, said=said)


def _head(path: str) -> bytes:
    """How a file begins. Raises OSError."""
    descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW)
    try:
        return os.read(descriptor, marks.HEAD_BYTES)
    finally:
        os.close(descriptor)


def _remember(shop: Workshop, disclosure: Disclosure, listed: Iterable[Path]) -> _Memory:
    memory = _Memory()
    for one in disclosure.assets:
        for file in one.files:
            placeholder = file.maker is Maker.PLACEHOLDER
            memory.add(file.digest, file.size, _Project(Known.BUILT, one.asset.id, placeholder))
    sizes = {}
    for path in shop.outputs.paths():
        if (written := shop.outputs.written(path)) is not None:
            sizes[written.digest] = written.signature[0]
    for objects in filter(None, (shop.store.local, shop.store.remote)):
        # What is smaller may be a pointer of Git LFS, whose size is not that of the picture.
        sizes |= {digest: size for digest, size in objects.sizes() if size > _POINTER_BYTES}
    declared = shop.project.assets
    for locked in (shop.lock.read(), *shop.other_locks().values()):
        for id, sides in locked.sides.items():
            asset = id if id in declared and not declared[id].is_internal else None
            for digest in {digest for line in sides for digest in line.written}:
                memory.add(digest, sizes.get(digest), _Project(Known.PROJECT, asset))
    for digest, size in sizes.items():
        memory.add(digest, size, _Project(Known.PROJECT))
    references = [(shop.root / path, Known.REFERENCE) for path in shop.reference_files]
    for picture, known in (*references, *((file, Known.LISTED) for file in listed)):
        try:
            memory.unread.setdefault(picture.stat().st_size, []).append((picture, known))
        except OSError:
            continue
    return memory


# --- folders and patterns -------------------------------------------------------------------------------------------


def _walk(home: Path) -> tuple[list[tuple[str, int]], list[str]]:
    """All files below a folder, by their paths from it, with their sizes in bytes; and the links that lead out of it.

    A link within is passed over, as its end is found by itself. A folder that cannot be listed is given as a file.
    """
    files: list[tuple[str, int]] = []
    links: list[str] = []
    folders = [""]
    while folders:
        above = folders.pop()
        try:
            with os.scandir(f"{home}/{above}") as entries:
                found = list(entries)
        except OSError:
            files.append((above.rstrip("/") or ".", 0))
            continue
        for entry in found:
            path = f"{above}{entry.name}"
            if entry.is_symlink():
                if not Path(os.path.realpath(entry.path)).is_relative_to(home) and Path(entry.path).exists():
                    links.append(path)
            elif entry.is_dir():
                folders.append(f"{path}/")
            else:
                looks = entry.stat(follow_symlinks=False)
                if stat.S_ISREG(looks.st_mode):
                    files.append((path, looks.st_size))
    return sorted(files), sorted(links)


def _listed(root: Path, patterns: Mapping[str, re.Pattern[str]]) -> Mapping[str, list[Path]]:
    """The files that each pattern names, below the part of it that is no pattern."""
    found: dict[str, list[Path]] = {}
    for pattern, expression in patterns.items():
        folder = root / _fixed(pattern)
        if folder.is_file():
            found[pattern] = [folder]
            continue
        names = ((folder / path, _from(root, folder / path)) for path, _ in _walk(folder)[0]) if folder.is_dir() else ()
        found[pattern] = [path for path, name in names if expression.fullmatch(name)]
    return found


def _whole(root: Path, pattern: str) -> str:
    """The pattern; one that names a folder names all that is in it."""
    return f"{pattern.rstrip('/')}/**" if pattern.endswith("/") or (root / pattern).is_dir() else pattern


def _from(root: Path, path: Path) -> str:
    return Path(os.path.relpath(path, root)).as_posix()


def _fixed(pattern: str) -> str:
    """The folders that a pattern names in so many letters; all of it where it has no sign."""
    parts = pattern.split("/")
    signs = [number for number, part in enumerate(parts) if _SIGN.search(part)]
    return "/".join(parts[: signs[0]] if signs else parts)


_SIGN: Final = re.compile(r"[*?]")


def _expression(pattern: str) -> re.Pattern[str]:
    """A pattern as a regular expression: `*` and `?` stay inside a folder, `**` crosses them."""
    pieces = re.split(r"(\*\*/|\*\*|\*|\?)", pattern.removeprefix("./"))
    signs = {"**/": "(?:.*/)?", "**": ".*", "*": "[^/]*", "?": "[^/]"}
    return re.compile("".join(signs.get(piece, re.escape(piece)) for piece in pieces), re.DOTALL)
