"""`pipeline watch`: what a save leads to, and when."""

from __future__ import annotations

import pytest

from tests.gemini_answers import overloaded, picture, refused
from tests.gemini_server import GeminiServer
from tests.project import Project
from tests.watching import PAIR, AtTerminal, Watch, prompts

pytestmark = pytest.mark.timeout(180)

# --- a save -----------------------------------------------------------------------------------------------------------


def test_a_save_is_drawn(drawn: Project, server: GeminiServer) -> None:
    with Watch(drawn, "--settle", "0") as watch:
        drawn.replace("specs/pair.yaml", "a fox", "a red fox")
        looked = watch.until_row("fox", state="stale", action="draw", draws=1)
        assert looked["price"]["certain_draws"] == 1
        assert watch.until("begins")["assets"] == ["fox"]
        watch.until("built", asset="fox")
        summary = watch.until("summary", exit_code=0)
        assert [asset["asset"] for asset in summary["assets"]] == ["fox"]
        assert watch.stop() == 130
    assert prompts(server) == ["a red fox"]
    drawn.build().draws(0).says("Nothing to do: 2 assets are fresh")


def test_what_is_to_do_when_it_begins_is_done(project: Project, server: GeminiServer) -> None:
    project.spec("pair", PAIR)
    with Watch(project, "--settle", "0") as watch:
        watch.until("summary", exit_code=0)
        assert watch.stop() == 130
    assert sorted(prompts(server)) == ["a fox", "a wolf"]


def test_half_typed_prompts_are_one_paid_call(drawn: Project, server: GeminiServer) -> None:
    with Watch(drawn) as watch:
        before = "a fox"
        for now in ("a f", "a fo", "a fox in t", "a fox in the sno", "a fox in the snow"):
            drawn.replace("specs/pair.yaml", f"prompt: {before}", f"prompt: {now}")
            before = now
            watch.until("looked")
            assert server.requests == []
        watch.until("waiting", why="settle", draws=1)
        watch.until("summary")
        watch.stop()
    assert prompts(server) == ["a fox in the snow"]


def test_editors_that_save_beside_and_rename_are_followed(drawn: Project, server: GeminiServer) -> None:
    spec = drawn.folder / "specs/pair.yaml"
    with Watch(drawn, "--settle", "0") as watch:
        for word in ("red", "blue"):
            beside = spec.with_name(".pair.yaml.swp")
            beside.write_text(PAIR.replace("a fox", f"a {word} fox"))
            spec.rename(spec.with_name("pair.yaml~"))
            beside.rename(spec)
            watch.until("summary")
        watch.stop()
    assert prompts(server) == ["a red fox", "a blue fox"]
    assert watch.told("broken") == [] or watch.told("mended") != []


def test_a_save_during_a_build_is_seen_at_once_and_drawn_after_it(drawn: Project, server: GeminiServer) -> None:
    server.hold()
    with Watch(drawn, "--settle", "0") as watch:
        drawn.replace("specs/pair.yaml", "a fox", "a red fox")
        server.wait_for(1)
        watch.until("drawing", asset="fox")
        drawn.replace("specs/pair.yaml", "a red fox", "a blue fox")
        watch.until("looked")
        drawn.replace("specs/pair.yaml", "a wolf", "a grey wolf")
        watch.until_row("wolf", action="draw")
        assert len(server.requests) == 1
        server.release()
        watch.until("summary")
        assert watch.until("begins")["assets"] == ["fox", "wolf"]
        watch.until("summary", exit_code=0)
        watch.stop()
    assert prompts(server)[0] == "a red fox"
    assert sorted(prompts(server)[1:]) == ["a blue fox", "a grey wolf"]
    drawn.build().draws(0)


