"""The browser of the tests: Debian's Chromium, as Playwright must fetch none of its own."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from playwright.sync_api import Browser, expect, sync_playwright

PATIENCE_MS = 15_000


@contextmanager
def chromium() -> Iterator[Browser]:
    """A running Chromium; where there is none, whoever asks for it is skipped."""
    path = shutil.which("chromium")
    if path is None:
        pytest.skip("there is no Chromium here: `apt-get install chromium`")
    sandbox = [] if os.getuid() else ["--no-sandbox"]  # as root it refuses to start with one
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=path, args=sandbox)
        expect.set_options(timeout=PATIENCE_MS)
        yield running
        running.close()
