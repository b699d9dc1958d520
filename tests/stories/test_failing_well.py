"""What goes wrong on the wire, in the purse and on the machine: the others are built, what arrived is kept."""

from __future__ import annotations

import json
import signal
import threading
from pathlib import Path

import pytest

from tests.gemini_answers import (
    bad_base64,
    bad_key,
    corrupt_picture,
    cut,
    draft_only,
    ended,
    misnamed,
    no_quota,
    overloaded,
    prompt_blocked,
    quota_per_day,
    raw,
    refused,
    sized,
    text_only,
    throttled,
    two_pictures,
    usage,
)
from tests.gemini_server import GeminiServer
from tests.project import Project

TWO = "assets:\n  '{{ k }}': {for_each: {k: [a, b]}, prompt: 'A {{ k }}.'}\n"

TOLD = {
    "picture refused": (refused("IMAGE_SAFETY", "Too scary."), ["IMAGE_SAFETY", "Too scary."]),
    "prompt blocked": (prompt_blocked(), ["PROHIBITED_CONTENT"]),
    "words only": (text_only("I would rather describe it."), ["I would rather describe it."]),
    "a thought picture only": (draft_only, ["draft"]),
    "broken base64": (bad_base64, ["base64"]),
    "a broken picture": (corrupt_picture, ["picture"]),
    "a wrong size": (sized(512, 512), ["512", "1024"]),
    "no JSON": (raw(b"<html>hello</html>"), ["JSON"]),
    "continuation": (ended("CONTINUATION"), ["CONTINUATION"]),
}


@pytest.mark.parametrize(("answer", "said"), list(TOLD.values()), ids=list(TOLD))
def test_what_is_no_picture_fails_its_asset_alone_and_is_not_sent_again(
    project: Project, server: GeminiServer, answer: object, said: list[str]
) -> None:
    server.script(answer)  # type: ignore[arg-type]
    ran = project.spec("two", TWO).build("-j", "1").ends(1).says(*said)
    assert ran.asked == 2
    assert list(project.lock) == ["b"]
    assert list(project.outputs) == ["b.jpg"]
    project.build().ends(0).draws(1)


def test_what_was_kept_aside_can_be_inspected(project: Project, server: GeminiServer) -> None:
    server.script(sized(512, 512))
    project.spec("two", TWO).build("-j", "1").ends(1).says(".pipeline/aside/")
    kept = list((project.folder / ".pipeline/aside").iterdir())
    assert len(kept) == 1
    assert kept[0].read_bytes().startswith(b"\xff\xd8")


def test_a_refusal_is_booked_by_its_tokens(project: Project, server: GeminiServer) -> None:
    server.script(refused("IMAGE_SAFETY"))
    project.spec("two", TWO).build("-j", "1").ends(1)
    lines = [json.loads(line) for line in project.read(".pipeline/ledger.jsonl").splitlines()]
    (blocked,) = [line for line in lines if line.get("result") == "blocked"]
    assert blocked["cost_from"] == "usage"
    # Prompt and thinking, no picture: far less than one, and not nothing.
    assert 0 < blocked["cost_micro_usd"] < 20_000


@pytest.mark.parametrize(
    "answer", [throttled(retry_s=0.05), overloaded(503), overloaded(500)], ids=["429", "503", "500"]
)
def test_what_clears_soon_is_tried_again_and_paid_once(project: Project, server: GeminiServer, answer: object) -> None:
    server.script(answer)  # type: ignore[arg-type]
    ran = project.spec("two", TWO).build().ends(0).draws(2)
    assert ran.asked == 3


@pytest.mark.parametrize("answer", [quota_per_day(), no_quota()], ids=["per day", "none"])
def test_a_quota_that_does_not_clear_soon_stops_its_model(
    project: Project, server: GeminiServer, answer: object
) -> None:
    server.script(answer)  # type: ignore[arg-type]
    ran = project.spec("two", TWO).build("-j", "1").ends(1).says("not tried")
    assert ran.asked == 1


