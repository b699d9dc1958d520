"""`pipeline costs` and `pipeline models`: what was paid, and what there is to pay for."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from pipeline.store.ledger import LOST, TAKE, Ledger
from pipeline.words import MicroUsd
from tests.gemini_answers import hang_up, refused, without_usage
from tests.gemini_server import GeminiServer
from tests.project import Project

KITES = """
defaults: {model: gemini-3-pro-image}
assets:
  kite: {prompt: A red kite.}
  boat: {prompt: A blue boat.}
"""


@pytest.fixture
def project(tmp_path: Path, server: GeminiServer) -> Project:
    return Project(tmp_path, server).spec("kites", KITES)


class Book:
    """The ledger of a project, written a call at a time."""

    def __init__(self, project: Project) -> None:
        self._day = ""
        self._count = 0
        self._ledger = Ledger(project.folder / ".pipeline" / "ledger.jsonl", lambda: f"{self._day}T12:00:00.000Z")

    def call(
        self,
        day: str,
        asset: str,
        *,
        result: str | None = TAKE,
        cost: int = 0,
        cost_from: str = "usage",
        model: str = "gemini-3-pro-image",
        profile: str = "",
        image_size: str = "1K",
        message: str = "",
    ) -> None:
        self._day, self._count = day, self._count + 1
        call, request = f"call-{self._count}", "sha256:" + "0" * 64
        self._ledger.intent(
            call,
            asset=asset,
            profile=profile,
            request=request,
            generator="gemini",
            model=model,
            image_size=image_size,
            reserved=MicroUsd(200_000),
        )
        if result is not None:
            self._ledger.outcome(call, result=result, cost=MicroUsd(cost), cost_from=cost_from, message=message)


def test_an_empty_ledger_says_so(project: Project) -> None:
    project.run("costs").ends(0).says("The ledger is empty")
    told = project.run("--json", "costs").ends(0).json
    assert told["version"] == 1
    assert (told["calls"], told["cost_micro_usd"]) == (0, 0)


def test_costs_need_no_spec_that_loads(project: Project) -> None:
    project.spec("broken", "assets: [").run("costs").ends(0)


def test_costs_are_what_the_service_counted(project: Project, server: GeminiServer) -> None:
    project.build().ends(0).draws(2)
    told = project.run("--json", "costs", "--by", "asset").ends(0).json
    records = Ledger(project.folder / ".pipeline/ledger.jsonl", lambda: "").calls()
    assert told["calls"] == told["takes"] == 2
    assert told["cost_micro_usd"] == sum(line.cost for line in records) > 2 * 134_400
    assert set(told["by"]["asset"]) == {"boat", "kite"}
    assert told["estimated_micro_usd"] == 0


def test_an_answer_that_counts_nothing_is_an_estimate_and_stands_apart(project: Project, server: GeminiServer) -> None:
    server.script(without_usage)
    project.build("kite").draws(1)
    told = project.run("--json", "costs").json
    assert (told["cost_micro_usd"], told["estimated_micro_usd"]) == (0, 134_400)
    project.run("costs").says("$0.00 spent", "and $0.1344 by the price table", "an estimate")


def test_a_refusal_that_was_charged_is_told_as_such(project: Project, server: GeminiServer) -> None:
    server.script(refused("IMAGE_SAFETY"))
    project.build("kite").ends(1)
    told = project.run("--json", "costs").json
    assert told["calls"] == 1
    assert told["takes"] == 0
    assert told["without_picture"] == (1 if told["cost_micro_usd"] else 0)


def test_a_lost_call_is_never_added_to_the_facts(project: Project, server: GeminiServer) -> None:
    server.script(hang_up, hang_up)
    project.build("kite").ends(1)
    told = project.run("--json", "costs").json
    assert told["cost_micro_usd"] == told["estimated_micro_usd"] == 0
    assert told["may_be_charged"]["calls"] == 2
    assert told["may_be_charged"]["at_most_micro_usd"] > 2 * 134_400


def test_an_intent_without_an_outcome_may_have_been_charged(project: Project) -> None:
    book = Book(project)
    book.call("2026-01-01", "kite", cost=134_400)
    book.call("2026-01-01", "kite", result=None)
    told = project.run("--json", "costs").json
    assert told["cost_micro_usd"] == 134_400
    assert told["may_be_charged"] == {"calls": 1, "at_most_micro_usd": 200_000}
    told = project.run("costs").says("1 call without an answer may have been charged: $0.20 at most")
    told.says("`pipeline costs --calls` names them.")


def test_sums_are_exact_to_the_millionth(project: Project) -> None:
    book = Book(project)
    for _ in range(3):
        book.call("2026-01-01", "kite", cost=33_333)
    assert project.run("--json", "costs").json["cost_micro_usd"] == 99_999


def test_costs_by_day_asset_model_and_profile(project: Project) -> None:
    book = Book(project)
    book.call("2026-01-02", "kite", cost=10_000, model="gemini-nano-banana-2.1", profile="draft")
    book.call("2026-01-01", "boat", cost=20_000)
    book.call("2026-01-02", "boat", cost=50_000, result="blocked")
    book.call("2026-01-02", "boat", result=LOST)
    every = ("--by", "day", "--by", "asset", "--by", "model", "--by", "profile")
    groups = project.run("--json", "costs", *every).ends(0).json["by"]
    costs = {name: {key: one["cost_micro_usd"] for key, one in group.items()} for name, group in groups.items()}
    assert costs == {
        "day": {"2026-01-01": 20_000, "2026-01-02": 60_000},
        "asset": {"boat": 70_000, "kite": 10_000},
        "model": {"gemini-3-pro-image": 70_000, "gemini-nano-banana-2.1": 10_000},
        "profile": {"(none)": 70_000, "draft": 10_000},
    }
    assert list(costs["asset"]) == ["boat", "kite"], "the dearest first"
    assert project.run("costs", *every).ends(0).out == BY_EVERYTHING


BY_EVERYTHING = """\
$0.08 spent, as the service counted: 4 calls, 2 takes
  with 1 answer without a usable picture, charged all the same
