"""`transparent`: a ground asked for and cut out, from every layer, and what is told of each mistake."""

from __future__ import annotations

from typing import Any

import jsonschema
import pytest

from pipeline import key_colors
from pipeline.errors import SpecErrors
from pipeline.plan.prompts import read_project
from pipeline.spec.json_schema import json_schema
from pipeline.spec.steps import as_written
from pipeline.words import Asset, AssetId
from tests.spec.conftest import Write


def asset_of(write: Write, spec: str, id: str = "a", settings: str = "") -> tuple[Asset, str]:
    """An asset of a spec, and its prompt as it is sent."""
    project, rendered = read_project(write({"pipeline.yaml": settings}, spec))
    return project.assets[AssetId(id)], rendered[AssetId(id)].prompt


def told(write: Write, spec: str) -> list[str]:
    with pytest.raises(SpecErrors) as caught:
        read_project(write(spec=spec))
    return [f"{p.origin.line}:{p.origin.column} {p.message} | {p.hint}" for p in caught.value.problems]


WAYS: list[tuple[str, list[Any], str]] = [
    ("true", ["cutout"], "auto"),
    ("{}", ["cutout"], "auto"),
    ("auto", ["cutout"], "auto"),
    ('"#0F0"', ["cutout"], "#00ff00"),
    ("lime", ["cutout"], "#00ff00"),
    ("{key: lime, holes: true}", [{"cutout": {"holes": True}}], "#00ff00"),
    ("{holes: true, despill: false}", [{"cutout": {"holes": True, "despill": False}}], "auto"),
    ('"{{ true }}"', ["cutout"], "auto"),
    ('{holes: "{{ 1 == 1 }}", softness: "{{ 40 }}"}', [{"cutout": {"holes": True, "softness": 40}}], "auto"),
    ("\"{{ {'key': 'lime'} }}\"", ["cutout"], "#00ff00"),
]


@pytest.mark.parametrize(("way", "steps", "ground"), WAYS)
def test_it_says_whether_or_how(way: str, steps: list[Any], ground: str, write: Write) -> None:
    asset, prompt = asset_of(write, f"assets: {{a: {{prompt: A fox., transparent: {way}, process: [trim]}}}}")
    assert (as_written(asset.process), asset.ground) == ([*steps, "trim"], ground)
    assert prompt == key_colors.with_ground("A fox.", ground)
    assert (asset.format, asset.path) == ("png", "output/a.png")


@pytest.mark.parametrize("way", ["false", "null", '"{{ none }}"', '"{{ 1 == 2 }}"'])
def test_it_can_be_taken_back(way: str, write: Write) -> None:
    spec = f"defaults: {{transparent: true}}\nassets: {{a: {{prompt: A fox., transparent: {way}}}}}"
    asset, prompt = asset_of(write, spec)
    assert (asset.process, asset.ground, asset.format, prompt) == ((), "", "jpeg", "A fox.")


LAYERS = """\
defaults: {transparent: {key: lime}, process: [trim]}
assets:
  a: {prompt: A fox.}
  "{{ row.id }}":
    for_each: {rows: [{id: b, cut: true}, {id: c, cut: false}]}
    prompt: A fox.
    transparent: "{{ row.cut }}"
    overrides: {c: {transparent: {holes: true}}}
"""


def test_a_later_layer_replaces_it(write: Write) -> None:
    found = {id: as_written(asset_of(write, LAYERS, id)[0].process) for id in ("a", "b", "c")}
    assert found == {
        "a": ["cutout", "trim"],
        "b": ["cutout", "trim"],
        "c": [{"cutout": {"holes": True}}, "trim"],
    }
    settings = "profiles: {draft: {transparent: false}}\n"
    project, rendered = read_project(write({"pipeline.yaml": settings}, LAYERS), "draft")
    assert as_written(project.assets[AssetId("a")].process) == ["trim"]
    assert rendered[AssetId("a")].prompt == "A fox."


def test_a_size_is_cut_after_all_else(write: Write) -> None:
    asset, _ = asset_of(write, "assets: {a: {prompt: A fox., transparent: true, size: 64x64, process: [trim]}}")
    assert [step.name for step in asset.process] == ["cutout", "trim", "resize"]


def test_the_color_is_chosen_by_the_text_as_it_is_rendered(write: Write) -> None:
    files = {"specs/style.j2": "In pink and violet."}
    root = write(files, "assets: {a: {prompt: \"A fox. {% include 'style.j2' %}\", transparent: true}}")
    _, rendered = read_project(root)
    assert "pure green, #00FF00" in rendered[AssetId("a")].prompt


def test_turns_keep_the_ground_of_the_picture_before(write: Write) -> None:
    spec = "assets: {a: {prompt: A logo., transparent: true, refine: [Make it pink.]}}"
    asset, prompt = asset_of(write, spec)
    assert prompt == key_colors.with_same_ground("Make it pink.")
    inner, first = asset_of(write, spec, "a#0")
    assert first == key_colors.with_ground("A logo.", "auto")
    assert ([step.name for step in asset.process], inner.process) == (["cutout"], ())


