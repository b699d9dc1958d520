"""Assets that are made of another one's picture: by `from`, and the cells of a `grid`. They are declared last.

What such an asset is depends on its source: its model, its ratio, the steps that come first. So `assets.py` leaves a
`Later` for it, and `resolve` completes these once all others are there, each after its own source.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Mapping
from typing import Any, NamedTuple, Protocol

from pipeline.errors import Origin
from pipeline.spec import encoding, finishing, hints, ids
from pipeline.spec.entries import Case, Declared
from pipeline.spec.problems import Problems
from pipeline.spec.schema import BUILT_IN, Place, keys_of
from pipeline.spec.scope import Renderer, Scope, Told
from pipeline.spec.source import Broken, Node
from pipeline.spec.steps import Step, step
from pipeline.spec.values import WrongValue, typed
from pipeline.words import Asset, AssetId

_KEYS = keys_of(Place.GRID)


class Later(NamedTuple):
    """An asset that is declared once its source is there."""

    source: str
    origin: Origin
    """Where the source is named."""
    who: str
    complete: Callable[[Asset], Asset | None]
    """Gives the asset of its source; None with a problem that is told."""


_NOT_OF_ITS_OWN = (
    *("prompt", "model", "aspect_ratio", "image_size", "seed", "references", "system_instruction", "after"),
    *("refine", "candidates", "approve", "protect", "grid", "transparent"),
)
"""What is about drawing, and so about the source."""


class Declares(Protocol):
    """What declares an asset of the values that its entry gives it."""

    def asset(
        self, case: Case, values: dict[str, Any], broken: set[str], source: Asset | None = None
    ) -> Asset | None: ...
    def whole(self, declared: Declared, case: Case, values: dict[str, Any], broken: set[str]) -> Declared: ...
    def values_again(self, case: Case) -> tuple[dict[str, Any], set[str]]: ...


class Deriving:
    """Declares the assets of one entry that says `from` or `grid`."""

    def __init__(self, declarer: Declares, case: Case, problems: Problems, renderer: Renderer) -> None:
        self._declarer, self._case, self._problems, self._renderer = declarer, case, problems, renderer

    def declared(self, declared: Declared, values: dict[str, Any], broken: set[str]) -> list[Declared]:
        """The asset, and the cells of a grid; what needs its source is left for later."""
        if values["from"] is not None:
            return [self._derived(declared, values, broken)]
        return self._grid(declared, values, broken)

    def _derived(self, declared: Declared, values: dict[str, Any], broken: set[str]) -> Declared:
        case, source = self._case, str(values["from"])
        own = case.entry.own.keys
        for name in _NOT_OF_ITS_OWN:
            if name in own and own[name].value is not None:
                message = f"`{name}` beside `from`: this is made of the picture of `{source}`"
                hint = "remove one of them" if name in ("prompt", "grid") else f"it belongs to `{source}`"
                self._problems.add(own[name].key, message, hint, who=case.who)
                broken = {*broken, name}
        later = Later(
            source=source,
            origin=case.recipe.origins["from"],
            who=case.who,
            complete=lambda found: self._completed(case, {**values, "transparent": None}, broken, found, ()),
        )
        return declared._replace(later=later)

    def _completed(
        self, case: Case, values: dict[str, Any], broken: set[str], source: Asset, cut: tuple[Step, ...]
    ) -> Asset | None:
        """The asset, once its source is there."""
        values = {**values, **{name: getattr(source, name) for name in ("model", "aspect_ratio", "image_size", "seed")}}
        nothing = {"references": (), "after": (), "system_instruction": "", "candidates": 1}
        values |= {**nothing, "approve": False, "protect": False, "cell": cut}
        return self._declarer.asset(case, values, broken, source)

    def _grid(self, declared: Declared, values: dict[str, Any], broken: set[str]) -> list[Declared]:
        """The whole picture and its cells. What is said of files is said of the cells'."""
        case = self._case
        node = case.recipe.grid
        assert node is not None
        files = ("process", "transparent", "size", "format", "variants", *encoding.OPTIONS)
        own = {name: BUILT_IN[name] for name in files}
        if values["transparent"] is not None:  # asked for once, and cut out of each cell
            own["ground"] = finishing.ground_of(values["transparent"])
        named = values["name"] if "name" in case.recipe.origins and "name" in case.entry.own.keys else None
        bare = case._replace(recipe=case.recipe._replace(variants=None))
        whole = self._declarer.whole(declared, bare, {**values, **own, "name": named}, broken)
        try:
            cells = cells_of(node, case.scope, self._renderer, self._problems, case.who)
        except Told:
            return [declared._replace(asset=None)]
        found = [whole]
        for cell in cells:
            id = f"{case.id}/{cell.name}"
            if why := ids.wrong_id(cell.name) or ids.wrong_id(id):
                self._problems.add(cell.origin, f"the cell `{cell.name}` {why}", "it ends an id", who=case.who)
                continue
            found.append(self._cell(declared, id, cell))
        return found

    def _cell(self, declared: Declared, id: str, cell: Cell) -> Declared:
        case = self._case
        recipe = case.recipe._replace(vary={}, refine=())
        own = case._replace(
            id=id, who=id, recipe=recipe, scope=case.scope.with_own({"id": id, "cell": cell.name}), placed=True
        )
        values, broken = self._declarer.values_again(own)
        former = values["was"]
        values |= {"name": id, "was": f"{former}/{cell.name}" if former and not ids.wrong_id(former) else None}
        later = Later(
            source=case.id,
            origin=cell.origin,
            who=id,
            complete=lambda source: self._completed(own, values, broken, source, (cell.step,)),
        )
        return declared._replace(id=id, origin=cell.origin, label=id, was_origin=None, later=later)