and 1 call without an answer may have been charged: $0.20 at most, not added to anything
  `pipeline costs --calls` names them.

by day (UTC)
  2026-01-01  $0.02  1 call
  2026-01-02  $0.06  3 calls, 1 without a picture, 1 may have been charged, $0.20 at most

by asset
  boat  $0.07  3 calls, 1 without a picture, 1 may have been charged, $0.20 at most
  kite  $0.01  1 call

by model
  gemini-3-pro-image      $0.07  3 calls, 1 without a picture, 1 may have been charged, $0.20 at most
  gemini-nano-banana-2.1  $0.01  1 call

by profile
  (none)  $0.07  3 calls, 1 without a picture, 1 may have been charged, $0.20 at most
  draft   $0.01  1 call
"""


def test_a_profile_sees_its_own_costs(project: Project) -> None:
    project.settings("profiles: {draft: {image_size: 1K}}\n")
    book = Book(project)
    book.call("2026-01-02", "kite", cost=10_000, profile="draft")
    book.call("2026-01-02", "kite", cost=20_000)
    assert project.run("--json", "--profile", "draft", "costs").json["cost_micro_usd"] == 10_000


def test_a_line_that_a_crash_tore_is_passed_over(project: Project) -> None:
    book = Book(project)
    book.call("2026-01-02", "kite", cost=10_000)
    with (project.folder / ".pipeline" / "ledger.jsonl").open("a") as file:
        file.write('{"line": "intent", "ca')
    book.call("2026-01-02", "kite", cost=10_000)
    assert project.run("--json", "costs").json["cost_micro_usd"] == 20_000


def test_the_parts_of_a_table_add_up_to_the_sum_above_them(project: Project) -> None:
    book = Book(project)
    for day, cost in (("2026-01-01", 1_136_472), ("2026-01-02", 40_000), ("2026-01-03", 136_400)):
        book.call(day, "kite", cost=cost)
    told = project.run("costs", "--by", "day").ends(0).out.splitlines()
    assert told[0].startswith("$1.312872 spent")
    assert [line.split("  ")[2] for line in told[3:]] == ["$1.136472", "$0.040000", "$0.136400"]


def test_turns_and_points_are_told_under_their_asset_and_apart_in_the_list(project: Project) -> None:
    book = Book(project)
    for asset in ("logo#0", "logo#1", "tree#light=dusk", "tree#light=dawn", "tree"):
        book.call("2026-01-02", asset, cost=10_000)
    told = project.run("--json", "costs", "--by", "asset", "--calls").json
    assert {id: one["cost_micro_usd"] for id, one in told["by"]["asset"].items()} == {"logo": 20_000, "tree": 30_000}
    assert [call["asset"] for call in told["list"]] == [
        "logo#0",
        "logo#1",
        "tree#light=dusk",
        "tree#light=dawn",
        "tree",
    ]


def test_every_call_can_be_listed(project: Project) -> None:
    book = Book(project)
    book.call("2026-01-01", "kite", cost=136_472)
    book.call("2026-01-02", "logo#1", result=LOST, profile="final", image_size="4K", message="cut off\nhalf-way")
    book.call("2026-01-03", "kite", result=None, image_size="")
    book.call("2026-01-03", "boat", result="blocked", cost=2_900, message="IMAGE_SAFETY")
    book.call("2026-01-03", "boat", result="throttled", cost_from="table")
    book.call("2026-01-03", "boat", cost=134_400, cost_from="table")
    assert project.run("costs", "--calls").ends(0).out == EVERY_CALL
    listed = project.run("--json", "costs", "--calls").json["list"]
    assert [call["result"] for call in listed] == [TAKE, LOST, None, "blocked", "throttled", TAKE]
    assert "list" not in project.run("--json", "costs").json


EVERY_CALL = """\
$0.139372 spent, as the service counted: 6 calls, 2 takes
  with 1 answer without a usable picture, charged all the same
and $0.1344 by the price table, for answers that counted nothing: an estimate
and 2 calls without an answer may have been charged: $0.40 at most, not added to anything

