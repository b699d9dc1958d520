"""A server that speaks the wire format of the API, and projects that use it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

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
