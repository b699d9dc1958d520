"""The JSON Schema of one sheet, for editors."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from pipeline.spec import sheet_table
from pipeline.spec.sheet_table import SheetKey, ValueKind

_TEMPLATE: Final = {"type": "string", "pattern": r"\{[{%#]"}
_MEMBERS: Final = {"anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}}]}


def sheet_schema() -> dict[str, Any]:
    """The mapping below a sheet's name."""
    return _mapping(sheet_table.SHEET)


def _mapping(table: Mapping[str, SheetKey]) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": {
            key.name: {"description": key.doc, "examples": [key.example], **_type(key)} for key in table.values()
        },
        "additionalProperties": False,
        "required": [key.name for key in table.values() if key.needed],
    }


def _type(key: SheetKey) -> dict[str, Any]:
    bounds = {"minimum": key.least, "maximum": key.most}
    one_of = {"enum": list(key.choices)}
    of_template = {
        "type": "object",
        "properties": {name: {"type": "string"} for name in sheet_table.TEMPLATE},
        "required": list(sheet_table.TEMPLATE),
        "additionalProperties": False,
    }
    animation = {"anyOf": [_mapping(sheet_table.ANIMATION), _MEMBERS]} if key.kind is ValueKind.ANIMATIONS else {}
    types: dict[ValueKind, list[dict[str, Any]]] = {
        ValueKind.MEMBERS: [_MEMBERS],
        ValueKind.CHOICE: [one_of],
        ValueKind.INT: [{"type": "integer", **bounds}],
        ValueKind.NUMBER: [{"type": "number", **bounds}],
        ValueKind.BOOL: [{"type": "boolean"}],
        ValueKind.TEXT: [{"type": "string"}],
        ValueKind.POINT: [
            {"type": "array", "items": {"type": "number", "minimum": 0, "maximum": 1}, "minItems": 2, "maxItems": 2}
        ],
        ValueKind.FORMATS: [one_of, {"type": "array", "items": one_of}],
        ValueKind.DATA: [one_of, of_template, {"type": "array", "items": {"anyOf": [one_of, of_template]}}],
        ValueKind.ANIMATIONS: [{"type": "object", "additionalProperties": animation}],
    }
    empty = [] if key.needed else [{"type": "null"}]
    return {"anyOf": [*types[key.kind], _TEMPLATE, *empty]}