every call (UTC)
  2026-01-01 12:00:00  kite    take           $0.136472  gemini-3-pro-image 1K
  2026-01-02 12:00:00  logo#1  lost        <= $0.200000  gemini-3-pro-image 4K under final: cut off\\nhalf-way
  2026-01-03 12:00:00  kite    no outcome  <= $0.200000  gemini-3-pro-image
  2026-01-03 12:00:00  boat    blocked        $0.002900  gemini-3-pro-image 1K: IMAGE_SAFETY
  2026-01-03 12:00:00  boat    throttled      $0.000000  gemini-3-pro-image 1K
  2026-01-03 12:00:00  boat    take         ~ $0.134400  gemini-3-pro-image 1K
"""


def test_a_call_in_flight_in_another_process_is_not_lost(project: Project, server: GeminiServer) -> None:
    server.hold()
    build = project.spawn("build", "kite")
    server.wait_for(1)
    told = project.run("--json", "costs").json
    assert (told["in_flight"]["calls"], told["may_be_charged"]["calls"]) == (1, 0)
    assert told["in_flight"]["at_most_micro_usd"] > 134_400
    project.run("costs").says("and 1 call is in flight now: $0.16", "not added to anything")
    project.run("costs", "--calls").says("kite in flight <= $0.16")
    project.settings("retry_lost: 0\n").run("plan", "kite").says("To draw (1)").is_silent_of("Failed")
    build.kill()
    build.communicate()
    server.release()
    told = project.run("--json", "costs").json
    assert (told["in_flight"]["calls"], told["may_be_charged"]["calls"]) == (0, 1)
    project.run("plan", "kite").says("Failed (1)", "1 call brought no answer and may have been charged")


def test_a_take_that_a_dead_build_did_not_book_any_more_is_known_by_its_record(
    project: Project, server: GeminiServer
) -> None:
    project.build("kite").draws(1)
    ledger = project.read(".pipeline/ledger.jsonl")
    project.write(".pipeline/ledger.jsonl", ledger.splitlines(keepends=True)[0])
    told = project.spec("broken", "assets: [").run("--json", "costs").ends(0).json
    assert (told["takes"], told["may_be_charged"]["calls"]) == (1, 0)
    assert told["cost_micro_usd"] == server.answered_micro_usd


def test_lines_that_say_nothing_sensible_do_no_harm(project: Project) -> None:
    Book(project).call("2026-01-01", "kite", cost=10_000)
    strange = [{"call": "x"}, {"call": "y", "at": 7, "asset": None, "reserved_micro_usd": "all"}, {"call": ["z"]}]
    lines = b"".join(json.dumps({"line": "intent", **value}).encode() + b"\n" for value in strange)
    project.write(".pipeline/ledger.jsonl", project.read(".pipeline/ledger.jsonl") + lines + b"\xff[[[\n[]\n7\n")
    told = project.run("--json", "costs", "--by", "day", "--by", "asset", "--calls").ends(0).json
    assert (told["cost_micro_usd"], told["may_be_charged"]["calls"]) == (10_000, 3)
    project.run("costs", "--by", "profile", "--calls").ends(0)


# --- models -----------------------------------------------------------------------------------------------------------


def test_models_are_told_outside_of_a_project(tmp_path: Path) -> None:
    nowhere = Project(tmp_path)
    nowhere.remove("specs")
    told = {model["id"]: model for model in nowhere.run("--json", "models").ends(0).json}
    pro = told["gemini-3-pro-image"]
    assert pro["picture_micro_usd"] == {"1K": 134_400, "2K": 134_400, "4K": 240_000}
    assert pro["aliases"] == ["gemini-3-pro-image-preview"]
    assert pro["used_by"] == 0
    assert told["imagen-4.0-generate-001"]["status"] == "retired"
    nowhere.run("models").ends(0).says("1K $0.1344, 2K $0.1344, 4K $0.24 a picture", "Retired imagen-4.0")


def test_models_tell_who_uses_them_also_by_another_name(project: Project) -> None:
    project.replace("specs/kites.yaml", "gemini-3-pro-image", "gemini-3-pro-image-preview")
    told = {model["id"]: model for model in project.run("--json", "models").ends(0).json}
    assert told["gemini-3-pro-image"]["used_by"] == 2
    project.run("models").says("Nano Banana Pro used by 2 assets")


def test_a_projects_own_models_are_told(project: Project) -> None:
    project.settings("models: {house-model: {like: gemini-3-pro-image, name: House}}\n")
    assert "house-model" in {model["id"] for model in project.run("--json", "models").ends(0).json}


def test_an_unknown_model_is_told_without_invented_prices(project: Project) -> None:
    project.replace("specs/kites.yaml", "gemini-3-pro-image", "gemini-9-image")
    told = {model["id"]: model for model in project.run("--json", "models").ends(0).json}
    assert told["gemini-9-image"]["picture_micro_usd"] == {}
    assert not told["gemini-9-image"]["known"]
    project.run("models").says("gemini-9-image used by 2 assets not in the table")


def test_specs_with_errors_do_not_hide_the_models(project: Project) -> None:
    ran = project.spec("broken", "assets: {x: {promt: oh}}").run("models").ends(0)
    ran.says("in the specs", "gemini-3-pro-image")
