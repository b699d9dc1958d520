"""`sheets` as they are written: what each key becomes, which frames there are, and what editors are told."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from pipeline.spec import sheet_table
from pipeline.spec.json_schema import json_schema
from pipeline.spec.load import load
from pipeline.spec.sheet_table import ValueKind
from pipeline.spec.sheets import Sheet, css_name, natural
from tests.spec.conftest import Write

ASSETS = """
assets:
  "hero/{{ n }}": {for_each: {n: [walk-1, walk-2, walk-10, idle]}, prompt: A step., format: png}
  "item/{{ n }}": {for_each: {n: [sword, axe]}, prompt: A tool., tags: [ui]}
"""


def read(text: str, write: Write, **files: str) -> tuple[tuple[Sheet, ...], list[str]]:
    """The sheets of a spec with the assets above, and what is told, as `line message | hint`."""
    root = write({f"specs/{name}": content for name, content in files.items()}, spec=f"{text}{ASSETS}")
    loaded = load(root)
    told = [f"{at.line} {message} | {hint}" for at, message, hint in loaded.problems.all()]
    return loaded.project.sheets, told


def sheet_in(text: str, write: Write, **files: str) -> Sheet:
    (sheet, *rest), told = read(text, write, **files)
    assert (rest, told) == ([], [])
    return sheet


def test_a_sheet_of_one_line_has_all_defaults(write: Write) -> None:
    sheet = sheet_in("sheets: {items: {of: 'item/*'}}", write)
    assert (sheet.path, dict(sheet.frames)) == ("output/items", {"item/axe": "item/axe", "item/sword": "item/sword"})
    for key in sheet_table.SHEET.values():
        if key.name not in ("of", "exclude", "trim", "animations", "pivot", "output", "name", "provenance"):
            declared = getattr(sheet, key.name, None) if key.name not in ("names", "quality") else key.default
            assert declared == key.default or key.default is None, key.name
    assert (sheet.trim, sheet.animations, set(sheet.pivots.values())) == (True, (), {(0.5, 0.5)})


def test_every_value_may_be_a_template(write: Write) -> None:
    text = """
vars: {kind: item, side: 512, kinds: [json, css]}
sheets:
  items:
    of: ['{{ kind }}/*']
    max_size: '{{ side }}'
    data: '{{ kinds }}'
    names: '{{ sheet }}.{{ name }}'
    output: 'public/{{ id }}'
    name: 'all-{{ kind }}s'
"""
    sheet = sheet_in(text, write)
    assert (sheet.max_size, sheet.data, sheet.path) == (512, ("json", "css"), "public/items/all-items")
    assert list(sheet.frames.values()) == ["items.axe", "items.sword"]


def test_frames_stand_as_people_count_and_animations_in_the_order_that_they_say(write: Write) -> None:
    text = """
sheets:
  hero:
    of: ['hero/*', 'tag:ui']
    exclude: item/sword
    animations:
      walk: 'hero/walk-*'
      back: {frames: [hero/walk-10, hero/walk-2, hero/walk-10], fps: 6, repeat: 0}