class Cell(NamedTuple):
    """One cell of a grid: its name, and the step that cuts it out."""

    name: str
    step: Step
    origin: Origin


def resolve(
    waiting: Mapping[str, Later], assets: Mapping[AssetId, Asset], known: Container[str], problems: Problems
) -> dict[AssetId, Asset]:
    """The assets that were left for later, by id.

    `assets` are those that are there, `known` the ids of those that are not there because of a problem.
    """
    done: dict[AssetId, Asset] = {}
    broken: set[str] = set()

    def asset_of(id: str, above: tuple[str, ...]) -> Asset | None:
        found = assets.get(AssetId(id)) or done.get(AssetId(id))
        if found is not None or id in broken or id not in waiting:
            return found
        later = waiting[id]
        if id in above:
            circle = " -> ".join(f"`{one}`" for one in (*above[above.index(id) :], id))
            problems.add(later.origin, f"each is made of the other: {circle}", "one of them needs a prompt")
            broken.update(above)
            return None
        source = asset_of(later.source, (*above, id))
        if source is None and id not in broken and later.source not in known and later.source not in waiting:
            named = [*assets, *waiting]
            hint = hints.did_you_mean(later.source, named) or "name the id of an asset that has a prompt"
            problems.add(later.origin, f"there is no asset `{later.source}`", hint, who=later.who)
        asset = later.complete(source) if source is not None else None
        if asset is None:
            broken.add(id)
        else:
            done[asset.id] = asset
        return asset

    for id in waiting:
        asset_of(id, ())
    return done


def cells_of(node: Node, scope: Scope, renderer: Renderer, problems: Problems, who: str) -> tuple[Cell, ...]:
    """The cells of a `grid`. Raises Told."""

    def value(name: str) -> Any:
        if name not in given:
            return None
        try:
            return typed(_KEYS[name], renderer.value(given[name], scope, who))
        except WrongValue as wrong:
            problems.add(given[name].origin, wrong.message, wrong.hint, who=who)
            raise Told from None

    if isinstance(node.value, Broken):
        raise Told  # it is told already
    given = (
        {name: item for name, item in node.value.items() if item.value is not None}
        if isinstance(node.value, dict)
        else {}
    )
    columns, names = value("columns"), value("cells")
    if columns is None or names is None:
        lacking = "columns" if columns is None else "cells"
        problems.add(
            node.origin, f"`grid` lacks `{lacking}`", "such as {columns: 3, cells: [sword, shield, bow]}", who=who
        )
        raise Told
    rows = value("rows") or -(-len(names) // columns)
    if len(names) > columns * rows:
        message = f"`grid` names {len(names)} cells, and {columns} columns of {rows} rows have {columns * rows}"
        problems.add(given["cells"].origin, message, "leave `rows` out, or leave cells out", who=who)
        raise Told
    inset = _inset(given.get("inset"), value("inset"), problems, who)
    found = []
    for number, name in enumerate(names):
        if name is None:
            continue
        at = given["cells"].value[number].origin if isinstance(given["cells"].value, list) else given["cells"].origin
        cut = step(
            "cell", columns=columns, rows=rows, column=number % columns + 1, row=number // columns + 1, inset=inset
        )
        found.append(Cell(name, cut, at))
    return tuple(found)


def _inset(node: Node | None, given: str | None, problems: Problems, who: str) -> int | str:
    if node is None or given is None:
        return 0
    share = given.removesuffix("%").strip()
    try:
        part = float(share) if given.endswith("%") else -1.0
    except ValueError:
        part = -1.0
    if not 0 <= part < 50:
        problems.add(node.origin, f"`inset` is a share such as 2%, less than 50%, not `{given[:20]}`", who=who)
        raise Told
    return f"{int(part) if part == int(part) else part}%" if part else 0
