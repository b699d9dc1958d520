"""Cases in which money, pictures or decisions were once seen to be lost: by people who looked for them."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

from tests.gemini_answers import cut
from tests.gemini_server import GeminiServer
from tests.project import Project
from tests.stories.conftest import a_picture

HERO = "assets: {hero: {prompt: A hero.}}\n"
KNIGHT = "assets: {knight: {prompt: A hero., was: hero}}\n"


# --- renames ---


@pytest.mark.parametrize("was", [", was: hero", ""], ids=["with was", "without was"])
def test_a_rejected_take_does_not_come_back_under_a_new_name(project: Project, was: str) -> None:
    project.spec("hero", HERO).build().draws(1)
    rejected = project.lock["hero"]["take"]
    project.run("reroll", "hero").ends(0)
    project.spec("hero", f"assets: {{knight: {{prompt: A hero.{was}}}}}\n").build().ends(0).draws(1)
    assert project.lock["knight"]["take"] != rejected
    assert project.lock["knight"]["rejected"] == [rejected]


def test_a_rename_that_waits_keeps_its_take_from_a_twin(project: Project) -> None:
    project.spec("old", "assets: {old: {prompt: A hero.}}\n").build().draws(1)
    take = project.lock["old"]["take"]
    project.run("protect", "old").ends(0)
    project.spec("old", "assets: {zed: {prompt: A hero., was: old}, abe: {prompt: A hero.}}\n")
    project.build("abe").ends(0).draws(1)
    project.build("--prune").ends(0).draws(0)
    assert project.lock["zed"]["take"] == take
    assert project.lock["zed"]["protected"] is True
    assert project.lock["abe"]["take"] != take


def test_prune_spares_a_rename_that_is_held(project: Project) -> None:
    project.spec("hero", HERO).build().draws(1)
    project.run("protect", "hero", "--note", "ours").ends(0)
    project.spec("hero", "assets: {knight: {prompt: A new hero., was: hero}}\n")
    for args in (["--prune", "--offline"], ["--prune"]):
        project.build(*args).ends(0).draws(0)
    assert project.run("--json", "show", "knight").json["state"] == "held"
    assert [entry["note"] for entry in project.lock.values()] == ["ours"]


def test_a_protected_asset_that_is_out_of_the_specs_for_a_while_keeps_its_take(project: Project) -> None:
    two = "assets: {a: {prompt: A hero., protect: true}, b: {prompt: B.}}\n"
    project.spec("two", two).build().draws(2)
    project.run("approve", "a").ends(0)
    before = project.outputs["a.jpg"]
    project.spec("two", "assets: {b: {prompt: A hero.}}\n").build().ends(0).draws(1)
    project.spec("two", two).build().ends(0).draws(0)
    assert project.outputs["a.jpg"] == before
    assert project.lock["a"]["approved"] == project.lock["a"]["take"]


def test_a_take_with_a_new_owner_is_not_shared_when_the_old_one_comes_back(project: Project) -> None:
    project.spec("two", "assets: {a: {prompt: A hero.}, b: {prompt: B.}}\n").build().draws(2)
    project.spec("two", "assets: {b: {prompt: A hero.}}\n").build().ends(0).draws(0)
    project.spec("two", "assets: {a: {prompt: A hero.}, b: {prompt: A hero.}}\n").build().ends(0).draws(1)
    assert project.lock["a"]["take"] != project.lock["b"]["take"]


# --- what is paid is kept ---


def test_a_store_that_cannot_be_written_is_found_out_before_anything_is_paid(project: Project) -> None:
    project.spec("two", "assets: {a: {prompt: A.}, b: {prompt: B.}}\n")
    project.write(".pipeline/objects", "a file where the folder should be")
    project.build("-j", "1").ends(1).draws(0).says("objects")
    project.remove(".pipeline/objects").build().ends(0).draws(2)


def test_the_last_copy_of_a_picture_is_stored_before_its_file_is_written_over(project: Project) -> None:
    project.spec("hero", HERO).build().draws(1)
    first = project.outputs
    project.remove(".pipeline").spec("hero", "assets: {hero: {prompt: A villain.}}\n").build().ends(0).draws(1)
    project.spec("hero", HERO).build().ends(0).draws(0)
    assert project.outputs == first


@pytest.mark.parametrize("change", ["format: png", "output: public", "name: hero2"])
def test_a_picture_is_found_in_the_file_that_it_had_before(project: Project, change: str) -> None:
    project.spec("hero", HERO).build().draws(1)
    project.remove(".pipeline").spec("hero", f"assets: {{hero: {{prompt: A hero., {change}}}}}\n")
    project.build().ends(0).draws(0)


def test_an_intent_whose_take_arrived_has_an_outcome(project: Project) -> None:
    project.spec("hero", HERO).build().draws(1)
    ledger = project.read(".pipeline/ledger.jsonl").splitlines(keepends=True)
    project.write(".pipeline/ledger.jsonl", ledger[0]).remove("pipeline.lock", "output")
    project.build().ends(0).draws(0)
    project.run("costs").ends(0).is_silent_of("may have been charged")
    assert b'"result":"take"' in project.read(".pipeline/ledger.jsonl")


def test_an_asset_whose_first_calls_were_lost_can_be_tried_again(project: Project, server: GeminiServer) -> None:
    server.script(cut(), cut())
    project.spec("hero", HERO).build().ends(1)
    assert project.build().ends(1).says("pipeline reroll hero").asked == 0
    project.run("reroll", "hero").ends(0)
    project.build().ends(0).draws(1)


def test_a_damaged_object_is_replaced_from_the_remote_or_from_the_file(project: Project) -> None:
    project.settings("remote: takes/\n").spec("hero", HERO).build().draws(1)
    before = project.outputs
    digest = project.lock["hero"]["take"][7:]
    where = f".pipeline/objects/{digest[:2]}/{digest[2:]}"
    project.write(where, b"x" * len(project.read(where))).remove("output").build().ends(0).draws(0)
    assert project.outputs == before
    project.settings("").write(where, b"").replace("specs/hero.yaml", "A hero.", "A hero., format: webp")
    project.build().ends(0).draws(0)


# --- decisions ---


def test_a_reroll_of_an_adopted_picture_draws(project: Project) -> None:
    project.spec("hero", HERO).write("mine.jpg", a_picture("navy", "JPEG"))
    project.run("adopt", "hero", str(project.folder / "mine.jpg")).ends(0)
    project.run("reroll", "hero").ends(0)
    project.build().ends(0).draws(1)


def test_a_placeholder_is_not_adopted(keyless: Project) -> None:
    keyless.spec("hero", HERO).build().ends(0)
    keyless.run("adopt", "hero").ends(2).says("placeholder")
    assert not keyless.exists("pipeline.lock")


HELD = {
    "protected": ("assets: {hero: {prompt: A hero., protect: true}}\n", []),
    "adopted": (HERO, [["adopt", "hero"]]),
    "stale without a key": (HERO, []),
}


@pytest.mark.parametrize(("spec", "decisions"), HELD.values(), ids=HELD.keys())
def test_the_file_of_a_held_asset_is_put_back(project: Project, spec: str, decisions: list[list[str]]) -> None:
    project.spec("hero", spec).build().draws(1)
    if decisions:
        project.write("output/hero.jpg", a_picture("navy", "JPEG"))
    for decision in decisions:
        project.run(*decision).ends(0)
    before = project.outputs
    project.spec("hero", spec.replace("A hero.", "Another hero.")).remove("output")
    Project(project.folder).build().ends(0)
    assert project.outputs == before


def test_prune_leaves_other_profiles_and_people_s_files_alone(project: Project) -> None:
    project.settings("profiles: {web: {output: public}}\n").spec("hero", HERO).build().draws(1)
    project.run("--profile", "web", "build").ends(0).draws(0)
    project.build("--prune").ends(0)
    assert project.exists("public/hero.jpg")
    project.write("output/hero.jpg", a_picture("navy", "JPEG")).run("adopt", "hero").ends(0)
    project.spec("hero", "assets: {other: {prompt: Other.}}\n").build("--prune").ends(0)
    assert project.read("output/hero.jpg") == a_picture("navy", "JPEG")
    project.build("--frozen", "--prune").ends(2)


def test_what_one_profile_rejected_does_not_come_back_through_another(project: Project) -> None:
    project.settings("profiles: {draft: {tags: [draft]}}\n").spec("hero", HERO).build().draws(1)
    project.run("reroll", "hero").ends(0)
    project.run("--profile", "draft", "build").ends(0).draws(1)


def test_nothing_is_drawn_from_an_upstream_that_the_budget_held(project: Project) -> None:
    two = "assets:\n  up: {prompt: Up., image_size: 4K}\n  down: {prompt: \"Down {{ ref('up') }}.\"}\n"
    project.spec("two", two).build().draws(2)
    project.replace("specs/two.yaml", "Up.", "Higher.").replace("specs/two.yaml", "Down", "Lower")
    # By the table the 4K fits, by its ceiling it does not.
    project.build("--max-cost", "0.245").ends(3).draws(0).says("up", "down")


def test_a_protected_pick_survives_a_merge_that_neither_side_matches(project: Project, tmp_path: Path) -> None:
    project.as_repository().spec("hero", HERO).build().draws(1)
    project.run("protect", "hero").ends(0)
    project.commit()
    for branch, prompt in (("one", "First."), ("two", "Second.")):
        project.git("switch", "-q", "-c", branch, "main")
        project.spec("hero", f"assets: {{hero: {{prompt: {prompt}}}}}\n").run("reroll", "hero").ends(0)
        project.build().ends(0).draws(1)
        project.commit()
    with pytest.raises(subprocess.CalledProcessError):
        project.git("merge", "-q", "one")
    project.spec("hero", "assets: {hero: {prompt: Third.}}\n").build().ends(0).draws(0).says("pipeline pick")


# --- what comes from elsewhere ---


def test_a_record_from_elsewhere_names_no_path(project: Project) -> None:
    project.settings("remote: takes/\n").spec("hero", HERO).build().draws(1)
    request = project.lock["hero"]["request"][7:]
    folder = project.folder / "takes/requests" / request[:2] / request[2:]
    (record,) = [path for path in folder.glob("*.json") if path.name != "request.json"]
    value = json.loads(record.read_text())
    record.write_text(json.dumps({**value, "call": "../../../../../../evil"}))
    project.remove(".pipeline", "output").build().draws(0)
    assert list(project.folder.parent.rglob("evil*")) == []


def test_a_lock_of_a_newer_version_is_refused(project: Project) -> None:
    project.spec("hero", HERO).build().draws(1)
    project.replace("pipeline.lock", '"key": 1', '"key": 2').build().ends(2).draws(0).says("newer version")


def test_push_repairs_and_shares_what_people_adopted(project: Project, tmp_path: Path) -> None:
    project.as_repository().spec("hero", HERO).build().draws(1)
    project.write("output/hero.jpg", a_picture("navy", "JPEG")).run("adopt", "hero").ends(0)
    project.settings("remote: takes/\n").run("push").ends(0)
    project.remove("takes/objects").run("push").ends(0)
    other = project.commit().clone(tmp_path / "other")
    other.build().ends(0)
    assert other.outputs == project.outputs


def test_an_adopted_picture_that_only_its_file_holds_is_stored_again(project: Project) -> None:
    project.spec("hero", HERO).build().draws(1)
    mine = a_picture("navy", "JPEG")
    project.write("output/hero.jpg", mine).run("adopt", "hero").ends(0)
    project.remove(".pipeline").build().ends(0).draws(0)
    project.remove("output").build().ends(0).draws(0)
    assert project.outputs["hero.jpg"] == mine


def test_a_file_that_was_read_once_more_is_known_by_its_looks_from_then_on(keyless: Project) -> None:
    keyless.spec("hero", HERO).build().ends(0)

    def lines_after_a_build() -> int:
        keyless.build().ends(0).says("Nothing to do")
        return len(keyless.read(".pipeline/files").splitlines())

    # Written just now, it could change within the clock's grain: so the first builds look, and one of them settles it.
    assert any(lines_after_a_build() == 2 for _ in range(300))
    assert [lines_after_a_build() for _ in range(3)] == [2, 2, 2]


def test_an_id_that_was_left_behind_long_ago_shares_no_take_when_it_comes_back(project: Project) -> None:
    project.spec("c", "assets: {c: {prompt: P}, b: {prompt: Q}}\n").build().draws(2)
    # `was` names it still, but there is nothing to carry over any more: its take is free for others.
    project.spec("c", "assets: {b: {prompt: P, was: c}}\n").build().ends(0).draws(0)
    project.spec("c", "assets: {b: {prompt: P}, c: {prompt: P}}\n").build().ends(0).draws(1)
    assert project.lock["b"]["take"] != project.lock["c"]["take"]
