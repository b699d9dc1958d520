"""Every failure of the wire, walked through `pipeline build`: what is retried, read, kept and paid.

Three assets are drawn one after the other, and the first gets the answer of the scenario. The money is compared with
what the server answered, by a price list that the test has for itself.
"""

from __future__ import annotations

import json
import signal
import subprocess
from dataclasses import dataclass
from typing import Any

import pytest

from pipeline import drawing
from tests.gemini_answers import (
    bad_base64,
    bad_key,
    corrupt_picture,
    cut,
    cut_clean,
    draft_only,
    ended,
    failed,
    hang_up,
    invalid,
    misnamed,
    no_permission,
    no_picture_bytes,
    no_quota,
    nothing,
    overloaded,
    prompt_blocked,
    quota_per_day,
    raw,
    refused,
    silent,
    sized,
    text_only,
    throttled,
    too_long,
    trickle,
    two_pictures,
)
from tests.gemini_server import GeminiServer
from tests.gemini_wire import Answer, Reply
from tests.project import Project

THREE = "assets:\n  '{{ k }}': {for_each: {k: [anchor, boat, crab]}, prompt: 'A {{ k }}.'}\n"
DRAWN = ("take", "take", "take")

ASKED, WORDS, PICTURE = 2, 12, 120
"""Micro-dollars for a token of gemini-3-pro-image."""


@dataclass(frozen=True, kw_only=True)
class Story:
    """What one answer amounts to."""

    answer: Answer
    exit: int = 1
    results: tuple[str, ...]
    """Of the ledger, in the order of the calls; each is one request, and there are no others."""
    says: tuple[str, ...]
    keeps: int = 0
    """Answers put aside for inspection."""
    dawdles: bool = False
    guessed: int = 0
    """Micro-dollars by the price list, for an answer that may hold a picture and counts nothing."""


def again(answer: Answer, result: str, *says: str, dawdles: bool = False) -> Story:
    """The call is repeated by itself, and all three are drawn."""
    return Story(answer=answer, exit=0, results=(result, *DRAWN), says=says, dawdles=dawdles)


def alone(answer: Answer, result: str, *says: str, keeps: int = 0, guessed: int = 0) -> Story:
    """The asset fails, and the other two are drawn."""
    return Story(
        answer=answer, results=(result, "take", "take"), says=("failed anchor", *says), keeps=keeps, guessed=guessed
    )


def ends(answer: Answer, result: str, *says: str) -> Story:
    """Nothing more is sent."""
    says = ("failed anchor", "Not tried (2)", "boat", "crab likewise", *says)
    return Story(answer=answer, results=(result,), says=says)


def odd(answer: Answer, *says: str) -> Story:
    """A picture all the same."""
    return Story(answer=answer, exit=0, results=DRAWN, says=("odd anchor", *says))


MAYBE = ("lost anchor", "may have been charged", "retry anchor", "attempt 2")
ASK_AGAIN = "building again asks, and pays, once more"
CHANGE = "change the prompt, or build again"
GONE = failed(404, "NOT_FOUND", "models/gemini-3-pro-image is not found for API version v1beta.")

