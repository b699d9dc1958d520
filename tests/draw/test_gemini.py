"""A call that goes well: what is sent, over real HTTP by the real SDK, and what is made of the answer."""

from __future__ import annotations

import asyncio
import importlib.util
import os
import subprocess
import sys
import textwrap
from collections.abc import Callable
from pathlib import Path

import pytest

from pipeline.draw.gemini import Gemini, body_of
from pipeline.draw.generators import Call, Drawn, Picture
from pipeline.errors import AccountRefused
from tests.draw.conftest import MODELS, a_call, a_picture
from tests.gemini_answers import (
    misnamed,
    two_pictures,
    unexpected,
    usage,
    with_draft,
    without_usage,
)
from tests.gemini_server import GeminiServer
from tests.gemini_wire import canonical

Draw = Callable[..., Drawn]

PNG = Picture(data=a_picture("PNG"), type="image/png")
JPEG = Picture(data=a_picture("JPEG"), type="image/jpeg")

CALLS = {
    "plain": a_call(),
    "every field": a_call(
        prompt="  two foxes \n under a tree\n",
        aspect_ratio="16:9",
        image_size="2K",
        seed=7,
        system_instruction=" Paint in oils. ",
        references=((PNG, "the style to follow"), (JPEG, "")),
    ),
    "one size only": a_call(model="gemini-2.5-flash-image", aspect_ratio="3:2"),
    "the newest": a_call(model="gemini-nano-banana-2.1", aspect_ratio="8:1", image_size="4K"),
    "other scripts": a_call(prompt="狐 ¿zorro? \U0001f98a </prompt> \u2028 \x07"),
}


@pytest.mark.parametrize("call", CALLS.values(), ids=CALLS.keys())
def test_what_is_sent_is_what_the_tool_says_it_sends(draw: Draw, server: GeminiServer, call: Call) -> None:
    draw(call)
    (request,) = server.requests
    assert canonical(body_of(call)) == request.canonical
    assert request.path == f"/v1beta/models/{call.model.id}:generateContent"


def test_the_default_ratio_and_size_are_sent_too(draw: Draw, server: GeminiServer) -> None:
    draw()
    assert server.requests[0].image == {"aspect_ratio": "1:1", "image_size": "1K"}


def test_no_size_is_sent_to_a_model_that_has_only_one(draw: Draw, server: GeminiServer) -> None:
    drawn = draw(a_call(model="gemini-2.5-flash-image", aspect_ratio="16:9"))
    assert server.requests[0].image == {"aspect_ratio": "16:9"}
    assert (drawn.width, drawn.height, drawn.type) == (1344, 768, "image/png")


def test_references_come_first_and_their_roles_in_the_text(draw: Draw, server: GeminiServer) -> None:
    drawn = draw(CALLS["every field"])
    (request,) = server.requests
    assert request.references == [PNG.data, JPEG.data]
    assert [sorted(part) for part in request.parts] == [["inline_data"], ["inline_data"], ["text"]]
    assert request.prompt == "Image 1: the style to follow\n\ntwo foxes \n under a tree"
    assert drawn.sent == {
        "prompt": request.prompt,
        "system_instruction": "Paint in oils.",
        "references": [
            {"type": "image/png", "size": len(PNG.data)},
            {"type": "image/jpeg", "size": len(JPEG.data)},
        ],
    }


def test_nothing_that_makes_models_refuse_is_sent(draw: Draw, server: GeminiServer) -> None:
    draw(CALLS["the newest"])
    assert set(server.requests[0].canonical["generation_config"]) == {"response_modalities", "image_config"}


def test_an_alias_is_drawn_by_the_model_behind_it(draw: Draw, server: GeminiServer) -> None:
    draw(a_call(model="gemini-3-pro-image-preview"))
    assert server.requests[0].model == "gemini-3-pro-image"


def test_the_version_of_the_api_can_be_chosen(draw: Draw, server: GeminiServer) -> None:
    draw(api_version="v1")
    assert server.requests[0].version == "v1"


