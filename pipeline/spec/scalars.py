"""What a plain scalar means by the core schema of YAML 1.2: so `16:9`, `on`, `yes` and `012` are no surprise."""

from __future__ import annotations

import re

_NULL = frozenset({"", "~", "null", "Null", "NULL"})
_BOOL = {"true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False}
_DECIMAL = re.compile(r"[-+]?[0-9]+\Z")
_OCTAL = re.compile(r"0o[0-7]+\Z")
_HEX = re.compile(r"0x[0-9a-fA-F]+\Z")
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?\Z")
_INFINITE = re.compile(r"[-+]?\.(inf|Inf|INF)\Z")
_NAN = frozenset({".nan", ".NaN", ".NAN"})
_MAX_DIGITS = 1000


class TooLong(ValueError):
    """A number of so many digits that turning it into one would take long."""


def resolve(text: str) -> str | int | float | bool | None:
    """The value of a plain scalar. Raises TooLong."""
    # Nearly all scalars are words: their first character tells.
    if text and text[0] not in "0123456789+-.~ntfNTF":
        return text
    if text in _NULL:
        return None
    if text in _BOOL:
        return _BOOL[text]
    return _number(text)


def _number(text: str) -> str | int | float:
    for pattern, base in ((_DECIMAL, 10), (_OCTAL, 8), (_HEX, 16)):
        if pattern.match(text):
            if len(text) > _MAX_DIGITS:
                raise TooLong(text[:40])
            return int(text if base == 10 else text[2:], base)
    if _FLOAT.match(text):
        return float(text)
    if _INFINITE.match(text):
        return float("-inf" if text[0] == "-" else "inf")
    return float("nan") if text in _NAN else text


def kind_of(value: object) -> str:
    """The kind of a value as messages name it: `a number`, `a list`."""
    if value is None:
        return "null"
    for kind, name in ((bool, "true or false"), (int | float, "a number"), (str, "a text"), (list | tuple, "a list")):
        if isinstance(value, kind):
            return name
    return "a mapping" if isinstance(value, dict) else f"a {type(value).__name__}"
