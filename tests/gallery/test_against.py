"""`pipeline gallery --against REV`: what a branch adds, changes and removes; through the command line."""

from __future__ import annotations

import io
import subprocess
from pathlib import Path

import pytest
from PIL import Image

from tests.gallery.static import Written
from tests.gemini_answers import refused
from tests.project import Project

TOYS = """
defaults: {model: gemini-3.1-flash-lite-image}
assets:
  kite: {prompt: A kite.}
  drum: {prompt: A drum.}
  yoyo: {prompt: A yo-yo.}
"""


@pytest.fixture
def out(tmp_path: Path) -> Path:
    return tmp_path / "gallery"


@pytest.fixture
def branch(project: Project) -> Project:
    """A project on a branch that comes from `main`, where three assets were drawn; takes are committed."""
    project.as_repository().settings("remote: takes\n").spec("toys", TOYS).build().draws(3)
    project.commit().git("checkout", "-q", "-b", "work")
    return project


def against(project: Project, out: Path, revision: str = "main", *select: str) -> Written:
    project.run("gallery", *select, "--out", str(out), "--against", revision).ends(0).draws(0)
    return Written(out)


def a_picture(colour: str) -> bytes:
    file = io.BytesIO()
    Image.new("RGB", (64, 48), colour).save(file, "JPEG")
    return file.getvalue()


# --- what changed ---------------------------------------------------------------------------------------------------


def test_a_branch_without_changes_has_none(branch: Project, out: Path) -> None:
    gallery = against(branch, out)
    assert gallery.changes == {}
    assert {name: gallery.data["against"][name] for name in ("added", "changed", "removed", "cost_micro_usd")} == {
        "added": 0,
        "changed": 0,
        "removed": 0,
        "cost_micro_usd": 0,
    }


def test_added_changed_and_removed_are_shown_with_their_pictures(branch: Project, out: Path) -> None:
    before = branch.outputs
    branch.spec(
        "toys", TOYS.replace("A kite.", "A red kite.").replace("yoyo: {prompt: A yo-yo.}", "top: {prompt: A top.}")
    )
    branch.build("--prune").draws(2)
    gallery = against(branch, out)
    assert gallery.changes == {"kite": "changed", "top": "added", "yoyo": "removed"}
    assert gallery.picture("kite", "before") == before["kite.jpg"]
    assert gallery.picture("kite") == branch.outputs["kite.jpg"] != before["kite.jpg"]
    assert gallery.picture("top") == branch.outputs["top.jpg"]
    assert gallery.rows["top"]["before"] is None
    assert gallery.picture("yoyo", "before") == before["yoyo.jpg"]
    assert gallery.rows["yoyo"]["picture"] is None
    assert gallery.data["assets"]["yoyo"]["prompt"] == "A yo-yo."
    [asked] = gallery.rows["kite"]["asks"]
    assert asked["diff"] == [["same", "A"], ["added", "red"], ["same", "kite."]]


def test_a_picture_that_only_a_person_replaced_is_a_change_that_asks_nothing_else(branch: Project, out: Path) -> None:
    branch.run("reroll", "drum").ends(0)
    branch.build().draws(1)
    gallery = against(branch, out)
    assert gallery.changes == {"drum": "changed"}
    assert gallery.rows["drum"]["asks"] == []


def test_a_changed_prompt_that_nobody_has_drawn_yet_is_a_change_with_its_price(branch: Project, out: Path) -> None:
    branch.replace("specs/toys.yaml", "A kite.", "A red kite.")
    ran = branch.run("gallery", "--out", str(out), "--against", "main").ends(0)
    ran.says("1 changed", "0 pictures drawn for $0.00", "A build would draw 1 picture, $0.034 by the table.")
    gallery = Written(out)
    assert gallery.changes == {"kite": "changed"}
    assert gallery.rows["kite"]["state"] == "stale"
    assert gallery.picture("kite") == gallery.picture("kite", "before")