def test_the_picture_comes_with_all_that_the_model_said(draw: Draw, server: GeminiServer) -> None:
    server.drafts = True
    drawn = draw(a_call(aspect_ratio="21:9"))
    assert (drawn.width, drawn.height, drawn.type) == (1584, 672, "image/jpeg")
    assert [(p.text, p.data is not None, p.thought, p.signature is not None) for p in drawn.turn] == [
        ("A plan for the picture.", False, True, False),
        (None, True, True, False),
        (None, True, False, True),
    ]
    assert drawn.picture == drawn.turn[-1].data
    assert drawn.model_version == "gemini-3-pro-image"
    assert drawn.response_id == "response-1"
    assert drawn.finish_reason == "STOP"
    assert drawn.usage["candidatesTokenCount"] == 1120
    assert MODELS.get("gemini-3-pro-image").cost_of(drawn.usage) == 3 * 2 + 171 * 12 + 1120 * 120


def test_a_draft_is_never_taken_for_the_picture(draw: Draw, server: GeminiServer) -> None:
    server.script(with_draft)
    drawn = draw()
    assert drawn.picture != drawn.turn[1].data
    assert drawn.turn[1].thought
    assert drawn.spare == ()


def test_of_two_pictures_the_last_is_taken_and_the_other_kept(draw: Draw, server: GeminiServer) -> None:
    server.script(two_pictures)
    drawn = draw()
    assert drawn.picture == drawn.turn[-1].data
    assert [part.data for part in drawn.spare] == [drawn.turn[2].data]
    assert drawn.spare[0].data != drawn.picture


def test_the_first_bytes_tell_the_type_not_the_name(draw: Draw, server: GeminiServer) -> None:
    server.script(misnamed)
    drawn = draw()
    assert drawn.type == drawn.turn[-1].type == "image/jpeg"
    assert drawn.declared_type == "image/png"


def test_fields_that_nobody_knows_yet_do_not_lose_a_picture(draw: Draw, server: GeminiServer) -> None:
    server.script(unexpected, usage(thoughtsTokenCount="many", candidatesTokensDetails=None), without_usage)
    assert draw().width == 1024
    assert draw().usage["thoughtsTokenCount"] == "many"
    assert draw().usage == {}


def test_a_picture_a_few_pixels_off_the_table_is_taken(draw: Draw, server: GeminiServer) -> None:
    from tests.gemini_answers import sized

    server.script(sized(1380, 768))
    assert draw(a_call(aspect_ratio="16:9")).width == 1380


def test_a_model_that_nobody_described_may_answer_any_size(draw: Draw, server: GeminiServer) -> None:
    from tests.gemini_wire import MODELS as SERVED

    SERVED["gemini-9-image"] = SERVED["gemini-2.5-flash-image"]
    try:
        # The server draws its one size and is not told another: what it draws is taken as it is.
        with pytest.raises(Exception, match="image_size is not supported"):
            draw(a_call(model="gemini-9-image", aspect_ratio="16:9"))
        SERVED["gemini-9-image"] = SERVED["gemini-3.1-flash-image"]
        assert draw(a_call(model="gemini-9-image", aspect_ratio="16:9", image_size="512")).width == 688
    finally:
        del SERVED["gemini-9-image"]


def test_many_calls_go_over_few_connections_at_once(server: GeminiServer) -> None:
    async def run() -> list[Drawn]:
        generator = Gemini(server.environ)
        try:
            return await asyncio.gather(*(generator.draw(a_call(id=str(n), prompt=f"fox {n}")) for n in range(30)))
        finally:
            await generator.aclose()

    server.hold()

    def release() -> None:
        server.wait_for(30)
        server.release()

    async def both() -> list[Drawn]:
        _, drawn = await asyncio.gather(asyncio.to_thread(release), run())
        return drawn

    drawn = asyncio.run(both())
    assert server.most_in_flight == 30
    assert len({d.picture for d in drawn}) == 30


# --- credentials ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "environ",
    [
        {"GEMINI_API_KEY": "k"},
        {"GOOGLE_API_KEY": "k"},
        {"GOOGLE_GENAI_USE_VERTEXAI": "true", "GOOGLE_CLOUD_PROJECT": "p", "GOOGLE_CLOUD_LOCATION": "global"},
        {"GOOGLE_GENAI_USE_ENTERPRISE": "1", "GOOGLE_API_KEY": "k"},
    ],
)
def test_with_credentials_nothing_is_missing(environ: dict[str, str]) -> None:
    assert Gemini(environ).missing() is None


