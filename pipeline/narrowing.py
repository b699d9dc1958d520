"""A workshop that reads no more of a project than has moved, and than the moved needs; see rest.py."""

from __future__ import annotations

from collections.abc import Iterable

from pipeline.errors import PipelineError
from pipeline.frozen import replace
from pipeline.rest import Rest, is_spec, moved
from pipeline.spec import ids
from pipeline.spec.load import SPECS
from pipeline.words import AssetId
from pipeline.workshop import Workshop


def narrowed(shop: Workshop, *, building: bool, also: Iterable[AssetId] = ()) -> Workshop:
    """The same project read in part; the workshop itself where a part would not tell the same as the whole.

    `also`: assets that are to be read whether they moved or not.
    """
    rest = moved(str(shop.root), shop.profile, shop.environ, building=building)
    if rest is not None and (more := rest.files_of(also)):
        rest = rest.wider(more)
    while rest is not None:
        narrow = replace(shop, rest=rest)
        try:
            lacking = _lacking(narrow, rest)
        except PipelineError:  # of what is wrong everything is told at once: that takes a look at everything
            return shop
        if not lacking:
            return narrow if _fits(narrow, rest) else shop
        rest = rest.wider(lacking)
    return shop


def _lacking(narrow: Workshop, rest: Rest) -> frozenset[str]:
    """Spec files that what was read leads to, and that were not read themselves. Raises PipelineError."""
    assets = narrow.project.assets
    needed = {need for rendered in narrow.rendered.values() for need in rendered.upstream if need not in assets}
    rows = {path for paths in narrow.project.templates.reads.all().values() for path in paths}
    return (rest.files_of(needed) | set(filter(is_spec, rows))) - rest.only


def _fits(narrow: Workshop, rest: Rest) -> bool:
    """Whether what was read and what was not can stand beside each other.

    No id, file or former id is there twice, no reference means another thing now, and what was a spec or rows still is.
    """
    project = narrow.project
    before = {id for file in rest.whole.files if file.file in rest.only for id in file.ids}
    paths = {path for file in rest.whole.files if file.file in rest.only for path in file.paths}
    if project.continues is not None or project.has_bundles:
        return False
    if any(asset.was in rest.ids or asset.was in rest.whole.former for asset in project.assets.values() if asset.was):
        return False
    if not _specs_stay_specs(narrow, rest):
        return False
    new = {id for id in project.assets if id not in before}
    places = {path for asset in project.assets.values() for path in asset.paths} - paths
    if new and not _folded(new).isdisjoint(_folded(rest.ids)):
        return False
    attached = {r.path for rendered in narrow.rendered.values() for r in rendered.references if r.path is not None}
    if not places and not attached and not new:
        return True
    read = {path for path, _, _ in rest.read()}
    if not read.isdisjoint(f"{SPECS}/{id}" for id in new) or not _folded(read).isdisjoint(_folded(places)):
        return False
    taken = _folded(rest.paths)
    above = {folder for path in taken for folder in _above(path)}
    return not any(
        path in taken or path in above or not taken.isdisjoint(_above(path)) for path in _folded(places)
    ) and taken.isdisjoint(_folded(attached))


def _specs_stay_specs(narrow: Workshop, rest: Rest) -> bool:
    """Whether no spec has become rows of another, and no rows that nobody reads any more a spec."""
    now = {path for paths in narrow.project.templates.reads.all().values() for path in paths if is_spec(path)}
    if any(file.file in now for file in rest.whole.files):
        return False
    before = {path for path, *_ in rest.whole.read if is_spec(path)}
    return before <= now.union(path for path, _, _ in rest.read())


def _folded(names: Iterable[str | AssetId]) -> set[str]:
    return {ids.folded(name) for name in names}


def _above(path: str) -> list[str]:
    parts = path.split("/")
    return ["/".join(parts[:number]) for number in range(1, len(parts))]
