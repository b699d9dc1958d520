"""What exports tell of pictures that came about in different ways."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from tests.project import Project
from tests.stories.conftest import a_picture

SPEC = """\
assets:
  hero: {prompt: A hero., alt: A hero at night, format: png, variants: [{widths: [64], formats: [webp]}]}
  tile: {prompt: A tile.}
  card: {from: hero, size: 200x100}
"""
EXPORTS = """\
exports:
  json: {to: public/assets.json, prompts: true}
  icons: {of: hero, to: public}
  copies: {to: public/c, of: tile}
"""


@pytest.fixture
def exported(project: Project) -> Project:
    project.spec("site", SPEC).settings(EXPORTS).build().ends(0).draws(2)
    return project


def manifest(project: Project) -> dict[str, Any]:
    return dict(json.loads(project.read("public/assets.json"))["assets"])


def test_origins_are_told_as_they_are(exported: Project) -> None:
    told = manifest(exported)
    assert {id: asset["origin"] for id, asset in told.items()} == {"hero": "drawn", "tile": "drawn", "card": "drawn"}
    assert (told["card"]["width"], told["card"]["height"]) == (200, 100)
    assert [file.get("variant") for file in told["hero"]["files"]] == [None, "64 wide"]

    exported.write("mine.png", a_picture("salmon", size=(600, 600)))
    exported.run("adopt", "hero", "mine.png").ends(0)
    exported.write("output/tile.jpg", a_picture("teal", "JPEG"))
    exported.build()
    told = manifest(exported)
    assert (told["hero"]["origin"], told["tile"]["origin"]) == ("adopted", "edited")
    assert told["hero"]["width"] == 600
    salmon, color = (bytes.fromhex(text) for text in ("fa8072", told["hero"]["color"][1:]))
    assert max(abs(one - other) for one, other in zip(salmon, color, strict=True)) <= 3


def test_a_prompt_is_the_one_that_was_rendered(exported: Project) -> None:
    assert manifest(exported)["hero"]["prompt"] == "A hero."
    assert "prompt" not in manifest(exported)["card"]


def test_an_alt_text_that_changes_pays_nothing_and_reaches_the_manifest(exported: Project) -> None:
    exported.replace("specs/site.yaml", "A hero at night", "A hero by day").build().ends(0).draws(0)
    assert manifest(exported)["hero"]["alt"] == "A hero by day"
    assert b"A hero by day" in exported.read("public/icon-512.png")


def test_a_new_take_has_a_new_copy_and_the_old_one_is_pruned(exported: Project) -> None:
    [before] = (exported.folder / "public/c").iterdir()
    exported.run("reroll", "tile").ends(0)
    exported.build("--prune").ends(0).draws(1)
    [after] = (exported.folder / "public/c").iterdir()
    assert before != after
    assert after.read_bytes() == exported.read("output/tile.jpg")


def test_a_clone_rewrites_nothing_of_it(exported: Project, tmp_path: Path) -> None:
    exported.as_repository().write(".gitignore", ".pipeline/\n").commit()
    clone = exported.clone(tmp_path / "clone", exported.server)
    clone.plan("--exit-code").ends(0).says("Nothing to do")
    clone.build().ends(0).draws(0).says("Nothing to do")
    assert clone.git("status", "--short") == ""


def test_icons_of_what_a_model_drew_say_so(exported: Project) -> None:
    icon = exported.read("public/icon-512.png")
    assert b"trainedAlgorithmicMedia" in icon and b"gemini-3-pro-image" in icon
    assert Image.open(io.BytesIO(icon)).size == (512, 512)
