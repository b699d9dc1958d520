"""A picture that goes to the disk while it arrives: what is drawn is the same, and it is held nowhere else."""

from __future__ import annotations

import base64
import gzip
import json
import zlib
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from pipeline.draw.generators import Drawn
from pipeline.errors import BadAnswer, DrawError, Lost
from pipeline.store.incoming import Arrived, bytes_of
from tests.draw.conftest import a_call
from tests.gemini_answers import bad_base64, cut, picture, raw, sized, too_long, trickle, two_pictures, with_draft
from tests.gemini_server import GeminiServer
from tests.gemini_wire import Answer, Reply, Request

Draw = Callable[..., Drawn]


def packed(coding: str, pack: Callable[[bytes], bytes], fraction: float = 1.0) -> Answer:
    """The usual answer, as a server sends it that packs what it sends."""

    def answer(request: Request) -> Reply:
        reply = picture(request)
        body = pack(reply.body)
        return replace(
            reply, body=body[: int(len(body) * fraction)], headers={**reply.headers, "Content-Encoding": coding}
        )

    return answer


@pytest.mark.parametrize(
    "answer",
    [picture, two_pictures, with_draft, trickle(0.2), packed("gzip", gzip.compress), packed("deflate", zlib.compress)],
    ids=["usual", "two", "draft", "trickle", "gzip", "deflate"],
)
def test_a_picture_lies_on_the_disk_and_is_the_same(
    draw: Draw, server: GeminiServer, tmp_path: Path, answer: Answer
) -> None:
    server.script(answer)
    drawn = draw(replace(a_call(image_size="4K"), incoming=tmp_path))
    assert isinstance(drawn.picture, Arrived)
    assert drawn.picture.path.parent == tmp_path
    assert bytes_of(drawn.picture) == drawn.picture.path.read_bytes()
    assert bytes_of(drawn.picture).startswith(b"\xff\xd8")
    assert len(bytes_of(drawn.picture)) == drawn.picture.size
    assert drawn.turn[-1].data == drawn.picture
    assert (drawn.width, drawn.height, drawn.type) == (4096, 4096, "image/jpeg")
    # What is left of the answer is small, and tells all but the picture.
    answered = json.loads((tmp_path / "answer.json").read_bytes())
    assert (tmp_path / "answer.json").stat().st_size < 5000
    assert answered["usageMetadata"] == drawn.usage


def test_a_folder_that_takes_nothing_costs_no_picture(draw: Draw, tmp_path: Path) -> None:
    drawn = draw(replace(a_call(), incoming=tmp_path / "not there"))
    assert bytes_of(drawn.picture).startswith(b"\xff\xd8")
    assert drawn.width == 1024


@pytest.mark.parametrize("there", [True, False], ids=["disk", "memory"])
@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (bad_base64, BadAnswer),
        (sized(64, 64), BadAnswer),
        (cut(), Lost),
        (too_long, Lost),
        (packed("gzip", gzip.compress, 0.5), Lost),
        (packed("gzip", lambda body: body), Lost),
    ],
    ids=["base64", "size", "cut", "too long", "cut gzip", "no gzip"],
)
def test_a_failure_is_the_same_wherever_it_arrives(
    draw: Draw, server: GeminiServer, tmp_path: Path, answer: Answer, error: type[DrawError], there: bool
) -> None:
    server.script(answer)
    with pytest.raises(error) as caught:
        draw(replace(a_call(), incoming=tmp_path if there else None))
    assert bool(caught.value.kept) == (error is BadAnswer)
    assert len(server.requests) == 1
    if error is Lost:
        # A later build is not to make a take of what was told as lost, and perhaps paid for again.
        assert not (tmp_path / "answer.json").exists()


def test_a_picture_in_an_answer_of_an_unknown_shape_is_kept(draw: Draw, server: GeminiServer, tmp_path: Path) -> None:
    data = base64.b64encode(bytes(5000)).decode()
    body = json.dumps([{"candidates": [{"inlineData": {"data": data}}]}]).encode()
    server.script(raw(body))
    with pytest.raises(BadAnswer) as caught:
        draw(replace(a_call(), incoming=tmp_path))
    assert caught.value.kept == body


def test_an_error_leaves_nothing(draw: Draw, server: GeminiServer, tmp_path: Path) -> None:
    server.script(raw(json.dumps({"error": {"code": 400, "data": "A" * 5000}}).encode(), 400))
    with pytest.raises(DrawError):
        draw(replace(a_call(), incoming=tmp_path))
    assert [path.stat().st_size for path in tmp_path.iterdir()] == [0]
