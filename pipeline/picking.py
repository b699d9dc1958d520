"""From a take in the store to the lock's entry and the file in its place: free, and never over a person's work."""

from __future__ import annotations

import os
import threading
from contextlib import suppress
from dataclasses import replace

from pipeline.digest import of_bytes
from pipeline.draw.placeholder import draw_placeholder
from pipeline.errors import PipelineError, StoreError
from pipeline.finish.decode import decoded, measure
from pipeline.finish.derivations import derive, is_copy
from pipeline.finish.encode import encode
from pipeline.finish.provenance import About
from pipeline.plan.decision import Decision
from pipeline.plan.known import Known
from pipeline.plan.wanted import file_size, is_transparent, placeholder_of, wanted_of
from pipeline.store.entry import Entry
from pipeline.store.incoming import Content, bytes_of, digest_of
from pipeline.store.lock import Sides
from pipeline.words import Asset, Derivation, Digest
from pipeline.workshop import Workshop

PERSON = "person"
"""The generator of a take that a person drew."""


class Picking:
    """Works in threads: each call touches one asset."""

    def __init__(self, shop: Workshop, known: Known) -> None:
        self.shop, self.known = shop, known
        # Decoding and encoding hold some 100 MB a picture: as many at once as there are cores.
        self._pixels = threading.Semaphore(os.cpu_count() or 2)

    def pick(self, decision: Decision, entry: Entry) -> Entry | None:
        """Derive the file of what `entry` picks, write the entry, put the file in its place; gives the entry written.

        None where a person changed the lock's lines or the file since the decision: theirs is left alone, and it is to
        be decided anew. Raises StoreError, LockError, PipelineError, OSError.
        """
        asset = self.shop.project.assets[decision.step.asset]
        picture = entry.continued
        assert picture is not None
        if self._is_all_there_is(asset, picture, decision.there, entry):
            return entry if self._write_entry(decision, entry) else None
        content = self._content(asset, picture, entry)
        entry = described(self.shop, entry, content)
        if asset.is_internal:
            return entry if self._write_entry(decision, entry) else None
        derivation = wanted_of(asset, entry)
        try:
            made = content if is_copy(derivation) else self._derived(asset, entry, derivation, content)
        except PipelineError:
            # The take is good, and paid for: it is picked, so that a person can see it, reroll it or mend the steps.
            self._write_entry(decision, entry)
            raise
        digest = digest_of(made)
        # The same derivation key means the same work: another library's bytes are no reason to rewrite an entry.
        if entry.files.get(asset.path, ("",))[0] != derivation.key:
            entry = replace(entry, files={**entry.files, asset.path: (derivation.key, digest)})
        if not self._write_entry(decision, entry):
            return None
        if not self._may_write(asset, decision.there, (*decision.sides, entry), digest):
            return None
        self._keep_last_copy(decision.there, asset.path, (*decision.sides, entry))
        self.shop.outputs.write(asset.path, made, derivation.key)
        return entry

    def _is_all_there_is(self, asset: Asset, picture: Digest, there: Digest | None, entry: Entry) -> bool:
        """Whether the file stands as the entry wants it and its picture is lost: there is nothing to make it of."""
        if asset.is_internal or there is None or self.shop.store.in_reach(picture):
            return False
        return entry.files.get(asset.path) == (wanted_of(asset, entry).key, there)

    def _derived(self, asset: Asset, entry: Entry, derivation: Derivation, content: Content) -> bytes:
        with self._pixels:
            return made_of(self.shop, asset, entry, derivation, bytes_of(content))

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
        """Put a placeholder where there is no picture; it enters no lock. False as for `pick`. Raises OSError."""
        asset = self.shop.project.assets[decision.step.asset]
        drawn = self.shop.project.models.get(asset.model).shape(asset.aspect_ratio, asset.image_size)
        with self._pixels:
            picture = stand_in(asset, prompt, drawn)
        if not self._may_write(asset, decision.there, decision.sides, of_bytes(picture)):
            return False
        self.shop.outputs.write(asset.path, picture, placeholder_of(asset, prompt, drawn).key)
        return True

    def secure(self, decision: Decision) -> None:
        """Of an asset with nothing to do: take into the store what only its file still holds, and know the file again.

        That is its take, or what a person adopted.
        """
        asset, entry = self.shop.project.assets[decision.step.asset], decision.entry
        if asset.is_internal:
            return
        there = decision.there
        held = entry is not None and there in (entry.adopted, entry.pick)
        if there is not None and held and not self.shop.store.in_reach(there):
            self.shop.store.keep_output(there, self.shop.outputs.read(asset.path))
        self.shop.outputs.confirm(asset.path)

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

    def _may_write(self, asset: Asset, seen: Digest | None, sides: Sides, made: Digest) -> bool:
        """Whether the file is still as it was looked at, or at least ours: a draw takes long enough to edit a file."""
        there = self.shop.outputs.digest(asset.path)
        if there is None or there in (seen, made):
            return True
        written = self.shop.outputs.written(asset.path)
        ours = any(there in entry.written for entry in sides) or (written is not None and written.digest == there)
        return ours or self.shop.outputs.mark(asset.path) is not None


def made_of(shop: Workshop, asset: Asset, entry: Entry, derivation: Derivation, picture: bytes) -> bytes:
    """The bytes of the file that an asset's entry wants, of its picture. Raises PipelineError.

    What the file says of its origin is in the derivation, but for what the picture itself decides.
    """
    says = derivation.params.get("provenance", {})
    if is_copy(derivation) or says.get("level") == "none":
        return derive(derivation, picture, None)
    request = says.get("request")
    asked = shop.store.request(request) if request is not None else None
    drawn = shop.record_of(entry) if entry.adopted is not None else None
    about = About(
        model=drawn.model if drawn is not None else entry.model,
        alt=says.get("alt", ""),
        retouched=entry.adopted is not None or entry.generator == PERSON,
        prompt=str(asked.get("prompt", "")) if asked is not None else "",
        request=request or "",
    )
    return derive(derivation, picture, about)


def stand_in(asset: Asset, prompt: str, drawn: tuple[int, int]) -> bytes:
    """The placeholder for an asset, in the size and format of its file; `drawn` is what the model would draw."""
    width, height, _ = file_size(asset, drawn)
    format = asset.format if asset.format in ("jpeg", "png", "webp") else "png"
    picture = draw_placeholder(
        asset=asset.id,
        prompt=prompt,
        width=width,
        height=height,
        format=format,
        transparent=is_transparent(asset),
    )
    if format == asset.format:
        return picture
    return encode(decoded(picture), asset.format, {**asset.options, "effort": 0}, kind="placeholder")


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