def test_free_work_does_not_wait_for_a_paid_draw_that_does(drawn: Project, server: GeminiServer) -> None:
    drawn.as_repository().commit()
    (drawn.folder / ".git/MERGE_HEAD").write_text("")
    with Watch(drawn, "--settle", "0") as watch:
        drawn.replace("specs/pair.yaml", "a fox", "a red fox")
        waiting = watch.until("waiting", why="git")
        assert (waiting["draws"], waiting["assets"]) == (1, ["fox"])
        drawn.remove("output/wolf.jpg")
        watch.until("restored", asset="wolf")
        watch.until("summary")
        assert server.requests == []
        (drawn.folder / ".git/MERGE_HEAD").unlink()
        watch.until("drawing", asset="fox")
        watch.until("summary")
        watch.stop()
    assert prompts(server) == ["a red fox"]
    assert drawn.exists("output/wolf.jpg")


def test_what_a_build_writes_leads_to_no_other_build(drawn: Project) -> None:
    with Watch(drawn, "--settle", "0") as watch:
        for before, now in (("a fox", "a red fox"), ("a red fox", "a blue fox"), ("a blue fox", "a black fox")):
            drawn.replace("specs/pair.yaml", before, now)
            watch.until("summary")
        watch.stop()
        assert [begins["assets"] for begins in watch.told("begins")] == [["fox"]] * 3


# --- mistakes ---------------------------------------------------------------------------------------------------------


def test_a_broken_spec_is_told_and_the_last_good_state_stands(drawn: Project, server: GeminiServer) -> None:
    with Watch(drawn, "--settle", "0") as watch:
        drawn.replace("specs/pair.yaml", "fox: {prompt:", "fox: {promt:")
        broken = watch.until("broken")
        (problem,) = broken["error"]["problems"]
        assert (problem["file"], problem["line"], problem["column"]) == ("specs/pair.yaml", 2, 9)
        drawn.spec("more", "assets:\n  owl: {prompt: an owl}\n  owl: {prompt: another owl}\n")
        watch.until("broken", lambda event: len(event["error"]["problems"]) == 2)
        drawn.remove("specs/more.yaml")
        drawn.spec("pair", PAIR.replace("a fox", "a mended fox"))
        watch.until("mended")
        watch.until("summary")
        watch.stop()
    assert prompts(server) == ["a mended fox"]


def test_a_watch_begins_with_broken_specs_and_goes_on_when_they_are_mended(
    project: Project, server: GeminiServer
) -> None:
    project.spec("pair", "assets: [")
    watch = Watch(project, "--settle", "0")
    watch.until("broken")
    project.spec("pair", PAIR)
    with watch:
        watch.until("summary", exit_code=0)
        assert watch.stop() == 130
    assert len(server.paid) == 2


def test_what_the_model_declines_is_not_paid_for_again_with_each_save(drawn: Project, server: GeminiServer) -> None:
    server.script(refused("IMAGE_SAFETY", "Too scary."))
    with Watch(drawn, "--settle", "0") as watch:
        drawn.replace("specs/pair.yaml", "a fox", "a horrible fox")
        watch.until("failed", asset="fox")
        watch.until("summary", exit_code=1)
        drawn.replace("specs/pair.yaml", "a wolf", "a grey wolf")
        assert watch.until("begins")["assets"] == ["wolf"]
        watch.until("summary", exit_code=0)
        drawn.replace("specs/pair.yaml", "a horrible fox", "a nice fox")
        assert watch.until("begins")["assets"] == ["fox"]
        watch.until("summary", exit_code=0)
        watch.stop()
    assert [request.prompt for request in server.requests] == ["a horrible fox", "a grey wolf", "a nice fox"]


def test_a_call_that_was_not_taken_is_made_again_with_the_next_save(drawn: Project, server: GeminiServer) -> None:
    server.answer = overloaded()
    with Watch(drawn, "--settle", "0") as watch:
        drawn.replace("specs/pair.yaml", "a fox", "a red fox")
        server.wait_for(1)
        watch.until("retrying")
        watch.interrupt()
        watch.until("summary")
        assert watch.ends() == 130
    server.reset()
    server.answer = picture
    with Watch(drawn, "--settle", "0") as watch:
        watch.until("built", asset="fox")
        watch.until("summary", exit_code=0)
        watch.stop()
    assert prompts(server) == ["a red fox"]


# --- what else is watched ---------------------------------------------------------------------------------------------


