"""Built-in, pipeline.yaml, file, asset, overrides, profile: a later layer replaces."""

from __future__ import annotations

import pytest

from pipeline.errors import SpecErrors, UsageError
from pipeline.plan.prompts import read_project
from pipeline.spec.load import load_project
from tests.spec.conftest import Write

FOX = "assets:\n  fox:\n    prompt: A fox.\n"


def test_without_any_layer_an_asset_has_the_built_in_values(write: Write) -> None:
    (fox,) = load_project(write(spec=FOX)).assets.values()
    assert (fox.id, fox.model, fox.aspect_ratio, fox.image_size) == ("fox", "gemini-3-pro-image", "1:1", "1K")
    assert (fox.format, fox.path, fox.tags, fox.seed, fox.was) == ("jpeg", "output/fox.jpg", (), None, None)


def test_each_layer_lies_over_the_one_before(write: Write) -> None:
    files = {
        "pipeline.yaml": "defaults: {image_size: 2K, aspect_ratio: 3:2, alt: p}\nprofiles: {final: {image_size: 4K}}\n",
    }
    spec = """
defaults: {aspect_ratio: 4:3, alt: f}
assets:
  a: {prompt: x}
  b: {prompt: x, alt: own}
  c: {prompt: x, alt: own, overrides: {c: {alt: over}}}
"""
    root = write(files, spec)
    plain = load_project(root).assets
    assert [(a.image_size, a.aspect_ratio, a.alt) for a in plain.values()] == [
        ("2K", "4:3", "f"),
        ("2K", "4:3", "own"),
        ("2K", "4:3", "over"),
    ]
    assert {a.image_size for a in load_project(root, "final").assets.values()} == {"4K"}
    with pytest.raises(UsageError) as caught:
        load_project(root, "finel")
    assert "final" in caught.value.hint


def test_tags_add_up_and_an_empty_list_or_null_clears(write: Write) -> None:
    spec = """
defaults: {tags: [file, both]}
assets:
  a: {prompt: x, tags: [own, both]}
  b: {prompt: x, tags: []}
  c: {prompt: x, tags: null}
  d: {prompt: x, tags: [], overrides: {d: {tags: ["{{ id }}"]}}}
"""
    assets = load_project(write({"pipeline.yaml": "defaults: {tags: [all]}\n"}, spec)).assets
    assert [a.tags for a in assets.values()] == [("all", "file", "both", "own"), (), (), ("d",)]


def test_null_goes_back_to_the_built_in_value(write: Write) -> None:
    spec = "defaults: {seed: 7, image_size: 2K, model: gemini-2.5-flash-image}\nassets:\n"
    spec += "  a: {prompt: x, seed: null, image_size: ~, model: }\n"
    (a,) = load_project(write(spec=spec)).assets.values()
    assert (a.seed, a.image_size, a.model) == (None, "1K", "gemini-3-pro-image")


def test_vars_merge_and_use_those_below(write: Write) -> None:
    files = {
        "pipeline.yaml": """
vars: {a: 1, b: base, nested: {list: [x, "{{ a }}"]}}
defaults: {vars: {c: "{{ b }}-{{ a }}"}}
profiles: {night: {vars: {sky: "dark {{ c }}"}}}
"""
    }
    spec = """
vars: {b: "file {{ b }}", d: "{{ nested }}"}
defaults: {vars: {sky: bright}}
assets:
  x:
    vars: {e: "{{ b }} {{ c }}"}
    prompt: "{{ e }} {{ sky }} {{ vars.b }} {{ d.list[1] + 1 }}"
    overrides: {x: {vars: {e: "{{ e }}!"}}}
"""
    root = write(files, spec)
    assert read_project(root)[1]["x"].prompt == "file base base-1! bright file base 2"  # type: ignore[index]
    assert "dark base-1" in read_project(root, "night")[1]["x"].prompt  # type: ignore[index]