@pytest.mark.parametrize(
    "environ",
    [{}, {"GEMINI_API_KEY": "  "}, {"GOOGLE_CLOUD_PROJECT": "p"}, {"GOOGLE_GENAI_USE_VERTEXAI": "true"}],
)
def test_without_credentials_a_sentence_names_what_to_set(environ: dict[str, str], server: GeminiServer) -> None:
    missing = Gemini(environ).missing()
    assert missing is not None
    assert "GOOGLE_API_KEY" in missing
    with pytest.raises(AccountRefused):
        asyncio.run(Gemini({**environ, "GOOGLE_GEMINI_BASE_URL": server.url}).draw(a_call()))
    assert server.requests == []


def test_the_key_comes_from_the_given_environment_alone(
    draw: Draw, server: GeminiServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GEMINI_API_KEY", "of-the-process")
    monkeypatch.setenv("GOOGLE_API_KEY", "of-the-process")
    monkeypatch.setenv("GOOGLE_GENAI_USE_VERTEXAI", "true")
    draw()
    assert server.requests[0].headers["x-goog-api-key"] == "loopback-key"


def test_vertex_ai_is_reached_by_the_sdks_own_variables(draw: Draw, server: GeminiServer) -> None:
    call = CALLS["every field"]
    draw(call, {**server.environ, "GOOGLE_GENAI_USE_VERTEXAI": "true"})
    (request,) = server.requests
    assert request.path == "/v1beta1/publishers/google/models/gemini-3-pro-image:generateContent"
    assert request.canonical["generation_config"]["image_config"] == {"aspect_ratio": "16:9", "image_size": "2K"}


def test_vertex_ai_without_a_sign_in_is_told_in_a_sentence(
    draw: Draw, server: GeminiServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    nowhere = {"GOOGLE_APPLICATION_CREDENTIALS": str(tmp_path / "none.json")}
    monkeypatch.setenv("GOOGLE_APPLICATION_CREDENTIALS", nowhere["GOOGLE_APPLICATION_CREDENTIALS"])
    vertex = {"GOOGLE_GENAI_USE_VERTEXAI": "true", **nowhere}
    for project in ({}, {"GOOGLE_CLOUD_PROJECT": "p", "GOOGLE_CLOUD_LOCATION": "global"}):
        with pytest.raises(AccountRefused, match=r"none\.json"):
            draw(environ={**vertex, **project})


def test_a_client_that_is_not_installed_is_told_in_a_sentence(draw: Draw, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GOOGLE_GENAI_HTTP_CLIENT", "httpx")
    if importlib.util.find_spec("httpx") is None:
        with pytest.raises(AccountRefused, match="httpx is not installed"):
            draw()
    else:
        assert draw().width == 1024


def test_a_key_with_a_line_break_is_not_sent_and_not_shown(draw: Draw, server: GeminiServer) -> None:
    with pytest.raises(AccountRefused) as caught:
        draw(environ={**server.environ, "GEMINI_API_KEY": "secret-1\nsecret-2"})
    assert "secret" not in caught.value.message
    assert server.requests == []


# --- the SDK under us -----------------------------------------------------------------------------------------------


def test_aiohttp_is_not_taken_even_where_it_is_installed(server: GeminiServer, tmp_path: Path) -> None:
    (tmp_path / "aiohttp.py").write_text(
        textwrap.dedent(
            """
            class ClientConnectorError(Exception): ...
            class ClientConnectorDNSError(Exception): ...
            class ClientOSError(Exception): ...
            class ServerDisconnectedError(Exception): ...
            class ClientResponse: ...
            class TCPConnector: ...
            class ClientSession:
                def __init__(self, *args, **kwargs): raise SystemExit("aiohttp was used")
            """
        )
    )
    code = """
import asyncio, os
from tests.draw.conftest import a_call, drawn
from google.genai import _api_client
assert _api_client.has_aiohttp
print(drawn(a_call(), os.environ).width)
"""
    root = str(Path(__file__).parent.parent.parent)
    environ = {**os.environ, **server.environ, "PYTHONPATH": os.pathsep.join([str(tmp_path), root])}
    done = subprocess.run([sys.executable, "-c", code], env=environ, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout.strip()) == (0, "1024"), done.stderr
    assert len(server.requests) == 1
