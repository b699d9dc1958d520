"""A browser, a server, projects, and tabs that are watched."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from PIL import Image, ImageDraw
from playwright.sync_api import Browser, expect

from tests.browser.chromium import PATIENCE_MS, chromium
from tests.browser.visit import AXE, Visit
from tests.gallery.visiting import Served, serving
from tests.gemini_server import GeminiServer
from tests.project import Project, Ran

Serve = Callable[..., Served]
Open = Callable[..., Visit]


class Beside(Project):
    """A project whose commands run in a thread: Playwright has an event loop in this one."""

    def run(self, *args: str, **settings: Any) -> Ran:
        with ThreadPoolExecutor(1) as beside:
            return beside.submit(super().run, *args, **settings).result()


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    with chromium() as running:
        yield running


@pytest.fixture
def project(tmp_path: Path, server: GeminiServer) -> Project:
    """A project of someone who has a key."""
    return Beside(tmp_path / "project", server)


@pytest.fixture
def serve(project: Project) -> Iterator[Serve]:
    """Serves the project until the test ends, and asks it to stop then."""
    running = []

    def start(*args: str, of: Project = project, **settings: Any) -> Served:
        block = serving(of, *args, **settings)
        served = block.__enter__()
        running.append((block, served))
        return served

    yield start
    for block, served in reversed(running):
        assert "Traceback" not in served.stop()
        block.__exit__(None, None, None)


@pytest.fixture
def open(browser: Browser) -> Iterator[Open]:
    """Opens tabs; when the test ends each of them must have asked nobody else, and complained of nothing.

    `apart`: a browser of its own, that shares no storage with the tabs before. `hosts`: whom it may ask besides.
    `script` runs before those of the page.
    """
    visits: list[tuple[Visit, tuple[str, ...]]] = []

    def visit(
        where: Served | str,
        hash: str = "",
        *,
        width: int = 1280,
        height: int = 800,
        dark: bool = False,
        apart: bool = False,
        hosts: tuple[str, ...] = (),
        script: str = "",
        **settings: Any,
    ) -> Visit:
        if visits and not apart and not settings:
            context = visits[0][0].context
        else:
            context = browser.new_context(
                viewport={"width": width, "height": height},
                color_scheme="dark" if dark else "light",
                reduced_motion="reduce",
                **settings,
            )
            context.set_default_timeout(PATIENCE_MS)
        tab = Visit(context, script)
        if isinstance(where, Served):
            hosts = (*hosts, f"127.0.0.1:{where.port}")
            tab.open(f"{where.base}/#token={where.token}")
            expect(tab.page).to_have_url(f"{where.base}/#/")
            if hash:
                tab.go(hash)
        else:
            tab.open(where + hash)
        visits.append((tab, hosts))
        return tab

    yield visit
    try:
        for tab, hosts in visits:
            tab.check(*hosts)
    finally:
        for context in {id(tab.context): tab.context for tab, _ in visits}.values():
            context.close()


@pytest.fixture
def jpeg() -> bytes:
    """A picture of the ratio that a square asset has."""
    file = io.BytesIO()
    Image.new("RGB", (256, 256), "teal").save(file, "JPEG")
    return file.getvalue()


@pytest.fixture
def clear_png() -> bytes:
    """A disc on nothing."""
    image = Image.new("RGBA", (200, 160), (0, 0, 0, 0))
    ImageDraw.Draw(image).ellipse((40, 20, 160, 140), fill=(176, 89, 83, 255))
    file = io.BytesIO()
    image.save(file, "PNG")
    return file.getvalue()


@pytest.fixture(scope="session")
def axe() -> None:
    if not AXE.is_file():
        pytest.skip("`npm ci --prefix tests/node` was not run")