def test_a_lone_template_keeps_the_type_of_its_value(write: Write) -> None:
    spec = """
vars: {lot: {seed: 7, hold: true, tags: [a, b], size: 2K, nothing: null}}
assets:
  x:
    prompt: x
    seed: "{{ lot.seed + 1 }}"
    approve: "{{ lot.hold }}"
    tags: "{{ lot.tags }}"
    image_size: "{{ lot.size }}"
    aspect_ratio: "{{ lot.nothing }}"
    alt: "{{ lot.seed }} of {{ id }}"
"""
    (x,) = load_project(write(spec=spec)).assets.values()
    assert (x.seed, x.approve, x.tags, x.image_size, x.aspect_ratio) == (8, True, ("a", "b"), "2K", "1:1")
    assert x.alt == "7 of x"


def test_512_without_quotes_is_a_size(write: Write) -> None:
    spec = "assets:\n  x: {prompt: x, model: gemini-3.1-flash-image, image_size: 512}\n"
    project = load_project(write(spec=spec))
    assert [a.image_size for a in project.assets.values()] == ["512"]
    assert "deprecated" in project.warnings[0].message


def test_aliases_unknown_and_retired_models_are_warnings(write: Write) -> None:
    spec = """
assets:
  a: {prompt: x, model: gemini-3-pro-image-preview}
  b: {prompt: x, model: gemini-9-pro-image}
"""
    project = load_project(write(spec=spec))
    assert [a.model for a in project.assets.values()] == ["gemini-3-pro-image", "gemini-9-pro-image"]
    alias, unknown = project.warnings
    assert "gemini-3-pro-image-preview" in alias.message and "`gemini-3-pro-image`" in alias.message
    assert "nothing is known" in unknown.message


def test_the_format_is_the_models_own_unless_a_spec_says_otherwise(write: Write) -> None:
    spec = """
defaults: {output: ./public//img/}
assets:
  a: {prompt: x}
  b: {prompt: x, model: gemini-2.5-flash-image}
  c: {prompt: x, format: webp, name: "big/{{ id }}@2x"}
  d: {prompt: x, output: .}
"""
    assets = load_project(write(spec=spec)).assets
    paths = ["public/img/a.jpg", "public/img/b.png", "public/img/big/c@2x.webp", "d.jpg"]
    assert [a.path for a in assets.values()] == paths


def test_a_problem_of_many_assets_is_one_problem(write: Write) -> None:
    spec = "defaults: {image_size: 2k}\nassets:\n" + "".join(f"  a{n}: {{prompt: x}}\n" for n in range(50))
    with pytest.raises(SpecErrors) as caught:
        load_project(write(spec=spec))
    (problem,) = caught.value.problems
    assert problem.message.endswith("(in a0 and 49 more)")
    assert problem.origin.line == 1


def test_what_follows_from_a_broken_variable_is_not_told(write: Write) -> None:
    spec = """
vars: {a: "{{ nowhere }}", b: "{{ a }}"}
assets:
  x: {prompt: "{{ b }} {{ a }}", alt: "{{ a }}"}
  y: {prompt: "{{ elsewhere }}"}
"""
    with pytest.raises(SpecErrors) as caught:
        read_project(write(spec=spec))
    assert [p.message.split(" is ")[0] for p in caught.value.problems] == ["`nowhere`", "`elsewhere`"]


def test_overrides_match_whole_ids_by_pattern(write: Write) -> None:
    spec = """
prefix: item
assets:
  "{{ tier }}-{{ kind }}":
    for_each: {tier: [iron, gold], kind: [axe, bow]}
    prompt: "{{ tier }} {{ kind }} {{ glow|default('dull') }}"
    overrides:
      "item/gold-*": {image_size: 2K, vars: {glow: bright}}
      "*-bow": {tags: [long]}
"""
    project, rendered = read_project(write(spec=spec))
    assert [(a.id, a.image_size, a.tags) for a in project.assets.values()] == [
        ("item/iron-axe", "1K", ()),
        ("item/iron-bow", "1K", ("long",)),
        ("item/gold-axe", "2K", ()),
        ("item/gold-bow", "2K", ("long",)),
    ]
    assert [r.prompt.split()[-1] for r in rendered.values()] == ["dull", "dull", "bright", "bright"]
