"""The ledger against what the service says it answered, to the millionth of a dollar; and the budget under fire."""

from __future__ import annotations

import json

import pytest

from pipeline.amounts import usd
from tests.gemini_answers import (
    bad_base64,
    corrupt_picture,
    cut,
    cut_clean,
    draft_only,
    ended,
    hang_up,
    misnamed,
    no_picture_bytes,
    nothing,
    overloaded,
    picture,
    prompt_blocked,
    refused,
    sized,
    text_only,
    throttled,
    too_long,
    two_pictures,
    unexpected,
    usage,
    with_draft,
    without_usage,
)
from tests.gemini_server import GeminiServer
from tests.gemini_wire import Answer, Answered, Reply, Request
from tests.project import Project

KITE = "assets: {kite: {prompt: A red kite., model: gemini-3-pro-image}}"
PRO_1K = 134_400


def agrees(project: Project, server: GeminiServer) -> None:
    """The ledger, as `costs` tells it, is what the server says it answered."""
    told = project.run("--json", "costs", "--by", "asset", "--by", "model", "--by", "profile", "--by", "day").json
    arrived = [answered for answered in server.answers if arrives(answered)]
    lost = [answered for answered in server.answers if not arrives(answered)]
    uncounted = [answered for answered in arrived if answered.reply.paid and not answered.reply.usage]
    assert told["calls"] == len(server.answers)
    assert told["cost_micro_usd"] == sum(answered.micro_usd for answered in arrived)
    assert told["estimated_micro_usd"] == PRO_1K * len(uncounted)
    assert told["may_be_charged"]["calls"] == len(lost)
    assert told["may_be_charged"]["at_most_micro_usd"] >= sum(answered.micro_usd for answered in lost)
    assert told["in_flight"] == {"calls": 0, "at_most_micro_usd": 0}
    for name, group in told["by"].items():
        for sum_of in ("calls", "takes", "without_picture", "cost_micro_usd", "estimated_micro_usd"):
            assert sum(one[sum_of] for one in group.values()) == told[sum_of], f"{sum_of} by {name}"
        parts = [one["may_be_charged"]["at_most_micro_usd"] for one in group.values()]
        assert sum(parts) == told["may_be_charged"]["at_most_micro_usd"]


def arrives(answered: Answered) -> bool:
    """Whether a client that stays to the end gets the answer whole."""
    reply = answered.reply
    if reply.stop_after is not None or reply.claimed_length is not None:
        return False
    try:
        return bool(json.loads(reply.body))
    except ValueError:
        return False


SCENARIOS: dict[str, tuple[Answer, ...]] = {
    "a picture": (picture,),
    "a draft before it": (with_draft,),
    "two pictures": (two_pictures,),
    "another type than it says": (misnamed,),
    "fields that nobody knows": (unexpected,),
    "a picture that thought for long": (usage(thoughtsTokenCount=2048, promptTokenCount=9000),),
    "a picture dearer than its ceiling": (usage(thoughtsTokenCount=9999),),
    "kinds of tokens not told apart": (usage(candidatesTokensDetails=[]),),
    "tools that asked, too": (usage(toolUsePromptTokenCount=777),),
    "nothing counted": (without_usage,),
    "refused": (refused("IMAGE_SAFETY"),),
    "a prompt that is blocked": (prompt_blocked(),),
    "words alone": (text_only(),),
    "nothing at all": (nothing,),
    "a draft alone": (draft_only,),
    "broken base64": (bad_base64,),
    "a broken picture": (corrupt_picture,),
    "no picture in it": (no_picture_bytes,),
    "a wrong size": (sized(640, 480),),
    "an end too early": (ended("MAX_TOKENS"),),
    "to be continued": (ended("CONTINUATION"),),
    "cut, then a picture": (cut(), picture),
    "cut by something on the way": (cut_clean, picture),
    "lost twice": (hang_up, too_long),
    "throttled, then a picture": (throttled(retry_s=0.01), picture),
    "overloaded, lost, refused": (overloaded(503), hang_up, refused("SAFETY")),
}


@pytest.mark.parametrize("name", SCENARIOS)
def test_the_ledger_is_what_the_service_says_it_answered(name: str, project: Project, server: GeminiServer) -> None:
    server.script(*SCENARIOS[name])
    project.spec("kite", KITE).build()
    assert len(server.answers) == len(SCENARIOS[name])
    agrees(project, server)


def test_the_ledger_agrees_over_the_days_of_a_project(project: Project, server: GeminiServer, png: bytes) -> None:
    project.settings("profiles: {draft: {model: gemini-3.1-flash-lite-image}}\nretry_blocked: 1\n")
    project.spec("kite", KITE).spec("boat", "assets: {boat: {prompt: \"A boat after {{ ref('kite') }}.\"}}")
    project.build().ends(0).draws(2)
    agrees(project, server)
    server.script(refused("IMAGE_SAFETY"))
    project.run("reroll", "kite").ends(0)
    project.build().ends(0).draws(2)
    agrees(project, server)
    project.run("--profile", "draft", "build").ends(0).draws(2)
    project.write("mine.png", png).run("adopt", "boat", "mine.png", "--take").ends(0)
    project.build().ends(0).draws(0)
    project.replace("specs/kite.yaml", "red", "blue")
    server.script(hang_up, hang_up)
    project.build("kite").ends(1)
    agrees(project, server)
    project.run("reroll", "kite").ends(0)
    server.script(without_usage)
    project.build("kite").ends(0).draws(1)
    agrees(project, server)


