"""Whose fault an id is that cannot be: the column, axis or variable that a template put into it, and the remedy."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final, NamedTuple

from pipeline.spec import ids
from pipeline.spec.entries import Instance
from pipeline.spec.foreach import ForEach
from pipeline.spec.scope import Scope
from pipeline.spec.templates import has_template

_NAME: Final = r"\b([A-Za-z_]\w*)(?:\.(\w+)|\[['\"]([^'\"]+)['\"]\])?"


class _Used(NamedTuple):
    """A name that a template uses, perhaps with a column, as it is written there, and its value."""

    written: str
    column: str
    value: Any

    def source(self, instance: Instance) -> str:
        return f"column `{self.column}` of {instance.label}" if self.column else f"`{self.written}`"


def wrong_id(id: str, why: str, template: str, scope: Scope, instance: Instance) -> tuple[str, str]:
    """Message and hint for a text that is no id."""
    message = f"`{id}` is no id: it {why}"
    characters = ids.outside(id)
    used = list(_used(template, scope)) if has_template(template) else []
    if characters:
        for item in used:
            if isinstance(item.value, str) and any(character in item.value for character in characters):
                source = f"(`{item.value[:60]}`, {item.source(instance)})"
                return f"{message} {source}", f"write `{{{{ {item.written}|slug }}}}`"
        return message, "letters, digits, `.`, `_`, `-`, in parts joined by `/`"
    for item in used:
        if item.value == "" or item.value is None:
            what = "fill the cell, or leave such rows out by `where`" if item.column else "give it a value"
            return f"{message} ({item.source(instance)} is empty)", what
    bare = id.strip("/")
    return message, f"write `{bare}`" if bare != id and not ids.wrong_id(bare) else "rename it"


def same_id(template: str, for_each: ForEach) -> tuple[str, str]:
    """What gives one id twice in a for_each, and what would tell the assets apart."""
    words = set(re.findall(r"\w+", template))
    what = "two rows give" if for_each.rows is not None else "two values give"
    for axis in for_each.axes:
        if axis not in words:
            return what if for_each.rows is None else "two assets have", f"put the axis into the key: {{{{ {axis} }}}}"
    if for_each.rows is None:
        return what, "the values of an axis must differ, also as they stand in the key"
    if for_each.row not in words:
        return what, f"put what tells them apart into the key, such as {{{{ {for_each.row}.key }}}}"
    return what, "the rows have the same values there: make them differ, or put another column into the key"


def _used(template: str, scope: Scope) -> Iterator[_Used]:
    for found in re.finditer(_NAME, template):
        name, column = found.group(1), found.group(2) or found.group(3) or ""
        if name not in scope.names:
            continue
        value = scope.names[name]
        if column:
            value = value.get(column) if isinstance(value, Mapping) else None
        yield _Used(found.group(), column, value)
