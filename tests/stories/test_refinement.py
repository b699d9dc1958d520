"""`refine`: a conversation whose turns are requests of their own, so that a change pays for what comes after it."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.gemini_answers import picture
from tests.gemini_server import GeminiServer
from tests.gemini_wire import Reply, Request
from tests.project import Project
from tests.stories.conftest import a_picture

LOGO = """
assets:
  logo:
    prompt: A logo.
    refine:
      - Bolder letters.
      - {prompt: Final polish., image_size: 2K}
"""


@pytest.fixture
def logo(project: Project, server: GeminiServer) -> Project:
    """Drawn, and the server's memory clear."""
    project.spec("logo", LOGO).build().ends(0).draws(3)
    return project


def texts(request: Request) -> list[tuple[str, list[str]]]:
    """Of each turn that was sent: who said it, and what its parts are."""
    return [(turn["role"], [_kind(part) for part in turn["parts"]]) for turn in request.snake["contents"]]


def _kind(part: dict[str, Any]) -> str:
    what = part.get("text", "picture")
    return f"{what}{' (thought)' if part.get('thought') else ''}{' signed' if 'thought_signature' in part else ''}"


def test_each_turn_goes_on_from_the_whole_conversation_with_a_config_of_its_own(
    logo: Project, server: GeminiServer
) -> None:
    first, second, third = server.requests
    plan = "A plan for the picture. (thought)"
    assert texts(first) == [("user", ["A logo."])]
    answer = ("model", [plan, "picture signed"])
    assert texts(second) == [("user", ["A logo."]), answer, ("user", ["Bolder letters."])]
    assert texts(third) == [*texts(second), answer, ("user", ["Final polish."])]
    assert first.image == second.image == {"aspect_ratio": "1:1", "image_size": "1K"}
    assert third.image == {"aspect_ratio": "1:1", "image_size": "2K"}
    assert all(r.snake["generation_config"]["response_modalities"] == ["IMAGE"] for r in server.requests)
    assert list(logo.lock) == ["logo", "logo#0", "logo#1"]
    assert list(logo.outputs) == ["logo.jpg"]
    assert (logo.lock["logo"]["width"], logo.lock["logo#1"]["width"]) == (2048, 1024)


@pytest.mark.parametrize(
    ("old", "new", "paid"),
    [
        ("Final polish.", "Last polish.", 1),
        ("Bolder letters.", "Thinner letters.", 2),
        ("A logo.", "A sign.", 3),
        ("image_size: 2K", "aspect_ratio: 16:9", 1),
        ("      - Bolder letters.", "      - Bolder  letters.  # a comment", 0),
        ("polish., image_size: 2K}", "polish., image_size: 2K}\n      - And a frame.", 1),
        ("\n      - {prompt: Final polish., image_size: 2K}", "", 0),
        ("    refine:\n      - Bolder letters.\n      - {prompt: Final polish., image_size: 2K}", "", 0),
    ],
    ids=["last", "middle", "first", "config", "layout", "added", "dropped", "plain"],
)
def test_a_change_pays_for_its_turn_and_those_after_it(logo: Project, old: str, new: str, paid: int) -> None:
    before = logo.outputs
    logo.replace("specs/logo.yaml", old, new)
    assert logo.run("--json", "plan").json["price"]["certain_draws"] == min(paid, 1)
    logo.build().ends(0).draws(paid)
    logo.build().ends(0).draws(0).says("Nothing to do: 1 asset is fresh")
    logo.spec("logo", LOGO).build().ends(0).draws(0)
    assert logo.outputs == before


def test_a_plain_asset_is_the_first_turn_of_its_conversation(project: Project, server: GeminiServer) -> None:
    project.spec("logo", "assets: {logo: {prompt: A logo.}}\n").build().draws(1)
    take = project.lock["logo"]["take"]
    project.spec("logo", "assets: {logo: {prompt: A logo., refine: [Bolder.]}}\n").build().ends(0).draws(1)
    assert project.lock["logo#0"]["take"] == take
    assert len(server.requests[-1].snake["contents"]) == 3


def test_a_reroll_means_the_last_turn_and_a_turn_has_a_name_of_its_own(logo: Project) -> None:
    logo.run("reroll", "logo").ends(0)
    logo.build().ends(0).draws(1)
    logo.run("reroll", "logo#0").ends(0)
    logo.build().ends(0).draws(3)
    logo.build().ends(0).draws(0)


