"""The values of a sheet's keys, held against the table; every mistake is told where it stands."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final, TypeAlias

from pipeline.errors import Origin
from pipeline.spec import hints, members, sheet_table
from pipeline.spec.problems import Problems
from pipeline.spec.scalars import kind_of
from pipeline.spec.schema import Key, Kind
from pipeline.spec.scope import Renderer, Scope, Told
from pipeline.spec.sheet_table import SheetKey, ValueKind
from pipeline.spec.source import Broken, Node, plain
from pipeline.spec.templates import has_template
from pipeline.spec.values import WrongValue, typed

Render: TypeAlias = Callable[[Node], Node]
"""Gives a node with its templates rendered. Raises Told."""

_OTHER_NAMES: Final = {
    "frames": "of",
    "assets": "of",
    "margin": "padding",
    "spacing": "padding",
    "gap": "padding",
    "border": "padding",
    "bleed": "extrude",
    "pot": "power_of_two",
    "size": "max_size",
    "max_width": "max_size",
    "format": "formats",
    "resample": "filter",
    "engine": "data",
    "engines": "data",
    "export": "data",
    "anims": "animations",
    "anchor": "pivot",
    "origin": "pivot",
    "framerate": "fps",
    "frame_rate": "fps",
    "speed": "fps",
    "loop": "repeat",
}
_OTHER_DATA: Final = {
    "phaser3": "phaser",
    "pixijs": "pixi",
    "pixi.js": "pixi",
    "godot4": "godot",
    "tres": "godot",
    "unity3d": "unity",
    "meta": "unity",
    "scss": "css",
}


def rendering(renderer: Renderer, scope: Scope, who: str) -> Render:
    """Renders every text in a node, each value at its own place; `names` is left to each frame."""

    def rendered(node: Node) -> Node:
        value = node.value
        if isinstance(value, list):
            return node._replace(value=[rendered(item) for item in value])
        if isinstance(value, dict):
            return node._replace(value={name: rendered(item) for name, item in value.items()})
        if isinstance(value, str) and has_template(value):
            return _noded(renderer.value(node, scope, who), node)
        return node

    return rendered


def _noded(value: Any, at: Node) -> Node:
    """Plain values as nodes that all stand at one place: a template gave them."""
    if isinstance(value, Mapping):
        value = {str(name): _noded(item, at) for name, item in value.items()}
    elif isinstance(value, list | tuple):
        value = [_noded(item, at) for item in value]
    return Node(value, at.origin, at.key_origin)


class Values:
    """The values of one mapping of keys; those that are broken are told, and stand at their default."""

    def __init__(self, table: Mapping[str, SheetKey], what: str, problems: Problems, render: Render) -> None:
        self._table, self._what, self._problems, self._render = table, what, problems, render
        self.found: dict[str, Any] = {name: key.default for name, key in table.items()}
        self.nodes: dict[str, Node] = {}
        """What was written, rendered, of the keys that are right."""
        self.broken: set[str] = set()

    def read(self, node: Node) -> bool:
        """Whether it is a mapping; each value that is not right is a problem."""
        if not isinstance(node.value, dict):
            if not isinstance(node.value, Broken):
                hint = "such as {of: 'item/*'}" if self._table is sheet_table.SHEET else "such as {frames: 'walk-*'}"
                self._problems.add(node.key, f"{self._what} is a mapping of keys, not {kind_of(node.value)}", hint)
            return False
        for name, value in node.value.items():
            if (key := self._table.get(name)) is None:
                self._problems.add(value.key, *_unknown(name, self._what, self._table))
            else:
                self._one(key, value)
        for key in self._table.values():
            if key.needed and not self.found[key.name] and key.name not in self.broken:
                hint = f"such as `{key.name}: {_shown(key.example)}`"
                self._problems.add(
                    node.key, f"{self._what} needs `{key.name}`: {key.doc[:1].lower()}{key.doc[1:-1]}", hint
                )
                self.broken.add(key.name)
        return True

    def said(self, name: str) -> bool:
        """Whether the key has a value of its own."""
        return name in self.nodes

    def at(self, name: str, otherwise: Origin) -> Origin:
        """Where a value stands."""
        return self.nodes[name].origin if name in self.nodes else otherwise

    def _one(self, key: SheetKey, node: Node) -> None:
        try:
            # A frame's name is rendered once for each frame.
            node = node if key.name == "names" else self._render(node)
            if node.value is None:
                return
            if isinstance(node.value, Broken):
                raise Told
            before = len(self._problems)
            self.found[key.name] = self._value(key, node)
            if len(self._problems) > before:
                self.broken.add(key.name)
            self.nodes[key.name] = node
        except WrongValue as wrong:
            self._problems.add(node.origin, wrong.message, wrong.hint)
            self.broken.add(key.name)
        except Told:
            self.broken.add(key.name)

    def _value(self, key: SheetKey, node: Node) -> Any:
        match key.kind:
            case ValueKind.MEMBERS:
                return members.read(key.name, node, self._problems)
            case ValueKind.FORMATS:
                if not node.value:
                    raise WrongValue("`formats` is empty", f"one of {', '.join(key.choices)}, or several")
                return tuple(dict.fromkeys(self._formats(key, node)))
            case ValueKind.DATA | ValueKind.ANIMATIONS:
                return node  # they have keys of their own
            case _:
                return _CHECKS[key.kind](key, plain(node))

    def _formats(self, key: SheetKey, node: Node) -> Iterator[str]:
        """Those that are right; each of the others is a problem at its place."""
        for item in node.value if isinstance(node.value, list) else [node]:
            try:
                yield _choice(key, item.value)
            except WrongValue as wrong:
                self._problems.add(item.origin, wrong.message, wrong.hint)


def data_name(value: Any) -> str:
    """The name of a known format of data. Raises WrongValue."""
    if not isinstance(value, str):
        raise WrongValue(f"a file of data is a name, or a mapping with `template`, not {kind_of(value)}")
    text = value.strip()
    if text in sheet_table.DATA:
        return text
    folded = text.casefold().replace(" ", "")
    meant = folded if folded in sheet_table.DATA else _OTHER_DATA.get(folded) or hints.nearest(folded, sheet_table.DATA)
    known = f"there are {', '.join(sheet_table.DATA)}, and {{template: sheet.j2, to: items.txt}} for all others"
    raise WrongValue(f"there is no data `{text[:60]}`", f"did you mean `{meant}`?" if meant else known)


def _choice(key: SheetKey, value: Any) -> str:
    text = value.strip() if isinstance(value, str) else ""
    if text in key.choices:
        return text
    listed = f"one of {', '.join(key.choices)}"
    shown = f"`{text[:60]}`" if text else kind_of(value)
    raise WrongValue(
        f"`{key.name}` cannot be {shown}", (hints.did_you_mean(text, key.choices) if text else "") or listed
    )


def _number(key: SheetKey, value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise WrongValue(f"`{key.name}` is a number, not {kind_of(value)}", f"such as {key.example}")
    value = _bounded(key, value)
    return int(value) if value == int(value) else value


def _bounded(key: SheetKey, value: float) -> float:
    if not key.least <= value <= key.most:  # false for NaN too
        raise WrongValue(f"`{key.name}` is from {key.least:g} to {key.most:g}, not {value}")
    return value


def _text(key: SheetKey, value: Any) -> str:
    if not isinstance(value, str):
        raise WrongValue(f"`{key.name}` is a text, not {kind_of(value)}", "put it in quotes")
    return value.strip()


def _point(key: SheetKey, value: Any) -> tuple[float, float]:
    numbers = value if isinstance(value, list) else []
    if len(numbers) != 2 or not all(isinstance(one, int | float) and not isinstance(one, bool) for one in numbers):
        raise WrongValue(f"`{key.name}` is {key.kind.value}", "[0.5, 1] is the middle of the lower edge")
    if not all(0 <= one <= 1 for one in numbers):
        raise WrongValue(f"`{key.name}` is {key.kind.value}, not {numbers}", "they are shares, not pixels")
    across, down = (int(one) if one == int(one) else one for one in numbers)
    return across, down


def _as_key(key: SheetKey, kind: Kind) -> Key:
    return Key(key.name, kind, frozenset(), key.doc, key.example, least=int(key.least), most=int(key.most))


_CHECKS: Final[Mapping[ValueKind, Callable[[SheetKey, Any], Any]]] = {
    ValueKind.CHOICE: _choice,
    ValueKind.INT: lambda key, value: typed(_as_key(key, Kind.INT), value),
    ValueKind.NUMBER: _number,
    ValueKind.BOOL: lambda key, value: typed(_as_key(key, Kind.BOOL), value),
    ValueKind.TEXT: _text,
    ValueKind.POINT: _point,
}


def _unknown(name: str, what: str, table: Mapping[str, SheetKey]) -> tuple[str, str]:
    folded = name.casefold().replace("-", "_")
    meant = folded if folded in table else _OTHER_NAMES.get(folded)
    if meant not in table:
        meant = hints.nearest(folded, table, 0.7)
    hint = f"did you mean `{meant}`?" if meant else f"its keys are {', '.join(table)}"
    return f"`{name[:60]}` is not a key of {what}", hint


def _shown(value: Any) -> str:
    if isinstance(value, list):
        return "[" + ", ".join(_shown(one) for one in value) + "]"
    return f"'{value}'" if isinstance(value, str) else str(value)
