"""What can go wrong with a call, and what each amounts to. Every row of it makes one request and no second."""

from __future__ import annotations

import asyncio
import email.utils
import json
import socket
import time
from collections.abc import Callable
from typing import Any

import pytest

from pipeline.draw.generators import Drawn
from pipeline.errors import (
    AccountRefused,
    BadAnswer,
    BadCall,
    Blocked,
    DrawError,
    Lost,
    Throttled,
    Unavailable,
)
from tests.draw.conftest import a_call, drawn
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
)
from tests.gemini_server import GeminiServer
from tests.gemini_wire import Answer

Draw = Callable[..., Drawn]


def failure(draw: Draw, server: GeminiServer, answer: Answer, **call: Any) -> Any:
    """The error that a call ends in when the server answers so."""
    server.script(answer)
    with pytest.raises(DrawError) as caught:
        draw(a_call(**call))
    assert len(server.requests) == 1, "a second request was sent behind our back"
    return caught.value


# --- not carried out: nothing is charged ---


@pytest.mark.parametrize(
    ("answer", "wait_s"),
    [
        (throttled(retry_s=34), 34.0),
        (throttled(retry_s=0.5), 0.5),
        (throttled(retry_after="7"), 7.0),
        (throttled(retry_s=3, retry_after="99"), 3.0),
        (throttled(), None),
        (throttled(retry_after="soon"), None),
        (failed(429, "RESOURCE_EXHAUSTED", "Slow down."), None),
    ],
)
def test_a_throttled_call_knows_how_long_to_wait(
    draw: Draw, server: GeminiServer, answer: Answer, wait_s: float | None
) -> None:
    error = failure(draw, server, answer)
    assert isinstance(error, Throttled)
    assert error.wait_s == wait_s
    assert error.until == ""


def test_a_retry_after_date_is_a_wait_too(draw: Draw, server: GeminiServer) -> None:
    then = email.utils.formatdate(time.time() + 40, usegmt=True)
    error = failure(draw, server, throttled(retry_after=then))
    assert 35 <= error.wait_s <= 42


@pytest.mark.parametrize(("value", "quota"), [("10", 10), (None, None), ("-1", None), ("many", None), ("0.5", None)])
def test_a_quota_per_minute_is_read_where_it_is_named(
    draw: Draw, server: GeminiServer, value: str | None, quota: int | None
) -> None:
    error = failure(draw, server, throttled(retry_s=3, quota=value))
    assert isinstance(error, Throttled)
    assert (error.quota, error.wait_s) == (quota, 3.0)


def test_the_smallest_quota_per_minute_counts_and_tokens_do_not(draw: Draw, server: GeminiServer) -> None:
    quotas = [("RequestsPerMinute", "60"), ("ImagesPerMinute", "20"), ("InputTokensPerMinute", "5"), ("PerHour", "7")]
    violations = [{"quotaId": id, "quotaValue": value} for id, value in quotas]
    details = [{"@type": "type.googleapis.com/google.rpc.QuotaFailure", "violations": violations}]
    assert failure(draw, server, failed(429, "RESOURCE_EXHAUSTED", "Slow down.", details)).quota == 20


def test_a_quota_per_day_says_when_it_clears(draw: Draw, server: GeminiServer) -> None:
    error = failure(draw, server, quota_per_day())
    assert isinstance(error, Throttled)
    assert error.until == "midnight Pacific time"


def test_a_quota_of_zero_says_that_it_never_clears(draw: Draw, server: GeminiServer) -> None:
    error = failure(draw, server, no_quota())
    assert isinstance(error, Throttled)
    assert "billing" in error.until


def test_a_quota_of_zero_is_told_from_one_of_five_hundred(draw: Draw, server: GeminiServer) -> None:
    error = failure(draw, server, failed(429, "RESOURCE_EXHAUSTED", "Quota exceeded, limit: 05, model: x"))
    assert error.until == ""


