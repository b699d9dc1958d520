"""The grammar of Godot 4's text resources, as far as values need it: tags with fields, then `name = value` lines.

A tag is `[name key=value ...]`; a value is a number, a text, true, false, null, &"name", [list], {"key": value}, or
`Name(values)`. What is not of this form raises ValueError with the place.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any, NamedTuple

_TOKEN = re.compile(
    r"""\s*(?:
        (?P<comment>;[^\n]*)
      | (?P<number>-?\d+(?:\.\d+)?(?:e[+-]?\d+)?)
      | (?P<text>&?"(?:[^"\\]|\\.)*")
      | (?P<word>[A-Za-z_][\w/]*)
      | (?P<sign>[\[\]{}(),:=])
    )""",
    re.VERBOSE,
)


class Call(NamedTuple):
    """`Rect2(0, 0, 8, 8)`, `ExtResource("1")`."""

    name: str
    values: tuple[Any, ...]


@dataclass
class Tag:
    """One section: its name, its fields, and the values set in it."""

    name: str
    fields: dict[str, Any]
    values: dict[str, Any] = field(default_factory=dict)


def parse(text: str) -> list[Tag]:
    """The sections of a resource. Raises ValueError."""
    return _Parser(text).tags()


class _Parser:
    def __init__(self, text: str) -> None:
        self._tokens: list[tuple[str, str]] = []
        at, text = 0, text.rstrip()
        while at < len(text):
            found = _TOKEN.match(text, at)
            if found is None:
                raise ValueError(f"not a token: {text[at : at + 20]!r}")
            kind = str(found.lastgroup)
            if kind != "comment":
                self._tokens.append((kind, found[kind]))
            at = found.end()
        self._at = 0

    def tags(self) -> list[Tag]:
        found: list[Tag] = []
        while self._at < len(self._tokens):
            if self._peek() == ("sign", "["):
                found.append(self._tag())
            else:
                name = self._take("word")
                self._take("sign", "=")
                found[-1].values[name] = self._value()
        return found

    def _tag(self) -> Tag:
        self._take("sign", "[")
        tag = Tag(self._take("word"), {})
        while self._peek() != ("sign", "]"):
            name = self._take("word")
            self._take("sign", "=")
            tag.fields[name] = self._value()
        self._take("sign", "]")
        return tag

    def _value(self) -> Any:
        kind, token = self._peek()
        self._at += 1
        if kind == "number":
            return float(token) if "." in token or "e" in token else int(token)
        if kind == "text":
            return re.sub(r"\\(.)", r"\1", token.lstrip("&")[1:-1])
        if kind == "word":
            if token in ("true", "false", "null"):
                return {"true": True, "false": False, "null": None}[token]
            self._take("sign", "(")
            return Call(token, tuple(self._until(")")))
        if token == "[":
            return self._until("]")
        if token == "{":
            return dict(self._until("}", pairs=True))
        raise ValueError(f"not a value: {token!r}")

    def _until(self, end: str, *, pairs: bool = False) -> list[Any]:
        found: list[Any] = []
        while self._peek() != ("sign", end):
            value = self._value()
            if pairs:
                self._take("sign", ":")
                value = (value, self._value())
            found.append(value)
            if self._peek() != ("sign", end):
                self._take("sign", ",")
        self._take("sign", end)
        return found

    def _peek(self) -> tuple[str, str]:
        if self._at == len(self._tokens):
            raise ValueError("it ends in the middle")
        return self._tokens[self._at]

    def _take(self, kind: str, token: str = "") -> str:
        found = self._peek()
        if found[0] != kind or (token and found[1] != token):
            raise ValueError(f"{token or kind} is missing before {found[1]!r}")
        self._at += 1
        return found[1]
