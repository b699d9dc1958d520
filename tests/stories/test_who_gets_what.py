"""Reuse in its order, selection, references and generators: through the command line."""

from __future__ import annotations

import io
import json
import sys
from pathlib import Path

import pytest
from PIL import Image

from tests.gemini_answers import refused
from tests.gemini_server import GeminiServer
from tests.project import Project
from tests.stories.conftest import a_picture

TWINS = "assets: {a: {prompt: A tree.}, b: {prompt: A tree.}}\n"


def takes(project: Project) -> dict[str, str]:
    return {asset: entry["take"] for asset, entry in project.lock.items()}


def test_without_a_lock_each_twin_gets_what_was_drawn_for_it(project: Project) -> None:
    project.spec("twins", TWINS).build("b").draws(1)
    project.build().draws(1)
    drawn = takes(project)
    project.remove("pipeline.lock").build().ends(0).draws(0)
    assert takes(project) == drawn


def test_a_third_gets_the_oldest_take_that_nobody_names(project: Project) -> None:
    project.spec("twins", TWINS).build("b").draws(1)
    project.build().draws(1)
    oldest = takes(project)["b"]
    project.remove("pipeline.lock").spec("twins", "assets: {c: {prompt: A tree.}}\n").build().ends(0).draws(0)
    assert takes(project) == {"c": oldest}


def test_another_profile_s_pick_is_known_by_its_lock_alone(project: Project) -> None:
    project.settings("profiles: {web: {}}\n").spec("hero", "assets: {hero: {prompt: A hero.}}\n").build().draws(1)
    project.remove(".pipeline/requests").run("--profile", "web", "build").ends(0).draws(0)


def test_nothing_is_drawn_from_what_is_out_of_reach(project: Project) -> None:
    two = "assets:\n  art: {prompt: Art., format: png}\n  hero: {prompt: \"Like {{ ref('art') }}.\"}\n"
    project.spec("two", two).build().draws(2)
    project.remove(".pipeline/objects").replace("specs/two.yaml", "Like", "Unlike")
    project.build().ends(0).draws(0).says("art", "nowhere in reach")
    assert project.states()["hero"] == "held"


def test_a_revert_whose_take_is_gone_leaves_the_pick_alone_unless_it_is_to_be_redrawn(project: Project) -> None:
    spec = "assets: {hero: {prompt: A hero.}}\n"
    project.spec("hero", spec).build().draws(1)
    project.spec("hero", spec.replace("hero.", "villain.")).build().draws(1)
    villain = project.outputs
    gone = next(iter(project.lock["hero"]["past"].values()))["take"][7:]
    project.remove(f".pipeline/objects/{gone[:2]}/{gone[2:]}").spec("hero", spec)
    project.build().ends(0).draws(0).says("--redraw-missing")
    assert project.outputs == villain
    project.build("--redraw-missing").ends(0).draws(1)


def test_file_true_attaches_what_a_person_adopted(project: Project) -> None:
    specs = """\
assets:
  art: {prompt: Art.}
  plain: {prompt: "Like {{ ref('art') }}."}
  finished: {prompt: "Like {{ ref('art', file=true) }}."}
"""
    project.spec("art", specs).build().draws(3)
    project.write("output/art.jpg", a_picture("navy", "JPEG")).run("adopt", "art").ends(0)
    project.build().ends(0).draws(1)
    assert project.server is not None
    assert project.server.requests[-1].references == [a_picture("navy", "JPEG")]
    assert set(project.states().values()) == {"fresh"}


def test_a_large_reference_is_shrunk_to_the_limit_which_is_in_the_key(project: Project) -> None:
    project.write("specs/big.png", a_picture("teal", size=(3000, 1000)))
    project.spec("hero", "assets: {hero: {prompt: \"Like {{ ref('big.png') }}.\"}}\n").build().draws(1)
    assert project.server is not None
    sizes = [Image.open(io.BytesIO(request.references[0])).size for request in project.server.requests]
    project.settings("reference_limit: 1024\n").build().ends(0).draws(1)
    sizes.append(Image.open(io.BytesIO(project.server.requests[-1].references[0])).size)
    assert sizes == [(2048, 683), (1024, 341)]


def test_retry_blocked_allows_that_many_more(project: Project, server: GeminiServer) -> None:
    server.script(refused("IMAGE_OTHER"), refused("IMAGE_OTHER"))
    project.settings("retry_blocked: 2\n").spec("hero", "assets: {hero: {prompt: A hero.}}\n")
    assert project.build().ends(0).draws(1).asked == 3


def test_continuation_is_one_request(project: Project, server: GeminiServer) -> None:
    from tests.gemini_answers import ended

    server.script(ended("CONTINUATION"))
    assert project.spec("hero", "assets: {hero: {prompt: A hero.}}\n").build().ends(1).asked == 1


# --- SELECT ---


def selected(project: Project, *select: str) -> set[str]:
    return {asset["asset"] for asset in project.run("--json", "list", *select).ends(0).json["assets"]}


