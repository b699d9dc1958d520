"""Screenshots of the examples with pictures in them: `python -m tests.demo.example_screenshots`.

It writes examples/*/shown.webp. They are built against the API on the loopback, which draws what a model might draw.
"""

from __future__ import annotations

import io
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from PIL import Image
from playwright.sync_api import Page

from tests.browser.chromium import chromium
from tests.demo.example_pictures import drawn
from tests.examples.example import ROOT, copied
from tests.gemini_answers import showing
from tests.gemini_server import GeminiServer
from tests.gemini_wire import MODELS, Reply, Request
from tests.hosting import hosted

SIZES = {"site": (1100, 900), "game": (960, 600)}
_QUALITY = 84


def main() -> None:
    """Take them; the names of examples as arguments choose."""
    with tempfile.TemporaryDirectory() as folder, GeminiServer() as server, chromium() as browser:
        server.answer = _answer
        for name in sys.argv[1:] or SIZES:
            example = copied(name, Path(folder) / name, server.environ)
            example.build()
            width, height = SIZES[name]
            with hosted(example.folder / "dist") as address:
                page = browser.new_page(viewport={"width": width, "height": height})
                page.goto(address)
                _READY[name](page)
                image = Image.open(io.BytesIO(page.screenshot(full_page=name == "site")))
            path = ROOT / f"examples/{name}/shown.webp"
            image.save(path, quality=_QUALITY)
            print(path.relative_to(ROOT), f"{path.stat().st_size:,} bytes")


def _answer(request: Request) -> Reply:
    file = io.BytesIO()
    drawn(request.prompt, *request.sides).save(file, "JPEG", quality=92)
    return showing(file.getvalue(), MODELS[request.model].type)(request)


def _site(page: Page) -> None:
    for image in page.locator("img").all():
        image.scroll_into_view_if_needed()
    page.wait_for_function("[...document.images].every(one => one.complete && one.naturalWidth > 0)")


def _game(page: Page) -> None:
    """A little way into a round."""
    page.get_by_text("begins the round").wait_for()
    page.keyboard.press("Space")
    page.get_by_text("0 of 7").wait_for()
    page.keyboard.down("ArrowRight")
    page.get_by_text("1 of 7").wait_for()


_READY: dict[str, Callable[[Page], None]] = {"site": _site, "game": _game}


if __name__ == "__main__":
    main()
