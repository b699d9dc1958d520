"""Prompts as text, and their references in the order in which they are named."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from pipeline.errors import SpecErrors
from pipeline.plan.prompts import read_project, render
from pipeline.spec.load import load_project
from pipeline.words import AssetId, Rendered

PNG = (
    b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x01\0\0\0\x01\x08\0\0\0\0:~\x9bU"
    b"\0\0\0\nIDATx\x9cc`\0\0\0\x02\0\x01H\xaf\xa4q\0\0\0\0IEND\xaeB`\x82"
)


def rendered(root: Path, spec: str) -> dict[AssetId, Rendered]:
    for file in ("specs/refs/a.png", "specs/refs/b.png", "art/c.png"):
        (root / file).parent.mkdir(parents=True, exist_ok=True)
        (root / file).write_bytes(PNG)
    (root / "specs" / "spec.yaml").write_text(spec, encoding="utf-8")
    return dict(render(load_project(root)))


def attached(found: Rendered) -> list[tuple[str | None, str, bool]]:
    return [(r.asset or r.path, r.role, r.file) for r in found.references]


def test_the_list_comes_first_then_the_text_in_its_order(tmp_path: Path) -> None:
    found = rendered(
        tmp_path,
        """
assets:
  hero: {prompt: A hero.}
  scene:
    references: [refs/b.png, {ref: /art/c.png, as: "  the   light "}]
    prompt: "{{ ref('hero', 'the man') }} and {{ ref('refs/a.png') }}, lit as in {{ ref('/art/c.png') }}."
""",
    )[AssetId("scene")]
    assert found.prompt == "image 3 and image 4, lit as in image 2."
    assert attached(found) == [
        ("specs/refs/b.png", "", False),
        ("art/c.png", "the light", False),
        ("hero", "the man", False),
        ("specs/refs/a.png", "", False),
    ]
    assert found.upstream == ("hero",)


def test_one_target_is_one_attachment_whatever_role_comes_later(tmp_path: Path) -> None:
    found = rendered(
        tmp_path,
        """
assets:
  hero: {prompt: A hero.}
  twice: {prompt: "{{ ref('hero') }} {{ ref('hero', 'the man') }} {{ ref('hero', role='the man') }} {{ ref('hero') }}"}
  both: {prompt: "{{ ref('hero') }} {{ ref('hero', file=true) }}"}
  file: {prompt: "{{ ref('refs/a.png') }} {{ ref('refs/a.png', file=true) }} {{ ref('/specs/refs/a.png') }}"}
""",
    )
    assert found[AssetId("twice")].prompt == "image 1 image 1 image 1 image 1"
    assert attached(found[AssetId("twice")]) == [("hero", "the man", False)]
    assert attached(found[AssetId("both")]) == [("hero", "", False), ("hero", "", True)]
    assert attached(found[AssetId("file")]) == [("specs/refs/a.png", "", False)]


def test_an_asset_comes_before_a_file_of_the_same_name(tmp_path: Path) -> None:
    found = rendered(
        tmp_path,
        """
assets:
  refs/a.png: {prompt: x, name: other}
  scene: {prompt: "{{ ref('refs/a.png') }} {{ ref('/specs/refs/a.png') }}"}
""",
    )
    assert attached(found[AssetId("scene")]) == [("refs/a.png", "", False), ("specs/refs/a.png", "", False)]


def test_references_and_after_are_templates_and_null_is_left_out(tmp_path: Path) -> None:
    found = rendered(
        tmp_path,
        """
assets:
  hero: {prompt: A hero.}
  "{{ e.key }}":
    for_each: {rows: [{key: a, ref: hero}, {key: b}, {key: c, ref: refs/a.png}], as: e}
    prompt: A scene.
    references: ["{{ e.ref }}", {ref: refs/b.png, as: "light of {{ e.key }}"}]
    after: "{{ [e.ref] if e.key == 'a' else [] }}"
""",
    )
    assert [(attached(found[AssetId(id)]), found[AssetId(id)].after) for id in "abc"] == [
        ([("hero", "", False), ("specs/refs/b.png", "light of a", False)], ("hero",)),
        ([("specs/refs/b.png", "light of b", False)], ()),
        ([("specs/refs/a.png", "", False), ("specs/refs/b.png", "light of c", False)], ()),
    ]


def test_a_ref_in_a_macro_or_partial_belongs_to_the_asset_that_includes_it(tmp_path: Path) -> None:
    (tmp_path / "specs").mkdir()
    (tmp_path / "specs" / "cast.j2").write_text("{% macro cast(x) %}{{ ref(x) }} ({{ id }}){% endmacro %}")
    found = rendered(
        tmp_path,
        """
assets:
  ines: {prompt: Ines.}
  rui: {prompt: Rui.}
  one: {prompt: "{% from 'cast.j2' import cast %}{{ cast('ines') }}"}
  two: {prompt: "{% from 'cast.j2' import cast %}{{ cast('rui') }} {{ cast('ines') }}"}
