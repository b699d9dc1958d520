"""What must hold between all assets: one id, one file, one former id each, also where no case is known."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from pipeline.errors import Origin
from pipeline.spec import ids
from pipeline.spec.entries import Declared
from pipeline.spec.problems import Problems
from pipeline.words import Asset


def check_unique(declared: Sequence[Declared], problems: Problems) -> None:
    """Add what two assets cannot share to the problems."""
    _check_ids(declared, problems)
    assets = [item.asset for item in declared if item.asset is not None]
    _check_paths(assets, problems)
    _check_was(declared, problems)


def _check_ids(declared: Sequence[Declared], problems: Problems) -> None:
    exact: dict[str, Declared] = {}
    folded: dict[str, Declared] = {}
    told: set[tuple[Origin, bool]] = set()
    for item in declared:
        like = folded.setdefault(ids.folded(item.id), item)
        other = exact.setdefault(item.id, item)
        twice = other is not item
        # One pair of each kind is enough of a for_each whose rows all give one id.
        if (like is item and not twice) or (item.origin, twice) in told:
            continue
        told.add((item.origin, twice))
        if not twice:
            message = f"the ids `{like.id}` and `{item.id}` differ only in case"
            problems.add(item.origin, f"{message} ({_other(like, item)})", "rename one: some systems know no case")
        elif item.for_each is not None and other.origin == item.origin:
            from pipeline.spec import blame

            what, hint = blame.same_id(item.template, item.for_each)
            problems.add(item.origin, f"{what} the id `{item.id}`: {other.label}, and {item.label}", hint)
        else:
            problems.add(item.origin, f"the id `{item.id}` is declared twice ({_other(other, item)})", "rename one")


def _other(other: Declared, item: Declared) -> str:
    if other.origin == item.origin:
        return f"{other.label}, and {item.label}"
    return f"also at {other.origin}" + (f", {other.label}" if other.label else "")


def _check_paths(assets: Sequence[Asset], problems: Problems) -> None:
    seen: dict[str, tuple[Asset, str]] = {}
    for asset in assets:
        for path in asset.paths:
            other, written = seen.setdefault(ids.folded(path), (asset, path))
            if other is asset and written is not path:
                at = asset.origins.get("variants", asset.origin)
                problems.add(at, f"`{asset.id}` would write {path} twice", "tell its variants apart by their `name`")
            elif other is not asset and ids.folded(other.id) != ids.folded(asset.id):
                how = "the same file" if written == path else "files that differ only in case"
                at = asset.origins.get("name") or asset.origins.get("output") or asset.origin
                hint = "give one another `name` or `output`; `{{ id }}` in it keeps them apart"
                problems.add(at, f"`{other.id}` and `{asset.id}` would write {how}: {path}", hint)
    for asset in assets:
        for folder in dict.fromkeys(above for path in asset.paths for above in _above(ids.folded(path))):
            if folder in seen:
                other, written = seen[folder]
                message = f"{written} is the file of `{other.id}`, and a folder of `{asset.id}`"
                problems.add(asset.origin, message, "rename one")
                break


def _above(path: str) -> Iterator[str]:
    while "/" in path:
        path = path.rpartition("/")[0]
        yield path


def _check_was(declared: Sequence[Declared], problems: Problems) -> None:
    ids_there = {item.id for item in declared}
    claimed: dict[str, Declared] = {}
    for item in declared:
        was = item.asset.was if item.asset is not None else None
        if was is None:
            continue
        origin = item.was_origin or item.origin
        if why := ids.wrong_id(was):
            problems.add(origin, f"`was: {was}` is no id: it {why}")
        elif was == item.id:
            problems.add(origin, f"`{item.id}` has that id still", "remove `was`")
        elif was in ids_there:
            problems.add(origin, f"`was: {was}`: that id is still declared", "remove `was`, or the other asset")
        elif (other := claimed.setdefault(was, item)) is not item:
            message = f"`{other.id}` and `{item.id}` both claim to have been `{was}`"
            problems.add(origin, message, "only one of them can take over its picture")
