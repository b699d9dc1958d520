"""Texts joined from pieces: the same as by Jinja, whatever stands in them, and without Jinja where they are simple."""

from __future__ import annotations

import itertools
import string
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.spec import meter, pieces
from pipeline.spec.sandbox import Sandbox
from pipeline.spec.templates import RefFailed, TemplateFailed, Templates, Text, as_data, has_template
from tests.spec.conftest import Write

PARTIALS = {
    "plain.j2": "in ink\n\n",
    "names.j2": "\n{{ style }}, {{ mood|default('calm') }} {{ ref('c') }}{% include 'plain.j2' %} {{ e.kind }}\n",
    "upper.j2": "{{ style|upper }} {% include 'loop.j2' %}",
    "loop.j2": "{% for x in e %}\n- {{ x }}\n{% endfor %}",
    "set.j2": "{% set style = 'set' %}{{ style }}{% include 'plain.j2' %}",
    "crlf.j2": "a\r\n{{ style }}\r\n",
    "broken.j2": "{{ style",
    "lacking.j2": "{{ style }}{% include 'missing.j2' %}",
    "bom.j2": "\ufeff{{ n }}",
}

NAMES = ("style", "mood", "e", "row", "id", "vars", "n")
COLUMNS = ("name", "kind", "items", "get", "_x", "n", "e")

scalars = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(10**20), 10**20),
    st.floats(allow_nan=False),
    st.text(max_size=8),
    st.sampled_from(["", "{{ style }}", "a\nb", "a\r\nb ", "'"]),
)
data = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from(COLUMNS), inner, max_size=4),
    max_leaves=8,
)
values = data | data.map(as_data)
names = st.dictionaries(st.sampled_from(NAMES), values, max_size=7)

blanks = st.sampled_from(["", " ", "  "])
name = st.sampled_from([*NAMES, "missing", "true", "none", "loop", "range", "self", "dict", "not", "if", "ref"])
path = st.builds(
    lambda first, rest: ".".join([first, *rest]), name, st.lists(st.sampled_from(COLUMNS), max_size=2)
) | st.sampled_from(["e['name']", "e.items()", "row.0", "e . name", "style.upper()", "e.get('n')"])
quoted = st.builds(
    lambda quote, text: f"{quote}{text}{quote}",
    st.sampled_from(["'", '"']),
    st.text(alphabet=string.ascii_letters + " ,|()é'\"\\{}\n", max_size=6),
)
expression = st.one_of(
    path,
    st.builds("{}|default({})".format, path, quoted),
    st.builds("{} | d( {} )".format, path, quoted),
    st.builds("{} or {}".format, path, quoted),
    st.builds("{} or{}".format, path, quoted),
    st.builds("ref({})".format, quoted),
    st.builds("ref({}, {})".format, quoted, quoted),
    st.builds("ref({})".format, path),
    st.builds(
        "{}|{}".format, path, st.sampled_from(["upper", "length", "list", "join(', ')", "default", "nope", "d()"])
    ),
    st.builds("{} ~ {}".format, path, quoted),
    st.builds("{} if {} else {}".format, quoted, path, quoted),
    quoted,
    st.sampled_from(["", "1 + 1", "a, b", "[1][0]", "{'a': 1}['a']", "'}}'", "style\n", "\tstyle", "- 1", "-1", "(n"]),
)
slot = st.builds(
    lambda begin, before, inner, after, end: begin + before + inner + after + end,
    st.sampled_from(["{{"] * 8 + ["{{-", "{{+", "{{{"]),
    blanks,
    expression,
    blanks,
    st.sampled_from(["}}"] * 8 + ["-}}", "}}}"]),
)
text = st.text(alphabet="ab {}%#'\n\r-é", max_size=6)
included = st.builds(
    "{}include {}{}{}{}".format,
    st.sampled_from(["{% "] * 6 + ["{%- ", "{%", "{{% "]),
    st.sampled_from(["'", '"']),
    st.sampled_from([*PARTIALS, *PARTIALS, "missing.j2", "../x", "a%}", ""]),
    st.sampled_from(["'", '"']),
    st.sampled_from([" %}"] * 6 + ["%}", " -%}", " ignore missing %}", "\n%}"]),
) | st.sampled_from([*PARTIALS]).map("{{% include '{}' %}}".format)
other = st.sampled_from(["{% if style %}", "{% endif %}", "{# note #}", "{% raw %}", "{% endraw %}", "\n"])
template = (
    st.lists(st.one_of(text, slot, slot, slot, included, other), min_size=1, max_size=5)
    .map("".join)
    .filter(has_template)
)


Routes = tuple[Templates, Sandbox]


@pytest.fixture(scope="module")
def routes(tmp_path_factory: pytest.TempPathFactory) -> Routes:
    """Both routes, kept from example to example as in a project of many prompts."""
    root = tmp_path_factory.mktemp("partials")
    (root / "specs").mkdir()
    for partial, content in PARTIALS.items():
        (root / "specs" / partial).write_bytes(content.encode())
    return Templates(root), Sandbox(root)


class Attached:
    """What `ref()` notes: each target once, as a project does it; some are refused, and some have no text."""

    def __init__(self) -> None:
        self.noted: dict[str, str | None] = {}

    def __call__(self, target: Any, role: str | None = None) -> Any:
        if not isinstance(target, str) or "a" in target:
            raise RefFailed("there is no such asset")
        self.noted[target] = role
        return None if "b" in target else f"image {list(self.noted).index(target) + 1}"