@pytest.mark.parametrize("renamed", ["dragon: {prompt: A kite.}", "dragon: {prompt: A kite., was: kite}"])
def test_a_rename_is_neither_added_nor_removed(branch: Project, out: Path, renamed: str) -> None:
    branch.replace("specs/toys.yaml", "kite: {prompt: A kite.}", renamed).build().draws(0)
    gallery = against(branch, out)
    assert gallery.changes == {}
    assert gallery.rows["dragon"]["was"] == "kite"


def test_a_renamed_asset_that_was_drawn_anew_is_compared_with_what_it_was(branch: Project, out: Path) -> None:
    before = branch.outputs["kite.jpg"]
    branch.replace("specs/toys.yaml", "kite: {prompt: A kite.}", "dragon: {prompt: A red kite., was: kite}")
    branch.build().draws(1)
    gallery = against(branch, out)
    assert gallery.changes == {"dragon": "changed"}
    assert gallery.picture("dragon", "before") == before


def test_an_added_turn_is_a_change(branch: Project, out: Path) -> None:
    branch.run("refine", "drum", "Make it larger.").ends(0)
    branch.build().draws(1)
    gallery = against(branch, out)
    assert gallery.changes == {"drum": "changed"}
    assert "prompt" in [asked["field"] for asked in gallery.rows["drum"]["asks"]]


def test_only_what_changed_is_written_in_full_size(branch: Project, out: Path) -> None:
    branch.replace("specs/toys.yaml", "A kite.", "A red kite.").build().draws(1)
    gallery = against(branch, out)
    assert len([path for path in gallery.files if path.startswith("pictures/")]) == 2
    assert gallery.rows["drum"]["picture"]["src"].startswith("thumbs/")


def test_a_selection_counts_and_shows_nothing_else(branch: Project, out: Path) -> None:
    branch.spec("toys", TOYS.replace("A kite.", "A red kite.").replace("  yoyo: {prompt: A yo-yo.}\n", ""))
    gallery = against(branch, out, "main", "k*")
    assert gallery.rows.keys() == {"kite"}
    assert gallery.data["against"]["removed"] == 0
    # What was removed is named by what the specs said then.
    assert against(branch, out, "main", "[dy]*").changes == {"yoyo": "removed"}
    assert against(branch, out, "main", "--exclude", "[dy]*").changes == {"kite": "changed"}


def test_everything_is_added_since_a_time_before_the_project(project: Project, out: Path) -> None:
    project.as_repository().remove("specs").write("README.md", "soon").commit().git("tag", "v0")
    project.spec("toys", TOYS).build()
    assert set(against(project, out, "v0").changes.values()) == {"added"}


def test_a_project_below_the_repository_is_compared_with_itself(project: Project, tmp_path: Path, out: Path) -> None:
    game = Project(tmp_path / "game").as_repository()
    art = Project(game.folder / "art", project.server)
    art.spec("toys", TOYS).build().draws(3)
    game.commit()
    art.replace("specs/toys.yaml", "A kite.", "A red kite.")
    assert against(art, out, "HEAD").changes == {"kite": "changed"}


# --- what it cost ---------------------------------------------------------------------------------------------------


def test_the_cost_is_that_of_the_pictures_that_came_since(branch: Project, out: Path) -> None:
    assert branch.server is not None
    before = branch.server.answered_micro_usd
    branch.replace("specs/toys.yaml", "A kite.", "A red kite.").build().draws(1)
    branch.run("reroll", "drum").ends(0)
    branch.build().draws(1)
    told = against(branch, out).data["against"]
    assert (told["takes"], told["cost_micro_usd"]) == (2, branch.server.answered_micro_usd - before)
    assert told["takes_of_unknown_cost"] == told["in_vain_micro_usd"] == 0


def test_answers_without_a_picture_are_counted_apart(branch: Project, out: Path) -> None:
    assert branch.server is not None
    branch.server.script(refused("IMAGE_SAFETY"))
    branch.replace("specs/toys.yaml", "A kite.", "A rude kite.").build().ends(1)
    told = against(branch, out).data["against"]
    assert told["takes"] == told["cost_micro_usd"] == 0
    assert told["in_vain_micro_usd"] > 0


