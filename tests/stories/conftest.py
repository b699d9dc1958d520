"""A server that speaks the wire format, and projects that use it."""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image

from tests.gemini_server import GeminiServer
from tests.project import Project


@pytest.fixture
def server() -> Iterator[GeminiServer]:
    with GeminiServer() as running:
        yield running


@pytest.fixture
def project(tmp_path: Path, server: GeminiServer) -> Project:
    """A project of someone who has a key."""
    return Project(tmp_path / "project", server)


@pytest.fixture
def keyless(tmp_path: Path) -> Project:
    """A project of someone who has none."""
    return Project(tmp_path / "keyless")


@pytest.fixture
def png() -> bytes:
    return a_picture("teal")


@pytest.fixture
def other_png() -> bytes:
    return a_picture("salmon")


def a_picture(colour: str, format: str = "PNG", size: tuple[int, int] = (64, 48)) -> bytes:
    file = io.BytesIO()
    Image.new("RGB", size, colour).save(file, format)
    return file.getvalue()