STORIES = {
    "429, wait in seconds": again(throttled(retry_s=2), "throttled", "slowed", "takes no more calls just now"),
    "429, Retry-After": again(throttled(retry_after="2"), "throttled", "slowed", "3 calls to make"),
    "429, per day": ends(quota_per_day(), "throttled", "stopped", "until midnight Pacific time"),
    "429, none at all": ends(no_quota(), "throttled", "no image model has a free tier", "until billing is turned on"),
    "429, hours": ends(throttled(retry_s=7200), "throttled", "until 7200 s from now"),
    "408": again(overloaded(408), "unavailable", "retry anchor", "408"),
    "500": again(overloaded(500), "unavailable", "retry anchor", "500 INTERNAL"),
    "503": again(overloaded(503), "unavailable", "retry anchor", "503 UNAVAILABLE: The model is overloaded."),
    "504": again(overloaded(504), "unavailable", "retry anchor", "504"),
    "cut in the middle": again(cut(), "lost", *MAYBE, "the answer broke off"),
    "cut, and the shorter length told": again(cut_clean, "lost", *MAYBE, "broke off in the middle"),
    "a longer length told": again(too_long, "lost", *MAYBE, "the answer broke off"),
    "hung up": again(hang_up, "lost", *MAYBE, "without sending a response"),
    "silence": again(silent(30), "lost", *MAYBE, "no whole answer within 1 s", dawdles=True),
    "trickle": again(trickle(30), "lost", *MAYBE, "no whole answer within 1 s", dawdles=True),
    "no JSON": alone(raw(b"<html>hello</html>"), "bad", "the answer is not JSON", ASK_AGAIN, keeps=1, guessed=134_400),
    "empty": alone(raw(b""), "bad", "the answer is empty", ASK_AGAIN),
    "bad base64": alone(bad_base64, "bad", "base64 is broken", ASK_AGAIN, keeps=1),
    "corrupt": alone(corrupt_picture, "bad", "it is damaged", ASK_AGAIN, keeps=1),
    "no picture at all": alone(no_picture_bytes, "bad", "of no known type", ASK_AGAIN, keeps=1),
    "wrong size": alone(sized(512, 512), "bad", "asked 1:1 at 1K (1024x1024), got 512x512", ASK_AGAIN, keeps=1),
    "a draft only": alone(draft_only, "bad", "a draft of the model's thinking", ASK_AGAIN, keeps=1),
    "MAX_TOKENS": alone(ended("MAX_TOKENS"), "bad", "not whole: MAX_TOKENS", ASK_AGAIN, keeps=1),
    "CONTINUATION": alone(ended("CONTINUATION"), "bad", "not whole: CONTINUATION", ASK_AGAIN, keeps=1),
    "JPEG called PNG": odd(misnamed, "called its image/jpeg image/png"),
    "two pictures": odd(two_pictures, "held 1 more picture; all are kept"),
    "no parts": alone(nothing, "blocked", "no picture in the answer (STOP)", CHANGE),
    "no candidates": alone(raw(b'{"candidates": []}'), "blocked", "no picture in the answer", CHANGE),
    "words": alone(text_only("I would rather not."), "blocked", 'it said: "I would rather not."', CHANGE),
    "prompt blocked": alone(prompt_blocked(), "blocked", "the prompt was blocked: PROHIBITED_CONTENT", CHANGE),
    **{
        reason: alone(refused(reason, "Code 42."), "blocked", f"the model drew nothing: {reason}; Code 42.", CHANGE)
        for reason in ("SAFETY", "IMAGE_SAFETY", "IMAGE_PROHIBITED_CONTENT", "IMAGE_OTHER", "NO_IMAGE", "RECITATION")
    },
    "picture withheld": alone(ended("IMAGE_SAFETY"), "blocked", "drew nothing: IMAGE_SAFETY", CHANGE, keeps=1),
    "bad key": ends(bad_key, "refused", "API key not valid", "look at the key, its project and its billing"),
    "locked account": ends(no_permission, "refused", "403 PERMISSION_DENIED", "look at the key"),
    "a refused field": alone(invalid("seed", "seed is too large"), "refused", "400", "seed is too large (seed)"),
    "a model that is gone": alone(GONE, "refused", "404 NOT_FOUND", "`pipeline models` lists what there is"),
}


@pytest.mark.parametrize("story", list(STORIES.values()), ids=list(STORIES))
def test_a_failure_is_met_as_designed_told_kept_and_booked(
    project: Project, server: GeminiServer, story: Story, monkeypatch: pytest.MonkeyPatch
) -> None:
    if story.dawdles:
        monkeypatch.setattr(drawing, "_TIMEOUT_S", 1.0)
    server.script(story.answer)
    ran = project.spec("icons", THREE).build("-j", "1").ends(story.exit).says(*story.says)

    assert [call["result"] for call in calls(project)] == list(story.results)
    assert ran.asked == len(story.results), "a call was sent behind our back, or none was sent"
    assert len(project.outputs) == story.results.count("take") == len(project.lock)
    aside = project.folder / ".pipeline/aside"
    assert len(list(aside.iterdir()) if aside.exists() else []) == story.keeps
    agrees_to_the_cent(project, server, story.guessed)

    # Nothing of it stands in the way of the next build, which pays for what is not there yet and for nothing else.
    left = 3 - len(project.outputs)
    assert project.build("-j", "1").ends(0).draws(left).asked == left
    agrees_to_the_cent(project, server, story.guessed)


