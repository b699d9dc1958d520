"""The files that an asset wants: from which picture, by which derivation. Computed, never executed, here."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from pipeline.spec import encoding
from pipeline.store.entry import Entry
from pipeline.store.lock import Sides
from pipeline.words import MATTE, Asset, AssetId, Derivation, Digest, File, Reference

if TYPE_CHECKING:
    from pipeline.spec.steps import Step

ENCODE_VERSION = 1
PROCESS_VERSION = 1
PLACEHOLDER_VERSION = 1


Lines = Callable[[AssetId], Sides]
"""Gives the lines of an asset in the lock."""

Asked = Callable[[str], Mapping[str, Any] | None]
"""Gives a request of the store by its key, as it was asked; None where it is not known."""


def wanted_files(asset: Asset, entry: Entry, lines: Lines, asked: Asked) -> tuple[Derivation, ...]:
    """How each of the asset's files comes from what its entry picks, which must be there; as `asset.files` has them."""
    picture = entry.adopted or entry.pick
    assert picture is not None
    drawn_for = entry.of or entry.request
    adopted = entry.adopted is not None
    done = len(asset.process) if adopted else done_in(asset, entry, lines)

    def made(first: Digest | None) -> tuple[Derivation, ...]:
        return tuple(
            wanted_file(
                asset,
                file,
                picture=picture,
                type=entry.type,
                adopted=adopted,
                request=drawn_for,
                done=done,
                first=first,
            )
            for file in asset.files
        )

    if done or not has_matte(asset):
        return made(None)
    ways = [made(first) for first in firsts_of(asset, drawn_for, lines, asked)] or [made(None)]
    known = (way for way in ways if entry.files.get(asset.path, ("",))[0] == way[0].key)
    return next(known, ways[0])


def has_matte(asset: Asset) -> bool:
    """Whether an asset's files are made of two pictures."""
    return bool(asset.process) and asset.process[0].name == MATTE


def firsts_of(asset: Asset, drawn_for: Digest | None, lines: Lines, asked: Asked) -> tuple[Digest, ...]:
    """Of an asset with a matte the first of its two pictures: the one that the second was drawn to go on from.

    Where nobody here knows that request, it is one of those that the first one's entry names, most likely its pick.
    """
    request = asked(drawn_for) if drawn_for is not None else None
    if request is not None and request.get("previous") is not None:
        return (Digest(request["previous"]),)
    drawn = asset.lineage[-1][0] if asset.lineage else asset.id
    named = lines(AssetId(f"{drawn}#{MATTE}"))
    picked = (line.continued for line in named if line.continued is not None)
    return tuple(dict.fromkeys([*picked, *(picture for line in named for picture in sorted(line.pictures))]))


def wanted_file(
    asset: Asset,
    file: File,
    *,
    picture: Digest,
    type: str,
    adopted: bool,
    request: Digest | None = None,
    done: int = 0,
    first: Digest | None = None,
) -> Derivation:
    """How a file comes from the asset's picture, which was drawn for `request`, and of a matte's from the `first` too.

    A picture of the wanted type of which nothing else is wanted is the file, byte for byte, whatever the model put into
    it; so is what a person adopted as the main file, whatever is wanted. Otherwise it goes through the steps but for
    the first `done` of them, which went into what a person adopted, and is encoded anew.
    """
    fits = encoding.format_of(type) == file.format
    if adopted and not file.variant and (fits or not type):
        return Derivation(name="adopted", inputs=(picture,))
    steps = file.steps[done:]
    if fits and not steps and not file.options:
        return Derivation(name="take", inputs=(picture,))
    says = _says(asset, adopted=adopted, request=request)
    if not steps and not file.options and not says:
        return Derivation(name="encode", version=ENCODE_VERSION, params={"format": file.format}, inputs=(picture,))
    params: dict[str, Any] = {
        "steps": _as_derived(steps) if steps else [],
        "format": file.format,
        "options": encoding.complete(file.format, file.options),
        "provenance": says,
    }
    inputs = (picture,) if first is None else (picture, first)
    return Derivation(name="process", version=PROCESS_VERSION, params=params, inputs=inputs)


def done_in(asset: Asset, entry: Entry, lines: Lines) -> int:
    """How many of the first steps of a derived asset are in its picture already, as a person adopted that."""
    for source, steps in asset.lineage:
        if any(line.adopted is not None and line.adopted == entry.take for line in lines(source)):
            return steps
    return 0


def _as_derived(steps: tuple[Step, ...]) -> list[list[Any]]:
    from pipeline.spec.steps import as_derived  # of use only to assets that have steps

    return as_derived(steps)


def _says(asset: Asset, *, adopted: bool, request: Digest | None) -> dict[str, Any]:
    """What a derived file says of its origin, as far as its picture alone does not decide that.

    Which model drew it, and whether a person did, is a matter of the picture.
    """
    if asset.provenance == "none":
        return {"level": "none"}
    says: dict[str, Any] = {"alt": asset.alt} if asset.alt else {}
    if asset.provenance == "full":
        says |= {"level": "full", "request": request if not adopted else None}
    return says


def places_of(asset: Asset, picture: Digest, entry: Entry | None) -> tuple[str, ...]:
    """The output files that may hold a picture byte for byte: the asset's own, and those that its entry names.

    Of a turn or point its own is that of the asset it belongs to; what is made of another may have its source's, too.
    """
    named = entry.places_of(picture) if entry is not None else ()
    return tuple(dict.fromkeys([*asset.paths, *filter(None, [asset.home]), *named]))


def is_of_file(reference: Reference, asset: Asset) -> bool:
    """Whether what is made of an asset's take is attached: what is derived has no take of its own."""
    return reference.file or asset.source is not None


def file_size(file: File, drawn: tuple[int, int]) -> tuple[int, int, bool]:
    """Width and height of a file, of a picture of that size; and whether that is certain.

    Where it depends on what is painted it is the most that it can be.
    """
    if not file.steps:
        return (*drawn, True)
    from pipeline.spec.step_sizes import Size
    from pipeline.spec.steps import size_after

    size = size_after(file.steps, Size(*drawn))
    return size.width, size.height, size.exact


def is_transparent(file: File) -> bool:
    """Whether a file can be seen through, as far as its steps make it so."""
    if not file.steps or not encoding.FORMATS[file.format].has_alpha:
        return False
    from pipeline.spec.steps import alpha_after

    return alpha_after(file.steps)


def placeholder_of(asset: Asset, file: File, prompt: str, drawn: tuple[int, int]) -> Derivation:
    """What a placeholder shows, in the size that the file would have: it is drawn anew when any of this changes.

    `drawn` is the size of the picture that it stands in for.
    """
    width, height, _ = file_size(file, drawn)
    params: dict[str, Any] = {
        "asset": asset.id,
        "prompt": prompt,
        "width": width,
        "height": height,
        "format": file.format,
        **({"transparent": True} if is_transparent(file) else {}),
    }
    return Derivation(name="placeholder", version=PLACEHOLDER_VERSION, params=params)