def test_turns_are_looked_at_by_their_names(logo: Project) -> None:
    assert list(logo.states()) == ["logo"]
    logo.run("show", "logo#1").ends(0).says("Bolder letters.")
    logo.run("explain", "logo#1").ends(0).says("fresh")
    logo.run("takes", "logo#0").ends(0).says("picked")
    logo.run("graph").ends(0).says("logo#0")
    logo.replace("specs/logo.yaml", "Bolder", "Thinner").run("explain", "logo").ends(0).says(
        "logo#1: the prompt changed"
    )


def test_a_retouched_take_goes_back_as_the_users_picture(logo: Project, server: GeminiServer) -> None:
    logo.write("mine.png", a_picture("navy"))
    logo.run("adopt", "logo#1", str(logo.folder / "mine.png"), "--take").ends(0)
    logo.build().ends(0).draws(1)
    sent = server.requests[-1]
    assert texts(sent) == [("user", ["picture", "Image 1: the picture to change\n\nFinal polish."])]
    assert sent.references == [a_picture("navy")]


def without_signatures(request: Request) -> Reply:
    def change(answer: dict[str, Any]) -> None:
        for part in answer["candidates"][0]["content"]["parts"]:
            part.pop("thoughtSignature", None)

    return picture(request, change=change)


def test_a_take_without_signatures_goes_back_as_a_picture_under_the_same_key(
    project: Project, server: GeminiServer
) -> None:
    server.script(without_signatures)
    spec = "assets: {logo: {prompt: A logo., references: [refs/pose.png], refine: [Bolder.]}}\n"
    project.write("specs/refs/pose.png", a_picture("teal")).spec("logo", spec).build().ends(0).draws(2)
    text = "Image 1: the picture to change\n\nBolder."
    assert texts(server.requests[-1]) == [("user", ["picture", text])]
    previous = project.lock["logo#0"]["take"]
    key = project.run("--json", "show", "logo").json["request"]
    request = project.read(f".pipeline/requests/{key[7:9]}/{key[9:]}/request.json").decode()
    assert request == f'{{"model":"gemini-3-pro-image","previous":"{previous}","prompt":"Bolder."}}'


def test_what_was_attached_goes_along_with_the_conversation(project: Project, server: GeminiServer) -> None:
    spec = "assets: {logo: {prompt: \"Like {{ ref('refs/pose.png', 'the pose') }}.\", refine: [Bolder., Redder.]}}\n"
    project.write("specs/refs/pose.png", a_picture("teal")).spec("logo", spec).build().ends(0).draws(3)
    assert texts(server.requests[-1])[0] == ("user", ["picture", "Image 1: the pose\n\nLike image 1."])
    # Once the file is another one, it cannot go along any more, and the last picture goes instead.
    project.run("reroll", "logo").ends(0)
    project.write("specs/refs/pose.png", a_picture("teal")).build().ends(0).draws(1)
    assert len(texts(server.requests[-1])) == 5


def test_drafts_go_back_where_they_stood(project: Project, server: GeminiServer) -> None:
    server.drafts = True
    project.spec("logo", "assets: {logo: {prompt: A logo., refine: [Bolder.]}}\n").build().ends(0).draws(2)
    kinds = texts(server.requests[-1])[1][1]
    assert kinds == ["A plan for the picture. (thought)", "picture (thought)", "picture signed"]


# --- decisions ---


@pytest.mark.parametrize("decision", ["protect", "adopt"])
def test_no_turn_is_drawn_for_an_asset_that_keeps_its_picture(logo: Project, decision: str) -> None:
    if decision == "adopt":
        logo.write("output/logo.jpg", a_picture("navy", "JPEG"))
    logo.run(decision, "logo").ends(0)
    before = logo.outputs
    logo.replace("specs/logo.yaml", "A logo.", "A sign.").build().ends(0).draws(0).says("held")
    assert logo.outputs == before
    logo.run("keep", "logo").ends(0)
    logo.build().ends(0).draws(0).says("Nothing to do")


