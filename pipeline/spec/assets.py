"""One entry below `assets:` becomes its assets: names, id, overrides, layers, types, model, path."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any, Final

from pipeline.errors import Origin
from pipeline.spec import drawable, encoding, finishing, hints, ids
from pipeline.spec.entries import Case, Declared, Entry, Instance, SpecFile
from pipeline.spec.folders import Folders
from pipeline.spec.layers import Layer, checked_keys, checked_layer, checked_vars, merged
from pipeline.spec.models import Model, Models
from pipeline.spec.problems import Problems
from pipeline.spec.recipe import Prompts, Recipe, TurnRecipe, mixed
from pipeline.spec.rows import RowFiles
from pipeline.spec.scalars import kind_of
from pipeline.spec.schema import Place, keys_of
from pipeline.spec.scope import Renderer, Scope, Told
from pipeline.spec.source import Broken, Node
from pipeline.spec.templates import Templates
from pipeline.spec.values import WrongValue, typed
from pipeline.spec.valuing import Valuing
from pipeline.words import Asset, AssetId, File

if TYPE_CHECKING:
    from pipeline.spec.foreach import ForEach
    from pipeline.spec.palettes import Palettes
    from pipeline.spec.turns import Turn

# What few entries use (`for_each`, `overrides`, turns) and what mistakes alone need is imported where it is used.

_ASSET_KEYS = keys_of(Place.ASSET)
_APART = frozenset({"id", "for_each", "overrides", "vars"})
_ALONE: Final = (Instance({}, ""),)
_DRAWN = ("model", "aspect_ratio", "image_size")


class Declarer:
    """Turns entries into assets. Knows the project, not the other entries."""

    def __init__(
        self,
        *,
        models: Models,
        over: Layer,
        renderer: Renderer,
        templates: Templates,
        rows: RowFiles,
        palettes: Callable[[], Palettes],
        folders: Folders,
        problems: Problems,
        warnings: Problems,
        continues: str | None = None,
    ) -> None:
        self._continues = continues
        self._models, self._over = models, over
        self._renderer, self._templates, self._rows, self._folders = renderer, templates, rows, folders
        self._problems, self._warnings = problems, warnings
        self._valuing = Valuing(renderer, palettes, problems)
        self._prompts = Prompts(templates, renderer)
        self._fine: dict[drawable.Wanted, bool] = {}
        self.unclear: list[str] = []
        """What the ids look like (as globs) that cannot be told because of a problem."""

    def declare(self, key: str, node: Node, spec: SpecFile) -> list[Declared]:
        """The assets of one entry, in order."""
        entry = self._entry(key, node, spec)
        if entry is None:
            self.unclear.append(_glob(key, node, spec))
            return []
        found: list[Declared] = []
        whole = True
        try:
            for instance in self._instances(entry, spec):
                declared = self._one(entry, instance, spec)
                whole = whole and bool(declared)
                found += declared
        except Told:
            whole = False
        if not whole:
            self.unclear.append(_glob(key, node, spec))
            return found
        if entry.for_each and not found:
            self._warnings.add(entry.for_each.origin, f"`{key}` gives no asset: there is no row, or none is wanted")
        self._check_overrides(entry, [declared.id for declared in found])
        return found

    # --- the entry

    def _entry(self, key: str, node: Node, spec: SpecFile) -> Entry | None:
        """None with a problem when the ids of the entry cannot be told."""
        if isinstance(node.value, Broken):
            return None
        if not isinstance(node.value, dict):
            checked_keys(node, Place.ASSET, self._problems)
            if node.value is None:
                hint = "give it a `prompt:`, indented below it"
                self._problems.add(node.key, f"the asset `{key}` is empty", hint)
            return None
        keys = checked_keys(node, Place.ASSET, self._problems)
        rest = keys if _APART.isdisjoint(keys) else {name: keys[name] for name in keys if name not in _APART}
        own = Layer(keys=rest, vars=checked_vars(keys.get("vars"), self._problems))
        overrides = self._overrides(keys.get("overrides"))
        for_each: ForEach | None = None
        if "for_each" in keys and keys["for_each"].value is not None:
            from pipeline.spec.foreach import read_for_each

            for_each = read_for_each(keys["for_each"], spec.scope, self._renderer, self._rows, self._problems)
            if for_each is None:
                self._recipe(Entry(key, node, own, set(), {}, misspelt=True), (), spec)
                return None
        unknown = [name for name in node.value if name not in keys] if len(keys) < len(node.value) else []
        misspelt = any(hints.other_name(name, _ASSET_KEYS) == "prompt" for name in unknown)
        id = keys.get("id")
        if id is not None and isinstance(id.value, Broken):
            return None
        return Entry(key, node, own, set(), {}, id, for_each, overrides, misspelt)

    def _overrides(self, node: Node | None) -> tuple[tuple[re.Pattern[str], str, Origin, Layer], ...]:
        if node is None or not isinstance(node.value, dict):
            return ()
        import fnmatch

        return tuple(
            (
                re.compile(fnmatch.translate(pattern)),
                pattern,
                value.key,
                checked_layer(value, Place.OVERRIDES, self._problems),
            )
            for pattern, value in node.value.items()
        )

    def _check_overrides(self, entry: Entry, found: list[str]) -> None:
        for _, pattern, origin, _ in entry.overrides:
            if pattern not in entry.matched and found:
                import fnmatch

                longer = [id for id in found if fnmatch.fnmatchcase(id, f"*{pattern}*")]
                hint = f"ids are whole, with their prefix: `{longer[0]}`" if longer else f"such as `{found[0]}`"
                self._problems.add(origin, f"the pattern `{pattern}` matches no asset of `{entry.key}`", hint)

    def _instances(self, entry: Entry, spec: SpecFile) -> Iterable[Instance]:
        return entry.for_each.instances(spec.scope, self._renderer) if entry.for_each is not None else _ALONE

    # --- one asset

    def _one(self, entry: Entry, instance: Instance, spec: SpecFile) -> list[Declared]:
        """One asset, and the cells of a grid; none when not even its id can be told."""
        scope = spec.scope.with_own(instance.names) if instance.names else spec.scope
        scope = self._renderer.with_vars(scope, entry.own.vars, instance.label)
        id, good = self._id(entry, instance, scope, spec)
        if id is None:
            self._recipe(entry, (), spec)  # so that its other problems are told too
            return []
        matching = tuple(n for n, (pattern, *_) in enumerate(entry.overrides) if pattern.match(id))
        entry.matched.update(entry.overrides[n][1] for n in matching)
        recipe = self._recipe(entry, matching, spec)
        scope = scope.with_own({"id": id} if recipe.grid is None else {"id": id, "cell": ""})
        for layer in (*(entry.overrides[n][3] for n in matching), self._over):
            scope = self._renderer.with_vars(scope, layer.vars, id)
        case = Case(id, id if instance.label else "", entry, recipe, scope, instance, good)
        values, broken = self._valuing.all(id, case.who, entry, recipe, scope)
        if values["transparent"] is not None and values["from"] is None:
            from pipeline.spec import mattes

            mattes.check(values, broken, recipe, self._continues, self._problems, case.who)
        declared = Declared(
            id=id,
            origin=entry.origin,
            label=instance.label,
            asset=None,
            was_origin=recipe.origins.get("was"),
            for_each=entry.for_each,
            template=str(entry.id.value) if entry.id is not None and entry.id.value is not None else entry.key,
            lost=scope.lost,
        )
        if values["from"] is not None or recipe.grid is not None:
            from pipeline.spec.derived import Deriving

            return Deriving(self, case, self._problems, self._renderer).declared(declared, values, broken)
        return [self.whole(declared, case, values, broken)]

    def whole(self, declared: Declared, case: Case, values: dict[str, Any], broken: set[str]) -> Declared:
        """What is declared, with its asset and that one's turns and points, of what was written."""
        asset = self.asset(case, values, broken)
        inner: list[Asset] = []
        try:
            if asset is not None:
                *inner, asset = self._family(asset, case.entry, case.recipe, case.scope, case.instance)
        except Told:
            asset = None
        return declared._replace(asset=asset, inner=tuple(inner))

    def values_again(self, case: Case) -> tuple[dict[str, Any], set[str]]:
        """The values as they are with other names: of one cell of a grid."""
        return self._valuing.all(case.id, case.who, case.entry, case.recipe, case.scope)

    def _id(self, entry: Entry, instance: Instance, scope: Scope, spec: SpecFile) -> tuple[str | None, bool]:
        """The id, and whether it is a good one; None where it cannot be told."""
        node = entry.id if entry.id is not None and entry.id.value is not None else None
        if node is None and spec.prefix is None:
            return None, False
        node = node or Node(entry.key, entry.origin)
        try:
            value = self._renderer.value(node, scope, instance.label)
        except Told:
            return None, False
        if not isinstance(value, str | int) or isinstance(value, bool):
            message = f"an id is a text, this is {kind_of(value)}"
            self._problems.add(node.origin, message, who=instance.label)
            return None, False
        text = str(value).strip()
        id = text if entry.id is not None and entry.id.value is not None else f"{spec.prefix}/{text}".lstrip("/")
        why = ids.wrong_id(id) if text else "is empty"
        if why:
            from pipeline.spec import blame

            message, hint = blame.wrong_id(id, why, str(node.value), scope, instance)
            self._problems.add(node.origin, message, hint, who="" if instance.label in message else instance.label)
        return id, not why

    def _recipe(self, entry: Entry, matching: tuple[int, ...], spec: SpecFile) -> Recipe:
        recipe = entry.recipes.get(matching)
        if recipe is None:
            layers = (*spec.under, entry.own, *(entry.overrides[n][3] for n in matching), self._over)
            recipe = entry.recipes[matching] = mixed(merged(layers), self._prompts)
        return recipe

    def asset(self, case: Case, values: dict[str, Any], broken: set[str], source: Asset | None = None) -> Asset | None:
        """The asset, with built-in values for what is broken; None when not even its prompt can be rendered.

        `source` is what it is made of, if that is no picture of its own.
        """
        id, who, entry, recipe = case.id, case.who, case.entry, case.recipe
        if recipe.prompt is None and source is None and not entry.misspelt:
            hint = "say what to draw: `prompt: ...`, or what to make it of: `from: ...`"
            self._problems.add(entry.origin, f"`{entry.key}` has no prompt", hint, who=who)
        origins = {**recipe.origins, "id": entry.id.origin if entry.id is not None else entry.origin}
        model = self._models.get(values["model"])
        finishing.finish(
            values,
            broken,
            model,
            said=recipe.origins,
            own=entry.own.keys,
            under_size=recipe.under_size,
            source=source,
            problems=self._problems,
            who=who,
        )
        if broken.isdisjoint(_DRAWN) and source is None:
            self._check_drawable(id, who, entry, values, origins)
        path = self._path(values, broken if case.placed else {*broken, "name"}, origins, entry, who)
        variants = self._variants(case, values, broken, model) if path and recipe.variants is not None else ()
        if (recipe.prompt is None and source is None) or "prompt" in broken or variants is None:
            return None
        return Asset(
            id=AssetId(id),
            origin=entry.origin,
            origins=origins,
            prompt=str(recipe.prompt.value) if recipe.prompt is not None and source is None else "",
            names=case.scope.names,
            references=values["references"],
            after=tuple(dict.fromkeys(values["after"])),
            system_instruction=values["system_instruction"],
            model=model.id,
            aspect_ratio=values["aspect_ratio"],
            image_size=values["image_size"],
            seed=values["seed"],
            tags=values["tags"],
            alt=values["alt"],
            was=values["was"],
            approve=values["approve"],
            protect=values["protect"],
            format=values["format"],
            ground=values.get("ground", ""),
            process=values["process"],
            options=values["options"],
            provenance=values["provenance"],
            pixels=values["size"],
            path=path,
            variants=variants,
            lineage=((source.id, len(source.process)), *source.lineage) if source is not None else (),
            home=(source.home or source.path) if source is not None else "",
            candidates=values["candidates"] if isinstance(values["candidates"], int) else 1,
            continues=self._continues,
        )

    def _variants(
        self, case: Case, values: Mapping[str, Any], broken: set[str], model: Model
    ) -> tuple[File, ...] | None:
        """None with a problem that is told."""
        from pipeline.spec.variants import Main, variants_of

        node = case.recipe.variants
        if node is None or not broken.isdisjoint({*finishing.SAID, "output", "name", *_DRAWN}):
            return ()
        main = Main(
            folder=self._folders.of(values["output"])[0],
            name=values["name"],
            format=values["format"],
            options={name: values[name] for name in encoding.OPTIONS if values[name] is not None},
            steps=values["process"],
            drawn=model.shape(values["aspect_ratio"], values["image_size"]),
        )
        try:
            return variants_of(node, main, case.scope, self._renderer, self._folders, self._problems, case.who)
        except Told:
            return None

    def _check_drawable(
        self, id: str, who: str, entry: Entry, values: Mapping[str, Any], origins: Mapping[str, Origin]
    ) -> None:
        wanted = drawable.Wanted(values["model"], values["aspect_ratio"], values["image_size"])
        if wanted not in self._fine:
            self._fine[wanted] = drawable.is_fine(wanted, self._models)
        if not self._fine[wanted]:
            at = {name: origins.get(name, entry.origin) for name in _DRAWN}
            named = {name: who if name in entry.own.keys else id for name in _DRAWN}
            drawable.check(wanted, at, self._models, self._problems, self._warnings, who=named)

    def _family(
        self, asset: Asset, entry: Entry, recipe: Recipe, scope: Scope, instance: Instance
    ) -> tuple[Asset, ...]:
        """The asset with its turns and points, itself the last. Raises Told where these are broken."""
        if not recipe.refine and not recipe.vary and not recipe.broken:
            if not asset.ground:
                return (asset,)
            from pipeline.spec.mattes import is_matte, pair_of

            return pair_of(asset) if is_matte(asset) else (asset,)
        from pipeline.spec.turns import check_turns, family_of, points_of

        who = asset.id if instance.label else ""
        if recipe.broken.intersection(("refine", "candidates")):
            raise Told
        turns = [self._turn(turn, scope, who) for turn in recipe.refine]
        points = points_of(recipe.vary, scope, self._renderer, self._problems, who) if recipe.vary else []
        family = family_of(asset, turns, points)
        check_turns(family, self._models, self._problems, who)
        return family

    def _turn(self, turn: TurnRecipe, scope: Scope, who: str) -> Turn:
        """Raises Told."""
        from pipeline.spec.turns import Turn

        values: dict[str, Any] = {}
        for key, node in turn.values:
            try:
                values[key.name] = typed(key, self._renderer.value(node, scope, who))
            except WrongValue as wrong:
                self._problems.add(node.origin, wrong.message, wrong.hint, who=who)
                raise Told from None
        return Turn(
            prompt=str(turn.prompt.value),
            origin=turn.prompt.origin,
            references=self._valuing.references(who, turn.references, scope),
            values={name: value for name, value in values.items() if value is not None},
            origins={key.name: node.origin for key, node in turn.values},
        )

    def _path(
        self, values: Mapping[str, Any], broken: set[str], origins: Mapping[str, Origin], entry: Entry, who: str
    ) -> str:
        """The path of the asset's file; empty with a problem, told here or before."""
        good = not broken.intersection(("output", "name", "format"))
        folder, wrong = self._folders.of(values["output"])
        if values["name"] is None:  # a whole grid
            return ""
        for key, why in (("output", wrong), ("name", ids.wrong_name(values["name"]))):
            if why and key not in broken:
                self._problems.add(origins.get(key, entry.origin), f"`{key}`: `{values[key]}` {why}", who=who)
                good = False
        if not good:
            return ""
        path = ids.path_of(folder, values["name"], values["format"])
        if why := self._folders.wrong(path.rpartition("/")[0]):
            self._problems.add(origins.get("name", entry.origin), f"the file would be {path}, which {why}", who=who)
            return ""
        return path


def _glob(key: str, node: Node, spec: SpecFile) -> str:
    """What the ids of an entry look like, as far as that can be told."""
    own = node.value.get("id") if isinstance(node.value, dict) else None
    text = own.value if own is not None else key
    if not isinstance(text, str) or (own is None and spec.prefix is None):
        return "*"
    shape = re.sub(r"\{[{%#].*?[}%#]\}", "*", text)
    return shape if own is not None else f"{spec.prefix}/{shape}".lstrip("/")
