"""What a person decides about an asset, by click and by key: each is the command of the same name."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Open, Serve
from tests.browser.visit import Visit
from tests.project import Project

FOX = """
assets:
  fox: {prompt: A fox., model: gemini-3.1-flash-lite-image, candidates: 2, format: jpeg}
"""

Press = Callable[[Visit, str, str], None]


def by_click(tab: Visit, key: str, deed: str) -> None:
    tab.page.locator(f"#asset .offer-{deed}").click()


def by_key(tab: Visit, key: str, deed: str) -> None:
    expect(tab.page.locator(f"#asset .offer-{deed}")).to_be_visible()
    tab.press(key)


@pytest.fixture(params=[by_click, by_key], ids=["click", "key"])
def press(request: pytest.FixtureRequest) -> Press:
    pressed: Press = request.param
    return pressed


@pytest.fixture
def fox(project: Project) -> Project:
    """An asset with two takes, of which one is picked."""
    return project.spec("fox", FOX).build().draws(2).ends(0).project


def entry(project: Project) -> dict[str, Any]:
    return project.lock["fox"]


def other_take(project: Project) -> str:
    return next(take for take in entry(project)["takes"] if take != entry(project)["take"])


def look_at(tab: Visit, take: str) -> None:
    """Choose one of the takes below the picture."""
    tab.page.locator("#asset .strip button", has=tab.page.locator(f'img[src*="{take[7:]}"]')).click()


def test_pick_reject_approve_protect_and_note(fox: Project, serve: Serve, open: Open, press: Press) -> None:
    tab = open(serve(), "#/asset/fox")
    first, second = entry(fox)["take"], other_take(fox)
    look_at(tab, second)
    press(tab, "p", "pick")
    expect(tab.notice("picked")).to_be_visible()
    assert entry(fox)["take"] == second

    look_at(tab, first)
    press(tab, "x", "reject")
    expect(tab.notice("rejected")).to_be_visible()
    assert entry(fox)["rejected"] == [first]

    look_at(tab, second)
    press(tab, "a", "approve")
    expect(tab.notice("approved")).to_be_visible()
    assert entry(fox)["approved"] == second

    press(tab, "l", "protect")
    expect(tab.notice(re.compile("protected"))).to_be_visible()
    assert entry(fox)["protected"] is True
    press(tab, "l", "unprotect")
    expect(tab.page.locator("#asset .offer-protect")).to_be_visible()
    assert "protected" not in entry(fox)

    press(tab, "n", "note")
    tab.page.get_by_role("textbox", name="The note").fill("The tail is right at last.")
    tab.press("Enter")
    expect(tab.page.locator("#asset .note")).to_contain_text("The tail is right at last.")
    assert entry(fox)["note"] == "The tail is right at last."


def test_reroll_rejects_what_there_is_and_names_the_price_of_another(
    fox: Project, serve: Serve, open: Open, press: Press
) -> None:
    tab = open(serve(), "#/asset/fox")
    takes = set(entry(fox)["takes"])
    press(tab, "r", "reroll")
    expect(tab.notice("fox")).to_be_visible()
    assert set(entry(fox)["rejected"]) == takes
    expect(tab.page.locator("#asset .offer-build")).to_contain_text("$0.067")


def test_keep_accepts_the_picture_for_the_changed_prompt(fox: Project, serve: Serve, open: Open, press: Press) -> None:
    fox.replace("specs/fox.yaml", "A fox.", "A red fox.")
    tab = open(serve(), "#/asset/fox")
    take = entry(fox)["take"]
    expect(tab.page.locator("#asset")).to_contain_text("red")
    press(tab, "e", "keep")
    expect(tab.page.locator("#asset .badge").first).to_have_text("Fresh")
    assert entry(fox)["take"] == take
    fox.plan("--exit-code").ends(0)


def test_an_edited_file_is_restored_or_adopted(
    fox: Project, serve: Serve, open: Open, press: Press, jpeg: bytes
) -> None:
    built = fox.outputs["fox.jpg"]
    fox.write("output/fox.jpg", jpeg)
    tab = open(serve(), "#/asset/fox")
    press(tab, "z", "restore")
    expect(tab.page.locator("#asset .badge").first).to_have_text("Fresh")
    assert fox.outputs["fox.jpg"] == built
    fox.write("output/fox.jpg", jpeg)
    expect(tab.page.locator("#asset .badge").first).to_have_text("Edited")
    # What else there is to know of the asset comes after its state: a decision is about all of it.
    tab.page.reload()
    expect(tab.page.get_by_role("button", name="Adopt this file")).to_be_visible()
    press(tab, "o", "adopt")
    expect(tab.page.locator("#asset .badge").first).to_have_text("Fresh")
    assert fox.outputs["fox.jpg"] == jpeg
    assert "adopted" in entry(fox)


def test_a_file_from_the_disk_is_adopted(fox: Project, serve: Serve, open: Open, press: Press, jpeg: bytes) -> None:
    tab = open(serve(), "#/asset/fox")
    with tab.page.expect_file_chooser() as chosen:
        press(tab, "f", "adopt-file")
    chosen.value.set_files({"name": "mine.jpg", "mimeType": "image/jpeg", "buffer": jpeg})
    dialog = tab.page.get_by_role("dialog")
    expect(dialog).to_contain_text("mine.jpg")
    dialog.get_by_role("button", name="Adopt").click()
    expect(tab.notice("adopted")).to_be_visible()
    assert fox.outputs["fox.jpg"] == jpeg


def test_a_file_that_is_dropped_is_adopted(fox: Project, serve: Serve, open: Open, jpeg: bytes) -> None:
    tab = open(serve())
    expect(tab.tile("fox")).to_be_visible()
    data = tab.page.evaluate_handle(
        """bytes => {
          const data = new DataTransfer();
          data.items.add(new File([new Uint8Array(bytes)], "dropped.jpg", {type: "image/jpeg"}));
          return data;
        }""",
        list(jpeg),
    )
    tab.tile("fox").dispatch_event("dragover", {"dataTransfer": data})
    tab.sees("Drop it to adopt it as fox")
    tab.tile("fox").dispatch_event("drop", {"dataTransfer": data})
    tab.page.get_by_role("dialog").get_by_role("button", name="Adopt").click()
    expect(tab.notice("adopted")).to_be_visible()
    assert fox.outputs["fox.jpg"] == jpeg


def test_what_cannot_be_done_is_told_with_the_remedy(fox: Project, serve: Serve, open: Open, clear_png: bytes) -> None:
    tab = open(serve(), "#/asset/fox")
    tab.expected = ["status of 400"]
    with tab.page.expect_file_chooser() as chosen:
        tab.page.locator("#asset .offer-adopt-file").click()
    chosen.value.set_files({"name": "mine.png", "mimeType": "image/png", "buffer": clear_png})
    tab.page.get_by_role("dialog").get_by_role("button", name="Adopt").click()
    expect(tab.notice("is to be jpeg")).to_contain_text("format: png")
    assert "adopted" not in entry(fox)


def test_what_is_known_of_an_asset_can_be_read_and_followed(project: Project, serve: Serve, open: Open) -> None:
    project.spec(
        "tale",
        """
