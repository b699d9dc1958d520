"""Decisions on the page: each is the command of its name, and none overwrites what the page did not show."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.gallery.visiting import Page, serving
from tests.gemini_server import GeminiServer
from tests.project import Project
from tests.stories.conftest import a_picture

FOX = "assets: {fox: {prompt: A fox.}}\n"
THREE = "assets: {fox: {prompt: A fox., candidates: 3}}\n"
TREE = "assets: {tree: {prompt: 'A tree at {{ light }}.', candidates: {vary: {light: [dawn, noon, dusk]}}}}\n"


def takes(page: Page, id: str) -> list[dict[str, object]]:
    return list(page.asset(id)["takes"])


def another(page: Page, id: str) -> str:
    return str(next(take["take"] for take in takes(page, id) if not take["picked"] and not take["rejected"]))


def test_each_decision_is_the_command_of_its_name(project: Project) -> None:
    project.spec("fox", FOX).build().draws(1)
    with serving(project) as served:
        page = served.page()
        assert page.decided("fox", "approve", note="good")["approved"]
        assert project.lock["fox"]["approved"] == project.lock["fox"]["take"]
        assert project.lock["fox"]["note"] == "good"
        assert page.decided("fox", "protect")["protected"] and project.lock["fox"]["protected"]
        assert not page.decided("fox", "unprotect")["protected"] and "protected" not in project.lock["fox"]
        assert page.decided("fox", "note", note="")["note"] == "" and "note" not in project.lock["fox"]
        row = page.decided("fox", "reroll")
        assert (row["action"], row["draws"], row["takes"]) == ("draw", 1, 0)
        assert project.lock["fox"]["rejected"] == [project.lock["fox"]["take"]]
        row = page.decided("fox", "pick", take=project.lock["fox"]["take"])
        assert (row["state"], row["draws"]) == ("fresh", 0)
        project.replace("specs/fox.yaml", "A fox", "A red fox")
        with served.page() as listening:
            listening.wait_for(lambda kind, value: kind == "hello" or bool(value.get("rows")))
            if page.rows()["fox"]["state"] == "fresh":
                listening.row_told("fox", lambda row: row["state"] == "stale")
        row = page.decided("fox", "keep")
        assert (row["state"], row["draws"]) == ("fresh", 0)
    project.build().ends(0).draws(0)


def test_the_answer_says_what_was_done(project: Project) -> None:
    project.spec("fox", FOX).build().draws(1)
    with serving(project) as served:
        answer = served.page().decide("fox", "protect").json()
    assert answer["text"] == "`fox`: protected; only `pipeline reroll fox` makes a build draw it again."
    assert answer["row"]["id"] == "fox"


def test_what_cannot_be_done_is_a_400_with_the_command_s_own_words(project: Project) -> None:
    project.spec("fox", FOX + "  # nothing\n")
    with serving(project) as served:
        page = served.page()
        for what, says in (
            ("approve", "no take yet"),
            ("reroll", "no take yet"),
            ("restore", "no built file"),
            ("adopt", "there is no"),
        ):
            answer = page.decide("fox", what)
            assert answer.status_code == 400, (what, answer.text)
            assert says in answer.json()["error"]["message"] or says in answer.text, answer.text
        answer = page.decide("fox", "pick", take="sha256:" + "0" * 64)
        assert answer.status_code == 400 and "names no take" in answer.text
        assert page.decide("wolf", "approve", version="x").status_code == 404
    assert project.lock == {}


# --- two who decide ---------------------------------------------------------------------------------------------------


def test_a_page_that_shows_old_data_overwrites_nothing(project: Project) -> None:
    project.spec("fox", THREE).build().draws(3)
    with serving(project) as served:
        here, there = served.page(), served.page()
        version = here.rows()["fox"]["version"]
        chosen = another(there, "fox")
        there.decided("fox", "pick", version, take=chosen)
        before = project.read("pipeline.lock")
        for what in ("approve", "protect", "reroll", "note", "reject", "keep", "adopt", "restore", "unprotect", "pick"):
            answer = here.decide("fox", what, version, take=chosen, note="mine")
            assert answer.status_code == 409, (what, answer.text)
            told = answer.json()
            assert told["overtaken"] and "meanwhile" in told["error"]["message"]
            picked = [take["take"] for take in told["asset"]["takes"] if take["picked"]]
            assert picked == [chosen]
        assert project.read("pipeline.lock") == before
        row = here.decided("fox", "approve", told["asset"]["row"]["version"])
        assert row["approved"]


def test_a_decision_on_the_command_line_counts_at_once(project: Project) -> None:
    """Whether the server has looked since or not."""
    project.spec("fox", FOX).build().draws(1)
    with serving(project) as served:
        page = served.page()
        for command, what in (("approve", "reroll"), ("protect", "approve"), ("reroll", "protect")):
            version = page.asset("fox")["row"]["version"]
            project.run(command, "fox").ends(0)
            answer = page.decide("fox", what, version)
            assert answer.status_code == 409
            page.decided("fox", "note", answer.json()["asset"]["row"]["version"], note=command)


def test_a_build_that_picks_in_between_counts_too(project: Project) -> None:
    project.spec("fox", FOX).build().draws(1)
    project.run("reroll", "fox").ends(0)
    with serving(project) as served:
        page = served.page()
        version = page.rows()["fox"]["version"]
        project.build().ends(0).draws(1)
        answer = page.decide("fox", "approve", version)
        assert answer.status_code == 409
        assert answer.json()["asset"]["row"]["takes"] == 1


def test_a_spec_that_changed_since_is_not_kept_unseen(project: Project) -> None:
    project.spec("fox", FOX).build().draws(1)
    project.spec("fox", FOX.replace("A fox", "A red fox"))
    with serving(project) as served:
        page = served.page()
        shown = page.rows()["fox"]
        assert shown["action"] == "draw"
        with served.page() as listening:
            listening.next()
            project.spec("fox", FOX.replace("A fox", "A blue wolf"))
            listening.row_told("fox", lambda row: row["version"] != shown["version"])
        answer = page.decide("fox", "keep", shown["version"])
        assert answer.status_code == 409 and "asks for" in answer.json()["error"]["message"]
        assert answer.json()["asset"]["prompt"] == "A blue wolf."
        # What is about the picture alone is still what the person saw.
        assert page.decided("fox", "protect", shown["version"])["protected"]


def test_of_many_who_decide_at_once_one_does(project: Project) -> None:
    project.spec("fox", THREE).build().draws(3)
    with serving(project) as served:
        pages = [served.page() for _ in range(8)]
        version = pages[0].rows()["fox"]["version"]
        with ThreadPoolExecutor() as pool:
            answers = list(pool.map(lambda n: pages[n].decide("fox", "note", version, note=f"page {n}"), range(8)))
        assert sorted(answer.status_code for answer in answers) == [200] + [409] * 7
        (winner,) = (n for n, answer in enumerate(answers) if answer.status_code == 200)
        assert project.lock["fox"]["note"] == f"page {winner}"


def test_decisions_about_a_point_are_decisions_about_its_asset(project: Project) -> None:
    project.spec("tree", TREE).build().draws(3)
    with serving(project) as served:
        page = served.page()
        version = page.rows()["tree"]["version"]
        project.run("reroll", "tree#light=noon").ends(0)
        assert page.decide("tree", "pick", version, take=another(page, "tree")).status_code == 409


# --- choosing ---------------------------------------------------------------------------------------------------------


def test_approving_a_take_picks_it_and_ends_the_choosing(project: Project) -> None:
    project.spec("fox", THREE).build().draws(3)
    with serving(project) as served:
        page = served.page()
        row = page.rows()["fox"]
        assert row["undecided"] and row["takes"] == 3
        chosen = another(page, "fox")
        row = page.decided("fox", "approve", take=chosen)
        assert row["approved"] and not row["undecided"] and row["draws"] == 0
    assert project.lock["fox"]["take"] == project.lock["fox"]["approved"] == chosen
    project.spec("fox", THREE.replace("3", "5")).build().ends(0).draws(0)
    assert project.read("output/fox.jpg") == project.read(f".pipeline/objects/{chosen[7:9]}/{chosen[9:]}")


def test_a_rejected_candidate_costs_nothing_while_another_stands(project: Project) -> None:
    """A reviewer who says no to two of three has not asked for two more."""
    project.spec("fox", THREE).build().draws(3)
    with serving(project) as served:
        page = served.page()
        first = project.lock["fox"]["take"]
        row = page.decided("fox", "reject", take=another(page, "fox"))
        assert (row["state"], row["draws"], row["takes"]) == ("fresh", 0, 2)
        row = page.decided("fox", "reject", take=first)
        assert (row["action"], row["draws"], row["takes"]) == ("reuse", 0, 1)
        assert page.wall()["plan"]["price"]["table_micro_usd"] == 0
        assert page.post("/api/build", {"ids": ["fox"], "price_micro_usd": 0}).status_code == 202
        with served.page() as listening:
            listening.next()
            if page.rows()["fox"]["state"] != "fresh":
                listening.row_told("fox", lambda row: row["state"] == "fresh")
        (left,) = (take for take in takes(page, "fox") if not take["rejected"])
        assert left["picked"]
        # The last one is another matter: it says what it will cost before anybody pays.
        row = page.decided("fox", "reject", take=str(left["take"]))
        assert (row["action"], row["draws"]) == ("draw", 3)
    project.build().ends(0).draws(3)
    assert len(project.lock["fox"]["rejected"]) == 3


def test_a_rejected_point_gives_way_to_another_for_nothing(project: Project) -> None:
    project.spec("tree", TREE).build().draws(3)
    with serving(project) as served:
        page = served.page()
        assert [take["label"] for take in takes(page, "tree")] == ["light dawn", "light noon", "light dusk"]
        tree = page.asset("tree")
        assert tree["varied"] == ["light"]
        assert tree["prompts"]["tree#light=dusk"] == "A tree at dusk."
        assert [take["point"] for take in tree["takes"] if take["picked"]] == [
            point for point, prompt in tree["prompts"].items() if prompt == tree["prompt"]
        ]
        row = page.rows()["tree"]
        assert row["undecided"] and row["takes"] == 3
        gone: set[str] = set()
        for left in (2, 1):
            (picked,) = (take for take in takes(page, "tree") if take["picked"])
            row = page.decided("tree", "reject", take=str(picked["take"]))
            gone.add(str(picked["take"]))
            assert (row["draws"], row["takes"]) == (0, left), row
            project.build().ends(0).draws(0)
            (now,) = (take for take in takes(page, "tree") if take["picked"])
            assert now["take"] not in gone
        row = page.decided("tree", "reject", take=str(now["take"]))
        assert row["draws"] == 3
    project.build().ends(0).draws(3)
    assert project.lock["tree"]["take"] not in {*gone, now["take"]}


def test_a_point_that_is_rejected_unpicked_is_not_chosen_later(project: Project) -> None:
    project.spec("tree", TREE).build().draws(3)
    with serving(project) as served:
        page = served.page()
        first, second = takes(page, "tree")[0], takes(page, "tree")[1]
        assert first["picked"]
        row = page.decided("tree", "reject", take=str(second["take"]))
        assert (row["state"], row["draws"], row["takes"]) == ("fresh", 0, 2)
        project.build().ends(0).draws(0)
        page.decided("tree", "reject", take=str(first["take"]))
        project.build().ends(0).draws(0)
        (picked,) = (take for take in takes(page, "tree") if take["picked"])
        assert picked["label"] == "light dusk"
        # And back again: a pick takes the rejection away.
        page.decided("tree", "pick", take=str(second["take"]))
        project.build().ends(0).draws(0)
        assert project.lock["tree"]["take"] == second["take"]


# --- files that people bring ------------------------------------------------------------------------------------------


def adopt(page: Page, id: str, data: bytes, **more: str) -> object:
    params = {"id": id, "version": page.asset(id)["row"]["version"], **more}
    return page.http.post("/api/adopt", params=params, content=data, headers={"x-pipeline-token": page.token})


def test_a_dropped_file_is_adopted(project: Project) -> None:
    project.spec("fox", FOX).build().draws(1)
    mine = a_picture("navy", "JPEG")
    with serving(project) as served:
        page = served.page()
        answer = adopt(page, "fox", mine, name="retouched.jpg", note="by hand")
        assert answer.status_code == 200, answer.text  # type: ignore[attr-defined]
        row = answer.json()["row"]  # type: ignore[attr-defined]
        assert row["adopted"] and row["picture"]["kind"] == "file" and row["state"] == "fresh"
        assert project.read("output/fox.jpg") == mine
        back = page.decided("fox", "restore")
        assert not back["adopted"] and project.read("output/fox.jpg") != mine
        wrong = adopt(page, "fox", a_picture("navy", "PNG"), name="x.png")
        assert wrong.status_code == 400 and "jpeg" in wrong.text  # type: ignore[attr-defined]
        assert "/tmp" not in wrong.text and "adopt-" not in wrong.text  # type: ignore[attr-defined]
        as_take = adopt(page, "fox", a_picture("olive", "PNG"), as_take="1")
        assert as_take.status_code == 200, as_take.text  # type: ignore[attr-defined]
        nonsense = adopt(page, "fox", b"<script>")
        assert nonsense.status_code == 400  # type: ignore[attr-defined]
    project.build().ends(0).draws(0)


def test_a_drop_on_an_old_page_changes_nothing(project: Project) -> None:
    project.spec("fox", FOX).build().draws(1)
    with serving(project) as served:
        page = served.page()
        version = page.rows()["fox"]["version"]
        page.decided("fox", "protect")
        answer = adopt(page, "fox", a_picture("navy", "JPEG"), version=version)
        assert answer.status_code == 409  # type: ignore[attr-defined]
    assert "adopted" not in project.lock["fox"]


def test_an_edited_file_is_adopted_or_put_back(project: Project) -> None:
    built = project.spec("fox", FOX).build().draws(1).project.read("output/fox.jpg")
    mine = a_picture("navy", "JPEG")
    with serving(project) as served:
        page = served.page()
        project.write("output/fox.jpg", mine)
        row = page.decided("fox", "restore")
        assert row["state"] == "fresh" and project.read("output/fox.jpg") == built
        project.write("output/fox.jpg", mine)
        assert page.decided("fox", "adopt")["adopted"]
        assert project.read("output/fox.jpg") == mine


# --- size -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("drawn", [True, False])
def test_a_decision_among_thousands_reads_the_project_no_more(
    project: Project, server: GeminiServer, drawn: bool
) -> None:
    """Counted, not timed: see tests/gallery/test_hall.py for what is decided anew."""
    rows = [{"n": number} for number in range(300)]
    project.write("specs/rows.json", json.dumps(rows))
    spec = "assets: {'fox-{{ r.n }}': {for_each: {rows: rows.json, as: r}, prompt: 'A fox, no. {{ r.n }}.'}}\n"
    project.spec("fox", spec)
    if drawn:
        project.build("--max-cost", "1000").ends(0).draws(300)
    else:
        project.build("fox-7").ends(0).draws(1)
    with serving(project) as served:
        page = served.page()
        assert len(page.rows()) == 300
        for what in ("protect", "unprotect", "approve", "reroll"):
            page.decided("fox-7", what)
