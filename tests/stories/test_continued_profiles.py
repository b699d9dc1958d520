"""A profile that ends in a turn of its own: iterate small, finish large."""

from __future__ import annotations

import pytest

from tests.gemini_server import GeminiServer
from tests.project import Project
from tests.stories.conftest import a_picture

SETTINGS = """
profiles:
  draft: {model: gemini-3-pro-image}
  final:
    from: draft
    turn: {prompt: "The same {{ what }}, in full detail.", image_size: 4K}
"""
SPEC = """
vars: {what: picture}
assets:
  hero: {prompt: A hero., candidates: 2, references: [refs/pose.png]}
  den: {prompt: A den.}
"""
FINAL = ("--profile", "final")
DRAFT = ("--profile", "draft")


@pytest.fixture
def drafts(project: Project, png: bytes) -> Project:
    """Both drawn small."""
    project.settings(SETTINGS).write("specs/refs/pose.png", png).spec("all", SPEC)
    project.run(*DRAFT, "build").ends(0).draws(3)
    return project


def test_a_final_waits_for_its_approved_draft_and_goes_on_from_it(drafts: Project, server: GeminiServer) -> None:
    drafts.run(*FINAL, "build").ends(0).draws(0).says("pipeline --profile draft approve hero")
    drafts.run(*DRAFT, "approve", "hero").ends(0)
    drafts.run(*FINAL, "plan").ends(0).says("1 to draw", "$0.24")
    drafts.run(*FINAL, "build").ends(0).draws(1)
    sent = server.requests[-1]
    assert sent.image == {"aspect_ratio": "1:1", "image_size": "4K"}
    assert [turn["role"] for turn in sent.snake["contents"]] == ["user", "model", "user"]
    assert sent.prompt == "The same picture, in full detail."
    lock = drafts.read("pipeline.final.lock").decode()
    assert '"width": 4096' in lock
    assert lock.count('"asset"') == 1
    drafts.run(*FINAL, "build").ends(0).draws(0)


def test_another_pick_of_the_draft_closes_the_gate_and_then_draws_anew(drafts: Project) -> None:
    drafts.run(*DRAFT, "approve", "hero").ends(0)
    drafts.run(*FINAL, "build").ends(0).draws(1)
    before = drafts.outputs["hero.jpg"]
    takes = {row["picked"]: row["take"] for row in drafts.run(*DRAFT, "--json", "takes", "hero").json["takes"]}
    drafts.run(*DRAFT, "pick", "hero", takes[False][7:17]).ends(0)
    drafts.run(*FINAL, "build").ends(0).draws(0).says("not approved")
    assert drafts.outputs["hero.jpg"] == before
    drafts.run(*DRAFT, "approve", "hero").ends(0)
    drafts.run(*FINAL, "build").ends(0).draws(1)
    drafts.run(*DRAFT, "pick", "hero", takes[True][7:17]).ends(0)
    drafts.run(*DRAFT, "approve", "hero").ends(0)
    drafts.run(*FINAL, "build").ends(0).draws(0)
    assert drafts.outputs["hero.jpg"] == before


def test_a_stale_draft_holds_the_final(drafts: Project) -> None:
    drafts.run(*DRAFT, "approve", "hero").ends(0)
    drafts.replace("specs/all.yaml", "A hero.", "A villain.")
    drafts.run(*FINAL, "build").ends(0).draws(0).says("its draft in the profile `draft` is stale")
    drafts.run(*FINAL, "explain", "hero").ends(0).says("is stale")
    drafts.run(*FINAL, "request", "hero").ends(2).says("approved draft")


def test_a_changed_turn_pays_for_the_turn_alone(drafts: Project) -> None:
    drafts.run(*DRAFT, "approve", "hero").ends(0)
    drafts.run(*FINAL, "build").ends(0).draws(1)
    drafts.replace("pipeline.yaml", "in full detail", "in every detail")
    drafts.run(*FINAL, "build").ends(0).draws(1)
    drafts.run(*DRAFT, "build").ends(0).draws(0)


