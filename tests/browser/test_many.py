"""Five thousand assets: the wall is there at once, scrolls without gaps, and keeps little in the document."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from bench.projects import draw_all, write_project
from tests.browser.conftest import Beside, Open, Serve
from tests.project import Project

pytestmark = pytest.mark.timeout(300)  # to make so many takes some time

MANY = 5_000
FIRST_LOOK_MS = 90_000
USABLE_CPU_S = 1.0
"""Of the page's own thread, whatever else the machine has to do meanwhile."""
MOST_RESIDENT_BYTES = 200 << 20
MOST_TILES = 600


@pytest.fixture(scope="module")
def thousands(tmp_path_factory: pytest.TempPathFactory) -> Project:
    folder = tmp_path_factory.mktemp("many") / "project"
    write_project(folder, MANY)
    draw_all(folder)
    return Beside(folder)


BLANK = """() => {
  const box = (selector) => document.querySelector(selector).getBoundingClientRect();
  const tiles = [...document.querySelectorAll("#wall .tile")].map((tile) => tile.getBoundingClientRect());
  const bottom = Math.min(innerHeight, box("#wall .tiles").bottom) - 60;
  let blank = 0;
  for (let y = box("#wall .tools").bottom + 30; y < bottom; y += 20)
    if (!tiles.some(({top, bottom}) => top - 24 <= y && y <= bottom + 24)) blank += 1;
  return blank;
}"""
"""How many lines across the window have no tile in them."""


def test_the_wall_of_thousands_is_usable_at_once_and_scrolls_to_its_end(
    thousands: Project, serve: Serve, open: Open
) -> None:
    served = serve(of=thousands)
    first = open(served)
    expect(first.tiles).not_to_have_count(0, timeout=FIRST_LOOK_MS)
    tab = open("about:blank", hosts=(f"127.0.0.1:{served.port}",))
    measured = tab.context.new_cdp_session(tab.page)
    measured.send("Performance.enable", {"timeDomain": "threadTicks"})
    tab.open(f"{served.base}/#token={served.token}")
    expect(tab.button(re.compile(r"^All\s*5,000"))).to_be_visible()
    expect(tab.tiles.first).to_be_visible()
    metrics = {one["name"]: one["value"] for one in measured.send("Performance.getMetrics")["metrics"]}
    assert 0 < metrics["TaskDuration"] < USABLE_CPU_S
    height = tab.page.evaluate("document.documentElement.scrollHeight")
    tab.page.mouse.move(640, 500)
    for part in range(1, 41):
        tab.page.evaluate("y => scrollTo(0, y)", height * part / 40)
        # As many frames as a person would need to see a gap.
        tab.page.evaluate("() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")
        assert tab.page.evaluate(BLANK) == 0, f"a gap at {part}/40"
        assert tab.tiles.count() < MOST_TILES
    expect(tab.page.locator('#wall [aria-posinset="5000"] img')).to_be_visible()
    expect(tab.page.locator('#wall [aria-posinset="5000"] img')).to_have_js_property("complete", True)
    assert tab.page.evaluate("document.querySelectorAll('*').length") < 15_000
    assert served.resident_bytes < MOST_RESIDENT_BYTES


def test_one_of_thousands_is_found_by_typing(thousands: Project, serve: Serve, open: Open) -> None:
    tab = open(serve(of=thousands))
    expect(tab.tiles).not_to_have_count(0, timeout=FIRST_LOOK_MS)
    wanted = tab.page.evaluate("[...State.rows.keys()][4321]")
    tab.press("/")
    tab.page.keyboard.type(wanted)
    expect(tab.tile(wanted)).to_be_visible()
    tab.press("Enter", "Enter")
    expect(tab.page.locator("#asset h1")).to_contain_text(wanted.split("/")[-1])