def test_a_bad_key_is_asked_once(project: Project, server: GeminiServer) -> None:
    server.script(bad_key, bad_key)
    ran = project.spec("two", TWO).build("-j", "1").ends(1).says("API key", "not tried")
    assert ran.asked == 1
    assert server.environ["GEMINI_API_KEY"] not in ran.text


def test_an_answer_cut_off_is_repeated_once_over_all_builds(project: Project, server: GeminiServer) -> None:
    one = "assets: {hero: {prompt: A hero.}}"
    server.script(cut())
    project.spec("hero", one).build().ends(0).draws(2)  # the cut answer was paid as well, and the tool says so
    project.run("costs").says("may have been charged")
    server.script(cut(), cut(), cut())
    project.spec("hero", one.replace("hero.", "villain.")).build().ends(1)
    ran = project.build().ends(1).says("reroll")
    assert ran.asked == 0
    server.script()
    server.reset()
    project.run("reroll", "hero").ends(0)
    project.build().ends(0).draws(1)


def test_the_last_of_two_pictures_and_the_true_type_count(project: Project, server: GeminiServer) -> None:
    server.script(two_pictures, misnamed)
    project.spec("two", TWO).build("-j", "1").ends(0).draws(2)
    assert {entry["type"] for entry in project.lock.values()} == {"image/jpeg"}
    project.build().draws(0)


def test_over_the_budget_nothing_is_drawn_at_all(project: Project) -> None:
    project.settings("budget: {per_build: 0.20}\n").spec("two", TWO)
    ran = project.build().ends(3).says("--max-cost")
    assert ran.asked == 0
    project.build("--max-cost", "5").ends(0).draws(2)


def test_what_was_reserved_never_passes_the_budget(project: Project, server: GeminiServer) -> None:
    many = "assets:\n  '{{ k }}': {for_each: {k: [a, b, c, d, e, f]}, prompt: 'A {{ k }}.'}\n"
    project.spec("many", many)
    # By the table six cost $0.81; each call reserves more than that, so the last one does not fit.
    project.build("--max-cost", "0.82", "-j", "6").ends(3).says("budget")
    assert 4 <= len(server.paid) <= 5
    left = 6 - len(server.paid)
    project.build().ends(0).draws(left)


def test_an_answer_dearer_than_its_ceiling_is_told(project: Project, server: GeminiServer) -> None:
    server.script(usage(thoughtsTokenCount=50_000))
    project.spec("two", TWO).build("-j", "1").ends(0).says("more than")


def test_a_failure_leaves_what_refers_to_it_untried(project: Project, server: GeminiServer) -> None:
    server.script(refused("IMAGE_SAFETY"))
    chain = "assets:\n  art: {prompt: Art.}\n  hero: {prompt: \"Like {{ ref('art') }}.\"}\n  tree: {prompt: A tree.}\n"
    ran = project.spec("chain", chain).build("-j", "1").ends(1).says("not tried", "art")
    assert ran.asked == 2
    assert list(project.lock) == ["tree"]


def test_fail_fast_starts_nothing_new(project: Project, server: GeminiServer) -> None:
    server.script(refused("IMAGE_SAFETY"))
    ran = project.spec("two", TWO).build("-j", "1", "--fail-fast").ends(1).says("not tried")
    assert ran.asked == 1


def test_an_interrupt_keeps_what_is_in_flight(project: Project, server: GeminiServer) -> None:
    many = "assets:\n  '{{ k }}': {for_each: {k: [a, b, c, d, e, f]}, prompt: 'A {{ k }}.'}\n"
    server.hold()
    running = project.spec("many", many).spawn("build", "-j", "2")
    server.wait_for(2)
    running.send_signal(signal.SIGINT)
    threading.Timer(0.5, server.release).start()
    out, err = running.communicate(timeout=30)
    assert running.returncode == 130, out + err
    assert "Traceback" not in out + err
    assert len(project.lock) == 2
    assert len(server.paid) == 2
    project.build().ends(0).draws(4)