@pytest.mark.parametrize("status", [408, 500, 502, 503, 504])
def test_a_server_in_trouble_did_not_carry_it_out(draw: Draw, server: GeminiServer, status: int) -> None:
    error = failure(draw, server, overloaded(status))
    assert isinstance(error, Unavailable)
    assert str(status) in error.message
    assert "overloaded" in error.message


def test_a_page_of_some_gateway_is_told_as_a_line_of_text(draw: Draw, server: GeminiServer) -> None:
    page = b"<html><head><title>502</title></head><body>\n<h1>Bad   Gateway</h1></body></html>"
    error = failure(draw, server, raw(page, 502, "text/html"))
    assert isinstance(error, Unavailable)
    assert "Bad Gateway" in error.message
    assert "<" not in error.message


def test_a_refused_connection_is_free(server: GeminiServer) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{unused.getsockname()[1]}"
        with pytest.raises(Unavailable, match="no connection"):
            drawn(a_call(), {**server.environ, "GOOGLE_GEMINI_BASE_URL": url})


# --- on the wire: it may have been charged ---


@pytest.mark.parametrize(
    "answer", [cut(), cut(0.01), cut_clean, too_long, hang_up], ids=["half", "start", "shorter", "longer", "nothing"]
)
def test_an_answer_that_breaks_off_is_lost(draw: Draw, server: GeminiServer, answer: Answer) -> None:
    error = failure(draw, server, answer)
    assert isinstance(error, Lost)
    assert len(server.paid) == 1


@pytest.mark.parametrize("answer", [silent(30), trickle(30)], ids=["silence", "trickle"])
def test_the_whole_call_is_bounded_however_the_answer_dawdles(draw: Draw, server: GeminiServer, answer: Answer) -> None:
    began = time.monotonic()
    error = failure(draw, server, answer, timeout_s=0.4)
    assert isinstance(error, Lost)
    assert "0.4 s" in error.message
    assert time.monotonic() - began < 10


def test_an_answer_that_trickles_in_within_its_time_arrives(draw: Draw, server: GeminiServer) -> None:
    server.script(trickle(0.5))
    assert draw().width == 1024


# --- the account ---


@pytest.mark.parametrize(
    "answer",
    [
        bad_key,
        no_permission,
        failed(401, "UNAUTHENTICATED", "Request had invalid authentication credentials."),
        failed(402, "PAYMENT_REQUIRED", "Pay."),
        failed(400, "FAILED_PRECONDITION", "User location is not supported for the API use."),
        failed(429, "RESOURCE_EXHAUSTED", "Your prepayment credits are depleted."),
    ],
    ids=["bad key", "locked", "no sign-in", "unpaid", "country", "no credit"],
)
def test_a_refused_account_is_told_from_a_refused_call(draw: Draw, server: GeminiServer, answer: Answer) -> None:
    assert isinstance(failure(draw, server, answer), AccountRefused)


def test_the_key_is_in_no_message(draw: Draw, server: GeminiServer) -> None:
    key = server.environ["GEMINI_API_KEY"]
    links = [{"@type": "type.googleapis.com/google.rpc.Help", "links": [{"url": f"https://x.test/?key={key}"}]}]
    error = failure(draw, server, failed(403, "PERMISSION_DENIED", f"Key {key} is locked.", links))
    assert "[key]" in error.message
    assert "[key]" in error.hint
    assert error.__cause__ is None
    assert error.__context__ is None
    assert key not in repr(vars(error)) + repr(error.args)


def test_the_key_is_in_no_bytes_that_are_kept(draw: Draw, server: GeminiServer) -> None:
    key = server.environ["GEMINI_API_KEY"]
    error = failure(draw, server, raw(f"<html>request with key {key}</html>".encode()))
    assert isinstance(error, BadAnswer)
    assert error.kept == b"<html>request with key [key]</html>"


# --- this very call ---


