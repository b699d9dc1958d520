"""What both examples have in common."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.examples.example import Example, built


@pytest.fixture(params=["site", "game"])
def example(request: pytest.FixtureRequest, base: Path) -> Example:
    return built(request.param, base)


def test_its_readme_tells_the_price(example: Example) -> None:
    said = (example.folder / "README.md").read_text(encoding="utf-8")
    assert f"costs {example.price()} by the table" in said


def test_a_second_build_has_nothing_to_do(example: Example) -> None:
    again = example.run("make", "assets")
    assert (again.returncode, "Nothing to do" in again.stdout) == (0, True), again.stdout + again.stderr