def test_a_cost_that_nobody_here_knows_is_told_as_such(branch: Project, out: Path) -> None:
    branch.settings("{}\n").replace("specs/toys.yaml", "A kite.", "A red kite.").build().draws(1)
    branch.remove(".pipeline")
    ran = branch.run("gallery", "--out", str(out), "--against", "main").ends(0)
    ran.says("1 picture drawn for $0.00 and 1 of these at a cost that is not known here")


# --- where the pictures come from -------------------------------------------------------------------------------------


def test_a_clone_without_a_key_tells_the_same_by_the_remote(branch: Project, tmp_path: Path, out: Path) -> None:
    branch.replace("specs/toys.yaml", "A kite.", "A red kite.").build().draws(1)
    branch.commit()
    mine = against(branch, out)
    clone = branch.clone(tmp_path / "ci" / "project")
    theirs = against(clone, tmp_path / "theirs", "origin/main")
    assert theirs.changes == mine.changes == {"kite": "changed"}
    for when in ("picture", "before"):
        assert theirs.picture("kite", when) == mine.picture("kite", when)
    cost = mine.data["against"]["cost_micro_usd"]
    assert theirs.data["against"]["cost_micro_usd"] == cost > 0


def test_what_is_nowhere_in_reach_is_told_in_its_place(branch: Project, out: Path) -> None:
    branch.replace("specs/toys.yaml", "A kite.", "A red kite.").build().draws(1)
    branch.remove("takes", ".pipeline")
    row = against(branch, out).rows["kite"]
    assert (row["change"], row["before"]) == ("changed", None)
    assert "neither in the store, in a remote nor in git" in row["gap"]


def test_a_committed_output_shows_what_no_store_has_any_more(project: Project, out: Path) -> None:
    project.as_repository().write(".gitignore", ".pipeline/\n").spec("toys", TOYS).build()
    before = project.outputs["kite.jpg"]
    project.commit().replace("specs/toys.yaml", "A kite.", "A red kite.").build().draws(1)
    project.remove(".pipeline")
    gallery = against(project, out, "HEAD")
    assert gallery.changes == {"kite": "changed"}
    assert gallery.picture("kite", "before") == before


def test_a_file_that_was_edited_and_committed_is_what_it_looked_like(project: Project, out: Path) -> None:
    project.as_repository().write(".gitignore", ".pipeline/\n").spec("toys", TOYS).build()
    project.write("output/kite.jpg", a_picture("teal")).commit().git("tag", "retouched")
    assert against(project, out, "retouched").changes == {}
    project.write("output/kite.jpg", a_picture("salmon"))
    gallery = against(project, out, "retouched")
    assert gallery.changes == {"kite": "changed"}
    assert (gallery.picture("kite", "before"), gallery.picture("kite")) == (a_picture("teal"), a_picture("salmon"))
    # To adopt what was seen there is no change of what is seen.
    project.write("output/kite.jpg", a_picture("teal")).run("adopt", "kite").ends(0)
    assert against(project, out, "retouched").changes == {}


def test_a_pointer_of_git_lfs_is_not_shown_as_a_picture(project: Project, out: Path) -> None:
    pointer = f"version https://git-lfs.github.com/spec/v1\noid sha256:{'ab' * 32}\nsize 12345\n"
    project.as_repository().write(".gitignore", ".pipeline/\n").spec("toys", TOYS).build()
    project.write("output/kite.jpg", pointer).commit()
    project.remove("output/kite.jpg").build().draws(0)
    row = against(project, out, "HEAD").rows["kite"]
    assert (row["change"], row["before"]) == ("changed", None)
    assert "abababab" in row["gap"]


# --- which revision -------------------------------------------------------------------------------------------------