def test_specs_come_and_go(drawn: Project, server: GeminiServer) -> None:
    with Watch(drawn, "--settle", "0") as watch:
        drawn.write("specs/birds/owl.yaml", "assets:\n  owl: {prompt: an owl, output: output/birds}\n")
        watch.until("built", asset="owl")
        watch.until("summary")
        drawn.replace("specs/birds/owl.yaml", "an owl", "a white owl")
        watch.until("built", asset="owl")
        watch.until("summary")
        drawn.remove("output/birds")
        watch.until("restored", asset="owl")
        watch.until("summary")
        drawn.remove("specs/birds")
        assert watch.until("looked", lambda event: event["gone"])["gone"] == ["owl"]
        drawn.remove("specs/pair.yaml")
        assert watch.until("looked", lambda event: event["gone"])["gone"] == ["fox", "wolf"]
        drawn.spec("pair", PAIR)
        watch.until_row("fox", state="fresh")
        watch.stop()
    assert prompts(server) == ["an owl", "a white owl"]


def test_templates_references_rows_and_settings_are_inputs(
    project: Project, server: GeminiServer, png: bytes, other_png: bytes
) -> None:
    project.write("specs/styles/ink.j2", "in ink")
    project.write("art/mood/board.png", png)
    project.write("data/animals.csv", "name\nfox\n")
    project.spec(
        "all",
        "assets:\n"
        "  styled: {prompt: \"A house {% include 'styles/ink.j2' %}\"}\n"
        "  moody: {prompt: a hill, references: [/art/mood/board.png]}\n"
        "  '{{ row.name }}': {for_each: {rows: /data/animals.csv}, prompt: 'a {{ row.name }}'}\n",
    )
    project.build().ends(0).draws(3)
    server.reset()
    with Watch(project, "--settle", "0") as watch:
        project.write("specs/styles/ink.j2", "in pencil")
        watch.until("built", asset="styled")
        watch.until("summary")
        project.write("art/mood/board.png", other_png)
        watch.until("built", asset="moody")
        watch.until("summary")
        project.write("data/animals.csv", "name\nfox\nowl\n")
        watch.until("built", asset="owl")
        watch.until("summary")
        project.settings("defaults: {image_size: 2K}\n")
        assert watch.until("begins")["draws"] == 4
        watch.until("summary", exit_code=0)
        watch.stop()
    assert len(server.paid) == 3 + 4


def test_a_folder_of_references_that_goes_and_comes_back_is_followed_again(
    project: Project, png: bytes, other_png: bytes
) -> None:
    project.write("art/mood/board.png", png)
    project.spec("one", "assets:\n  moody: {prompt: a hill, references: [/art/mood/board.png]}\n")
    project.build().draws(1)
    with Watch(project, "--settle", "0") as watch:
        project.remove("art")
        watch.until("broken")
        project.write("art/mood/board.png", png)
        watch.until("mended")
        project.write("art/mood/board.png", other_png)
        watch.until("built", asset="moody")
        watch.until("summary")
        watch.stop()


def test_a_file_that_a_person_changed_is_told_and_never_written_over(drawn: Project, server: GeminiServer) -> None:
    with Watch(drawn, "--settle", "0") as watch:
        drawn.write("output/fox.jpg", b"painted over")
        watch.until_row("fox", state="edited")
        drawn.replace("specs/pair.yaml", "a fox", "a red fox")
        watch.until_row("fox", state="edited")
        drawn.replace("specs/pair.yaml", "a wolf", "a grey wolf")
        watch.until("built", asset="wolf")
        watch.until("summary")
        watch.stop()
    assert drawn.read("output/fox.jpg") == b"painted over"
    assert prompts(server) == ["a grey wolf"]


def test_decisions_and_builds_beside_it_are_seen(drawn: Project, server: GeminiServer) -> None:
    with Watch(drawn, "--settle", "0") as watch:
        drawn.run("reroll", "fox").ends(0)
        watch.until("built", asset="fox")
        watch.until("summary")
        drawn.run("note", "fox", "a good one").ends(0)
        watch.until_row("fox", state="fresh")
        drawn.run("protect", "wolf").ends(0)
        drawn.replace("specs/pair.yaml", "a wolf", "a grey wolf")
        watch.until_row("wolf", state="held")
        watch.stop()
    assert len(server.paid) == 1


