"""What a plan says of money."""

from __future__ import annotations

import pytest

from tests.project import Project


@pytest.mark.parametrize(
    ("keys", "cheaper"),
    [
        ("image_size: 1K", "gemini-nano-banana-2.1"),
        ("image_size: 4K", "gemini-nano-banana-2.1"),  # the lite model is cheaper by the picture, and cannot draw 4K
        ("model: gemini-nano-banana-2.1", None),
    ],
)
def test_the_cheaper_choice_can_draw_what_is_asked_for(project: Project, keys: str, cheaper: str | None) -> None:
    project.spec("hero", f"assets: {{hero: {{prompt: A hero., {keys}}}}}")
    told = project.run("--json", "plan").json["cheaper"]
    assert (told and told["model"]) == cheaper
    if cheaper is not None:
        project.settings(f"defaults: {{model: {cheaper}}}\n")
        assert project.run("--json", "plan").json["price"]["table_micro_usd"] == told["table_micro_usd"]
