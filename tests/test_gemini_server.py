"""The loopback API is as strict as the real one: a test against a lax one would prove nothing."""

from __future__ import annotations

import base64
import http.client
import json
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from tests.gemini_answers import hang_up, picture, refused, throttled, without_usage
from tests.gemini_server import GeminiServer

PRO = "gemini-3-pro-image"
PIXEL = base64.b64encode(b"\x89PNG\r\n\x1a\n....").decode()


def post(server: GeminiServer, body: Any, model: str = PRO, key: str = "k", version: str = "v1beta") -> tuple[int, Any]:
    connection = http.client.HTTPConnection(server.url.removeprefix("http://"), timeout=10)
    try:
        headers = {"Content-Type": "application/json", **({"x-goog-api-key": key} if key else {})}
        text = body if isinstance(body, bytes) else json.dumps(body).encode()
        connection.request("POST", f"/{version}/models/{model}:generateContent", text, headers)
        answer = connection.getresponse()
        return answer.status, json.loads(answer.read())
    finally:
        connection.close()


def asked(image: dict[str, Any] | None = None, parts: list[Any] | None = None, **config: Any) -> dict[str, Any]:
    generation = {"responseModalities": ["IMAGE"], **({"imageConfig": image} if image is not None else {}), **config}
    return {"contents": [{"role": "user", "parts": parts or [{"text": "a fox"}]}], "generationConfig": generation}


def test_both_spellings_are_understood(server: GeminiServer) -> None:
    camel = asked(
        {"aspectRatio": "16:9", "imageSize": "2K"}, [{"inlineData": {"mimeType": "image/png", "data": PIXEL}}]
    )
    snake = {
        "contents": [{"parts": [{"inline_data": {"mime_type": "image/png", "data": PIXEL.rstrip("=")}}]}],
        "generation_config": {
            "response_modalities": ["IMAGE"],
            "image_config": {"aspect_ratio": "16:9", "image_size": "2K"},
        },
    }
    assert post(server, camel)[0] == post(server, snake)[0] == 200
    assert server.requests[0].image == server.requests[1].image == {"aspect_ratio": "16:9", "image_size": "2K"}
    assert len(server.paid) == 2


def test_every_picture_differs(server: GeminiServer) -> None:
    answers = [post(server, asked())[1] for _ in range(3)]
    parts = [answer["candidates"][0]["content"]["parts"][-1] for answer in answers]
    assert len({part["inlineData"]["data"] for part in parts}) == 3
    assert all(part["thoughtSignature"] for part in parts)


def test_it_counts_what_its_answers_cost_also_of_those_that_break_off(server: GeminiServer) -> None:
    server.script(picture, hang_up, refused("IMAGE_SAFETY"), without_usage, throttled())
    for _ in range(5):
        with suppress(http.client.HTTPException):
            post(server, asked(parts=[{"text": "x" * 39}]))
    # 10 tokens asked at $2, 171 thought at $12 and 1120 drawn at $120; of a refusal 240 thoughts, and nothing drawn.
    whole = 20 + 2052 + 134_400
    assert [answered.micro_usd for answered in server.answers] == [whole, whole, 20 + 2880, 0, 0]
    assert server.answered_micro_usd == 2 * whole + 2900
    server.reset()
    assert server.answered_micro_usd == 0