def test_a_build_in_another_terminal_is_waited_for_and_nothing_is_paid_twice(
    drawn: Project, server: GeminiServer
) -> None:
    server.hold()
    with Watch(drawn, "--settle", "0") as watch:
        drawn.replace("specs/pair.yaml", "a fox", "a red fox")
        server.wait_for(1)
        other = drawn.spawn("build", "--json")
        assert other.stdout is not None and "build_waits" in other.stdout.readline()
        server.release()
        watch.until("summary")
        other.communicate(timeout=60)
        assert other.returncode == 0
        server.hold()
        drawn.replace("specs/pair.yaml", "a wolf", "a grey wolf")
        server.wait_for(2)
        server.release()
        watch.until("summary")
        watch.stop()
    assert prompts(server) == ["a red fox", "a grey wolf"]


def test_a_watch_that_waits_for_another_build_ends_at_once(drawn: Project, server: GeminiServer) -> None:
    server.hold()
    drawn.replace("specs/pair.yaml", "a fox", "a red fox")
    other = drawn.spawn("build", "--json")
    server.wait_for(1)
    with Watch(drawn, "--settle", "0") as watch:
        watch.until("build_waits")
        assert watch.stop() == 130
    assert other.poll() is None
    server.release()
    other.communicate(timeout=60)
    assert prompts(server) == ["a red fox"]


# --- git --------------------------------------------------------------------------------------------------------------


def test_a_checkout_of_hundreds_of_specs_is_looked_at_when_it_is_done(drawn: Project, server: GeminiServer) -> None:
    """The lock of the other branch comes with it: whoever looked too early would pay for what it has already."""
    tiny, empty = "assets:\n  tiny/{0}: {{prompt: tiny, alt: '{0}'}}", "assets: {}"
    for number in range(300):
        declares = tiny.format(number) if number < 3 else empty
        drawn.spec(f"many/s{number:03}", f"# main {number}\n{declares}\n")
    drawn.write(".gitattributes", "specs/many/*.yaml filter=slow\n")
    drawn.build("--yes").ends(0)
    drawn.as_repository().commit()
    drawn.git("checkout", "-q", "-b", "red")
    for file in sorted((drawn.folder / "specs/many").iterdir()):
        file.write_text(file.read_text().replace("main", "red").replace("tiny,", "a red tiny thing,"))
    drawn.replace("specs/pair.yaml", "a fox", "a red fox")
    drawn.build("--yes").ends(0)
    drawn.commit()
    # A smudge filter that takes its time, so that git is at work for a while with only some of the files in place.
    drawn.git("config", "filter.slow.smudge", "sleep 0.01; cat")
    server.reset()
    with Watch(drawn, "--settle", "0") as watch:
        for branch, prompt in (("main", "prompt: a fox"), ("red", "prompt: a red fox")):
            drawn.git("checkout", "-q", branch)
            watch.until("summary", exit_code=0)
            assert prompt in drawn.read("specs/pair.yaml").decode()
        assert len(watch.told("begins")) == 2
        assert watch.told("broken") == []
        drawn.replace("specs/pair.yaml", "a wolf", "a grey wolf")
        watch.until("built", asset="wolf")
        watch.until("summary")
        watch.stop()
    assert prompts(server) == ["a grey wolf"]


# --- money ------------------------------------------------------------------------------------------------------------


def test_the_budget_is_that_of_the_whole_watch(drawn: Project, server: GeminiServer) -> None:
    with Watch(drawn, "--settle", "0", "--max-cost", "0.35") as watch:
        for before, now in (("a fox", "a red fox"), ("a wolf", "a grey wolf")):
            drawn.replace("specs/pair.yaml", before, now)
            watch.until("summary", exit_code=0)
        drawn.replace("specs/pair.yaml", "a red fox", "a blue fox")
        waiting = watch.until("waiting", why="budget")
        assert (waiting["draws"], waiting["seconds_left"]) == (1, None)
        assert "are left for this watch" in waiting["text"]
        drawn.replace("specs/pair.yaml", "a blue fox", "a fox")
        watch.until_row("fox", state="fresh")
        watch.stop()
    assert prompts(server) == ["a red fox", "a grey wolf"]


