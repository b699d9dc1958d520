"""Values held against the types of their keys: those that were written, and those that templates gave."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from pipeline.spec import hints
from pipeline.spec.model_fields import wrong_model_id
from pipeline.spec.scalars import kind_of
from pipeline.spec.schema import Key, Kind, Place, keys_of

_MAY_BE_EMPTY = frozenset({"prompt", "alt", "system_instruction", "output", "prefix", "at", "as"})


class WrongValue(ValueError):
    """A value that its key cannot have."""

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.message, self.hint = message, hint


def typed(key: Key, value: Any) -> Any:
    """The value as its key wants it; null stays null. Raises WrongValue."""
    check = _CHECKS.get(key.kind)
    return value if value is None or check is None else check(key, value)


def typed_text(name: str, value: Any) -> str:
    """A text without blanks at its ends. Raises WrongValue."""
    if not isinstance(value, str):
        raise WrongValue(f"`{name}` is a text, not {kind_of(value)}", _quoted(value))
    return value.strip()


def _text(key: Key, value: Any) -> str:
    text = typed_text(key.name, value)
    if not text and key.name not in _MAY_BE_EMPTY:
        raise WrongValue(f"`{key.name}` is empty", "give it a value, or remove it")
    if key.name == "model" and (wrong := wrong_model_id(text)):
        raise WrongValue(f"`{text[:60]}` is no model's id: an id {wrong[0]}", wrong[1])
    if key.choices and text not in key.choices:
        why = hints.REFUSED_FORMATS.get(text.lower().lstrip("."), "") if key.name == "format" else ""
        hint = why or hints.did_you_mean(text, key.choices) or f"one of {', '.join(key.choices)}"
        raise WrongValue(f"`{key.name}` cannot be `{text}`", hint)
    return text


def _size(key: Key, value: Any) -> str:
    # 512 without quotes is a number to YAML.
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else typed_text(key.name, value)


def _int(key: Key, value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        digits = isinstance(value, str) and value.strip().isdigit()
        hint = "write it without quotes; a template's text becomes a number by `|int`" if digits else ""
        shown = f"{value}" if isinstance(value, float) else kind_of(value)
        raise WrongValue(f"`{key.name}` is a whole number, not {shown}", hint)
    if not key.least <= value <= key.most:
        raise WrongValue(f"`{key.name}` is from {key.least} to {key.most}, not {value}")
    return value


def _bool(key: Key, value: Any) -> bool:
    if not isinstance(value, bool):
        word = value.strip().lower() if isinstance(value, str) else ""
        meant = {"yes": "true", "on": "true", "true": "true", "no": "false", "off": "false", "false": "false"}.get(word)
        hint = f"write {meant}, without quotes" if meant else ""
        shown = f"`{value}`" if word else kind_of(value)
        raise WrongValue(f"`{key.name}` is true or false, not {shown}", hint)
    return value


def _texts(key: Key, value: Any) -> list[str]:
    if not isinstance(value, list):
        hint = f"put it in brackets: [{value}]" if isinstance(value, str) else ""
        raise WrongValue(f"`{key.name}` is a list, not {kind_of(value)}", hint)
    found = [item for item in value if item is not None]
    for item in found:
        if not isinstance(item, str):
            raise WrongValue(f"each of the `{key.name}` is a text, this is {kind_of(item)}", _quoted(item))
        if not item.strip():
            raise WrongValue(f"an empty text among the `{key.name}`", "remove it")
    return [item.strip() for item in found]


def _references(key: Key, value: Any) -> list[dict[str, Any]]:
    """Each as a mapping of ref, as, file."""
    if not isinstance(value, list):
        hint = (
            f"put it in brackets: [{value}]" if isinstance(value, str) else "write it as a list: [a, {ref: b, as: c}]"
        )
        raise WrongValue(f"`{key.name}` is a list, not {kind_of(value)}", hint)
    return [reference(item) for item in value if item is not None]


def reference(item: Any) -> dict[str, Any]:
    """One item of `references` as a mapping of ref, as, file. Raises WrongValue."""
    found = item if isinstance(item, Mapping) else {"ref": item}
    known = keys_of(Place.REFERENCE)
    if "ref" not in found:
        raise WrongValue("a reference without `ref`", "write {ref: style/key-art, as: the style to follow}")
    for name in found:
        if name not in known:
            raise WrongValue(f"`{name}` is no key of a reference", hints.did_you_mean(str(name), known))
    target = typed_text("ref", found["ref"])
    if not target:
        raise WrongValue("a reference is empty", "name an asset's id or a file by its path from `specs/`")
    return {
        "ref": target,
        "as": " ".join((typed(known["as"], found.get("as")) or "").split()),
        "file": bool(typed(known["file"], found.get("file"))),
    }


def _turns(key: Key, value: Any) -> Any:
    if not isinstance(value, list):
        hint = "put the turns in brackets, or each on a line of its own behind a `-`" if isinstance(value, str) else ""
        raise WrongValue(f"`{key.name}` is a list, not {kind_of(value)}", hint)
    for turn in value:
        _turn(key, turn)
    return value


def _turn(key: Key, value: Any) -> Any:
    """A text, or a mapping whose values are checked by their own keys."""
    what = "a turn" if key.kind is Kind.TURNS else f"`{key.name}`"
    if isinstance(value, Mapping):
        if value.get("prompt") is None:
            raise WrongValue(f"{what} has no prompt", "say what to change: {prompt: Make it bolder., image_size: 4K}")
    elif not isinstance(value, str):
        raise WrongValue(f"{what} is a text or a mapping with `prompt`, not {kind_of(value)}", _quoted(value))
    elif not value.strip():
        raise WrongValue(f"{what} is empty", "say what to change, or remove it")
    return value


def _candidates(key: Key, value: Any) -> Any:
    if not isinstance(value, Mapping):
        return _int(key, value)
    if value.get("vary") is None:
        raise WrongValue("`candidates` is a whole number, or a mapping with `vary`", "such as {vary: {light: [dusk]}}")
    return value


def _pixels(key: Key, value: Any) -> tuple[int, int]:
    from pipeline.spec.pixels import WrongSize, pixels_of

    if isinstance(value, bool) or not isinstance(value, str | int):
        raise WrongValue(f"`{key.name}` is {key.kind.value}, not {kind_of(value)}")
    try:
        return pixels_of(str(value))
    except WrongSize as wrong:
        raise WrongValue(wrong.message, wrong.hint) from None


def _sides(key: Key, value: Any) -> tuple[int, ...]:
    if not isinstance(value, list):
        hint = f"put it in brackets: [{value}]" if isinstance(value, int) and not isinstance(value, bool) else ""
        raise WrongValue(f"`{key.name}` is {key.kind.value}, not {kind_of(value)}", hint)
    if not value:
        raise WrongValue(f"`{key.name}` is empty", "give it a side, or remove it")
    return tuple(sorted({_int(key, side) for side in value}))


def _scales(key: Key, value: Any) -> tuple[int | float, ...]:
    if not isinstance(value, list) or not value:
        shown = "an empty one" if isinstance(value, list) else kind_of(value)
        raise WrongValue(f"`{key.name}` is {key.kind.value}, not {shown}")
    for scale in value:
        if isinstance(scale, bool) or not isinstance(scale, int | float) or not 0 < scale <= 16:
            raise WrongValue(f"a scale is a number above 0, up to 16, not {_shown(scale)}")
    return tuple(sorted({int(scale) if scale == int(scale) else scale for scale in value}))


def _variants(key: Key, value: Any) -> Any:
    if not isinstance(value, list):
        hint = "put it in brackets: [{width: 640}]" if isinstance(value, Mapping) else ""
        raise WrongValue(f"`{key.name}` is a list, not {kind_of(value)}", hint)
    for item in value:
        if item is not None and not isinstance(item, Mapping):
            raise WrongValue(f"a variant is a mapping of keys, not {kind_of(item)}", "such as {width: 640}")
    return value


def _cells(key: Key, value: Any) -> tuple[str | None, ...]:
    if not isinstance(value, list) or not any(item is not None for item in value):
        shown = "an empty one" if isinstance(value, list) else kind_of(value)
        raise WrongValue(f"`{key.name}` is {key.kind.value}, not {shown}", "such as [sword, shield, bow]")
    for item in value:
        if isinstance(item, bool) or not isinstance(item, str | int | None):
            raise WrongValue(f"the name of a cell is a text, not {kind_of(item)}", _quoted(item))
    return tuple(None if item is None else str(item).strip() for item in value)


def _shown(value: Any) -> str:
    return str(value) if isinstance(value, int | float) and not isinstance(value, bool) else kind_of(value)


def _axes(key: Key, value: Any) -> Any:
    if not isinstance(value, Mapping) or not value:
        raise WrongValue(f"`{key.name}` is {key.kind.value}", "such as {light: [dusk, noon], angle: [low, high]}")
    return value


def _mapping(key: Key, value: Any) -> Any:
    if not isinstance(value, Mapping):
        raise WrongValue(f"`{key.name}` is {key.kind.value}, not {kind_of(value)}")
    return value


def _money(key: Key, value: Any) -> Any:
    if isinstance(value, bool) or not isinstance(value, int | float):
        hint = "write it as a plain number, such as 5.00" if isinstance(value, str) else ""
        raise WrongValue(f"`{key.name}` is {key.kind.value}, not {kind_of(value)}", hint)
    if not 0 <= value <= 1_000_000:  # false for NaN too
        raise WrongValue(f"`{key.name}` is from 0 to 1,000,000 US dollars, not {value}")
    return value


def _seconds(key: Key, value: Any) -> Any:
    if isinstance(value, bool) or not isinstance(value, int | float):
        hint = "write it as a plain number, such as 2 or 0.5" if isinstance(value, str) else ""
        raise WrongValue(f"`{key.name}` is {key.kind.value}, not {kind_of(value)}", hint)
    if not 0 <= value <= key.most:  # false for NaN too
        raise WrongValue(f"`{key.name}` is from 0 to {key.most:,} seconds, not {value}")
    return value


def _data(key: Key, value: Any) -> Any:
    if not isinstance(value, str | list):
        raise WrongValue(f"`{key.name}` is {key.kind.value}, not {kind_of(value)}")
    return value


def _quoted(value: Any) -> str:
    """The hint for a value that should have been a text."""
    if isinstance(value, list | dict | float):  # a float may have been written as 1.10
        return "put it in quotes" if isinstance(value, float) else ""
    return f'put it in quotes: "{str(value).lower() if isinstance(value, bool) else value}"'


_CHECKS: Mapping[Kind, Callable[[Key, Any], Any]] = {
    Kind.TEXT: _text,
    Kind.SIZE: _size,
    Kind.INT: _int,
    Kind.BOOL: _bool,
    Kind.TEXTS: _texts,
    Kind.REFERENCES: _references,
    Kind.MONEY: _money,
    Kind.SECONDS: _seconds,
    Kind.DATA: _data,
    Kind.TURNS: _turns,
    Kind.TURN: _turn,
    Kind.CANDIDATES: _candidates,
    Kind.AXES: _axes,
    Kind.PIXELS: _pixels,
    Kind.SIDES: _sides,
    Kind.SCALES: _scales,
    Kind.VARIANTS: _variants,
    Kind.CELLS: _cells,
} | dict.fromkeys(
    (
        Kind.VARS,
        Kind.FOR_EACH,
        Kind.OVERRIDES,
        Kind.KEYS,
        Kind.ASSETS,
        Kind.SHEETS,
        Kind.PROFILES,
        Kind.BUDGET,
        Kind.WATCH,
        Kind.DISCLOSE,
        Kind.MODELS,
        Kind.GRID,
        Kind.EXPORTS,
    ),
    _mapping,
)