REFUSED: dict[str, tuple[dict[str, Any], str]] = {
    "an unknown field": ({**asked(), "prompt": "x"}, 'Unknown name "prompt"'),
    "an unknown option": (
        asked({"outputMimeType": "image/png"}),
        'Unknown name "output_mime_type" at \'generation_config',
    ),
    "a size in lower case": (asked({"imageSize": "2k"}), "image_size must be one of"),
    "a size of another model": (asked({"imageSize": "512"}), "image_size must be one of"),
    "a ratio of another model": (asked({"aspectRatio": "8:1"}), "aspect_ratio must be one of"),
    "a ratio of none": (asked({"aspectRatio": "7:3"}), "aspect_ratio must be one of"),
    "no picture wanted": (asked(responseModalities=["TEXT"]), "response modalities"),
    "no contents": ({"generationConfig": {"responseModalities": ["IMAGE"]}}, "contents is not specified"),
    "no parts": ({**asked(), "contents": [{"role": "user", "parts": []}]}, "must not be empty"),
    "a role of its own": ({**asked(), "contents": [{"role": "system", "parts": [{"text": "x"}]}]}, "valid role"),
    "the model's turn last": ({**asked(), "contents": [{"role": "model", "parts": [{"text": "x"}]}]}, "last turn"),
    "an unknown part": (asked(parts=[{"image": "x"}]), 'Unknown name "image"'),
    "broken base64": (asked(parts=[{"inlineData": {"mimeType": "image/png", "data": "!"}}]), "Base64 decoding failed"),
    "a type it does not take": (asked(parts=[{"inlineData": {"mimeType": "image/gif", "data": PIXEL}}]), "MIME type"),
    "no picture": (asked(parts=[{"inlineData": {"mimeType": "image/jpeg", "data": PIXEL}}]), "process input image"),
    "too many": (asked(parts=[{"inlineData": {"mimeType": "image/png", "data": PIXEL}}] * 15), "At most 14 images"),
    "a seed of 64 bits": (asked(seed=2**40), "TYPE_INT32"),
}


@pytest.mark.parametrize(("body", "message"), REFUSED.values(), ids=REFUSED.keys())
def test_a_wrong_request_is_refused_in_the_apis_own_form(
    server: GeminiServer, body: dict[str, Any], message: str
) -> None:
    status, answer = post(server, body)
    assert status == 400
    assert answer["error"]["status"] == "INVALID_ARGUMENT"
    assert message in answer["error"]["message"]
    assert answer["error"]["details"][0]["fieldViolations"]
    assert server.paid == []


def test_each_model_has_its_own_rules(server: GeminiServer) -> None:
    assert post(server, asked({"imageSize": "1K"}), "gemini-2.5-flash-image")[0] == 400
    assert post(server, asked(temperature=1.0), "gemini-nano-banana-2.1")[0] == 400
    assert post(server, asked(temperature=1.0), PRO)[0] == 200
    assert post(server, asked({"aspectRatio": "8:1"}), "gemini-3.1-flash-lite-image")[0] == 200
    assert post(server, asked(), "gemini-3-pro-image-preview")[0] == 404


def test_a_picture_of_the_models_needs_its_signature(server: GeminiServer) -> None:
    picture = {"inlineData": {"mimeType": "image/png", "data": PIXEL}}

    def turns(part: dict[str, Any]) -> dict[str, Any]:
        first, last = {"role": "user", "parts": [{"text": "x"}]}, {"role": "user", "parts": [{"text": "bolder"}]}
        return {**asked(), "contents": [first, {"role": "model", "parts": [{"text": "here"}, part]}, last]}

    status, answer = post(server, turns(picture))
    assert status == 400
    expected = "Image part is missing a thought_signature in content position 2, part position 2."
    assert answer["error"]["message"] == expected
    assert post(server, turns({**picture, "thoughtSignature": "abcd"}))[0] == 200


def test_a_key_is_needed_and_may_be_a_wrong_one() -> None:
    with GeminiServer(keys=frozenset({"right"})) as server:
        assert post(server, asked(), key="")[0] == 403
        status, answer = post(server, asked(), key="wrong")
        assert (status, answer["error"]["details"][0]["reason"]) == (400, "API_KEY_INVALID")
        assert post(server, asked(), key="right")[0] == 200


def test_what_is_no_json_is_refused(server: GeminiServer) -> None:
    assert post(server, b"{not json")[0] == 400
    assert post(server, b"[1]")[0] == 400


def test_it_can_be_run_by_hand() -> None:
    path = Path(__file__).parent / "gemini_server.py"
    with subprocess.Popen([sys.executable, str(path), "--port", "0"], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            assert process.stdout.readline().startswith("http://127.0.0.1:")
        finally:
            process.terminate()
