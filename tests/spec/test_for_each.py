"""Rows times axes: where rows come from, how they are chosen, and what is wrong with them."""

from __future__ import annotations

import json

import pytest

from pipeline.errors import SpecErrors
from pipeline.plan.prompts import read_project
from pipeline.spec.load import load_project
from tests.spec.conftest import Write

ROWS = [
    {"key": "axe", "kind": "weapon", "size": "2K"},
    {"key": "hat", "kind": "wear"},
    {"key": "bow", "kind": "weapon"},
]
SPEC = """
assets:
  "{{{{ e.key }}}}":
    for_each: {{rows: {rows}, as: e, where: e.kind == 'weapon'}}
    prompt: A {{{{ e.key }}}}.
    image_size: "{{{{ e.size or '1K' }}}}"
"""


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("rows.json", json.dumps(ROWS)),
        ("rows.yaml", json.dumps(ROWS)),
        (
            "data/rows.yml",
            "- {key: axe, kind: weapon, size: 2K}\n- {key: hat, kind: wear}\n- {key: bow, kind: weapon}\n",
        ),
        ("rows.csv", "\ufeffkey,kind,size\r\naxe,weapon,2K\r\n\r\nhat,wear,\r\nbow,weapon,\r\n"),
    ],
)
def test_rows_come_from_files_of_data(write: Write, name: str, content: str) -> None:
    project = load_project(write({f"specs/{name}": content}, SPEC.format(rows=name)))
    assert [(a.id, a.image_size) for a in project.assets.values()] == [("axe", "2K"), ("bow", "1K")]
    assert f"specs/{name}" in project.settings.sources


def test_rows_can_stand_in_the_spec_or_anywhere_in_the_project(write: Write) -> None:
    inline = load_project(write(spec=SPEC.format(rows=json.dumps(ROWS))))
    assert list(inline.assets) == ["axe", "bow"]
    outside = load_project(write({"game/rows.json": json.dumps(ROWS)}, SPEC.format(rows="/game/rows.json")))
    assert list(outside.assets) == ["axe", "bow"]


def test_at_finds_the_list_in_a_file(write: Write) -> None:
    spec = "assets:\n  '{{ row.key }}': {prompt: x, for_each: {rows: game.json, at: game.levels.1.items}}\n"
    game = {"game": {"levels": [{}, {"items": ROWS}]}}
    assert len(load_project(write({"specs/game.json": json.dumps(game)}, spec)).assets) == 3


def test_rows_times_axes_in_their_order(write: Write) -> None:
    spec = """
vars: {times: [day, night]}
assets:
  "{{ e.key }}-{{ tier }}-{{ time }}-{{ look.name }}":
    for_each: {rows: [{key: a}, {key: b}], as: e, tier: [1, 2], time: "{{ times }}", look: [{name: old}]}
    prompt: "{{ e.key }} {{ tier }} {{ time }} {{ look.name }} {{ look.missing is none }}"
"""
    _, rendered = read_project(write(spec=spec))
    assert list(rendered) == [f"{e}-{tier}-{time}-old" for e in "ab" for tier in (1, 2) for time in ("day", "night")]
    assert rendered["b-2-night-old"].prompt == "b 2 night old True"  # type: ignore[index]


def test_an_axis_may_have_the_name_of_a_key_that_is_refused_elsewhere(write: Write) -> None:
    spec = "assets:\n  '{{ style }}-{{ count }}': {prompt: x, for_each: {style: [ink], count: [1, 2]}}\n"
    assert list(load_project(write(spec=spec)).assets) == ["ink-1", "ink-2"]


def test_rows_are_data_and_never_templates(write: Write) -> None:
    spec = """
assets:
  "{{ row.key }}":
    for_each: {rows: [{key: a, text: "{{ nowhere }} {% if %}"}]}
    prompt: "{{ row.text }}"
"""
    assert read_project(write(spec=spec))[1]["a"].prompt == "{{ nowhere }} {% if %}"  # type: ignore[index]


def test_a_column_may_have_the_name_of_a_method_and_one_that_is_lacking_is_null(write: Write) -> None:
    spec = """
assets:
  "{{ row.key }}":
    for_each: {rows: [{key: a, items: 3, n: {values: 4}}, {key: b}]}
    prompt: "{{ row.items or 0 }} {{ row.n.values if row.n else 0 }} {{ row.n.keys if row.n }} {{ row['keys'] or '-' }}"
"""
    with pytest.raises(SpecErrors) as caught:
        read_project(write(spec=spec))
    (problem,) = caught.value.problems
    assert problem.message == "a value in this text is null (in a)"
    _, rendered = read_project(write(spec=spec.replace("{{ row.n.keys if row.n }} ", "")))
    assert [r.prompt for r in rendered.values()] == ["3 4 -", "0 0 -"]


def test_a_yaml_file_of_rows_is_no_spec(write: Write) -> None:
    spec = "vars: {file: rows}\nassets:\n  '{{ row.key }}': {prompt: x, for_each: {rows: '{{ file }}.yaml'}}\n"
    assert list(load_project(write({"specs/rows.yaml": "- {key: a}\n"}, spec)).assets) == ["a"]