def test_no_turn_is_drawn_for_a_file_that_a_person_changed(logo: Project) -> None:
    logo.write("output/logo.jpg", a_picture("navy", "JPEG")).replace("specs/logo.yaml", "A logo.", "A sign.")
    logo.build().ends(0).draws(0).says("edited")


def test_keep_accepts_the_whole_conversation(logo: Project) -> None:
    logo.replace("specs/logo.yaml", "A logo.", "A fine logo.").replace("specs/logo.yaml", "Final", "The final")
    logo.run("keep", "logo").ends(0)
    logo.build().ends(0).draws(0).says("Nothing to do")


def test_without_a_key_one_placeholder_stands_in(keyless: Project) -> None:
    keyless.spec("logo", LOGO).build().ends(0).says("1 placeholder placed")
    assert list(keyless.outputs) == ["logo.jpg"]
    keyless.build().ends(0).says("1 placeholder")
    assert not keyless.exists("pipeline.lock")
    keyless.build("--no-placeholders").ends(1)


def test_a_clone_gets_the_same_pixels_and_only_its_own_turn_to_pay(logo: Project, tmp_path: Path) -> None:
    logo.as_repository().settings("remote: takes/\n").build("--prune").ends(0)
    logo.run("push").ends(0)
    other = logo.commit().clone(tmp_path / "other", logo.server)
    other.build().ends(0).draws(0)
    assert other.outputs == logo.outputs
    other.replace("specs/logo.yaml", "Final polish.", "Last polish.").build().ends(0).draws(1)
    assert other.server is not None
    assert len(other.server.requests[-1].snake["contents"]) == 5


def test_a_renamed_conversation_costs_nothing(logo: Project) -> None:
    logo.spec("logo", LOGO.replace("logo:", "sign:", 1)).build().ends(0).draws(0)
    assert set(logo.lock) == {"sign", "sign#0", "sign#1"}


# --- turns that a person adds ---


def test_a_note_becomes_a_turn_that_the_lock_keeps(logo: Project, server: GeminiServer) -> None:
    before = logo.outputs
    logo.run("refine", "logo", "arrow 15 % smaller").ends(0).says("pipeline build logo")
    assert logo.lock["logo"]["turns"] == ["arrow 15 % smaller"]
    logo.build().ends(0).draws(1)
    assert texts(server.requests[-1])[-1] == ("user", ["arrow 15 % smaller"])
    assert len(texts(server.requests[-1])) == 7
    assert logo.lock["logo"]["width"] == 2048
    logo.run("refine", "logo", "in {{ red }}", "--image-size", "4k").ends(0)
    logo.build().ends(0).draws(1)
    assert texts(server.requests[-1])[-1] == ("user", ["in {{ red }}"])
    assert logo.lock["logo"]["width"] == 4096
    for _ in range(2):
        logo.run("refine", "logo", "--undo").ends(0)
    logo.build().ends(0).draws(0)
    assert logo.outputs == before
    logo.run("refine", "logo", "--undo").ends(2).says("no turn")


def test_a_note_continues_from_what_was_adopted(project: Project, server: GeminiServer) -> None:
    project.spec("hero", "assets: {hero: {prompt: A hero.}}\n").build().draws(1)
    project.write("output/hero.jpg", a_picture("navy", "JPEG")).run("adopt", "hero").ends(0)
    project.run("refine", "hero", "add a hat").ends(0)
    project.build().ends(0).draws(1)
    assert server.requests[-1].references == [a_picture("navy", "JPEG")]
    project.run("refine", "hero", "--undo").ends(0)
    project.build().ends(0).draws(0)
    assert project.read("output/hero.jpg") == a_picture("navy", "JPEG")


def test_a_note_survives_a_change_of_the_spec_and_a_rename(project: Project) -> None:
    project.spec("hero", "assets: {hero: {prompt: A hero.}}\n").build().draws(1)
    project.run("refine", "hero", "add a hat").ends(0)
    project.build().draws(1)
    project.spec("hero", "assets: {hero: {prompt: A villain.}}\n").build().ends(0).draws(2)
    project.spec("hero", "assets: {boss: {prompt: A villain., was: hero}}\n").build().ends(0).draws(0)
    assert project.lock["boss"]["turns"] == ["add a hat"]
    project.build().ends(0).draws(0).says("Nothing to do")


