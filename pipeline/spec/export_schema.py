"""The JSON Schema of `exports:`, for editors."""

from __future__ import annotations

from typing import Any, Final

from pipeline.spec.export_table import EXPORTS, ExportKind, Option, OptionKind

_TEXTS: Final = {"anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}}]}


def exports_schema() -> dict[str, Any]:
    """A mapping of kinds to a path, a mapping of keys, or a list of these."""
    kinds = {kind.name: _kind(kind) for kind in EXPORTS.values()}
    return {"type": ["object", "null"], "properties": kinds, "additionalProperties": False}


def _kind(kind: ExportKind) -> dict[str, Any]:
    needed = ["of", "to"] if kind.name == "icons" else ["to"]
    # Elsewhere a key without a value is as one that is not there.
    here = {"properties": {name: {"not": {"type": "null"}} for name in needed}}
    whole = {
        "type": "object",
        "properties": {option.name: _option(option) for option in kind.options},
        "required": needed,
        "additionalProperties": False,
        "allOf": [here],
    }
    one = whole if kind.name == "icons" else {"anyOf": [{"type": "string"}, whole]}
    return {"description": kind.doc, "anyOf": [one, {"type": "array", "items": one}]}


def _option(option: Option) -> dict[str, Any]:
    told = {"description": option.doc, "examples": [option.example]}
    match option.kind:
        case OptionKind.BOOL:
            return {**told, "type": ["boolean", "null"]}
        case OptionKind.INT:
            return {**told, "type": ["integer", "null"], "minimum": option.least, "maximum": option.most}
        case OptionKind.CHOICE:
            return {**told, "enum": [*option.choices, None]}
        case OptionKind.MEMBERS:
            return {**told, "anyOf": [*_TEXTS["anyOf"], {"type": "null"}]}
        case _:
            return {**told, "type": ["string", "null"]}