def test_a_call_that_is_lost_time_and_again_is_left_to_a_person(project: Project, server: GeminiServer) -> None:
    server.script(cut(), hang_up)
    project.spec("icons", THREE).build("-j", "1", "anchor").ends(1).says("may have been charged", "`pipeline reroll`")
    assert [call["result"] for call in calls(project)] == ["lost", "lost"]
    assert project.build("anchor").ends(1).says("`pipeline reroll anchor` tries again").asked == 0
    agrees_to_the_cent(project, server)


def test_the_words_about_a_model_that_is_gone_name_its_successor(project: Project, server: GeminiServer) -> None:
    spec = "assets: {anchor: {model: gemini-2.5-flash-image, prompt: An anchor.}}\n"
    server.script(GONE)
    ran = project.spec("icon", spec).build().ends(1)
    ran.says("404 NOT_FOUND", "`gemini-2.5-flash-image` is deprecated: `gemini-3.1-flash-lite-image` draws on")
    assert ran.asked == 1


def test_a_limit_from_the_settings_holds_across_builds(project: Project, server: GeminiServer) -> None:
    project.settings("models: {gemini-3-pro-image: {images_per_minute: 3}}\n").spec("icons", THREE).build().draws(3)
    project.run("models").says("at most 3 calls a minute")
    project.spec("more", "assets: {oar: {prompt: An oar.}}\n")
    running = project.spawn("build")
    with pytest.raises(subprocess.TimeoutExpired):
        running.wait(5)
    running.send_signal(signal.SIGINT)
    _, err = running.communicate(timeout=30)
    assert running.returncode == 130
    assert "takes about 3 calls a minute: goes on in" in err
    assert len(server.requests) == 3


def calls(project: Project) -> list[dict[str, Any]]:
    """The ledger's calls, each with its outcome, in the order in which they were meant."""
    lines = [json.loads(line) for line in project.read(".pipeline/ledger.jsonl").splitlines()]
    found = {line["call"]: line for line in lines if line["line"] == "intent"}
    for line in lines:
        if line["line"] == "outcome":
            assert "result" not in found[line["call"]], "two outcomes of one call"
            found[line["call"]] |= line
    return list(found.values())


def agrees_to_the_cent(project: Project, server: GeminiServer, guessed: int = 0) -> None:
    """What the ledger calls spent is what the server counted in the answers that came whole."""
    whole = [reply for reply in (a.reply for a in server.answers) if reply.status == 200 and not is_lost(reply)]
    answered = sum(charged(reply) for reply in whole)
    told = project.run("--json", "costs").json
    assert (told["cost_micro_usd"], told["estimated_micro_usd"]) == (answered, guessed)
    lost = [call for call in calls(project) if call["result"] == "lost"]
    assert len(lost) == sum(is_lost(answered.reply) for answered in server.answers)
    at_most = sum(call["reserved_micro_usd"] for call in lost)
    assert told["may_be_charged"] == {"calls": len(lost), "at_most_micro_usd": at_most}


def is_lost(reply: Reply) -> bool:
    """Whether it cannot have arrived whole."""
    broken = reply.stop_after is not None or reply.claimed_length is not None or not whole_json(reply.body)
    return reply.paid and (broken or bool(reply.silence_s or reply.spread_s))


def whole_json(body: bytes) -> bool:
    try:
        json.loads(body)
    except ValueError:
        return False
    return True


def charged(reply: Reply) -> int:
    """Micro-dollars for an answer, by what it says that it counted."""
    counts = json.loads(reply.body).get("usageMetadata", {}) if whole_json(reply.body) else {}
    details = counts.get("candidatesTokensDetails", [])
    drawn = sum(part["tokenCount"] for part in details if part["modality"] == "IMAGE")
    words = counts.get("thoughtsTokenCount", 0) + counts.get("candidatesTokenCount", 0) - drawn
    return int(counts.get("promptTokenCount", 0) * ASKED + words * WORDS + drawn * PICTURE)
