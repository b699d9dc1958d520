"""Both examples built, and tabs of a browser that show them."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser

from tests.browser.chromium import PATIENCE_MS, chromium
from tests.browser.visit import Visit
from tests.examples.example import Example, built
from tests.hosting import hosted

Show = Callable[..., Visit]


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    with chromium() as running:
        yield running


@pytest.fixture(scope="session")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that all processes of this run share."""
    own = tmp_path_factory.getbasetemp()
    return (own.parent if "PYTEST_XDIST_WORKER" in os.environ else own) / "examples"


@pytest.fixture
def site(base: Path) -> Example:
    return built("site", base)


@pytest.fixture
def game(base: Path) -> Example:
    return built("game", base)


@pytest.fixture
def show(browser: Browser) -> Iterator[Show]:
    """Opens what an example built; in the end the page must have asked nobody else, and complained of nothing."""
    visits: list[Visit] = []
    with ExitStack() as opened:

        def open(example: Example, *, width: int = 1200, height: int = 900) -> Visit:
            address = opened.enter_context(hosted(example.folder / "dist"))
            context = browser.new_context(viewport={"width": width, "height": height})
            opened.callback(context.close)
            context.set_default_timeout(PATIENCE_MS)
            visits.append(Visit(context).open(address))
            return visits[-1]

        yield open
        for visit in visits:
            visit.check(urlsplit(visit.page.url).netloc)
