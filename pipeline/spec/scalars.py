"""What a plain scalar means by the core schema of YAML 1.2: so `16:9`, `on`, `yes` and `012` are no surprise."""

from __future__ import annotations

import re

_WORDS = dict.fromkeys(("", "~", "null", "Null", "NULL")) | {
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
    **dict.fromkeys((".nan", ".NaN", ".NAN"), float("nan")),
}
_NUMBER = re.compile(
    r"([-+]?[0-9]+)\Z|0o([0-7]+)\Z|0x([0-9a-fA-F]+)\Z|([-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?)\Z|"
    r"[-+]?\.(?:inf|Inf|INF)\Z"
)
_MAX_DIGITS = 1000
_MAYBE = frozenset("0123456789+-.~ntfNTF<")


class TooLong(ValueError):
    """A number of so many digits that turning it into one would take long."""


def is_word(text: str) -> bool:
    """Does its first character tell already that a plain scalar is a text? So it is with nearly all."""
    return text[:1] not in _MAYBE and text != ""


def resolve(text: str) -> str | int | float | bool | None:
    """The value of a plain scalar. Raises TooLong."""
    if text in _WORDS:
        return _WORDS[text]
    number = _NUMBER.match(text)
    if number is None:
        return text
    for digits, base in zip(number.groups(), (10, 8, 16), strict=False):
        if digits is not None:
            if len(text) > _MAX_DIGITS:
                raise TooLong(text[:40])
            return int(digits, base)
    if number[4] is not None:
        return float(text)
    return float("-inf" if text[0] == "-" else "inf")


def kind_of(value: object) -> str:
    """The kind of a value as messages name it: `a number`, `a list`."""
    if value is None:
        return "null"
    for kind, name in ((bool, "true or false"), (int | float, "a number"), (str, "a text"), (list | tuple, "a list")):
        if isinstance(value, kind):
            return name
    return "a mapping" if isinstance(value, dict) else f"a {type(value).__name__}"
