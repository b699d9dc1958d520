"""YAML text to nodes: the core schema of YAML 1.2, places, limits."""

from __future__ import annotations

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.errors import Origin, SpecErrors
from pipeline.spec import places, source
from pipeline.spec.problems import Problems


def value_of(text: str) -> object:
    return source.plain(source.parse(text, "a.yaml"))


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("16:9", "16:9"),
        ("1:1", "1:1"),
        ("12:30:45", "12:30:45"),
        ("on", "on"),
        ("off", "off"),
        ("yes", "yes"),
        ("No", "No"),
        ("y", "y"),
        ("true", True),
        ("False", False),
        ("TRUE", True),
        ("tRue", "tRue"),
        ("null", None),
        ("~", None),
        ("", None),
        ("nULL", "nULL"),
        ("012", 12),
        ("0o17", 15),
        ("0x1F", 31),
        ("0b11", "0b11"),
        ("1_000", "1_000"),
        ("+7", 7),
        ("-7", -7),
        ("1e3", 1000.0),
        (".5", 0.5),
        ("1.", 1.0),
        ("-.inf", -math.inf),
        ("2026-11-23", "2026-11-23"),
        ("=", "="),
        ("1.2.3", "1.2.3"),
        ("'01'", "01"),
        ('"true"', "true"),
    ],
)
def test_a_plain_scalar_means_what_yaml_1_2_says(written: str, meant: object) -> None:
    found = value_of(f"key: {written}\n")
    assert found == {"key": meant}
    assert type(found["key"]) is type(meant)  # type: ignore[index]


def test_every_value_and_key_knows_where_it_stands() -> None:
    node = source.parse("a:\n  b: [x,\n      'y z']\n", "specs/a.yaml")
    assert isinstance(node.value, dict)
    inner = node.value["a"].value
    assert isinstance(inner, dict)
    assert node.value["a"].key_origin == Origin("specs/a.yaml", 1, 1)
    assert inner["b"].key_origin == Origin("specs/a.yaml", 2, 3)
    items = inner["b"].value
    assert isinstance(items, list)
    assert [item.origin for item in items] == [Origin("specs/a.yaml", 2, 7), Origin("specs/a.yaml", 3, 7)]


def test_a_block_scalar_begins_where_its_text_does() -> None:
    node = source.parse("a: |  # why\n\n    text\n", "a.yaml")
    assert isinstance(node.value, dict)
    assert node.value["a"].origin == Origin("a.yaml", 2, 5)


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_line_breaks_of_all_systems_give_the_same_places(end: str) -> None:
    node = source.parse(f"a: 1{end}b: |{end}  x{end}  y{end}", "a.yaml")
    assert isinstance(node.value, dict)
    assert node.value["b"] == source.Node("x\ny\n", Origin("a.yaml", 3, 3), Origin("a.yaml", 2, 1))


def test_an_empty_text_is_null() -> None:
    assert value_of("") is None
    assert value_of("# a comment\n") is None
    assert value_of("\ufeff---\n") is None


def test_an_alias_repeats_its_anchor() -> None:
    assert value_of("a: &x [1, 2]\nb: *x\n") == {"a": [1, 2], "b": [1, 2]}


def test_a_comment_is_no_trap_where_it_looks_like_one() -> None:
    assert value_of("a: # nothing yet\nb: x # 16 of them\nc: '#00ff00'\n") == {"a": None, "b": "x", "c": "#00ff00"}
    assert value_of("#first\na: x ##  ruler\nb: 'y' #z\nc: [1] #z\nd: 3 #z\ne: C#\nf: x #\n") == {
        **{"a": "x", "b": "y", "c": [1], "d": 3, "e": "C#", "f": "x"}
    }