def test_turns_and_points_are_paid_for_under_their_asset(project: Project, server: GeminiServer) -> None:
    project.settings("defaults: {model: gemini-3-pro-image}\n")
    project.spec("logo", "assets: {logo: {prompt: A logo., refine: [Make it gold.]}}")
    project.spec("tree", "assets: {tree: {prompt: A tree at {{ light }}., candidates: {vary: {light: [dusk, noon]}}}}")
    project.replace("specs/tree.yaml", "A tree at {{ light }}.", '"A tree at {{ light }}."')
    project.build().ends(0).draws(4)
    agrees(project, server)
    told = project.run("--json", "costs", "--by", "asset", "--calls").json
    assert {id: one["takes"] for id, one in told["by"]["asset"].items()} == {"logo": 2, "tree": 2}
    assert {call["asset"] for call in told["list"]} == {"logo#0", "logo", "tree#light=dusk", "tree#light=noon"}


# --- the budget -------------------------------------------------------------------------------------------------------

FLASH_512 = 44_820
CEILING = 51_742
"""Of a picture of FLASH_512 with the prompts below: 20 tokens asked, 2,304 of thinking and words."""


def sixty(project: Project) -> Project:
    rows = "".join(f"  thing-{n:02}: {{prompt: Thing {n:02}.}}\n" for n in range(60))
    return project.spec("sixty", f"defaults: {{model: gemini-3.1-flash-image, image_size: '512'}}\nassets:\n{rows}")


def together(server: GeminiServer, count: int, *, thoughts: int, lost: int = 0) -> Answer:
    """Pictures that thought for so long; the first ones, some of them lost, only once so many have been asked for."""

    def answer(request: Request) -> Reply:
        server.wait_for(count)
        return hang_up(request) if request.number <= lost else usage(thoughtsTokenCount=thoughts)(request)

    return answer


def summary(out: str) -> dict[str, int]:
    told: dict[str, int] = json.loads(out.splitlines()[-1])
    return told


def test_with_fifty_in_flight_no_answer_passes_the_budget(project: Project, server: GeminiServer) -> None:
    server.answer = together(server, 50, thoughts=2000, lost=5)  # dearer than the table says, within the ceiling
    ran = sixty(project).run("--json", "build", "-j", "50", "--max-cost", "2.80").ends(3)
    assert server.most_in_flight == 50
    # Each answer was counted before its first byte was sent, the lost ones too: if the sum of all fits, it always did.
    assert server.answered_micro_usd <= 2_800_000
    told, costs = summary(ran.out), project.run("--json", "costs").json
    assert told["spent_micro_usd"] == costs["cost_micro_usd"]
    assert told["maybe_spent_micro_usd"] == costs["may_be_charged"]["at_most_micro_usd"] == 5 * CEILING
    assert told["overrun_micro_usd"] == 0
    room = 2_800_000 - told["spent_micro_usd"] - told["maybe_spent_micro_usd"]
    assert 0 <= room < CEILING, "and it was used up"
    agrees(project, server)


def test_dearer_answers_are_told_once_and_reckoned_with_from_the_first_on(
    project: Project, server: GeminiServer
) -> None:
    server.answer = together(server, 20, thoughts=6000)
    ran = sixty(project).build("-j", "20", "--max-cost", "2.80").ends(3)
    assert server.answered_micro_usd <= 2_800_000, "there was room for the twenty that were in flight by then"
    assert 2_800_000 - server.answered_micro_usd < server.answers[0].micro_usd, "and it was used up"
    told = ran.says("cost $0.063, more than the $0.052 that was reckoned with; so much is reckoned with now")
    assert told.text.count("reckoned with now") == 1
    told.is_silent_of("more than the budget").says(
        "the budget has", "this may cost $0.063", "`--max-cost` and `budget.per_build` allow more at once."
    )
    agrees(project, server)


def test_what_no_one_could_know_beforehand_is_told(project: Project, server: GeminiServer) -> None:
    fit = 2_800_000 // CEILING
    server.answer = together(server, fit, thoughts=6000)
    ran = sixty(project).build("-j", "60", "--max-cost", "2.80").ends(3)
    assert len(server.requests) == fit, "after the first answer nothing more was sent"
    overrun = server.answered_micro_usd - 2_800_000
    assert 0 < overrun <= fit * (server.answers[0].micro_usd - CEILING)
    ran.says(f"{usd(overrun)} more than the budget: answers cost more than could be known.")
    agrees(project, server)
