"""A team: the same pixels from git, and nothing paid twice."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from tests.gemini_server import GeminiServer
from tests.project import Project

ART = """\
assets:
  art: {prompt: Key art of a night market., aspect_ratio: 16:9}
  hero: {prompt: "A hero in the style of {{ ref('art') }}."}
"""


@pytest.fixture
def shared(project: Project) -> Project:
    """A's machine: drawn, with a folder remote in git; output/ is not."""
    project.settings("remote: takes/\n").spec("art", ART).as_repository()
    project.build().ends(0).draws(2)
    return project.commit()


def test_a_clone_without_a_key_has_the_same_bytes(shared: Project, tmp_path: Path) -> None:
    other = shared.clone(tmp_path / "other")
    other.build().ends(0)
    assert other.outputs == shared.outputs
    assert other.git("status", "--porcelain") == ""
    other.build().says("Nothing to do")


def test_without_remote_store_and_output_it_is_missing_and_told(
    shared: Project, tmp_path: Path, server: GeminiServer
) -> None:
    other = shared.clone(tmp_path / "other")
    other.build().ends(0)
    lock = other.read("pipeline.lock")
    other.remove("takes", ".pipeline", "output")
    for player in (other, Project(other.folder, server)):
        player.build().ends(1).draws(0).says("missing", "takes/", "--redraw-missing")
        assert not player.exists("output")
    assert set(other.states().values()) == {"missing"}
    assert other.read("pipeline.lock") == lock
    Project(other.folder, server).build("--redraw-missing").ends(0).draws(2)


def test_the_remote_is_filled_before_the_lock_names_a_take(shared: Project) -> None:
    for entry in shared.lock.values():
        digest = entry["take"].removeprefix("sha256:")
        request = entry["request"].removeprefix("sha256:")
        assert shared.exists(f"takes/objects/{digest[:2]}/{digest[2:]}")
        assert shared.exists(f"takes/requests/{request[:2]}/{request[2:]}/request.json")
        assert len(list((shared.folder / f"takes/requests/{request[:2]}/{request[2:]}").glob("*.json"))) == 2


def test_a_remote_that_cannot_be_written_keeps_the_lock_as_it_was(project: Project) -> None:
    project.settings("remote: takes/\n").spec("art", ART).write("takes", "a file where the folder should be")
    project.build().ends(1).draws(0).says("takes")
    assert project.lock == {}
    project.remove("takes").build().ends(0).draws(2)
    assert set(project.lock) == {"art", "hero"}


def test_a_damaged_object_in_the_remote_is_told_and_never_used(shared: Project, tmp_path: Path) -> None:
    other = shared.clone(tmp_path / "other")
    digest = other.lock["art"]["take"].removeprefix("sha256:")
    other.write(f"takes/objects/{digest[:2]}/{digest[2:]}", b"not the picture")
    other.build().ends(1).says("damaged")
    assert not other.exists("output/art.jpg")
    pointer = b"version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 3\n"
    other.write(f"takes/objects/{digest[:2]}/{digest[2:]}", pointer)
    other.build().ends(1).says("git lfs pull")


def test_branches_keep_their_pixels(shared: Project) -> None:
    main = shared.outputs
    shared.git("switch", "-q", "-c", "neon")
    shared.replace("specs/art.yaml", "night market", "neon market").build().ends(0).draws(2)
    neon = shared.outputs
    shared.commit()
    for branch, pixels in [("main", main), ("neon", neon)] * 2:
        shared.git("switch", "-q", branch)
        shared.build().ends(0).draws(0)
        assert shared.outputs == pixels
        assert shared.git("status", "--porcelain") == ""


def test_a_spec_that_both_branches_changed_is_no_conflict_once_it_is_resolved(shared: Project) -> None:
    for branch, word in [("sea", "sea"), ("sky", "sky")]:
        shared.git("switch", "-q", "-c", branch, "main")
        shared.replace("specs/art.yaml", "A hero", f"A {word} hero").build().ends(0).draws(1)
        shared.commit()
    with pytest.raises(subprocess.CalledProcessError):
        shared.git("merge", "-q", "sea")
    # The spec is resolved by hand; the lock is left as git left it.
    shared.git("checkout", "--theirs", "specs/art.yaml")
    assert b"<<<<<<<" in shared.read("pipeline.lock")
    shared.build().ends(0).draws(0)
    assert set(shared.states().values()) == {"fresh"}
    assert b"<<<<<<<" not in shared.read("pipeline.lock")
    assert len(shared.lock["hero"]["past"]) == 2


def test_one_request_drawn_on_two_machines_is_for_a_person_to_decide(
    shared: Project, tmp_path: Path, server: GeminiServer
) -> None:
    other = shared.clone(tmp_path / "other", server)
    for someone in (shared, other):
        someone.run("reroll", "hero").ends(0)
        someone.build().ends(0).draws(1)
        someone.commit()
    theirs = other.lock["hero"]["take"]
    shared.git("fetch", "-q", str(other.folder), "main")
    with pytest.raises(subprocess.CalledProcessError):
        shared.git("merge", "-q", "FETCH_HEAD")
    shared.build().ends(0).draws(0).says("pipeline pick")
    assert shared.states()["hero"] == "held"
    shared.run("approve", "hero").ends(2).says("pipeline pick")
    shared.run("pick", "hero", theirs[7:19]).ends(0)
    shared.build().ends(0).draws(0)
    assert shared.lock["hero"]["take"] == theirs
    assert len(shared.lock["hero"]["takes"]) == 3
    assert shared.outputs["hero.jpg"] == other.outputs["hero.jpg"]


def test_profiles_keep_their_pixels_and_locks(project: Project) -> None:
    project.settings("profiles:\n  draft: {model: gemini-3.1-flash-lite-image}\n").spec("art", ART)
    project.build().ends(0).draws(2)
    final = project.outputs
    project.run("--profile", "draft", "build").ends(0).draws(2)
    draft = project.outputs
    assert project.exists("pipeline.draft.lock")
    assert all(draft[name] != final[name] for name in final)
    for _ in range(2):
        project.build().ends(0).draws(0)
        assert project.outputs == final
        project.run("build", "--profile", "draft").ends(0).draws(0)
        assert project.outputs == draft
    project.run("--profile", "darft", "build").ends(2).says("draft")


def test_a_profile_that_asks_for_the_same_shares_the_take(project: Project) -> None:
    project.settings("profiles:\n  web: {format: png}\n").spec("art", ART)
    project.build().ends(0).draws(2)
    project.run("--profile", "web", "build").ends(0).draws(0)
    assert sorted(project.outputs) == ["art.jpg", "art.png", "hero.jpg", "hero.png"]


def test_push_and_pull_copy_what_is_not_there_yet(project: Project, tmp_path: Path) -> None:
    project.spec("art", ART).as_repository().build().draws(2)
    project.run("push").ends(2).says("remote")
    project.settings(f"remote: {tmp_path / 'share'}\n")
    (tmp_path / "share").mkdir()
    project.run("push").ends(0).says("2 takes")
    project.run("push").ends(0).says("nothing new")
    other = project.commit().clone(tmp_path / "other")
    other.run("pull").ends(0).says("2 takes")
    assert len(list((other.folder / ".pipeline/objects").glob("*/*"))) == 2
    other.build().ends(0)
    assert other.outputs == project.outputs