def test_a_for_each_that_gives_nothing_is_a_warning(write: Write) -> None:
    spec = "assets:\n  '{{ row.key }}': {prompt: x, for_each: {rows: [{key: a}], where: row.key == 'b'}}\n"
    project = load_project(write(spec=spec))
    assert not project.assets
    assert "gives no asset" in project.warnings[0].message


@pytest.mark.parametrize(
    ("name", "content", "place", "words"),
    [
        ("r.csv", "", "specs/r.csv:1:1", "empty"),
        ("r.csv", "key,key\n", "specs/r.csv:1:1", "two columns"),
        ("r.csv", "key,\n", "specs/r.csv:1:1", "no name"),
        ("r.csv", "key,b\na,1\nb\n", "specs/r.csv:3:1", "row 2 has 1 cells"),
        ("r.csv", 'key,b\na,"1\n2"\nb,2,3\n', "specs/r.csv:4:1", "row 2 has 3 cells"),
        ("r.csv", 'key\n"a\n', "specs/r.csv:2:1", "never closed"),
        ("r.csv", "key\n" + "x" * 200_000 + "\n", "specs/r.csv:2:1", "131,072"),
        ("r.csv", "key;name\na;b\n", "specs/r.csv:1:1", "semicolons"),
        ("r.csv", b"key\ncaf\xe9\n", "specs/r.csv:2:4", "UTF-8"),
        ("r.csv", "key\nIron Axe\n", "specs/a.yaml:2:3", "column `key` of row 1 of specs/r.csv"),
        ("r.csv", "key\na\na\n", "specs/a.yaml:2:3", "row 1 of specs/r.csv, and row 2 of specs/r.csv"),
        ("r.json", "[1,", "specs/r.json:1:4", "not JSON"),
        ("r.json", '[{"key": 1,\n "key": 2}]', "specs/r.json:2:2", "`key` is in one object twice"),
        ("r.json", '[{"key": "NaN"},\n {"key": NaN}]', "specs/r.json:2:10", "NaN"),
        ("r.json", "[" * 100_000, "specs/r.json:1:1", "deep"),
        ("r.json", "[" + "9" * 5000 + "]", "specs/r.json:1:2", "too many digits"),
        ("r.json", "<<<<<<< HEAD\n[]\n=======\n", "specs/r.json:1:1", "merge conflict"),
        ("r.json", '{"list": []}', "specs/a.yaml:2:49", "not a list of rows"),
        ("r.json", "[[1]]", "specs/a.yaml:2:49", "row 1 of specs/r.json is a list"),
        ("r.yaml", "- {key: a, key: b}\n", "specs/r.yaml:1:12", "twice"),
        ("r.yaml", "a: {{ x }}\n", "specs/r.yaml:1:4", "unquoted"),
        ("r.toml", "", "specs/a.yaml:2:49", "no file of rows"),
    ],
)
def test_what_is_wrong_with_rows_is_told_once_at_its_place(
    write: Write, name: str, content: str | bytes, place: str, words: str
) -> None:
    spec = f"assets:\n  '{{{{ row.key }}}}': {{prompt: x, for_each: {{rows: {name}}}}}\n"
    with pytest.raises(SpecErrors) as caught:
        read_project(write({f"specs/{name}": content}, spec))
    (problem,) = caught.value.problems
    assert str(problem.origin) == place
    assert words in problem.message


def test_a_spec_that_multiplies_without_end_is_refused(write: Write) -> None:
    axis = list(range(400))
    spec = f"assets:\n  '{{{{ a }}}}-{{{{ b }}}}': {{prompt: x, for_each: {{a: {axis}, b: {axis}}}}}\n"
    with pytest.raises(SpecErrors) as caught:
        load_project(write(spec=spec))
    assert "160,000 assets" in caught.value.problems[0].message


def test_a_project_tells_what_each_spec_hangs_on(write: Write) -> None:
    rows = "  x-{{ e.key }}: {for_each: {rows: rows.json, as: e}, prompt: A., alt: \"{% include 'a.j2' %}\"}\n"
    files = {
        "pipeline.yaml": "vars: {tone: \"{% include 'tone.j2' ignore missing %}\"}\n",
        "specs/rows.json": json.dumps(ROWS),
        "specs/a.j2": "{% include 'b.j2' %}",
        "specs/b.j2": "A picture",
        "specs/plain.yaml": "assets:\n  x: {prompt: \"{% include 'b.j2' %}\"}\n",
        "specs/rows.yaml": "assets:\n" + rows,
        "specs/too.yaml": "prefix: too\nassets:\n" + rows,
    }
    found = load_project(write(files)).looked
    both = (("specs/a.j2", "specs/b.j2"), ("specs/rows.json",))
    assert found == {
        "pipeline.yaml": (("specs/tone.j2",), ()),
        "specs/plain.yaml": ((), ()),
        "specs/rows.yaml": both,
        "specs/too.yaml": both,
    }