def test_a_refused_field_is_told_with_the_services_words(draw: Draw, server: GeminiServer) -> None:
    error = failure(draw, server, invalid("generation_config.seed", "seed is too large"))
    assert isinstance(error, BadCall)
    assert error.message == "400 INVALID_ARGUMENT: seed is too large (generation_config.seed)"


def test_the_server_refuses_what_the_sdk_let_through(server: GeminiServer) -> None:
    wrong: list[dict[str, Any]] = [{"image_size": "2k"}, {"image_size": "512"}, {"aspect_ratio": "7:3"}]
    for fields in [*wrong, {"aspect_ratio": "8:1"}]:
        with pytest.raises(BadCall, match="must be one of"):
            drawn(a_call(**fields), server.environ)
    assert server.paid == []


def test_a_model_that_is_gone_is_told_with_its_successor(draw: Draw, server: GeminiServer) -> None:
    with pytest.raises(BadCall) as caught:
        draw(a_call(model="imagen-4.0-generate-001"))
    assert "404" in caught.value.message
    assert "gemini-nano-banana-2.1" in caught.value.hint


def test_a_redirect_is_not_followed(draw: Draw, server: GeminiServer) -> None:
    reply = failed(
        307, "MOVED", "Elsewhere.", Location=f"{server.url}/v1beta/models/gemini-3-pro-image:generateContent"
    )
    assert isinstance(failure(draw, server, reply), BadCall)


def test_what_the_sdk_itself_refuses_is_no_traceback(server: GeminiServer) -> None:
    with pytest.raises(BadCall, match="SDK refuses"):
        drawn(a_call(model="../../files"), server.environ)
    assert server.requests == []


# --- refusals: an answer, paid for what it counted ---


@pytest.mark.parametrize(
    "finish",
    ["SAFETY", "IMAGE_SAFETY", "IMAGE_PROHIBITED_CONTENT", "IMAGE_OTHER", "NO_IMAGE", "RECITATION", "BRAND_NEW_REASON"],
)
def test_a_refusal_is_told_with_its_reason_and_booked(draw: Draw, server: GeminiServer, finish: str) -> None:
    error = failure(draw, server, refused(finish, "Unable to show it. Support code: 42."))
    assert isinstance(error, Blocked)
    assert error.finish_reason == finish
    assert finish in error.message
    assert "Support code: 42." in error.message
    assert error.usage == {"promptTokenCount": 3, "thoughtsTokenCount": 240, "totalTokenCount": 243}
    assert error.response_id == "response-1"


def test_a_blocked_prompt_is_told_and_booked(draw: Draw, server: GeminiServer) -> None:
    error = failure(draw, server, prompt_blocked("PROHIBITED_CONTENT"))
    assert isinstance(error, Blocked)
    assert error.finish_reason == "PROHIBITED_CONTENT"
    assert error.usage == {"promptTokenCount": 9}


def test_words_in_place_of_a_picture_are_quoted(draw: Draw, server: GeminiServer) -> None:
    error = failure(draw, server, text_only("I would rather\n describe it."))
    assert isinstance(error, Blocked)
    assert 'it said: "I would rather describe it."' in error.message


def test_a_long_speech_is_shortened(draw: Draw, server: GeminiServer) -> None:
    assert len(failure(draw, server, text_only("word " * 5000)).message) < 500


@pytest.mark.parametrize("answer", [nothing, raw(b"{}"), raw(b'{"candidates": []}'), raw(b'{"candidates": [null]}')])
def test_an_answer_without_anything_is_a_refusal(draw: Draw, server: GeminiServer, answer: Answer) -> None:
    assert isinstance(failure(draw, server, answer), Blocked)


# --- an answer, but no usable picture: kept aside ---


def test_broken_base64_is_kept_and_told(draw: Draw, server: GeminiServer) -> None:
    error = failure(draw, server, bad_base64)
    assert isinstance(error, BadAnswer)
    assert b"!*" in error.kept
    assert error.usage["candidatesTokenCount"] == 1120


