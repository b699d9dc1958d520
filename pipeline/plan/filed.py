"""The files of one asset as they lie there, held against those that it wants."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from pipeline.plan.known import Files, Known
from pipeline.plan.wanted import firsts_of, has_matte, placeholder_of, wanted_file, wanted_files
from pipeline.store.entry import Entry
from pipeline.words import Asset, Digest


def stands(files: Files, path: str, there: Digest | None, wanted: Digest, entry: Entry | None = None) -> bool:
    """Whether what lies in a file's place came by the wanted derivation, by the entry or by what was written."""
    if there is None:
        return False
    if entry is not None and entry.files.get(path) == (wanted, there):
        return True
    written = files.written(path)
    return written is not None and (written.derivation, written.digest) == (wanted, there)


def rewrites(entry: Entry, wrong: Mapping[str, Digest]) -> bool:
    """Whether one of these files is to come from its picture in another way than the entry says."""
    return any(entry.files.get(path, ("",))[0] != wanted for path, wanted in wrong.items())


class Filed:
    """What lies in the places of an asset's files. Reads the disk, writes nothing."""

    def __init__(self, asset: Asset, known: Known, lines: Iterable[Entry]) -> None:
        """`lines` are those of the asset in the lock, as far as they are its own."""
        self._asset, self._known, self._lines = asset, known, tuple(lines)
        self.there: Mapping[str, Digest | None] = {path: known.files.digest(path) for path in asset.paths}
        """Path -> digest of what lies there; None: nothing."""

    def wrong(self, entry: Entry) -> dict[str, Digest]:
        """The files that are not as the entry wants them, each with the key of the derivation that it wants."""
        wanted = wanted_files(self._asset, entry, self._known.sides, self._known.store.request)
        keys = zip(self._asset.paths, (one.key for one in wanted), strict=True)
        return {path: key for path, key in keys if not stands(self._known.files, path, self.there[path], key, entry)}

    def edited(self, paths: Iterable[str]) -> dict[str, Any]:
        """What there is to say of files among these that are a person's; empty where none is."""
        theirs = tuple(path for path in paths if self._is_a_persons(path))
        return {"files": theirs if theirs != (self._asset.path,) else ()} if theirs else {}

    def ours(self, paths: Mapping[str, Digest]) -> dict[str, Digest]:
        """Of these, those in whose place nothing lies that is a person's."""
        return {path: key for path, key in paths.items() if not self._is_a_persons(path)}

    def _is_a_persons(self, path: str) -> bool:
        there = self.there[path]
        return there is not None and not self._known.is_ours(self._asset.id, path, there, self._lines)

    def why_wrong(self, entry: Entry, wrong: Mapping[str, Digest]) -> str:
        """The kind of reason why these files are to be made."""
        if any(self.there[path] is None for path in wrong):
            return "file_missing"
        return "made_otherwise" if self._is_made_otherwise(entry, wrong) else "file_outdated"

    def _is_made_otherwise(self, entry: Entry, wrong: Mapping[str, Digest]) -> bool:
        """Whether they came from their picture in another way than the spec says now, not from another picture."""
        before = {
            entry.files[path][0] for path, wanted in wrong.items() if entry.files.get(path, (wanted,))[0] != wanted
        }
        # Of a picture that was picked before nobody here knows its type: it is tried.
        request = entry.of or entry.request
        ways = (
            wanted_file(self._asset, file, picture=one, type=type, adopted=adopted, request=request, first=first)
            for file in self._asset.files
            if file.path in wrong
            for one in entry.pictures
            for first in self._firsts()
            for adopted in (False, True)
            for type in dict.fromkeys((entry.type, "image/jpeg", "image/png", "image/webp"))
        )
        return bool(before) and not any(way.key in before for way in ways)

    def first(self, entry: Entry) -> Digest | None:
        """The first picture that the files of an entry need beside its own; None where they need no other."""
        inputs = wanted_files(self._asset, entry, self._known.sides, self._known.store.request)[0].inputs
        return inputs[1] if len(inputs) > 1 else None

    def _firsts(self) -> tuple[Digest | None, ...]:
        """All first pictures of which a matte was made before; of other assets that there is none."""
        before = firsts_of(self._asset, None, self._known.sides, _unknown) if has_matte(self._asset) else ()
        return before or (None,)

    def is_placeholder(self, paths: Iterable[str]) -> bool:
        """Whether a placeholder lies in one of these places."""
        return any(self._known.files.mark(path) == "placeholder" for path in paths)

    def standing_in(self, prompt: str, drawn: tuple[int, int]) -> frozenset[str]:
        """The files that are the placeholders which are wanted now."""
        wanted = ((file.path, placeholder_of(self._asset, file, prompt, drawn).key) for file in self._asset.files)
        return frozenset(path for path, key in wanted if stands(self._known.files, path, self.there[path], key))

    def is_real(self, paths: Iterable[str]) -> bool:
        """Whether one of these files is there, and no placeholder."""
        there = [path for path in paths if self.there[path] is not None]
        return any(self._known.files.mark(path) != "placeholder" for path in there)


def _unknown(key: str) -> None:
    """No request is known."""
