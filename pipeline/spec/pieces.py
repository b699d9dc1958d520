"""Texts with simple expressions in them, rendered without being compiled.

Nearly every prompt is a text with some `{{ names }}`, and perhaps a partial. It is cut into texts and slots; names,
columns, a default, `ref('x')` and partials of the same kind are looked up right here, and any other expression or
partial is compiled once, however many texts it stands in. So a project of plain prompts never opens Jinja, and each
further prompt costs microseconds.

What is unusual is not cut, and whatever fails here has no message: the text goes to Jinja as a whole, which either
renders it or tells why not. So both routes must give the same text, and nothing may stay behind of a failed attempt.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any, Final, TypeAlias

from pipeline.frozen import NamedTuple

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

INCLUDE: Final = 10
"""Steps that a partial takes, apart from what is in it."""

_MAX_STEPS: Final = 10_000
_OURS: Final = frozenset({"id", "vars"})

_TEXT = r"'([^'\\]*)'|\"([^\"\\]*)\""
_SLOT = re.compile(rf"\{{\{{([^{{}}\n]*)\}}\}}|\{{% *include +(?:{_TEXT}) *%\}}")
_PATH = re.compile(r" *([A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*) *", re.ASCII)
_INSTEAD: Final = rf"(?:\| *(default|d) *\( *(?:{_TEXT}) *\)|or +(?:{_TEXT})) *\Z"
_REF: Final = rf" *ref\( *(?:{_TEXT}) *(?:, *(?:{_TEXT}) *)?\) *\Z"


class Unusual(Exception):
    """Something that is left to Jinja."""


class Slot(NamedTuple):
    """What an expression or a partial is looked up by, the steps that it takes in Jinja, and whether it needs none."""

    look: Look
    steps: int = 0
    simple: bool = False
    partials: tuple[str, ...] = ()


class Pieces(NamedTuple):
    """A text that was cut: its texts, and what gives the values between them."""

    parts: tuple[str | Look, ...]
    steps: int
    """Of the simple slots, as Jinja would count them."""
    whole: bool
    """Are all slots simple?"""
    lone: Look | None
    """The expression of a text that is nothing else."""
    partials: tuple[str, ...]
    """Of the simple slots, by their paths from the project's root."""

    def text(self, names: Mapping[str, Any], ref: Ref | None) -> str:
        """The rendered text. Raises whatever a value raises, and Unusual for one that is not simply printed."""
        text = "".join([part if isinstance(part, str) else _printed(part(names, ref)) for part in self.parts])
        if len(text) > MAX_TEXT:
            raise Unusual
        return text


SlotOf: TypeAlias = Callable[[str], Slot | None]
"""Gives the slot of an expression, or of a partial by its name: simple, or one of Jinja's; None if there is none."""


def cut(source: str, expression: SlotOf, include: SlotOf) -> Pieces | None:
    """The pieces of a text; None if it is to be left whole."""
    if "{#" in source or "\r" in source:
        return None
    if source[-1:] == "\n":
        source = source[:-1]
    parts: list[str | Look] = []
    slots: list[Slot] = []
    end = 0
    ends = [0, *(at for found in _SLOT.finditer(source) for at in found.span()), len(source)]
    if not all(_is_text(source[start:end]) for start, end in zip(ends[::2], ends[1::2], strict=True) if start < end):
        return None
    for found in _SLOT.finditer(source):
        start, inner = found.start(), found[1]
        slot = expression(inner) if inner is not None else include(found[2] if found[2] is not None else found[3])
        if slot is None:
            return None
        if end < start:
            parts.append(source[end:start])
        parts.append(slot.look)
        slots.append(slot)
        end = found.end()
    if end < len(source):
        parts.append(source[end:])
    steps = sum([slot.steps for slot in slots])
    if steps > _MAX_STEPS or len(slots) > _MAX_STEPS:
        return None
    return Pieces(
        parts=tuple(parts),
        steps=steps,
        whole=False not in [slot.simple for slot in slots],
        lone=slots[0].look if len(parts) == 1 and source[:2] == "{{" else None,
        partials=tuple(dict.fromkeys([path for slot in slots for path in slot.partials])),
    )


def included(source: str) -> list[str]:
    """The partials that a text includes as `cut` knows it."""
    return [found[2] if found[2] is not None else found[3] for found in _SLOT.finditer(source) if found[1] is None]


def _is_text(part: str) -> bool:
    """Is there nothing in it that Jinja would look at? A brace at its end belongs to the slot behind it."""
    return "{" not in part or not (part[-1] == "{" or "{{" in part or "{%" in part)


def is_apart(expression: str) -> bool:
    """Does it leave the blanks around it alone, as it must where it is compiled apart from them?"""
    return expression[:1] not in ("-", "+") and expression[-1:] != "-"


def simple(expression: str) -> Slot | None:
    """How to look up an expression that needs no Jinja; None for all others."""
    if "ref" in expression and (found := re.match(_REF, expression)):
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
