"""The JSON Schema of one step of `process`, for editors."""

from __future__ import annotations

from typing import Any, Final

from pipeline.spec.process import TRANSPARENT
from pipeline.spec.step_table import STEPS, Param, ParamKind, StepKind

_TEMPLATE: Final = {"type": "string", "pattern": r"\{[{%#]"}
_COLOR: Final = {"type": "string"}
_LENGTH: Final = {"anyOf": [{"type": "integer", "minimum": 0}, {"type": "string", "pattern": r"^\d+(\.\d+)? *%$"}]}


def step_schema() -> dict[str, Any]:
    """A name, a mapping of one name, or a template that gives one of both."""
    return {"anyOf": [{"enum": list(STEPS)}, *map(_named, STEPS.values()), _TEMPLATE, {"type": "null"}]}


def transparent_schema() -> dict[str, Any]:
    """The value of `transparent`: whether, or what its cut-out is told."""
    return {"anyOf": [{"type": "boolean"}, _whole(TRANSPARENT), _COLOR]}


def _whole(kind: StepKind) -> dict[str, Any]:
    params = {param.name: {"description": param.doc, **_type(param)} for param in kind.params}
    return {"type": ["object", "null"], "properties": params, "additionalProperties": False}


def _named(kind: StepKind) -> dict[str, Any]:
    whole = _whole(kind)
    if needed := [param.name for param in kind.params if param.needed]:
        whole |= {"type": "object", "required": needed}
    short = [_type(kind.named[kind.short])] if kind.short else []
    return {
        "type": "object",
        "properties": {kind.name: {"description": kind.doc, "anyOf": [whole, *short]}},
        "required": [kind.name],
        "additionalProperties": False,
    }


def _type(param: Param) -> dict[str, Any]:
    bounds = {"minimum": param.least, "maximum": param.most}
    listed: dict[str, Any] = {"type": "array", "items": _COLOR}
    types: dict[ParamKind, list[dict[str, Any]]] = {
        ParamKind.INT: [{"type": "integer", **bounds}],
        ParamKind.NUMBER: [{"type": "number", **bounds}],
        ParamKind.BOOL: [{"type": "boolean"}],
        ParamKind.CHOICE: [{"enum": list(param.choices)}],
        ParamKind.COLOR: [_COLOR],
        ParamKind.COLORS: [{"type": "integer", **bounds}, listed, {"type": "string"}],
        ParamKind.LENGTH: [_LENGTH],
        ParamKind.RATIO: [{"type": "string", "pattern": r"^[0-9.]+ *: *[0-9.]+$"}],
        ParamKind.BOX: [{"type": "array", "items": _LENGTH, "minItems": 4, "maxItems": 4}],
        ParamKind.SWAPS: [{"type": "object", "additionalProperties": _COLOR, "minProperties": 1}],
    }
    return {"anyOf": [*types[param.kind], _TEMPLATE, {"type": "null"}]}
