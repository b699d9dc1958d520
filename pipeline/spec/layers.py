"""Layers of keys: what was written is checked once, then laid over each other for each asset."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any, Final

from pipeline.errors import Origin
from pipeline.frozen import NamedTuple
from pipeline.spec import hints
from pipeline.spec.pieces import RESERVED
from pipeline.spec.problems import Problems
from pipeline.spec.scalars import kind_of
from pipeline.spec.schema import Key, Kind, Place, keys_of, places_of
from pipeline.spec.source import BROKEN, Broken, Node, plain
from pipeline.spec.templates import has_template
from pipeline.spec.values import WrongValue, reference, typed

_NAME: Final = r"[A-Za-z_][A-Za-z0-9_]*\Z"
_NOTHING: Final[Mapping[str, Any]] = {}


class Layer(NamedTuple):
    """The keys of one mapping that are right, or BROKEN where they are told already; `vars` apart."""

    keys: Mapping[str, Node] = _NOTHING
    vars: Mapping[str, Node] = _NOTHING


class Merged(NamedTuple):
    """The keys of several layers, the last one's on top; tags are added up."""

    keys: Mapping[str, Node]
    tags: tuple[Node, ...] = ()
    under_size: frozenset[str] = frozenset()
    """Of ratio and tier those that a lower layer says than the one which asks for a `size`: that one decides them."""


def checked_keys(node: Node | None, place: Place, problems: Problems, *, open: bool = False) -> dict[str, Node]:
    """The entries of a mapping that are keys of that place, with wrong values replaced by BROKEN.

    Null is an empty mapping. `open`: keys that nobody knows are kept too (the axes of a for_each).
    """
    if node is None or node.value is None or isinstance(node.value, Broken):
        return {}
    if not isinstance(node.value, dict):
        problems.add(
            node.origin, f"{place.value} is a mapping of keys, not {kind_of(node.value)}", _mapping_hint(place)
        )
        return {}
    known = keys_of(place)
    found: dict[str, Node] = {}
    for name, value in node.value.items():
        if name in known:
            found[name] = checked_value(known[name], value, problems)
        elif open:
            found[name] = value
        else:
            problems.add(value.key, *_unknown(name, value, place))
    return found


def checked_layer(node: Node | None, place: Place, problems: Problems) -> Layer:
    """A mapping of keys as a layer."""
    found = checked_keys(node, place, problems)
    variables = checked_vars(found.pop("vars", None), problems)
    return Layer(keys=found, vars=variables)


def checked_vars(node: Node | None, problems: Problems) -> dict[str, Node]:
    """Variables whose names templates can use."""
    if node is None or not isinstance(node.value, dict):
        return {}
    found: dict[str, Node] = {}
    for name, value in node.value.items():
        if check_name(name, value.key, problems, "variable"):
            found[name] = value
    return found


def check_name(name: str, origin: Origin, problems: Problems, what: str) -> bool:
    """Is it a name that templates can use? If not, that is a problem."""
    if not re.match(_NAME, name):
        hint = f"did you mean `{re.sub(r'[^A-Za-z0-9_]+', '_', name)}`?" if re.match(r"[A-Za-z]", name) else ""
        problems.add(origin, f"`{name}` is no name that templates can use: letters, digits and `_` only", hint)
        return False
    if name in RESERVED:
        problems.add(origin, f"the {what} `{name}` has the name of something that templates have already", "rename it")
        return False
    return True


def checked_value(key: Key, node: Node, problems: Problems) -> Node:
    """The node, or BROKEN with a problem when its value is not of the key's type. Templates are checked later."""
    value = node.value
    if isinstance(value, Broken) or (isinstance(value, str) and has_template(value) and _may_be_template(key)):
        return node
    if key.kind is Kind.STEPS:
        from pipeline.spec.process import check

        return node if check(node, problems) else node._replace(value=BROKEN)
    if key.kind is Kind.CUTOUT:
        from pipeline.spec.process import check_transparent

        return node if check_transparent(node, problems) else node._replace(value=BROKEN)
    try:
        if key.kind in _LISTS and isinstance(value, list):
            return _checked_items(key, node, value, problems)
        typed(key, plain(node) if key.kind in _WITHIN and not isinstance(value, str) else value)
    except WrongValue as wrong:
        problems.add(node.origin, wrong.message, wrong.hint)
        return node._replace(value=BROKEN)
    if key.kind in _MAPPINGS and isinstance(value, dict):
        return node if _is_whole(node, _MAPPINGS[key.kind], problems) else node._replace(value=BROKEN)
    return node


_LISTS = (Kind.TEXTS, Kind.REFERENCES, Kind.TURNS, Kind.VARIANTS)
_WITHIN = frozenset({*_LISTS, Kind.TURN, Kind.CANDIDATES, Kind.AXES, Kind.SIDES, Kind.SCALES, Kind.CELLS})
"""Of these the values within are looked at; of other mappings only that they are some."""