@pytest.mark.parametrize("model", ["gemini-3-pro-image", "gemini-2.5-flash-image"])
def test_a_broken_picture_is_kept_and_told(draw: Draw, server: GeminiServer, model: str) -> None:
    error = failure(draw, server, corrupt_picture, model=model)
    assert isinstance(error, BadAnswer)
    assert "damaged" in error.message
    assert error.kept.startswith((b"\xff\xd8", b"\x89PNG"))


def test_bytes_that_are_no_picture_are_kept_and_told(draw: Draw, server: GeminiServer) -> None:
    error = failure(draw, server, no_picture_bytes)
    assert isinstance(error, BadAnswer)
    assert error.kept == b"<html>not a picture</html>"


def test_a_picture_of_another_size_is_kept_and_told(draw: Draw, server: GeminiServer) -> None:
    error = failure(draw, server, sized(1024, 1024), aspect_ratio="16:9", image_size="4K")
    assert isinstance(error, BadAnswer)
    assert error.message == "asked 16:9 at 4K (5504x3072), got 1024x1024"
    assert error.kept


def test_a_draft_alone_is_not_the_picture(draw: Draw, server: GeminiServer) -> None:
    error = failure(draw, server, draft_only)
    assert isinstance(error, BadAnswer)
    assert "draft" in error.message
    assert error.kept.startswith(b"\xff\xd8")


@pytest.mark.parametrize("finish", ["MAX_TOKENS", "CONTINUATION"])
def test_an_answer_that_is_not_whole_is_neither_taken_nor_continued(
    draw: Draw, server: GeminiServer, finish: str
) -> None:
    error = failure(draw, server, ended(finish))
    assert isinstance(error, BadAnswer)
    assert error.finish_reason == finish
    assert error.kept


def test_a_picture_that_was_withheld_is_a_refusal(draw: Draw, server: GeminiServer) -> None:
    assert isinstance(failure(draw, server, ended("IMAGE_SAFETY")), Blocked)


@pytest.mark.parametrize(
    "body",
    [b"", b"null", b"[]", b"7", b"<html>hello</html>", b"\xff\xfe\x00", b"[" * 100_000, b"{" + b'"a":[' * 5000 + b"}"],
    ids=["empty", "null", "list", "number", "page", "bytes", "deep", "deeper"],
)
def test_what_is_no_answer_is_kept_and_told(draw: Draw, server: GeminiServer, body: bytes) -> None:
    error = failure(draw, server, raw(body))
    assert isinstance(error, BadAnswer)
    assert bool(error.kept) == bool(body)


ODD_VALUES: list[Any] = [None, 7, "x", [], [3], {}, {"parts": None}, {"parts": [None, 3, {}]}, True]


@pytest.mark.parametrize("name", ["candidates", "content", "parts", "inlineData", "usageMetadata", "promptFeedback"])
def test_no_shape_of_an_answer_is_a_traceback(server: GeminiServer, name: str) -> None:
    async def run() -> None:
        from pipeline.draw.gemini import Gemini

        generator = Gemini(server.environ)
        try:
            for value in ODD_VALUES:
                server.script(raw(json.dumps(_with(name, value)).encode()))
                with pytest.raises(DrawError):
                    await generator.draw(a_call())
        finally:
            await generator.aclose()

    asyncio.run(run())


def _with(name: str, value: Any) -> dict[str, Any]:
    """An answer in which that field is something else."""
    part = {"inlineData": value} if name == "inlineData" else {"text": "?"}
    parts = value if name == "parts" else [part]
    content = value if name == "content" else {"role": "model", "parts": parts}
    answer: dict[str, Any] = {"candidates": [{"content": content, "finishReason": "STOP"}]}
    return {**answer, name: value} if name in ("candidates", "usageMetadata", "promptFeedback") else answer
