"""What people call an asset on the command line: its id, a pattern that fits it alone, or the path of its file."""

from __future__ import annotations

from pathlib import Path

from pipeline.amounts import names
from pipeline.commands.context import Context
from pipeline.errors import UsageError
from pipeline.options import drawing_mode
from pipeline.words import AssetId, is_internal
from pipeline.workshop import Workshop


def asset_named(context: Context, shop: Workshop, word: str) -> AssetId:
    """The one asset that a word names. Raises UsageError where it names none, or several."""
    assets = shop.project.assets
    if word in assets:
        return AssetId(word)
    file = _from_root(context.here / word, shop.root)
    for id, asset in assets.items():
        if asset.path and asset.path in (word.removeprefix("./"), file):
            return id
    found = sorted(_named(shop, word))
    if len(found) != 1:
        what = f"names {len(found)} assets: {names(found)}" if found else "names no asset"
        raise UsageError(f"`{word}` {what}", hint="give one id; `pipeline list` shows them")
    return found[0]


def assets_named(shop: Workshop, words: list[str]) -> tuple[AssetId, ...]:
    """The assets that selectors name, at least one each, by id. Raises UsageError."""
    found: set[AssetId] = set()
    for word in words:
        some = _named(shop, word)
        if not some:
            raise UsageError(f"`{word}` names no asset now", hint="`pipeline list` shows what there is")
        found |= some
    return tuple(sorted(found))


def _named(shop: Workshop, word: str) -> frozenset[AssetId]:
    """What a selector names; a turn or point only by its own id, as `logo` means the asset and its last turn."""
    if word in shop.project.assets:
        return frozenset([AssetId(word)])
    return frozenset(id for id in shop.select([word], (), drawing_mode(shop)) if not is_internal(id) or "#" in word)


def _from_root(path: Path, root: Path) -> str:
    try:
        return path.resolve().relative_to(root).as_posix()
    except (ValueError, OSError):
        return ""