_MAPPINGS = {
    Kind.REFERENCES: Place.REFERENCE,
    Kind.TURNS: Place.TURN,
    Kind.TURN: Place.TURN,
    Kind.CANDIDATES: Place.CANDIDATES,
    Kind.VARIANTS: Place.VARIANT,
    Kind.GRID: Place.GRID,
}
"""Values, or items of lists, that are mappings with keys of their own."""


def _is_whole(node: Node, place: Place, problems: Problems) -> bool:
    """Are all keys of the mapping known there, and their values good? What is not is told."""
    found = checked_keys(node, place, problems)
    assert isinstance(node.value, dict)
    return len(found) == len(node.value) and not any(isinstance(value.value, Broken) for value in found.values())


def _checked_items(key: Key, node: Node, items: list[Node], problems: Problems) -> Node:
    """As `checked_value`, with each item's problem at the item, and BROKEN in place of that item alone."""
    return node._replace(value=[item if _item_is_good(key, item, problems) else _broken(item) for item in items])


def _item_is_good(key: Key, item: Node, problems: Problems) -> bool:
    if key.kind is Kind.TEXTS and isinstance(item.value, str) and item.value.strip():
        return True
    try:
        if key.kind in _MAPPINGS and isinstance(item.value, dict):
            whole = _is_whole(item, _MAPPINGS[key.kind], problems)
            lacks = item.value.get("prompt", Node(None, item.origin)).value is None
            if key.kind is Kind.REFERENCES and "ref" not in item.value:
                reference({})
            if key.kind is Kind.TURNS and lacks:
                typed(key, [{}])
            return whole
        if not isinstance(item.value, Broken) and not (isinstance(item.value, str) and has_template(item.value)):
            typed(key, [plain(item)])
    except WrongValue as wrong:
        problems.add(item.origin, wrong.message, wrong.hint)
        return False
    return True


def _broken(node: Node) -> Node:
    return node._replace(value=BROKEN)


def _may_be_template(key: Key) -> bool:
    return not key.places & {Place.SETTINGS, Place.BUDGET, Place.WATCH, Place.DISCLOSE} or key.kind is Kind.VARS


def merged(layers: Iterable[Layer]) -> Merged:
    """Later layers replace earlier ones; null clears; tags add up, and `[]` or null clears those below."""
    found: dict[str, Node] = {}
    tags: list[Node] = []
    under_size: set[str] = set()
    for layer in layers:
        if layer.keys.keys() & _SHAPES:
            under_size = (under_size | found.keys() if "size" in layer.keys else under_size) - layer.keys.keys()
        for name, node in layer.keys.items():
            if name == "tags" and isinstance(node.value, list) and node.value:
                tags.extend(node.value)
            elif name == "tags" and not isinstance(node.value, str):
                tags.clear()
            elif name == "tags":
                tags.append(node)
            elif node.value is None:
                found.pop(name, None)
            else:
                found[name] = node
    return Merged(keys=found, tags=tuple(tags), under_size=frozenset(under_size & _SHAPES & found.keys()))


_SHAPES: Final = frozenset({"size", "aspect_ratio", "image_size"})


# --- what would be right --------------------------------------------------------------------------------------------


def _unknown(name: str, node: Node, place: Place) -> tuple[str, str]:
    """Message and hint for a key that does not exist there."""
    known = keys_of(place)
    message = f"`{name[:60]}` is not a key of {place.value}"
    if _cut_by_comma(name, node):
        return message, "a comma ends an unquoted text inside { }: put the whole text in quotes"
    if sentence := hints.refused(name):
        return message, sentence
    if "process" in known and _is_step(name):
        return message, f"it is a step: `process: [{name}]`"
    if name == "size" and "image_size" in known:  # a turn has a tier, and the asset the size of its file
        return message, "did you mean `image_size`?"
    if places := places_of(name):
        shown = {Place.DEFAULTS, Place.ASSET} if places >= {Place.DEFAULTS, Place.ASSET} else places
        return message, f"it belongs in {' or '.join(sorted(p.value for p in shown))}"
    if place is Place.FILE and isinstance(node.value, dict) and "prompt" in node.value:
        return message, "assets stand below `assets:`"
    if meant := hints.other_name(name, known):
        return message, f"did you mean `{meant}`?"
    return message, f"its keys are {', '.join(known)}" if len(known) <= 8 else ""


def _is_step(name: str) -> bool:
    from pipeline.spec.step_table import STEPS

    return name in STEPS


def _cut_by_comma(name: str, node: Node) -> bool:
    """Is it no key at all, but the rest of an unquoted text in braces? Then there is no `:` behind it."""
    at, key = node.origin, node.key
    return node.value is None and at.line == key.line and at.column == key.column + len(name)


def _mapping_hint(place: Place) -> str:
    return "write `prompt: ...` on a line of its own below it" if place is Place.ASSET else ""
