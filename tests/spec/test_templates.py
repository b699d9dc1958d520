"""The sandbox: the same text everywhere, partials from specs/, neat lines, bounded work."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from pipeline.spec.templates import RefFailed, TemplateFailed, Templates, as_data
from tests.spec.conftest import Write


@pytest.fixture
def templates(write: Write) -> Templates:
    return Templates(
        write(
            {
                "specs/m.j2": "{% macro centred(x) %}\n  {{ x }} in {{ world }} {{ ref('a') }}\n{% endmacro %}\n",
                "specs/style/ink.j2": "in ink\n",
                "specs/base.j2": "{% block what %}a fox{% endblock %} {% include 'style/ink.j2' %}",
            }
        )
    )


NAMES = {"world": "the bazaar", "vars": {"world": "the bazaar"}, "xs": [1, 2], "e": as_data({"n": None, "items": [3]})}


def rendered(templates: Templates, source: str) -> str:
    return templates.text(source, NAMES, lambda *args, **kwargs: "image 1").text


@pytest.mark.parametrize(
    ("source", "text"),
    [
        ("plain {text}", "plain {text}"),
        ("{{ world }} {{ vars.world }} {{ vars['world'] }}", "the bazaar the bazaar the bazaar"),
        ("A {% if xs %}red{% endif %}\nfox", "A red\nfox"),
        ("one\n{% if xs %}\ntwo\n{% endif %}\nthree", "one\ntwo\nthree"),
        ("one\n  {% set a = 1 %} {% set b = 2 %}  \n{{ a + b }}", "one\n3"),
        ("{% for x in xs %}\n- {{ x }}\n{% endfor %}\nend", "- 1\n- 2\nend"),
        ("{# note #}one", "one"),
        ("{% include 'style/ink.j2' %} drawn", "in ink drawn"),
        ("{% extends 'base.j2' %}{% block what %}a wolf{% endblock %}", "a wolf in ink"),
        ("{{ 'x' if false }}y", "y"),
        ("{{ xs|join(', ') }} {{ xs|map('string')|list|length }}", "1, 2 2"),
        ("{{ loop|default('none') }}{% for x in xs %}{{ loop.length }}{{ loop.last }}{% endfor %}", "none2False2True"),
        (
            "{{ 'Élan Vital!'|slug }} {{ 'Größe_2'|slug }} {{ 'Smørrebrød 1.5'|slug }}",
            "elan-vital grosse_2 smorrebrod-1-5",
        ),
        ("{{ '%03d'|format(7) }} {{ 'a' ~ 1 }} {{ 'ab'.upper() }}", "007 a1 AB"),
        ("{{ e.items[0] }} {{ e.missing or 'none' }} {{ e['n'] is none }}", "3 none True"),
        ("{% raw %}{{ x }}{% endraw %}", "{{ x }}"),
    ],
)
def test_a_template_gives_this_text(templates: Templates, source: str, text: str) -> None:
    assert rendered(templates, source) == text


@pytest.mark.parametrize(
    "source",
    [
        "{% from 'm.j2' import centred %}{{ centred('A fox') }}",
        "{% from 'm.j2' import centred without context %}{{ centred('A fox') }}",
        "{% import 'm.j2' as m %}{{ m.centred('A fox') }}",
        "{% import 'm.j2' as m without context %}{{ m.centred('A fox') }}",
    ],
)
def test_macros_that_are_imported_see_vars_and_ref(templates: Templates, source: str) -> None:
    assert rendered(templates, source).strip() == "A fox in the bazaar image 1"


def test_ref_is_the_one_of_the_asset_being_rendered(templates: Templates) -> None:
    source = "{% from 'm.j2' import centred %}{{ centred('x') }}"
    first = templates.text(source, NAMES, lambda x: "image 1").text
    second = templates.text(source, NAMES, lambda x: "image 2").text
    assert ("image 1" in first, "image 2" in second) == (True, True)


def test_a_text_names_the_partials_it_came_from(templates: Templates) -> None:
    text = templates.text("{% include 'base.j2' %}", NAMES)
    assert text.partials == ("specs/base.j2", "specs/style/ink.j2")
    assert templates.text("{{ world }}", NAMES).partials == ()


@pytest.mark.parametrize(
    ("source", "value"),
    [
        ("{{ xs }}", [1, 2]),
        (" {{ 1 + 1 }}\n", 2),
        ("{{ none }}", None),
        ("{{ true }}", True),
        ("{{ 1 }}0", "10"),
        ("x", "x"),
    ],
)
def test_a_lone_expression_keeps_its_type(templates: Templates, source: str, value: object) -> None:
    found = templates.value(source, NAMES)
    assert found == value and type(found) is type(value)


def test_a_failure_names_the_partial_and_its_line(templates: Templates) -> None:
    with pytest.raises(TemplateFailed) as caught:
        templates.text("\n{% from 'm.j2' import centred %}{{ centred('x') }}", {})
    assert (caught.value.file, caught.value.line, caught.value.undefined) == ("specs/m.j2", 2, "world")


def test_ref_outside_of_a_prompt_is_refused(templates: Templates) -> None:
    with pytest.raises(TemplateFailed, match="in a prompt only"):
        templates.value("{{ ref('a') }}", NAMES)


def test_a_failing_ref_is_told_at_its_line(templates: Templates) -> None:
    def ref(x: str) -> str:
        raise RefFailed("no such thing", "try another", x)

    with pytest.raises(TemplateFailed) as caught:
        templates.text("one\ntwo {{ ref('a') }}", NAMES, ref)
    assert (caught.value.line, caught.value.hint, caught.value.word) == (2, "try another", "a")


@pytest.mark.parametrize(
    "source",
    [
        "{% for a in range(9999) %}{% for b in range(9999) %}{{ a }}{{ b }}{% endfor %}{% endfor %}",
        "{% macro m(n) %}{% if n %}{{ m(n - 1) }}{{ m(n - 1) }}{% endif %}{% endmacro %}{{ m(60) }}",
        "{% set n = namespace(x='x') %}{% for a in range(99) %}{% set n.x = n.x ~ n.x %}{% endfor %}",
        "{% set n = namespace(x='x') %}{% for a in range(99) %}{% set n.x = n.x + n.x %}{% endfor %}",
        "{% set n = namespace(x='x') %}{% for a in range(99) %}{% set n.x = [n.x, n.x]|join(n.x) %}{% endfor %}",
        "{% set n = namespace(x=[1]) %}{% for a in range(99) %}{% set n.x = [n.x, n.x] %}{% endfor %}{{ n.x }}",
        "{% set n = namespace(x=[1]) %}{% for a in range(99) %}{% set n.x = n.x + n.x %}{% endfor %}",
        "{% for a in range(9999) %}{{ range(9999)|sum }}{% endfor %}",
        "{% for a in range(9999) %}{% set x %}{{ 'x' * 99999 }}{% endset %}{{ x }}{% endfor %}",
        "{% for a in range(9999) %}{% include 'many.j2' %}{% endfor %}",
        "{{ 'x'|indent(10 ** 9) }}",
        "{{ [1]|batch(10 ** 9, 2)|list }}",
        "{{ 'x'.join(range(9999)|map('string')|list * 9) }}",
        "{% call(x) dict() %}{% endcall %}{{ 3 ** 3 ** 3 ** 3 ** 9 }}",
    ],
)
def test_a_hostile_template_ends_soon(templates: Templates, tmp_path: Path, source: str) -> None:
    (tmp_path / "specs" / "many.j2").write_text("{% for a in range(9999) %}{% include 'style/ink.j2' %}{% endfor %}")
    start = time.monotonic()
    with pytest.raises(TemplateFailed):
        templates.text(source, NAMES)
    assert time.monotonic() - start < 20


def test_a_plain_text_does_not_open_jinja(templates: Templates) -> None:
    assert templates.text("A {red} fox", {}).text == "A {red} fox"
    assert templates._sandbox is None
