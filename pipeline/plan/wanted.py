"""The file that an asset wants: from which picture, by which derivation. Computed, never executed, here."""

from __future__ import annotations

from pipeline.store.entry import Entry
from pipeline.words import Asset, Derivation, Digest

ENCODE_VERSION = 1
PLACEHOLDER_VERSION = 1


def wanted_file(asset: Asset, *, picture: Digest, type: str, adopted: bool) -> Derivation:
    """How the asset's file comes from its picture.

    A picture of the wanted type is the file, byte for byte, whatever the model put into it; so is what a person
    adopted. Otherwise it is encoded anew.
    """
    fits = type in ("", f"image/{asset.format}")
    if adopted and fits:
        return Derivation(name="adopted", inputs=(picture,))
    if type == f"image/{asset.format}":
        return Derivation(name="take", inputs=(picture,))
    return Derivation(name="encode", version=ENCODE_VERSION, params={"format": asset.format}, inputs=(picture,))


def wanted_of(asset: Asset, entry: Entry) -> Derivation:
    """How the asset's file comes from what its entry picks. The entry must have a picture."""
    picture = entry.adopted or entry.pick
    assert picture is not None
    return wanted_file(asset, picture=picture, type=entry.type, adopted=entry.adopted is not None)


def places_of(asset: Asset, picture: Digest, entry: Entry | None) -> tuple[str, ...]:
    """The output files that may hold a picture byte for byte: the asset's own, and those that its entry names.

    Of a turn or point its own is that of the asset it belongs to.
    """
    named = entry.places_of(picture) if entry is not None else ()
    return tuple(dict.fromkeys([asset.path or asset.home, *named]))


def placeholder_of(asset: Asset, prompt: str, width: int, height: int) -> Derivation:
    """What a placeholder shows: it is drawn anew when any of this changes."""
    params = {"asset": asset.id, "prompt": prompt, "width": width, "height": height, "format": asset.format}
    return Derivation(name="placeholder", version=PLACEHOLDER_VERSION, params=params)
