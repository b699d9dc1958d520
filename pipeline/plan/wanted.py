"""The file that an asset wants: from which picture, by which derivation. Computed, never executed, here."""

from __future__ import annotations

from typing import Any

from pipeline.spec import encoding
from pipeline.store.entry import Entry
from pipeline.words import Asset, Derivation, Digest

ENCODE_VERSION = 1
PROCESS_VERSION = 1
PLACEHOLDER_VERSION = 1


def wanted_file(
    asset: Asset, *, picture: Digest, type: str, adopted: bool, request: Digest | None = None
) -> Derivation:
    """How the asset's file comes from its picture, which was drawn for `request`.

    A picture of the wanted type of which nothing else is wanted is the file, byte for byte, whatever the model put into
    it; so is what a person adopted, whatever is wanted. Otherwise it goes through the asset's steps and is encoded
    anew; what a person adopted goes through no step.
    """
    fits = encoding.format_of(type) == asset.format
    if adopted and (fits or not type):
        return Derivation(name="adopted", inputs=(picture,))
    steps = asset.process if not adopted else ()
    if fits and not steps and not asset.options:
        return Derivation(name="take", inputs=(picture,))
    says = _says(asset, adopted=adopted, request=request)
    if not steps and not asset.options and not says:
        return Derivation(name="encode", version=ENCODE_VERSION, params={"format": asset.format}, inputs=(picture,))
    params: dict[str, Any] = {
        "steps": _as_derived(asset) if steps else [],
        "format": asset.format,
        "options": encoding.complete(asset.format, asset.options),
        "provenance": says,
    }
    return Derivation(name="process", version=PROCESS_VERSION, params=params, inputs=(picture,))


def wanted_of(asset: Asset, entry: Entry) -> Derivation:
    """How the asset's file comes from what its entry picks. The entry must have a picture."""
    picture = entry.adopted or entry.pick
    assert picture is not None
    drawn_for = entry.of or entry.request
    return wanted_file(asset, picture=picture, type=entry.type, adopted=entry.adopted is not None, request=drawn_for)


def _as_derived(asset: Asset) -> list[list[Any]]:
    from pipeline.spec.steps import as_derived  # of use only to assets that have steps

    return as_derived(asset.process)


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

    Of a turn or point its own is that of the asset it belongs to.
    """
    named = entry.places_of(picture) if entry is not None else ()
    return tuple(dict.fromkeys([asset.path or asset.home, *named]))


def file_size(asset: Asset, drawn: tuple[int, int]) -> tuple[int, int, bool]:
    """Width and height of the asset's file, of a picture of that size; and whether that is certain.

    Where it depends on what is painted it is the most that it can be.
    """
    if not asset.process:
        return (*drawn, True)
    from pipeline.spec.step_sizes import Size
    from pipeline.spec.steps import size_after

    size = size_after(asset.process, Size(*drawn))
    return size.width, size.height, size.exact


def is_transparent(asset: Asset) -> bool:
    """Whether the asset's file can be seen through, as far as its steps make it so."""
    if not asset.process:
        return False
    from pipeline.spec.steps import alpha_after

    return alpha_after(asset.process)


def placeholder_of(asset: Asset, prompt: str, drawn: tuple[int, int]) -> Derivation:
    """What a placeholder shows, in the size that the file would have: it is drawn anew when any of this changes.

    `drawn` is the size of the picture that it stands in for.
    """
    width, height, _ = file_size(asset, drawn)
    params: dict[str, Any] = {
        "asset": asset.id,
        "prompt": prompt,
        "width": width,
        "height": height,
        "format": asset.format,
        **({"transparent": True} if is_transparent(asset) else {}),
    }
    return Derivation(name="placeholder", version=PLACEHOLDER_VERSION, params=params)