def test_a_draft_by_another_model_goes_along_as_a_picture(project: Project, server: GeminiServer) -> None:
    cheap = SETTINGS.replace("draft: {model: gemini-3-pro-image}", "draft: {model: gemini-3.1-flash-lite-image}")
    project.settings(cheap).spec("all", "vars: {what: picture}\nassets: {den: {prompt: A den.}}\n")
    project.run(*DRAFT, "build").ends(0).draws(1)
    project.run(*DRAFT, "approve", "den").ends(0)
    project.run(*FINAL, "build").ends(0).draws(1)
    assert server.requests[-1].prompt.startswith("Image 1: the picture to change\n")
    assert len(server.requests[-1].references) == 1


def test_the_project_without_a_profile_can_be_the_draft(project: Project) -> None:
    project.settings("profiles: {final: {from: base, turn: Finer.}}\n").spec("all", "assets: {den: {prompt: A den.}}\n")
    project.build().ends(0).draws(1)
    project.run(*FINAL, "build").ends(0).draws(0).says("`pipeline approve den`")
    project.run("approve", "den").ends(0)
    project.run(*FINAL, "build").ends(0).draws(1)
    project.run(*FINAL, "refine", "den", "warmer light").ends(0)
    project.run(*FINAL, "build").ends(0).draws(1)
    assert '"den#0"' in project.read("pipeline.final.lock").decode()


def test_a_final_has_the_shape_of_its_draft(project: Project, server: GeminiServer) -> None:
    project.settings("profiles: {final: {from: base, turn: {prompt: Finer., image_size: 4K}}}\n")
    project.spec("all", "assets: {den: {prompt: A den.}}\n").build().draws(1)
    project.run("refine", "den", "wider", "--aspect-ratio", "16:9").ends(0)
    project.build().draws(1)
    project.run("approve", "den").ends(0)
    project.run(*FINAL, "build").ends(0).draws(1)
    assert server.requests[-1].image == {"aspect_ratio": "16:9", "image_size": "4K"}


def test_an_adopted_draft_is_to_be_approved_as_it_is(project: Project) -> None:
    project.settings("profiles: {final: {from: base, turn: Finer.}}\n")
    project.spec("all", "assets: {den: {prompt: A den.}}\n").build().draws(1)
    project.run("approve", "den").ends(0)
    project.write("output/den.jpg", a_picture("navy", "JPEG")).run("adopt", "den").ends(0)
    project.run(*FINAL, "plan").ends(0).says("not approved")
    project.run("approve", "den").ends(0)
    project.run(*FINAL, "plan").ends(0).says("1 to draw")


def test_without_a_key_placeholders_stand_in_for_drafts_and_finals(keyless: Project, png: bytes) -> None:
    keyless.settings(SETTINGS).write("specs/refs/pose.png", png).spec("all", SPEC)
    keyless.run(*FINAL, "build").ends(0).says("2 placeholders placed")


@pytest.mark.parametrize(
    ("profiles", "said"),
    [
        ("{final: {from: draft, turn: Finer.}}", "there is no profile `draft`"),
        ("{final: {turn: Finer.}}", "`turn` without `from`"),
        ("{final: {from: base}}", "`from` without `turn`"),
        ("{final: {from: base, turn: {image_size: 4K}}}", "has no prompt"),
        ("{a: {from: b, turn: x}, b: {from: a, turn: x}}", "circle: `a` -> `b` -> `a`"),
        ("{final: {from: null, turn: F}}", "`turn` without `from`"),
        ("{final: {from: base, turn: null}}", "`from` without `turn`"),
        ("{final: {from: base, turn: F, prompt: P}}", "the turn of `final` has `prompt` too"),
        ("{final: {}, base: {}}", "the project without a profile"),
        ("{final: {from: base, turn: {prompt: x, image_size: 9K}}}", "cannot draw `9K`"),
    ],
)
def test_a_profile_that_continues_wrongly_is_told(project: Project, profiles: str, said: str) -> None:
    project.settings(f"profiles: {profiles}\n").spec("all", "assets: {den: {prompt: A den.}}\n")
    project.run("--profile", "final" if "final" in profiles else "a", "plan").ends(2).says(said, "pipeline.yaml:1")
