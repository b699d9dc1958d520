"""Edges, and circles among them."""

from __future__ import annotations

from pathlib import Path

from tests.project import Project

CIRCLES = """\
assets:
  a: {prompt: "A like {{ ref('b') }}."}
  b: {prompt: "B like {{ ref('a') }}."}
  c: {prompt: "C like {{ ref('d') }}."}
  d: {prompt: D., after: [e]}
  e: {prompt: "E like {{ ref('c') }}."}
  f: {prompt: "F like {{ ref('a') }}."}
"""


def test_every_circle_is_told_as_a_path_at_a_line(tmp_path: Path) -> None:
    ran = Project(tmp_path).spec("circles", CIRCLES).plan().ends(2)
    ran.says(
        "specs/circles.yaml:2:", "`a` -> `b` -> `a`", "specs/circles.yaml:4:", "`c` -> `d` -> `e` -> `c`", "2 errors"
    )
