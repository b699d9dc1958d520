"""The JSON Schema for editors comes from the table of keys."""

from __future__ import annotations

from typing import Any

import jsonschema
import pytest

from pipeline.spec import source
from pipeline.spec.json_schema import json_schema
from pipeline.spec.schema import KEYS, Place

SPEC = jsonschema.Draft202012Validator(json_schema())
SETTINGS = jsonschema.Draft202012Validator(json_schema(Place.SETTINGS))

GOOD = """
prefix: item
vars: {world: a rain-soaked neon bazaar}
defaults:
  model: gemini-3-pro-image
  aspect_ratio: 1:1
  tags: [items]
assets:
  "{{ tier }}-{{ e.key }}":
    for_each:
      rows: items.json
      at: assets
      where: e.kind == 'weapon'
      as: e
      tier: [iron, gold]
    prompt: |
      {% from 'macros.j2' import centred %}
      {{ centred(tier ~ ' ' ~ e.name) }} In the style of {{ ref('style/key-art', 'the style to follow') }}.
    image_size: "{{ e.size or '1K' }}"
    seed: "{{ e.seed }}"
    approve: "{{ e.approve }}"
    tags: "{{ e.tags }}"
    references: [style/key-art, {ref: refs/emblem.png, as: the emblem, file: true}]
    overrides:
      "item/gold-*": {image_size: 2K}
  key-art:
    id: style/key-art
    prompt: "{% include 'styles/pixel.j2' %} Key art of {{ world }}."
    aspect_ratio: 21:9
    image_size: 512
    seed: null
    approve: true
    was: style/main
"""


def value_of(text: str) -> Any:
    return source.plain(source.parse(text, "a.yaml"))


def test_the_schemas_are_schemas_and_take_what_is_right() -> None:
    jsonschema.Draft202012Validator.check_schema(json_schema())
    jsonschema.Draft202012Validator.check_schema(json_schema(Place.SETTINGS))
    SPEC.validate(value_of(GOOD))
    SPEC.validate(value_of("assets:\nvars:\ndefaults:\n"))
    SETTINGS.validate(
        value_of("jobs: 4\nbudget: {per_build: 2}\nprofiles: {draft: {image_size: 1K}}\ndefaults: {seed: 1}")
    )


@pytest.mark.parametrize(
    "text",
    [
        "asset: {}",
        "assets: {a: {promt: x}}",
        "assets: {a: {prompt: 1}}",
        "assets: {a: {seed: x}}",
        "assets: {a: {image_size: 2k}}",
        "assets: {a: {format: svg}}",
        "assets: {a: {references: [{as: x}]}}",
        "assets: {a: {overrides: {a: {id: x}}}}",
        "defaults: {for_each: {}}",
        "assets: {a: {candidates: 0}}",
        "assets: {a: {candidates: {light: [a]}}}",
        "assets: {a: {refine: bolder}}",
        "assets: {a: {refine: [{image_size: 2K}]}}",
        "assets: {a: {transparent: 3}}",
        "assets: {a: {transparent: {hole: true}}}",
    ],
)
def test_the_schema_refuses_what_is_wrong(text: str) -> None:
    assert not SPEC.is_valid(value_of(text))


def test_every_key_has_a_sentence_and_an_example_that_fits() -> None:
    for key in KEYS:
        assert key.doc.endswith("."), key.name
        place = min(key.places)
        schema = json_schema(place) if place in (Place.FILE, Place.SETTINGS) else json_schema()
        where = schema if place in (Place.FILE, Place.SETTINGS) else schema["$defs"][place.name.lower()]
        whole = {"$defs": schema["$defs"], **where["properties"][key.name]}
        jsonschema.Draft202012Validator(whole).validate(key.example)
