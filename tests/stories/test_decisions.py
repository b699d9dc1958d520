"""What people decide: each on real files, through the command of that name."""

from __future__ import annotations

from tests.project import Project
from tests.stories.conftest import a_picture

HERO = "assets: {hero: {prompt: A hero.}}\n"


def drawn(project: Project) -> Project:
    project.spec("hero", HERO).build().ends(0).draws(1)
    return project


def test_reroll_rejects_the_pick_and_the_next_build_draws(project: Project) -> None:
    first = drawn(project).outputs["hero.jpg"]
    project.run("reroll", "hero", "--note", "too dark").ends(0).draws(0)
    assert project.outputs["hero.jpg"] == first
    project.build().ends(0).draws(1)
    assert project.outputs["hero.jpg"] != first
    entry = project.lock["hero"]
    assert entry["note"] == "too dark"
    assert len(entry["takes"]) == 2
    assert len(entry["rejected"]) == 1
    project.build().draws(0)
    project.remove(".pipeline").build().draws(0)


def test_a_rejected_take_is_never_reused_until_it_is_picked(project: Project) -> None:
    first = drawn(project).outputs["hero.jpg"]
    take = project.lock["hero"]["take"]
    project.run("reroll", "hero").ends(0)
    project.build().draws(1)
    project.run("pick", "hero", take[7:19]).ends(0)
    project.build().ends(0).draws(0)
    assert project.outputs["hero.jpg"] == first
    assert "rejected" not in project.lock["hero"]
    assert len(project.lock["hero"]["takes"]) == 2


def test_a_reroll_that_is_reverted_by_git_is_free(project: Project) -> None:
    drawn(project).as_repository().commit()
    first = project.outputs
    project.run("reroll", "hero").ends(0)
    project.build().draws(1)
    project.git("checkout", "pipeline.lock")
    project.build().ends(0).draws(0)
    assert project.outputs == first


def test_keep_accepts_the_picture_for_a_changed_request(project: Project) -> None:
    first = drawn(project).outputs
    project.spec("hero", "assets: {hero: {prompt: A proud hero.}}\n")
    project.run("keep", "hero").ends(0)
    project.build().ends(0).draws(0).says("Nothing to do")
    assert project.outputs == first
    entry = project.lock["hero"]
    assert entry["of"] in entry["past"]
    # Back to the old words: the same picture still, and still nothing to pay.
    project.spec("hero", HERO).build().ends(0).draws(0)
    assert project.outputs == first


def test_keep_is_refused_while_an_upstream_is_undecided(project: Project) -> None:
    two = "assets:\n  art: {prompt: Key art.}\n  hero: {prompt: \"A hero like {{ ref('art') }}.\"}\n"
    project.spec("hero", two).build().draws(2)
    project.replace("specs/hero.yaml", "Key art", "Dark key art")
    project.run("keep", "hero").ends(2).says("`art`")
    project.run("keep", "art", "hero").ends(0)
    project.build().ends(0).draws(0)


def test_an_edited_file_is_never_overwritten(project: Project) -> None:
    drawn(project)
    mine = a_picture("navy", "JPEG")
    project.write("output/hero.jpg", mine)
    project.build().ends(0).draws(0).says("adopt", "restore")
    assert project.states() == {"hero": "edited"}
    project.spec("hero", "assets: {hero: {prompt: Another hero.}}\n").build().draws(0)
    project.run("reroll", "hero").ends(0)
    project.build().draws(0)
    assert project.outputs["hero.jpg"] == mine


def test_a_picture_that_stood_there_before_is_never_overwritten(project: Project, keyless: Project) -> None:
    for someone in (project, keyless):
        mine = a_picture("navy", "JPEG")
        someone.spec("hero", HERO).write("output/hero.jpg", mine)
        someone.build().ends(0).draws(0).says("adopt")
        assert someone.outputs["hero.jpg"] == mine


def test_adopt_takes_an_edited_file_as_the_finished_one(project: Project) -> None:
    drawn(project)
    mine = a_picture("navy", "JPEG")
    project.write("output/hero.jpg", mine).run("adopt", "hero").ends(0)
    project.build().ends(0).draws(0).says("Nothing to do")
    project.remove("output").build().ends(0).draws(0)
    assert project.outputs["hero.jpg"] == mine


def test_a_changed_spec_holds_what_was_adopted(project: Project) -> None:
    drawn(project).write("output/hero.jpg", a_picture("navy", "JPEG")).run("adopt", "hero").ends(0)
    project.spec("hero", "assets: {hero: {prompt: Another hero.}}\n")
    project.build().ends(0).draws(0).says("adopted")
    assert project.states() == {"hero": "held"}
    project.run("keep", "hero").ends(0)
    project.build().draws(0).says("Nothing to do")
    assert project.outputs["hero.jpg"] == a_picture("navy", "JPEG")


def test_restore_puts_the_built_file_back_and_keeps_the_other(project: Project) -> None:
    built = drawn(project).outputs
    mine = a_picture("navy", "JPEG")
    project.write("output/hero.jpg", mine).run("restore", "hero").ends(0).says(".pipeline/objects/")
    assert project.outputs == built
    assert mine in [p.read_bytes() for p in (project.folder / ".pipeline/objects").glob("*/*")]
    project.build().draws(0).says("Nothing to do")


