"""Bundles on their way through the tool: planned, made after the assets, left alone, cleared away."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from pipeline import marks, text_marks
from tests.gemini_answers import refused
from tests.gemini_server import GeminiServer
from tests.project import ROOT, Project
from tests.stories.conftest import a_picture
from tests.watching import PAIR, AtTerminal, Watch

MANIFEST = "exports:\n  json: public/assets.json\n"
TWO = "exports:\n  json: {to: public/assets.json, of: fox}\n  html: partials/\n"


def told(project: Project, path: str = "public/assets.json") -> dict[str, Any]:
    """The assets that a manifest tells of."""
    assets: dict[str, Any] = json.loads(project.read(path))["assets"]
    return assets


def bundles(project: Project, *args: str) -> dict[str, tuple[str, list[str]]]:
    """What a plan says of bundles: action and kinds of reasons."""
    found = project.run("--json", "plan", *args).json["bundles"]
    return {one["bundle"]: (one["action"], [reason["kind"] for reason in one["reasons"]]) for one in found}


@pytest.fixture
def made(drawn: Project) -> Project:
    """Two assets that are drawn, and a manifest of them."""
    drawn.settings(MANIFEST).build().ends(0).draws(0).says("made export json public/assets.json", "1 bundle made")
    return drawn


# --- made -------------------------------------------------------------------------------------------------------------


def test_a_bundle_is_made_after_its_assets_and_is_fresh_then(project: Project) -> None:
    project.spec("pair", PAIR).settings(MANIFEST)
    project.plan().ends(0).says("Bundles to make, free (1)", "`fox` and `wolf` change first", "1 bundle to make")
    project.build().ends(0).draws(2).says("Done: 2 built, 1 bundle made.")
    assert sorted(told(project)) == ["fox", "wolf"]
    mark = text_marks.read_mark(project.read("public/assets.json"))
    assert mark is not None and mark.startswith("export:")
    project.plan("--exit-code").ends(0).says("Nothing to do: 2 assets are fresh.")
    project.build().ends(0).draws(0).says("Nothing to do: 2 assets are fresh.")
    project.build("--frozen").ends(0)


def test_what_moves_is_told_and_made_again(made: Project) -> None:
    made.replace("specs/pair.yaml", "fox: {prompt: a fox}", "fox: {prompt: a fox, alt: A fox}")
    made.plan().says("export json", "what it tells changed, or how it is declared")
    made.plan("--exit-code").ends(4)
    made.build().ends(0).draws(0).says("1 bundle made")
    assert told(made)["fox"]["alt"] == "A fox"
    made.run("adopt", "wolf", str(_file(made.folder / "wolf.jpg", a_picture("teal", "JPEG")))).ends(0)
    assert bundles(made) == {"export json": ("derive", ["bundle_inputs"])}
    made.build().ends(0).draws(0).says("1 bundle made")
    made.remove("public/assets.json")
    assert bundles(made) == {"export json": ("derive", ["bundle_missing"])}
    made.build().ends(0).says("made export json")


def test_an_added_asset_is_in_it_and_a_removed_one_is_not(made: Project) -> None:
    made.spec("more", "assets:\n  owl: {prompt: an owl}\n").build().ends(0).draws(1)
    assert sorted(told(made)) == ["fox", "owl", "wolf"]
    made.remove("specs/more.yaml").build().ends(0)
    assert sorted(told(made)) == ["fox", "wolf"]


def test_it_is_made_without_a_key_and_offline(tmp_path: Path) -> None:
    project = Project(tmp_path / "project").spec("pair", PAIR).settings(MANIFEST)
    project.build().ends(0).says("2 placeholders placed, 1 bundle made")
    assert {one["origin"] for one in told(project).values()} == {"placeholder"}
    project.build("--offline").ends(0).is_silent_of("made")


def test_it_is_made_of_what_is_there_where_an_asset_failed(project: Project, server: GeminiServer) -> None:
    server.script(refused("a wolf"))
    project.spec("pair", PAIR).settings(MANIFEST)
    ran = project.build("--no-placeholders")
    ran.ends(1).says("1 bundle made")
    assert len(told(project)) == 1
    assert "of which nothing is built" in ran.text
    project.build().ends(0).draws(1)
    assert sorted(told(project)) == ["fox", "wolf"]


def test_one_that_nothing_is_built_of_is_held(project: Project, server: GeminiServer) -> None:
    server.script(refused("a fox"), refused("a wolf"))
    project.spec("pair", PAIR).settings(MANIFEST)
    project.build("--no-placeholders").ends(1).says("Bundles held (1)", "nothing is built of that yet")
    assert not project.exists("public/assets.json")


def test_json_tells_each_bundle(made: Project) -> None:
    made.replace("specs/pair.yaml", "a wolf}", "a wolf, tags: [wild]}")
    lines = [json.loads(line) for line in made.run("--json", "build").ends(0).out.splitlines()]
    event = next(line for line in lines if line["event"] == "bundle_made")
    assert (event["bundle"], event["written"]) == ("export json", ["public/assets.json"])
    assert [reason["kind"] for reason in event["reasons"]] == ["bundle_declared"]
    assert lines[-1]["bundles"][0]["did"] == "made"
    made.plan("--markdown").ends(0).is_silent_of("| bundle |")
    made.remove("public/assets.json").plan("--markdown").says("| bundle | what | why |", "1 bundle to make")


def test_list_and_show_tell_of_bundles(made: Project) -> None:
    made.run("list").ends(0).says("export json fresh 1 file public/assets.json")
    made.run("list", "fox").ends(0).is_silent_of("export json")
    for word in ("json", "export json", "public/assets.json"):
        made.run("show", word).ends(0).says("export json fresh", "pipeline.yaml:2:3", "made of `fox` and `wolf`")
    assert made.run("--json", "show", "json").json["files"] == ["public/assets.json"]
    assert [one["bundle"] for one in made.run("--json", "list").json["bundles"]] == ["export json"]
    made.run("show", "phaser").ends(2).says("no asset `phaser`")


# --- selections -------------------------------------------------------------------------------------------------------


def test_a_selection_makes_the_bundles_that_want_something_of_it(drawn: Project) -> None:
    drawn.settings(TWO)
    assert set(bundles(drawn, "wolf")) == {"export html"}
    drawn.build("wolf").ends(0).says("made export html").is_silent_of("export json")
    assert not drawn.exists("public/assets.json")
    assert drawn.exists("partials/fox.html"), "a bundle is made of all that it wants"
    drawn.build("fox").ends(0).says("made export json")
    drawn.build().ends(0).says("Nothing to do: 2 assets are fresh.")


# --- whose files ------------------------------------------------------------------------------------------------------


def test_a_persons_file_is_never_written_over(drawn: Project) -> None:
    drawn.settings(MANIFEST).write("public/assets.json", "{}")
    drawn.plan().says("Bundles edited (1)")
    drawn.build().ends(0).says("Bundles edited (1)", "move it away, and build again", "1 bundle edited")
    assert drawn.read("public/assets.json") == b"{}"
    drawn.build("--prune").ends(0)
    assert drawn.read("public/assets.json") == b"{}"
    drawn.remove("public/assets.json").build().ends(0).says("made export json")


def test_an_edited_file_stays_and_is_told(made: Project) -> None:
    data = made.read("public/assets.json").replace(b'"fox"', b'"vixen"')
    made.write("public/assets.json", data).spec("more", "assets:\n  owl: {prompt: an owl}\n")
    made.build().ends(0).draws(1).says("Bundles edited (1)", "`public/assets.json` is not as the tool wrote it")
    assert made.read("public/assets.json") == data
    made.build("--frozen").ends(0)


def test_a_clone_with_its_outputs_has_nothing_to_make(made: Project, tmp_path: Path, server: GeminiServer) -> None:
    made.as_repository().write(".gitignore", ".pipeline/\n").commit()
    clone = made.clone(tmp_path / "clone", server)
    clone.plan("--exit-code").ends(0).says("Nothing to do")
    clone.build("--frozen").ends(0).is_silent_of("made")
    clone.build().ends(0).draws(0).says("Nothing to do: 2 assets are fresh.")
    crlf = clone.read("public/assets.json").replace(b"\n", b"\r\n")
    clone.write("public/assets.json", crlf).build().ends(0).says("Nothing to do")  # as git leaves it on some systems


def test_two_bundles_with_one_file_are_a_mistake_before_anything_is_paid(project: Project) -> None:
    project.spec("pair", PAIR).settings("exports:\n  json: output/fox.jpg.json\n  phaser: output/Fox.jpg.json\n")
    project.build().ends(2).draws(0)


# --- cleared away -----------------------------------------------------------------------------------------------------


def test_files_that_no_bundle_makes_any_more_are_listed_and_pruned(made: Project) -> None:
    made.settings("exports:\n  json: public/other.json\n").build().ends(0).says("No longer declared: 1 file")
    assert made.exists("public/assets.json")
    made.build("--prune").ends(0).says("deleted public/assets.json")
    assert not made.exists("public/assets.json") and made.exists("public/other.json")
    made.settings("").plan().says("No longer declared: 1 file")
    made.write("public/other.json", "mine").build("--prune").ends(0)
    assert made.read("public/other.json") == b"mine"


SPRITES = """\
defaults: {format: png, process: [{resize: 24}]}
assets:
  "tile-{{ n }}": {for_each: {n: [1, 2, 3]}, prompt: Tile.}
