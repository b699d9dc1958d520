"""One forking parent for all tests of a process."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.gemini_server import GeminiServer
from tests.soak.forge import Forge, forge


@pytest.fixture(scope="session")
def forked() -> Iterator[Forge]:
    with forge() as one:
        yield one


@pytest.fixture
def server() -> Iterator[GeminiServer]:
    with GeminiServer() as running:
        yield running


@pytest.fixture
def soak(request: pytest.FixtureRequest) -> int:
    """How many kills there are to be in all."""
    return int(request.config.getoption("--kills"))
