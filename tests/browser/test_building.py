"""What a page shows of saves and builds while they happen, and what of it spends money."""

from __future__ import annotations

import re

from playwright.sync_api import expect

from tests.browser.conftest import Open, Serve
from tests.gemini_answers import refused
from tests.project import Project

SHOP = """
defaults: {model: gemini-3.1-flash-lite-image}
assets:
  apple: {prompt: An apple.}
  berry: {prompt: A berry.}
"""


def test_a_save_is_on_the_page_with_its_price_before_anything_is_built(
    project: Project, serve: Serve, open: Open
) -> None:
    project.spec("shop", SHOP).build().draws(2)
    tab = open(serve())
    expect(tab.tile("apple")).to_contain_text("Fresh")
    project.replace("specs/shop.yaml", "An apple.", "A green apple.")
    expect(tab.tile("apple")).to_contain_text("Stale")
    expect(tab.button(re.compile("Build all stale"))).to_contain_text("$0.034")
    project.replace("specs/shop.yaml", "A berry.", "A blue berry.")
    expect(tab.button(re.compile("Build all stale"))).to_contain_text("$0.067")
    project.replace("specs/shop.yaml", "  berry: {prompt: A blue berry.}\n", "  cocoa: {prompt: A cocoa bean.}\n")
    expect(tab.tile("berry")).to_have_count(0)
    expect(tab.tile("cocoa")).to_be_visible()
    project.write("specs/pie.yaml", "assets: {pie: {prompt: \"With {{ ref('apple') }}.\"}}\n")
    expect(tab.button(re.compile("Build all stale"))).to_contain_text("$0.067 to $0.")  # as far as it may come to
    assert project.server is not None and len(project.server.paid) == 2


def test_one_asset_is_built_from_its_page(project: Project, serve: Serve, open: Open) -> None:
    server = project.server
    assert server is not None
    project.spec("shop", SHOP)
    tab = open(serve(), "#/asset/apple")
    build = tab.page.locator("#asset .offer-build")
    expect(build).to_contain_text("$0.034")
    server.hold()
    build.click()
    expect(tab.page.locator("#asset .badge").first).to_have_text("Drawing")
    expect(tab.page.get_by_role("progressbar", name="Build")).to_be_visible()
    server.release()
    expect(tab.page.locator("#asset .badge").first).to_have_text("Fresh")
    expect(tab.page.locator("#asset .stage img").first).to_have_js_property("naturalWidth", 1024)
    assert len(server.paid) == 1
    assert project.exists("output/apple.jpg") and not project.exists("output/berry.jpg")


def test_all_that_is_stale_is_built_for_the_price_on_the_button(project: Project, serve: Serve, open: Open) -> None:
    server = project.server
    assert server is not None
    project.spec("shop", SHOP)
    tab = open(serve())
    server.hold()
    tab.button(re.compile(r"Build all stale \$0\.067")).click()
    expect(tab.tile("apple")).to_contain_text("Drawing")
    tab.sees(re.compile("0 of 2"))
    server.release()
    expect(tab.tile("apple")).to_contain_text("Fresh")
    expect(tab.tile("berry")).to_contain_text("Fresh")
    tab.sees(re.compile(r"Everything is fresh.*\$0\.06\d spent so far"))
    assert len(server.paid) == 2


def test_a_build_that_is_stopped_lets_arrive_what_is_paid(project: Project, serve: Serve, open: Open) -> None:
    server = project.server
    assert server is not None
    project.settings("jobs: 1\n").spec("shop", SHOP)
    tab = open(serve())
    server.hold()
    tab.button(re.compile("Build all stale")).click()
    server.wait_for(1)
    tab.button("Stop").click()
    expect(tab.notice("Stopping")).to_be_visible()
    server.release()
    expect(tab.button(re.compile("Build all stale"))).to_contain_text("$0.034")
    assert len(server.paid) == 1
    assert len(project.outputs) == 1


def test_a_watch_draws_what_is_saved_and_asks_above_its_budget(project: Project, serve: Serve, open: Open) -> None:
    server = project.server
    assert server is not None
    project.spec("shop", SHOP).build("apple").draws(1)
    tab = open(serve("--settle", "0", "--max-cost", "0.05", watching=True))
    expect(tab.tile("berry")).to_contain_text("Fresh")
    assert len(server.paid) == 2
    project.replace("specs/shop.yaml", "An apple.", "A green apple.")
    allow = tab.button(re.compile("Allow"))
    expect(allow).to_contain_text("$0.034")
    assert len(server.paid) == 2
    allow.click()
    expect(tab.tile("apple")).to_contain_text("Fresh")
    assert len(server.paid) == 3
    assert "green" in server.paid[-1].prompt


def test_a_broken_spec_is_told_with_its_line_and_the_last_good_state_stays(
    project: Project, serve: Serve, open: Open
) -> None:
    project.spec("shop", SHOP).build().draws(2)
    tab = open(serve())
    expect(tab.tiles).to_have_count(2)
    project.replace("specs/shop.yaml", "prompt: A berry.", "promt: A berry.")
    link = tab.view("Problems")
    expect(link).to_contain_text(re.compile("[12]"))
    expect(tab.tiles).to_have_count(2)
    link.click()
    problems = tab.page.locator("#problems")
    expect(problems).to_contain_text("specs/shop.yaml")
    expect(problems).to_contain_text("5:11")
    expect(problems).to_contain_text("Did you mean prompt?")
    expect(problems).to_contain_text("promt: A berry.")
    project.replace("specs/shop.yaml", "promt: A berry.", "prompt: A berry.")
    tab.sees("No problems")


def test_what_the_model_declined_is_told_in_its_words_and_tried_again(
    project: Project, serve: Serve, open: Open
) -> None:
    server = project.server
    assert server is not None
    project.spec("shop", SHOP).build("berry").draws(1)
    server.script(refused("IMAGE_SAFETY"))
    tab = open(serve())
    tab.button(re.compile("Build all stale")).click()
    link = tab.view("Problems")
    expect(link).to_contain_text("1")
    expect(tab.tile("apple")).to_contain_text("Failed")
    link.click()
    expect(tab.page.locator("#problems")).to_contain_text("IMAGE_SAFETY")
    tab.page.locator("#problems").get_by_role("link", name=re.compile("apple")).first.click()
    expect(tab.page.locator("#asset .failure")).to_contain_text("IMAGE_SAFETY")
    tab.page.locator("#asset .offer-build").click()
    expect(tab.page.locator("#asset .badge").first).to_have_text("Fresh")


def test_a_page_goes_on_when_its_server_comes_back(project: Project, serve: Serve, open: Open) -> None:
    project.spec("shop", SHOP).build().draws(2)
    first = serve()
    tab = open(first)
    expect(tab.tiles).to_have_count(2)
    tab.expected = [
        "ERR_CONNECTION_REFUSED",
        "ERR_INCOMPLETE_CHUNKED_ENCODING",
        "ERR_CONNECTION_RESET",
        "net::ERR_EMPTY",
    ]
    first.stop()
    tab.sees("The server does not answer")
    project.replace("specs/shop.yaml", "An apple.", "A green apple.")
    serve("--port", str(first.port))
    expect(tab.tile("apple")).to_contain_text("Stale")
    # Its token is the same: the page may still decide.
    expect(tab.button(re.compile("Build all stale"))).to_be_visible()
