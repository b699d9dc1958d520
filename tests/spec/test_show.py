"""A problem as people read it."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipeline.errors import Origin, Problem
from pipeline.spec.show import show_problem


def shown(tmp_path: Path, line: str, column: int, hint: str = "") -> list[str]:
    (tmp_path / "a.yaml").write_text(f"first\n{line}\n", encoding="utf-8")
    return show_problem(Problem(Origin("a.yaml", 2, column), "wrong", hint), tmp_path).split("\n")


def test_place_line_caret_and_remedy(tmp_path: Path) -> None:
    assert shown(tmp_path, "    image_size: 2k", 17, "did you mean `2K`?") == [
        "a.yaml:2:17: error: wrong",
        "   2 |     image_size: 2k",
        "     |                 ^^",
        "     = did you mean `2K`?",
    ]


def test_the_caret_stands_under_wide_and_combined_letters(tmp_path: Path) -> None:
    assert shown(tmp_path, "剣: x", 4)[2] == "     |     ^"
    assert shown(tmp_path, "e\u0301: x", 5)[2] == "     |    ^"


@pytest.mark.parametrize(
    ("line", "column", "length"),
    [
        ("  aspect_ratio: 16:10 # wide", 17, 5),
        ("  a: {size: 2 K, b: 1}", 13, 3),
        ("  a b: c", 3, 3),
        ("  - x y: z", 5, 3),
        ("  prompt: A {{ x }} b", 13, 7),
        ("  prompt: A {{ x.y }} b", 16, 3),
    ],
)
def test_a_whole_value_or_tag_is_underlined(tmp_path: Path, line: str, column: int, length: int) -> None:
    assert shown(tmp_path, line, column)[2].count("^") == length


def test_a_long_line_is_cut_around_the_caret(tmp_path: Path) -> None:
    _, line, caret = shown(tmp_path, "x" * 300 + " here " + "y" * 300, 302)
    assert len(line) < 130
    assert line[caret.index("^") :].startswith("here")


def test_nothing_in_a_line_can_move_the_cursor(tmp_path: Path) -> None:
    assert "\x1b" not in "".join(shown(tmp_path, "a: \x1b[2J\tb", 1))


def test_a_line_that_is_not_there_is_left_out(tmp_path: Path) -> None:
    assert show_problem(Problem(Origin("gone.yaml", 9, 1), "wrong", "look"), tmp_path, "warning") == (
        "gone.yaml:9:1: warning: wrong\n     = look"
    )