sheets:
  tiles: {of: '*', max_size: 64, padding: 2, data: [json]}
"""


def test_pages_that_a_smaller_sheet_needs_no_more_are_pruned(tmp_path: Path) -> None:
    project = Project(tmp_path / "project").spec("tiles", SPRITES.replace("max_size: 64", "max_size: 32"))
    project.build().ends(0).says("made sheet tiles")
    assert {"tiles.png", "tiles-2.png", "tiles-3.png", "tiles.json"} <= set(project.outputs)
    mark = marks.read_mark(project.read("output/tiles-3.png"))
    assert mark == marks.read_mark(project.read("output/tiles.png")) and mark is not None
    assert mark.startswith("sheet:") and mark.endswith(f":{len(project.outputs) - 3}")
    project.spec("tiles", SPRITES).build().ends(0).says("No longer declared: 2 files")
    project.build("--prune").ends(0).says("deleted output/tiles-2.png", "deleted output/tiles-3.png")
    assert {path for path in project.outputs if "-" not in path} == {"tiles.png", "tiles.json"}


def test_a_sheet_in_a_clone_is_known_by_its_marks(tmp_path: Path, server: GeminiServer) -> None:
    project = Project(tmp_path / "project", server).spec("tiles", SPRITES)
    project.build().ends(0).draws(3)
    project.as_repository().write(".gitignore", ".pipeline/\n").commit()
    clone = project.clone(tmp_path / "clone", server)
    clone.plan("--exit-code").ends(0)
    clone.build().ends(0).draws(0).says("Nothing to do: 3 assets are fresh.")
    clone.remove("output/tiles.json").build().ends(0).says("made sheet tiles output/tiles.json")


def test_what_tells_of_a_sheet_is_known_in_a_clone_too(tmp_path: Path, server: GeminiServer) -> None:
    exports = "exports: {json: public/assets.json, css: public/assets.css, html: partials, phaser: public/pack.json}\n"
    project = Project(tmp_path / "project", server).settings(exports)
    project.spec(
        "tiles", SPRITES.replace("[json]", "[json, phaser]").replace("padding: 2", "padding: 2, formats: [png, avif]")
    )
    project.build().ends(0).draws(3)
    project.as_repository().write(".gitignore", ".pipeline/\n").commit()
    clone = project.clone(tmp_path / "clone", server)
    clone.plan("--exit-code").ends(0).says("Nothing to do")
    listed = {one["bundle"]: one for one in clone.run("list", "--json").ends(0).json["bundles"]}
    assert all(one["files"] for one in listed.values()), listed
    clone.build().ends(0).draws(0).says("Nothing to do: 3 assets are fresh.")
    pack = json.loads(clone.read("public/pack.json"))
    atlas = next(one for one in pack["assets"]["files"] if "atlas" in one["type"])
    assert "avif" not in json.dumps(atlas)


def test_a_file_of_an_asset_that_went_leaves_its_bundle(drawn: Project) -> None:
    drawn.settings(TWO).build().ends(0)
    drawn.replace("specs/pair.yaml", "  wolf: {prompt: a wolf}\n", "").build("--prune").ends(0)
    assert not drawn.exists("partials/wolf.html") and drawn.exists("partials/fox.html")


# --- dying ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("moment", ["before", "torn", "after"])
@pytest.mark.parametrize("number", range(1, 7))
def test_a_build_that_dies_between_two_files_is_continued(drawn: Project, number: int, moment: str) -> None:
    drawn.settings("exports:\n  html: new/partials\n")
    command = [sys.executable, "-m", "tests.dying_bundling", str(number), moment, "-C", str(drawn.folder), "build"]
    assert drawn.server is not None
    environ = {**os.environ, **drawn.server.environ, "PYTHONPATH": str(ROOT)}
    died = subprocess.run(command, env=environ, capture_output=True, text=True, check=False)
    assert died.returncode == -signal.SIGKILL, died.stdout + died.stderr
    drawn.build().ends(0).draws(0)
    whole = {path: drawn.read(f"new/partials/{path}") for path in ("fox.html", "wolf.html")}
    assert all(text_marks.read_mark(data) == "export" for data in whole.values())
    left = [path.name for path in (drawn.folder / "new").rglob("*") if path.is_file() and path.name not in whole]
    assert left == []
    drawn.build().ends(0).says("Nothing to do")


# --- watched ----------------------------------------------------------------------------------------------------------


@pytest.mark.timeout(180)
def test_a_watch_makes_what_a_save_moves_and_then_rests(made: Project) -> None:
    with Watch(made, "--settle", "0") as watch:
        made.settings("exports:\n  json: {to: public/assets.json, of: fox}\n")
        watch.until("bundle_made", bundle="export json")
        watch.until("summary", exit_code=0)
        assert sorted(told(made)) == ["fox"]
        made.remove("public/assets.json")
        watch.until("bundle_made", bundle="export json")
        watch.until("summary", exit_code=0)
        made.replace("specs/pair.yaml", "a wolf", "a grey wolf")
        watch.until("built", asset="wolf")
        watch.until("summary", exit_code=0)
        watch.stop()
        assert len(watch.told("begins")) == 3
    made.build().draws(0).says("Nothing to do: 2 assets are fresh.")


@pytest.mark.timeout(180)
def test_a_watch_tells_of_a_persons_file_once_and_makes_the_bundle_when_it_is_gone(made: Project) -> None:
    made.write("public/assets.json", "{}")
    with AtTerminal(made) as terminal:
        terminal.until("export json  `public/assets.json` is not as the tool wrote it")
        made.remove("public/assets.json")
        terminal.until("1 bundle made")
        terminal.interrupt()
        assert terminal.ends() == 130
    assert sorted(told(made)) == ["fox", "wolf"]


def _file(path: Path, data: bytes) -> Path:
    path.write_bytes(data)
    return path


def test_a_file_that_is_no_picture_fails_its_bundles_alone(made: Project) -> None:
    made.write("output/fox.jpg", b"version https://git-lfs.github.com/spec/v1\n")
    ran = made.spec("more", "assets:\n  owl: {prompt: an owl}\n").build()
    ran.draws(1)
    assert "output/fox.jpg" in ran.text
    made.write("output/fox.jpg", a_picture("teal", "JPEG")).build().draws(0)
