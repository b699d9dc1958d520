"""Texts that Jinja rendered are kept from one process to the next, and never outlive what they came from."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.project import ROOT, Project

SPEC = """\
vars: {mood: warm}
assets:
  art: {prompt: Key art.}
  hero:
    prompt: |
      {% if mood == 'warm' %}{% include 'look.j2' %}{% else %}Cold.{% endif %}
      {% include 'more.j2' ignore missing %} A hero like {{ ref('art') }}.
"""


@pytest.fixture
def project(tmp_path: Path) -> Project:
    project = Project(tmp_path / "project").spec("a", SPEC).write("specs/look.j2", "{% set x = 'Warm' %}{{ x }} light.")
    project.build("-q").ends(0)
    return project


def prompt(project: Project) -> str:
    return " ".join(project.run("--json", "show", "hero").json["prompt"].split())


def loaded(project: Project, *args: str) -> set[str]:
    code = f"""
import sys
from pipeline import cli
cli.main(["-C", {str(project.folder)!r}, *{args!r}])
print(*(name for name in ("jinja2", "yaml") if name in sys.modules), file=sys.stderr)
"""
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    return set(done.stderr.splitlines()[-1].split())


def test_what_was_rendered_before_needs_no_jinja(project: Project) -> None:
    assert loaded(project, "list") == {"yaml"}
    project.replace("specs/a.yaml", "warm", "cool")
    assert loaded(project, "list") == {"yaml", "jinja2"}


def test_a_text_is_rendered_anew_when_anything_that_it_came_from_changes(project: Project) -> None:
    assert prompt(project) == "Warm light. A hero like image 1."
    project.write("specs/look.j2", "Dim light.")
    assert prompt(project) == "Dim light. A hero like image 1."
    project.write("specs/more.j2", "At dusk.")
    assert prompt(project) == "Dim light. At dusk. A hero like image 1."
    project.replace("specs/a.yaml", "mood: warm", "mood: cold")
    assert prompt(project) == "Cold. At dusk. A hero like image 1."
    project.replace("specs/a.yaml", "    prompt: |", "    references: [{ref: /b.png}]\n    prompt: |")
    project.write("b.png", PICTURE)
    assert prompt(project) == "Cold. At dusk. A hero like image 2."


def test_a_reference_that_is_right_no_more_is_told_at_its_line(project: Project) -> None:
    project.replace("specs/a.yaml", "art: {prompt: Key art.}", "key: {prompt: Key art.}")
    project.plan().ends(2).says("specs/a.yaml:7:", "there is no asset and no file `art`")


def test_damage_costs_time_and_nothing_else(project: Project) -> None:
    file = project.folder / ".pipeline/state/texts"
    whole = file.read_bytes()
    for damaged in (b"", whole[:50], whole[:-1] + bytes([whole[-1] ^ 1])):
        file.write_bytes(damaged)
        assert prompt(project) == "Warm light. A hero like image 1."


PICTURE = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c4890000000d4944415478da63fcffff3f030005fe02fea72d9a"
    "e40000000049454e44ae426082"
)