@pytest.mark.parametrize("mine", [True, False])
def test_two_branches_that_refine_differently_are_a_conflict_that_a_pick_decides(project: Project, mine: bool) -> None:
    project.as_repository().spec("hero", "assets: {hero: {prompt: A hero.}}\n").build().draws(1)
    project.commit()
    takes = {}
    for branch, note in (("one", "add a hat"), ("two", "add a cloak")):
        project.git("switch", "-q", "-c", branch, "main")
        project.run("refine", "hero", note).ends(0)
        project.build().ends(0).draws(1)
        takes[note] = project.lock["hero"]["take"]
        project.commit()
    with pytest.raises(subprocess.CalledProcessError):
        project.git("merge", "-q", "one")
    project.build().ends(0).draws(0).says("pipeline pick")
    note = "add a cloak" if mine else "add a hat"
    project.run("pick", "hero", takes[note][7:19]).ends(0)
    project.build().ends(0).draws(0)
    assert (project.lock["hero"]["take"], project.lock["hero"]["turns"]) == (takes[note], [note])
    project.build().ends(0).draws(0).says("Nothing to do")


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (["logo", ""], "empty"),
        (["logo"], "TEXT"),
        (["logo", "x", "--undo"], "--undo"),
        (["logo", "x", "--image-size", "8K"], "cannot draw the size `8K`"),
        (["logo", "x", "--aspect-ratio", "7:3"], "cannot draw the ratio `7:3`"),
        (["logo#0", "x"], "turn or point of `logo`"),
        (["lgo", "x"], "logo"),
    ],
)
def test_a_wrong_note_is_told(logo: Project, args: list[str], said: str) -> None:
    logo.run("refine", *args).ends(2).says(said)
    assert "turns" not in logo.lock["logo"]


def test_a_note_needs_a_fresh_picture_that_is_not_protected(project: Project) -> None:
    project.spec("hero", "assets: {hero: {prompt: A hero.}}\n")
    project.run("refine", "hero", "x").ends(2).says("no take yet")
    project.build().draws(1)
    project.run("protect", "hero").ends(0)
    project.run("refine", "hero", "x").ends(2).says("pipeline unprotect hero")
    project.run("unprotect", "hero").ends(0)
    project.spec("hero", "assets: {hero: {prompt: Another.}}\n").run("refine", "hero", "x").ends(2).says("stale")


# --- renames, twins and prices ---


def test_a_rename_takes_the_whole_family_along_with_what_was_kept(project: Project) -> None:
    project.spec("a", "assets: {a: {prompt: A}}\n").build().draws(1)
    project.spec("a", "assets: {a: {prompt: A, refine: [X]}}\n").run("keep", "a")
    project.build().ends(0)
    take = project.lock["a"]["take"]
    project.spec("a", "assets: {d: {prompt: A, refine: [X], was: a}}\n")
    assert project.run("--json", "plan").json["price"]["certain_draws"] == 0
    project.build().ends(0).draws(0)
    assert project.lock["d"]["take"] == take
    project.build().ends(0).draws(0).says("Nothing to do")


def test_a_turn_continues_from_its_own_asset_and_not_from_a_deleted_twin(project: Project) -> None:
    project.spec("two", "assets:\n  b: {prompt: P, refine: [X]}\n  c: {prompt: P}\n").build().draws(3)
    take = project.lock["c"]["take"]
    project.spec("two", "assets: {c: {prompt: P}}\n").run("refine", "c", "hat").ends(0)
    project.build().ends(0).draws(1)
    assert project.lock["c#0"]["take"] == take


def test_a_dropped_turn_is_not_given_to_others_while_its_asset_is_declared(project: Project) -> None:
    project.spec("two", "assets: {c: {prompt: P, refine: [X]}}\n").build().draws(2)
    project.spec("two", "assets:\n  c: {prompt: Q}\n  b: {prompt: P, refine: [X]}\n").build().ends(0).draws(3)
    project.spec("two", "assets:\n  c: {prompt: P, refine: [X]}\n  b: {prompt: P, refine: [X]}\n")
    project.build().ends(0).draws(0)
    takes = [entry["take"] for entry in project.lock.values()]
    assert len(set(takes)) == len(takes)


