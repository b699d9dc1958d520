"""From a take in the store to the lock's entry and the files in their places: free, and never over a person's work."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace

from pipeline.draw.placeholder import draw_placeholder
from pipeline.errors import PipelineError, StoreError
from pipeline.finish.decode import decoded, measure
from pipeline.finish.derivations import Each, derive_all, is_copy
from pipeline.finish.encode import encode
from pipeline.finish.provenance import About
from pipeline.plan.decision import Decision
from pipeline.plan.filed import stands
from pipeline.plan.known import Known
from pipeline.plan.wanted import file_size, is_transparent, placeholder_of, wanted_files
from pipeline.store.entry import PERSON, Entry
from pipeline.store.incoming import Content, bytes_of, digest_of
from pipeline.store.lock import Sides
from pipeline.words import Asset, Derivation, Digest, File
from pipeline.workshop import Workshop


class Picking:
    """Works in threads: each call touches one asset."""

    def __init__(self, shop: Workshop, known: Known) -> None:
        self.shop, self.known = shop, known
        # A picture of 4K holds some 100 MB, and so does what encodes it: as many of each at once as there are cores.
        cores = os.cpu_count() or 2
        self._pixels = threading.Semaphore(cores)
        self._encoders = ThreadPoolExecutor(cores, "encoders")

    def pick(self, decision: Decision, entry: Entry) -> Entry | None:
        """Derive the files of what `entry` picks, write the entry, put them in place; gives the entry written.

        None where a person changed the lock's lines or a file since the decision: theirs is left alone, and it is to
        be decided anew. Raises StoreError, LockError, PipelineError, OSError.
        """
        asset = self.shop.project.assets[decision.step.asset]
        picture = entry.continued
        assert picture is not None
        if self._is_all_there_is(asset, picture, decision, entry):
            return entry if self._write_entry(decision, entry) else None
        content = self._content(asset, picture, entry)
        entry = described(self.shop, entry, content)
        if not asset.path:
            return entry if self._write_entry(decision, entry) else None
        try:
            made = self._made(asset, decision, entry, content)
        except PipelineError:
            # The take is good, and paid for: it is picked, so that a person can see it, reroll it or mend the steps.
            self._write_entry(decision, entry)
            raise
        entry = entry.with_files({path: (key, digest_of(content)) for path, (key, content) in made.items()})
        if not self._write_entry(decision, entry):
            return None
        return entry if self._put(decision, made, (*decision.sides, entry)) else None

    def _made(
        self, asset: Asset, decision: Decision, entry: Entry, content: Content
    ) -> dict[str, tuple[Digest, Content]]:
        """The files that do not lie there as the entry wants them: by path, derivation key and content."""
        wanted = wanted_files(asset, entry, self.shop.lock.read().of, self.shop.store.request)
        due = {
            file.path: derivation
            for file, derivation in zip(asset.files, wanted, strict=True)
            if not stands(self.shop.outputs, file.path, decision.there[file.path], derivation.key, entry)
        }
        made: dict[str, Content] = {path: content for path, derivation in due.items() if is_copy(derivation)}
        derived = {path: derivation for path, derivation in due.items() if path not in made}
        if derived:
            with self._pixels:
                files = made_of(self.shop, entry, derived.values(), bytes_of(content), self._encoders.map)
                made |= zip(derived, files, strict=True)
        return {path: (derivation.key, made[path]) for path, derivation in due.items()}

    def _put(self, decision: Decision, made: Mapping[str, tuple[Digest, Content]], lines: Sides) -> bool:
        """Put files in their places; False where a person's lies in one of them by now."""
        for path, (_, content) in made.items():
            if not self._may_write(path, decision.there[path], lines, digest_of(content)):
                return False
        for path, (key, content) in made.items():
            self._keep_last_copy(decision.there[path], path, lines)
            self.shop.outputs.write(path, content, key)
        return True

    def _is_all_there_is(self, asset: Asset, picture: Digest, decision: Decision, entry: Entry) -> bool:
        """Whether the files stand as the entry wants them and its picture is lost: there is nothing to make them of."""
        if not asset.path or self.shop.store.in_reach(picture):
            return False
        wanted = wanted_files(asset, entry, self.shop.lock.read().of, self.shop.store.request)
        return all(
            entry.files.get(path) == (derivation.key, decision.there[path])
            for path, derivation in zip(asset.paths, wanted, strict=True)
        )

    def _content(self, asset: Asset, picture: Digest, entry: Entry) -> Content:
        """A picture, left on the disk where the store has it. Raises StoreError, OSError."""
        if self.shop.store.in_reach(picture):
            with suppress(StoreError):
                return self.shop.store.whole(picture)
        return self.shop.picture(asset, picture, entry)

    def _write_entry(self, decision: Decision, entry: Entry) -> bool:
        """Put the entry into the lock, unless it is there; False where a person changed the lines meanwhile."""
        if (entry,) == decision.sides:
            return True
        self._share(entry)
        asset, declared = decision.step.asset, self.shop.owners
        return self.shop.lock.change(asset, decision.sides, entry, moved_from=decision.moved_from, declared=declared)

    def placehold(self, decision: Decision, prompt: str) -> bool:
        """Put placeholders where there is no picture; they enter no lock. False as for `pick`. Raises OSError."""
        asset = self.shop.project.assets[decision.step.asset]
        drawn = self.shop.project.models.get(asset.model).shape(asset.aspect_ratio, asset.image_size)
        made: dict[str, tuple[Digest, Content]] = {}
        for file in asset.files:
            key = placeholder_of(asset, file, prompt, drawn).key
            if not stands(self.shop.outputs, file.path, decision.there[file.path], key):
                with self._pixels:
                    made[file.path] = (key, stand_in(asset, file, prompt, drawn))
        return self._put(decision, made, decision.sides)

    def secure(self, decision: Decision) -> None:
        """Of an asset with nothing to do: take into the store what only its files still hold, and know them again.

        That is its take, or what a person adopted.
        """
        entry = decision.entry
        for path, there in decision.there.items():
            held = entry is not None and there in (entry.adopted, entry.pick)
            if there is not None and held and not self.shop.store.in_reach(there):
                self.shop.store.keep_output(there, self.shop.outputs.read(path))
            self.shop.outputs.confirm(path)

    def _share(self, entry: Entry) -> None:
        """Copy what the entry names to the remote, before it names it."""
        self.shop.store.share(self.shop.records_of(entry))
        for picture in (entry.pick, entry.adopted, *entry.takes):
            if picture is not None:
                self.shop.store.share_object(picture)

    def _keep_last_copy(self, there: Digest | None, path: str, lines: Sides) -> None:
        """Store a picture that nothing else holds, before its file is written over."""
        if there is None or self.shop.store.in_reach(there) or self.shop.outputs.digest(path) != there:
            return
        if any(there in line.pictures for line in lines):
            self.shop.store.keep_output(there, self.shop.outputs.read(path))

    def _may_write(self, path: str, seen: Digest | None, sides: Sides, made: Digest) -> bool:
        """Whether the file is still as it was looked at, or at least ours: a draw takes long enough to edit a file."""
        there = self.shop.outputs.digest(path)
        if there is None or there in (seen, made):
            return True
        written = self.shop.outputs.written(path)
        ours = any(there in entry.written for entry in sides) or (written is not None and written.digest == there)
        return ours or self.shop.outputs.mark(path) is not None


