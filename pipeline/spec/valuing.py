"""The values of one asset: what was written, and what its templates give, each of the type of its key."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from pipeline.errors import Origin
from pipeline.spec.entries import Entry
from pipeline.spec.problems import Problems
from pipeline.spec.recipe import Recipe
from pipeline.spec.schema import BUILT_IN, Place, keys_of
from pipeline.spec.scope import Renderer, Scope, Told
from pipeline.spec.source import Node
from pipeline.spec.values import WrongValue, reference, typed
from pipeline.words import Reference

if TYPE_CHECKING:
    from pipeline.spec.palettes import Palettes
    from pipeline.spec.steps import Step

_ASSET_KEYS = keys_of(Place.ASSET)


class Valuing:
    """Renders the values of assets, one asset after the other; what is wrong with them is a problem."""

    def __init__(self, renderer: Renderer, palettes: Callable[[], Palettes], problems: Problems) -> None:
        self._renderer, self._palettes, self._problems = renderer, palettes, problems

    def all(self, id: str, who: str, entry: Entry, recipe: Recipe, scope: Scope) -> tuple[dict[str, Any], set[str]]:
        """Every key's value, and the keys whose value is broken and told."""
        values, broken = dict(recipe.constants), set(recipe.broken)
        if "name" not in recipe.origins:
            values["name"] = id  # what the built-in `{{ id }}` gives, without a rendering for each asset
        for key, node in recipe.templates:
            if key.name in broken:
                continue
            named = who if key.name in entry.own.keys else id
            try:
                value = typed(key, self._renderer.value(node, scope, named))
                if key.name == "candidates" and isinstance(value, dict):
                    raise WrongValue("a template gives `candidates` a number, not axes", "write `vary` into the spec")
                values[key.name] = value if value is not None else id if key.name == "name" else BUILT_IN[key.name]
            except Told:
                broken.add(key.name)
            except WrongValue as wrong:
                self._problems.add(node.origin, wrong.message, wrong.hint, who=named)
                broken.add(key.name)
        for name, read in (
            ("tags", recipe.tags),
            ("references", recipe.references),
            ("process", recipe.process),
            ("transparent", recipe.transparent),
        ):
            if not read or name in broken:
                continue
            named = who if name in entry.own.keys else id
            try:
                if name == "tags":
                    values[name] = self._tags(named, recipe, scope)
                elif name == "process":
                    values[name] = self._steps(named, recipe.process, scope)
                elif name == "transparent":
                    values[name] = self._transparent(named, recipe.transparent, scope)
                else:
                    values[name] = self.references(named, recipe.references, scope)
            except Told:
                broken.add(name)
        return values, broken

    def _steps(self, who: str, node: Node | None, scope: Scope) -> tuple[Step, ...]:
        """Raises Told."""
        from pipeline.spec.process import steps_of

        assert node is not None
        found = steps_of(node, self._problems, self._palettes(), lambda one: self._renderer.value(one, scope, who), who)
        if found is None:
            raise Told
        return found

    def _transparent(self, who: str, node: Node | None, scope: Scope) -> Step | None:
        """Raises Told."""
        from pipeline.spec.process import cutout_of

        assert node is not None
        return cutout_of(node, self._problems, lambda one: self._renderer.value(one, scope, who), who)

    def _tags(self, who: str, recipe: Recipe, scope: Scope) -> tuple[str, ...]:
        found: dict[str, None] = {}
        for node in recipe.tags:
            value = self._renderer.value(node, scope, who)
            try:
                listed = value if isinstance(value, list) else [value]
                found.update(dict.fromkeys(typed(_ASSET_KEYS["tags"], listed)))
            except WrongValue as wrong:
                self._problems.add(node.origin, wrong.message, wrong.hint, who=who)
                raise Told from None
        return tuple(found)

    def references(self, who: str, node: Node | None, scope: Scope) -> tuple[Reference, ...]:
        if node is None:
            return ()
        if isinstance(node.value, list):
            found = [self._one_reference(item, who, scope) for item in node.value]
            return tuple(reference for reference in found if reference is not None)
        try:
            given = typed(_ASSET_KEYS["references"], self._renderer.value(node, scope, who))
            return tuple(_reference(item, node.origin) for item in given or ())
        except WrongValue as wrong:
            self._problems.add(node.origin, wrong.message, wrong.hint, who=who)
            raise Told from None

    def _one_reference(self, item: Node, who: str, scope: Scope) -> Reference | None:
        """An item of `references`; None for null, and with a problem: the others are looked at all the same."""
        try:
            value = self._renderer.value(item, scope, who)
            return _reference(reference(value), item.origin) if value is not None else None
        except Told:
            return None
        except WrongValue as wrong:
            self._problems.add(item.origin, wrong.message, wrong.hint, who=who)
            return None


def _reference(given: Mapping[str, Any], origin: Origin) -> Reference:
    return Reference(target=given["ref"], role=given["as"], file=given["file"], origin=origin)
