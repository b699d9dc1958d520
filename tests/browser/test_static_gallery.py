"""The static gallery in a browser: from the disk, and from any web host."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Open
from tests.hosting import hosted
from tests.project import Project

TOYS = """
defaults: {model: gemini-3.1-flash-lite-image}
assets:
  kite: {prompt: A kite.}
  drum: {prompt: A drum.}
  yoyo: {prompt: A yo-yo.}
"""


@pytest.fixture
def gallery(project: Project, tmp_path: Path) -> Path:
    """What a branch shows: one asset changed, one added, one removed, one as it was."""
    project.as_repository().settings("remote: takes\n").spec("toys", TOYS).build().draws(3)
    project.commit().git("checkout", "-q", "-b", "work")
    changed = TOYS.replace("A kite.", "A red kite.").replace("yoyo: {prompt: A yo-yo.}", "top: {prompt: A top.}")
    project.spec("toys", changed).build().draws(2)
    project.commit()
    project.run("gallery", "--out", str(tmp_path / "out"), "--against", "main").ends(0)
    return tmp_path / "out"


@pytest.fixture
def host(gallery: Path) -> Iterator[str]:
    """Any web host, in a folder below its root."""
    with hosted(gallery.parent) as address:
        yield f"{address}{gallery.name}/"


@pytest.mark.parametrize("place", ["disk", "host"])
def test_changes_are_shown_first_with_before_and_after(
    gallery: Path, request: pytest.FixtureRequest, open: Open, place: str
) -> None:
    address = gallery.as_uri() + "/index.html" if place == "disk" else request.getfixturevalue("host")
    tab = open(address, hosts=(address.split("/")[2],))
    changes = tab.page.locator("#changes")
    expect(changes.get_by_role("heading", level=1)).to_have_text("1 changed, 1 added, 1 removed")
    expect(changes).to_contain_text("which HEAD (")
    expect(changes).to_contain_text("$0.068 for 2 takes")
    expect(changes.locator("img")).to_have_count(4)
    for number in range(4):
        expect(changes.locator("img").nth(number)).to_have_js_property("complete", True)
        assert changes.locator("img").nth(number).evaluate("image => image.naturalWidth") > 0
    changes.get_by_role("link").filter(has_text="kite").click()
    slider = tab.page.get_by_role("slider", name="Where the first picture ends")
    slider.focus()
    tab.press("ArrowLeft")
    expect(slider).not_to_have_attribute("aria-valuenow", "50")
    images = tab.page.locator("#compare .stage img:visible")
    expect(images).to_have_count(2)
    for number in range(2):
        expect(images.nth(number)).to_have_js_property("naturalWidth", 1024)
    tab.go("#/?change=added")
    expect(tab.tiles).to_have_count(1)
    expect(tab.tile("top")).to_be_visible()
    tab.go("#/asset/drum")
    expect(tab.page.locator("#asset .stage img").first).to_be_visible()
    expect(tab.page.locator("#asset .offers button")).to_have_count(0)
    tab.go("#/asset/yoyo")
    expect(tab.page.locator("#asset")).to_contain_text("A yo-yo.")
    expect(tab.page.locator("#asset .stage img").first).to_be_visible()


def test_without_a_comparison_it_opens_with_the_wall(project: Project, tmp_path: Path, open: Open) -> None:
    project.spec("toys", TOYS).build().draws(3)
    project.run("gallery", "--out", str(tmp_path / "out")).ends(0)
    tab = open((tmp_path / "out").as_uri() + "/index.html")
    expect(tab.tiles).to_have_count(3)
    expect(tab.view("Review")).to_have_count(0)
    tab.tile("kite").click()
    expect(tab.page.locator("#asset .stage img").first).to_have_js_property("naturalWidth", 1024)
