"""What an open page is told as it happens: saves, decisions, builds, mistakes."""

from __future__ import annotations

import json

from tests.gallery.visiting import serving
from tests.gemini_answers import refused
from tests.gemini_server import GeminiServer
from tests.project import Project

FOX = "assets: {fox: {prompt: A fox.}}\n"
TWO = "assets:\n  fox: {prompt: A fox.}\n  den: {prompt: \"Of {{ ref('fox') }}.\"}\n"
BROKEN = "assets:\n  fox: {prompt: A fox., image_size: 2k}\n"


def test_a_page_is_greeted_with_where_it_stands(project: Project) -> None:
    project.spec("fox", FOX).build().draws(1)
    with serving(project) as served:
        revision = served.page().wall()["revision"]
        with served.page() as page, served.page() as other:
            kind, hello = page.next()
            assert (kind, hello["revision"]) == ("hello", revision)
            assert other.next()[1]["server"] == hello["server"]


def test_a_save_reaches_the_page_with_its_price(project: Project) -> None:
    project.spec("fox", TWO).build().draws(2)
    with serving(project) as served:
        before = served.page().wall()
        with served.page() as page:
            page.next()
            project.replace("specs/fox.yaml", "A fox.", "A red fox.")
            told = page.wait_for(lambda kind, value: kind == "update" and "plan" in value and bool(value["rows"]))
            assert told["revision"] > before["revision"]
            assert {row["id"]: row["action"] for row in told["rows"]} == {"fox": "draw", "den": "await"}
            assert told["plan"]["price"]["table_micro_usd"] == 134_400
            assert told["gone"] == []
            # Nothing is drawn before somebody asks for it.
            assert len(project.server.paid) == 2  # type: ignore[union-attr]


def test_assets_come_and_go(project: Project) -> None:
    project.spec("fox", FOX).build().draws(1)
    with serving(project) as served:
        served.page().wall()
        with served.page() as page:
            page.next()
            project.spec("wolf", "assets: {wolf: {prompt: A wolf.}}\n")
            assert page.row_told("wolf")["state"] == "stale"
            project.remove("specs/wolf.yaml")
            assert page.wait_for(lambda kind, value: bool(value.get("gone")))["gone"] == ["wolf"]
        assert list(served.page().rows()) == ["fox"]


def test_a_decision_on_the_command_line_reaches_the_page(project: Project) -> None:
    project.spec("fox", FOX).build().draws(1)
    with serving(project) as served:
        before = served.page().rows()["fox"]
        with served.page() as page:
            page.next()
            project.run("approve", "fox", "--note", "good").ends(0)
            row = page.row_told("fox", lambda row: row["approved"])
            assert row["note"] == "good" and row["version"] != before["version"]


def test_a_file_changed_by_hand_reaches_the_page(project: Project) -> None:
    project.spec("fox", FOX).build().draws(1)
    with serving(project) as served:
        served.page().wall()
        with served.page() as page:
            page.next()
            project.write("output/fox.jpg", project.read("output/fox.jpg") + b"\0")
            assert page.row_told("fox", lambda row: row["state"] == "edited")["picture"]["kind"] == "file"
        fox = served.page().asset("fox")
        assert fox["edited"] == fox["row"]["picture"]
        assert fox["built"]["src"] == fox["takes"][0]["picture"]["src"] != fox["edited"]["src"]


def test_a_mistake_is_told_with_its_place_and_the_last_good_state_stays(project: Project) -> None:
    project.spec("fox", TWO).build().draws(2)
    with serving(project) as served:
        served.page().wall()
        with served.page() as page:
            page.next()
            project.spec("fox", BROKEN)
            told = page.wait_for(lambda kind, value: bool(value.get("problems")))
            (problem,) = told["problems"]
            assert {
                "kind": "spec",
                "file": "specs/fox.yaml",
                "line": 2,
                "column": 37,
                "asset": None,
                "snippet": "   2 |   fox: {prompt: A fox., image_size: 2k}\n     | " + " " * 36 + "^^",
            }.items() <= problem.items()
            assert "`2k`" in problem["message"] and "`2K`" in problem["hint"]
            wall = page.wall()
            assert len(wall["rows"]) == 2 and wall["problems"] == [problem]
            project.spec("fox", TWO)
            assert page.wait_for(lambda kind, value: value.get("problems") == [])["problems"] == []


def test_a_project_that_is_broken_from_the_start_is_served_with_its_mistake(project: Project) -> None:
    project.spec("fox", BROKEN)
    with serving(project) as served:
        wall = served.page().wall()
        assert (wall["rows"], wall["plan"]) == ([], None)
        assert wall["problems"][0]["line"] == 2
        with served.page() as page:
            page.next()
            project.spec("fox", FOX)
            page.row_told("fox")


def test_a_lock_that_cannot_be_read_is_told(project: Project) -> None:
    project.spec("fox", FOX).build().draws(1)
    with serving(project) as served:
        served.page().wall()
        with served.page() as page:
            page.next()
            project.write("pipeline.lock", "{broken\n")
            (problem,) = page.wait_for(lambda kind, value: bool(value.get("problems")))["problems"]
            assert (problem["kind"], problem["file"]) == ("tool", "pipeline.lock")
            assert "pipeline.lock:1" in problem["message"] and problem["hint"]


