"""The wall: all assets with their pictures, filtered by what people look for."""

from __future__ import annotations

import re
from urllib.parse import quote

from playwright.sync_api import expect

from tests.browser.conftest import Open, Serve
from tests.project import Project

TOYS = """
defaults: {model: gemini-3.1-flash-lite-image}
assets:
  toy/kite: {prompt: A kite., tags: [sky], aspect_ratio: 16:9, alt: A kite in the wind.}
  toy/drum: {prompt: A drum., tags: [loud]}
  toy/horn: {prompt: A horn., tags: [loud], aspect_ratio: 1:8}
"""

GARDEN = """
assets: {rose: {prompt: A rose., model: gemini-3.1-flash-lite-image}}
"""


def test_every_asset_is_there_with_its_picture_at_its_own_ratio(project: Project, serve: Serve, open: Open) -> None:
    project.spec("toys", TOYS).build().draws(3)
    tab = open(serve())
    expect(tab.tiles).to_have_count(3)
    for id, ratio in (("toy/kite", 16 / 9), ("toy/drum", 1), ("toy/horn", 1 / 8)):
        picture = tab.tile(id).locator("img")
        expect(picture).to_be_visible()
        expect(picture).to_have_js_property("complete", True)
        box = tab.tile(id).locator(".frame").bounding_box()
        assert box is not None
        # Whole pixels: of a narrow strip they are a good part.
        assert abs(box["width"] / box["height"] - ratio) < 0.02 + 1.5 / box["height"]
    expect(tab.tile("toy/kite").locator("img")).to_have_attribute("alt", "A kite in the wind.")


def test_what_is_stale_says_so_with_its_reason_and_its_price(project: Project, serve: Serve, open: Open) -> None:
    project.spec("toys", TOYS).build().draws(3)
    project.replace("specs/toys.yaml", "A drum.", "A loud drum.")
    tab = open(serve())
    expect(tab.tile("toy/drum")).to_contain_text("Stale")
    expect(tab.tile("toy/drum")).to_contain_text("the prompt changed")
    expect(tab.tile("toy/drum")).to_contain_text("$0.034")
    expect(tab.tile("toy/kite")).to_contain_text("Fresh")


def test_filters_narrow_the_wall_and_stay_in_the_address(project: Project, serve: Serve, open: Open) -> None:
    project.spec("toys", TOYS).spec("garden", GARDEN).build().draws(4)
    project.replace("specs/toys.yaml", "A drum.", "A loud drum.")
    tab = open(serve())
    expect(tab.tiles).to_have_count(4)
    tab.button(re.compile("^Stale")).click()
    expect(tab.tiles).to_have_count(1)
    expect(tab.page).to_have_url(re.compile(r"#/\?state=stale$"))
    tab.button(re.compile("^All")).click()
    tab.button("Filter").click()
    tab.choice("All tags").select_option("loud")
    expect(tab.tiles).to_have_count(2)
    tab.choice("All tags").select_option("")
    tab.choice("All specs").select_option("specs/garden.yaml")
    expect(tab.tiles).to_have_count(1)
    expect(tab.tile("rose")).to_be_visible()
    tab.choice("All specs").select_option("")
    tab.page.get_by_role("searchbox").fill("kite")
    expect(tab.tiles).to_have_count(1)
    tab.page.reload()
    expect(tab.tiles).to_have_count(1)
    expect(tab.page.get_by_role("searchbox")).to_have_value("kite")


def test_a_search_without_a_hit_says_so_and_offers_the_way_back(project: Project, serve: Serve, open: Open) -> None:
    project.spec("garden", GARDEN).build()
    tab = open(serve(), "#/?text=zeppelin")
    expect(tab.tiles).to_have_count(0)
    tab.page.locator("#wall .empty").get_by_role("button").click()
    expect(tab.tiles).to_have_count(1)


def test_the_wall_is_walked_and_opened_by_keys(project: Project, serve: Serve, open: Open) -> None:
    project.spec("toys", TOYS).build()
    tab = open(serve())
    expect(tab.tiles).to_have_count(3)
    tab.press("/")
    expect(tab.page.get_by_role("searchbox")).to_be_focused()
    tab.page.keyboard.type("toy")
    tab.press("Enter")
    first = tab.page.evaluate("document.activeElement.dataset.id")
    tab.press("ArrowRight")
    second = tab.page.evaluate("document.activeElement.dataset.id")
    assert None not in (first, second) and first != second
    tab.press("Enter")
    expect(tab.page).to_have_url(re.compile(re.escape("#/asset/" + quote(str(second), safe="")) + "$"))
    expect(tab.page.get_by_role("heading", level=1).filter(has_text=str(second).split("/")[1])).to_be_visible()
    tab.press("Escape")
    expect(tab.tile(str(second))).to_be_focused()
    tab.press("?")
    expect(tab.page.get_by_role("dialog")).to_contain_text("Larger pictures")
    tab.press("Escape")
    expect(tab.page.get_by_role("dialog")).to_be_hidden()


def test_a_project_without_assets_says_what_to_do(project: Project, serve: Serve, open: Open) -> None:
    project.settings("{}\n")
    tab = open(serve())
    expect(tab.page.locator("#wall .empty")).to_be_visible()


def test_a_picture_with_transparency_stands_on_a_checkerboard(
    project: Project, serve: Serve, open: Open, clear_png: bytes
) -> None:
    project.spec("garden", GARDEN.replace("}}", ", format: png}, tulip: {prompt: A tulip.}}")).build()
    project.write("cut.png", clear_png).run("adopt", "rose", "cut.png").ends(0)
    tab = open(serve())
    expect(tab.tile("rose").locator(".frame")).to_have_class(re.compile("checker"))
    expect(tab.tile("tulip").locator(".frame")).not_to_have_class(re.compile("checker"))


def test_without_the_token_the_page_is_for_looking_only(project: Project, serve: Serve, open: Open) -> None:
    project.spec("garden", GARDEN).build()
    served = serve()
    tab = open(f"{served.base}/", hosts=(f"127.0.0.1:{served.port}",))
    expect(tab.tile("rose")).to_be_visible()
    tab.sees("Looking only")
    tab.go("#/asset/rose")
    expect(tab.page.locator("#asset h1")).to_be_visible()
    expect(tab.page.locator("#asset .offers button")).to_have_count(0)


def test_the_token_leaves_the_address_bar_and_is_remembered(project: Project, serve: Serve, open: Open) -> None:
    project.spec("garden", GARDEN).build()
    served = serve()
    tab = open(served)
    assert served.token not in tab.page.url
    tab.open(f"{served.base}/#/asset/rose")
    expect(tab.page.locator("#asset .offers button").first).to_be_visible()
