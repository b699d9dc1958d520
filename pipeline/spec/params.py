"""The values of a step's parameters, held against the table. All of them come out as values that can be hashed."""

from __future__ import annotations

import re
from collections.abc import Mapping
from fractions import Fraction
from math import gcd
from typing import Any, Final

from pipeline.spec import colors, hints
from pipeline.spec.palettes import SUFFIXES, Palettes
from pipeline.spec.problems import Problems
from pipeline.spec.scalars import kind_of
from pipeline.spec.schema import Key, Kind
from pipeline.spec.scope import Told
from pipeline.spec.source import BROKEN, Broken, Node, plain
from pipeline.spec.step_table import MAX_SIDE, Param, ParamKind
from pipeline.spec.values import WrongValue, typed

UNKNOWN: Final = Broken()
"""The value of a template that is not rendered yet."""

_SPELLED: Final = {"centre": "center", "grey": "gray", "grayscale": "gray", "greyscale": "gray", "middle": "center"} | {
    "fill": "stretch",
    "outside": "cover",
    "pad": "contain",
    "fit": "inside",
    "attention": "subject",
    "north": "top",
    "south": "bottom",
    "west": "left",
    "east": "right",
    "linear": "bilinear",
    "cubic": "bicubic",
    "x": "horizontal",
    "y": "vertical",
    "bw": "gray",
}
"""Words of other tools for the choices of the table."""

_MOST_COLORS: Final = 256


def value_of(param: Param, node: Node, palettes: Palettes | None, problems: Problems, who: str) -> Any:
    """The value as its parameter wants it, which is never null. Without `palettes`, one that a file gives is UNKNOWN.

    Raises WrongValue, and Told where the problem was told of an item.
    """
    if param.kind is ParamKind.COLORS:
        return _colors(param, node, palettes, problems, who)
    value = plain(node)
    match param.kind:
        case ParamKind.INT:
            return typed(_key(param, Kind.INT), value)
        case ParamKind.BOOL:
            return typed(_key(param, Kind.BOOL), value)
        case ParamKind.NUMBER:
            return _number(param, value)
        case ParamKind.CHOICE:
            return _choice(param, value)
        case ParamKind.COLOR:
            return value if value in param.choices else _color(param.name, value, param.choices)
        case ParamKind.LENGTH:
            return _length(param.name, value, param.most)
        case ParamKind.RATIO:
            return _ratio(param.name, value)
        case ParamKind.BOX:
            return _box(param, value)
        case ParamKind.SWAPS:
            return _swaps(param, value)


def is_mapping(param: Param) -> bool:
    """Whether a mapping is its value."""
    return param.kind is ParamKind.SWAPS


def is_color(text: str) -> bool:
    return colors.parsed(text) is not None


def shown(value: Any) -> str:
    """A value as a spec could have it on one line."""
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{_quoted(name)}: {shown(item)}" for name, item in value.items()) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(map(shown, value)) + "]"
    if isinstance(value, bool):
        return "true" if value else "false"
    return _quoted(value) if isinstance(value, str) else str(value)


def _quoted(text: str) -> str:
    return f'"{text}"' if text.startswith("#") else text


def _key(param: Param, kind: Kind) -> Key:
    return Key(param.name, kind, frozenset(), param.doc, None, least=param.least, most=param.most)


def _number(param: Param, value: Any) -> int | float:
    if isinstance(value, str) and re.fullmatch(r"-?\d+(\.\d+)?%?", value.strip()):
        hint = f"write {value.strip().rstrip('%')}, without quotes" + (" and without `%`" if "%" in value else "")
        raise WrongValue(f"`{param.name}` is a number, not a text", hint)
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise WrongValue(f"`{param.name}` is a number, not {kind_of(value)}")
    if not param.least <= value <= param.most:  # false for NaN too
        raise WrongValue(f"`{param.name}` is from {param.least} to {param.most}, not {value}")
    # One value has one way to be written in a key.
    return int(value) if value == int(value) else value


def _choice(param: Param, value: Any) -> str:
    if not isinstance(value, str):
        raise WrongValue(f"`{param.name}` is one of {', '.join(param.choices)}, not {kind_of(value)}")
    text = value.strip()
    if text in param.choices:
        return text
    folded = text.casefold().replace("_", "-").replace(" ", "-")
    meant = folded if folded in param.choices else _SPELLED.get(folded)
    if meant not in param.choices:
        meant = hints.nearest(folded, param.choices)
    listed = f"one of {', '.join(param.choices)}"
    raise WrongValue(f"`{param.name}` cannot be `{text[:60]}`", f"did you mean `{meant}`?" if meant else listed)


def _color(name: str, value: Any, also: tuple[str, ...] = ()) -> str:
    what = f'a color such as "#1e90ff"{"".join(f", or {word}" for word in also)}'
    if isinstance(value, int | float) and not isinstance(value, bool):
        raise WrongValue(f"`{name}` is {what}, not a number", 'put it in quotes, with a `#` before it: "#112233"')
    if not isinstance(value, str):
        raise WrongValue(f"`{name}` is {what}, not {kind_of(value)}")
    if (color := colors.parsed(value)) is not None:
        return color
    near = hints.nearest(value.strip(), [*colors.NAMES, *also], 0.7)
    names = f"in hex, or one of {', '.join([*also, *colors.NAMES])}"
    hint = f"did you mean `{near}`?" if near else names
    raise WrongValue(f"`{value.strip()[:60]}` is no color", hint)


