"""`pipeline watch` when people, git, other builds and the machine are in its way."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from dataclasses import replace

import pytest

from pipeline.commands.watching import Asked
from pipeline.live.state import State, Update, Waiting
from pipeline.words import MicroUsd
from tests.gemini_server import GeminiServer
from tests.project import Project
from tests.watching import PAIR, AtTerminal, Watch, prompts

pytestmark = pytest.mark.timeout(180)

# --- words of people --------------------------------------------------------------------------------------------------


def test_a_yes_meant_for_a_question_that_a_save_has_just_replaced_pays_for_nothing(
    drawn: Project, server: GeminiServer
) -> None:
    drawn.settings("budget: {ask_above: 0.10}\n")
    with AtTerminal(drawn, "--settle", "0") as watch:
        watch.until("Nothing to do")
        drawn.replace("specs/pair.yaml", "a fox", "a red fox")
        watch.until("Draw?")
        drawn.replace("specs/pair.yaml", "a wolf", "a grey wolf")
        watch.until("2 pictures to draw")
        watch.types("y\n")
        watch.until("That is another question by now: 2 pictures to draw")
        watch.interrupt()
        assert watch.ends() == 130
    assert server.requests == []


def test_a_question_that_is_asked_before_the_answer_to_another_is_noted_is_one_of_its_own() -> None:
    asked = Asked(clock=lambda: 0.0)

    def tell(question: str) -> None:
        waiting = Waiting(question=question, why="ask", price=MicroUsd(1), draws=1, ids=(), text="")
        asked.tell(Update(state=replace(State(), waiting=waiting)))

    tell("fox")
    tell("fox and wolf")
    assert not asked.was_read("fox and wolf")
    tell("owl")
    asked.answered("fox and wolf")
    assert asked.was_read("owl")
    asked.answered("owl")
    tell("den")
    assert asked.was_read("den")


def test_a_yes_while_the_inputs_settle_hastens_nothing(drawn: Project, server: GeminiServer) -> None:
    with AtTerminal(drawn, "--settle", "3600") as watch:
        watch.until("Nothing to do")
        drawn.replace("specs/pair.yaml", "a fox", "a red fo")
        watch.until("begins when nothing was saved for")
        watch.types("y\n")
        drawn.replace("specs/pair.yaml", "a wolf", "a grey wolf")
        watch.until("2 pictures to draw")
        watch.interrupt()
        assert watch.ends() == 130
    assert server.requests == []


# --- other builds -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("others", [0, 5], ids=["read whole", "read in part"])
def test_what_was_saved_while_another_build_was_waited_for_is_what_is_drawn(
    project: Project, server: GeminiServer, others: int
) -> None:
    for number in range(others):
        project.spec(f"still-{number}", f"assets:\n  still-{number}: {{prompt: still {number}}}\n")
    project.spec("pair", PAIR).build().ends(0)
    project.spec("more", "assets:\n  owl: {prompt: an owl}\n")
    server.reset()
    server.hold()
    other = project.spawn("build", "--json", "owl")
    server.wait_for(1)
    with Watch(project, "--settle", "0") as watch:
        project.replace("specs/pair.yaml", "a fox", "a red fox")
        watch.until("build_waits")
        project.replace("specs/pair.yaml", "a red fox", "a red fox in the snow")
        watch.until_row("fox", action="draw")
        server.release()
        other.communicate(timeout=60)
        watch.until("built", asset="fox")
        watch.until("summary", exit_code=0)
        watch.stop()
    assert prompts(server) == ["an owl", "a red fox in the snow"]


# --- a build that is under way ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("others", [0, 5], ids=["read whole", "read in part"])
def test_what_is_no_longer_declared_when_it_arrives_is_kept(
    project: Project, server: GeminiServer, others: int
) -> None:
    for number in range(others):
        project.spec(f"still-{number}", f"assets:\n  still-{number}: {{prompt: still {number}}}\n")
    project.spec("pair", PAIR).build().ends(0)
    server.reset()
    server.hold()
    with Watch(project, "--settle", "0") as watch:
        project.replace("specs/pair.yaml", "a fox", "a red fox")
        server.wait_for(1)
        project.spec("pair", "assets:\n  wolf: {prompt: a wolf}\n")
        assert watch.until("looked", lambda event: event["gone"])["gone"] == ["fox"]
        server.release()
        assert [asset["asset"] for asset in watch.until("summary", exit_code=0)["assets"]] == ["fox"]
        project.spec("pair", PAIR.replace("a fox", "a red fox"))
        watch.until_row("fox", state="fresh")
        watch.stop()
    assert prompts(server) == ["a red fox"]


# --- git --------------------------------------------------------------------------------------------------------------


def test_a_lock_that_a_dead_git_left_is_told_once_and_all_goes_on_without_it(
    drawn: Project, server: GeminiServer
) -> None:
    drawn.as_repository().commit()
    drawn.write(".git/index.lock", "")
    os.utime(drawn.folder / ".git/index.lock", (1_000_000_000, 1_000_000_000))
    with Watch(drawn, "--settle", "0") as watch:
        drawn.remove("output/wolf.jpg")
        unbuilt = watch.until("unbuilt")
        assert ".git/index.lock" in unbuilt["error"]["message"] and "remove it" in unbuilt["error"]["hint"]
        drawn.replace("specs/pair.yaml", "a fox", "a red fox")
        watch.until("waiting", why="git")
        assert not drawn.exists("output/wolf.jpg")
        drawn.remove(".git/index.lock")
        watch.until("built", asset="fox")
        watch.until("summary", exit_code=0)
        watch.stop()
        assert len(watch.told("unbuilt")) == 1
    assert prompts(server) == ["a red fox"]
    assert drawn.exists("output/wolf.jpg")


# --- the machine ------------------------------------------------------------------------------------------------------


@pytest.fixture
def terminal() -> Iterator[None]:
    """Processes hear that their terminal is closed, also where the tests run under nohup."""
    before = signal.signal(signal.SIGHUP, signal.SIG_DFL)
    yield
    signal.signal(signal.SIGHUP, before)


@pytest.mark.usefixtures("terminal")
def test_a_terminal_that_is_closed_lets_what_is_in_flight_arrive(drawn: Project, server: GeminiServer) -> None:
    server.hold()
    with Watch(drawn, "--settle", "0") as watch:
        drawn.replace("specs/pair.yaml", "a fox", "a red fox")
        server.wait_for(1)
        watch.until("drawing", asset="fox")
        watch.process.send_signal(signal.SIGHUP)
        watch.until("interrupting", in_flight=1)
        server.release()
        watch.until("built", asset="fox")
        assert watch.ends() == 130
    drawn.build().draws(0).says("2 assets are fresh")


def test_a_project_that_is_moved_away_and_back_is_followed_again(drawn: Project, server: GeminiServer) -> None:
    with Watch(drawn, "--settle", "0") as watch:
        away = drawn.folder.rename(drawn.folder.with_name("elsewhere"))
        assert "there is no folder" in watch.until("broken")["error"]["message"]
        away.rename(drawn.folder)
        watch.until("mended")
        drawn.replace("specs/pair.yaml", "a fox", "a red fox")
        watch.until("built", asset="fox")
        watch.until("summary")
        watch.stop()
    assert prompts(server) == ["a red fox"]