def test_restore_drops_what_was_adopted(project: Project) -> None:
    built = drawn(project).outputs
    project.write("output/hero.jpg", a_picture("navy", "JPEG")).run("adopt", "hero").ends(0)
    project.run("restore", "hero").ends(0)
    assert project.outputs == built
    project.build().draws(0).says("Nothing to do")
    project.remove(".pipeline").plan("--exit-code").ends(0).says("Nothing to do")


def test_adopt_from_a_folder_starts_a_project_with_its_pictures(project: Project) -> None:
    specs = """\
defaults: {format: png}
assets:
  art: {prompt: Key art.}
  icon/sword: {prompt: "A sword in the style of {{ ref('art') }}."}
  icon/shield: {prompt: "A shield in the style of {{ ref('art') }}."}
"""
    project.spec("icons", specs)
    project.write("old/art.png", a_picture("teal")).write("old/icon/sword.png", a_picture("gold"))
    project.run("adopt", "--from", str(project.folder / "old")).ends(0)
    project.build().ends(0).draws(1)
    assert project.outputs["art.png"] == a_picture("teal")
    assert project.outputs["icon/sword.png"] == a_picture("gold")
    # The shield was drawn from the art that a person drew.
    assert project.server is not None
    assert project.server.requests[-1].references == [a_picture("teal")]
    project.build().draws(0).says("Nothing to do")


def test_adopt_refuses_what_is_not_the_file_s_type(project: Project) -> None:
    drawn(project).write("mine.png", a_picture("navy"))
    project.run("adopt", "hero", str(project.folder / "mine.png")).ends(2).says("format: png")
    project.write("mine.txt", "words").run("adopt", "hero", str(project.folder / "mine.txt")).ends(2).says(
        "mine.txt", "not a picture"
    )
    project.run("adopt", "hero", "nowhere.png").ends(2).says("nowhere.png")


def test_an_adopted_take_is_what_the_file_is_derived_from(project: Project) -> None:
    drawn(project).write("mine.png", a_picture("navy", size=(1024, 1024)))
    project.run("adopt", "hero", str(project.folder / "mine.png"), "--take").ends(0)
    project.build().ends(0).draws(0).says("Nothing to do")
    assert project.outputs["hero.jpg"].startswith(b"\xff\xd8")
    assert project.lock["hero"]["generator"] == "person"
    project.remove("output").build().ends(0).draws(0)


GATED = """\
assets:
  art: {prompt: Key art., approve: true}
  hero: {prompt: "A hero like {{ ref('art') }}."}
  copy: {prompt: "A copy.", after: [art]}
"""


def test_nothing_is_drawn_from_what_nobody_approved(project: Project) -> None:
    project.spec("art", GATED).build().ends(0).draws(1).says("pipeline approve art")
    assert project.states() == {"art": "fresh", "hero": "held", "copy": "held"}
    project.run("approve", "art").ends(0)
    project.build().ends(0).draws(2)
    project.run("reroll", "art").ends(0)
    project.build().ends(0).draws(1)  # another pick closes the gate
    assert project.states()["hero"] == "held"
    project.run("approve", "art").ends(0)
    project.build().ends(0).draws(1)


def test_a_protected_pick_is_never_drawn_anew_as_a_side_effect(project: Project) -> None:
    drawn(project).run("protect", "hero").ends(0)
    first = project.outputs
    project.spec("hero", "assets: {hero: {prompt: Another hero.}}\n")
    project.build().ends(0).draws(0).says("protected")
    assert project.outputs == first
    project.run("reroll", "hero").ends(0)
    project.build().ends(0).draws(1)
    assert project.outputs != first


def test_unprotect_lets_a_build_draw_again(project: Project) -> None:
    drawn(project).run("protect", "hero").ends(0)
    project.run("unprotect", "hero").ends(0)
    project.spec("hero", "assets: {hero: {prompt: Another hero.}}\n").build().ends(0).draws(1)


def test_protect_in_the_spec_cannot_be_lifted_by_a_command(project: Project) -> None:
    project.spec("hero", "assets: {hero: {prompt: A hero., protect: true}}\n").build().draws(1)
    project.run("unprotect", "hero").ends(2).says("specs/hero.yaml")
    project.spec("hero", "assets: {hero: {prompt: Another., protect: true}}\n").build().draws(0).says("protected")


def test_decisions_about_what_is_not_there_are_refused_with_a_remedy(project: Project) -> None:
    project.spec("hero", HERO)
    for command in ("reroll", "approve", "keep", "restore", "protect"):
        project.run(command, "hero").ends(2).says("pipeline build")
        project.run(command, "hreo").ends(2).says("did you mean `hero`?")
    project.run("pick", "hero", "abcd").ends(2).says("pipeline takes hero")
    assert project.lock == {}


def test_adopt_from_a_folder_with_a_wrong_picture_adopts_none(project: Project) -> None:
    project.spec("two", "defaults: {format: png}\nassets:\n  a: {prompt: A.}\n  b: {prompt: B.}\n")
    project.write("old/a.png", a_picture("teal")).write("old/b.png", a_picture("teal", "JPEG"))
    project.run("adopt", "--from", str(project.folder / "old")).ends(2).says("b.png")
    assert project.lock == {}
    project.write("old/b.png", a_picture("gold")).write("old/c.png", a_picture("gold"))
    project.run("adopt", "--from", str(project.folder / "old")).ends(0).says("c.png")
    assert set(project.lock) == {"a", "b"}