def _length(name: str, value: Any, most: int = MAX_SIDE) -> int | str:
    if isinstance(value, str):
        text = value.strip()
        if found := re.fullmatch(r"(\d+(?:\.\d+)?) *%", text):
            share = Fraction(found[1])
            if share > 100:
                raise WrongValue(f"`{name}` is at most 100%, not {text}")
            return f"{int(share) if share.denominator == 1 else float(share)}%"
        if found := re.fullmatch(r"(\d+) *(px)?", text):
            raise WrongValue(f"`{name}` is {ParamKind.LENGTH.value}, not `{text}`", f"write {found[1]}, without quotes")
        raise WrongValue(f"`{name}` is {ParamKind.LENGTH.value}, not `{text[:60]}`")
    if isinstance(value, bool) or not isinstance(value, int):
        raise WrongValue(f"`{name}` is {ParamKind.LENGTH.value}, not {kind_of(value)}")
    if not 0 <= value <= most:
        raise WrongValue(f"`{name}` is from 0 to {most}, not {value}")
    return value


def _ratio(name: str, value: Any) -> str:
    text = value.strip() if isinstance(value, str) else ""
    found = re.fullmatch(r"(\d{1,5}(?:\.\d{1,4})?) *(:|/|x|by|to) *(\d{1,5}(?:\.\d{1,4})?)", text)
    if found is None:
        shown = f"`{text[:60]}`" if text else kind_of(value)
        hint = f"write {value}:1" if isinstance(value, float) or (isinstance(value, int) and value is not True) else ""
        raise WrongValue(f"`{name}` is {ParamKind.RATIO.value}, not {shown}", hint)
    if found[2] != ":":
        raise WrongValue(f"`{name}` is {ParamKind.RATIO.value}, not `{text}`", f"write {found[1]}:{found[3]}")
    across, down = Fraction(found[1]), Fraction(found[3])
    if not across or not down or not Fraction(1, 100) <= across / down <= 100:
        raise WrongValue(f"`{name}` is from 1:100 to 100:1, not {text}")
    whole = (across * 10000, down * 10000)
    divisor = gcd(int(whole[0]), int(whole[1]))
    return f"{int(whole[0]) // divisor}:{int(whole[1]) // divisor}"


def _box(param: Param, value: Any) -> tuple[int | str, ...]:
    if not isinstance(value, list) or len(value) != 4:
        shown = f"{len(value)} of them" if isinstance(value, list) else kind_of(value)
        raise WrongValue(f"`{param.name}` is {param.kind.value}, not {shown}", "such as [10%, 10%, 80%, 80%]")
    found = tuple(_length(f"{side} of the box", item) for side, item in zip(_BOX, value, strict=True))
    for side, item in zip(_BOX[2:], found[2:], strict=True):
        if item in (0, "0%"):
            raise WrongValue(f"the {side} of the box is 0", "nothing would be left")
    return found


_BOX: Final = ("left", "top", "width", "height")


def _swaps(param: Param, value: Any) -> tuple[tuple[str, str], ...]:
    if not isinstance(value, dict) or not value:
        shown = "an empty one" if isinstance(value, dict) else kind_of(value)
        raise WrongValue(f"`{param.name}` is {param.kind.value}, not {shown}", 'such as {"#ff0000": "#0000ff"}')
    found: dict[str, str] = {}
    for old, new in value.items():
        swapped = _color("a replaced color", old)
        if swapped in found:
            raise WrongValue(f"the color `{swapped}` is replaced twice", "let one of them stay")
        found[swapped] = _color("what replaces a color", new)
        for color in (swapped, found[swapped]):
            if not colors.is_opaque(color):
                raise WrongValue(f"`{color}` is not opaque", "`recolour` leaves transparency as it is")
    return tuple(sorted(found.items()))


def _colors(param: Param, node: Node, palettes: Palettes | None, problems: Problems, who: str) -> Any:
    value = node.value
    if isinstance(value, int) and not isinstance(value, bool):
        if not param.least <= value <= param.most:
            raise WrongValue(f"`{param.name}` are from {param.least} to {param.most}, not {value}")
        return value
    if isinstance(value, str):
        text = value.strip()
        if not text.lower().endswith(SUFFIXES):
            one = colors.parsed(text) is not None
            hint = f'put it in brackets: ["{text}", ...]' if one else f"a file ends in {', '.join(SUFFIXES)}"
            raise WrongValue(f"`{param.name}` is {param.kind.value}, not `{text[:60]}`", hint)
        if palettes is None:
            return UNKNOWN
        listed = palettes.colors(text, node.origin, problems, who)
        if listed is None:
            raise Told
        return listed
    if not isinstance(value, list):
        raise WrongValue(f"`{param.name}` is {param.kind.value}, not {kind_of(plain(node))}")
    return _listed(param, value, problems, who)


def _listed(param: Param, items: list[Node], problems: Problems, who: str) -> tuple[str, ...]:
    found: list[str] = []
    good = True
    for item in items:
        if item.value is None or item.value is BROKEN:
            good = good and item.value is None
            continue
        try:
            color = _color(f"each of the {param.name}", plain(item))
            if not colors.is_opaque(color):
                raise WrongValue(f"`{color}` is not opaque", "how transparent a pixel is stays as it is")
            found.append(color)
        except WrongValue as wrong:
            problems.add(item.origin, wrong.message, wrong.hint, who=who)
            good = False
    if not good:
        raise Told
    if not 1 <= len(found) <= _MOST_COLORS:
        raise WrongValue(f"`{param.name}` lists from 1 to {_MOST_COLORS} colors, not {len(found)}")
    return tuple(dict.fromkeys(found))
