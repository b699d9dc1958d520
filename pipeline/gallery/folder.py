"""A folder that holds a static gallery and nothing else: what lies in it is known by name, so it can be written anew.

`gallery.json` lists its files. It is written before any of them, and again when all are there: so a run that died
halfway left nothing that the next one would take for a stranger's.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from pipeline.amounts import names
from pipeline.digest import Digest, of_bytes
from pipeline.errors import StoreError, UsageError
from pipeline.spec.load import SPECS
from pipeline.workshop import LOCAL, Workshop

LIST: Final = "gallery.json"

DATA: Final = "data.js"
"""What the page shows."""

_UNFINISHED: Final = ".part"


@dataclass(frozen=True, kw_only=True)
class Content:
    """The bytes of one file to be: here, or in another file; with a digest they are checked against it."""

    data: bytes = b""
    path: Path | None = None
    digest: Digest | None = None

    def read(self) -> bytes:
        """Raises OSError, and StoreError where the bytes are not what their digest says."""
        data = self.data if self.path is None else self.path.read_bytes()
        if self.digest is not None and of_bytes(data) != self.digest:
            raise StoreError(
                f"{self.path} is damaged: its bytes are not what its name says", hint="restore or delete it"
            )
        return data


def checked(shop: Workshop, out: Path) -> Path:
    """The folder as an absolute path. Raises UsageError where a gallery may not be written there, OSError."""
    folder = out.resolve()
    remote = shop.store.remote
    inside = [
        shop.root / SPECS,
        shop.root / LOCAL,
        shop.root / ".git",
        *([remote.folder] if remote is not None else []),
    ]
    if shop.root.is_relative_to(folder):
        raise UsageError(f"{out} holds the project itself", hint="name a folder of its own, such as `--out gallery`")
    for kept in inside:
        if folder.is_relative_to(kept.resolve()) or kept.resolve().is_relative_to(folder):
            raise UsageError(f"{out} is where the project keeps {kept.name}/", hint="name a folder of its own")
    if any((shop.root / path).is_relative_to(folder) for asset in shop.project.assets.values() for path in asset.paths):
        raise UsageError(f"{out} is where assets are built", hint="name a folder of its own")
    if folder.exists() and not folder.is_dir():
        raise UsageError(f"{out} is a file", hint="name a folder")
    # A link is never of a gallery, whatever the list says: what is written through it would lie elsewhere.
    strangers = sorted((_files(folder) - _listed(folder) - {LIST}) | _links(folder))
    if strangers:
        raise UsageError(
            f"{out} holds what is not of a gallery: {names(strangers)}",
            hint="name an empty folder, or one with a gallery",
        )
    return folder


def write(folder: Path, files: Mapping[str, Content]) -> int:
    """Make the folder hold these files, by their paths in it, and no others; gives their bytes.

    Raises OSError, StoreError.
    """
    before = _listed(folder)
    _write_list(folder, before | files.keys())
    # The page last: whoever opens it meanwhile finds all that it names.
    for path in sorted(files, key=lambda path: (path in ("index.html", DATA), path)):
        _write(folder / path, files[path])
    for path in sorted(_files(folder) - files.keys() - {LIST}):
        (folder / path).unlink()
    for below in sorted(filter(Path.is_dir, folder.rglob("*")), reverse=True):
        with suppress(OSError):  # not empty
            below.rmdir()
    _write_list(folder, files.keys())
    return sum((folder / path).stat().st_size for path in files)


def _write(path: Path, content: Content) -> None:
    if content.digest is not None and path.is_file() and path.stat().st_size and _is_whole(path, content.digest):
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(path.name + _UNFINISHED)
    beside.write_bytes(content.read())
    beside.replace(path)


def _is_whole(path: Path, digest: Digest) -> bool:
    return of_bytes(path.read_bytes()) == digest


def _write_list(folder: Path, paths: Iterable[str]) -> None:
    told = {"made_by": "asset-pipeline", "version": 1, "files": sorted(paths)}
    _write(folder / LIST, Content(data=(json.dumps(told, indent=1) + "\n").encode()))


def _listed(folder: Path) -> frozenset[str]:
    """The files of the gallery that is there, those that were half written too."""
    try:
        told = json.loads((folder / LIST).read_bytes())
        files = told["files"] if told["made_by"] == "asset-pipeline" else []
    except (OSError, ValueError, KeyError, TypeError):
        return frozenset()
    return frozenset(name for file in map(str, files) for name in (file, file + _UNFINISHED)) | {LIST + _UNFINISHED}


def _links(folder: Path) -> frozenset[str]:
    return frozenset(path for path in _files(folder) if (folder / path).is_symlink())


def _files(folder: Path) -> frozenset[str]:
    """All files below a folder, and what is no folder either, by their paths from there."""
    found = []
    for above, folders, files in os.walk(folder):
        links = [name for name in folders if (Path(above) / name).is_symlink()]
        found += [(Path(above) / name).relative_to(folder).as_posix() for name in (*files, *links)]
    return frozenset(found)
