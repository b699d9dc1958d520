"""A loopback Gemini API, and calls to make to it."""

from __future__ import annotations

import asyncio
import io
from collections.abc import Callable, Mapping
from typing import Any

import pytest
from PIL import Image

from pipeline.digest import of_bytes
from pipeline.draw.generators import Call, Drawn, Picture, open_generator
from pipeline.spec.models import load_models
from pipeline.words import Attachment, Request
from tests.gemini_server import GeminiServer

MODELS = load_models()


def a_picture(form: str = "PNG", size: tuple[int, int] = (40, 30), **options: Any) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", size, (200, 30, 40)).save(out, form, **options)
    return out.getvalue()


def a_call(
    *,
    id: str = "call-1",
    model: str = "gemini-3-pro-image",
    prompt: str = "a red fox",
    references: tuple[tuple[Picture, str], ...] = (),
    timeout_s: float = 20.0,
    **fields: Any,
) -> Call:
    """A call; references are pictures with their roles."""
    request = Request(
        model=model,
        prompt=prompt,
        references=tuple(Attachment(digest=of_bytes(picture.data), role=role) for picture, role in references),
        **fields,
    )
    return Call(
        id=id,
        request=request,
        model=MODELS.get(model),
        references=tuple(picture for picture, _ in references),
        timeout_s=timeout_s,
    )


@pytest.fixture
def draw(server: GeminiServer) -> Callable[..., Drawn]:
    """Makes one call to the server through the built-in generator."""

    def make(call: Call | None = None, environ: Mapping[str, str] | None = None, api_version: str = "v1beta") -> Drawn:
        return drawn(call or a_call(), environ or server.environ, api_version)

    return make


def drawn(call: Call, environ: Mapping[str, str], api_version: str = "v1beta") -> Drawn:
    async def run() -> Drawn:
        generator = open_generator("gemini", environ, api_version)
        try:
            return await generator.draw(call)
        finally:
            await generator.aclose()

    return asyncio.run(run())
