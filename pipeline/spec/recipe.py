"""Layers that were merged, sorted once for all their assets: what is the same for each, and what is a template."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pipeline.errors import Origin
from pipeline.frozen import NamedTuple
from pipeline.spec.layers import Merged
from pipeline.spec.schema import BUILT_IN, Key, Place, keys_of
from pipeline.spec.scope import Renderer, Scope, has_templates
from pipeline.spec.source import Broken, Node, plain
from pipeline.spec.templates import TemplateFailed, Templates
from pipeline.spec.values import typed

_ASSET_KEYS = keys_of(Place.ASSET)


class TurnRecipe(NamedTuple):
    """One turn of `refine` as it was written, its values checked."""

    prompt: Node
    values: tuple[tuple[Key, Node], ...] = ()
    references: Node | None = None


class Recipe(NamedTuple):
    """How to make an asset of some layers."""

    constants: Mapping[str, Any]
    templates: tuple[tuple[Key, Node], ...]
    tags: tuple[Node, ...]
    """Those that hold templates, with all others; empty where none does, and the constants have them."""
    references: Node | None
    process: Node | None
    transparent: Node | None
    variants: Node | None
    grid: Node | None
    prompt: Node | None
    refine: tuple[TurnRecipe, ...]
    vary: Mapping[str, Node]
    """The axes of `candidates`, if it has any."""
    origins: Mapping[str, Origin]
    broken: frozenset[str]
    under_size: frozenset[str]
    """Of ratio and tier those that `size` has more to say about than they do themselves."""


class Prompts:
    """Checks the syntax of prompts, each once."""

    def __init__(self, templates: Templates, renderer: Renderer) -> None:
        self._templates, self._renderer = templates, renderer
        self._known: dict[tuple[str, Origin], bool] = {}

    def is_good(self, node: Node) -> bool:
        """Is it a template, as far as that can be told without rendering it?"""
        text = str(node.value)
        known = (text, node.origin)
        if known not in self._known:
            try:
                self._templates.check(text)
                self._known[known] = True
            except TemplateFailed as failed:
                self._renderer.told(failed, node.origin, Scope())
                self._known[known] = False
        return self._known[known]


def mixed(merged: Merged, prompts: Prompts) -> Recipe:
    """The recipe of some merged layers, whose values were checked as they were written."""
    constants: dict[str, Any] = {**BUILT_IN, "tags": (), "references": ()}
    refine: list[TurnRecipe] = []
    vary: Mapping[str, Node] = {}
    templates: list[tuple[Key, Node]] = []
    broken: set[str] = set()
    for name, node in merged.keys.items():
        value = node.value
        if isinstance(value, Broken):
            broken.add(name)
        elif name == "prompt":
            if not prompts.is_good(node):
                broken.add(name)
        elif name in ("references", "process", "transparent", "variants", "grid"):
            continue
        elif name == "refine":
            refine = [turn_of(item) for item in value] if isinstance(value, list) else []
            if not all(prompts.is_good(turn.prompt) for turn in refine):
                broken.add(name)
        elif name == "candidates" and isinstance(value, dict):
            axes = value["vary"].value
            vary = axes if isinstance(axes, dict) else {}
        elif has_templates(node):
            templates.append((_ASSET_KEYS[name], node))
        else:
            constants[name] = typed(_ASSET_KEYS[name], plain(node))
    origins = {name: node.origin for name, node in merged.keys.items()}
    tags_vary = False
    if merged.tags:
        origins["tags"] = merged.tags[0].origin
        if any(isinstance(tag.value, Broken) for tag in merged.tags):
            broken.add("tags")
        elif not (tags_vary := any(has_templates(tag) for tag in merged.tags)):
            constants["tags"] = tuple(dict.fromkeys(typed(_ASSET_KEYS["tags"], [tag.value for tag in merged.tags])))
    return Recipe(
        constants=constants,
        templates=tuple(templates),
        tags=merged.tags if tags_vary else (),
        references=merged.keys.get("references"),
        process=merged.keys.get("process"),
        transparent=merged.keys.get("transparent"),
        variants=merged.keys.get("variants"),
        grid=merged.keys.get("grid"),
        prompt=merged.keys.get("prompt"),
        refine=tuple(refine),
        vary=vary,
        origins=origins,
        broken=frozenset(broken),
        under_size=merged.under_size,
    )


def turn_of(node: Node) -> TurnRecipe:
    """A turn as it was written: a text, or a mapping with `prompt`."""
    if not isinstance(node.value, dict):
        return TurnRecipe(prompt=node)
    known = keys_of(Place.TURN)
    own = {name: item for name, item in node.value.items() if item.value is not None}
    values = tuple((known[name], item) for name, item in own.items() if name not in ("prompt", "references"))
    return TurnRecipe(prompt=own["prompt"], values=values, references=own.get("references"))