def made_of(
    shop: Workshop, entry: Entry, wanted: Iterable[Derivation], picture: bytes, each: Each = map
) -> list[bytes]:
    """The bytes of the files that an asset's entry wants, of its picture. Raises PipelineError.

    What a file says of its origin is in its derivation, but for what the picture itself decides. The first picture of a
    matte is read from the store. `each` is as for `derive_all`.
    """
    wanted = tuple(wanted)
    drawn = shop.record_of(entry) if entry.adopted is not None else None
    model = drawn.model if drawn is not None else entry.model
    retouched = entry.adopted is not None or entry.generator == PERSON

    def about(derivation: Derivation) -> About | None:
        says = derivation.params.get("provenance", {})
        if is_copy(derivation) or says.get("level") == "none":
            return None
        request = says.get("request")
        asked = shop.store.request(request) if request is not None else None
        prompt = str(asked.get("prompt", "")) if asked is not None else ""
        return About(model=model, alt=says.get("alt", ""), retouched=retouched, prompt=prompt, request=request or "")

    firsts = dict.fromkeys(first for one in wanted for first in one.inputs[1:])
    first = shop.store.read(next(iter(firsts))) if firsts else None
    return derive_all([(one, about(one)) for one in wanted], picture, first, each)


def stand_in(asset: Asset, file: File, prompt: str, drawn: tuple[int, int]) -> bytes:
    """The placeholder for a file of an asset, in its size and format; `drawn` is what the model would draw."""
    width, height, _ = file_size(file, drawn)
    format = file.format if file.format in ("jpeg", "png", "webp") else "png"
    picture = draw_placeholder(
        asset=asset.id,
        prompt=prompt,
        width=width,
        height=height,
        format=format,
        transparent=is_transparent(file),
    )
    if format == file.format:
        return picture
    return encode(decoded(picture), file.format, {**file.options, "effort": 0}, kind="placeholder")


def described(shop: Workshop, entry: Entry, content: Content) -> Entry:
    """The entry with what there is to know of its picture: by the take's record, else by looking at `content`."""
    take = shop.record_of(entry) if entry.adopted is None else None
    if take is not None:
        return replace(
            entry, generator=take.generator, model=take.model, width=take.width, height=take.height, type=take.type
        )
    if entry.type and entry.width:
        return entry
    seen = measure(bytes_of(content))
    return replace(entry, type=seen.type, width=seen.width, height=seen.height)
