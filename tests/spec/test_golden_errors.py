"""Wrong specs with all that a person reads about them. `pytest --rewrite-golden` writes it anew, and fails once."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipeline.errors import SpecErrors
from pipeline.plan.prompts import read_project
from pipeline.spec.show import show_problem

GOLDEN = Path(__file__).parent.parent / "golden" / "errors"


@pytest.mark.parametrize("wrong", sorted(GOLDEN.glob("*.yaml")), ids=lambda path: path.stem)
def test_a_wrong_spec_is_told_whole(wrong: Path, tmp_path: Path, request: pytest.FixtureRequest) -> None:
    spec = tmp_path / "specs" / wrong.name
    spec.parent.mkdir()
    spec.write_bytes(wrong.read_bytes())
    with pytest.raises(SpecErrors) as caught:
        read_project(tmp_path)
    told = "\n".join(show_problem(problem, tmp_path) for problem in caught.value.problems) + "\n"
    golden = wrong.with_suffix(".txt")
    known = golden.read_text(encoding="utf-8") if golden.exists() else ""
    if told != known and request.config.getoption("--rewrite-golden"):
        golden.write_text(told, encoding="utf-8")
    assert told == known


def test_ten_mistakes_are_ten_messages_at_their_lines(tmp_path: Path) -> None:
    spec = tmp_path / "specs" / "a.yaml"
    spec.parent.mkdir()
    spec.write_bytes((GOLDEN / "ten_mistakes.yaml").read_bytes())
    with pytest.raises(SpecErrors) as caught:
        read_project(tmp_path)
    lines = spec.read_text(encoding="utf-8").splitlines()
    told = {lines[problem.origin.line - 1].strip() for problem in caught.value.problems}
    assert told == {
        "aspect_ratio: 16x9",
        "temperature: 0.7",
        "image_size: 2k",
        "in {{ wrold }}.",
        "promt: A helmet.",
        "format: svg",
        "prompt: \"{{ ref('item/swrd') }} as a helmet.\"",
        "approve: yes",
        '"{{ row.name }}":',
        "03:",
    }