"""
    sheet = sheet_in(text, write)
    assert list(sheet.frames) == ["hero/idle", "hero/walk-1", "hero/walk-2", "hero/walk-10", "item/axe"]
    walk, back = sheet.animations
    assert walk.frames == ("hero/walk-1", "hero/walk-2", "hero/walk-10")
    assert back.frames == ("hero/walk-10", "hero/walk-2", "hero/walk-10")
    assert (walk.fps, walk.repeat, back.fps, back.repeat) == (12, -1, 6, 0)


def test_pivots_are_those_of_the_animation_before_those_of_the_sheet(write: Write) -> None:
    text = "sheets: {a: {of: 'hero/*', pivot: [0, 0], animations: {walk: {frames: 'hero/walk-*', pivot: [0.5, 1]}}}}"
    pivots = sheet_in(text, write).pivots
    assert (pivots["hero/walk-2"], pivots["hero/idle"]) == ((0.5, 1), (0, 0))


def test_output_and_provenance_come_from_layers_and_a_profile_is_over_all(write: Write) -> None:
    write({"pipeline.yaml": "defaults: {output: public}\nprofiles: {draft: {output: drafts, provenance: none}}\n"})
    text = "prefix: game\ndefaults: {output: dist}\nsheets: {a: {of: '*/item/*'}, b: {of: '*/item/*', output: own}}"
    (a, b), told = read(text, write)
    assert (a.path, b.path, told) == ("dist/a", "own/b", [])
    loaded = load(write(), "draft")
    assert [(sheet.path, sheet.provenance) for sheet in loaded.project.sheets] == [
        ("drafts/a", "none"),
        ("drafts/b", "none"),
    ]


def test_a_sheet_has_assets_of_all_specs_but_not_turns_or_what_has_no_file(write: Write) -> None:
    more = "assets: {logo: {prompt: A logo., refine: [Bolder., Finer.]}}"
    sheet = sheet_in("sheets: {all: {of: '*'}}", write, **{"b.yaml": more})
    assert {id for id in sheet.frames if "#" in id} == set()
    assert "logo" in sheet.frames


def test_options_are_kept_for_the_formats_that_can_be_told(write: Write) -> None:
    sheet = sheet_in("sheets: {a: {of: 'item/*', formats: [png, webp], lossless: true, effort: 3}}", write)
    assert sheet.declared["formats"] == {"png": {"effort": 3}, "webp": {"lossless": True, "effort": 3}}


def test_a_template_is_known_by_its_text_and_by_what_it_includes(write: Write) -> None:
    text = "sheets: {a: {of: 'item/*', data: [json, {template: a.j2, to: list/a.txt}]}}"
    files = {"a.j2": "{% from 'm.j2' import one %}{% include \"b.j2\" %}", "m.j2": "{# m #}", "b.j2": "b"}
    sheet = sheet_in(text, write, **files)
    [one] = sheet.templates
    assert (one.path, list(one.digests)) == ("output/list/a.txt", ["a.j2", "b.j2", "m.j2"])
    loaded = load(write({"specs/b.j2": "else"}))
    assert loaded.project.sheets[0].declared != sheet.declared
    assert {"specs/a.j2", "specs/b.j2", "specs/m.j2"} <= set(loaded.project.settings.sources)


@pytest.mark.parametrize(
    ("sheets", "told"),
    [
        ("a: {of: 'hero/*', names: frame}", "both called `frame`"),
        ("a: {of: 'hero/*', names: '{{ name|upper }}', data: godot, exclude: 'hero/walk-*'}", ""),
        ("a: {of: '*/*', data: godot, names: '{{ id }}:'}", "cannot be the name of a file for Godot"),
        ("a: {of: '*/*', data: css, names: \"{{ id|replace('1', '?')|replace('2', '!') }}\"}", "as a class of CSS"),
        ("a: {of: 'item/*', animations: {x: 'hero/*'}}", "`hero/*` names no frame of this sheet"),
        ("a: {of: 'item/*', animations: {'x y': 'item/*'}}", "`x y` is no name for an animation"),
        ("a: {of: 'item/*', exclude: 'item/*'}", "`exclude` leaves no asset"),
        ("a: {of: 'item/*', padding: 40, max_size: 100, power_of_two: true}", "leave no room on a page of 64 pixels"),
        ("a: {of: 'item/*', padding: 31, max_size: 64}", ""),
        ("a: {of: 'item/*', formats: []}", "`formats` is empty"),
        ("a: {of: 'item/*', data: []}", ""),
        ("a: {of: 'item/*', name: axe, output: output/item, formats: [png, webp]}", ""),
        ("a: {of: 'hero/*', name: idle, output: output/hero}", "output/hero/idle.png is a file of `hero/idle`"),
        ("a: {of: 'item/*', data: {template: t.j2, to: a.txt}}", "includes a template by an expression"),
        ("a: {of: 'item/*', data: {template: ../t.j2, to: a.txt}}", "there is no partial `../t.j2`"),
    ],
)
def test_what_cannot_be_is_told(sheets: str, told: str, write: Write) -> None:
    _, problems = read(f"sheets: {{{sheets}}}", write, **{"t.j2": "{% include sheet.name %}"})
    assert len(problems) == bool(told), problems
    assert told in "".join(problems)


def test_nothing_is_told_of_assets_that_are_broken_themselves(write: Write) -> None:
    broken = "assets: {'{{ nothing }}': {prompt: x}}"
    _, problems = read("sheets: {a: {of: 'other/*'}}", write, **{"b.yaml": broken})
    assert len(problems) == 1
    assert "nothing" in problems[0]


def test_ids_stand_as_people_count() -> None:
    listed = ["b-10", "b-9", "b-09", "a", "b", "b-9-x", "10", "9"]
    assert sorted(listed, key=natural) == ["9", "10", "a", "b", "b-09", "b-9", "b-9-x", "b-10"]
    assert [css_name(name) for name in ("a/b", "ä b", "//", "a.b_c-d")] == ["a-b", "b", "-", "a-b_c-d"]


# --- for editors


def test_the_schema_knows_every_example_and_default() -> None:
    schema = json_schema()
    check = jsonschema.Draft202012Validator(schema)
    check.check_schema(schema)
    for key in sheet_table.SHEET.values():
        for value in (key.example, json.loads(json.dumps(key.default))):
            if key.name != "of" or value is not None:
                check.validate({"sheets": {"a": {"of": "item/*", key.name: value}}})
    for key in sheet_table.ANIMATION.values():
        check.validate({"sheets": {"a": {"of": "x", "animations": {"w": {"frames": "x", key.name: key.example}}}}})


@pytest.mark.parametrize(
    "wrong",
    [
        {"padding": 2},
        {"of": "x", "pading": 2},
        {"of": "x", "layout": "grd"},
        {"of": "x", "formats": ["jpeg"]},
        {"of": "x", "pivot": [1, 2, 3]},
        {"of": "x", "data": [{"template": "a.j2"}]},
        {"of": "x", "animations": {"a": {"fps": 2}}},
    ],
)
def test_the_schema_refuses_what_reading_refuses(wrong: dict[str, Any], tmp_path: Path, write: Write) -> None:
    assert not jsonschema.Draft202012Validator(json_schema()).is_valid({"sheets": {"a": wrong}})
    wrong = {name: "item/*" if value == "x" else value for name, value in wrong.items()}
    assert read(f"sheets: {json.dumps({'a': wrong})}", write)[1] != []


def test_every_kind_of_value_is_used() -> None:
    used = {key.kind for table in (sheet_table.SHEET, sheet_table.ANIMATION) for key in table.values()}
    assert used == set(ValueKind)
