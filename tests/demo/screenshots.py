"""Screenshots of the gallery, of each view in light and dark and in three widths, from the demo project.

    bin/screenshots                      all of them, into build/screenshots
    bin/screenshots --only wall-dark     those whose names hold these words
    bin/screenshots --docs               the few that README and docs show, as docs/gallery-*.webp

`--project DIR` keeps the demo project there and uses it again: to draw it takes two minutes.
"""

from __future__ import annotations

import argparse
import io
import shutil
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, Page, expect, sync_playwright

from tests.browser.conftest import Beside
from tests.demo.lantern_line import Painter, lantern_line
from tests.gallery.visiting import Served, serving
from tests.gemini_server import GeminiServer
from tests.project import ROOT, Project

WIDTHS = {390: 844, 1280: 800, 2560: 1440}

_QUALITY = 84


@dataclass(frozen=True)
class View:
    """What is to be seen: an address, and what is done there first."""

    hash: str
    act: Callable[[Page], None] = lambda _: None


def _side_by_side(page: Page) -> None:
    page.keyboard.press("g")


def _second(page: Page) -> None:
    page.keyboard.press("2")


VIEWS = {
    "wall": View("#/"),
    "wall-stale": View("#/?state=stale"),
    "asset": View("#/asset/site%2Fhero"),
    "asset-changed": View("#/asset/item%2Ftram-token"),
    "asset-edited": View("#/asset/character%2Fquill-portrait"),
    "compare": View("#/compare/site%2Fhero"),
    "review": View("#/review", _second),
    "review-all": View("#/review", _side_by_side),
    "problems": View("#/problems"),
}

IN_FILES = {
    "changes": "#/changes",
    "before-after": "#/compare/character%2Fquill-portrait?a=before&b=now",
}
"""What the static gallery shows, compared with the morning."""

DOCS = {
    "gallery-wall": ("wall", 1280, True),
    "gallery-asset": ("asset-changed", 1280, False),
    "gallery-compare": ("before-after", 1280, False),
    "gallery-review": ("review", 1280, True),
    "gallery-changes": ("changes", 1280, False),
}
"""What README and docs show: view, width, and whether in the dark."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, default=ROOT / "build/screenshots")
    parser.add_argument("--only", default="")
    parser.add_argument("--docs", action="store_true")
    parser.add_argument("--project", type=Path)
    args = parser.parse_args()
    with (
        tempfile.TemporaryDirectory() as folder,
        GeminiServer() as server,
        sync_playwright() as playwright,
    ):
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        project = _project(args.project or Path(folder) / "lantern-line", server)
        static = Path(folder) / "static"
        project.run("gallery", "--out", str(static), "--against", "morning").ends(0)
        with serving(project) as served:
            for name, (view, width, dark) in _wanted(docs=args.docs, only=args.only).items():
                path = ROOT / f"docs/{name}.webp" if args.docs else args.out / f"{name}.png"
                path.parent.mkdir(parents=True, exist_ok=True)
                _take(browser, served, static, view, width, dark, path)
                print(path.relative_to(ROOT) if path.is_relative_to(ROOT) else path, f"{path.stat().st_size:,} bytes")
        browser.close()


def _wanted(*, docs: bool, only: str) -> dict[str, tuple[str, int, bool]]:
    every = {
        f"{view}-{'dark' if dark else 'light'}-{width}": (view, width, dark)
        for view in (*VIEWS, *IN_FILES)
        for dark in (False, True)
        for width in WIDTHS
    }
    return {
        name: shot for name, shot in (DOCS if docs else every).items() if all(word in name for word in only.split())
    }


def _project(folder: Path, server: GeminiServer) -> Project:
    if not (folder / "pipeline.yaml").is_file():
        folder.parent.mkdir(parents=True, exist_ok=True)
        return lantern_line(folder, server, kind=Beside)
    project = Beside(folder, server)
    server.answer = Painter(project)
    return project


def _take(browser: Browser, served: Served, static: Path, view: str, width: int, dark: bool, path: Path) -> None:
    page = browser.new_page(
        viewport={"width": width, "height": WIDTHS[width]},
        color_scheme="dark" if dark else "light",
        device_scale_factor=2 if width == 390 else 1,
        reduced_motion="reduce",
    )
    if view in IN_FILES:
        page.goto(static.as_uri() + "/index.html" + IN_FILES[view])
        shown = IN_FILES[view].split("/")[1]
    else:
        page.goto(f"{served.base}/#token={served.token}")
        expect(page.locator("#wall a[data-id]").first).to_be_visible(timeout=60_000)
        page.evaluate("hash => { location.hash = hash }", VIEWS[view].hash)
        shown = VIEWS[view].hash.split("/")[1].split("?")[0] or "wall"
    expect(page.locator(f"#{shown}")).to_be_visible()
    _settle(page, shown)
    if view in VIEWS:
        VIEWS[view].act(page)
        _settle(page, shown)
    data = page.screenshot()
    page.close()
    if path.suffix == ".png":
        path.write_bytes(data)
    else:
        Image.open(io.BytesIO(data)).convert("RGB").save(path, "WEBP", quality=_QUALITY, method=6)


def _settle(page: Page, shown: str) -> None:
    """Until every picture in the window is there, and nothing moves any more."""
    page.wait_for_function(
        """name => {
          const here = (selector) => [...document.querySelectorAll(`#${name} ${selector}`)].filter((one) => {
            const box = one.getBoundingClientRect();
            return box.height > 0 && box.bottom > 0 && box.top < innerHeight;
          });
          const empty = here(".pictures, .small-picture:not(.none)").filter((place) => !place.querySelector("img"));
          const images = here("img");
          const seen = (images.length || name === "problems") && images.every((image) => image.complete);
          return document.querySelector(`#${name} h1`) && !empty.length && seen;
        }""",
        arg=shown,
        timeout=90_000,
    )
    page.evaluate("() => Promise.all(document.getAnimations().map((one) => one.finished.catch(() => null)))")
    page.evaluate("() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")


if __name__ == "__main__":
    main()