def test_no_turn_is_drawn_for_a_renamed_asset_that_is_protected(project: Project) -> None:
    project.spec("a", "assets: {a: {prompt: A}}\n").build().draws(1)
    project.run("approve", "a").ends(0)
    project.run("protect", "a").ends(0)
    project.spec("a", "assets: {d: {prompt: A, refine: [X, Y], was: a}}\n").build().ends(0).draws(0)


def test_what_was_rejected_among_turns_stays_rejected_after_a_prune(project: Project) -> None:
    project.spec("t", "assets: {t: {prompt: A, refine: [X]}}\n").build().draws(2)
    first = project.lock["t#0"]["take"]
    project.run("reroll", "t#0").ends(0)
    project.build().draws(2)
    project.spec("t", "assets: {t: {prompt: A}}\n").build("--prune").ends(0).draws(0)
    project.run("reroll", "t").ends(0)
    project.build().ends(0).draws(1)
    assert project.lock["t"]["take"] != first


def test_the_price_of_a_turn_counts_the_conversation_that_goes_along(project: Project, png: bytes) -> None:
    names = [f"refs/{number}.png" for number in range(10)]
    for name in names:
        project.write(f"specs/{name}", png)
    project.settings("retry_lost: 0\nbudget: {per_build: 100}\n")
    project.spec("t", f"assets: {{t: {{prompt: A, references: {names}, refine: [X, Y, Z]}}}}\n".replace("'", ""))
    top = project.run("--json", "plan").json["price"]["top_micro_usd"]
    project.build("--yes").ends(0).draws(4).is_silent_of("dearer")
    assert project.run("--json", "costs").json["cost_micro_usd"] <= top


def test_a_kept_turn_that_no_model_can_draw_any_more_can_be_dropped(project: Project) -> None:
    project.spec("t", "assets: {t: {prompt: A}}\n").build().draws(1)
    project.run("refine", "t", "x", "--image-size", "4k").ends(0)
    project.spec("t", "assets: {t: {prompt: A, model: gemini-2.5-flash-image}}\n")
    project.plan().ends(2).says("cannot draw `4K`", "pipeline refine t --undo")
    project.run("refine", "t", "--undo").ends(0)
    project.plan().ends(0)


def test_a_note_that_is_no_text_is_not_a_traceback(project: Project) -> None:
    project.spec("t", "assets: {t: {prompt: A}}\n").build().draws(1)
    project.run("refine", "t", "bad \udcff").ends(0)
    project.run("refine", "t", "bell \x07").ends(2).says("no text")


def test_a_revision_is_told_apart_by_its_kept_turns(project: Project) -> None:
    project.as_repository().spec("t", "assets: {t: {prompt: A}, u: {prompt: B}}\n").build().draws(2)
    project.commit().run("refine", "t", "x").ends(0)
    assert list(project.states("changed:HEAD")) == ["t"]


# --- wrong specs ---


@pytest.mark.parametrize(
    ("refine", "said"),
    [
        ("Bolder.", "`refine` is a list"),
        ("['']", "a turn is empty"),
        ("[{image_size: 2K}]", "a turn has no prompt"),
        ("[{prompt: x, image_size: 8K}]", "cannot draw `8K`"),
        ("[{prompt: x, model: gemini-3-pro-image}]", "`model` is not a key of a turn"),
        ("['{{ nobody }}']", "nobody"),
        ("[\"{{ ref('logo') }}\"]", "cannot refer to itself"),
        ("[\"{{ ref('logo#0') }}\"]", "cannot refer to itself"),
        ("[3]", "a turn is a text or a mapping"),
        ("[{prompt: null}]", "a turn has no prompt"),
    ],
)
def test_a_wrong_turn_is_told_at_its_line(project: Project, refine: str, said: str) -> None:
    ran = project.spec("logo", f"assets:\n  logo:\n    prompt: A logo.\n    refine: {refine}\n").plan().ends(2)
    ran.says(said, "specs/logo.yaml:4:")


def test_kept_turns_go_along_with_a_rename_only_where_was_says_so(project: Project) -> None:
    project.spec("b", "assets: {b: {prompt: P}}\n").build().draws(1)
    project.run("refine", "b", "hat").ends(0)
    project.spec("b", "assets: {a: {prompt: P}}\n").build().ends(0).draws(0)
    assert "turns" not in project.lock["a"]
    project.build().ends(0).draws(0)