defaults: {model: gemini-3.1-flash-lite-image}
assets:
  fox: {prompt: A fox.}
  den: {prompt: "A den, with {{ ref('fox', 'who lives in it') }} before it."}
""",
    ).build().draws(2)
    project.replace("specs/tale.yaml", "A den,", "A large den,")
    tab = open(serve(), "#/asset/den")
    side = tab.page.locator("#asset .inspector")
    expect(side).to_contain_text("The prompt changed")
    expect(side.locator("ins, .added").first).to_contain_text("large")
    tab.button("Prompt as sent").click()
    expect(side).to_contain_text("A large den, with")
    tab.page.get_by_role("button", name="Request", exact=True).click()
    expect(side.locator("pre")).to_contain_text('"model"')
    expect(side).to_contain_text("specs/tale.yaml:5")
    side.get_by_role("link", name=re.compile("^fox")).click()
    expect(tab.page.locator("#asset h1")).to_contain_text("fox")
    side.get_by_role("link", name=re.compile("^den")).click()
    expect(tab.page.locator("#asset h1")).to_contain_text("den")


def test_a_picture_is_seen_pixel_by_pixel(fox: Project, serve: Serve, open: Open) -> None:
    tab = open(serve(), "#/asset/fox")
    image = tab.page.locator("#asset .stage img").first
    expect(image).to_have_js_property("naturalWidth", 1024)
    tab.press("1")
    zoomed = "image => Math.round(image.getBoundingClientRect().width / image.naturalWidth * devicePixelRatio * 100)"
    expect(tab.page.locator("#asset .stage-bar")).to_contain_text("100 %")
    assert image.evaluate(zoomed) == 100
    for _ in range(8):
        tab.press("+")
    assert image.evaluate(zoomed) > 800
    assert image.evaluate("image => getComputedStyle(image).imageRendering") == "pixelated"
    tab.press("0")
    expect(tab.page.locator("#asset .stage-bar").get_by_role("button", name="Fit")).to_have_attribute(
        "aria-pressed", "true"
    )