def test_selectors_name_what_they_say(project: Project) -> None:
    project.spec("art", "assets:\n  art: {prompt: Art., tags: [base]}\n  hero: {prompt: \"{{ ref('art') }}\"}\n")
    project.spec("more", "assets:\n  item/a: {prompt: A.}\n  item/b: {prompt: \"{{ ref('hero') }}\", tags: [base]}\n")
    everything = {"art", "hero", "item/a", "item/b"}
    assert selected(project) == everything
    assert selected(project, "item/*") == {"item/a", "item/b"}
    assert selected(project, "+hero") == {"art", "hero"}
    assert selected(project, "hero+") == {"hero", "item/b"}
    assert selected(project, "+hero+") == {"art", "hero", "item/b"}
    assert selected(project, "tag:base", "item/a") == {"art", "item/a", "item/b"}
    assert selected(project, "file:specs/more.yaml") == {"item/a", "item/b"}
    assert selected(project, "--exclude", "art+") == {"item/a"}
    project.build("item/a").draws(1)
    assert selected(project, "state:fresh") == {"item/a"}


def test_changed_since_a_revision_is_what_asks_for_something_else(project: Project) -> None:
    project.as_repository().spec("two", "assets: {a: {prompt: A.}, b: {prompt: B., tags: [x]}}\n").commit()
    project.spec("two", "assets: {b: {prompt: B., tags: [y]}, a: {prompt: Another A.}, c: {prompt: C.}}\n")
    assert selected(project, "changed:HEAD") == {"a", "c"}
    project.run("list", "changed:nowhere").ends(2).says("nowhere")


def test_what_is_made_otherwise_of_its_take_has_changed_too(project: Project) -> None:
    made = "assets:\n  a: {prompt: A., process: [{round: 10%}]}\n  b: {prompt: B., format: webp, quality: 80}\n"
    project.as_repository().spec("two", made).commit()
    assert selected(project, "changed:HEAD") == set()
    project.spec("two", made.replace("10%", "20%")).commit()
    assert selected(project, "changed:HEAD~1") == {"a"}
    project.spec("two", made.replace("10%", "20%").replace("80", "81"))
    assert selected(project, "changed:HEAD") == {"b"}


def test_what_is_not_selected_is_not_drawn_and_a_stale_upstream_is_told(project: Project) -> None:
    two = "assets:\n  art: {prompt: Art.}\n  hero: {prompt: \"Like {{ ref('art') }}.\"}\n"
    project.spec("two", two).plan("hero").ends(0).says("+hero")
    project.build("hero").ends(0).draws(0)
    project.build("+hero").ends(0).draws(2)
    project.replace("specs/two.yaml", "Art.", "Other art.").replace("specs/two.yaml", "Like", "Unlike")
    project.plan("hero").says("stale itself and not selected")


# --- generators of others ---

PLUG_IN = """
import io
from PIL import Image
from pipeline.draw.port import Drawn

class Studio:
    name = "studio"
    def __init__(self, environ): self.environ = environ
    def missing(self): return None if self.environ.get("STUDIO_KEY") else "set STUDIO_KEY"
    async def aclose(self): pass
    async def draw(self, call):
        if "break" in call.request.prompt: raise RuntimeError("the studio is on fire")
        file = io.BytesIO()
        Image.new("RGB", (1024, 1024), self.environ["STUDIO_KEY"]).save(file, "PNG")
        return Drawn(picture=file.getvalue(), type="image/png", width=1024, height=1024)
"""


@pytest.fixture
def studio(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An installed package with a generator of its own."""
    site = tmp_path / "site"
    (site / "studio_generator-1.0.dist-info").mkdir(parents=True)
    (site / "studio_generator-1.0.dist-info/METADATA").write_text("Name: studio-generator\nVersion: 1.0\n")
    entry = "[pipeline.generators]\nstudio = studio_generator:Studio\n"
    (site / "studio_generator-1.0.dist-info/entry_points.txt").write_text(entry)
    (site / "studio_generator.py").write_text(PLUG_IN)
    monkeypatch.syspath_prepend(str(site))
    sys.modules.pop("studio_generator", None)


@pytest.mark.usefixtures("studio")
def test_a_plug_in_draws_under_its_own_key_and_switching_back_is_free(project: Project) -> None:
    project.spec("hero", "assets: {hero: {prompt: A hero., format: png}}\n").build().draws(1)
    by_gemini = project.outputs
    env = {"STUDIO_KEY": "teal"}
    project.run("build", "--generator", "studio").ends(0).says("STUDIO_KEY").draws(0)
    project.run("build", "--generator", "studio", env=env).ends(0).draws(0)
    assert project.lock["hero"]["generator"] == "studio"
    request = project.lock["hero"]["request"][7:]
    asked = json.loads(project.read(f".pipeline/requests/{request[:2]}/{request[2:]}/request.json"))
    assert asked["generator"] == "studio"
    project.build().ends(0).draws(0)
    assert project.outputs == by_gemini
    project.settings("generator: studio\n").run("build", env=env).ends(0).draws(0)
    assert project.outputs != by_gemini
    project.settings("generator: placeholder\n").run("build", "--generator", "gemini").ends(0).draws(0)
    assert project.outputs == by_gemini


@pytest.mark.usefixtures("studio")
def test_a_plug_in_that_fails_fails_its_asset_alone(project: Project) -> None:
    project.settings("generator: studio\nretry_lost: 0\n")
    project.spec("two", "assets: {a: {prompt: Please break., format: png}, b: {prompt: B., format: png}}\n")
    ran = project.run("build", env={"STUDIO_KEY": "teal"}).ends(1).says("the studio is on fire")
    assert list(project.lock) == ["b"]
    assert "Traceback" not in ran.text


def test_an_unknown_generator_is_told_with_those_that_there_are(project: Project) -> None:
    project.spec("hero", "assets: {hero: {prompt: A hero.}}\n").build("--generator", "gemni").ends(2).says("`gemini`")