def test_a_second_interrupt_ends_at_once_and_the_calls_may_have_been_charged(
    project: Project, server: GeminiServer
) -> None:
    server.hold()
    running = project.spec("two", TWO).spawn("build")
    server.wait_for(2)
    running.send_signal(signal.SIGINT)
    assert running.stderr is not None
    assert running.stdout is not None
    said = ""
    while "again" not in said:
        said += running.stderr.readline() or running.stdout.readline()
    running.send_signal(signal.SIGINT)
    running.communicate(timeout=30)
    assert running.returncode == 130
    server.release()
    project.run("costs").ends(0).says("may have been charged")


def test_a_killed_build_is_continued_and_a_lost_call_is_told(project: Project, server: GeminiServer) -> None:
    project.spec("two", TWO).build("a").draws(1)
    server.hold()
    running = project.spawn("build")
    server.wait_for(2)
    running.kill()
    running.communicate(timeout=30)
    server.release()
    server.settle()
    project.run("costs").ends(0).says("may have been charged")
    project.build().ends(0).draws(1)
    assert len(project.lock) == 2


def test_two_builds_at_once_pay_once(project: Project, server: GeminiServer) -> None:
    server.hold()
    first = project.spec("two", TWO).spawn("build")
    server.wait_for(2)
    second = project.spawn("build")
    assert second.stderr is not None
    assert second.stdout is not None
    server.release()
    outs = [running.communicate(timeout=60) for running in (first, second)]
    assert (first.returncode, second.returncode) == (0, 0), outs
    assert len(server.paid) == 2


def test_a_decision_during_a_build_wins(project: Project, server: GeminiServer) -> None:
    project.spec("hero", "assets: {hero: {prompt: A hero.}}").build().draws(1)
    before = project.outputs
    project.spec("hero", "assets: {hero: {prompt: Another hero.}}")
    server.hold()
    running = project.spawn("build")
    server.wait_for(2)
    project.run("keep", "hero").ends(0)
    server.release()
    out, err = running.communicate(timeout=60)
    assert running.returncode == 0, out + err
    assert project.outputs == before
    assert len(project.lock["hero"].get("takes", [])) == 0
    project.build().draws(0).says("Nothing to do")


def test_a_file_edited_during_its_draw_is_left_alone(project: Project, server: GeminiServer, png: bytes) -> None:
    project.spec("hero", "assets: {hero: {prompt: A hero.}}").build().draws(1)
    project.spec("hero", "assets: {hero: {prompt: Another hero.}}")
    server.hold()
    running = project.spawn("build")
    server.wait_for(2)
    project.write("output/hero.jpg", png)
    server.release()
    running.communicate(timeout=60)
    assert project.outputs["hero.jpg"] == png
    assert project.states() == {"hero": "edited"}
    project.run("restore", "hero").ends(0)
    project.build().draws(0).says("Nothing to do")


def test_the_key_is_nowhere(project: Project, server: GeminiServer) -> None:
    server.script(bad_key)
    project.spec("two", TWO).build("-j", "1")
    server.reset()
    project.build().ends(0)
    key = server.environ["GEMINI_API_KEY"].encode()
    for path in project.folder.rglob("*"):
        assert not path.is_file() or key not in path.read_bytes(), path
    for command in (["show", "a"], ["request", "a", "--as", "curl"], ["doctor"], ["costs"], ["explain", "a"]):
        assert key.decode() not in project.run(*command).text


def test_a_project_that_cannot_be_written_says_so(project: Project, tmp_path: Path) -> None:
    project.spec("two", TWO).write("output", "a file where the folder should be")
    project.build().ends(2).says("output").draws(0)
    project.remove("output").build("a").ends(0).draws(1)
    project.remove("output/a.jpg").write("output/a.jpg/inside", "a folder where the file should be")
    project.build("a").ends(0).says("edited").draws(0)
