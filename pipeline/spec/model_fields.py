"""The keys of a model in models.yaml and below `models:`: each with the converter of its value.

A converter takes the plain value and the pixel tables by name, and raises ValueError with what was expected.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any, Final

TIERS: Mapping[str, float] = {"512": 0.5, "1K": 1.0, "2K": 2.0, "4K": 4.0}
"""Every size there is, with the side of its square in units of 1024 pixels."""

PixelTables = Mapping[str, Mapping[str, Mapping[str, tuple[int, int]]]]


_ID: Final = r"[a-z0-9][a-z0-9._-]*\Z"


def wrong_model_id(id: str) -> tuple[str, str] | None:
    """Why a text is no id of a model (the end of a sentence), and what would be right; None if it is one."""
    if re.match(_ID, id):
        return None
    bare = id.strip().removeprefix("models/").lower()
    hint = f"write `{bare}`" if re.match(_ID, bare) else "such as gemini-3-pro-image"
    return "has lower-case letters, digits, `.`, `_` and `-` only", hint


def _text(value: Any, _: PixelTables) -> str:
    if not isinstance(value, str) or not value:
        raise ValueError(f"expected a text, not {named(value)}")
    return value


def _flag(value: Any, _: PixelTables) -> bool:
    if not isinstance(value, bool):
        raise ValueError(f"expected true or false, not {named(value)}")
    return value


def _whole(value: Any, _: PixelTables) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= 10**9:
        raise ValueError(f"expected a whole number from 0, not {named(value)}")
    return value


def _per_minute(value: Any, _: PixelTables) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not 1 <= value <= 10**6:
        raise ValueError(f"expected a whole number from 1, not {named(value)}")
    return value


def _dollars(value: Any, _: PixelTables) -> float:
    if not isinstance(value, int | float) or isinstance(value, bool) or not 0 <= value <= 10**6:
        raise ValueError(f"expected US dollars for a million tokens, such as 0.50, not {named(value)}")
    return float(value)


def _status(value: Any, tables: PixelTables) -> str:
    if value not in ("current", "deprecated", "retired"):
        raise ValueError(f"expected current, deprecated or retired, not {named(value)}")
    return _text(value, tables)


def _media_type(value: Any, tables: PixelTables) -> str:
    if value not in ("image/jpeg", "image/png", "image/webp"):
        raise ValueError(f"expected image/jpeg, image/png or image/webp, not {named(value)}")
    return _text(value, tables)


def _words(value: Any, tables: PixelTables) -> tuple[str, ...]:
    if not isinstance(value, list):
        raise ValueError(f"expected a list, not {named(value)}")
    return tuple(_text(item, tables) for item in value)


def _sizes(value: Any, tables: PixelTables) -> tuple[str, ...]:
    if not isinstance(value, list) or not value:
        raise ValueError(f"expected a list of sizes, such as [1K, 2K], not {named(value)}")
    return tuple(_size(item) for item in value)


def _ratios(value: Any, _: PixelTables) -> tuple[str, ...]:
    if not isinstance(value, list) or not value:
        raise ValueError(f'expected a list of ratios, such as ["1:1", "16:9"], not {named(value)}')
    return tuple(_ratio(item) for item in value)


def _tokens(value: Any, tables: PixelTables) -> dict[str, int]:
    if not isinstance(value, Mapping):
        raise ValueError(f"expected tokens by size, such as {{1K: 1120}}, not {named(value)}")
    return {_size(size): _whole(count, tables) for size, count in value.items()}


def pixels(value: Any, tables: PixelTables) -> dict[str, dict[str, tuple[int, int]]]:
    """Sides by ratio and size; a text names one of the packaged tables."""
    if isinstance(value, str):
        if value not in tables:
            raise ValueError(f"there is no pixel table `{value}`; there are {', '.join(tables)}")
        return {ratio: dict(sides) for ratio, sides in tables[value].items()}
    if not isinstance(value, Mapping):
        raise ValueError(f'expected sides by ratio and size, such as {{"16:9": {{1K: 1376x768}}}}, not {named(value)}')
    table: dict[str, dict[str, tuple[int, int]]] = {}
    for ratio, sides in value.items():
        if not isinstance(sides, Mapping):
            raise ValueError(f"expected sides by size for {ratio}, such as {{1K: 1376x768}}, not {named(sides)}")
        table[_ratio(ratio)] = {_size(size): _sides(pair) for size, pair in sides.items()}
    return table


FIELDS: Mapping[str, Callable[[Any, PixelTables], Any]] = {
    "like": _text,
    "name": _text,
    "status": _status,
    "retired_when": _text,
    "successor": _text,
    "sizes": _sizes,
    "ratios": _ratios,
    "pixels": pixels,
    "sends_size": _flag,
    "references": _whole,
    "type": _media_type,
    "thinking": _words,
    "input_per_million": _dollars,
    "text_per_million": _dollars,
    "image_per_million": _dollars,
    "image_tokens": _tokens,
    "reference_tokens": _whole,
    "thinking_allowance": _whole,
    "priced_on": _text,
    "requests_per_minute": _per_minute,
    "images_per_minute": _per_minute,
}


def _size(value: Any) -> str:
    text = str(value)  # a bare 512 is a number
    if text not in TIERS:
        raise ValueError(f"there is no size {named(value)}; there are {', '.join(TIERS)}")
    return text


def _ratio(value: Any) -> str:
    across, colon, down = str(value).partition(":")
    if not (colon and across.isascii() and across.isdigit() and down.isascii() and down.isdigit()):
        raise ValueError(f'expected a ratio such as "16:9", not {named(value)}')
    if not (0 < int(across) <= 100 and 0 < int(down) <= 100):
        raise ValueError(f"a ratio's sides are from 1 to 100, not {named(value)}")
    return str(value)


def _sides(value: Any) -> tuple[int, int]:
    width, cross, height = str(value).partition("x")
    if not (cross and width.isascii() and width.isdigit() and height.isascii() and height.isdigit()):
        raise ValueError(f"expected WIDTHxHEIGHT, such as 1376x768, not {named(value)}")
    if not (0 < int(width) <= 65535 and 0 < int(height) <= 65535):
        raise ValueError(f"sides are from 1 to 65535 pixels, not {named(value)}")
    return int(width), int(height)


def named(value: Any) -> str:
    """A value as an error message shows it."""
    kinds: tuple[tuple[type, str], ...] = ((Mapping, "a mapping"), (list, "a list"), (type(None), "nothing"))
    for kind, name in kinds:
        if isinstance(value, kind):
            return name
    return f"`{str(value)[:60]}`"
