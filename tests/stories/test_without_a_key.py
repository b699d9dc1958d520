"""Without credentials, in CI, and after things were taken out of the specs."""

from __future__ import annotations

import io

import pytest
from PIL import Image

from pipeline import marks
from tests.gemini_server import GeminiServer
from tests.project import Project
from tests.stories.conftest import a_picture

TWO = """\
assets:
  art: {prompt: Key art., aspect_ratio: 21:9}
  hero: {prompt: "A hero like {{ ref('art') }}.", format: png, approve: true}
  copy: {prompt: "A copy of {{ ref('hero') }}."}
"""


def with_key(project: Project, server: GeminiServer) -> Project:
    return Project(project.folder, server)


def test_every_asset_gets_a_placeholder_of_its_size_and_again_nothing_is_to_do(keyless: Project) -> None:
    keyless.spec("two", TWO).build().ends(0).says("3 placeholders")
    sizes = {name: Image.open(io.BytesIO(data)).size for name, data in keyless.outputs.items()}
    assert sizes == {"art.jpg": (1584, 672), "copy.jpg": (1024, 1024), "hero.png": (1024, 1024)}
    assert {marks.read_mark(data) for data in keyless.outputs.values()} == {"placeholder"}
    before = keyless.outputs
    keyless.build().ends(0).says("Nothing to do")
    assert keyless.outputs == before
    assert set(keyless.states().values()) == {"placeholder"}


def test_placeholders_never_enter_the_lock_and_no_key_depends_on_them(keyless: Project, server: GeminiServer) -> None:
    keyless.spec("two", TWO).build().ends(0)
    assert not keyless.exists("pipeline.lock")
    drawn = with_key(keyless, server)
    drawn.build().ends(0).draws(2)
    drawn.run("approve", "hero").ends(0)
    drawn.build().ends(0).draws(1)
    assert {marks.read_mark(data) for name, data in drawn.outputs.items() if name != "hero.png"} == {None}


def test_a_placeholder_follows_its_prompt(keyless: Project) -> None:
    keyless.spec("two", TWO).build().ends(0)
    before = keyless.outputs
    keyless.replace("specs/two.yaml", "Key art.", "Dark key art.").build().ends(0).says("1 placeholder")
    assert [name for name in before if keyless.outputs[name] != before[name]] == ["art.jpg"]


def test_a_build_without_a_key_never_replaces_a_real_picture(project: Project, keyless: Project) -> None:
    project.spec("two", TWO).build().draws(2)
    project.run("approve", "hero").ends(0)
    project.build().draws(1)
    nobody = Project(project.folder)
    before = project.outputs
    nobody.build().ends(0).says("Nothing to do")
    nobody.replace("specs/two.yaml", "Key art.", "Dark key art.").build().ends(0).says("stale")
    assert project.outputs == before
    assert nobody.states()["art"] == "stale"
    # A pick that is in reach is restored, key or no key.
    nobody.replace("specs/two.yaml", "Dark key art.", "Key art.").remove("output").build().ends(0)
    assert project.outputs == before


def test_an_edited_placeholder_is_a_person_s_work(keyless: Project) -> None:
    keyless.spec("two", TWO).build().ends(0)
    image = Image.open(io.BytesIO(keyless.outputs["hero.png"])).convert("RGB")
    image.putpixel((10, 10), (1, 2, 3))
    mine = io.BytesIO()
    image.save(mine, "PNG")
    keyless.write("output/hero.png", mine.getvalue()).replace("specs/two.yaml", "A hero", "A small hero")
    keyless.build().ends(0).says("adopt")
    assert keyless.outputs["hero.png"] == mine.getvalue()


def test_no_placeholders_fails_instead(keyless: Project) -> None:
    keyless.spec("two", TWO).build("--no-placeholders").ends(1).says("GEMINI_API_KEY")
    assert not keyless.exists("output")


def test_offline_calls_no_model(project: Project) -> None:
    ran = project.spec("two", TWO).build("--offline").ends(0)
    assert ran.asked == 0
    assert len(project.outputs) == 3
    assert project.run("build", "--generator", "placeholder").ends(0).asked == 0


def test_a_plan_needs_no_key_and_tells_what_a_key_would_cost(keyless: Project) -> None:
    planned = keyless.spec("two", TWO).run("--json", "plan").ends(0).json
    assert planned["price"]["certain_draws"] == 0
    assert planned["with_key"]["certain_draws"] == 1


# --- --frozen: CI's guard ---


def test_frozen_restores_and_is_content_with_what_is_fresh(project: Project) -> None:
    project.spec("hero", "assets: {hero: {prompt: A hero., format: png}}").build().draws(1)
    before, lock = project.outputs, project.read("pipeline.lock")
    project.remove("output").build("--frozen").ends(0).draws(0)
    assert project.outputs == before
    assert project.read("pipeline.lock") == lock


@pytest.mark.parametrize(
    ("old", "new"),
    [("A hero.", "A villain."), ("hero:", "villain:"), ("png", "webp")],
    ids=["a draw", "a rename", "another format"],
)
def test_frozen_names_what_is_to_do_and_changes_no_lock(project: Project, old: str, new: str) -> None:
    project.spec("hero", "assets: {hero: {prompt: A hero., format: png}}").build().draws(1)
    lock = project.read("pipeline.lock")
    for someone in (project, Project(project.folder)):
        someone.write("specs/hero.yaml", project.read("specs/hero.yaml").replace(old.encode(), new.encode()))
        someone.build("--frozen").ends(4).draws(0).says("villain" if new == "villain:" else "hero")
        assert someone.read("pipeline.lock") == lock


def test_frozen_places_no_placeholder(keyless: Project) -> None:
    keyless.spec("two", TWO).build("--frozen").ends(4).says("art", "hero", "copy")
    assert not keyless.exists("output")


# --- what the specs no longer declare ---


def test_what_is_no_longer_declared_is_told_and_stays_until_it_is_pruned(project: Project) -> None:
    project.spec("two", "assets:\n  a: {prompt: A.}\n  b: {prompt: B.}\n  c: {prompt: C.}\n").build().draws(3)
    project.write("output/c.jpg", a_picture("navy", "JPEG"))
    project.spec("two", "assets:\n  a: {prompt: A., name: first/a}\n")
    project.build().ends(0).draws(0).says("--prune")
    assert sorted(project.outputs) == ["a.jpg", "b.jpg", "c.jpg", "first/a.jpg"]
    project.build("--prune").ends(0)
    assert sorted(project.outputs) == ["c.jpg", "first/a.jpg"]  # what a person changed is not ours to delete
    assert list(project.lock) == ["a"]
    assert list(project.lock["a"]["files"]) == ["output/first/a.jpg"]


def test_names_that_two_assets_swap_are_not_pruned(project: Project) -> None:
    project.spec("two", "assets:\n  a: {prompt: A., name: x}\n  b: {prompt: B., name: y}\n").build().draws(2)
    before = project.outputs
    project.spec("two", "assets:\n  a: {prompt: A., name: y}\n  b: {prompt: B., name: x}\n")
    project.build("--prune").ends(0).draws(0)
    assert project.outputs == {"x.jpg": before["y.jpg"], "y.jpg": before["x.jpg"]}
    project.build().says("Nothing to do")
