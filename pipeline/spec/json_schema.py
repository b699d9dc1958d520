"""The JSON Schema of specs and of pipeline.yaml for editors, made of the keys that there are."""

from __future__ import annotations

from typing import Any, Final

from pipeline.spec.schema import Key, Kind, Place, keys_of

_TEMPLATE: Final = {"type": "string", "pattern": r"\{[{%#]"}
_TURN: Final = {"anyOf": [{"type": "string"}, {"$ref": "#/$defs/turn"}]}


def json_schema(place: Place = Place.FILE) -> dict[str, Any]:
    """The JSON Schema of a spec (or, by `Place.SETTINGS`, of pipeline.yaml) for editors."""
    # Of no use to anything else, and what they need is large.
    from pipeline.spec.export_schema import exports_schema
    from pipeline.spec.sheet_schema import sheet_schema
    from pipeline.spec.step_schema import step_schema, transparent_schema

    title = "A spec of asset-pipeline" if place is Place.FILE else "pipeline.yaml of asset-pipeline"
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": title,
        **_object(place),
        "$defs": {
            **{_name(p): _object(p) for p in Place if p not in (Place.FILE, Place.SETTINGS)},
            "step": step_schema(),
            "transparent": transparent_schema(),
            "sheet": sheet_schema(),
            "exports": exports_schema(),
        },
    }


_EACH: Final = {Kind.OVERRIDES: "overrides", Kind.ASSETS: "asset", Kind.PROFILES: "profile", Kind.SHEETS: "sheet"}
"""What stands under each name of a mapping."""

_NEEDED: Final = {Place.REFERENCE: "ref", Place.TURN: "prompt", Place.CANDIDATES: "vary"}


def _name(place: Place) -> str:
    return place.name.lower()


def _object(place: Place) -> dict[str, Any]:
    schema: dict[str, Any] = {
        "type": ["object", "null"],
        "properties": {name: _property(key) for name, key in keys_of(place).items()},
        "additionalProperties": False,
    }
    if place is Place.FOR_EACH:
        schema |= {"type": "object", "additionalProperties": {"anyOf": [{"type": "array"}, _TEMPLATE]}}
    if place in _NEEDED:
        schema |= {"type": "object", "required": [_NEEDED[place]]}
    return schema


def _property(key: Key) -> dict[str, Any]:
    return {"description": key.doc, "examples": [key.example], **_type(key)}


def _type(key: Key) -> dict[str, Any]:
    reference = {"anyOf": [{"type": "string"}, {"$ref": "#/$defs/reference"}]}
    match key.kind:
        case Kind.TEXT if key.choices:
            return {"anyOf": [{"enum": [*key.choices, None]}, _TEMPLATE]}
        case Kind.TEXT:
            return {"type": ["string", "null"]}
        case Kind.SIZE:
            return {"anyOf": [{"enum": ["512", 512, "1K", "2K", "4K", None]}, _TEMPLATE]}
        case Kind.INT:
            whole = {"type": ["integer", "null"], "minimum": key.least, "maximum": key.most}
            return {"anyOf": [whole, _TEMPLATE]}
        case Kind.BOOL:
            return {"anyOf": [{"type": ["boolean", "null"]}, _TEMPLATE]}
        case Kind.TEXTS:
            return {"anyOf": [{"type": ["array", "null"], "items": {"type": "string"}}, _TEMPLATE]}
        case Kind.REFERENCES:
            return {"anyOf": [{"type": ["array", "null"], "items": reference}, _TEMPLATE]}
        case Kind.TURN:
            return _TURN
        case Kind.TURNS:
            return {"type": ["array", "null"], "items": _TURN}
        case Kind.CANDIDATES:
            whole = {"type": ["integer", "null"], "minimum": key.least, "maximum": key.most}
            return {"anyOf": [whole, {"$ref": "#/$defs/candidates"}, _TEMPLATE]}
        case kind if kind in _OF_FILES:
            return _of_files(key)
        case Kind.MONEY:
            return {"type": "number", "minimum": 0}
        case Kind.SECONDS:
            return {"type": "number", "minimum": 0, "maximum": key.most}
        case Kind.DATA:
            return {"type": ["array", "string"]}
        case Kind.FOR_EACH | Kind.BUDGET | Kind.WATCH | Kind.DISCLOSE | Kind.EXPORTS:
            return {"$ref": f"#/$defs/{key.kind.name.lower()}"}
        case Kind.KEYS:
            return {"$ref": "#/$defs/defaults"}
        case Kind.OVERRIDES | Kind.ASSETS | Kind.PROFILES | Kind.SHEETS:
            each = {"$ref": f"#/$defs/{_EACH[key.kind]}"}
            return {"type": ["object", "null"], "additionalProperties": each}
        case _:
            return {"type": ["object", "null"]}


_OF_FILES: Final = frozenset(
    {
        *(Kind.STEPS, Kind.CUTOUT, Kind.PIXELS, Kind.SIDES, Kind.SCALES),
        *(Kind.VARIANTS, Kind.GRID, Kind.CELLS, Kind.AXES),
    }
)


def _of_files(key: Key) -> dict[str, Any]:
    """The type of a key that is about files."""
    match key.kind:
        case Kind.STEPS:
            return {"anyOf": [{"type": ["array", "null"], "items": {"$ref": "#/$defs/step"}}, _TEMPLATE]}
        case Kind.CUTOUT:
            return {"$ref": "#/$defs/transparent"}
        case Kind.PIXELS:
            sides = r"^\s*[0-9]+\s*[xX\u00d7]\s*[0-9]+\s*$"
            return {"anyOf": [{"type": ["string", "null"], "pattern": sides}, _TEMPLATE]}
        case Kind.SIDES:
            side = {"type": "integer", "minimum": key.least, "maximum": key.most}
            return {"anyOf": [{"type": ["array", "null"], "items": side}, _TEMPLATE]}
        case Kind.SCALES:
            scale = {"type": "number", "exclusiveMinimum": 0, "maximum": 16}
            return {"anyOf": [{"type": ["array", "null"], "items": scale}, _TEMPLATE]}
        case Kind.VARIANTS:
            return {"type": ["array", "null"], "items": {"$ref": "#/$defs/variant"}}
        case Kind.GRID:
            return {"$ref": "#/$defs/grid"}
        case Kind.CELLS:
            return {"anyOf": [{"type": "array", "items": {"type": ["string", "integer", "null"]}}, _TEMPLATE]}
        case Kind.AXES:
            return {"type": "object", "additionalProperties": {"anyOf": [{"type": "array"}, _TEMPLATE]}}
        case _:
            raise AssertionError(key.name)