@pytest.mark.parametrize(
    ("text", "line", "column", "words"),
    [
        ("a: 1\nb: *x\n", 2, 4, "alias"),
        ("a: &x [*x]\n", 1, 8, "inside its own anchor"),
        ("a: 1\n---\nb: 1\n", 2, 1, "second document"),
        ("a: \x00\n", 1, 4, "NUL"),
        ("a: \x07\n", 1, 4, "control character"),
        ("a: b\u2028c\n", 1, 5, "line break"),
        ("a: x\ufeff\n", 1, 5, "byte order mark"),
        ("a:\n\tb: 1\n", 2, 1, "tab"),
        ("b:\n  c: 1\n \td: 1\n", 3, 2, "tab"),
        ("a: " + "[" * 60 + "]" * 60 + "\n", 1, 53, "deeper"),
        ("a: " + "9" * 5000 + "\n", 1, 4, "digits"),
        ('a: "\\q"\n', 1, 5, "escape"),
        ("a: @x\n", 1, 4, "cannot begin with `@`"),
        ("a: `x`\n", 1, 4, "cannot begin with"),
        ("a: - b\n", 1, 4, "list cannot begin"),
        ("- a\nb: 1\n", 2, 1, "list"),
        ("a: [1, 2\nb: 3\n", 2, 2, "of line 1 is not closed"),
        ("a:\n  b: [1, 2\n", 2, 6, "never closed"),
        ("a: {b: {c: 1}\n", 1, 4, "never closed"),
        ("a: {b: [1,\n\n# end\n", 1, 8, "never closed"),
        ("a: }\n", 1, 4, "a value was expected"),
        ("a: *bold* text\n", 1, 4, "begins with `*` or `&`"),
        ("a: Number #1 fan\n", 1, 11, "`#1` and all behind it"),
        ("a: [x #y\n  ]\n", 1, 7, "`#y` and all behind it"),
        ("? [a]\n: b\n", 1, 3, "a key is a text"),
        ("&x a: b\n", 1, 1, "neither tag nor anchor"),
        ("a: !!str b\n", 1, 4, "tag"),
        ("<<: {a: 1}\n", 1, 1, "merge"),
    ],
)
def test_what_yaml_cannot_mean_here_is_told_at_its_place(text: str, line: int, column: int, words: str) -> None:
    with pytest.raises(SpecErrors) as caught:
        source.parse(text, "a.yaml")
    (problem,) = caught.value.problems
    assert (problem.origin.line, problem.origin.column) == (line, column)
    assert words in problem.message


def test_the_problems_of_one_text_are_told_together() -> None:
    with pytest.raises(SpecErrors) as caught:
        source.parse("a: {{ x }}\nb: #fff\n01: c\na: 1\nd: !x y\n", "a.yaml")
    assert [problem.origin.line for problem in caught.value.problems] == [1, 2, 3, 4, 5]


def test_text_that_is_not_utf_8_is_told_at_its_byte() -> None:
    problems = Problems()
    assert source.decode("a: 1\nb: caf\xe9\n".encode("latin-1"), "a.yaml", problems) is None
    assert source.decode("a: 1\n".encode("utf-16"), "b.yaml", problems) is None
    assert source.decode(b"a: 1\n<<<<<<< HEAD\nb: 1\n=======\n", "c.yaml", problems) is None
    assert [str(p.origin) for p in problems.all()] == ["a.yaml:2:7", "b.yaml:1:1", "c.yaml:2:1"]
    assert source.decode(b"\xef\xbb\xbfa: 1\n", "a.yaml", Problems()) == "a: 1\n"


def test_a_file_that_is_too_large_is_refused() -> None:
    with pytest.raises(SpecErrors, match="1 error"):
        source.parse("# " + "x" * source.MAX_CHARS, "a.yaml")


FOLDED = "a: >\n  one\n  two {{ x }}\n\n  three\nb: 1\n"
LITERAL = "a: |\n  one\n\n    two {{ x }}\n"
QUOTED = 'a: "one\n  two\n\n  three {{ x }}"\n'
ESCAPED = 'a: "one\\ntwo {{ x }}"\n'


@pytest.mark.parametrize(
    ("text", "origin", "line", "word", "place"),
    [
        (LITERAL, (2, 3), 3, "x", (4, 12)),
        (LITERAL, (2, 3), 3, "", (4, 9)),
        (LITERAL, (2, 3), 9, "", (4, 9)),
        (LITERAL, (2, 3), 1, "", (2, 3)),
        (FOLDED, (2, 3), 1, "x", (3, 10)),
        (FOLDED, (2, 3), 2, "", (5, 3)),
        (QUOTED, (1, 4), 2, "x", (4, 12)),
        (ESCAPED, (1, 4), 2, "x", (1, 17)),
        ("a: {{", (1, 4), 1, "x", (1, 4)),
    ],
)
def test_a_line_of_a_scalar_is_found_again(
    text: str, origin: tuple[int, int], line: int, word: str, place: tuple[int, int]
) -> None:
    found = places.place(text, "a.yaml", Origin("a.yaml", *origin), line, word)
    assert (found.line, found.column) == place


YAMLISH = st.text(alphabet="ab01 \n\t:-#{}[]\"'|>&*!%@`,?~.\\\r\x00é\u2028\ufeff\U0001f600", max_size=60)


@settings(max_examples=400, deadline=None)
@given(YAMLISH | st.text(max_size=60))
def test_any_text_is_parsed_or_told(text: str) -> None:
    try:
        node = source.parse(text, "a.yaml")
    except SpecErrors as error:
        lines = text.count("\n") + text.count("\r") + 1
        assert all(1 <= problem.origin.line <= lines + 1 and problem.message for problem in error.problems)
    else:
        source.plain(node)


@settings(max_examples=200, deadline=None)
@given(YAMLISH, st.integers(1, 9), st.integers(1, 20), st.integers(1, 9))
def test_places_are_looked_for_in_any_text(text: str, line: int, column: int, wanted: int) -> None:
    places.place(text, "a.yaml", Origin("a.yaml", line, column), wanted, "a")
