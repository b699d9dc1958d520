"""The SELECT grammar, as in dbt.

    ID or GLOB      `hero/knight`, `item/*`          tag:T           with that tag
    +x              x and all that it needs          file:PATH       declared in that spec
    x+              x and all that needs it          state:S         in that state
    +x+             both                             changed:REV     whose request differs from a git revision's

Several are a union.
"""

from __future__ import annotations

import difflib
import fnmatch
from collections.abc import Callable, Collection, Mapping, Sequence

from pipeline.errors import UsageError
from pipeline.plan.graph import Graph
from pipeline.words import Asset, AssetId, State, owner_of

Ids = frozenset[AssetId]


def select(
    wanted: Sequence[str],
    exclude: Sequence[str],
    *,
    assets: Mapping[AssetId, Asset],
    graph: Graph,
    states: Callable[[], Mapping[AssetId, State]],
    changed: Callable[[str], Collection[AssetId]],
) -> Ids:
    """The assets that the selectors name; all when none is given.

    `states` and `changed` (given a git revision) are only called when a selector asks for them. Raises UsageError for
    a selector that names nothing there is.
    """

    def one(selector: str) -> Ids:
        body = selector.removeprefix("+").removesuffix("+")
        found = _named(body, assets, states, changed)
        # Turns and points belong to what is named.
        ids = {id for id in assets if owner_of(id) in found} | found
        if selector.startswith("+"):
            ids |= graph.all_upstream(found)
        if selector.endswith("+") and len(selector) > 1:
            ids |= graph.all_downstream(found)
            ids |= {id for id in assets if owner_of(id) in ids}
        return frozenset(ids)

    selected = frozenset().union(*map(one, wanted)) if wanted else frozenset(assets)
    return selected.difference(*map(one, exclude))


def _named(
    body: str,
    assets: Mapping[AssetId, Asset],
    states: Callable[[], Mapping[AssetId, State]],
    changed: Callable[[str], Collection[AssetId]],
) -> Ids:
    method, colon, value = body.partition(":")
    if not colon:
        return _by_id(body, assets)
    if not value:
        raise UsageError(f"`{body}` names nothing", hint=f"write {method}:SOMETHING")
    if method == "tag":
        tags = {tag for asset in assets.values() for tag in asset.tags}
        _known(value, tags, "tag")
        return frozenset(id for id, asset in assets.items() if value in asset.tags)
    if method == "file":
        files = {asset.origin.file for asset in assets.values()}
        value = value.removeprefix("./")
        matching = {file for file in files if fnmatch.fnmatchcase(file, value)}
        if not matching:
            _known(value, files, "spec")
        return frozenset(id for id, asset in assets.items() if asset.origin.file in matching)
    if method == "state":
        _known(value, {str(state) for state in State}, "state")
        return frozenset(id for id, state in states().items() if state == value)
    if method == "changed":
        return frozenset(whole for id in changed(value) for whole in (id, owner_of(id)) if whole in assets)
    raise UsageError(f"`{method}:` is not a way to select", hint="there are tag:, file:, state: and changed:")


def _by_id(pattern: str, assets: Mapping[AssetId, Asset]) -> Ids:
    if pattern in assets:
        return frozenset([AssetId(pattern)])
    found = frozenset(id for id in assets if fnmatch.fnmatchcase(id, pattern))
    if not found:
        _known(pattern, set(assets), "asset")
    return found


def _known(value: str, there: Collection[str], what: str) -> None:
    if value in there:
        return
    near = difflib.get_close_matches(value, sorted(there), n=1)
    hint = f"did you mean `{near[0]}`?" if near else "`pipeline list` shows what there is"
    raise UsageError(f"no {what} `{value}`", hint=hint)
