"""Texts with simple expressions in them, rendered without a template of their own.

Nearly every prompt is a text with some `{{ names }}`. It is cut into texts and slots; names, columns, a default and
`ref('x')` are looked up right here, and any other expression is compiled once, however many texts it stands in. So a
project of plain prompts never opens Jinja, and each further prompt costs microseconds.

What is unusual is not cut, and whatever fails here has no message: the text goes to Jinja as a whole, which either
renders it or tells why not. So both routes must give the same text, and nothing may stay behind of a failed attempt.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any, Final, NamedTuple, TypeAlias

Ref: TypeAlias = Callable[..., str]
Look: TypeAlias = "Callable[[Mapping[str, Any], Ref | None], Any]"
"""Gives the value of one expression. Raises whatever comes to it."""


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


RESERVED: Final = _words(
    "id vars ref loop self caller varargs kwargs super range dict namespace cycler joiner "
    "true false none True False None and or not in is if else elif for recursive import from"
)
"""Names that no variable, axis or row can have."""

MAX_TEXT: Final = 200_000
"""Characters of a rendered text."""

_MAX_SLOTS: Final = 1_000
_OURS: Final = frozenset({"id", "vars"})

_SLOT = re.compile(r"\{\{([^{}\n]*)\}\}")
_TEXT = r"'([^'\\]*)'|\"([^\"\\]*)\""
_PATH = re.compile(r" *([A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*) *", re.ASCII)
_INSTEAD: Final = rf"(?:\| *(default|d) *\( *(?:{_TEXT}) *\)|or +(?:{_TEXT})) *\Z"
_REF: Final = rf" *ref\( *(?:{_TEXT}) *(?:, *(?:{_TEXT}) *)?\) *\Z"


class Unusual(Exception):
    """Something that is left to Jinja."""


class Slot(NamedTuple):
    """What an expression is looked up by, the steps that it takes in Jinja, and whether it needs none of it."""

    look: Look
    steps: int = 0
    simple: bool = False


class Pieces(NamedTuple):
    """A text that was cut: its texts and what gives the values between them."""

    parts: tuple[str | Look, ...]
    steps: int
    """Of the simple expressions, as Jinja would count them."""
    whole: bool
    """Are all expressions simple?"""

    def text(self, names: Mapping[str, Any], ref: Ref | None) -> str:
        """The rendered text. Raises whatever a value raises, and Unusual for one that is not simply printed."""
        text = "".join([part if isinstance(part, str) else _printed(part(names, ref)) for part in self.parts])
        if len(text) > MAX_TEXT:
            raise Unusual
        return text

    @property
    def lone(self) -> Look | None:
        """The expression of a text that is nothing else."""
        only = self.parts[0] if len(self.parts) == 1 else None
        return None if isinstance(only, str) else only


def cut(source: str, slot_of: Callable[[str], Slot | None]) -> Pieces | None:
    """The pieces of a text; None if it is to be left whole.

    `slot_of` gives the slot of an expression: `simple`, or one of Jinja's, or None if there is none.
    """
    if "{%" in source or "{#" in source or "\r" in source:
        return None
    found = _SLOT.split(source[:-1] if source[-1:] == "\n" else source)
    if len(found) > 2 * _MAX_SLOTS:
        return None
    parts: list[str | Look] = []
    steps, whole = 0, True
    for text, expression in zip(found[::2], found[1::2], strict=False):
        # A brace right before a slot belongs to it, and what is left of `{{` was no slot.
        if text[-1:] == "{" or "{{" in text or (slot := slot_of(expression)) is None:
            return None
        if text:
            parts.append(text)
        parts.append(slot.look)
        steps += slot.steps
        whole = whole and slot.simple
    last = found[-1]
    if "{{" in last:
        return None
    if last:
        parts.append(last)
    return Pieces(tuple(parts), steps, whole)


def is_apart(expression: str) -> bool:
    """Does it leave the blanks around it alone, as it must where it is compiled apart from them?"""
    return expression[:1] not in ("-", "+") and expression[-1:] != "-"


def simple(expression: str) -> Slot | None:
    """How to look up an expression that needs no Jinja; None for all others."""
    if found := re.match(_REF, expression):
        return Slot(_referred([text for text in found.groups() if text is not None]), 1, simple=True)
    found = _PATH.match(expression)
    if found is None:
        return None
    name, *columns = found[1].split(".")
    if name in RESERVED and name not in _OURS:
        return None
    look = _dotted(name, columns) if columns else _named(name)
    if found.end() == len(expression):
        return Slot(look, simple=True)
    instead = re.match(_INSTEAD, expression[found.end() :])
    if instead is None:
        return None
    text = next(text for text in instead.groups()[1:] if text is not None)
    if not instead[1]:
        return Slot(_or(look, text), simple=True)
    return None if columns else Slot(_default(name, text), 1, simple=True)


def _named(name: str) -> Look:
    return lambda names, _: names[name]


def _dotted(name: str, columns: list[str]) -> Look:
    def look(names: Mapping[str, Any], _: Ref | None) -> Any:
        value = names[name]
        for column in columns:
            if not isinstance(value, dict):
                raise Unusual
            value = value[column]
        return value

    return look


def _default(name: str, text: str) -> Look:
    return lambda names, _: names.get(name, text)


def _or(look: Look, text: str) -> Look:
    return lambda names, ref: look(names, ref) or text


def _referred(given: list[str]) -> Look:
    def look(_: Mapping[str, Any], ref: Ref | None) -> Any:
        if ref is None:
            raise Unusual
        return ref(*given)

    return look


def _printed(value: Any) -> str:
    """A value as text."""
    if type(value) in (str, int, float, bool):
        return str(value)
    raise Unusual


def settled(value: Any) -> Any:
    """The value of a lone expression, if it is a plain scalar. Raises Unusual."""
    if value is None or type(value) in (int, float, bool) or (type(value) is str and len(value) <= MAX_TEXT):
        return value
    raise Unusual