def test_each_point_asks_for_its_ground(write: Write) -> None:
    spec = "assets: {a: {prompt: 'A {{ hue }} hat.', transparent: true, candidates: {vary: {hue: [red, pink]}}}}"
    project, rendered = read_project(write(spec=spec))
    assert "#FF00FF" in rendered[AssetId("a#hue=red")].prompt
    assert "#00FF00" in rendered[AssetId("a#hue=pink")].prompt
    assert as_written(project.assets[AssetId("a")].process) == ["cutout"]


MISTAKES = [
    ("yes", "`transparent` is true, false, or a mapping of what `cutout` can be told, not `yes` | write true, "),
    ("[holes]", "`transparent` is true, false, or a mapping of what `cutout` can be told, not a list | such as "),
    ("3", "`transparent` is true, false, or a mapping of what `cutout` can be told, not a number | such as "),
    ("gren", "`gren` is no color | did you mean `green`?"),
    ("{hole: true}", "`transparent` has no `hole` | did you mean `holes`?"),
    ("{softness: 200}", "`softness` is from 0 to 100, not 200"),
    ('"#00ff0080"', "the ground that `transparent` asks for needs an opaque color | leave the last two digits away"),
]


@pytest.mark.parametrize(("way", "message"), MISTAKES)
def test_each_mistake_is_told_once(way: str, message: str, write: Write) -> None:
    [problem] = told(write, f"assets: {{a: {{prompt: x, transparent: {way}}}}}")
    assert message in problem
    [problem] = told(write, f'assets: {{a: {{prompt: x, transparent: "{{{{ {template(way)} }}}}"}}}}')
    assert message in problem


def template(way: str) -> str:
    """The value as an expression of a template gives it."""
    if way.startswith("{"):
        name, value = way.strip("{}").split(": ")
        return f"{{'{name}': {value}}}"
    return "['holes']" if way.startswith("[") else way if way.isdigit() else f"'{way.strip(chr(34))}'"


def test_a_ground_is_cut_out_once(write: Write) -> None:
    spec = "defaults: {transparent: true}\nassets: {a: {prompt: x, process: [{cutout: {holes: true}}]}}"
    assert told(write, spec) == [
        "2:34 `transparent` cuts the ground out already, and `process` does so again | "
        "remove the step; what `cutout` is told, `transparent` can be told: {holes: true}"
    ]


def test_a_format_without_transparency_is_refused(write: Write) -> None:
    assert told(write, "assets: {a: {prompt: x, transparent: true, format: jpeg}}") == [
        "1:52 `transparent` makes a picture that can be seen through, and a jpeg cannot be | "
        "take png, webp or avif, or let the last step be `flatten`"
    ]
    asset, _ = asset_of(write, "assets: {a: {prompt: x, transparent: true, format: jpeg, process: [flatten]}}")
    assert asset.format == "jpeg"


def test_an_empty_prompt_is_still_empty(write: Write) -> None:
    [problem] = told(write, "assets: {a: {prompt: \"{{ none or '' }}\", transparent: true}}")
    assert "this prompt is empty" in problem


@pytest.mark.parametrize(("value", "good"), [(True, True), ({"holes": True}, True), ({"hole": 1}, False), ([], False)])
def test_editors_know_it(value: Any, good: bool) -> None:
    schema = jsonschema.Draft202012Validator(json_schema())
    assert schema.is_valid({"assets": {"a": {"prompt": "x", "transparent": value}}}) is good


def test_of_a_grid_one_ground_is_asked_for_and_cut_out_of_each_cell(write: Write) -> None:
    spec = (
        "assets: {icons: {prompt: Icons., transparent: {holes: true}, process: [trim], size: 64x64, "
        "grid: {columns: 2, cells: [a, b]}}}"
    )
    whole, prompt = asset_of(write, spec, "icons")
    assert (whole.process, whole.ground, prompt) == ((), "auto", key_colors.with_ground("Icons.", "auto"))
    cell, nothing = asset_of(write, spec, "icons/b")
    assert [step.name for step in cell.process] == ["cell", "cutout", "trim", "resize"]
    assert (cell.ground, cell.format, nothing) == ("", "png", "")


def test_what_is_made_of_a_transparent_asset_is_cut_out_with_it(write: Write) -> None:
    spec = "defaults: {transparent: true}\nassets: {a: {prompt: A fox.}, b: {from: a, process: [trim]}}"
    made, prompt = asset_of(write, spec, "b")
    assert [step.name for step in made.process] == ["cutout", "trim"]
    assert (made.ground, made.format, prompt) == ("", "png", "")
    assert told(write, "assets: {a: {prompt: A fox.}, b: {from: a, transparent: true}}") == [
        "1:44 `transparent` beside `from`: this is made of the picture of `a` | it belongs to `a`"
    ]
