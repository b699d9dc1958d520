"""Where the closest rival was seen to lose pictures or money: each of its failures as a test that passes here."""

from __future__ import annotations

import pytest

from tests.gemini_answers import no_quota, throttled
from tests.gemini_server import GeminiServer
from tests.project import Project

FOUR = "assets:\n  '{{ k }}': {for_each: {k: [a, b, c, d]}, prompt: 'A {{ k }}.'}\n"


def test_a_429_on_the_fourth_of_four_loses_none_of_the_three(project: Project, server: GeminiServer) -> None:
    project.spec("four", FOUR)
    project.build("-j", "1", "a", "b", "c").ends(0).draws(3)
    three = project.outputs
    server.script(no_quota())
    project.build("-j", "1").ends(1).draws(0)
    assert project.outputs == three
    project.build().ends(0).draws(1)
    assert {name: project.outputs[name] for name in three} == three


def test_a_429_that_clears_is_waited_for(project: Project, server: GeminiServer) -> None:
    server.script(throttled(retry_s=0.05))
    project.spec("four", FOUR).build().ends(0).draws(4)


def test_a_deleted_output_is_noticed(project: Project) -> None:
    project.spec("four", FOUR).build().draws(4)
    project.remove("output/c.jpg").plan("--exit-code").ends(4).says("c")
    project.build().draws(0)
    assert len(project.outputs) == 4


CHAIN = """\
assets:
  art: {prompt: "{% include 'style.j2' %}"}
  hero: {prompt: "A hero like {{ ref('art') }}."}
  badge: {prompt: "A badge with {{ ref('hero') }}."}
"""


def test_a_plan_counts_the_cascade(project: Project) -> None:
    project.spec("chain", CHAIN).write("specs/style.j2", "Ink.").build().draws(3)
    price = project.write("specs/style.j2", "Oil.").run("--json", "plan").json["price"]
    assert (price["certain_draws"], price["possible_draws"]) == (1, 2)
    assert price["table_micro_usd"] == 134_400
    assert price["possible_table_micro_usd"] == 3 * 134_400
    project.build().draws(3)


def test_a_changed_size_is_a_changed_request(project: Project) -> None:
    project.spec("hero", "assets: {hero: {prompt: A hero.}}").build().draws(1)
    project.spec("hero", "assets: {hero: {prompt: A hero., image_size: 4K}}").build().ends(0).draws(1)
    assert project.lock["hero"]["width"] == 4096


@pytest.mark.parametrize("garbage", [b"{", b"", b"\0\0\0", b"[1, 2]"])
@pytest.mark.parametrize("path", ["files", "ledger.jsonl", "build.guard", "lock.guard"])
def test_a_damaged_state_never_means_pay_for_everything_again(project: Project, path: str, garbage: bytes) -> None:
    project.spec("four", FOUR).build().draws(4)
    before = project.outputs
    project.write(f".pipeline/{path}", garbage).build().ends(0).draws(0)
    assert project.outputs == before


def test_a_damaged_lock_is_an_error_and_never_a_redraw(project: Project) -> None:
    project.spec("four", FOUR).build().draws(4)
    good = project.read("pipeline.lock")
    for garbage in (b"{", good[: len(good) // 3], b"\0" * 100, b"hello\n" + good):
        project.write("pipeline.lock", garbage)
        project.build().ends(2).draws(0).says("pipeline.lock:", "git checkout")
        assert project.read("pipeline.lock") == garbage
    project.write("pipeline.lock", b"").build().ends(0).draws(0)


@pytest.mark.parametrize("name", ["../escape", "/nowhere/escape", "a/../../escape", "C:/escape", "a\\\\b"])
def test_an_output_path_out_of_the_project_is_an_error_at_its_line(project: Project, name: str) -> None:
    project.spec("out", f'assets:\n  out:\n    prompt: A door.\n    name: "{name}"\n')
    project.build().ends(2).draws(0).says("specs/out.yaml:4:11")
    assert not (project.folder.parent / "escape.jpg").exists()


def test_a_symlink_out_of_the_project_is_not_written_through(project: Project) -> None:
    outside = project.folder.parent / "outside"
    outside.mkdir()
    (project.folder / "output").symlink_to(outside)
    project.spec("out", "assets: {out: {prompt: A door.}}").build().ends(2).draws(0)
    assert list(outside.iterdir()) == []


def test_an_unknown_key_is_refused(project: Project) -> None:
    project.spec("hero", "assets: {hero: {promt: A hero.}}").build().ends(2).says("did you mean `prompt`")
