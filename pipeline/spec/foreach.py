"""for_each: one asset for each row and each value of each axis."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from pipeline.errors import Origin
from pipeline.spec import hints
from pipeline.spec.entries import Instance
from pipeline.spec.layers import check_name, checked_keys
from pipeline.spec.problems import Problems
from pipeline.spec.rows import DataRow, RowFiles, inline_rows
from pipeline.spec.scalars import kind_of
from pipeline.spec.schema import Place, keys_of
from pipeline.spec.scope import Renderer, Scope, Told
from pipeline.spec.source import Broken, Node
from pipeline.spec.templates import as_data, has_template

MAX_INSTANCES: Final = 100_000
_NO_ROWS: Final = (DataRow(None, ""),)


@dataclass(frozen=True, kw_only=True)
class ForEach:
    """Rows times axes, and which of them are wanted."""

    origin: Origin
    row: str
    rows: tuple[DataRow, ...] | None
    axes: Mapping[str, tuple[Any, ...]]
    where: Node | None

    def instances(self, scope: Scope, renderer: Renderer) -> Iterator[Instance]:
        """The combinations for which `where` is true: rows in their order, axes within. Raises Told."""
        for row in self.rows if self.rows is not None else _NO_ROWS:
            for values in itertools.product(*self.axes.values()):
                names = dict(zip(self.axes, values, strict=True))
                label = ", ".join([f"{name}={_brief(value)}" for name, value in names.items()])
                if self.rows is not None:
                    names[self.row] = row.value
                    label = f"{row.label}, {label}" if label else row.label
                if self.where is None or self._wanted(names, label, scope, renderer):
                    yield Instance(names, label)

    def _wanted(self, names: Mapping[str, Any], label: str, scope: Scope, renderer: Renderer) -> bool:
        assert self.where is not None and isinstance(self.where.value, str)
        return bool(renderer.expression(self.where.value, self.where.origin, scope.with_own(names), label))


def read_for_each(node: Node, scope: Scope, renderer: Renderer, files: RowFiles, problems: Problems) -> ForEach | None:
    """The value of a `for_each:`; None with a problem."""
    before = len(problems)
    known = keys_of(Place.FOR_EACH)
    found = checked_keys(node, Place.FOR_EACH, problems, open=True)
    axes = {name: value for name, value in found.items() if name not in known}
    name = found.get("as")
    row = name.value if name is not None and isinstance(name.value, str) else "row"
    if name is not None and isinstance(name.value, str):
        check_name(row, name.origin, problems, "row")
    if row in axes:
        hint = "name one of them otherwise" if name is not None else "rename the axis, or name the row by `as: e`"
        problems.add(axes[row].key, f"`{row}` names the row and an axis", hint)
    values = {axis: _axis(axis, value, scope, renderer, problems) for axis, value in axes.items()}
    good = {axis: listed for axis, listed in values.items() if listed is not None}
    rows = _rows(found, scope, renderer, files, problems)
    where = _where(found.get("where"), problems)
    if isinstance(node.value, dict) and "rows" not in found and not axes and len(problems) == before:
        problems.add(
            node.origin, "a for_each without rows and axes", "give it `rows: items.csv`, or an axis: tier: [iron, gold]"
        )
    for key in ("at", "as"):
        if key in found and "rows" not in found:
            problems.add(found[key].key, f"`{key}` without `rows`", "it belongs to the rows of a file")
    # What is broken may have been told before, so problems alone do not tell.
    broken = any(isinstance(value.value, Broken) for value in (node, *found.values()))
    lacking = rows is None and "rows" in found and found["rows"].value is not None
    if len(problems) > before or broken or lacking or len(good) < len(values):
        return None
    count = len(rows) if rows is not None else 1
    for axis_values in good.values():
        count *= len(axis_values)
    if count > MAX_INSTANCES:
        problems.add(node.key, f"this for_each gives {count:,} assets, more than {MAX_INSTANCES:,}", "look at its axes")
        return None
    return ForEach(origin=node.key, row=row, rows=tuple(rows) if rows is not None else None, axes=good, where=where)


def rows_named(node: Node | None, scope: Scope, renderer: Renderer) -> str | None:
    """The file that a for_each names for its rows, if that can be told."""
    if node is None or not isinstance(node.value, dict) or "rows" not in node.value:
        return None
    rows = node.value["rows"]
    if not isinstance(rows.value, str):
        return None
    try:
        value = renderer.value(rows, scope)
    except Told:
        return None
    return value.strip() if isinstance(value, str) else None


def _axis(name: str, node: Node, scope: Scope, renderer: Renderer, problems: Problems) -> tuple[Any, ...] | None:
    """The values of an axis; None when they cannot be had, for a problem told here or before."""
    if not check_name(name, node.key, problems, "axis"):
        return None
    if isinstance(node.value, dict) and node.value and all(key in ("rows", "at", "where") for key in node.value):
        problems.add(node.key, f"the axis `{name}` is a mapping", "rows belong to for_each itself, named by `as`")
        return None
    try:
        value = renderer.value(node, scope)
    except Told:
        return None
    if not isinstance(value, list):
        meant = hints.nearest(name, keys_of(Place.FOR_EACH), likeness=0.7)
        brackets = f"put it in brackets: {name}: [{value}]" if isinstance(value, str | int | float) else ""
        hint = f"did you mean `{meant}`?" if meant else brackets
        problems.add(node.origin, f"the axis `{name}` is a list, not {kind_of(value)}", hint)
        return None
    if not value:
        problems.add(node.origin, f"the axis `{name}` has no values, so there would be no asset", "give it some")
    if any(isinstance(item, list) for item in value):
        problems.add(
            node.origin, f"the axis `{name}` has a list among its values", "values are texts, numbers or mappings"
        )
        return None
    return tuple(as_data(item) for item in value)


def _rows(
    found: Mapping[str, Node], scope: Scope, renderer: Renderer, files: RowFiles, problems: Problems
) -> list[DataRow] | None:
    node = found.get("rows")
    if node is None or node.value is None or isinstance(node.value, Broken):
        return None
    if isinstance(node.value, list):
        if "at" in found:
            problems.add(found["at"].key, "`at` finds a list in a file; these rows stand here", "remove it")
        return inline_rows(node, problems)
    try:
        path = renderer.value(node, scope)
        at = renderer.value(found["at"], scope) if "at" in found else ""
    except Told:
        return None
    if isinstance(path, list):
        return inline_rows(_as_node(path, node.origin), problems)
    if not isinstance(path, str) or not isinstance(at, str):
        problems.add(node.origin, f"`rows` is a list or the path of a file, not {kind_of(path)}")
        return None
    where = found["at"].origin if "at" in found and found["at"].value is not None else node.origin
    return files.rows(path.strip(), at.strip(), node.origin, problems, at_origin=where)


def _where(node: Node | None, problems: Problems) -> Node | None:
    if node is None or not isinstance(node.value, str):
        return None
    if has_template(node.value):
        problems.add(node.origin, "`where` is an expression without braces", "such as: e.kind == 'weapon'")
    return node


def _as_node(value: Any, origin: Origin) -> Node:
    """Plain values as nodes that were all written in one place."""
    if isinstance(value, dict):
        return Node({str(key): _as_node(item, origin) for key, item in value.items()}, origin)
    return Node([_as_node(item, origin) for item in value] if isinstance(value, list) else value, origin)


def _brief(value: Any) -> str:
    shown = str(next(iter(value.values()), "")) if isinstance(value, dict) else str(value)
    return shown if len(shown) <= 30 else shown[:27] + "..."
