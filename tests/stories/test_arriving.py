"""What of an answer has arrived when a build dies is there for the next one: nothing is lost, nothing is paid twice."""

from __future__ import annotations

import errno
import json
import os
import resource
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.gemini_answers import ended, refused, sized, trickle, two_pictures
from tests.gemini_server import GeminiServer
from tests.gemini_wire import Answer
from tests.project import ROOT, Project

ONE = "assets: {hero: {prompt: A hero.}}"
MOVED = "move_into_place"


def dies(project: Project, number: int, moment: str) -> bool:
    """Whether the build died around that step; it did not when there were fewer."""
    assert project.server is not None
    command = [sys.executable, "-m", "tests.dying_arriving", str(number), moment, "-C", str(project.folder), "build"]
    environ = {**os.environ, **project.server.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(command, env=environ, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode in (0, -9), done.stdout + done.stderr
    return done.returncode == -9


def incoming(project: Project) -> list[Path]:
    return sorted((project.folder / ".pipeline" / "incoming").glob("*"))


def has_arrived(project: Project) -> bool:
    """Whether the answer is on the disk: as it arrived, or as a take's record."""
    records = [p for p in project.folder.glob(".pipeline/requests/*/*/*.json") if p.name != "request.json"]
    return bool(records) or any(is_json(folder / "answer.json") for folder in incoming(project))


def is_json(path: Path) -> bool:
    try:
        json.loads(path.read_bytes())
    except (OSError, ValueError):
        return False
    return True


def results(project: Project) -> list[str]:
    """What the ledger says of each call."""
    calls: dict[str, str] = {}
    for line in project.read(".pipeline/ledger.jsonl").splitlines():
        value = json.loads(line)
        calls[value["call"]] = value.get("result", "")
    return sorted(calls.values())


FOUND_AT: dict[Answer | None, int] = {}
"""The step at which an answer has arrived: looked for once."""


def arrived(project: Project, server: GeminiServer, answer: Answer | None = None) -> Path:
    """Kill a build whose answer has arrived, before anything is done with it; gives the call's folder."""
    for number in range(FOUND_AT.get(answer, 1), 20):
        server.reset()
        if answer is not None:
            server.script(answer)
        shutil.rmtree(project.folder / ".pipeline", ignore_errors=True)
        assert dies(project.spec("hero", ONE), number, "after")
        if has_arrived(project):
            FOUND_AT[answer] = number
            return incoming(project)[0]
    raise AssertionError("no answer ever arrived")


@pytest.mark.timeout(600)
@pytest.mark.parametrize("moment", ["torn", "after"])  # before a step all is as it was after the one before
def test_a_death_at_any_step_of_arriving_pays_nothing_twice(tmp_path: Path, server: GeminiServer, moment: str) -> None:
    number, recovered = 0, 0
    died = True
    while died:
        number += 1 if moment == "after" else 2
        project = Project(tmp_path / str(number), server).spec("hero", ONE)
        server.reset()
        server.script(two_pictures)
        died = dies(project, number, moment)
        was_there = has_arrived(project)
        plan = project.run("--json", "plan")
        ran = project.build().ends(0)
        assert ran.paid == (0 if was_there else 1), f"step {number}"
        assert plan.json["price"]["certain_draws"] == ran.paid
        recovered += "recovered" in ran.text
        assert results(project) in ([["take"]] if was_there else [["take"], ["lost", "take"]])
        assert incoming(project) == []
        project.build().ends(0).draws(0).says("Nothing to do")
    assert number > 10, "so many steps there are at least"
    assert recovered >= 2


def test_a_plan_knows_what_waits_and_writes_nothing(project: Project, server: GeminiServer) -> None:
    folder = arrived(project, server)
    project.plan().ends(0).is_silent_of("$").says("free")
    assert folder.is_dir()
    project.build().ends(0).draws(0).says("recovered hero arrived before its build died: kept, not paid again")
    assert list(project.outputs) == ["hero.jpg"]
    project.run("costs").ends(0).is_silent_of("may have been charged")


@pytest.mark.parametrize(
    ("answer", "result", "said"),
    [
        (refused("IMAGE_SAFETY", "Too scary."), "blocked", "Too scary."),
        (sized(512, 512), "bad", ".pipeline/aside/"),
        (ended("MAX_TOKENS"), "bad", "MAX_TOKENS"),
    ],
    ids=["blocked", "wrong size", "cut short"],
)
def test_a_failure_that_had_arrived_is_booked_and_told(
    project: Project, server: GeminiServer, answer: Answer, result: str, said: str
) -> None:
    arrived(project, server, answer)
    project.build().ends(0).draws(1).says("recovered", said)
    assert results(project) == [result, "take"]
    assert incoming(project) == []


def test_what_died_while_it_arrived_may_have_been_charged(project: Project, server: GeminiServer) -> None:
    server.script(trickle(20))
    running = project.spec("hero", ONE).spawn("build")
    server.wait_for(1)
    running.kill()
    running.communicate(timeout=30)
    project.build().ends(0).draws(1)
    assert results(project) == ["lost", "take"]
    assert incoming(project) == []


Damage = Callable[[Path], Any]


def cut_in_half(name: str) -> Damage:
    def damage(folder: Path) -> None:
        data = (folder / name).read_bytes()
        (folder / name).write_bytes(data[: len(data) // 2])

    return damage


def another_byte(folder: Path) -> None:
    data = bytearray((folder / "1").read_bytes())
    data[len(data) // 2] ^= 1
    (folder / "1").write_bytes(data)


def other_facts(folder: Path) -> None:
    value = json.loads((folder / "asked.json").read_bytes())
    (folder / "asked.json").write_text(json.dumps({**value, "request": 7, "image_size": [1]}))


DAMAGES: dict[str, Damage] = {
    "half of what was asked": cut_in_half("asked.json"),
    "half of the answer": cut_in_half("answer.json"),
    "half of the picture": cut_in_half("1"),
    "one byte of the picture": another_byte,
    "no picture": lambda folder: (folder / "1").unlink(),
    "nothing asked": lambda folder: (folder / "asked.json").unlink(),
    "other facts": other_facts,
    "no object": lambda folder: (folder / "asked.json").write_text("[]"),
    "deep": lambda folder: (folder / "answer.json").write_text("[" * 100_000),
    "bytes": lambda folder: (folder / "answer.json").write_bytes(b"\xff\xfe\x00"),
    "a folder": lambda folder: ((folder / "1").unlink(), (folder / "1").mkdir()),
}


@pytest.mark.parametrize("damage", DAMAGES.values(), ids=DAMAGES.keys())
def test_what_waits_and_is_damaged_is_told_as_lost_and_no_take(
    project: Project, server: GeminiServer, damage: Damage
) -> None:
    damage(arrived(project, server))
    project.plan().ends(0).says("$0.13")
    project.build().ends(0).draws(1)
    assert results(project) == ["lost", "take"]
    assert incoming(project) == []


def test_what_does_not_belong_there_is_left_alone(project: Project) -> None:
    project.write(".pipeline/incoming/notes.txt", "mine").write(".pipeline/incoming/0123/1", "?")
    project.spec("hero", ONE).build().ends(0).draws(1)
    assert [path.name for path in incoming(project)] == ["notes.txt"]


def test_of_several_candidates_those_that_arrived_are_not_drawn_again(project: Project, server: GeminiServer) -> None:
    arrived(project, server)
    project.spec("hero", ONE.replace("}}", ", candidates: 3}}")).build().ends(0).draws(2)
    assert results(project) == ["take", "take", "take"]
    assert len(project.run("--json", "takes", "hero").json["takes"]) == 3


def test_a_take_that_cannot_be_recorded_waits_and_is_not_paid_again(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*args: Any) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as patched:
        patched.setattr("pipeline.store.objects.Objects.add_record", full)
        project.spec("hero", ONE).build().ends(1).draws(1).says("could not be kept", ".pipeline/incoming/", "free")
        project.build().ends(1).draws(0).says("waits in .pipeline/incoming/")
    project.build().ends(0).draws(0).says("recovered")
    assert results(project) == ["take"]


def test_without_room_for_a_picture_none_is_asked_for(project: Project, server: GeminiServer) -> None:
    most = 50_000
    four = "assets:\n  '{{ k }}': {for_each: {k: [a, b, c, d]}, prompt: 'A {{ k }}.', image_size: 4K}\n"
    project.spec("four", four)
    done = subprocess.run(
        [sys.executable, "-m", "pipeline", "-C", str(project.folder), "build", "-j", "1"],
        env={**os.environ, **server.environ, "PYTHONPATH": str(ROOT)},
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (most, most)),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 1, done.stderr
    assert "no room in .pipeline/ for one more picture" in done.stderr
    assert "Traceback" not in done.stderr
    assert not server.requests
    project.build().ends(0).draws(4)
    assert incoming(project) == []


def test_a_bug_of_the_tool_loses_no_answer(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    def bug(*args: Any, **more: Any) -> None:
        raise RuntimeError("a bug")

    with monkeypatch.context() as patched:
        patched.setattr("pipeline.draw.gemini._read", bug)
        assert project.spec("hero", ONE).build().code == 70
    project.run("costs").says("may have been charged")
    project.build().ends(0).draws(0).says("recovered")
    assert results(project) == ["take"]


def test_a_lost_ledger_loses_no_picture(project: Project, server: GeminiServer) -> None:
    arrived(project, server)
    project.remove(".pipeline/ledger.jsonl").build().ends(0).draws(0).says("recovered")
    assert results(project) == ["take"]


def test_a_picture_whose_asset_is_gone_is_kept_all_the_same(project: Project, server: GeminiServer) -> None:
    arrived(project, server)
    project.spec("hero", "assets: {villain: {prompt: A villain.}}").build().ends(0).draws(1)
    assert results(project) == ["take", "take"]
    project.spec("hero", ONE).build().ends(0).draws(0)


def test_a_picture_is_moved_and_not_copied_into_the_store(project: Project) -> None:
    project.spec("hero", ONE).build().ends(0).draws(1)
    assert incoming(project) == []
    (picture,) = (path for path in project.folder.glob(".pipeline/objects/*/*") if path.is_file())
    assert picture.read_bytes() == project.outputs["hero.jpg"]
