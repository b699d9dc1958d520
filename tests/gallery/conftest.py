"""A server that speaks the wire format, and a project in git whose pictures cost little."""

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
    return Project(tmp_path / "project", server)