def test_a_branch_is_compared_with_where_it_parted(branch: Project, out: Path) -> None:
    parted = branch.git("rev-parse", "HEAD").strip()
    branch.replace("specs/toys.yaml", "A kite.", "A red kite.").commit()
    branch.git("checkout", "-q", "main")
    branch.replace("specs/toys.yaml", "A drum.", "A loud drum.").commit()
    main = branch.git("rev-parse", "HEAD").strip()
    branch.git("checkout", "-q", "work")
    head = branch.git("rev-parse", "HEAD").strip()
    gallery = against(branch, out)
    # The drum is main's business, and no change of this branch.
    assert gallery.changes == {"kite": "changed"}
    told = gallery.data["against"]
    assert (told["revision"], told["named"], told["commit"], told["head"]) == ("main", main, parted, head)
    assert told["why"] == f"`main` ({main[:9]}) and HEAD ({head[:9]}) parted at {parted[:9]}."


def test_a_commit_that_head_comes_from_is_taken_as_it_is(branch: Project, out: Path) -> None:
    commit = branch.git("rev-parse", "HEAD").strip()
    branch.git("tag", "-a", "v1", "-m", "first")
    branch.replace("specs/toys.yaml", "A kite.", "A red kite.").commit()
    for revision in ("v1", commit, commit[:12], "HEAD~1"):
        told = against(branch, out, revision).data["against"]
        assert (told["commit"], told["changed"]) == (commit, 1)
        assert told["why"].startswith(f"`{revision}` is {commit[:9]}, which HEAD (")


@pytest.mark.parametrize("revision", ["nonsense", "-x", "--output=x", "HEAD:specs", "v9..main", ""])
def test_what_is_no_revision_is_refused(branch: Project, out: Path, revision: str) -> None:
    ran = branch.run("gallery", "--out", str(out), f"--against={revision}").ends(2)
    ran.says(f"git does not know the revision `{revision}`")
    assert not out.exists()


def test_a_branch_that_only_the_remote_has_is_named(branch: Project, tmp_path: Path, out: Path) -> None:
    clone = branch.clone(tmp_path / "clone")
    clone.git("checkout", "-q", "work")
    clone.run("gallery", "--out", str(out), "--against", "main").ends(2).says("there is `origin/main`")


def test_a_shallow_clone_is_told_what_to_fetch(branch: Project, tmp_path: Path, out: Path) -> None:
    branch.replace("specs/toys.yaml", "A kite.", "A red kite.").commit()
    shallow = tmp_path / "shallow"
    subprocess.run(
        ["git", "clone", "-q", "--depth=1", "--no-single-branch", branch.folder.as_uri(), str(shallow)], check=True
    )
    ran = Project(shallow).run("gallery", "--out", str(out), "--against", "origin/main").ends(2)
    ran.says("does not reach back to where `origin/main` and HEAD parted", "git fetch --unshallow", "fetch-depth: 0")
    ran = Project(shallow).run("gallery", "--out", str(out), "--against", "HEAD~1").ends(2)
    ran.says("git does not know the revision `HEAD~1`", "git fetch --unshallow")


def test_histories_without_a_common_commit_are_told(branch: Project, out: Path) -> None:
    branch.git("checkout", "-q", "--orphan", "island")
    branch.write("notes.txt", "from scratch").commit()
    branch.run("gallery", "--out", str(out), "--against", "main").ends(2).says("have no commit in common")


def test_outside_of_git_it_is_said(project: Project, out: Path) -> None:
    project.spec("toys", TOYS)
    project.run("gallery", "--out", str(out), "--against", "main").ends(2).says("is not in a git repository")
    project.as_repository()
    project.run("gallery", "--out", str(out), "--against", "main").ends(2).says("has no commit yet")


def test_specs_that_had_errors_then_are_told(project: Project, out: Path) -> None:
    project.as_repository().spec("toys", "assets: {kite: {promt: A kite.}}\n").commit().spec("toys", TOYS)
    ran = project.run("gallery", "--out", str(out), "--against", "HEAD").ends(2)
    ran.says("have errors", "specs/toys.yaml:1:17")