def test_what_is_asked_for_is_built_and_told(project: Project, server: GeminiServer) -> None:
    project.spec("fox", TWO)
    with serving(project) as served:
        price = served.page().rows()["fox"]["price_micro_usd"]
        with served.page() as page:
            page.next()
            server.hold()
            assert page.post("/api/build", {"ids": ["fox"], "price_micro_usd": price}).status_code == 202
            building = page.wait_for(lambda kind, value: bool((value.get("building") or {}).get("drawing")))["building"]
            assert building["drawing"] == ["fox"] and building["total"] == 1 and building["done"] == 0
            server.release()
            built = page.wait_for(lambda kind, value: kind == "happened" and value["event"] == "built")
            assert built["asset"] == "fox"
            if page.rows()["fox"]["state"] != "fresh":  # a look may have seen its file before the build said so
                page.row_told("fox", lambda row: row["state"] == "fresh")
        wall = served.page().wall()
        assert len(server.paid) == 1
        assert wall["spent_micro_usd"] == wall["spent_ever_micro_usd"] > 0
        assert {row["id"]: row["state"] for row in wall["rows"]} == {"fox": "fresh", "den": "stale"}


def test_what_became_dearer_is_not_built(project: Project, server: GeminiServer) -> None:
    project.spec("fox", FOX)
    with serving(project) as served:
        page = served.page()
        wall = page.wall()
        price = wall["plan"]["price"]["table_micro_usd"]
        with served.page() as listening:
            listening.next()
            project.spec("fox", TWO.replace("den: {prompt: \"Of {{ ref('fox') }}.\"}", "den: {prompt: A den.}"))
            listening.row_told("den")
        answer = page.post("/api/build", {"ids": None, "price_micro_usd": price})
        assert answer.status_code == 409 and answer.json()["overtaken"]
        assert answer.json()["plan"]["price"]["table_micro_usd"] == 2 * price
        assert page.post("/api/build", {"ids": ["wolf"], "price_micro_usd": price}).status_code == 404
        for wrong in (-1, True, "1", None, 1.5):
            assert page.post("/api/build", {"ids": None, "price_micro_usd": wrong}).status_code == 400
        assert page.post("/api/build", {"ids": "fox", "price_micro_usd": 1}).status_code == 400
        assert page.post("/api/allow", {"question": "nothing"}).status_code == 409
        assert server.paid == []


def test_a_failure_is_told_in_the_words_of_the_model_and_outlives_the_server(
    project: Project, server: GeminiServer
) -> None:
    project.spec("fox", FOX)
    server.script(refused("IMAGE_SAFETY"))
    with serving(project) as served:
        price = served.page().rows()["fox"]["price_micro_usd"]
        with served.page() as page:
            page.next()
            assert page.post("/api/build", {"ids": ["fox"], "price_micro_usd": price}).status_code == 202
            row = page.row_told("fox", lambda row: bool(row["failure"]))
            assert row["state"] == "failed" and "IMAGE_SAFETY" in row["failure"]
        failure = row["failure"]
        (problem,) = served.page().wall()["problems"]
        assert problem["kind"] == "asset" and problem["asset"] == "fox" and problem["message"] == failure
        assert (problem["file"], problem["line"]) == ("specs/fox.yaml", 1)
    with serving(project) as served:
        assert served.page().rows()["fox"]["failure"] == failure
        with served.page() as page:
            page.next()
            project.replace("specs/fox.yaml", "A fox.", "A gentle fox.")  # another request: nobody knows of it yet
            assert page.row_told("fox")["failure"] == ""
        assert served.page().wall()["problems"] == []


def test_a_build_elsewhere_reaches_the_page(project: Project) -> None:
    project.spec("fox", FOX)
    with serving(project) as served:
        served.page().wall()
        with served.page() as page:
            page.next()
            project.build().ends(0).draws(1)
            row = page.row_told("fox", lambda row: row["state"] == "fresh")
            assert page.get("/" + row["picture"]["src"]).content == project.read("output/fox.jpg")


def test_hostile_texts_arrive_as_texts(project: Project) -> None:
    spec = {
        "prompt": "</script><script>alert(1)</script> & \" ' \\ {{ '{{' }}",
        "alt": "<img src=x onerror=alert(1)>",
        "tags": ["<b>"],
    }
    project.spec("fox", json.dumps({"assets": {"fox": spec}})).build().ends(0).draws(1)
    with serving(project) as served:
        page = served.page()
        fox = page.asset("fox")
        assert fox["row"]["alt"] == "<img src=x onerror=alert(1)>" and fox["row"]["tags"] == ["<b>"]
        assert "</script><script>alert(1)</script>" in fox["prompt"]
        assert page.get("/api/asset?id=fox").headers["content-type"] == "application/json"
        with served.page() as listening:
            listening.next()
            note = "a line\n\nevent: update\ndata: {}\n\n<script>"
            page.decided("fox", "note", note=note)
            assert listening.row_told("fox", lambda row: bool(row["note"]))["note"] == note
