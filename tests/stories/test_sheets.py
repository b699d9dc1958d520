"""Sheets on their way through the tool: packed after the assets, left alone, made anew for what shapes them."""

from __future__ import annotations

import json
from typing import Any

import pytest

from pipeline.marks import read_mark
from tests.project import Project

SPEC = """\
assets:
  "hero/walk-{{ n }}": {for_each: {n: [1, 2, 10]}, prompt: "step {{ n }}", process: [{resize: 40}]}
  sword: {prompt: a sword, format: png, process: [{resize: 24}]}
sheets:
  game:
    of: ['hero/*', sword]
    animations: {walk: 'hero/walk-*'}
    data: [json, godot, {template: list.j2, to: list.txt}]
"""
LIST = "{% for frame in sheet.frames %}\n{{ frame.name }}\n{% endfor %}\n"


def data(project: Project) -> Any:
    return json.loads(project.read("output/game.json"))


@pytest.fixture
def packed(project: Project) -> Project:
    """A sheet of four assets that are drawn."""
    project.write("specs/list.j2", LIST.encode())
    project.spec("game", SPEC).build().ends(0).draws(4).says("made sheet game", "4 built, 1 bundle made")
    return project


def test_a_sheet_is_made_after_its_assets_and_left_alone_then(packed: Project) -> None:
    assert list(data(packed)["frames"]) == ["hero/walk-1", "hero/walk-2", "hero/walk-10", "sword"]
    assert packed.read("output/list.txt").decode().split() == ["hero/walk-1", "hero/walk-2", "hero/walk-10", "sword"]
    assert (read_mark(packed.read("output/game.png")) or "").startswith("sheet:")
    packed.build().ends(0).draws(0).says("Nothing to do: 4 assets are fresh.")
    packed.plan("--exit-code").ends(0)


@pytest.mark.parametrize(
    ("file", "before", "after"),
    [
        ("specs/game.yaml", "sheets:\n  game:\n", "sheets:\n  game:\n    padding: 5\n"),
        ("specs/list.j2", "{{ frame.name }}", "{{ frame.name }}, {{ frame.x }}"),
        ("specs/game.yaml", "walk: 'hero/walk-*'", "walk: {frames: 'hero/walk-*', fps: 3}"),
        ("specs/game.yaml", "a sword, format", "a sword, alt: A sword, format"),
    ],
)
def test_what_shapes_it_makes_it_anew_and_pays_nothing(packed: Project, file: str, before: str, after: str) -> None:
    packed.replace(file, before, after)
    packed.plan("--exit-code").ends(4).says("sheet game")
    packed.build().ends(0).draws(0).says("made sheet game")
    packed.build().ends(0).says("Nothing to do")


def test_a_frame_less_leaves_its_resource_to_be_cleared_away(packed: Project) -> None:
    packed.replace("specs/game.yaml", "n: [1, 2, 10]", "n: [1, 2]")
    packed.build("--prune").ends(0).draws(0).says("made sheet game")
    assert list(data(packed)["frames"]) == ["hero/walk-1", "hero/walk-2", "sword"]
    packed.build("--prune").ends(0)
    assert not packed.exists("output/game/hero/walk-10.tres")
    assert packed.exists("output/game/hero/walk-2.tres")


def test_a_frame_larger_than_a_page_fails_the_sheet_alone(packed: Project) -> None:
    packed.replace("specs/game.yaml", "    of: [", "    max_size: 32\n    of: [")
    ran = packed.build()
    ran.ends(1).draws(0).says("has 40 x 40 pixels, and a page of the sheet `game` has room for 28")
    assert "hero/walk-10" in data(packed)["frames"]