""",
    )
    assert found[AssetId("one")].prompt == "image 1 (one)"
    assert found[AssetId("two")].prompt == "image 1 (two) image 2 (two)"
    assert found[AssetId("two")].upstream == ("rui", "ines")
    assert found[AssetId("two")].partials == ("specs/cast.j2",)


def test_the_line_of_a_mistake_in_a_partial_is_the_partials(tmp_path: Path) -> None:
    (tmp_path / "specs").mkdir()
    (tmp_path / "specs" / "p.j2").write_text("one\n  {{ ref('heor') }}\n")
    (tmp_path / "specs" / "a.yaml").write_text(
        "assets:\n  hero: {prompt: x}\n  b: {prompt: \"{% include 'p.j2' %}\"}\n"
    )
    with pytest.raises(SpecErrors) as caught:
        read_project(tmp_path)
    (problem,) = caught.value.problems
    assert str(problem.origin) == "specs/p.j2:2:11"
    assert problem.message.endswith("(in b)") and problem.hint == "did you mean `hero`?"


def test_the_problems_of_loading_and_of_rendering_come_at_once(tmp_path: Path) -> None:
    (tmp_path / "specs").mkdir()
    (tmp_path / "specs" / "a.yaml").write_text(
        """
assets:
  hero: {prompt: x, image_size: 2k}
  scene: {prompt: "{{ ref('hero') }} {{ nowhere }}"}
  other: {prompt: "{{ ref('hreo') }}"}
"""
    )
    with pytest.raises(SpecErrors) as caught:
        read_project(tmp_path)
    assert [p.origin.line for p in caught.value.problems] == [3, 4, 5]


def test_an_id_that_a_broken_entry_may_declare_is_not_told_as_unknown(tmp_path: Path) -> None:
    (tmp_path / "specs").mkdir()
    (tmp_path / "specs" / "a.yaml").write_text(
        """
prefix: item
assets:
  "{{ e.key }}-big": {prompt: x, for_each: {rows: nowhere.csv, as: e}}
  scene: {prompt: "{{ ref('item/axe-big') }}", after: [item/bow-big, item/bow]}
"""
    )
    with pytest.raises(SpecErrors) as caught:
        read_project(tmp_path)
    assert [p.message for p in caught.value.problems] == [
        "there is no file specs/nowhere.csv",
        "there is no asset `item/bow`",
    ]


def test_a_file_that_an_asset_builds_is_referred_to_as_the_asset(tmp_path: Path) -> None:
    with pytest.raises(SpecErrors) as caught:
        rendered(
            tmp_path,
            "assets: {a: {prompt: x, output: art, name: C, format: png}, b: {prompt: x, references: [/art/c.png]}}\n",
        )
    assert "is what the asset `a` builds" in caught.value.problems[0].message


def test_a_reference_that_could_not_be_attached_is_told_before_any_call(tmp_path: Path) -> None:
    jpeg = b"\xff\xd8\xff\xc0\0\x0b\x08\0\x01\0\x01\x01\x01\x11\0\xff\xda\0\x08\x01\x01\0\0?\0\x12\xff\xd9"
    webp = b"RIFF\x16\0\0\0WEBPVP8L\x09\0\0\0/\0\0\0\0\0\0\0\0\0"
    pictures = {
        "huge.png": PNG[:16] + b"\0\0\xea\x60\0\0\xea\x60" + PNG[24:],
        "cut.png": PNG[:-6],
        "cut.jpg": jpeg[:-2],
        "cut.webp": webp[:-3],
        "none.jpg": b"\xff\xd8\xff\xe0\0\x04ab",
    }
    good = {"good.png": PNG + b"more", "good.jpg": jpeg + b"more", "good.webp": webp}
    (tmp_path / "specs").mkdir()
    for name, data in {**pictures, **good}.items():
        (tmp_path / "specs" / name).write_bytes(data)
    with pytest.raises(SpecErrors) as caught:
        rendered(tmp_path, f"assets: {{a: {{prompt: x, references: [{', '.join([*pictures, *good])}]}}}}\n")
    told = [problem.message for problem in caught.value.problems]
    assert [message.split()[0] for message in told] == [f"specs/{name}" for name in pictures]
    assert "60,000 x 60,000 pixels" in told[0] and all("cut off" in message for message in told[1:])


def test_a_path_that_begins_with_specs_is_told_with_the_right_one(tmp_path: Path) -> None:
    with pytest.raises(SpecErrors) as caught:
        rendered(
            tmp_path, f"assets: {{a: {{prompt: x, references: [specs/refs/a.png, art/c.png, {tmp_path}/art/c.png]}}}}\n"
        )
    hints = [problem.hint for problem in caught.value.problems]
    assert [hint.rpartition("`")[0].rpartition("`")[2] for hint in hints] == ["refs/a.png", "/art/c.png", "/art/c.png"]


@pytest.mark.parametrize("character", ["\0", "\x07", "\x1b", "\x7f", "\x9b", "\ud800"])
def test_a_prompt_holds_no_control_characters(tmp_path: Path, character: str) -> None:
    row = json.dumps([{"key": "a", "text": f"a\tb\r\n{character}c"}])
    (tmp_path / "specs").mkdir()
    (tmp_path / "specs" / "rows.json").write_text(row)
    with pytest.raises(SpecErrors) as caught:
        rendered(tmp_path, "assets: {'{{ row.key }}': {for_each: {rows: rows.json}, prompt: 'x {{ row.text }}'}}\n")
    assert f"U+{ord(character):04X}" in caught.value.problems[0].message


def test_ends_are_stripped_and_lines_kept(tmp_path: Path) -> None:
    found = rendered(tmp_path, "assets:\n  a:\n    prompt: |\n\n      one\n\n      two\n\n")
    assert found[AssetId("a")].prompt == "one\n\ntwo"