def outcome(rendered: Any, *args: Any) -> tuple[object, ...]:
    try:
        found = rendered(*args)
    except TemplateFailed as failed:
        return failed.message, failed.hint, failed.file, failed.line, failed.word, failed.undefined
    return type(found), found


@settings(max_examples=160, deadline=None)
@given(source=template, names=names)
def test_a_text_is_the_same_by_both_routes(routes: Routes, source: str, names: dict[str, Any]) -> None:
    plain, whole = routes
    ours, jinjas = Attached(), Attached()

    def pieced() -> tuple[str, set[str]]:
        found = plain.text(source, names, ours)
        return found.text, set(found.partials)

    def rendered() -> tuple[str, set[str]]:
        found, partials = whole.text(source, names, jinjas)
        return found, set(partials)

    assert outcome(pieced) == outcome(rendered)
    assert ours.noted == jinjas.noted


@settings(max_examples=80, deadline=None)
@given(source=slot | template, names=names)
def test_a_value_is_the_same_by_both_routes(routes: Routes, source: str, names: dict[str, Any]) -> None:
    plain, whole = routes
    assert outcome(lambda: plain.value(source, names)) == outcome(lambda: whole.value(source, names)[0])


@settings(max_examples=80, deadline=None)
@given(source=template)
def test_what_is_no_template_is_told_alike(routes: Routes, source: str) -> None:
    plain, whole = routes
    assert outcome(lambda: plain.check(source)) == outcome(lambda: whole.compiled(source))


SIMPLE = (
    "A {{ style }} {{ e.kind }}, {{ mood|default('calm') }} {{ e.tone or 'warm' }}, as {{ ref('key', 'style') }}. "
    "{% include 'names.j2' %}\n"
)
RENDERED = "A flat fox, calm warm, as image 1. \nflat, calm image 1in ink\n fox"


def test_simple_prompts_do_not_open_jinja(write: Write) -> None:
    templates = Templates(write({f"specs/{partial}": content for partial, content in PARTIALS.items()}))
    names = {"style": "flat", "e": as_data({"kind": "fox"})}
    templates.check(SIMPLE)
    found = templates.text(SIMPLE, names, lambda *_: "image 1")
    assert found == (RENDERED, ("specs/names.j2", "specs/plain.j2"))
    assert templates.value("{{ e.kind }}", names) == "fox"
    assert templates._sandbox is None


@pytest.fixture
def compiled(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    sources: list[str] = []
    whole = Sandbox._compile

    def noting(self: Sandbox, source: str, **how: bool) -> Any:
        sources.append(source)
        return whole(self, source, **how)

    monkeypatch.setattr(Sandbox, "_compile", noting)
    yield sources


def test_what_is_not_simple_is_compiled_once_for_all_texts(write: Write, compiled: list[str]) -> None:
    templates = Templates(write({"specs/loop.j2": PARTIALS["loop.j2"]}))
    names = {"style": "ink", "e": [1]}
    for number in range(50):
        source = f"{number}: {{{{ style|upper }}}} {{% include 'loop.j2' %}}"
        assert templates.text(source, names) == (f"{number}: INK - 1\n", ("specs/loop.j2",))
    assert compiled == ["{{ style|upper }}", "{% include 'loop.j2' %}"]


@pytest.mark.parametrize("name", ["itself.j2", "other.j2", "missing.j2", "lacking.j2"])
def test_a_text_with_a_partial_that_fails_is_left_whole(write: Write, compiled: list[str], name: str) -> None:
    partials = {
        "specs/itself.j2": "{{ style }}{% include 'other.j2' %}",
        "specs/other.j2": "{% if style %}{% include 'itself.j2' %}{% endif %}",
        "specs/lacking.j2": PARTIALS["lacking.j2"],
    }
    source = f"A fox {{% include '{name}' %}}"
    Templates(write(partials)).check(source)
    assert compiled == [source]


def test_steps_are_counted_as_by_jinja(routes: Routes, monkeypatch: pytest.MonkeyPatch) -> None:
    source = "{% include 'names.j2' %} {{ ref('c') }} {{ style|upper|lower }} {% include 'loop.j2' %} {{ style }}"
    names = {"style": "ink", "e": as_data({"kind": "fox"})}
    fails = []
    for most in range(50):
        monkeypatch.setattr(meter, "MAX_STEPS", most)
        ours, jinjas = [outcome(route.text, source, names, lambda _: "image 1") for route in routes]
        assert (ours[0] is Text) == (jinjas[0] is tuple)
        fails.append(ours[0] is not Text)
    assert fails == sorted(fails, reverse=True)
    assert 20 < sum(fails) < 50


def test_a_text_is_as_long_as_by_jinja(write: Write) -> None:
    templates = Templates(write())
    half = "x" * (pieces.MAX_TEXT // 2)
    assert templates.text("{{ a }}{{ b }}", {"a": half, "b": half}).text == half * 2
    with pytest.raises(TemplateFailed, match="more than 200,000 characters"):
        templates.text("{{ a }}-{{ b }}", {"a": half, "b": half})


def test_reserved_names_are_never_looked_up() -> None:
    for word, column in itertools.product(pieces.RESERVED - {"id", "vars"}, ("", ".x", "|d('')", " or ''")):
        assert pieces.simple(f" {word}{column} ") is None