def test_a_dear_build_is_asked_about_on_a_terminal_and_a_save_takes_the_question_back(
    drawn: Project, server: GeminiServer
) -> None:
    drawn.settings("budget: {ask_above: 0.10}\n")
    with AtTerminal(drawn, "--settle", "0") as watch:
        watch.until("Nothing to do")
        drawn.replace("specs/pair.yaml", "a fox", "a red fox")
        watch.until("Draw?")
        drawn.replace("specs/pair.yaml", "a wolf", "a grey wolf")
        watch.until("2 pictures to draw")
        watch.until("Draw?")
        assert server.requests == []
        watch.types("n\n")
        watch.until("Left as it is")
        drawn.replace("specs/pair.yaml", "a red fox", "a blue fox")
        watch.until("1 picture to draw")
        watch.until("Draw?")
        watch.types("y\n")
        watch.until("built")
        watch.until("Done: 1 built.")
        watch.interrupt()
        assert watch.ends() == 130
    assert prompts(server) == ["a blue fox"]
    assert "Traceback" not in watch.said


# --- its end ----------------------------------------------------------------------------------------------------------


def test_ctrl_c_lets_what_is_in_flight_arrive(drawn: Project, server: GeminiServer) -> None:
    server.hold()
    with Watch(drawn, "--settle", "0") as watch:
        drawn.replace("specs/pair.yaml", "a fox", "a red fox")
        server.wait_for(1)
        watch.until("drawing", asset="fox")
        watch.interrupt()
        watch.until("interrupting", in_flight=1)
        server.release()
        watch.until("built", asset="fox")
        assert watch.ends() == 130
    drawn.build().draws(0).says("2 assets are fresh")


def test_a_second_ctrl_c_ends_at_once_and_the_next_build_pays_at_most_once_more(
    drawn: Project, server: GeminiServer
) -> None:
    server.hold()
    with Watch(drawn, "--settle", "0") as watch:
        drawn.replace("specs/pair.yaml", "a fox", "a red fox")
        server.wait_for(1)
        watch.until("drawing", asset="fox")
        watch.interrupt()
        watch.until("interrupting")
        watch.interrupt()
        assert watch.ends() == 130
    server.release()
    drawn.build().ends(0)
    assert len(server.requests) == 2


def test_what_had_arrived_when_a_watch_was_killed_is_not_paid_again(drawn: Project, server: GeminiServer) -> None:
    with Watch(drawn, "--settle", "0") as watch:
        drawn.replace("specs/pair.yaml", "a fox", "a red fox")
        watch.until("drawn", asset="fox")
        watch.process.kill()
    assert len(server.paid) == 1
    drawn.build().ends(0).draws(0)
    with Watch(drawn, "--settle", "0") as watch:
        drawn.replace("specs/pair.yaml", "a wolf", "a grey wolf")
        watch.until("summary", exit_code=0)
        watch.stop()
    assert prompts(server) == ["a red fox", "a grey wolf"]


# --- without a key, a terminal, inotify -------------------------------------------------------------------------------


def test_without_a_key_placeholders_follow_each_save(keyless: Project) -> None:
    keyless.spec("pair", PAIR)
    with Watch(keyless) as watch:
        watch.until("summary")
        keyless.spec("more", "assets:\n  owl: {prompt: an owl}\n")
        watch.until("placeholder", asset="owl")
        watch.until("summary")
        watch.stop()
    assert list(keyless.outputs) == ["fox.jpg", "owl.jpg", "wolf.jpg"]


def test_where_the_system_does_not_tell_folders_are_looked_at_again_and_again(
    drawn: Project, server: GeminiServer
) -> None:
    with Watch(drawn, "--settle", "0", env={"WATCHFILES_FORCE_POLLING": "true"}) as watch:
        drawn.replace("specs/pair.yaml", "a fox", "a red fox")
        watch.until("built", asset="fox")
        watch.until("summary")
        watch.stop()
    assert prompts(server) == ["a red fox"]
