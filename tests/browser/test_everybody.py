"""For everybody: axe-core's rules in light and dark, on phones and on desks, and no scrolling sideways."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Open, Serve
from tests.browser.visit import Visit
from tests.gemini_answers import refused
from tests.project import Project

WORKSHOP = """
defaults: {model: gemini-3.1-flash-lite-image}
assets:
  look: {prompt: The look., approve: true}
  hero/with-a-long-name/that-goes-on-and-on: {prompt: "Like {{ ref('look', 'the look') }}.", aspect_ratio: 21:9}
  icon: {prompt: An icon., candidates: 2, alt: An icon.}
  edited: {prompt: Something., tags: [print]}
  failing: {prompt: Something else.}
  stale: {prompt: A thing.}
"""

VIEWS = ("#/", "#/asset/icon", "#/asset/edited", "#/asset/failing", "#/review", "#/problems", "#/compare/icon")


def busy(project: Project, jpeg: bytes) -> Project:
    """A project with something of everything."""
    server = project.server
    assert server is not None
    project.spec("shop", WORKSHOP).build("--exclude", "failing").ends(0)
    server.script(refused("IMAGE_SAFETY"))
    project.build("failing").ends(1)
    project.write("output/edited.jpg", jpeg).replace("specs/shop.yaml", "A thing.", "Another thing.")
    project.run("note", "icon", "The second one, but brighter.").ends(0)
    return project


def settled(tab: Visit, hash: str) -> None:
    """The view is there with its pictures."""
    tab.go(hash)
    name = hash.split("/")[1].split("?")[0] or "wall"
    expect(tab.page.locator(f"#{name}")).to_be_visible()
    tab.page.wait_for_function(
        "name => [...document.querySelectorAll(`#${name} img`)].every((image) => image.complete)", arg=name
    )


@pytest.mark.usefixtures("axe")
@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_every_view_is_usable_by_everybody(project: Project, serve: Serve, open: Open, jpeg: bytes, dark: bool) -> None:
    served = serve(of=busy(project, jpeg))
    found = []
    for width in (390, 1280):
        tab = open(served, width=width, height=844, dark=dark, apart=True)
        expect(tab.tiles).not_to_have_count(0)
        for hash in VIEWS:
            settled(tab, hash)
            found += tab.violations(f"{hash} at {width} px:")
        tab.go("#/asset/icon")
        expect(tab.page.locator("#asset .offer-note")).to_be_visible()
        tab.press("n")
        expect(tab.page.get_by_role("dialog")).to_be_visible()
        found += tab.violations(f"the note at {width} px:")
    assert found == [], "\n".join(found)


def test_a_narrow_phone_never_scrolls_sideways(project: Project, serve: Serve, open: Open, jpeg: bytes) -> None:
    tab = open(serve(of=busy(project, jpeg)), width=360, height=740)
    for hash in VIEWS:
        settled(tab, hash)
        assert tab.wider_than_the_window() <= 0, hash


@pytest.mark.usefixtures("axe")
def test_a_static_gallery_is_as_usable(project: Project, open: Open, jpeg: bytes, tmp_path: Path) -> None:
    busy(project.as_repository(), jpeg).commit()
    project.spec("more", "assets: {new: {prompt: A new one., model: gemini-3.1-flash-lite-image}}\n")
    project.replace("specs/shop.yaml", "  stale: {prompt: Another thing.}\n", "")
    project.build("new").draws(1)
    project.run("reroll", "icon").ends(0)
    project.build("icon").draws(2)
    project.run("gallery", "--out", str(tmp_path / "out"), "--against", "HEAD").ends(0)
    found = []
    for dark, width in ((False, 1280), (True, 390)):
        tab = open((tmp_path / "out").as_uri() + "/index.html", width=width, dark=dark, apart=True)
        for hash in ("#/changes", "#/", "#/asset/icon", "#/compare/icon?a=before&b=now", "#/problems"):
            settled(tab, hash)
            found += tab.violations(f"{hash} at {width} px:")
            assert tab.wider_than_the_window() <= 0, hash
    assert found == [], "\n".join(found)
