"""Colours as specs write them: `#1e90ff`, `#fff`, `#00000080`, or a plain name."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

TRANSPARENT: Final = "#00000000"

NAMES: Final[Mapping[str, str]] = {
    "transparent": TRANSPARENT,
    "white": "#ffffff",
    "silver": "#c0c0c0",
    "gray": "#808080",
    "grey": "#808080",
    "black": "#000000",
    "red": "#ff0000",
    "maroon": "#800000",
    "orange": "#ffa500",
    "yellow": "#ffff00",
    "olive": "#808000",
    "lime": "#00ff00",
    "green": "#008000",
    "aqua": "#00ffff",
    "cyan": "#00ffff",
    "teal": "#008080",
    "blue": "#0000ff",
    "navy": "#000080",
    "fuchsia": "#ff00ff",
    "magenta": "#ff00ff",
    "purple": "#800080",
    "pink": "#ffc0cb",
    "brown": "#a52a2a",
}
"""The names that specs can use; they mean what they mean in CSS."""

_HEX: Final = re.compile(r"#?([0-9a-f]{3,4}|[0-9a-f]{6}|[0-9a-f]{8})\Z", re.IGNORECASE)


def parsed(text: str) -> str | None:
    """The colour as `#rrggbb`, or `#rrggbbaa` where it is not opaque; None if it is none."""
    text = text.strip()
    if (named := NAMES.get(text.lower())) is not None:
        return named
    found = _HEX.match(text)
    if found is None:
        return None
    digits = found[1].lower()
    if len(digits) <= 4:
        digits = "".join(digit * 2 for digit in digits)
    return f"#{digits.removesuffix('ff') if len(digits) == 8 else digits}"


def channels(color: str) -> tuple[int, int, int, int]:
    """Red, green, blue and alpha (0 to 255) of a colour that was parsed."""
    digits = color.removeprefix("#").ljust(8, "f")
    red, green, blue, alpha = bytes.fromhex(digits)
    return red, green, blue, alpha


def is_opaque(color: str) -> bool:
    """Whether nothing shines through a colour that was parsed."""
    return channels(color)[3] == 255
